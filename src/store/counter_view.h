// The counters as they stand, for questions that change nothing: what a call would find, now or after a while. Asked
// through the very code that counts (state_batch.h), in a transaction that is always rolled back.
//
// What must stay true: nothing is created, charged, freed or moved aside; while a question is open (begin to end) other
// processes wait for the lock, so it is kept short. Blocks, for two seconds at most while a session has the lock.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "limits/store.h"

namespace store {

class CounterView final : public limits::Store {
 public:
  struct Options {
    std::string directory;  // $STATE
    std::function<bool(const std::string& owner)> is_alive = {};
    std::function<bool(base::WallTime since)> others_live = {};
  };
  // `clock` must outlive it.
  CounterView(Options options, const base::Clock& clock);
  ~CounterView() override;

  // Opens what is there (nothing: all counters are empty) and takes its lock. `ahead`: the question is about a moment
  // that much later. Ends the question before it.
  base::Result<void> begin(base::Duration ahead = base::Duration{0});
  // Rolls back. Questions outside of begin() and end() are refused.
  void end();

  std::optional<limits::Refusal> check(std::span<const limits::Charge> charges) override;
  std::optional<base::Amount> value(const limits::Charge& counter) override;
  // Nobody may reserve here: always refused.
  std::expected<limits::ReservationId, limits::Refusal> reserve(std::span<const limits::Charge> charges) override;
  void settle(limits::ReservationId, limits::Settlement) override {}
  void settle_keep_leases(limits::ReservationId, limits::Settlement) override {}
  void free_leases(limits::ReservationId) override {}

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace store
