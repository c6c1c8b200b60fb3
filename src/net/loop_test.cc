// Timers on a fake clock; descriptors, those that cannot be waited for included; destruction within a turn.
#include "net/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace net {
namespace {

using std::chrono::milliseconds;

class LoopTest : public ::testing::Test {
 protected:
  void turn() { loop.run_once(base::Duration::zero()); }
  base::FakeClock clock;
  Loop loop{clock};
};

TEST_F(LoopTest, TimersRunAtTheirTimeAndOnce) {
  std::string order;
  Timer late(loop, [&] { order += 'b'; });
  Timer early(loop, [&] { order += 'a'; });
  late.after(milliseconds(20));
  early.after(milliseconds(10));
  turn();
  EXPECT_EQ(order, "");
  clock.advance(milliseconds(10));
  turn();
  EXPECT_EQ(order, "a");
  clock.advance(milliseconds(10));
  turn();
  turn();
  EXPECT_EQ(order, "ab");
}

TEST_F(LoopTest, ATimerThatIsCancelledOrDestroyedDoesNotRun) {
  int runs = 0;
  Timer cancelled(loop, [&] { ++runs; });
  cancelled.after(milliseconds(1));
  cancelled.cancel();
  {
    Timer destroyed(loop, [&] { ++runs; });
    destroyed.after(milliseconds(1));
  }
  clock.advance(milliseconds(5));
  turn();
  EXPECT_EQ(runs, 0);
}

TEST_F(LoopTest, ATimerMayArmItselfAnewWithoutHoldingTheTurn) {
  int runs = 0;
  Timer timer(loop, [&] {
    ++runs;
    timer.after(base::Duration::zero());
  });
  timer.after(base::Duration::zero());
  turn();
  EXPECT_EQ(runs, 1);
  turn();
  EXPECT_EQ(runs, 2);
}

TEST_F(LoopTest, ATimerMayDestroyAnother) {
  auto second = std::make_unique<Timer>(loop, [] { FAIL(); });
  Timer first(loop, [&] { second.reset(); });
  first.after(milliseconds(1));
  second->after(milliseconds(2));
  clock.advance(milliseconds(1));
  turn();
  clock.advance(milliseconds(5));
  turn();
}

TEST_F(LoopTest, ATimerMayDestroyItself) {
  int runs = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&, held = std::string(100, 'x')] {
    timer.reset();
    runs += held.size() == 100;  // what the callback holds is still there
  });
  timer->after(milliseconds(1));
  clock.advance(milliseconds(1));
  turn();
  turn();
  EXPECT_EQ(runs, 1);
}

TEST_F(LoopTest, DueTimersRunByTimeAndThoseOfOneTimeAsTheyWereSet) {
  std::string order;
  std::vector<std::unique_ptr<Timer>> timers;
  for (char name = 'a'; name <= 'f'; ++name)
    timers.push_back(std::make_unique<Timer>(loop, [&order, name] { order += name; }));
  for (const std::size_t i : {4u, 2u, 5u}) timers[i]->after(milliseconds(5));
  for (const std::size_t i : {1u, 0u}) timers[i]->after(milliseconds(3));
  timers[3]->after(milliseconds(9));
  timers[3]->after(milliseconds(1));  // set anew
  timers[4]->after(milliseconds(5));  // to the same time: it goes behind
  clock.advance(milliseconds(10));
  turn();
  EXPECT_EQ(order, "dbacfe");
}

TEST_F(LoopTest, ADueTimerMayBeCancelledOrSetAnewByOneThatRunsBeforeIt) {
  std::string order;
  Timer cancelled(loop, [&] { order += 'c'; });
  Timer later(loop, [&] { order += 'l'; });
  Timer again(loop, [&] { order += 'a'; });
  Timer first(loop, [&] {
    order += 'f';
    cancelled.cancel();
    later.after(milliseconds(5));
    again.cancel();
    again.at(clock.boot());
    EXPECT_FALSE(cancelled.armed());
  });
  first.after(milliseconds(1));
  for (Timer* t : {&cancelled, &later, &again}) t->after(milliseconds(2));
  clock.advance(milliseconds(2));
  turn();
  EXPECT_EQ(order, "f");
  turn();
  EXPECT_EQ(order, "fa") << "what is set anew waits for the next turn";
  clock.advance(milliseconds(5));
  turn();
  EXPECT_EQ(order, "fal");
}

