// A helper thread for work that may block: opening a database, waiting for its lock, fsync, loading a policy, looking
// at a file system that may hang. The loop never waits for it.
//
// What must stay true:
// - Jobs run one at a time, in the order in which they were given, all on the same thread. What they share with the
//   loop's thread they share by being handed over: a job owns what it needs, and its result goes to `done`.
// - `done` is called on the loop, in the order of the jobs, in a later pass of the loop and never from within run().
// - No thread exists before the first job: a session that never blocks stays a process of one thread.
// - At most `max_jobs` wait: whoever gives more is told so and must say that to whoever waits for him.
#pragma once
#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "net/loop.h"
#include "net/mailbox.h"

namespace net {

class Worker {
 public:
  using Work = std::move_only_function<void()>;
  // Given and not yet answered by `done`, the running one included.
  static constexpr std::size_t max_jobs = 64;

  // Starts nothing. `loop` must outlive the worker.
  explicit Worker(Loop& loop);
  // Drops what has not begun and waits for the job that runs, if one does: give no job that may run for ever. After
  // this no `done` is called. Not to be destroyed from within a `done`.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `job` on the thread, then `done` on the loop. On an error (max_jobs wait, or the thread cannot be started)
  // neither is called. `job` is destroyed on the thread when it has run, or on the loop's if it was dropped; `done`
  // is always destroyed on the loop's. The thread has every signal blocked and a stack of 1 MiB.
  // Call on the loop's thread, also from within a `done`.
  [[nodiscard]] base::Result<void> run(Work job, Work done);

  // The same with a result: `job` returns a value, which `done` gets.
  template <class Job, class Done>
  [[nodiscard]] base::Result<void> ask(Job job, Done done) {
    using Answer = std::invoke_result_t<Job&>;
    auto answer = std::make_shared<std::optional<Answer>>();
    return run([answer, job = std::move(job)]() mutable { answer->emplace(job()); },
               [answer, done = std::move(done)]() mutable { done(std::move(**answer)); });
  }

  // Nothing waits, runs or is to be delivered. While a `done` is called its job counts no more.
  bool idle() const { return jobs_ == 0; }

 private:
  struct Task {
    Work job, done;
  };
  base::Result<void> start();
  void work();

  Loop& loop_;
  std::size_t jobs_ = 0;              // of the loop's thread; so are the next two
  std::unique_ptr<Mailbox> answers_;  // null: not started
  pthread_t thread_{};

  std::mutex mutex_;  // guards what follows
  std::condition_variable given_;
  std::deque<std::unique_ptr<Task>> waiting_;
  bool stopping_ = false;
};

}  // namespace net
