// The memory store against a slow, obvious oracle that remembers every charge for ever: random calls of several
// charges, settlements, pauses, and steps of the wall clock by an hour both ways. Verdict, failing charge, values and
// the time to retry must agree exactly, with room for all counters and with so little that counters are dropped all
// the time.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "limits/memory_store.h"

namespace limits {
namespace {

using namespace std::chrono_literals;
using base::Amount;
using base::BootTime;
using base::Duration;
using base::WallTime;

class Oracle {
 public:
  explicit Oracle(const base::Clock& clock) : clock_(clock) {}

  // What the counter would hold after `later`, nothing happening.
  Amount total(const Charge& c, Duration later = 0s) const {
    Amount sum;
    for (const Made& m : made_) {
      if (m.key != c.key || m.window != c.window) continue;
      const bool counts = c.window.type == WindowType::sliding ? clock_.boot() + later - m.boot < c.window.seconds * 1s
                          : c.window.type == WindowType::calendar ? m.start == start_of(c, clock_.wall() + later)
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
      const WallTime start = c.window.type == WindowType::calendar ? start_of(c, clock_.wall()) : WallTime();
      if (c.window.type == WindowType::calendar) starts_[{c.key, c.window.seconds}] = start;
      made_.push_back({c.key, c.window, c.amount, c.refund, clock_.boot(), start, id});
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
    WallTime start;
    ReservationId id;
  };
  // The window's start at `wall`, never before the counter's latest.
  WallTime start_of(const Charge& c, WallTime wall) const {
    const auto it = starts_.find({c.key, c.window.seconds});
    const WallTime now = calendar_span(c.window, wall).start;
    return it == starts_.end() ? now : std::max(now, it->second);
  }

  const base::Clock& clock_;
  std::vector<Made> made_;
  std::map<std::pair<std::string, std::int64_t>, WallTime> starts_;
};

constexpr Window windows[] = {{WindowType::sliding, 10, false},
                              {WindowType::sliding, 300, false},
                              {WindowType::calendar, 60, false},
                              {WindowType::calendar, 3600, false},
                              {WindowType::lease, 0, false}};

struct Tester {
  std::mt19937_64 rng;
  base::FakeClock clock;
  MemoryStore store;
  Oracle oracle{clock};
  std::vector<std::pair<ReservationId, bool>> open;  // settled already, its leases kept
  int admitted = 0, refused = 0, retried = 0, full = 0;

  Tester(std::uint64_t seed, std::size_t counters) : rng(seed), store(clock, counters) {}

  std::size_t pick(std::size_t n) { return rng() % n; }

  Charge random_charge(std::size_t keys) {
    Charge c;
    c.key = std::string(1, static_cast<char>('a' + pick(keys)));
    c.window = windows[pick(std::size(windows))];
    c.amount = Amount::from_raw(static_cast<std::int64_t>(pick(4)) * Amount::scale / (pick(2) == 0 ? 1 : 4));
    if (pick(5) != 0) c.max = Amount::of(static_cast<std::int64_t>(pick(3) == 0 ? 3 : 12));
    c.refund = static_cast<Refund>(pick(3));
    return c;
  }

  void call(std::size_t keys) {
    std::vector<Charge> charges;
    for (std::size_t n = 1 + pick(3); n > 0; --n) charges.push_back(random_charge(keys));
    const std::optional<std::size_t> failing = oracle.failing(charges);
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
      const Charge c = random_charge(keys);
      ASSERT_EQ(store.value(c.key, c.window), oracle.total(c)) << i;
    }
    while (!open.empty()) settle();
    EXPECT_EQ(store.reservations(), 0U);
  }
};

TEST(MemoryStoreRandom, AgreesWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Tester t(seed, 1000);
    t.run(1500, 3);
    ASSERT_FALSE(HasFatalFailure()) << seed;
    EXPECT_GT(t.admitted, 100);
    EXPECT_GT(t.refused, 100);
    EXPECT_GT(t.retried, 50);
    EXPECT_EQ(t.full, 0);
  }
}

// With few counters: refused more often ("full"), but what is admitted and what is counted stays the same. Steps of
// the wall clock are left out: a dropped counter may then start in a later window than the oracle's, which only it
// remembers apart.
TEST(MemoryStoreRandom, AgreesWithTheOracleWhileCountersAreDropped) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Tester t(seed, 12);
    for (int i = 0; i < 1500; ++i) {
      switch (t.pick(4)) {
        case 0:
          t.clock.advance(Duration(static_cast<std::int64_t>(t.rng() % 30'000'000'000)));
          break;
        case 1:
          t.settle();
          break;
        default:
          t.call(20);
      }
      ASSERT_FALSE(HasFatalFailure()) << seed << " at " << i;
      ASSERT_LE(t.store.counters(), 12U);
      const Charge c = t.random_charge(20);
      ASSERT_EQ(t.store.value(c.key, c.window), t.oracle.total(c)) << seed << " at " << i;
      // "Full" is the truth: every counter there is holds something.
      if (t.pick(10) != 0) continue;
      std::size_t holding = 0;
      for (char key = 'a'; key < 'a' + 20; ++key) {
        for (const Window& w : windows) holding += t.store.value(std::string(1, key), w).is_zero() ? 0U : 1U;
      }
      Charge fresh = c;
      fresh.key = "fresh";
      fresh.amount = Amount::of(1);
      fresh.max.reset();
      const auto id = t.store.reserve({&fresh, 1});
      ASSERT_EQ(id.has_value(), holding < 12) << seed << " at " << i;
      if (id && fresh.window.type == WindowType::lease) t.store.settle(*id, Settlement::keep);
      if (id && fresh.window.type != WindowType::lease) t.store.settle(*id, Settlement::undelivered);
      if (id && fresh.refund == Refund::never) t.clock.advance(2h);
    }
    EXPECT_GT(t.full, 20);
    EXPECT_GT(t.admitted, 20);
  }
}

}  // namespace
}  // namespace limits
