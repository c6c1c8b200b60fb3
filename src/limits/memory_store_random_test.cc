// The memory store against the oracle of store_testing.h, with room for all counters and with so little that counters
// are dropped all the time.
#include <gtest/gtest.h>

#include <vector>

#include "limits/memory_store.h"
#include "limits/store_testing.h"

namespace limits {
namespace {

TEST(MemoryStoreRandom, AgreesWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::FakeClock clock;
    MemoryStore store(clock, 1000);
    Tester t(seed, clock, store);
    t.run(1500, 3);
    EXPECT_EQ(store.reservations(), 0U);
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
    base::FakeClock clock;
    MemoryStore store(clock, 12);
    Tester t(seed, clock, store);
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
      ASSERT_LE(store.counters(), 12U);
      const Charge c = t.random_charge(20);
      t.look(c);
      ASSERT_FALSE(HasFatalFailure()) << seed << " at " << i;
      // "Full" is the truth: every counter there is holds something.
      if (t.pick(10) != 0) continue;
      std::size_t holding = 0;
      for (char key = 'a'; key < 'a' + 20; ++key) {
        for (const Window& w : random_windows)
          holding += store.value(charge(std::string(1, key), w, 0))->is_zero() ? 0U : 1U;
      }
      Charge fresh = c;
      fresh.key = "fresh";
      fresh.amount = Amount::of(1);
      fresh.max.reset();
      const auto id = store.reserve({&fresh, 1});
      ASSERT_EQ(id.has_value(), holding < 12) << seed << " at " << i;
      if (id && fresh.window.type == WindowType::lease) store.settle(*id, Settlement::keep);
      if (id && fresh.window.type != WindowType::lease) store.settle(*id, Settlement::undelivered);
      if (id && fresh.refund == Refund::never) t.clock.advance(2h);
    }
    EXPECT_GT(t.full, 20);
    EXPECT_GT(t.admitted, 20);
  }
}

}  // namespace
}  // namespace limits
