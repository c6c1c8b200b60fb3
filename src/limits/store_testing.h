// For tests of stores: charges by name, and a random tester that holds a store against a slow, obvious oracle which
// remembers every charge for ever. Random calls of several charges, settlements, pauses, steps of the wall clock by an
// hour both ways: verdict, failing charge, values and the time to retry must agree exactly.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "limits/store.h"

namespace limits {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): a test's header
using base::Amount;
using base::BootTime;
using base::Duration;
using base::WallTime;

inline constexpr Window minute{WindowType::sliding, 60, false};
inline constexpr Window day{WindowType::calendar, 86'400, false};
inline constexpr Window lease{WindowType::lease, 0, false};

inline Charge charge(std::string key, Window window, std::int64_t amount,
                     std::optional<std::int64_t> max = std::nullopt, Refund refund = Refund::undelivered) {
  Charge c;
  c.key = std::move(key);
  c.window = window;
  c.amount = Amount::of(amount);
  if (max) c.max = Amount::of(*max);
  c.refund = refund;
  return c;
}

class Oracle {
 public:
  explicit Oracle(const base::Clock& clock) : clock_(clock) {}

  // What the counter would hold after `later`, nothing happening.
  Amount total(const Charge& c, Duration later = 0s) const {
    Amount sum;
    for (const Made& m : made_) {
      if (m.key != c.key || m.window != c.window) continue;
      const bool counts = c.window.type == WindowType::sliding ? clock_.boot() + later - m.boot < c.window.seconds * 1s
                          : c.window.type == WindowType::calendar ? m.opened == current(c, later)
                                                                  : true;
      if (counts) sum = sum + m.amount;
    }
    return sum;
  }

  // Index of the first charge that does not fit after `later`.
  std::optional<std::size_t> failing(const std::vector<Charge>& call, Duration later = 0s) const {
    for (std::size_t i = 0; i < call.size(); ++i) {
      Amount sum = total(call[i], later);
      for (std::size_t j = 0; j <= i; ++j)
        if (call[j].key == call[i].key && call[j].window == call[i].window) sum = sum + call[j].amount;
      if (call[i].max && sum > *call[i].max) return i;
    }
    return std::nullopt;
  }

  void make(const std::vector<Charge>& call, ReservationId id) {
    for (const Charge& c : call) {
      if (c.amount.is_zero()) continue;
      int opened = 0;
      if (c.window.type == WindowType::calendar) {
        opened = current(c, 0s);
        if (opened == 0) {
          opened_.push_back({calendar_span(c.window, clock_.wall()), clock_.boot(), clock_.wall()});
          opened = static_cast<int>(opened_.size());
          last_[{c.key, c.window.seconds}] = opened;
        }
      }
      made_.push_back({c.key, c.window, c.amount, c.refund, clock_.boot(), opened, id});
    }
  }

  void settle(ReservationId id, Settlement s, bool settled_before, bool leases) {
    std::erase_if(made_, [&](const Made& m) {
      if (m.id != id) return false;
      if (m.window.type == WindowType::lease) return leases;
      if (settled_before || s == Settlement::keep || m.refund == Refund::never) return false;
      return s == Settlement::undelivered || m.refund == Refund::on_error;
    });
  }

 private:
  struct Made {
    std::string key;
    Window window;
    Amount amount;
    Refund refund;
    BootTime boot;
    int opened;
    ReservationId id;
  };
  // A calendar window that somebody has charged.
  struct Opened {
    Span span;
    BootTime boot;
    WallTime wall;
  };
  // Number of the counter's window that is not over after `later`, or 0. It is over when as much time has gone by as it
  // had left when it was opened, and the wall clock says so too; or when its whole length has gone by once more.
  int current(const Charge& c, Duration later) const {
    const auto it = last_.find({c.key, c.window.seconds});
    if (it == last_.end()) return 0;
    const Opened& o = opened_[static_cast<std::size_t>(it->second) - 1];
    const Duration passed = clock_.boot() + later - o.boot, left = o.span.end - o.wall;
    const bool over =
        passed >= left && (clock_.wall() + later >= o.span.end || passed >= left + (o.span.end - o.span.start));
    return over ? 0 : it->second;
  }

  const base::Clock& clock_;
  std::vector<Made> made_;
  std::vector<Opened> opened_;
  std::map<std::pair<std::string, std::int64_t>, int> last_;
};

inline constexpr Window random_windows[] = {{WindowType::sliding, 10, false},
                                            {WindowType::sliding, 300, false},
                                            {WindowType::calendar, 60, false},
                                            {WindowType::calendar, 3600, false},
                                            {WindowType::lease, 0, false}};

struct Tester {
  std::mt19937_64 rng;
  base::FakeClock& clock;
  Store& store;
  Oracle oracle{clock};
  std::vector<std::pair<ReservationId, bool>> open;  // settled already, its leases kept
  bool session_keys = false;                         // every other key is of a session
  int admitted = 0, refused = 0, retried = 0, full = 0;

  Tester(std::uint64_t seed, base::FakeClock& c, Store& s) : rng(seed), clock(c), store(s) {}

  std::size_t pick(std::size_t n) { return rng() % n; }

  Charge random_charge(std::size_t keys) {
    Charge c;
    c.key = std::string(1, static_cast<char>('a' + pick(keys)));
    c.window = random_windows[pick(std::size(random_windows))];
    c.amount = Amount::from_raw(static_cast<std::int64_t>(pick(4)) * Amount::scale / (pick(2) == 0 ? 1 : 4));
    if (pick(5) != 0) c.max = Amount::of(static_cast<std::int64_t>(pick(3) == 0 ? 3 : 12));
    c.refund = static_cast<Refund>(pick(3));
    c.session = session_keys && c.key[0] % 2 == 0;
    return c;
  }

  void call(std::size_t keys) {
    std::vector<Charge> charges;
    for (std::size_t n = 1 + pick(3); n > 0; --n) charges.push_back(random_charge(keys));
    const std::optional<std::size_t> failing = oracle.failing(charges);
    ASSERT_TRUE(store.ready(charges));
    if (pick(4) == 0) {
      ASSERT_EQ(store.check(charges).has_value(), failing.has_value());
    }
    const auto id = store.reserve(charges);
    if (!id && id.error().why == Why::full) {
      ++full;
      ASSERT_FALSE(failing);
      return;
    }
    ASSERT_EQ(id.has_value(), !failing.has_value());
    if (id) {
      ++admitted;
      oracle.make(charges, *id);
      open.emplace_back(*id, false);
      return;
    }
    ++refused;
    ASSERT_EQ(id.error().charge, *failing);
    ASSERT_EQ(id.error().value, oracle.total(charges[*failing]));
    if (!id.error().retry_after) {
      ASSERT_TRUE(oracle.failing(charges, 48h));
      return;
    }
    ++retried;
    const Duration wait = *id.error().retry_after;
    ASSERT_GT(wait, 0s);
    ASSERT_TRUE(oracle.failing(charges, wait - 1ns));
    ASSERT_FALSE(oracle.failing(charges, wait));
  }

  void settle() {
    if (open.empty()) return;
    const std::size_t i = pick(open.size());
    const auto [id, before] = open[i];
    const auto how = static_cast<Settlement>(pick(3));
    const std::size_t way = pick(4);
    if (way == 0 && !before) {
      store.settle_keep_leases(id, how);
      oracle.settle(id, how, false, false);
      open[i].second = true;
      return;
    }
    if (way == 1 && before) {
      store.free_leases(id);
      oracle.settle(id, Settlement::keep, true, true);
    } else {
      store.settle(id, how);
      oracle.settle(id, how, before, true);
    }
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void pause() {
    switch (pick(12)) {
      case 0:
        clock.step_wall(1h);
        break;
      case 1:
        clock.step_wall(-1h);
        break;
      case 2:
        clock.advance(Duration(static_cast<std::int64_t>(rng() % 400'000'000'000)));
        break;
      default:
        clock.advance(Duration(static_cast<std::int64_t>(rng() % 4'000'000'000)));
    }
  }

  void run(int rounds, std::size_t keys) {
    for (int i = 0; i < rounds; ++i) {
      switch (pick(4)) {
        case 0:
          pause();
          break;
        case 1:
          settle();
          break;
        default:
          call(keys);
      }
      if (testing::Test::HasFatalFailure()) return;
      look(random_charge(keys));
      if (pick(3) != 0) ASSERT_TRUE(store.commit());
    }
    while (!open.empty()) settle();
    ASSERT_TRUE(store.commit());
    ASSERT_FALSE(store.pending());
  }

  void look(const Charge& c) {
    ASSERT_TRUE(store.ready());
    ASSERT_EQ(store.value(c), oracle.total(c));
  }
};

}  // namespace limits
