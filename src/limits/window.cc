// Calendar arithmetic in UTC, by the proleptic Gregorian calendar of <chrono>. Leap seconds do not exist here.
#include "limits/window.h"

#include <algorithm>
#include <cassert>

#include "base/strings.h"

namespace limits {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::int64_t week_seconds = 604'800;
constexpr std::int64_t first_monday = 345'600;  // 1970-01-05

// Nanoseconds end in 1677 and 2262: what lies beyond is held at the end.
base::WallTime clamped(std::int64_t seconds) {
  constexpr std::int64_t bound = 9'223'372'036;
  if (seconds > bound) return base::WallTime::max();
  if (seconds < -bound) return base::WallTime::min();
  return base::WallTime(std::chrono::seconds(seconds));
}

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return rest < 0 ? value - rest - step : value - rest;
}

}  // namespace

std::string Window::tag() const {
  const std::string length = std::to_string(seconds) + "s";
  if (type == WindowType::lease) return "lease";
  if (type == WindowType::sliding) return length + "-sliding";
  if (calendar_month) return "month";
  switch (seconds) {
    case 1:
      return "second";
    case 60:
      return "minute";
    case 3'600:
      return "hour";
    case 86'400:
      return "day";
    case week_seconds:
      return "week";
    default:
      return length + "-calendar";
  }
}

std::string Window::spelled() const {
  if (type == WindowType::lease) return "lease";
  return calendar_month ? "month" : base::spell_window(seconds);
}

Span calendar_span(const Window& window, base::WallTime now) {
  assert(window.type == WindowType::calendar);
  if (window.calendar_month) {
    const std::chrono::year_month_day date(std::chrono::floor<days>(now));
    const std::chrono::year_month month(date.year(), date.month());
    const auto first_of = [](std::chrono::year_month m) {
      return clamped(sys_seconds(sys_days(m / std::chrono::day(1))).time_since_epoch().count());
    };
    return {first_of(month), first_of(month + std::chrono::months(1))};
  }
  assert(window.seconds > 0);
  const std::int64_t offset = window.seconds == week_seconds ? first_monday : 0;
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t start = floor_to(second - offset, window.seconds) + offset;
  std::int64_t end = 0;
  if (__builtin_add_overflow(start, window.seconds, &end)) end = std::numeric_limits<std::int64_t>::max();
  return {clamped(start), clamped(end)};
}

}  // namespace limits
