// When a calendar window is over, with both clocks in step and out of it.
#include "limits/calendar.h"

#include <gtest/gtest.h>

namespace limits {
namespace {

using namespace std::chrono_literals;
using base::Amount;
using base::BootTime;
using base::WallTime;

constexpr Window hour{WindowType::calendar, 3'600, false};
constexpr WallTime noon{43'200s};
const Moment half_past{BootTime(1000s), noon + 30min};

Moment after(base::Duration d, base::Duration step = 0s) { return {half_past.boot + d, half_past.wall + d + step}; }

CalendarCounter charged() {
  CalendarCounter c;
  c.add(hour, half_past, WallTime::min(), Amount::of(5));
  return c;
}

TEST(Calendar, OverAtItsEnd) {
  const CalendarCounter c = charged();
  EXPECT_EQ(c.span.start, noon);
  EXPECT_EQ(c.wait(half_past), 30min);
  EXPECT_EQ(c.total(after(30min - 1ns)), Amount::of(5));
  EXPECT_EQ(c.total(after(30min)), Amount());
  EXPECT_EQ(c.wait(after(30min)), 0s);
}

TEST(Calendar, NobodyChargedIt) {
  const CalendarCounter c;
  EXPECT_TRUE(c.over(half_past));
  EXPECT_EQ(c.wait(half_past), 0s);
  EXPECT_EQ(c.closed_until(half_past), WallTime::min());
}

TEST(Calendar, AStepForwardDoesNotEndIt) {
  const CalendarCounter c = charged();
  EXPECT_FALSE(c.over(after(10min, 1h)));
  EXPECT_EQ(c.wait(after(10min, 1h)), 20min);
  EXPECT_FALSE(c.over(after(30min - 1ns, 24h)));
  EXPECT_TRUE(c.over(after(30min, 1h)));
}

TEST(Calendar, AStepBackHoldsItUntilTheWallAgrees) {
  const CalendarCounter c = charged();
  EXPECT_FALSE(c.over(after(30min, -20min)));
  EXPECT_EQ(c.wait(after(30min, -20min)), 20min);
  EXPECT_TRUE(c.over(after(50min, -20min)));
}

TEST(Calendar, AStepBackHoldsItForOneMoreLengthAtMost) {
  const CalendarCounter c = charged();
  EXPECT_EQ(c.wait(after(30min, -240h)), 1h);
  EXPECT_FALSE(c.over(after(90min - 1ns, -240h)));
  EXPECT_TRUE(c.over(after(90min, -240h)));
  EXPECT_EQ(c.closed_until(after(90min, -240h)), noon);
}

TEST(Calendar, TheNextWindowIsOfTheWallClock) {
  CalendarCounter c = charged();
  c.add(hour, after(45min, 2h), WallTime::min(), Amount::of(1));
  EXPECT_EQ(c.span.start, noon + 3h);
  EXPECT_EQ(c.held, Amount::of(1));
  EXPECT_EQ(c.wait(after(45min, 2h)), 45min);
}

TEST(Calendar, WhatIsGivenBackGoesToItsWindow) {
  CalendarCounter c = charged();
  const BootTime first = c.free_at;
  c.give_back(first - 1h, Amount::of(1));
  EXPECT_EQ(c.held, Amount::of(5));
  c.give_back(first, Amount::of(2));
  EXPECT_EQ(c.held, Amount::of(3));
  c.add(hour, after(30min), WallTime::min(), Amount::of(1));
  c.give_back(first, Amount::of(1));
  EXPECT_EQ(c.held, Amount::of(1));
  // The clock was set back: the same hour again, and not the same window.
  c.add(hour, after(3h, -3h), WallTime::min(), Amount::of(1));
  EXPECT_EQ(c.span.start, noon);
  c.give_back(first, Amount::of(1));
  EXPECT_EQ(c.held, Amount::of(1));
}

TEST(Calendar, ANewCounterStartsWhereADroppedOneEnded) {
  const CalendarCounter dropped = charged();
  EXPECT_EQ(dropped.closed_until(after(10min)), noon);
  EXPECT_EQ(dropped.closed_until(after(30min)), noon + 1h);
  CalendarCounter c;
  c.add(hour, after(30min, -10min), dropped.closed_until(after(30min)), Amount::of(1));
  EXPECT_EQ(c.span.start, noon + 1h);
  EXPECT_EQ(c.wait(after(30min, -10min)), 70min);
  // What lies further ahead than a window was a false step: it does not hold.
  CalendarCounter far;
  far.add(hour, half_past, noon + 24h, Amount::of(1));
  EXPECT_EQ(far.span.start, noon);
}

TEST(Calendar, LongWindowsAndWildClocksDoNotOverflow) {
  constexpr Window ages{WindowType::calendar, 9'000'000'000'000, false};
  CalendarCounter c;
  c.add(ages, {BootTime::max() - 1s, WallTime::max() - 1s}, WallTime::max(), Amount::of(1));
  EXPECT_FALSE(c.over({BootTime::max() - 1s, WallTime::min()}));
  EXPECT_GE(c.wait({BootTime(0s), WallTime::min()}), 0s);
}

}  // namespace
}  // namespace limits
