// The check of a call's charges, the same for every store: which charge fails first, and when all of them would fit.
#pragma once
#include <algorithm>
#include <optional>
#include <span>

#include "limits/store.h"

namespace limits {

// No counter holds more, so that sums of 128 bits never saturate (one amount is below 2^110).
inline constexpr base::Amount most_held = base::Amount::from_raw(static_cast<__int128>(1) << 126);

// What a counter may hold already for the charge to fit, `before` being what the same call adds to it first. Negative:
// never.
inline base::Amount room_for(const Charge& charge, base::Amount before) {
  return std::min(charge.max.value_or(most_held), most_held) - before - charge.amount;
}

inline bool same_counter(const Charge& a, const Charge& b) { return a.window == b.window && a.key == b.key; }

// What a store says of one charge.
struct Answer {
  std::optional<base::Duration> wait = base::Duration{0};  // until it fits; nullopt: never, or nobody knows
  base::Amount held;
  Why why = Why::limit;
};

// Asks `answer(charge, index, before)` for each charge; `before`: what earlier charges of the call add to its counter.
template <class Ask>
std::optional<Refusal> check_charges(std::span<const Charge> charges, Ask answer) {
  std::optional<Refusal> refusal;
  base::Duration longest{0};
  bool known = true;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    base::Amount before;
    for (std::size_t j = 0; j < i; ++j) {
      if (same_counter(charges[j], charges[i])) before = before + charges[j].amount;
    }
    const Answer a = answer(charges[i], i, before);
    known = known && a.wait.has_value();
    longest = std::max(longest, a.wait.value_or(base::Duration{0}));
    if (!refusal && a.wait != base::Duration{0}) refusal = Refusal{a.why, i, std::nullopt, a.held};
  }
  if (refusal && known) refusal->retry_after = longest;
  return refusal;
}

}  // namespace limits
