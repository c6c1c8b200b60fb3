// Windows of time in which a limit counts.
//   sliding   any interval of `seconds`; measured on the boot clock, so that a step of the wall clock frees nothing.
//   calendar  aligned in UTC: second, minute, hour, day at their natural starts; week from Monday; month from the 1st;
//             any other length from the epoch. A wall clock that steps back never reopens a window that was closed:
//             a counter's window start never goes back.
//   lease     no window: held until it is settled (concurrency).
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace limits {

enum class WindowType : std::uint8_t { sliding, calendar, lease };

struct Window {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order in which it is written down
  WindowType type = WindowType::sliding;
  std::int64_t seconds = 0;     // 0 for a lease; 2'592'000 for a month
  bool calendar_month = false;  // calendar only: from the 1st to the 1st
  bool operator==(const Window&) const = default;
  // "60s-sliding", "day", "lease": part of a counter's key.
  std::string tag() const;
  // For messages: "minute", "2 hours", "day".
  std::string spelled() const;
};

inline constexpr std::int64_t month_seconds = 2'592'000;  // 30 days

struct Span {
  base::WallTime start, end;  // [start, end)
};

// The calendar window that contains `now`. `window.type` must be calendar.
Span calendar_span(const Window& window, base::WallTime now);

}  // namespace limits
