// The event loop of one thread: descriptors, timers, posted work, and a hook at the end of each turn.
//
// It waits by level-triggered readiness and leaves reading and writing to the owner of the descriptor: one system call
// to wait and one per read or write, none to arm. (Measured, Asio's reactor costs a stdio call 0.75 µs more.)
//
// What must stay true:
// - A callback may create, change and destroy any Watch or Timer, the one that it was called by included.
// - Thousands of timers cost hardly more than a handful: setting is O(log n) at worst, an idle one costs nothing.
// - A Watch or Timer does not outlive its loop, and a Watch is destroyed before its descriptor is closed.
// - Not thread-safe: everything of a loop is used on the thread that runs it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "base/clock.h"

namespace net {

class Loop {
 public:
  // `clock` must outlive the loop; timers run on its boot time.
  explicit Loop(const base::Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs turns until stop(). A turn waits, calls what is ready, then timers that are due, then posted work, then the
  // turn's end; if that posted work, the work and the turn's end once more.
  void run();
  void stop();
  // One turn that waits at most `limit`. For tests.
  void run_once(base::Duration limit);
  // Calls `work` once, later in this turn or in the next.
  void post(std::function<void()> work);
  // Called at the beginning of each turn, when the wait is over and before anything else.
  void on_wake(std::function<void()> callback);
  // Called at the end of each turn, whatever it did; twice if work was posted in it.
  void on_turn_end(std::function<void()> callback);
  const base::Clock& clock() const;

 private:
  friend class Watch;
  friend class Timer;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// For a process that reads large messages again and again: what they took is kept for the next one, up to 32 MiB,
// rather than fetched from the system anew, which costs more than copying. Until release_free_memory().
void keep_freed_memory();
// Gives memory that was freed back to the system.
void release_free_memory();

// What one owner wants to know of one descriptor. Descriptors that cannot be waited for (regular files, /dev/null) are
// reported ready in every turn.
class Watch {
 public:
  struct Ready {
    bool read = false, write = false;  // only what was asked for; a hang-up or error makes both true
    bool broken = false;               // the peer is gone, or an error
  };
  // Asks for nothing yet. Does not own `fd`.
  Watch(Loop& loop, int fd, std::function<void(Ready)> callback);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  // Replaces what is asked for. `broken`: hear of a hang-up although neither reading nor writing. While nothing is
  // asked for nothing is reported.
  void set(bool read, bool write, bool broken = false);

 private:
  friend class Loop;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Calls back once at its time, unless it is set anew or cancelled. Setting costs no system call. Timers that are due in
// the same turn run in the order of their times, those of one time in the order in which they were set.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  void at(base::BootTime when);
  void after(base::Duration d);
  void cancel();
  bool armed() const { return when_.has_value(); }
  std::optional<base::BootTime> when() const { return when_; }

 private:
  friend class Loop;
  friend class TimerQueue;
  Loop& loop_;
  std::function<void()> callback_;
  std::optional<base::BootTime> when_;
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  std::size_t place_ = nowhere;  // in the queue
  std::uint64_t order_ = 0;      // of being set
};

}  // namespace net