// Set, moved, cancelled and destroyed in every order, against a plain list.
TEST_F(LoopTest, TenThousandTimersRunInOrder) {
  constexpr std::size_t count = 10'000;
  struct One {
    std::unique_ptr<Timer> timer;
    std::optional<base::BootTime> when;
  };
  std::vector<One> all(count);
  std::uint32_t random = 1;
  const auto next = [&](std::uint32_t below) { return (random = random * 1664525u + 1013904223u) / 65'536u % below; };
  base::BootTime last{};
  std::size_t runs = 0;
  for (std::size_t i = 0; i < count; ++i) {
    all[i].timer = std::make_unique<Timer>(loop, [&, i] {
      ASSERT_TRUE(all[i].when && *all[i].when <= clock.boot());
      ASSERT_GE(*all[i].when, last);
      last = *all[i].when;
      all[i].when.reset();
      ++runs;
      One& other = all[next(count)];  // may be due itself
      if (other.timer && next(4) == 0) {
        other.timer.reset();
        other.when.reset();
      } else if (other.timer && next(4) == 0) {
        other.timer->cancel();
        other.when.reset();
      }
    });
  }
  for (std::size_t i = 0; i < 4 * count; ++i) {
    One& one = all[next(count)];
    one.when = clock.boot() + milliseconds(next(10'000));
    one.timer->at(*one.when);
  }
  for (int i = 0; i < 1'000; ++i) {
    One& one = all[next(count)];
    one.timer->cancel();
    one.when.reset();
  }
  for (int i = 0; i < 100; ++i) {
    clock.advance(milliseconds(100));
    turn();
    for (const One& one : all) {
      ASSERT_EQ(one.when.has_value(), one.timer && one.timer->armed());
      ASSERT_TRUE(!one.when || *one.when > clock.boot());
    }
  }
  EXPECT_GT(runs, count / 2);
}

TEST_F(LoopTest, ATurnWakesFirstThenWorksThenEnds) {
  std::string order;
  loop.on_wake([&] { order += '('; });
  loop.on_turn_end([&] { order += ')'; });
  loop.post([&] { order += 'a'; });
  turn();
  turn();
  EXPECT_EQ(order, "(a)()");
}

TEST_F(LoopTest, PostedWorkRunsOnceAndTheTurnEndComesLast) {
  std::string order;
  loop.on_turn_end([&] { order += '.'; });
  loop.post([&] {
    order += 'a';
    loop.post([&] {
      order += 'b';
      loop.post([&] { order += 'c'; });
    });
  });
  turn();
  EXPECT_EQ(order, "a.b.") << "what was put off is done in this turn, once";
  turn();
  EXPECT_EQ(order, "a.b.c.");
  turn();
  EXPECT_EQ(order, "a.b.c..");
}

TEST_F(LoopTest, WorkThatIsPostedByWorkForEverDoesNotHoldTheLoop) {
  std::function<void()> again = [&] { loop.post(again); };
  again();
  turn();
  turn();
}

TEST_F(LoopTest, RunEndsAtStop) {
  int turns = 0;
  loop.on_wake([&] {
    if (++turns == 3) loop.stop();
  });
  loop.on_turn_end([&] { loop.post([] {}); });
  loop.post([] {});
  loop.run();
  EXPECT_EQ(turns, 3);
}

class WatchTest : public LoopTest {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0); }
  void TearDown() override {
    for (const int fd : ends) {
      if (fd >= 0) close(fd);
    }
  }
  void write_byte() const { ASSERT_EQ(write(ends[1], "x", 1), 1); }
  int ends[2] = {-1, -1};
};

TEST_F(WatchTest, ReportsWhatWasAskedForAndNothingElse) {
  int reads = 0;
  Watch watch(loop, ends[0], [&](Watch::Ready r) {
    EXPECT_TRUE(r.read);
    EXPECT_FALSE(r.write);
    ++reads;
  });
  write_byte();
  turn();
  EXPECT_EQ(reads, 0) << "nothing was asked for";
  watch.set(true, false);
  turn();
  turn();
  EXPECT_EQ(reads, 2) << "level-triggered: the byte is still there";
  watch.set(false, false);
  turn();
  EXPECT_EQ(reads, 2);
}

TEST_F(WatchTest, AHangUpWithoutInterestDoesNotSpin) {
  int calls = 0;
  Watch watch(loop, ends[0], [&](Watch::Ready) { ++calls; });
  watch.set(true, false);
  watch.set(false, false);
  close(ends[1]);
  ends[1] = -1;
  turn();
  EXPECT_EQ(calls, 0);
  watch.set(true, false);
  turn();
  EXPECT_EQ(calls, 1) << "an end is something to read";
}

TEST_F(WatchTest, HearsThatTheReaderIsGone) {
  bool broken = false;
  Watch watch(loop, ends[1], [&](Watch::Ready r) { broken = r.broken; });
  watch.set(false, false, true);
  turn();
  EXPECT_FALSE(broken);
  close(ends[0]);
  ends[0] = -1;
  turn();
  EXPECT_TRUE(broken);
}

TEST_F(WatchTest, AWatchThatIsDestroyedInTheSameTurnIsNotCalled) {
  int other[2];
  ASSERT_EQ(pipe2(other, O_CLOEXEC), 0);
  ASSERT_EQ(write(other[1], "x", 1), 1);
  write_byte();
  int calls = 0;
  std::unique_ptr<Watch> a, b;
  a = std::make_unique<Watch>(loop, ends[0], [&](Watch::Ready) { ++calls, b.reset(); });
  b = std::make_unique<Watch>(loop, other[0], [&](Watch::Ready) { ++calls, a.reset(); });
  a->set(true, false);
  b->set(true, false);
  turn();
  EXPECT_EQ(calls, 1);
  a.reset();
  b.reset();
  close(other[0]);
  close(other[1]);
}

TEST_F(WatchTest, AWatchMayDestroyItself) {
  int calls = 0;
  std::unique_ptr<Watch> watch;
  watch = std::make_unique<Watch>(loop, ends[0], [&, held = std::string(100, 'x')](Watch::Ready) {
    watch.reset();
    calls += held.size() == 100;
  });
  watch->set(true, false);
  write_byte();
  turn();
  turn();
  EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, WhatCannotBeWaitedForIsAlwaysReady) {
  std::string path = testing::TempDir() + "intercept-loop-test-XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  unlink(path.c_str());
  for (const int fd : {file, open("/dev/null", O_RDWR | O_CLOEXEC)}) {
    int calls = 0;
    {
      Watch watch(loop, fd, [&](Watch::Ready r) { calls += r.read; });
      watch.set(true, false);
      turn();
      turn();
      EXPECT_EQ(calls, 2);
      watch.set(false, false);
      turn();
      EXPECT_EQ(calls, 2);
      watch.set(true, false);
      turn();
      EXPECT_EQ(calls, 3);
    }
    turn();
    EXPECT_EQ(calls, 3);
    close(fd);
  }
}

}  // namespace
}  // namespace net
