// The memory store by example: what each window, settlement and bound does.
#include "limits/memory_store.h"

#include <gtest/gtest.h>

#include <vector>

#include "limits/store_testing.h"

namespace limits {
namespace {

struct MemoryStoreTest : testing::Test {
  base::FakeClock clock;
  MemoryStore store{clock};
  auto reserve(std::vector<Charge> charges) { return store.reserve(charges); }
  Amount value(std::string_view key, const Window& w) { return *store.value(charge(std::string(key), w, 0)); }
};

TEST_F(MemoryStoreTest, TheEleventhCallOfAMinuteIsRefused) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(reserve({charge("k", minute, 1, 10)}));
    clock.advance(2s);
  }
  const auto refused = reserve({charge("k", minute, 1, 10)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::limit);
  EXPECT_EQ(refused.error().charge, 0U);
  EXPECT_EQ(refused.error().value, Amount::of(10));
  EXPECT_EQ(refused.error().retry_after, 40s);
  clock.advance(40s - 1ns);
  EXPECT_FALSE(reserve({charge("k", minute, 1, 10)}));
  clock.advance(1ns);
  EXPECT_TRUE(reserve({charge("k", minute, 1, 10)}));
  EXPECT_FALSE(reserve({charge("k", minute, 1, 10)}));
}

TEST_F(MemoryStoreTest, AllOrNone) {
  ASSERT_TRUE(reserve({charge("b", day, 5, 5)}));
  const auto refused = reserve({charge("a", minute, 1, 10), charge("b", day, 1, 5), charge("c", minute, 1, 10)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().charge, 1U);
  EXPECT_EQ(refused.error().value, Amount::of(5));
  EXPECT_EQ(value("a", minute), Amount());
  EXPECT_EQ(value("c", minute), Amount());
  EXPECT_EQ(store.counters(), 1U);
  EXPECT_EQ(store.reservations(), 1U);
}

TEST_F(MemoryStoreTest, ChargesOfOneCallOnOneKeyAddUp) {
  EXPECT_FALSE(reserve({charge("k", minute, 3, 5), charge("k", minute, 3, 5)}));
  const auto refused = reserve({charge("k", minute, 3, 5), charge("k", minute, 2, 4)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().charge, 1U);
  EXPECT_TRUE(reserve({charge("k", minute, 3, 5), charge("k", minute, 2, 5)}));
  EXPECT_EQ(value("k", minute), Amount::of(5));
  EXPECT_FALSE(reserve({charge("k", minute, 1), charge("k", minute, 0, 5)}));
  EXPECT_TRUE(reserve({charge("k", minute, 0, 5), charge("k", minute, 1)}));
}

TEST_F(MemoryStoreTest, WindowsOfOneKeyAreApart) {
  ASSERT_TRUE(reserve({charge("k", minute, 1, 1), charge("k", day, 1, 2)}));
  EXPECT_EQ(store.counters(), 2U);
  clock.advance(60s);
  EXPECT_TRUE(reserve({charge("k", minute, 1, 1), charge("k", day, 1, 2)}));
  clock.advance(60s);
  const auto refused = reserve({charge("k", minute, 1, 1), charge("k", day, 1, 2)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().charge, 1U);
}

TEST_F(MemoryStoreTest, RetryAfterIsOfTheWholeCall) {
  ASSERT_TRUE(reserve({charge("a", minute, 1, 1)}));
  clock.advance(10s);
  ASSERT_TRUE(reserve({charge("b", minute, 1, 1)}));
  const auto refused = reserve({charge("a", minute, 1, 1), charge("b", minute, 1, 1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().charge, 0U);
  EXPECT_EQ(refused.error().retry_after, 60s);
}

TEST_F(MemoryStoreTest, NeverAndUnknownHaveNoRetry) {
  EXPECT_EQ(reserve({charge("k", minute, 6, 5)}).error().retry_after, std::nullopt);
  ASSERT_TRUE(reserve({charge("l", lease, 1, 1), charge("s", minute, 1, 1)}));
  EXPECT_EQ(reserve({charge("s", minute, 1, 1), charge("l", lease, 1, 1)}).error().retry_after, std::nullopt);
}

TEST_F(MemoryStoreTest, UnsoundChargesAreRefusedNotARefill) {
  ASSERT_TRUE(reserve({charge("k", minute, 5, 5)}));
  EXPECT_FALSE(reserve({charge("k", minute, -5, 5)}));
  EXPECT_FALSE(reserve({charge("k", {WindowType::sliding, 0, false}, 1, 5)}));
  EXPECT_FALSE(reserve({charge("k", {WindowType::calendar, -1, false}, 1, 5)}));
  EXPECT_EQ(value("k", minute), Amount::of(5));
}

TEST_F(MemoryStoreTest, HugeSumsDoNotSaturate) {
  const Amount most = Amount::parse("999999999999999999999999.999999999").value();
  Charge c = charge("k", minute, 0);
  c.amount = most;
  int made = 0;
  while (made < 200'000 && store.reserve({&c, 1})) ++made;
  EXPECT_LT(made, 100'000);  // refused at the ceiling
  EXPECT_FALSE(store.reserve({&c, 1}));
  EXPECT_TRUE(reserve({charge("k", minute, 1)}));
  clock.advance(60s);
  EXPECT_EQ(value("k", minute), Amount());
}

TEST_F(MemoryStoreTest, CheckAddsNothing) {
  const std::vector<Charge> call{charge("k", minute, 1, 1), charge("d", day, 1, 1)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(store.check(call), std::nullopt);
  EXPECT_EQ(store.counters(), 0U);
  ASSERT_TRUE(store.reserve(call));
  const auto refusal = store.check(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->value, Amount::of(1));
}

TEST_F(MemoryStoreTest, EmptyReservation) {
  EXPECT_EQ(store.reserve({}).value(), 0U);
  store.settle(0, Settlement::undelivered);
  EXPECT_NE(reserve({charge("k", minute, 0, 1)}).value(), 0U);
  EXPECT_EQ(store.counters(), 0U);  // zero asks without adding
}

TEST_F(MemoryStoreTest, SettlementByRefund) {
  struct Row {
    Refund refund;
    Settlement settlement;
    bool given_back;
  };
  int n = 0;
  for (const Row& row :
       {Row{Refund::undelivered, Settlement::keep, false}, Row{Refund::undelivered, Settlement::undelivered, true},
        Row{Refund::undelivered, Settlement::failed, false}, Row{Refund::on_error, Settlement::keep, false},
        Row{Refund::on_error, Settlement::undelivered, true}, Row{Refund::on_error, Settlement::failed, true},
        Row{Refund::never, Settlement::keep, false}, Row{Refund::never, Settlement::undelivered, false},
        Row{Refund::never, Settlement::failed, false}}) {
    for (const Window& w : {minute, day}) {
      const std::string key = "k" + std::to_string(n++);
      const auto id = reserve({charge(key, w, 4, 10, row.refund)});
      ASSERT_TRUE(id);
      store.settle(*id, row.settlement);
      EXPECT_EQ(value(key, w), Amount::of(row.given_back ? 0 : 4)) << n;
      store.settle(*id, Settlement::undelivered);  // settled once only
      EXPECT_EQ(value(key, w), Amount::of(row.given_back ? 0 : 4)) << n;
    }
  }
  EXPECT_EQ(store.reservations(), 0U);
}

TEST_F(MemoryStoreTest, ARefundGoesToTheWindowThatWasCharged) {
  const auto first = reserve({charge("k", day, 5, 10), charge("s", minute, 5, 10)});
  clock.advance(24h);
  ASSERT_TRUE(reserve({charge("k", day, 3, 10), charge("s", minute, 3, 10)}));
  store.settle(*first, Settlement::undelivered);
  EXPECT_EQ(value("k", day), Amount::of(3));
  EXPECT_EQ(value("s", minute), Amount::of(3));
}

TEST_F(MemoryStoreTest, Leases) {
  const auto a = reserve({charge("l", lease, 1, 2, Refund::never)});
  const auto b = reserve({charge("l", lease, 1, 2)});
  EXPECT_FALSE(reserve({charge("l", lease, 1, 2)}));
  clock.advance(1000h);
  EXPECT_FALSE(reserve({charge("l", lease, 1, 2)}));
  store.settle(*a, Settlement::keep);
  EXPECT_EQ(value("l", lease), Amount::of(1));
  store.settle_keep_leases(*b, Settlement::undelivered);
  EXPECT_EQ(value("l", lease), Amount::of(1));
  EXPECT_EQ(store.reservations(), 1U);
  store.free_leases(*b);
  EXPECT_EQ(value("l", lease), Amount());
  EXPECT_EQ(store.reservations(), 0U);
  store.free_leases(*b);
  store.settle(*b, Settlement::keep);
  EXPECT_EQ(value("l", lease), Amount());
}

TEST_F(MemoryStoreTest, KeptLeasesAndRefundsOfOneReservation) {
  const auto id = reserve({charge("l", lease, 1, 2), charge("s", minute, 4, 9)});
  store.settle_keep_leases(*id, Settlement::undelivered);
  EXPECT_EQ(value("s", minute), Amount());
  EXPECT_EQ(value("l", lease), Amount::of(1));
  store.settle(*id, Settlement::undelivered);
  EXPECT_EQ(value("l", lease), Amount());
  const auto other = reserve({charge("l", lease, 1, 2), charge("s", minute, 4, 9)});
  store.free_leases(*other);  // ends before it is settled
  store.settle(*other, Settlement::undelivered);
  EXPECT_EQ(value("s", minute), Amount());
  const auto plain = reserve({charge("s", minute, 4, 9)});
  store.settle_keep_leases(*plain, Settlement::keep);
  EXPECT_EQ(store.reservations(), 0U);
}

TEST_F(MemoryStoreTest, CalendarRollsAtItsStart) {
  clock.set_wall(base::WallTime(86'400s * 20'000 - 10s));
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  const auto refused = reserve({charge("k", day, 1, 10)});
  EXPECT_EQ(refused.error().retry_after, 10s);
  clock.advance(10s - 1ns);
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
  clock.advance(1ns);
  EXPECT_EQ(value("k", day), Amount());
  EXPECT_TRUE(reserve({charge("k", day, 10, 10)}));
}

TEST_F(MemoryStoreTest, WallStepsDoNotTouchSlidingWindows) {
  ASSERT_TRUE(reserve({charge("k", minute, 1, 1)}));
  for (const auto step : {1h, -2h, 1h}) {
    clock.step_wall(step);
    EXPECT_EQ(reserve({charge("k", minute, 1, 1)}).error().retry_after, 60s);
  }
  clock.advance(60s);
  EXPECT_TRUE(reserve({charge("k", minute, 1, 1)}));
}

TEST_F(MemoryStoreTest, AWallStepForwardFreesNothingEarly) {
  clock.set_wall(base::WallTime(86'400s * 20'000 - 7200s));
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  clock.step_wall(3h);  // the next day, says the wall
  EXPECT_EQ(reserve({charge("k", day, 1, 10)}).error().retry_after, 2h);
  EXPECT_EQ(value("k", day), Amount::of(10));
  clock.advance(2h - 1ns);
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
  clock.advance(1ns);
  EXPECT_TRUE(reserve({charge("k", day, 10, 10)}));
}

TEST_F(MemoryStoreTest, AWallStepBackReopensNoClosedWindow) {
  clock.set_wall(base::WallTime(86'400s * 20'000 - 1800s));
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  clock.advance(1h);  // the next day
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  clock.step_wall(-1h);  // the day before: its window is closed, the charges of the later one stand
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
  EXPECT_EQ(value("k", day), Amount::of(10));
  clock.step_wall(1h);
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
  clock.advance(24h);
  EXPECT_TRUE(reserve({charge("k", day, 1, 10)}));
}

// A clock that was years ahead for a moment would otherwise close the counter for years.
TEST_F(MemoryStoreTest, AFalseStepHoldsAWindowForItsLengthAtMost) {
  clock.set_wall(base::WallTime(86'400s * 20'000 - 3600s));
  clock.step_wall(24h * 3650);
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  clock.step_wall(-24h * 3650);
  EXPECT_EQ(reserve({charge("k", day, 1, 10)}).error().retry_after, 25h);
  clock.advance(25h - 1ns);
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
  clock.advance(1ns);
  EXPECT_TRUE(reserve({charge("k", day, 10, 10)}));
}

TEST(MemoryStoreBounds, ForgettingACounterReopensNoWindowEither) {
  base::FakeClock clock;
  MemoryStore store(clock, 1);
  const auto reserve = [&](std::vector<Charge> charges) { return store.reserve(charges).has_value(); };
  clock.set_wall(base::WallTime(86'400s * 20'000 - 1800s));
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));
  EXPECT_FALSE(reserve({charge("other", minute, 1, 10)}));
  clock.advance(1h);
  ASSERT_TRUE(reserve({charge("other", minute, 1, 10)}));  // "k" is empty now and is dropped
  clock.advance(60s);
  clock.step_wall(-1h);
  ASSERT_TRUE(reserve({charge("k", day, 10, 10)}));  // not in the day that was closed but in the one after it
  clock.advance(1h);
  EXPECT_FALSE(reserve({charge("k", day, 1, 10)}));
}

TEST(MemoryStoreBounds, FullWhenEveryCounterHoldsSomething) {
  base::FakeClock clock;
  MemoryStore store(clock, 3);
  const auto reserve = [&](std::vector<Charge> charges) { return store.reserve(charges); };
  const auto a = reserve({charge("a", minute, 1)});
  ASSERT_TRUE(reserve({charge("b", day, 1)}));
  const auto l = reserve({charge("l", lease, 1)});
  ASSERT_TRUE(l);
  const auto refused = reserve({charge("d", minute, 1, 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::full);
  EXPECT_EQ(refused.error().retry_after, std::nullopt);
  EXPECT_TRUE(reserve({charge("a", minute, 1)}));  // those that exist go on
  store.settle(*l, Settlement::keep);
  EXPECT_TRUE(reserve({charge("d", minute, 1, 5)}));
  EXPECT_EQ(store.counters(), 3U);
  clock.advance(60s);
  EXPECT_TRUE(reserve({charge("e", minute, 1), charge("f", minute, 1), charge("e", minute, 1)}));
  EXPECT_EQ(store.counters(), 3U);
  EXPECT_EQ(store.value(charge("b", day, 0)), Amount::of(1));
  EXPECT_FALSE(
      reserve({charge("g", minute, 1), charge("h", minute, 1), charge("i", minute, 1), charge("j", minute, 1)}));
  store.settle(*a, Settlement::undelivered);  // its counter is gone: nothing happens
}

TEST(MemoryStoreBounds, ACallMayNameAnEmptyCounterWhenFull) {
  base::FakeClock clock;
  MemoryStore store(clock, 2);
  ASSERT_TRUE(store.reserve(std::vector{charge("a", minute, 1), charge("b", minute, 1)}));
  clock.advance(60s);
  ASSERT_TRUE(store.reserve(std::vector{charge("a", minute, 1), charge("c", minute, 1)}));
  EXPECT_EQ(store.counters(), 2U);
  clock.advance(60s);
  EXPECT_FALSE(store.reserve(std::vector{charge("a", minute, 1), charge("d", minute, 1), charge("e", minute, 1)}));
}

TEST(MemoryStoreBounds, StepsOfAllCountersAreBounded) {
  base::FakeClock clock;
  MemoryStore store(clock, 100);  // keeps 65,536 steps
  std::size_t made = 0;
  Why why = Why::limit;
  for (bool full = false; !full;) {
    clock.advance(1us);
    for (int k = 0; k < 100 && !full; ++k) {
      const auto r = store.reserve(std::vector{charge("k" + std::to_string(k), minute, 1)});
      full = !r.has_value();
      made += full ? 0 : 1;
      if (full) why = r.error().why;
      if (!full) store.settle(*r, Settlement::keep);
    }
    ASSERT_LT(made, 100'000U);
  }
  EXPECT_EQ(why, Why::full);
  EXPECT_EQ(made, 65'536U);
  clock.advance(60s);
  EXPECT_TRUE(store.reserve(std::vector{charge("k0", minute, 1)}));
}

}  // namespace
}  // namespace limits
