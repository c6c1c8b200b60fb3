// The life of a batch, the reservations that are open, and the queue of what was settled.
#include "store/sqlite_store.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "store/maintenance.h"
#include "store/state_batch.h"
#include "store/state_file.h"
#include "store/state_rows.h"

namespace store {
namespace {

using base::Duration;
using limits::Charge;
using limits::Refusal;
using limits::ReservationId;
using limits::Why;

constexpr std::size_t max_reservations = std::size_t{1} << 20;
constexpr Duration seen_every = std::chrono::minutes(1);
constexpr Duration look_every = std::chrono::seconds(1);
// Pages in the write-ahead log from which it is copied back, and how many more until it is tried again: while a process
// is busy a copy never catches up with it.
constexpr int first_pages = 1'000, more_pages = 2'000;
constexpr std::size_t sweep_after = 1'000;  // new counters

// How long to sleep before trying for the lock again.
Duration backoff(int attempt) {
  return std::min<Duration>(std::chrono::microseconds(20) * (1 << std::min(attempt, 7)), std::chrono::milliseconds(2));
}

}  // namespace

struct SqliteStore::Impl {
  enum class Batch : std::uint8_t {
    none,
    open,     // a transaction
    refusing  // none could be had: every question is answered with `why`
  };
  // Something settled that waits for a transaction.
  struct Task {
    HeldCharge held;
    bool lease;
  };

  Impl(SqliteStoreOptions o, const base::Clock& t, const base::Clock& s, base::Random& r)
      : options(std::move(o)),
        turn(t),
        system(s),
        random(r),
        owner{options.owner, options.charged_by, options.claim_owner, options.is_alive, options.others_live} {}

  SqliteStoreOptions options;
  const base::Clock& turn;
  const base::Clock& system;
  base::Random& random;
  const BatchOwner owner;

  StateFile file;
  std::optional<StateRows> rows;
  std::optional<StateBatch> counters;
  Statement begin_statement, commit_statement, rollback_statement;
  std::optional<base::BootTime> was_current;  // raw boot clock: the last time that the file was the one of the path
  base::BootTime seen_at = base::BootTime::min();
  base::BootTime looked_at{};      // for a loss; by the store's clock
  std::string last_file, damaged;  // ids
  std::size_t rows_known = 0, rows_new = 0;
  int pages_before = 0, copy_at = first_pages;  // of the write-ahead log

  Batch batch = Batch::none;
  Why why = Why::unavailable;
  std::string trouble, told;  // why it cannot be used: to be told; what was told last
  std::uint64_t batch_number = 0;
  std::vector<ReservationId> made;  // in this batch
  std::vector<Task> queue;
  std::size_t applied = 0;  // of the queue, in the open transaction

  std::unordered_map<ReservationId, std::vector<HeldCharge>> reservations;  // ids are ours: nothing to flood
  ReservationId last_id = 0;

  std::vector<std::string> notes;
  std::atomic<bool> interrupted = false;
  bool waiting_allowed = false;  // prepare() is at work
  Duration slept{0};
  std::optional<Maintenance> maintenance;

  limits::Moment now() const { return file.now(turn); }

  // Asked by SQLite while another process has the lock.
  bool wait_more(int attempt) {
    if (!waiting_allowed || interrupted || slept >= options.deadline) return false;
    const Duration d = backoff(attempt);
    std::this_thread::sleep_for(d);
    slept += d;
    return true;
  }

  void forget_file() {
    counters.reset();
    begin_statement = Statement();
    commit_statement = Statement();
    rollback_statement = Statement();
    rows.reset();
    file.close();
  }

  // When it is opened the next time it is moved aside, also if SQLite itself finds nothing wrong with it.
  void forget_damaged() {
    damaged = file.id();
    forget_file();
  }

  bool open_file() {
    StateOptions o;
    o.directory = options.directory;
    o.full_sync = options.full_sync;
    o.wait = [this](int attempt) { return wait_more(attempt); };
    o.boot_id = options.boot_id;
    o.damaged = std::exchange(damaged, {});
    auto opened = StateFile::open(o, true, system, random, notes);
    if (opened && was_current && opened->id() != last_file) {
      // We had another file before: it is gone, or was moved. If nobody has marked the new one, we do.
      const auto& lost = opened->lost();
      const base::BootTime then = *was_current + (opened->now(system).boot - system.boot());
      if (!lost || lost->boot < then) {
        notes.push_back(options.directory + "/state.db was taken away while it was in use");
        if (auto marked = opened->mark_lost(system, notes); !marked) return refuse(marked.error());
      }
    }
    if (!opened) return refuse(opened.error());
    file = std::move(*opened);
    last_file = file.id();
    rows.emplace(file.sqlite());
    counters.emplace(file, *rows, owner);
    begin_statement = file.sqlite().prepare("BEGIN IMMEDIATE");
    commit_statement = file.sqlite().prepare("COMMIT");
    rollback_statement = file.sqlite().prepare("ROLLBACK");
    file.sqlite().on_commit([this](int pages) { log_grew(pages); });
    if (!good(rows->count(rows_known))) return false;
    if (options.background && !maintenance) {
      maintenance.emplace(MaintenanceOptions{options.directory, options.is_alive, options.boot_id}, system);
    }
    if (rows_known >= sweep_after && maintenance) maintenance->sweep();
    return true;
  }

