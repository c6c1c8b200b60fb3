// Each counter is decoded once a batch; the algebra is of the room limits.
#include "store/state_batch.h"

#include <algorithm>

namespace store {

using base::Amount;
using base::Duration;
using limits::Answer;
using limits::Charge;
using limits::WindowType;

Duration window_length(const limits::Window& window) {
  constexpr std::int64_t longest = 9'000'000'000;  // 285 years: what nanoseconds hold
  return window.seconds > longest ? Duration::max() : Duration(std::chrono::seconds(window.seconds));
}

void StateBatch::begin(const limits::Moment& now) {
  now_ = now;
  live_.clear();
  failed_ = Sql::done;
  claim_error_.clear();
  inserted_ = 0;
}

bool StateBatch::good(Sql code) {
  if (code == Sql::done || code == Sql::row) return true;
  failed_ = code;
  return false;
}

StateBatch::Live* StateBatch::load(const Charge& charge) {
  const auto [at, fresh] = live_.try_emplace(Key(charge.key, charge.window.tag()));
  Live& live = at->second;
  if (!fresh) return &live;
  const Sql code = rows_.find(charge.key, charge.window, live.row);
  if (!good(code)) {
    live_.erase(at);
    return nullptr;
  }
  if (code == Sql::row) return &live;
  live.row = CounterRow();
  live.row.key = charge.key;
  live.row.state.window = charge.window;
  return &live;
}

void StateBatch::expire(Live& live) {
  if (live.row.id == 0) return;
  RowSegments segments(rows_, live.row.id);
  const std::size_t before = live.row.state.sliding.count;
  live.row.state.sliding.expire(segments, now_.boot, window_length(live.row.state.window));
  live.dirty = live.dirty || live.row.state.sliding.count != before;  // segments are changed at once
  good(segments.failed);
}

Amount StateBatch::total(Live& live) {
  switch (live.row.state.window.type) {
    case WindowType::sliding:
      expire(live);
      return live.row.state.sliding.total;
    case WindowType::calendar:
      return live.row.state.calendar.total(now_);
    case WindowType::lease:
      break;
  }
  if (!live.leased) {
    std::vector<Lease> leases;
    if (live.row.id != 0) good(rows_.leases(live.row.id, leases));
    live.leased.emplace();
    for (const Lease& l : leases) live.leased = *live.leased + l.amount;
  }
  return *live.leased;
}

std::optional<Duration> StateBatch::wait(Live& live, Amount allowed) {
  switch (live.row.state.window.type) {
    case WindowType::sliding: {
      RowSegments segments(rows_, live.row.id);
      const Duration wait =
          live.row.state.sliding.wait_until_at_most(segments, allowed, now_.boot, window_length(live.row.state.window));
      good(segments.failed);
      return wait;
    }
    case WindowType::calendar:
      return live.row.state.calendar.wait(now_);
    case WindowType::lease:
      break;
  }
  return std::nullopt;
}

// True if some were freed.
bool StateBatch::free_dead_leases(Live& live) {
  if (!owner_.is_alive || live.row.id == 0) return false;
  std::vector<Lease> leases;
  if (!good(rows_.leases(live.row.id, leases))) return false;
  std::ranges::sort(leases, {}, &Lease::owner);
  bool freed = false;
  std::string_view last;
  for (const Lease& l : leases) {
    if (l.owner == last || l.owner == owner_.name) continue;
    last = l.owner;
    if (owner_.is_alive(l.owner)) continue;
    freed |= good(rows_.free_owner(live.row.id, l.owner));
  }
  if (freed) live.leased.reset();
  return freed;
}

// What was lost may still be inside the window: then the limit is held as if it were used up.
std::optional<Answer> StateBatch::lost(const Charge& charge, const Live& live) const {
  const auto& mark = file_.lost();
  if (!mark || !charge.max || live.row.state.reset_at > mark->boot) return std::nullopt;
  Answer answer;
  answer.why = limits::Why::lost;
  switch (charge.window.type) {
    case WindowType::sliding: {
      const Duration passed = now_.boot - mark->boot, length = window_length(charge.window);
      if (passed >= length) return std::nullopt;
      answer.wait = passed < Duration{0} && length > Duration::max() + passed ? Duration::max() : length - passed;
      return answer;
    }
    case WindowType::calendar: {
      limits::CalendarCounter then;
      then.add(charge.window, *mark, base::WallTime::min(), Amount());
      if (then.over(now_)) return std::nullopt;
      answer.wait = then.wait(now_);
      return answer;
    }
    case WindowType::lease:
      if (!owner_.others_live || !owner_.others_live(mark->wall)) return std::nullopt;
      answer.wait.reset();
      return answer;
  }
  return std::nullopt;
}

Answer StateBatch::ask(const Charge& charge, Amount before) {
  Answer answer;
  Live* live = load(charge);
  if (live == nullptr) {
    answer.why = limits::Why::unavailable;
    answer.wait.reset();
    return answer;
  }
  if (const auto unknown = lost(charge, *live)) return *unknown;
  const Amount allowed = limits::room_for(charge, before);
  answer.held = total(*live);
  if (!limits::is_sound(charge) || allowed.is_negative()) {
    answer.wait.reset();
    return answer;
  }
  if (answer.held > allowed && charge.window.type == WindowType::lease && free_dead_leases(*live)) {
    answer.held = total(*live);
  }
  if (answer.held > allowed) answer.wait = wait(*live, allowed);
  return answer;
}

std::optional<Amount> StateBatch::value(const Charge& counter) {
  Live* live = load(counter);
  if (live == nullptr) return std::nullopt;
  Charge bounded;
  bounded.window = counter.window;
  bounded.max.emplace();
  if (lost(bounded, *live)) return std::nullopt;
  const Amount held = total(*live);
  if (failed_ != Sql::done) return std::nullopt;
  return held;
}

std::size_t StateBatch::missing(std::span<const Charge> charges) {
  std::size_t n = 0;
  for (const Charge& c : charges) {
    if (c.amount.is_zero()) continue;
    const Live* live = load(c);
    n += live != nullptr && live->row.id == 0 ? 1 : 0;
  }
  return n;
}

bool StateBatch::insert(Live& live) {
  if (live.row.id != 0) return true;
  if (!good(rows_.insert(live.row))) return false;
  ++inserted_;
  return true;
}

std::optional<HeldCharge> StateBatch::add(const Charge& charge) {
  Live* live = load(charge);
  if (live == nullptr || !insert(*live)) return std::nullopt;
  CounterRow& row = live->row;
  live->dirty = true;
  if (charge.max) row.max = charge.max->text();
  row.charged_by = owner_.charged_by;
  HeldCharge held;
  held.counter = row.id;
  held.type = charge.window.type;
  held.refund = charge.refund;
  held.made = held.filed_at = now_.boot;
  held.amount = charge.amount;
  switch (charge.window.type) {
    case WindowType::sliding: {
      RowSegments segments(rows_, row.id);
      held.filed_at = row.state.sliding.add(segments, now_.boot, window_length(charge.window), charge.amount);
      if (!good(segments.failed)) return std::nullopt;
      break;
    }
    case WindowType::calendar: {
      std::optional<std::int64_t> floor;
      if (row.state.calendar.over(now_) && !good(rows_.meta("closed_until", floor))) return std::nullopt;
      const base::WallTime from = floor ? base::WallTime(Duration(*floor)) : base::WallTime::min();
      row.state.calendar.add(charge.window, now_, from, charge.amount);
      held.filed_at = row.state.calendar.free_at;
      break;
    }
    case WindowType::lease:
      return add_lease(charge, *live, held);
  }
  return held;
}

std::optional<HeldCharge> StateBatch::add_lease(const Charge& charge, Live& live, HeldCharge held) {
  if (!claimed_ && owner_.claim) {
    if (auto claimed = owner_.claim(); !claimed) {
      claim_error_ = claimed.error().message;
      failed_ = Sql::failed;
      return std::nullopt;
    }
  }
  claimed_ = true;
  held.lease = ++last_lease_;
  const Amount before = total(live);
  if (!good(rows_.add_lease(live.row.id, {owner_.name, held.lease, charge.amount, now_.wall}))) return std::nullopt;
  live.leased = before + charge.amount;
  return held;
}

void StateBatch::give_back(const HeldCharge& held) {
  CounterRow row;
  if (const Sql code = rows_.find(held.counter, row); code != Sql::row) {
    good(code);
    return;  // it was dropped: the window that was charged is over
  }
  const auto [at, fresh] = live_.try_emplace(Key(row.key, row.state.window.tag()));
  Live& live = at->second;
  if (fresh) live.row = std::move(row);
  if (held.made < live.row.state.reset_at) return;
  if (held.type == WindowType::sliding) {
    RowSegments segments(rows_, live.row.id);
    live.row.state.sliding.give_back(segments, held.filed_at, held.amount);
    good(segments.failed);
  } else if (held.type == WindowType::calendar) {
    live.row.state.calendar.give_back(held.filed_at, held.amount);
  }
  live.dirty = true;
}

void StateBatch::free_lease(const HeldCharge& held) {
  if (!good(rows_.free_lease(held.counter, owner_.name, held.lease))) return;
  for (auto& [key, live] : live_) {
    if (live.row.id == held.counter) live.leased.reset();
  }
}

Sql StateBatch::flush() {
  for (auto& [key, live] : live_) {
    if (live.dirty && good(failed_) && good(rows_.update(live.row))) live.dirty = false;
  }
  return failed_;
}

}  // namespace store
