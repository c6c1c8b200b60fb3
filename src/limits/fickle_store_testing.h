// For tests: a memory store that behaves as a durable one may. It can need preparing, fail to be prepared, fail to
// commit, commit slowly, owe a commit, and have something to say; it checks that its owner keeps to the contract of
// store.h. A failed commit gives back what was reserved in its batch, so tests of it use no Refund::never.
#pragma once
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "limits/memory_store.h"

namespace limits {

class FickleStore final : public Store {
 public:
  explicit FickleStore(const base::Clock& clock) : inner(clock) {}

  bool must_wait = false;     // ready() needs a prepare() first
  std::optional<Why> cannot;  // what prepare() comes to
  bool commit_fails = false;
  bool commits_slowly = false;      // commit() is to be called off the loop
  bool owes = false;                // what was settled waits for a commit...
  bool locked = false;              // ... which another process's lock does not let happen, unless prepare() waits
  std::vector<std::string> notes;   // what take_notes() gives
  std::string trouble;              // and take_trouble()
  int prepared = 0, committed = 0;  // how often
  MemoryStore inner;

  bool ready(std::span<const Charge> charges) override { return charges.empty() || ready(); }
  bool ready() override {
    if (!open_ && !must_wait) open_ = true;
    return open_;
  }
  void prepare() override {
    ++prepared;
    open_ = true;
    failed_ = cannot;
  }
  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) override {
    if (charges.empty()) return 0;
    need(open_);
    if (failed_) return std::unexpected(Refusal{*failed_, 0, std::nullopt, {}});
    auto made = inner.reserve(charges);
    if (made) batch_.push_back(*made);
    return made;
  }
  std::optional<Refusal> check(std::span<const Charge> charges) override {
    if (charges.empty()) return std::nullopt;
    need(open_);
    if (failed_) return Refusal{*failed_, 0, std::nullopt, {}};
    return inner.check(charges);
  }
  void settle(ReservationId id, Settlement how) override { inner.settle(id, how); }
  void settle_keep_leases(ReservationId id, Settlement how) override { inner.settle_keep_leases(id, how); }
  void free_leases(ReservationId id) override { inner.free_leases(id); }
  std::optional<base::Amount> value(const Charge& counter) override {
    need(open_);
    if (failed_) return std::nullopt;
    return inner.value(counter);
  }
  bool in_batch() const override { return open_; }
  bool pending() const override { return open_ || owes; }
  bool commit_blocks() const override { return commits_slowly; }
  std::vector<std::string> take_notes() override { return std::exchange(notes, {}); }
  std::string take_trouble() override { return std::exchange(trouble, {}); }
  base::Result<void> commit() override {
    owes = owes && locked && (!open_ || failed_);  // who was prepared has the lock
    open_ = false;
    failed_.reset();
    ++committed;
    const std::vector<ReservationId> batch = std::exchange(batch_, {});
    if (!commit_fails) return {};
    for (const ReservationId id : batch) inner.settle(id, Settlement::undelivered);
    return base::fail("disk full");
  }

 private:
  static void need(bool holds) {
    if (!holds) std::abort();  // used without being ready
  }
  bool open_ = false;
  std::optional<Why> failed_;
  std::vector<ReservationId> batch_;
};

}  // namespace limits
