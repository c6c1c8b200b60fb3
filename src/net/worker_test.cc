// The helper thread with real threads; everything is waited for by its own event, with a deadline only for failures.
#include "net/worker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace net {
namespace {

class WorkerTest : public testing::Test {
 protected:
  // Turns the loop until `condition` holds.
  template <class F>
  bool turn_until(F condition) {
    const base::BootTime end = clock_.boot() + std::chrono::seconds(20);
    while (!condition() && clock_.boot() < end) loop_.run_once(std::chrono::milliseconds(100));
    return condition();
  }
  static std::size_t threads() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("Threads:")) return std::stoul(line.substr(8));
    }
    return 0;
  }

  base::SystemClock clock_;
  Loop loop_{clock_};
};

TEST_F(WorkerTest, JobsRunInOrderOnOneThreadAndAreAnsweredInOrder) {
  Worker worker(loop_);
  EXPECT_TRUE(worker.idle());
  std::vector<int> ran, answered;  // handed over by the worker's queues: no lock
  std::vector<pthread_t> where;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        worker.run([&, i] { ran.push_back(i), where.push_back(pthread_self()); }, [&, i] { answered.push_back(i); }));
    EXPECT_TRUE(answered.empty()) << "never from within run()";
  }
  EXPECT_FALSE(worker.idle());
  ASSERT_TRUE(turn_until([&] { return worker.idle(); }));
  std::vector<int> all(20);
  for (int i = 0; i < 20; ++i) all[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(answered, all);
  EXPECT_EQ(ran, all);
  for (const pthread_t thread : where) {
    EXPECT_TRUE(pthread_equal(thread, where.front()));
    EXPECT_FALSE(pthread_equal(thread, pthread_self()));
  }
}

TEST_F(WorkerTest, NoThreadBeforeTheFirstJob) {
  const std::size_t before = threads();
  Worker worker(loop_);
  EXPECT_EQ(threads(), before);
  std::string name;
  bool done = false;
  ASSERT_TRUE(worker.run(
      [&] {
        std::ifstream("/proc/thread-self/comm") >> name;
        EXPECT_EQ(threads(), before + 1);
      },
      [&] { done = true; }));
  ASSERT_TRUE(turn_until([&] { return done; }));
  EXPECT_EQ(name, "intercept-work");
}

TEST_F(WorkerTest, AsksAndGetsAnAnswerThatCanOnlyBeMoved) {
  Worker worker(loop_);
  int got = 0;
  ASSERT_TRUE(worker.ask([p = std::make_unique<int>(41)] { return std::make_unique<int>(*p + 1); },
                         [&](std::unique_ptr<int> answer) { got = *answer; }));
  ASSERT_TRUE(turn_until([&] { return got != 0; }));
  EXPECT_EQ(got, 42);
}

TEST_F(WorkerTest, DoneMayGiveTheNextJob) {
  Worker worker(loop_);
  int rounds = 0;
  std::function<void()> next = [&] {
    if (++rounds < 50) {
      EXPECT_TRUE(worker.idle());
      EXPECT_TRUE(worker.run([] {}, [&] { next(); }));
    }
  };
  ASSERT_TRUE(worker.run([] {}, [&] { next(); }));
  ASSERT_TRUE(turn_until([&] { return rounds == 50; }));
  EXPECT_TRUE(worker.idle());
}

TEST_F(WorkerTest, SignalsAreBlocked) {
  Worker worker(loop_);
  sigset_t mask;
  bool done = false;
  ASSERT_TRUE(worker.run([&] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); }, [&] { done = true; }));
  ASSERT_TRUE(turn_until([&] { return done; }));
  for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGPIPE}) EXPECT_EQ(sigismember(&mask, s), 1) << s;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0) << "ours is as it was";
}

TEST_F(WorkerTest, RefusesWhatItCannotKeep) {
  Worker worker(loop_);
  std::promise<void> gate;
  std::size_t answered = 0;
  ASSERT_TRUE(worker.run([open = gate.get_future()]() mutable { open.wait(); }, [&] { ++answered; }));
  for (std::size_t i = 1; i < Worker::max_jobs; ++i) ASSERT_TRUE(worker.run([] {}, [&] { ++answered; }));
  const auto refused = worker.run([] { ADD_FAILURE(); }, [] { ADD_FAILURE(); });
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("64 jobs wait"), std::string::npos);
  gate.set_value();
  ASSERT_TRUE(turn_until([&] { return worker.idle(); }));
  EXPECT_EQ(answered, Worker::max_jobs);
  EXPECT_TRUE(worker.run([] {}, [] {}));
}

TEST_F(WorkerTest, TheEndDropsWhatHasNotBegunAndWaitsForWhatHas) {
  std::atomic<bool> began = false, ended = false;
  const auto dropped = std::make_shared<int>(0);
  {
    Worker worker(loop_);
    ASSERT_TRUE(worker.run(
        [&] {
          began = true;
          while (dropped.use_count() > 1) std::this_thread::yield();  // the end has begun
          ended = true;
        },
        [] { ADD_FAILURE() << "answered after its end"; }));
    ASSERT_TRUE(worker.run([dropped] { ADD_FAILURE() << "had not begun"; }, [dropped] { ADD_FAILURE(); }));
    while (!began) std::this_thread::yield();
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(dropped.use_count(), 1) << "what the job held is gone";
  loop_.run_once(base::Duration::zero());
}

TEST_F(WorkerTest, AnswersThatWaitAtTheEndAreNotGiven) {
  {
    Worker worker(loop_);
    std::promise<void> ran;
    ASSERT_TRUE(worker.run([] {}, [] { ADD_FAILURE(); }));
    ASSERT_TRUE(worker.run([&] { ran.set_value(); }, [] { ADD_FAILURE(); }));
    ran.get_future().wait();
  }
  loop_.run_once(base::Duration::zero());
}

TEST_F(WorkerTest, DestroyedUnused) { const Worker worker(loop_); }

}  // namespace
}  // namespace net
