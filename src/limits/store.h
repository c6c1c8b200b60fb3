// The interface to whatever counts: memory (memory_store.h), later SQLite and Redis.
// All charges of a call are checked and then added together: all or none. Charges of one call on the same key are
// checked in their order, each on top of the ones before it.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "limits/charge.h"

namespace limits {

enum class Why : std::uint8_t {
  limit,        // a maximum would be exceeded
  busy,         // the store did not answer in time; says nothing about the limit
  unavailable,  // the store cannot be reached or read
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

class Store {
 public:
  virtual ~Store() = default;

  // Checks and adds. Call it from one thread. `session` scopes are part of the keys; the store knows nothing of them.
  // The empty span gives reservation 0.
  virtual std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) = 0;
  // The same check, adding nothing.
  virtual std::optional<Refusal> check(std::span<const Charge> charges) = 0;
  // Ends a reservation: gives back what the settlement says, to the window that was charged (also after it rolled
  // over), and frees its leases. Unknown or settled ids are ignored.
  virtual void settle(ReservationId reservation, Settlement settlement) = 0;
  // Ends a reservation's refundable part but keeps its leases until free_leases (a task that goes on).
  virtual void settle_keep_leases(ReservationId reservation, Settlement settlement) = 0;
  virtual void free_leases(ReservationId reservation) = 0;
  // What the counter holds now (for conditions that read it, and for people).
  virtual base::Amount value(std::string_view key, const Window& window) = 0;
};

}  // namespace limits
