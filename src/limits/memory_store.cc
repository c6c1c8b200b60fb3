// Counters in memory. What must stay true:
//  - A call's charges are checked first and added only when all fit; both with one reading of the clocks.
//  - Nothing that holds something is ever dropped. Counters stand in two lists in the order in which they may be empty
//    (boot time for sliding windows and leases, wall time for calendar windows). A counter's place is never later than
//    the truth, so when the first place is in the future no counter is empty; places are mended as they come up.
//  - A calendar window never goes back, not even that of a counter which was dropped meanwhile: `closed_until` is the
//    latest end of a dropped window, and new counters start no earlier.
// Counters are found through an ordered map: keys hold what clients choose (a session's id), and a hash table with a
// known hash can be flooded.
#include "limits/memory_store.h"

#include <algorithm>
#include <cassert>
#include <compare>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "limits/sliding.h"

namespace limits {
namespace {

using base::Amount;
using base::BootTime;
using base::Duration;
using base::WallTime;

constexpr std::size_t max_reservations = std::size_t{1} << 20;
// No counter holds more, so that sums of 128 bits never saturate (one amount is below 2^110).
constexpr Amount ceiling = Amount::from_raw(static_cast<__int128>(1) << 126);

struct KeyView {
  std::string_view key;
  WindowType type;
  std::int64_t seconds;
  bool month;
  auto operator<=>(const KeyView&) const = default;
};

struct Key {
  std::string key;
  Window window;
  KeyView view() const { return {key, window.type, window.seconds, window.calendar_month}; }
};

struct KeyLess {
  using is_transparent = void;
  static KeyView view(KeyView v) { return v; }
  static KeyView view(const Key& k) { return k.view(); }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return view(a) < view(b);
  }
};

KeyView view_of(std::string_view key, const Window& w) { return {key, w.type, w.seconds, w.calendar_month}; }

Duration length(const Window& window) {
  constexpr std::int64_t longest = 9'000'000'000;  // 285 years: what nanoseconds hold
  return window.seconds > longest ? Duration::max() : Duration(std::chrono::seconds(window.seconds));
}

// A policy lowers to nothing else; a charge that would refill or never count is refused all the same.
bool is_sound(const Charge& charge) {
  return !charge.amount.is_negative() && (charge.window.type == WindowType::lease || charge.window.seconds > 0);
}

struct Now {
  BootTime boot;
  WallTime wall;
};

// One counter. `sliding` is used by sliding windows, `held` by the others, `span` by calendar windows.
struct Counter {
  std::map<Key, std::uint32_t, KeyLess>::iterator place;
  std::uint64_t generation = 0;  // of the slot: tells a reservation that its counter was dropped
  SlidingCounter sliding;
  Amount held;
  Span span{};
  std::int64_t listed = 0;  // where it stands in its list of expiries

  const Window& window() const { return place->first.window; }
};

// What one charge added, for settling.
struct Held {
  std::uint32_t slot;
  Refund refund;
  bool lease;
  std::uint64_t generation;
  BootTime charged_at;    // sliding
  WallTime window_start;  // calendar
  Amount amount;
};

bool gives_back(Refund refund, Settlement settlement) {
  switch (settlement) {
    case Settlement::keep:
      return false;
    case Settlement::undelivered:
      return refund != Refund::never;
    case Settlement::failed:
      return refund == Refund::on_error;
  }
  return false;
}

}  // namespace

struct MemoryStore::Impl {
  using Expiries = std::set<std::pair<std::int64_t, std::uint32_t>>;  // (nanoseconds, slot)

  Impl(const base::Clock& c, std::size_t max)
      : clock(c), max_counters(max), max_steps(std::max<std::size_t>(max * 16, 64 * SlidingCounter::exact_steps)) {}

  const base::Clock& clock;
  const std::size_t max_counters;
  const std::size_t max_steps;  // of all sliding counters together: 32 bytes each
  std::map<Key, std::uint32_t, KeyLess> index;
  std::deque<Counter> slots;
  std::vector<std::uint32_t> free_slots;
  Expiries boot_expiries, wall_expiries;
  WallTime closed_until = WallTime::min();
  std::size_t steps = 0;
  std::unordered_map<ReservationId, std::vector<Held>> reservations;  // ids are ours: nothing to flood
  ReservationId last_id = 0;
  std::vector<Counter*> found;  // check's own, kept for its memory
  std::uint64_t generations = 0;

  Now now() const { return {clock.boot(), clock.wall()}; }

  Counter* find(std::string_view key, const Window& window) {
    const auto it = index.find(view_of(key, window));
    return it == index.end() ? nullptr : &slots[it->second];
  }

  Expiries& expiries(const Counter& c) {
    return c.window().type == WindowType::calendar ? wall_expiries : boot_expiries;
  }

