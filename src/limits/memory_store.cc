// Counters in memory. What must stay true:
//  - A call's charges are checked first and added only when all fit; both with one reading of the clocks.
//  - Nothing that holds something is ever dropped. Counters stand in a list in the order in which they may be empty, by
//    the boot clock. A counter's place is never later than the truth (but for a wall clock that was set back and
//    forth), so when the first place is in the future no counter is empty; places are mended as they come up.
//  - A calendar window never goes back, not even that of a counter which was dropped meanwhile: `closed_until` is the
//    latest end of a dropped window, and new counters start no earlier.
// Counters are found through an ordered map: keys hold what clients choose (a session's id), and a hash table with a
// known hash can be flooded.
#include "limits/memory_store.h"

#include <algorithm>
#include <cassert>
#include <compare>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "limits/calendar.h"
#include "limits/check.h"
#include "limits/sliding.h"

namespace limits {
namespace {

using base::Amount;
using base::BootTime;
using base::Duration;
using base::WallTime;

constexpr std::size_t max_reservations = std::size_t{1} << 20;

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

// One counter. `sliding`, `calendar` or `leased` is used, by its window's type.
struct Counter {
  std::map<Key, std::uint32_t, KeyLess>::iterator place;
  std::uint64_t generation = 0;  // of the slot: tells a reservation that its counter was dropped
  SlidingCounter sliding;
  CalendarCounter calendar;
  Amount leased;
  BootTime listed{};  // where it stands in the list of expiries

  const Window& window() const { return place->first.window; }
};

// What one charge added, for settling.
struct Held {
  std::uint32_t slot;
  Refund refund;
  bool lease;
  std::uint64_t generation;
  BootTime charged_at;  // sliding: when; calendar: the window (its free_at)
  Amount amount;
};

}  // namespace

struct MemoryStore::Impl {
  using Expiries = std::set<std::pair<BootTime, std::uint32_t>>;  // with the slot

  Impl(const base::Clock& c, std::size_t max)
      : clock(c), max_counters(max), max_steps(std::max<std::size_t>(max * 16, 64 * exact_steps)) {}

  const base::Clock& clock;
  const std::size_t max_counters;
  const std::size_t max_steps;  // of all sliding counters together: 32 bytes each
  std::map<Key, std::uint32_t, KeyLess> index;
  std::deque<Counter> slots;
  std::vector<std::uint32_t> free_slots;
  Expiries expiries;
  WallTime closed_until = WallTime::min();
  std::size_t steps = 0;
  std::unordered_map<ReservationId, std::vector<Held>> reservations;  // ids are ours: nothing to flood
  ReservationId last_id = 0;
  std::uint64_t generations = 0;

  Moment now() const { return {clock.boot(), clock.wall()}; }

  Counter* find(std::string_view key, const Window& window) {
    const auto it = index.find(view_of(key, window));
    return it == index.end() ? nullptr : &slots[it->second];
  }

  // What the counter holds at this moment; frees what has left a sliding window.
  Amount total(Counter& c, const Moment& at) {
    switch (c.window().type) {
      case WindowType::sliding: {
        const std::size_t before = c.sliding.steps();
        c.sliding.expire(at.boot, length(c.window()));
        steps -= before - c.sliding.steps();
        return c.sliding.total();
      }
      case WindowType::calendar:
        return c.calendar.total(at);
      case WindowType::lease:
        return c.leased;
    }
    return c.leased;
  }

  // The first moment at which it holds nothing if nothing happens and nobody sets a clock.
  BootTime empty_at(const Counter& c, const Moment& at) const {
    switch (c.window().type) {
      case WindowType::sliding:
        return c.sliding.empty_at(length(c.window()));
      case WindowType::calendar:
        return c.calendar.held.is_zero() || c.calendar.over(at) ? BootTime::min() : c.calendar.over_at(at);
      case WindowType::lease:
        return c.leased.is_zero() ? BootTime::min() : BootTime::max();
    }
    return BootTime::max();
  }

  void relist(Counter& c, std::uint32_t slot, BootTime when) {
    auto node = expiries.extract({c.listed, slot});
    assert(!node.empty());
    c.listed = when;
    node.value().first = when;
    expiries.insert(std::move(node));
  }

