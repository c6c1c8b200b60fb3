// What a call costs. A policy lowers its limits to Charges; this room knows nothing of policies.
// A charge adds `amount` to the counter `key` and asserts that the counter then holds at most `max`.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/decimal.h"
#include "limits/window.h"

namespace limits {

// When a charge is given back (policy-language section 5, "Settlement").
enum class Refund : std::uint8_t {
  undelivered,  // only if no byte of the call was written to the server
  on_error,     // also when the server answered with an error
  never,
};

struct Charge {
  // Identifies the counter: server, entry, kind, counter name, window, scope value (the policy composes it).
  // Never the rule's index, its maximum or the file's path: editing a policy refills nothing.
  std::string key;
  Window window;
  base::Amount amount;              // never negative; zero asks without adding
  std::optional<base::Amount> max;  // absent: only counts
  Refund refund = Refund::undelivered;
  bool session = false;   // the counter lives as long as one session, which is one process's: nothing durable is needed
  std::uint32_t tag = 0;  // the caller's: which rule to name when this charge fails
};

}  // namespace limits
