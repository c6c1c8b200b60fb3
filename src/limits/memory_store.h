// Counters of this process, in memory. Exact up to 1,024 charges in a sliding window; beyond that the window is kept in
// at least 128 steps, each freed with its newest charge: late by at most 1/128 of the window, never early.
// Bounded: at most `max_counters` counters; those that hold nothing are dropped when room is needed; when every one
// holds something a new one is refused (Why::full), since forgetting would refill a limit.
#pragma once
#include <memory>

#include "limits/store.h"

namespace limits {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const base::Clock& clock, std::size_t max_counters = 100'000);
  ~MemoryStore() override;
  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) override;
  std::optional<Refusal> check(std::span<const Charge> charges) override;
  void settle(ReservationId reservation, Settlement settlement) override;
  void settle_keep_leases(ReservationId reservation, Settlement settlement) override;
  void free_leases(ReservationId reservation) override;
  std::optional<base::Amount> value(const Charge& counter) override;
  // Counters and open reservations held, for tests and memory bounds.
  std::size_t counters() const;
  std::size_t reservations() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace limits