  // What the counter holds at this moment; frees what has left a sliding window.
  Amount total(Counter& c, const Now& at) {
    switch (c.window().type) {
      case WindowType::sliding: {
        const std::size_t before = c.sliding.steps();
        c.sliding.expire(at.boot, length(c.window()));
        steps -= before - c.sliding.steps();
        return c.sliding.total();
      }
      case WindowType::calendar:
        return at.wall < c.span.end ? c.held : Amount();
      case WindowType::lease:
        return c.held;
    }
    return c.held;
  }

  // The first moment, on the counter's clock, at which it holds nothing if nothing happens.
  std::int64_t empty_at(const Counter& c) const {
    constexpr std::int64_t always = std::numeric_limits<std::int64_t>::min();
    switch (c.window().type) {
      case WindowType::sliding:
        return c.sliding.empty_at(length(c.window())).time_since_epoch().count();
      case WindowType::calendar:
        return c.held.is_zero() ? always : c.span.end.time_since_epoch().count();
      case WindowType::lease:
        return c.held.is_zero() ? always : std::numeric_limits<std::int64_t>::max();
    }
    return always;
  }

  void relist(Counter& c, std::uint32_t slot) {
    Expiries& list = expiries(c);
    auto node = list.extract({c.listed, slot});
    assert(!node.empty());
    c.listed = empty_at(c);
    node.value().first = c.listed;
    list.insert(std::move(node));
  }

  void drop(std::uint32_t slot, const Now& at) {
    Counter& c = slots[slot];
    if (c.window().type == WindowType::calendar)
      closed_until = std::max(closed_until, at.wall < c.span.end ? c.span.start : c.span.end);
    steps -= c.sliding.steps();
    expiries(c).erase({c.listed, slot});
    index.erase(c.place);
    c = Counter();
    free_slots.push_back(slot);
  }

  // Drops the first empty counter of a list. False: none is empty.
  bool drop_one(Expiries& list, std::int64_t time, const Now& at) {
    while (!list.empty() && list.begin()->first <= time) {
      const std::uint32_t slot = list.begin()->second;
      if (empty_at(slots[slot]) <= time) {
        drop(slot, at);
        return true;
      }
      relist(slots[slot], slot);
    }
    return false;
  }

