// Most calls are charged in one of the two stores and pass straight through.
#include "limits/split_store.h"

#include <algorithm>

namespace limits {
namespace {

constexpr int part_bits = 2;

bool of_a_session(const Charge& c) { return c.session; }

}  // namespace

bool SplitStore::ready(std::span<const Charge> charges) {
  return std::ranges::all_of(charges, of_a_session) || shared_.ready(charges);
}

// Sorts the charges into the two parts. False: one of them is empty.
bool SplitStore::split(std::span<const Charge> charges) {
  session_part_.clear(), shared_part_.clear(), session_places_.clear(), shared_places_.clear();
  for (std::size_t i = 0; i < charges.size(); ++i) {
    (charges[i].session ? session_part_ : shared_part_).push_back(charges[i]);
    (charges[i].session ? session_places_ : shared_places_).push_back(i);
  }
  return !session_part_.empty() && !shared_part_.empty();
}

std::expected<ReservationId, Refusal> SplitStore::reserve(std::span<const Charge> charges) {
  const auto in_session = static_cast<std::size_t>(std::ranges::count_if(charges, of_a_session));
  if (in_session > 0 && in_session < charges.size()) {
    split(charges);
    return reserve_both();
  }
  const bool session = in_session > 0;
  auto made = (session ? session_ : shared_).reserve(charges);
  if (made && *made != 0) *made = (*made << part_bits) | (session ? of_session : of_shared);
  return made;
}

std::expected<ReservationId, Refusal> SplitStore::reserve_both() {
  if (const auto refusal = check_both()) return std::unexpected(*refusal);
  // Both fit. What can still be in the way is a store that is full; then the other part goes back, as far as its rules
  // for refunds say.
  const auto placed = [](Refusal refusal, const std::vector<std::size_t>& places) {
    refusal.charge = places[refusal.charge];
    return std::unexpected(refusal);
  };
  const auto shared = shared_.reserve(shared_part_);
  if (!shared) return placed(shared.error(), shared_places_);
  const auto session = session_.reserve(session_part_);
  if (!session) {
    shared_.settle(*shared, Settlement::undelivered);
    return placed(session.error(), session_places_);
  }
  pairs_.emplace(++last_pair_, Pair{*session, *shared});
  return (last_pair_ << part_bits) | of_both;
}

std::optional<Refusal> SplitStore::check(std::span<const Charge> charges) {
  if (charges.empty()) return std::nullopt;
  if (split(charges)) return check_both();
  return (session_part_.empty() ? shared_ : session_).check(charges);
}

// The first charge that does not fit, in the call's order; when all of both parts will.
std::optional<Refusal> SplitStore::check_both() {
  auto session = session_.check(session_part_);
  auto shared = shared_.check(shared_part_);
  if (session) session->charge = session_places_[session->charge];
  if (shared) shared->charge = shared_places_[shared->charge];
  if (!session || !shared) return session ? session : shared;
  Refusal first = session->charge < shared->charge ? *session : *shared;
  const bool known = session->retry_after && shared->retry_after;
  first.retry_after = known ? std::max(session->retry_after, shared->retry_after) : std::nullopt;
  return first;
}

template <class Call>
void SplitStore::each_part(ReservationId reservation, Call call) {
  const ReservationId number = reservation >> part_bits;
  switch (reservation & of_both) {
    case of_session:
      return call(session_, number);
    case of_shared:
      return call(shared_, number);
    case of_both:
      if (const auto it = pairs_.find(number); it != pairs_.end()) {
        call(session_, it->second.session);
        call(shared_, it->second.shared);
      }
      return;
    default:
      return;
  }
}

void SplitStore::settle(ReservationId reservation, Settlement settlement) {
  each_part(reservation, [&](Store& store, ReservationId number) { store.settle(number, settlement); });
  if ((reservation & of_both) == of_both) pairs_.erase(reservation >> part_bits);
}

void SplitStore::settle_keep_leases(ReservationId reservation, Settlement settlement) {
  each_part(reservation, [&](Store& store, ReservationId number) { store.settle_keep_leases(number, settlement); });
  if ((reservation & of_both) != of_both) return;
  if (const auto it = pairs_.find(reservation >> part_bits); it != pairs_.end()) it->second.leases_only = true;
}

void SplitStore::free_leases(ReservationId reservation) {
  each_part(reservation, [&](Store& store, ReservationId number) { store.free_leases(number); });
  if ((reservation & of_both) != of_both) return;
  const auto it = pairs_.find(reservation >> part_bits);
  if (it != pairs_.end() && it->second.leases_only) pairs_.erase(it);
}

std::optional<base::Amount> SplitStore::value(const Charge& counter) {
  return (counter.session ? session_ : shared_).value(counter);
}

}  // namespace limits
