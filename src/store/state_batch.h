// The counters of one transaction: read when a call first names them, worked on in memory, written at the end.
//
// What must stay true:
// - Between begin() and the caller's COMMIT or ROLLBACK nothing here is kept for the next transaction: other processes
//   change the same rows.
// - What fails is remembered in failed(); the caller then rolls back, and nothing of the batch counts.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "limits/check.h"
#include "limits/store.h"
#include "store/state_file.h"
#include "store/state_rows.h"

namespace store {

// What one charge added, for settling.
struct HeldCharge {
  std::int64_t counter = 0;  // its row
  limits::WindowType type = limits::WindowType::sliding;
  limits::Refund refund = limits::Refund::undelivered;
  base::BootTime made;      // when; by the store's clock
  base::BootTime filed_at;  // sliding: under which time; calendar: in which window
  std::int64_t lease = 0;   // its number
  std::uint64_t batch = 0;  // in which it was made
  base::Amount amount;
};

// Who this process is, and what it can learn of others. Functions may be empty.
struct BatchOwner {
  std::string name;
  std::string charged_by;
  std::function<base::Result<void>()> claim;
  std::function<bool(const std::string& owner)> is_alive;
  std::function<bool(base::WallTime since)> others_live;
};

class StateBatch {
 public:
  // All must outlive it.
  StateBatch(StateFile& file, StateRows& rows, const BatchOwner& owner) : file_(file), rows_(rows), owner_(owner) {}

  // A transaction has begun; `now`: by the store's clock.
  void begin(const limits::Moment& now);
  void set_now(const limits::Moment& now) { now_ = now; }
  // Whether the charge fits on top of `before`, and what its counter holds.
  limits::Answer ask(const limits::Charge& charge, base::Amount before);
  // What the counter holds; nullopt: nobody knows (it was lost).
  std::optional<base::Amount> value(const limits::Charge& counter);
  // Counters that these charges need and that have no row yet.
  std::size_t missing(std::span<const limits::Charge> charges);
  // Adds a positive amount. nullopt: it failed.
  std::optional<HeldCharge> add(const limits::Charge& charge);
  void give_back(const HeldCharge& held);
  void free_lease(const HeldCharge& held);
  // Writes what was changed.
  Sql flush();
  Sql failed() const { return failed_; }
  // Why claiming the owner failed, or "".
  const std::string& claim_error() const { return claim_error_; }
  // New rows since begin().
  std::size_t inserted() const { return inserted_; }

 private:
  struct Live {
    CounterRow row;
    bool dirty = false;
    std::optional<base::Amount> leased;
  };
  using Key = std::pair<std::string, std::string>;  // key, tag of the window

  bool good(Sql code);
  Live* load(const limits::Charge& charge);
  void expire(Live& live);
  base::Amount total(Live& live);
  std::optional<base::Duration> wait(Live& live, base::Amount allowed);
  bool free_dead_leases(Live& live);
  std::optional<limits::Answer> lost(const limits::Charge& charge, const Live& live) const;
  bool insert(Live& live);
  std::optional<HeldCharge> add_lease(const limits::Charge& charge, Live& live, HeldCharge held);

  StateFile& file_;
  StateRows& rows_;
  const BatchOwner& owner_;
  limits::Moment now_;
  std::map<Key, Live> live_;
  Sql failed_ = Sql::done;
  std::string claim_error_;
  bool claimed_ = false;
  std::int64_t last_lease_ = 0;
  std::size_t inserted_ = 0;
};

// The window's length on a clock of nanoseconds.
base::Duration window_length(const limits::Window& window);

}  // namespace store
