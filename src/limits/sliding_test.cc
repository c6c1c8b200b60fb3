// The sliding window against the obvious definition: the sum of all charges made less than a window ago. Equal up to
// 1,024 charges; beyond that never less, and never more than the same sum over a window and a 128th.
#include "limits/sliding.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace limits {
namespace {

using namespace std::chrono_literals;
using base::Amount;
using base::BootTime;
using base::Duration;

BootTime at(Duration d) { return BootTime(d); }

struct Oracle {
  struct Made {
    BootTime time;
    Amount amount;
  };
  std::deque<Made> made;
  Amount total(BootTime now, Duration window) const {
    Amount sum;
    for (const Made& m : made)
      if (now - m.time < window) sum = sum + m.amount;
    return sum;
  }
};

TEST(Sliding, HalfOpenInterval) {
  SlidingCounter c;
  c.add(at(100s), 60s, Amount::of(3));
  c.expire(at(160s) - 1ns, 60s);
  EXPECT_EQ(c.total(), Amount::of(3));
  c.expire(at(160s), 60s);
  EXPECT_EQ(c.total(), Amount());
  EXPECT_EQ(c.steps(), 0U);
  EXPECT_EQ(c.empty_at(60s), BootTime::min());
}

TEST(Sliding, OneInstantIsOneStep) {
  SlidingCounter c;
  for (int i = 0; i < 5000; ++i) c.add(at(1s), 60s, Amount::of(1));
  EXPECT_EQ(c.steps(), 1U);
  EXPECT_EQ(c.total(), Amount::of(5000));
  EXPECT_EQ(c.empty_at(60s), at(61s));
}

TEST(Sliding, Exactly1024AreExact) {
  constexpr Duration window = 1024s;
  SlidingCounter c;
  for (int i = 0; i < 1024; ++i) c.add(at(i * 1s), window, Amount::of(1));
  EXPECT_EQ(c.steps(), 1024U);
  for (int i = 0; i < 1024; ++i) {
    c.expire(at(window + i * 1s) - 1ns, window);
    ASSERT_EQ(c.total(), Amount::of(1024 - i));
    c.expire(at(window + i * 1s), window);
    ASSERT_EQ(c.total(), Amount::of(1023 - i));
  }
}

TEST(Sliding, The1025thJoinsIntoAtLeast128Steps) {
  constexpr Duration window = 1280s;
  SlidingCounter c;
  for (int i = 0; i < 1025; ++i) c.add(at(i * 1s), window, Amount::of(1));
  EXPECT_LE(c.steps(), 130U);
  EXPECT_GE(c.steps(), 90U);  // 1,025 s of charges in steps of at most 10 s
  EXPECT_EQ(c.total(), Amount::of(1025));
}

TEST(Sliding, GiveBack) {
  SlidingCounter c;
  c.add(at(10s), 60s, Amount::of(3));
  c.add(at(20s), 60s, Amount::of(4));
  c.add(at(20s), 60s, Amount::of(5));
  c.give_back(at(20s), Amount::of(4));
  EXPECT_EQ(c.total(), Amount::of(8));
  c.give_back(at(10s), Amount::of(3));
  EXPECT_EQ(c.steps(), 1U);
  c.give_back(at(15s), Amount::of(3));  // nothing was made then
  EXPECT_EQ(c.total(), Amount::of(5));
  c.expire(at(80s), 60s);
  c.give_back(at(20s), Amount::of(5));  // freed already
  EXPECT_EQ(c.total(), Amount());
}

TEST(Sliding, Wait) {
  SlidingCounter c;
  c.add(at(10s), 60s, Amount::of(3));
  c.add(at(20s), 60s, Amount::of(4));
  EXPECT_EQ(c.wait_until_at_most(Amount::of(7), at(30s), 60s), 0s);
  EXPECT_EQ(c.wait_until_at_most(Amount::of(6), at(30s), 60s), 40s);
  EXPECT_EQ(c.wait_until_at_most(Amount::of(4), at(30s), 60s), 40s);
  EXPECT_EQ(c.wait_until_at_most(Amount::of(0), at(30s), 60s), 50s);
}

TEST(Sliding, LongestWindowDoesNotOverflow) {
  SlidingCounter c;
  c.add(at(1h), Duration::max(), Amount::of(1));
  c.expire(at(2h), Duration::max());
  EXPECT_EQ(c.total(), Amount::of(1));
  EXPECT_EQ(c.empty_at(Duration::max()), BootTime::max());
}

// Random charges, refunds and pauses of very different lengths.
void run(std::uint64_t seed, int most_in_window, bool exact) {
  std::mt19937_64 rng(seed);
  const Duration window = 128s + Duration(static_cast<std::int64_t>(rng() % 1000));
  SlidingCounter counter;
  Oracle oracle;
  BootTime now = at(1000s);
  const auto mean_pause = window.count() / most_in_window;
  bool joined = false;
  for (int i = 0; i < 20'000; ++i) {
    now += Duration(static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(2 * mean_pause)) *
                    (rng() % 50 == 0 ? 20 : 1));
    while (!oracle.made.empty() && now - oracle.made.front().time > 2 * window) oracle.made.pop_front();
    if (!oracle.made.empty() && rng() % 8 == 0) {  // a refund of one of the latest 300
      const std::size_t back = rng() % std::min<std::size_t>(300, oracle.made.size());
      const auto it = oracle.made.end() - 1 - static_cast<std::ptrdiff_t>(back);
      if (now - it->time < window) {
        counter.give_back(it->time, it->amount);
        oracle.made.erase(it);
      }
    } else {
      const Amount amount = Amount::from_raw(1 + static_cast<std::int64_t>(rng() % 3'000'000'000));
      counter.add(now, window, amount);
      oracle.made.push_back({now, amount});
    }
    counter.expire(now, window);
    ASSERT_LE(counter.steps(), exact_steps);
    if (i % 7 != 0) continue;
    const Amount least = oracle.total(now, window);
    joined = joined || oracle.made.size() > exact_steps;
    if (exact) {
      ASSERT_EQ(counter.total(), least) << seed << " at " << i;
    } else {
      ASSERT_GE(counter.total(), least) << seed << " at " << i;                                     // never early
      ASSERT_LE(counter.total(), oracle.total(now, window + window / 128)) << seed << " at " << i;  // nor late
    }
  }
  EXPECT_EQ(joined && !exact, !exact);
}

TEST(SlidingRandom, ExactBelow1024) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) run(seed, 400, true);
}

TEST(SlidingRandom, NeverEarlyAndBarelyLateAbove) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) run(seed, 4000, false);
}

// What it is for: with a maximum, no interval of the window's length holds more than the maximum.
TEST(SlidingRandom, NoIntervalHoldsMoreThanTheMaximum) {
  for (const std::int64_t max : {1, 7, 1000, 3000}) {
    std::mt19937_64 rng(static_cast<std::uint64_t>(max));
    const Duration window = 60s;
    SlidingCounter counter;
    std::vector<BootTime> admitted;
    BootTime now = at(5s);
    for (int i = 0; i < 60'000; ++i) {
      now += Duration(static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(2 * window.count() / (2 * max))));
      counter.expire(now, window);
      if (counter.total() + Amount::of(1) > Amount::of(max)) continue;
      counter.add(now, window, Amount::of(1));
      admitted.push_back(now);
    }
    const auto m = static_cast<std::size_t>(max);
    ASSERT_GT(admitted.size(), 2 * m);
    for (std::size_t i = m; i < admitted.size(); ++i) ASSERT_GE(admitted[i] - admitted[i - m], window) << max;
  }
}

}  // namespace
}  // namespace limits
