// See the header for when a window is over, and why both clocks are asked.
#include "limits/calendar.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace limits {
namespace {

using base::BootTime;
using base::Duration;
using base::WallTime;

// a - b and a + d without overflow: windows end in 2262 at the latest, clocks may say anything.
Duration between(WallTime a, WallTime b) {
  std::int64_t d = 0;
  if (!__builtin_sub_overflow(a.time_since_epoch().count(), b.time_since_epoch().count(), &d)) return Duration(d);
  return a > b ? Duration::max() : Duration::min();
}

BootTime later(BootTime t, Duration d) { return t > BootTime::max() - d ? BootTime::max() : t + d; }

}  // namespace

bool CalendarCounter::over(const Moment& now) const {
  if (span.start == span.end) return true;
  if (now.boot < free_at) return false;
  return now.wall >= span.end || now.boot >= later(free_at, between(span.end, span.start));
}

void CalendarCounter::add(const Window& window, const Moment& now, WallTime floor, base::Amount amount) {
  assert(!amount.is_negative());
  if (over(now)) {
    span = calendar_span(window, now.wall);
    if (floor > now.wall && between(floor, now.wall) <= between(span.end, span.start)) {
      span = calendar_span(window, floor);
    }
    free_at = later(now.boot, between(span.end, now.wall));
    held = base::Amount();
  }
  held = held + amount;
}

void CalendarCounter::give_back(BootTime window, base::Amount amount) {
  if (free_at != window || held < amount) return;
  held = held - amount;
}

BootTime CalendarCounter::over_at(const Moment& now) const {
  if (over(now)) return now.boot;
  const BootTime by_wall = later(now.boot, std::max(between(span.end, now.wall), Duration{0}));
  const BootTime at_most = later(free_at, between(span.end, span.start));
  return std::max(free_at, std::min(by_wall, at_most));
}

WallTime CalendarCounter::closed_until(const Moment& now) const {
  if (span.start == span.end) return WallTime::min();
  return over(now) && now.wall >= span.end ? span.end : span.start;
}

}  // namespace limits
