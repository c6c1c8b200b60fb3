// Two stores as one: what lives as long as a session is counted in memory, everything else where it lasts and is
// shared. A call may be charged in both; it is all or none over the two.
#pragma once
#include <unordered_map>
#include <vector>

#include "limits/store.h"

namespace limits {

class SplitStore final : public Store {
 public:
  // Both must outlive it. `session` must always be ready (it is: a MemoryStore).
  SplitStore(Store& session, Store& shared) : session_(session), shared_(shared) {}

  bool ready(std::span<const Charge> charges) override;
  bool ready() override { return shared_.ready(); }
  void prepare() override { shared_.prepare(); }
  void interrupt() override { shared_.interrupt(); }
  std::expected<ReservationId, Refusal> reserve(std::span<const Charge> charges) override;
  std::optional<Refusal> check(std::span<const Charge> charges) override;
  void settle(ReservationId reservation, Settlement settlement) override;
  void settle_keep_leases(ReservationId reservation, Settlement settlement) override;
  void free_leases(ReservationId reservation) override;
  std::optional<base::Amount> value(const Charge& counter) override;
  bool in_batch() const override { return shared_.in_batch(); }
  bool pending() const override { return shared_.pending(); }
  bool commit_blocks() const override { return shared_.commit_blocks(); }
  base::Result<void> commit() override { return shared_.commit(); }
  std::vector<std::string> take_notes() override { return shared_.take_notes(); }
  std::string take_trouble() override { return shared_.take_trouble(); }

 private:
  // A reservation of one store is that store's number and two bits that say which; one of both is a number of ours.
  enum Part : ReservationId { of_session = 1, of_shared = 2, of_both = 3 };
  struct Pair {
    ReservationId session = 0, shared = 0;
    bool leases_only = false;  // the rest is settled
  };
  template <class Call>
  void each_part(ReservationId reservation, Call call);
  bool split(std::span<const Charge> charges);
  std::expected<ReservationId, Refusal> reserve_both();
  std::optional<Refusal> check_both();

  Store& session_;
  Store& shared_;
  std::unordered_map<ReservationId, Pair> pairs_;
  ReservationId last_pair_ = 0;
  // A call's charges by store, and where they stand in the call.
  std::vector<Charge> session_part_, shared_part_;
  std::vector<std::size_t> session_places_, shared_places_;
};

}  // namespace limits
