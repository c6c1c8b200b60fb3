// The connection is opened for each job and closed after it: between jobs there is nothing that could be stale.
#include "store/maintenance.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "base/random.h"
#include "store/state_batch.h"

namespace store {
namespace {

constexpr int chunk_rows = 200;
constexpr int lock_attempts = 200;  // of five milliseconds

}  // namespace

Maintenance::Maintenance(MaintenanceOptions options, const base::Clock& system)
    : options_(std::move(options)), system_(system) {}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Maintenance::ask(bool& wanted) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(wanted, true)) return;
  if (!thread_.joinable()) {
    // Signals are the loop's: none may be delivered here.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  wake_.notify_all();
}

bool Maintenance::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Maintenance::run() {
  for (;;) {
    bool copy = false, restart = false, clean = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stop_ || checkpoint_wanted_ || restart_wanted_ || sweep_wanted_; });
      if (stop_) return;
      restart = std::exchange(restart_wanted_, false);
      copy = std::exchange(checkpoint_wanted_, false) || restart;
      clean = std::exchange(sweep_wanted_, false);
    }
    if (!open()) continue;
    if (clean) sweep_all();
    if (copy) static_cast<void>(file_.sqlite().checkpoint());
    if (restart) static_cast<void>(file_.sqlite().checkpoint(true));
    rows_.reset();
    file_.close();
  }
}

void Maintenance::run_now() {
  if (!open()) return;
  sweep_all();
  static_cast<void>(file_.sqlite().checkpoint());
  rows_.reset();
  file_.close();
}

bool Maintenance::open() {
  StateOptions o;
  o.directory = options_.directory;
  o.boot_id = options_.boot_id;
  o.wait = [this](int attempt) {
    if (attempt >= lock_attempts || stopping()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return true;
  };
  base::SystemRandom random;
  std::vector<std::string> notes;
  // Damage is the store's to find and to mend: it is not created or moved here.
  auto opened = StateFile::open(o, false, system_, random, notes);
  if (!opened) return false;
  file_ = std::move(*opened);
  rows_.emplace(file_.sqlite());
  return true;
}

void Maintenance::sweep_all() {
  std::int64_t cursor = 0;
  while (!stopping() && sweep_chunk(cursor)) {
  }
}

bool Maintenance::sweep_chunk(std::int64_t& cursor) {
  if (file_.sqlite().run("BEGIN IMMEDIATE") != Sql::done) return false;
  const limits::Moment now = file_.now(system_);
  std::optional<std::int64_t> closed_before;
  Sql code = rows_->meta("closed_until", closed_before);
  base::WallTime closed = closed_before ? base::WallTime(base::Duration(*closed_before)) : base::WallTime::min();
  const base::WallTime before = closed;
  bool more = true;
  for (int i = 0; i < chunk_rows && code == Sql::done; ++i) {
    CounterRow row;
    code = rows_->next(cursor, row);
    if (code == Sql::done) more = false;
    if (code != Sql::row) break;
    cursor = row.id;
    code = Sql::done;
    if (is_empty(row, now, closed, code) && code == Sql::done) code = rows_->erase(row.id);
  }
  if (code == Sql::done && closed > before) code = rows_->set_meta("closed_until", closed.time_since_epoch().count());
  if (code == Sql::done) code = file_.sqlite().run("COMMIT");
  if (code != Sql::done) static_cast<void>(file_.sqlite().run("ROLLBACK"));
  return more && code == Sql::done;
}

bool Maintenance::is_empty(CounterRow& row, const limits::Moment& now, base::WallTime& closed, Sql& code) {
  // A counter that was started afresh after a loss must not be forgotten while the loss counts.
  if (file_.lost() && row.state.reset_at > file_.lost()->boot) return false;
  switch (row.state.window.type) {
    case limits::WindowType::sliding:
      return row.state.sliding.empty_at(window_length(row.state.window)) <= now.boot;
    case limits::WindowType::calendar:
      if (!row.state.calendar.over(now)) return false;
      closed = std::max(closed, row.state.calendar.closed_until(now));
      return true;
    case limits::WindowType::lease:
      break;
  }
  std::vector<Lease> leases;
  code = rows_->leases(row.id, leases);
  std::set<std::string> owners;
  for (const Lease& l : leases) owners.insert(l.owner);
  bool held = false;
  for (const std::string& owner : owners) {
    if (code != Sql::done) return false;
    const bool alive = !options_.is_alive || options_.is_alive(owner);
    held = held || alive;
    if (!alive) code = rows_->free_owner(row.id, owner);
  }
  return !held;
}

}  // namespace store
