// What the state database needs now and then, on a connection and a thread of its own, because it waits for the disk:
// the write-ahead log is copied back, and counters that hold nothing any more are dropped.
//
// What must stay true: nobody is made to wait long. A checkpoint is passive; only where so much is written that it
// never catches up is what remains copied under the lock, so that the log stays bounded. A sweep takes the lock for a
// few hundred rows at a time. They give up when the lock is not to be had, and are asked for again later.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "store/state_file.h"
#include "store/state_rows.h"

namespace store {

struct MaintenanceOptions {
  std::string directory;
  std::function<bool(const std::string& owner)> is_alive = {};  // called on the thread
  std::function<std::string()> boot_id = {};
};

class Maintenance {
 public:
  // Starts no thread yet. `system` must be readable by any thread, and outlive it.
  Maintenance(MaintenanceOptions options, const base::Clock& system);
  // Waits for what is being done (one chunk, one checkpoint).
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  // Ask; cheap when it was asked already. Thread-safe.
  // `pages` are in the write-ahead log.
  void checkpoint(int pages) { ask(pages >= too_many_pages ? restart_wanted_ : checkpoint_wanted_); }
  void sweep() { ask(sweep_wanted_); }
  // Both, now, on this thread. Not while the thread runs.
  void run_now();

 private:
  static constexpr int too_many_pages = 3'000;
  void ask(bool& wanted);
  void run();
  bool open();
  void sweep_all();
  // False: nothing is left, or the lock was not to be had.
  bool sweep_chunk(std::int64_t& cursor);
  bool is_empty(CounterRow& row, const limits::Moment& now, base::WallTime& closed, Sql& code);
  bool stopping();

  const MaintenanceOptions options_;
  const base::Clock& system_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool checkpoint_wanted_ = false, restart_wanted_ = false, sweep_wanted_ = false, stop_ = false;
  std::thread thread_;
  // Of the thread.
  StateFile file_;
  std::optional<StateRows> rows_;
};

}  // namespace store
