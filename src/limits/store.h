// The interface to whatever counts: memory (memory_store.h), a database that the processes of a machine share (room
// store), both behind one (split_store.h).
// All charges of a call are checked and then added together: all or none. Charges of one call on the same key are
// checked in their order, each on top of the ones before it.
//
// Batches. What is durable costs a transaction, and calls that are in flight together share one: the first reserve()
// opens a batch, commit() ends it, and nothing that was reserved in it may be acted on before. A store that would have
// to wait (for another process's lock, for a file to be opened) never does so in the calls below, except in those whose
// comment says "may block": ready() tells, and prepare() waits where waiting is allowed.
//
// Threads: one at a time. prepare() and commit() may be called on another thread than the rest, if nothing else of the
// store is called meanwhile.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "limits/charge.h"

namespace limits {

enum class Why : std::uint8_t {
  limit,        // a maximum would be exceeded
  busy,         // the store did not answer in time; says nothing about the limit
  unavailable,  // the store cannot be reached or read
  lost,         // what was counted before was lost, and may still be inside the window
  full,         // more counters than the store may keep
};

struct Refusal {
  Why why = Why::limit;
  std::size_t charge = 0;                     // index of the charge that failed
  std::optional<base::Duration> retry_after;  // when the same call would fit, nothing else happening; absent: unknown
                                              // (leases) or never (amount > max)
  base::Amount value;                         // what the counter held
};

// Handle of charges that were made and are not settled. 0: none.
using ReservationId = std::uint64_t;

enum class Settlement : std::uint8_t {
  keep,         // delivered, or unknown: stays charged. Leases are freed
  undelivered,  // no byte was written: everything but Refund::never is given back
  failed,       // answered with an error: Refund::on_error is given back
};

// What a refund rule gives back at a settlement.
constexpr bool gives_back(Refund refund, Settlement settlement) {
  switch (settlement) {
    case Settlement::keep:
      return false;
    case Settlement::undelivered:
      return refund != Refund::never;
    case Settlement::failed:
      return refund == Refund::on_error;
  }
  return false;
}

// A policy lowers to nothing else; a charge that would refill or never count is refused all the same.
inline bool is_sound(const Charge& charge) {
  return !charge.amount.is_negative() && (charge.window.type == WindowType::lease || charge.window.seconds > 0);
}

class Store {
 public:
  virtual ~Store() = default;

  // True if the calls below can be answered for these charges now; opens the batch if that needs no waiting.
  // False: call prepare() where waiting is allowed, then ask again.
  virtual bool ready(std::span<const Charge> charges) { return static_cast<void>(charges), true; }
  // The same for whatever charges may come.
  virtual bool ready() { return true; }
  // May block, with a deadline of the store's own. Afterwards ready() is true until commit(), also when it failed:
  // then reserve() and check() refuse with the reason (busy, unavailable).
  virtual void prepare() {}
  // Makes a prepare() that is waiting on another thread give up soon. The only call that may overlap another.
  virtual void interrupt() {}

  // Checks and adds. `session` scopes are part of the keys. The empty span gives reservation 0.
  virtual std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) = 0;
  // The same check, adding nothing. The empty span always fits, also when the store is not ready.
  virtual std::optional<Refusal> check(std::span<const Charge> charges) = 0;
  // Ends a reservation: gives back what the settlement says, to the window that was charged (also after it rolled
  // over), and frees its leases. Unknown or settled ids are ignored. Needs no ready(): it is done with the next commit.
  virtual void settle(ReservationId reservation, Settlement settlement) = 0;
  // Ends a reservation's refundable part but keeps its leases until free_leases (a task that goes on).
  virtual void settle_keep_leases(ReservationId reservation, Settlement settlement) = 0;
  virtual void free_leases(ReservationId reservation) = 0;
  // What the counter holds now (for conditions that read it, and for people); nullopt: the store cannot say.
  // `counter`: its key, window and `session` count.
  virtual std::optional<base::Amount> value(const Charge& counter) = 0;

  // A batch is open: commit() must come before anything that was asked or reserved is acted on.
  virtual bool in_batch() const { return false; }
  // Something waits for commit(): a batch, or what was settled.
  virtual bool pending() const { return in_batch(); }
  // commit() waits for the disk: call it off the loop.
  virtual bool commit_blocks() const { return false; }
  // Ends the batch. On error every reservation that was made in it is void (settling it does nothing). What was settled
  // and could not be written is kept for the next commit. If another process holds the lock and no batch is open,
  // nothing is done and pending() stays true.
  virtual base::Result<void> commit() { return {}; }
  // What a person should know of the store, a sentence each, once (counters were lost). To be shown and recorded.
  virtual std::vector<std::string> take_notes() { return {}; }
  // Why it cannot be used: once, until it could be used again. "": it can, or that was said. To be shown and recorded.
  virtual std::string take_trouble() { return {}; }
};

}  // namespace limits
