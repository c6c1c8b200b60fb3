// Two memory stores behind one: where a charge goes, all or none over both, ids, leases.
#include "limits/split_store.h"

#include <gtest/gtest.h>

#include <vector>

#include "limits/memory_store.h"
#include "limits/store_testing.h"

namespace limits {
namespace {

Charge of_session(Charge c) {
  c.session = true;
  return c;
}

struct SplitStoreTest : testing::Test {
  base::FakeClock clock;
  MemoryStore session{clock}, shared{clock};
  SplitStore store{session, shared};
  auto reserve(std::vector<Charge> charges) { return store.reserve(charges); }
};

TEST_F(SplitStoreTest, EachChargeGoesToItsStore) {
  ASSERT_TRUE(reserve({of_session(charge("a", minute, 1))}));
  ASSERT_TRUE(reserve({charge("b", minute, 2)}));
  ASSERT_TRUE(reserve({charge("b", minute, 2), of_session(charge("a", minute, 1))}));
  EXPECT_EQ(session.value(charge("a", minute, 0)), Amount::of(2));
  EXPECT_EQ(shared.value(charge("b", minute, 0)), Amount::of(4));
  EXPECT_EQ(session.counters(), 1U);
  EXPECT_EQ(shared.counters(), 1U);
  EXPECT_EQ(store.value(of_session(charge("a", minute, 0))), Amount::of(2));
  EXPECT_EQ(store.value(charge("b", minute, 0)), Amount::of(4));
}

TEST_F(SplitStoreTest, AllOrNoneOverBoth) {
  ASSERT_TRUE(reserve({charge("b", minute, 5, 5)}));
  clock.advance(10s);
  ASSERT_TRUE(reserve({of_session(charge("a", minute, 5, 5))}));
  const auto by_shared = reserve({of_session(charge("c", minute, 1, 5)), charge("b", minute, 1, 5)});
  ASSERT_FALSE(by_shared);
  EXPECT_EQ(by_shared.error().charge, 1U);
  EXPECT_EQ(by_shared.error().retry_after, 50s);
  const auto by_session = reserve({charge("d", minute, 1, 5), of_session(charge("a", minute, 1, 5))});
  ASSERT_FALSE(by_session);
  EXPECT_EQ(by_session.error().charge, 1U);
  const auto by_both = reserve({of_session(charge("a", minute, 1, 5)), charge("b", minute, 1, 5)});
  ASSERT_FALSE(by_both);
  EXPECT_EQ(by_both.error().charge, 0U);
  EXPECT_EQ(by_both.error().retry_after, 60s);
  EXPECT_EQ(session.counters(), 1U);
  EXPECT_EQ(shared.counters(), 1U);
  // Never in one of them: never in all.
  const auto never = reserve({of_session(charge("a", minute, 1, 5)), charge("e", minute, 6, 5)});
  EXPECT_EQ(never.error().retry_after, std::nullopt);
}

TEST_F(SplitStoreTest, CheckSaysTheSame) {
  const std::vector<Charge> call{charge("b", minute, 1, 1), of_session(charge("a", minute, 1, 1))};
  EXPECT_EQ(store.check(call), std::nullopt);
  ASSERT_TRUE(store.reserve(call));
  ASSERT_TRUE(store.check(call));
  EXPECT_EQ(store.check(call)->charge, 0U);
  EXPECT_EQ(store.check(std::span(call).subspan(1))->charge, 0U);
}

TEST_F(SplitStoreTest, WhatIsFullHereIsGivenBackThere) {
  MemoryStore small(clock, 1);
  SplitStore tight(small, shared);
  ASSERT_TRUE(tight.reserve(std::vector{of_session(charge("x", minute, 1))}));
  const auto full = tight.reserve(std::vector{charge("b", minute, 1), of_session(charge("y", minute, 1))});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().why, Why::full);
  EXPECT_EQ(full.error().charge, 1U);
  EXPECT_EQ(shared.value(charge("b", minute, 0)), Amount());
}

TEST_F(SplitStoreTest, SettlesBothParts) {
  const auto both = reserve({of_session(charge("a", minute, 3)), charge("b", minute, 4), charge("l", lease, 1)});
  ASSERT_TRUE(both);
  store.settle(*both, Settlement::undelivered);
  store.settle(*both, Settlement::undelivered);
  EXPECT_EQ(session.value(charge("a", minute, 0)), Amount());
  EXPECT_EQ(shared.value(charge("b", minute, 0)), Amount());
  EXPECT_EQ(shared.value(charge("l", lease, 0)), Amount());
  const auto one = reserve({charge("b", minute, 4)});
  store.settle(*one, Settlement::undelivered);
  EXPECT_EQ(shared.value(charge("b", minute, 0)), Amount());
  store.settle(0, Settlement::undelivered);
  store.settle(4711, Settlement::undelivered);
  EXPECT_EQ(session.reservations() + shared.reservations(), 0U);
}

TEST_F(SplitStoreTest, LeasesOutliveTheRest) {
  const auto id =
      reserve({of_session(charge("a", minute, 3)), charge("l", lease, 1), of_session(charge("m", lease, 1))});
  ASSERT_TRUE(id);
  store.settle_keep_leases(*id, Settlement::undelivered);
  EXPECT_EQ(session.value(charge("a", minute, 0)), Amount());
  EXPECT_EQ(shared.value(charge("l", lease, 0)), Amount::of(1));
  EXPECT_EQ(session.value(charge("m", lease, 0)), Amount::of(1));
  store.free_leases(*id);
  EXPECT_EQ(shared.value(charge("l", lease, 0)), Amount());
  EXPECT_EQ(session.value(charge("m", lease, 0)), Amount());
  EXPECT_EQ(session.reservations() + shared.reservations(), 0U);
}

TEST_F(SplitStoreTest, OnlyWhatIsSharedMustBeReady) {
  struct Closed final : Store {
    bool ready(std::span<const Charge>) override { return false; }
    bool ready() override { return false; }
    std::expected<ReservationId, Refusal> reserve(std::span<const Charge>) override { return 0; }
    std::optional<Refusal> check(std::span<const Charge>) override { return Refusal{Why::unavailable, 0, {}, {}}; }
    void settle(ReservationId, Settlement) override {}
    void settle_keep_leases(ReservationId, Settlement) override {}
    void free_leases(ReservationId) override {}
    std::optional<base::Amount> value(const Charge&) override { return std::nullopt; }
  } closed;
  SplitStore split(session, closed);
  EXPECT_TRUE(split.ready(std::vector{of_session(charge("a", minute, 1))}));
  EXPECT_FALSE(split.ready(std::vector{of_session(charge("a", minute, 1)), charge("b", minute, 1)}));
  EXPECT_FALSE(split.ready());
  EXPECT_FALSE(split.check(std::vector<Charge>{}));
}

TEST(SplitStoreRandom, AgreesWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::FakeClock clock;
    MemoryStore session(clock), shared(clock);
    SplitStore store(session, shared);
    Tester t(seed, clock, store);
    t.session_keys = true;
    t.run(1500, 3);
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << seed;
    EXPECT_EQ(session.reservations() + shared.reservations(), 0U);
    EXPECT_GT(session.counters(), 0U);
    EXPECT_GT(shared.counters(), 0U);
  }
}

}  // namespace
}  // namespace limits