  // Counters that the call needs and that do not exist.
  std::size_t missing(std::span<const Charge> charges) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < charges.size(); ++i) {
      if (charges[i].amount.is_zero() || find(charges[i].key, charges[i].window) != nullptr) continue;
      const auto same = [&](const Charge& c) {
        return !c.amount.is_zero() && c.window == charges[i].window && c.key == charges[i].key;
      };
      if (std::none_of(charges.begin(), charges.begin() + static_cast<std::ptrdiff_t>(i), same)) ++n;
    }
    return n;
  }

  // Drops empty counters until the call's charges can be held. It may drop one that the call itself names: then that
  // one is missing too, and counted the next time round.
  bool make_room(std::span<const Charge> charges, const Now& at) {
    const auto fits = [&] {
      return (index.size() + charges.size() <= max_counters || index.size() + missing(charges) <= max_counters) &&
             steps + charges.size() <= max_steps;
    };
    while (!fits()) {
      if (!drop_one(boot_expiries, at.boot.time_since_epoch().count(), at) &&
          !drop_one(wall_expiries, at.wall.time_since_epoch().count(), at))
        return false;
    }
    return true;
  }

  std::uint32_t find_or_create(const Charge& charge, const Now& at) {
    if (const auto it = index.find(view_of(charge.key, charge.window)); it != index.end()) return it->second;
    std::uint32_t slot = static_cast<std::uint32_t>(slots.size());
    if (free_slots.empty()) {
      slots.emplace_back();
    } else {
      slot = free_slots.back();
      free_slots.pop_back();
    }
    Counter& c = slots[slot];
    c.place = index.emplace(Key{charge.key, charge.window}, slot).first;
    c.generation = ++generations;
    if (charge.window.type == WindowType::calendar)
      c.span = calendar_span(charge.window, std::max(at.wall, closed_until));
    c.listed = empty_at(c);
    expiries(c).insert({c.listed, slot});
    return slot;
  }

  Held add(const Charge& charge, const Now& at) {
    const std::uint32_t slot = find_or_create(charge, at);
    Counter& c = slots[slot];
    if (charge.window.type == WindowType::sliding) {
      const std::size_t before = c.sliding.steps();
      c.sliding.add(at.boot, length(charge.window), charge.amount);
      steps = steps - before + c.sliding.steps();
    } else {
      if (charge.window.type == WindowType::calendar && at.wall >= c.span.end) {
        c.span = calendar_span(charge.window, at.wall);
        c.held = Amount();
      }
      c.held = c.held + charge.amount;
    }
    return {slot,         charge.refund, charge.window.type == WindowType::lease, c.generation, at.boot,
            c.span.start, charge.amount};
  }

  void give_back(const Held& held) {
    Counter& c = slots[held.slot];
    if (c.generation != held.generation) return;  // dropped: the window charged is over
    if (c.window().type == WindowType::sliding) {
      const std::size_t before = c.sliding.steps();
      c.sliding.give_back(held.charged_at, held.amount);
      steps -= before - c.sliding.steps();
    } else if (c.window().type == WindowType::lease || c.span.start == held.window_start) {
      assert(c.held >= held.amount);
      c.held = c.held - held.amount;
    }
    if (empty_at(c) < c.listed) relist(c, held.slot);
  }

  // How long until the charge fits on top of `before` (the call's own charges on the same counter); nullopt: unknown
  // or never.
  std::optional<Duration> wait(const Charge& charge, Counter* c, Amount before, const Now& at) {
    const Amount most = std::min(charge.max.value_or(ceiling), ceiling);
    const Amount allowed = most - before - charge.amount;  // what the counter may hold already
    if (!is_sound(charge) || allowed.is_negative()) return std::nullopt;
    if (c == nullptr || total(*c, at) <= allowed) return Duration{0};
    switch (charge.window.type) {
      case WindowType::sliding:
        return c->sliding.wait_until_at_most(allowed, at.boot, length(charge.window));
      case WindowType::calendar:
        return c->span.end - at.wall;
      case WindowType::lease:
        return std::nullopt;
    }
    return std::nullopt;
  }

  // The first charge that does not fit, and when all will.
  std::optional<Refusal> check(std::span<const Charge> charges, const Now& at) {
    found.assign(charges.size(), nullptr);
    std::optional<Refusal> refusal;
    Duration longest{0};
    bool known = true;
    for (std::size_t i = 0; i < charges.size(); ++i) {
      const Charge& charge = charges[i];
      found[i] = find(charge.key, charge.window);
      Amount before;
      for (std::size_t j = 0; j < i; ++j) {
        if (found[j] == found[i] && charges[j].window == charge.window && charges[j].key == charge.key)
          before = before + charges[j].amount;
      }
      const std::optional<Duration> needed = wait(charge, found[i], before, at);
      known = known && needed.has_value();
      longest = std::max(longest, needed.value_or(Duration{0}));
      if (!refusal && needed != Duration{0}) {
        refusal.emplace();
        refusal->charge = i;
        if (found[i] != nullptr) refusal->value = total(*found[i], at);
      }
    }
    if (refusal && known) refusal->retry_after = longest;
    return refusal;
  }

  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) {
    if (charges.empty()) return ReservationId{0};
    const Now at = now();
    if (const auto refusal = check(charges, at)) return std::unexpected(*refusal);
    if (reservations.size() >= max_reservations || !make_room(charges, at))
      return std::unexpected(Refusal{Why::full, 0, std::nullopt, Amount()});
    std::vector<Held> held;
    held.reserve(charges.size());
    for (const Charge& charge : charges) {
      if (!charge.amount.is_zero()) held.push_back(add(charge, at));
    }
    reservations.emplace(++last_id, std::move(held));
    return last_id;
  }

  void settle(ReservationId id, Settlement settlement, bool keep_leases) {
    const auto it = reservations.find(id);
    if (it == reservations.end()) return;
    std::vector<Held>& held = it->second;
    std::erase_if(held, [&](const Held& h) {
      if (h.lease && keep_leases) return false;
      if (h.lease || gives_back(h.refund, settlement)) give_back(h);
      return true;
    });
    if (held.empty()) reservations.erase(it);
  }

  void free_leases(ReservationId id) {
    const auto it = reservations.find(id);
    if (it == reservations.end()) return;
    const std::size_t freed = std::erase_if(it->second, [&](const Held& h) {
      if (h.lease) give_back(h);
      return h.lease;
    });
    if (freed > 0 && it->second.empty()) reservations.erase(it);
  }
};

MemoryStore::MemoryStore(const base::Clock& clock, std::size_t max_counters)
    : impl_(std::make_unique<Impl>(clock, max_counters)) {}

MemoryStore::~MemoryStore() = default;

std::expected<ReservationId, Refusal> MemoryStore::reserve(std::span<const Charge> charges) {
  return impl_->reserve(charges);
}

std::optional<Refusal> MemoryStore::check(std::span<const Charge> charges) {
  return impl_->check(charges, impl_->now());
}

void MemoryStore::settle(ReservationId reservation, Settlement settlement) {
  impl_->settle(reservation, settlement, false);
}

void MemoryStore::settle_keep_leases(ReservationId reservation, Settlement settlement) {
  impl_->settle(reservation, settlement, true);
}

void MemoryStore::free_leases(ReservationId reservation) { impl_->free_leases(reservation); }

base::Amount MemoryStore::value(std::string_view key, const Window& window) {
  Counter* c = impl_->find(key, window);
  return c == nullptr ? Amount() : impl_->total(*c, impl_->now());
}

std::size_t MemoryStore::counters() const { return impl_->index.size(); }

std::size_t MemoryStore::reservations() const { return impl_->reservations.size(); }

}  // namespace limits
