// Counting with two limits, alone and by several threads.
#include "net/shared_counts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace net {
namespace {

using Taken = SharedCounts::Taken;

TEST(SharedCounts, BothLimitsHold) {
  SharedCounts counts;
  EXPECT_EQ(counts.take("a", 3, 2), Taken::yes);
  EXPECT_EQ(counts.take("a", 3, 2), Taken::yes);
  EXPECT_EQ(counts.take("a", 3, 2), Taken::too_many_of_kind);
  EXPECT_EQ(counts.take("b", 3, 2), Taken::yes);
  EXPECT_EQ(counts.take("c", 3, 2), Taken::too_many);
  EXPECT_EQ(counts.take("c", 9, 0), Taken::too_many_of_kind);
  EXPECT_EQ(counts.all(), 3U);
  counts.give_back("a");
  EXPECT_EQ(counts.take("c", 3, 2), Taken::yes);
}

TEST(SharedCounts, ThreadsNeverTakeOneTooMany) {
  SharedCounts counts;
  std::atomic<int> held = 0, most = 0, taken = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (counts.take(i % 2 == 0 ? "a" : "b", 3, 2) != Taken::yes) continue;
        ++taken;
        const int now = ++held;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
        --held;
        counts.give_back(i % 2 == 0 ? "a" : "b");
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, 3);
  EXPECT_GT(taken, 0);
  EXPECT_EQ(counts.all(), 0U);
}

}  // namespace
}  // namespace net