  void drop(std::uint32_t slot, const Moment& at) {
    Counter& c = slots[slot];
    if (c.window().type == WindowType::calendar) closed_until = std::max(closed_until, c.calendar.closed_until(at));
    steps -= c.sliding.steps();
    expiries.erase({c.listed, slot});
    index.erase(c.place);
    c = Counter();
    free_slots.push_back(slot);
  }

  // Drops the first empty counter. False: none is empty.
  bool drop_one(const Moment& at) {
    while (!expiries.empty() && expiries.begin()->first <= at.boot) {
      const std::uint32_t slot = expiries.begin()->second;
      const BootTime when = empty_at(slots[slot], at);
      if (when <= at.boot) {
        drop(slot, at);
        return true;
      }
      relist(slots[slot], slot, when);
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
  bool make_room(std::span<const Charge> charges, const Moment& at) {
    const auto fits = [&] {
      return (index.size() + charges.size() <= max_counters || index.size() + missing(charges) <= max_counters) &&
             steps + charges.size() <= max_steps;
    };
    while (!fits()) {
      if (!drop_one(at)) return false;
    }
    return true;
  }

  std::uint32_t find_or_create(const Charge& charge) {
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
    c.listed = BootTime::min();
    expiries.insert({c.listed, slot});
    return slot;
  }

  Held add(const Charge& charge, const Moment& at) {
    const std::uint32_t slot = find_or_create(charge);
    Counter& c = slots[slot];
    switch (charge.window.type) {
      case WindowType::sliding: {
        const std::size_t before = c.sliding.steps();
        c.sliding.add(at.boot, length(charge.window), charge.amount);
        steps = steps - before + c.sliding.steps();
        break;
      }
      case WindowType::calendar:
        c.calendar.add(charge.window, at, closed_until, charge.amount);
        break;
      case WindowType::lease:
        c.leased = c.leased + charge.amount;
        break;
    }
    const bool calendar = charge.window.type == WindowType::calendar;
    return {slot,
            charge.refund,
            charge.window.type == WindowType::lease,
            c.generation,
            calendar ? c.calendar.free_at : at.boot,
            charge.amount};
  }

  void give_back(const Held& held) {
    Counter& c = slots[held.slot];
    if (c.generation != held.generation) return;  // dropped: the window charged is over
    switch (c.window().type) {
      case WindowType::sliding: {
        const std::size_t before = c.sliding.steps();
        c.sliding.give_back(held.charged_at, held.amount);
        steps -= before - c.sliding.steps();
        break;
      }
      case WindowType::calendar:
        c.calendar.give_back(held.charged_at, held.amount);
        break;
      case WindowType::lease:
        assert(c.leased >= held.amount);
        c.leased = c.leased - held.amount;
        break;
    }
    if (const BootTime when = empty_at(c, now()); when < c.listed) relist(c, held.slot, when);
  }

  // How long until the charge fits on top of `before`, and what the counter holds.
  Answer ask(const Charge& charge, Amount before, const Moment& at) {
    const Amount allowed = room_for(charge, before);
    Counter* c = find(charge.key, charge.window);
    Answer answer;
    if (c != nullptr) answer.held = total(*c, at);
    if (!is_sound(charge) || allowed.is_negative()) {
      answer.wait = std::nullopt;
    } else if (answer.held > allowed) {
      answer.wait = wait(*c, allowed, at);
    }
    return answer;
  }

  std::optional<Duration> wait(const Counter& c, Amount allowed, const Moment& at) const {
    switch (c.window().type) {
      case WindowType::sliding:
        return c.sliding.wait_until_at_most(allowed, at.boot, length(c.window()));
      case WindowType::calendar:
        return c.calendar.wait(at);
      case WindowType::lease:
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Refusal> check(std::span<const Charge> charges, const Moment& at) {
    return check_charges(charges, [&](const Charge& c, std::size_t, Amount before) { return ask(c, before, at); });
  }

  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) {
    if (charges.empty()) return ReservationId{0};
    const Moment at = now();
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

std::optional<base::Amount> MemoryStore::value(const Charge& counter) {
  Counter* c = impl_->find(counter.key, counter.window);
  return c == nullptr ? Amount() : impl_->total(*c, impl_->now());
}

std::size_t MemoryStore::counters() const { return impl_->index.size(); }

std::size_t MemoryStore::reservations() const { return impl_->reservations.size(); }

}  // namespace limits
