// Counters that last and that all processes of a machine share: a limits::Store on the state database.
//
// A batch is one transaction. It is opened by the first question that needs it, without waiting (ready) or, on another
// thread, with waiting (prepare); in it, counters are read once, worked on in memory and written at commit(), so that
// calls in flight together cost one another little. Nothing of a batch is visible to others, or durable, before it is
// committed; killed at any moment, a process leaves either all of it or nothing, and what a call that never left was
// charged stays charged.
//
// Refunds and freed leases wait in a queue for the next transaction. Leases of a process that died are freed by whoever
// finds their limit full (`is_alive`).
//
// What must stay true:
// - No function but open, prepare and commit waits for a lock or the disk.
// - A store that cannot be used refuses; it never admits, and what it says tells "busy" from "limit".
// - Memory is bounded by the calls in flight.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "limits/store.h"

namespace store {

struct SqliteStoreOptions {
  std::string directory;   // $STATE
  bool full_sync = false;  // --state-sync full
  std::string owner;       // this instance: names its leases
  std::string charged_by;  // who charges, for people: "local 5f0c2a91de"
  // Called before the first lease: makes is_alive(owner) true for as long as this process lives.
  std::function<base::Result<void>()> claim_owner = {};
  std::function<bool(const std::string& owner)> is_alive = {};
  // Some process that may hold leases from before `since` lives (besides this one).
  std::function<bool(base::WallTime since)> others_live = {};
  base::Duration deadline = std::chrono::seconds(2);  // of prepare(), waiting for the lock
  std::size_t max_counters = 100'000;
  bool background = true;                     // checkpoints and sweeps on a thread of their own
  std::function<std::string()> boot_id = {};  // tests set it
};

class SqliteStore final : public limits::Store {
 public:
  // Opens nothing. `turn`: the clock of the thread that uses it; `system`: one that any thread may read. Both and
  // `random` must outlive it.
  SqliteStore(SqliteStoreOptions options, const base::Clock& turn, const base::Clock& system, base::Random& random);
  // Writes down what is queued if that needs no waiting.
  ~SqliteStore() override;

  using limits::Store::ready;
  bool ready(std::span<const limits::Charge> charges) override;
  bool ready() override;
  void prepare() override;
  void interrupt() override;
  std::expected<limits::ReservationId, limits::Refusal> reserve(std::span<const limits::Charge> charges) override;
  std::optional<limits::Refusal> check(std::span<const limits::Charge> charges) override;
  void settle(limits::ReservationId reservation, limits::Settlement settlement) override;
  void settle_keep_leases(limits::ReservationId reservation, limits::Settlement settlement) override;
  void free_leases(limits::ReservationId reservation) override;
  std::optional<base::Amount> value(const limits::Charge& counter) override;
  bool in_batch() const override;
  bool pending() const override;
  bool commit_blocks() const override;
  base::Result<void> commit() override;
  std::vector<std::string> take_notes() override;
  std::string take_trouble() override;

  // For tests and memory bounds.
  std::size_t reservations() const;
  std::size_t queued() const;
  // Checkpoint and sweep now, on this thread (`background` false).
  void maintain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace store