  void log_grew(int pages) {
    if (pages < pages_before) copy_at = more_pages;  // it was begun anew
    pages_before = pages;
    if (pages < copy_at || !maintenance) return;
    maintenance->checkpoint(pages);
    copy_at = pages + more_pages;
  }

  bool refuse(const StateFailure& failure) { return refuse(failure.why, failure.message); }
  bool refuse(Why because, std::string text) {
    why = because;
    if (because != Why::busy && text != std::exchange(told, text)) trouble = std::move(text);
    batch = Batch::refusing;
    return false;
  }

  // What a failing statement means for the batch. Damage is dealt with when the file is opened the next time.
  bool good(Sql code) {
    if (code == Sql::done || code == Sql::row) return true;
    const std::string text = options.directory + "/state.db: " + file.sqlite().error();
    if (code == Sql::corrupt) forget_damaged();
    return refuse(code == Sql::busy ? Why::busy : Why::unavailable, text);
  }

  // A transaction begins. Sql::done: it did.
  Sql begin() {
    const Sql code = begin_statement.run();
    if (code != Sql::done) return code;
    batch = Batch::open;
    ++batch_number;
    made.clear();
    const limits::Moment at = waiting_allowed ? file.now(system) : now();
    counters->begin(at);
    applied = 0;
    // Losses are marked, and marks taken away, by any process.
    if (file.lost() || at.boot - looked_at >= look_every) {
      looked_at = at.boot;
      if (const Sql looked = file.look_for_loss(); looked != Sql::done) {
        static_cast<void>(rollback_statement.run());
        batch = Batch::none;
        return looked;
      }
    }
    apply_queue();
    told.clear();
    return Sql::done;
  }

  bool try_begin() {
    if (!file.is_open()) return false;
    if (!file.is_current()) {
      forget_file();
      return false;
    }
    was_current = turn.boot();
    return begin() == Sql::done;
  }

  void prepare() {
    if (batch != Batch::none) return;
    waiting_allowed = true;
    slept = Duration{0};
    interrupted = false;
    if (file.is_open() && !file.is_current()) forget_file();
    if (file.is_open() || open_file()) {
      was_current = system.boot();
      good(begin());
    }
    waiting_allowed = false;
  }

  // What was settled goes in first, so that the batch sees it.
  void apply_queue() {
    for (; applied < queue.size() && counters->failed() == Sql::done; ++applied) {
      const Task& task = queue[applied];
      if (task.lease) {
        counters->free_lease(task.held);
      } else {
        counters->give_back(task.held);
      }
    }
  }

  std::optional<Refusal> refusal() const {
    if (batch == Batch::open && counters->failed() == Sql::done) return std::nullopt;
    return Refusal{batch == Batch::refusing ? why : Why::unavailable, 0, std::nullopt, {}};
  }

  std::optional<Refusal> check(std::span<const Charge> charges) {
    if (charges.empty()) return std::nullopt;
    if (const auto refused = refusal()) return refused;
    counters->set_now(now());
    apply_queue();
    auto found = limits::check_charges(
        charges, [&](const Charge& c, std::size_t, base::Amount before) { return counters->ask(c, before); });
    if (const auto refused = refusal()) return refused;
    return found;
  }

  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) {
    if (charges.empty()) return ReservationId{0};
    if (const auto refused = check(charges)) return std::unexpected(*refused);
    const std::size_t missing = counters->missing(charges);
    if (reservations.size() >= max_reservations ||
        (missing > 0 && rows_known + rows_new + counters->inserted() + missing > options.max_counters)) {
      if (maintenance) maintenance->sweep();
      return std::unexpected(Refusal{Why::full, 0, std::nullopt, {}});
    }
    std::vector<HeldCharge> held;
    for (const Charge& c : charges) {
      if (c.amount.is_zero()) continue;
      auto one = counters->add(c);
      if (!one) return std::unexpected(*refusal());  // the batch fails as a whole
      one->batch = batch_number;
      held.push_back(*one);
    }
    reservations.emplace(++last_id, std::move(held));
    made.push_back(last_id);
    return last_id;
  }

  void settle(ReservationId id, limits::Settlement settlement, bool keep_leases) {
    const auto it = reservations.find(id);
    if (it == reservations.end()) return;
    std::erase_if(it->second, [&](const HeldCharge& h) {
      const bool lease = h.type == limits::WindowType::lease;
      if (lease && keep_leases) return false;
      if (lease || limits::gives_back(h.refund, settlement)) queue.push_back({h, lease});
      return true;
    });
    if (it->second.empty()) reservations.erase(it);
  }

