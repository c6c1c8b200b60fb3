// The segmented counter against the one in memory: same charges, refunds and times, same totals and waits.
#include "limits/segmented.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace limits {
namespace {

using namespace std::chrono_literals;
using base::Amount;
using base::BootTime;
using base::Duration;

// Segments in a map; counts how often they are read.
class MapSegments final : public Segments {
 public:
  std::vector<Step> find(BootTime from) override {
    ++reads;
    const auto it = map.lower_bound(from);
    return it == map.end() || broken ? std::vector<Step>() : it->second;
  }
  std::vector<Step> all() override {
    ++reads;
    std::vector<Step> out;
    for (const auto& [name, steps] : map) out.insert(out.end(), steps.begin(), steps.end());
    return broken ? std::vector<Step>() : out;
  }
  void append(std::span<const Step> steps) override {
    ASSERT_TRUE(!steps.empty() && steps.size() <= segment_steps);
    ASSERT_TRUE(map.empty() || map.rbegin()->first < steps.front().oldest);
    map.emplace(steps.back().newest, std::vector<Step>(steps.begin(), steps.end()));
  }
  void replace(BootTime name, std::span<const Step> steps) override {
    ASSERT_EQ(map.erase(name), 1U);
    if (!steps.empty()) map.emplace(steps.back().newest, std::vector<Step>(steps.begin(), steps.end()));
  }
  void clear() override { map.clear(); }

  std::map<BootTime, std::vector<Step>> map;
  std::size_t reads = 0;
  bool broken = false;
};

struct Pair {
  MapSegments segments;
  SegmentedCounter segmented;
  SlidingCounter memory;
  void check(BootTime now, Duration window, Amount allowed) {
    memory.expire(now, window);
    segmented.expire(segments, now, window);
    ASSERT_EQ(segmented.total, memory.total());
    ASSERT_EQ(segmented.wait_until_at_most(segments, allowed, now, window),
              memory.wait_until_at_most(allowed, now, window));
    ASSERT_LE(segmented.tail.size(), segment_steps);
    std::size_t steps = segmented.tail.size();
    for (const auto& [name, list] : segments.map) steps += list.size();
    ASSERT_EQ(steps, segmented.count);
  }
};

TEST(Segmented, AgreesWithTheCounterInMemory) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 rng(seed);
    Pair p;
    const Duration window = std::chrono::seconds(seed % 3 == 0 ? 10 : 100);
    BootTime now(std::chrono::seconds(1000));
    std::vector<std::pair<BootTime, Amount>> made;
    for (int i = 0; i < 6000; ++i) {
      now += Duration(static_cast<std::int64_t>(rng() % (seed % 2 == 0 ? 20'000'000 : 200'000'000)));
      const Amount amount = Amount::of(static_cast<std::int64_t>(1 + rng() % 5));
      p.memory.add(now, window, amount);
      ASSERT_EQ(p.segmented.add(p.segments, now, window, amount), now);
      made.emplace_back(now, amount);
      if (rng() % 4 == 0) {
        const std::size_t back = std::min<std::size_t>(made.size(), 1 + rng() % 200);
        const auto [at, what] = made[made.size() - back];
        p.memory.give_back(at, what);
        p.segmented.give_back(p.segments, at, what);
        made.erase(made.end() - static_cast<std::ptrdiff_t>(back));
      }
      if (rng() % 50 == 0) now += window / 4;
      if (rng() % 1000 == 0) now += window * 2;
      p.check(now, window, Amount::of(static_cast<std::int64_t>(rng() % 300)));
      ASSERT_FALSE(HasFatalFailure()) << seed << " at " << i;
    }
  }
}

TEST(Segmented, JoinsLikeTheCounterInMemory) {
  Pair p;
  BootTime now(1s);
  std::size_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    now += 10ms;
    p.memory.add(now, 100s, Amount::of(1));
    p.segmented.add(p.segments, now, 100s, Amount::of(1));
    p.check(now, 100s, Amount::of(i % 700));
    ASSERT_FALSE(HasFatalFailure()) << i;
    most = std::max(most, p.segmented.count);
  }
  EXPECT_EQ(most, exact_steps);
}

TEST(Segmented, AChargeReadsNoSegmentUntilTheOldestIsOver) {
  Pair p;
  BootTime now(1s);
  for (int i = 0; i < 1000; ++i) {
    now += 1ms;
    p.segmented.add(p.segments, now, 60s, Amount::of(1));
  }
  EXPECT_EQ(p.segments.reads, 0U);
  now += 60s - 999ms;
  p.segmented.add(p.segments, now, 60s, Amount::of(1));
  EXPECT_EQ(p.segments.reads, 1U);
  EXPECT_EQ(p.segmented.total, Amount::of(1000));
}

// Another process read its clock later and was first.
TEST(Segmented, AnEarlierClockIsFiledWithTheNewest) {
  MapSegments segments;
  SegmentedCounter c;
  c.add(segments, BootTime(10s), 60s, Amount::of(1));
  EXPECT_EQ(c.add(segments, BootTime(9s), 60s, Amount::of(2)), BootTime(10s));
  c.give_back(segments, BootTime(10s), Amount::of(2));
  EXPECT_EQ(c.total, Amount::of(1));
  // Also when the newest was given back and only segments are left.
  SegmentedCounter d;
  for (int i = 1; i <= 33; ++i) d.add(segments, BootTime(i * 1s), 100s, Amount::of(1));
  d.give_back(segments, BootTime(33s), Amount::of(1));
  EXPECT_EQ(d.add(segments, BootTime(20s), 100s, Amount::of(1)), BootTime(33s));
  EXPECT_EQ(d.total, Amount::of(33));
}

TEST(Segmented, WhatCannotBeReadFreesNothing) {
  MapSegments segments;
  SegmentedCounter c;
  for (int i = 1; i <= 40; ++i) c.add(segments, BootTime(i * 1s), 60s, Amount::of(1));
  segments.broken = true;
  c.expire(segments, BootTime(1000s), 60s);
  EXPECT_EQ(c.total, Amount::of(40));
  c.give_back(segments, BootTime(1s), Amount::of(1));
  EXPECT_EQ(c.total, Amount::of(40));
}

TEST(Segmented, MoreThanWasFiledIsNotGivenBack) {
  MapSegments segments;
  SegmentedCounter c;
  c.add(segments, BootTime(1s), 60s, Amount::of(1));
  c.give_back(segments, BootTime(1s), Amount::of(2));
  c.give_back(segments, BootTime(2s), Amount::of(1));
  EXPECT_EQ(c.total, Amount::of(1));
  c.give_back(segments, BootTime(1s), Amount::of(1));
  EXPECT_EQ(c.total, Amount());
  EXPECT_EQ(c.count, 0U);
  EXPECT_EQ(c.empty_at(60s), BootTime::min());
}

}  // namespace
}  // namespace limits