  void free_leases(ReservationId id) {
    const auto it = reservations.find(id);
    if (it == reservations.end()) return;
    const std::size_t freed = std::erase_if(it->second, [&](const HeldCharge& h) {
      if (h.type != limits::WindowType::lease) return false;
      queue.push_back({h, true});
      return true;
    });
    if (freed > 0 && it->second.empty()) reservations.erase(it);
  }

  base::Result<void> commit() {
    if (batch == Batch::refusing) {
      batch = Batch::none;
      return {};
    }
    if (batch == Batch::none && (queue.empty() || !try_begin())) return {};
    apply_queue();
    Sql code = counters->flush();
    const base::BootTime boot = system.boot();
    if (code == Sql::done && (seen_at == base::BootTime::min() || boot - seen_at >= seen_every)) {
      code = file.mark_seen(file.now(system));
      if (code == Sql::done) seen_at = boot;
    }
    if (code == Sql::done) code = commit_statement.run();
    batch = Batch::none;
    if (code == Sql::done) {
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(applied));
      applied = 0;
      note_inserted();
      return {};
    }
    return roll_back(code);
  }

  void note_inserted() {
    rows_new += counters->inserted();
    if (rows_new < sweep_after) return;
    rows_known += std::exchange(rows_new, 0);
    if (maintenance) maintenance->sweep();
  }

  // Everything of the batch is void: what was reserved in it is forgotten, what was settled waits for the next.
  base::Result<void> roll_back(Sql code) {
    std::string text = counters->claim_error();
    if (text.empty()) text = options.directory + "/state.db: " + file.sqlite().error();
    static_cast<void>(rollback_statement.run());  // it may have been rolled back already
    for (const ReservationId id : made) {
      reservations.erase(id);
    }
    // A reservation of this batch that was settled in it left tasks: they undo what never was.
    std::erase_if(queue, [&](const Task& t) { return t.held.batch == batch_number; });
    made.clear();
    applied = 0;
    if (code == Sql::corrupt) forget_damaged();
    return base::fail(std::move(text));
  }
};

SqliteStore::SqliteStore(SqliteStoreOptions options, const base::Clock& turn, const base::Clock& system,
                         base::Random& random)
    : impl_(std::make_unique<Impl>(std::move(options), turn, system, random)) {}

SqliteStore::~SqliteStore() {
  if (impl_->batch != Impl::Batch::open && impl_->queue.empty()) return;
  const auto ignored = impl_->commit();  // nobody is left to be told; leases are freed by the run file
  static_cast<void>(ignored);
}

bool SqliteStore::ready(std::span<const Charge> charges) { return charges.empty() || ready(); }
bool SqliteStore::ready() { return impl_->batch != Impl::Batch::none || impl_->try_begin(); }
void SqliteStore::prepare() { impl_->prepare(); }
void SqliteStore::interrupt() { impl_->interrupted = true; }

std::expected<ReservationId, Refusal> SqliteStore::reserve(std::span<const Charge> charges) {
  return impl_->reserve(charges);
}

std::optional<Refusal> SqliteStore::check(std::span<const Charge> charges) { return impl_->check(charges); }

void SqliteStore::settle(ReservationId reservation, limits::Settlement settlement) {
  impl_->settle(reservation, settlement, false);
}

void SqliteStore::settle_keep_leases(ReservationId reservation, limits::Settlement settlement) {
  impl_->settle(reservation, settlement, true);
}

void SqliteStore::free_leases(ReservationId reservation) { impl_->free_leases(reservation); }

std::optional<base::Amount> SqliteStore::value(const Charge& counter) {
  if (impl_->refusal()) return std::nullopt;
  impl_->counters->set_now(impl_->now());
  impl_->apply_queue();
  return impl_->counters->value(counter);
}

bool SqliteStore::in_batch() const { return impl_->batch != Impl::Batch::none; }
bool SqliteStore::pending() const { return impl_->batch != Impl::Batch::none || !impl_->queue.empty(); }
bool SqliteStore::commit_blocks() const { return impl_->options.full_sync; }
base::Result<void> SqliteStore::commit() { return impl_->commit(); }
std::vector<std::string> SqliteStore::take_notes() { return std::exchange(impl_->notes, {}); }
std::string SqliteStore::take_trouble() { return std::exchange(impl_->trouble, {}); }
std::size_t SqliteStore::reservations() const { return impl_->reservations.size(); }
std::size_t SqliteStore::queued() const { return impl_->queue.size(); }

void SqliteStore::maintain() {
  Maintenance once(MaintenanceOptions{impl_->options.directory, impl_->options.is_alive, impl_->options.boot_id},
                   impl_->system);
  once.run_now();
  std::size_t count = 0;
  if (impl_->rows && impl_->rows->count(count) == Sql::done) impl_->rows_known = count, impl_->rows_new = 0;
}

}  // namespace store
