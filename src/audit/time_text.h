// Moments as text: the times of a record, and what people write to name one. Writing is base::append_rfc3339.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace audit {

// RFC 3339 section 5.6, with a zone ("Z" or an offset), years 1970 to 2261; nanoseconds since 1970. Digits beyond the
// ninth of a fraction are dropped; a leap second is the second after.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// What people write: RFC 3339, a date ("2026-11-22": its first moment in UTC), or how long ago ("1h", "2d", "1h30m").
// The error says what is understood.
base::Result<std::int64_t> parse_moment(std::string_view text, base::WallTime now);

// How a moment is shown to people.
struct TimeStyle {
  // Seconds to add to UTC at a moment (seconds since 1970) for the reader's own clock; without it times are UTC.
  std::function<int(std::int64_t)> offset;
  bool date = true;  // "2026-11-22 10:00:00.123", else "10:00:00.123"
};
// UTC is marked by a "Z" at the end, the reader's own time by nothing.
std::string show_time(std::int64_t unix_nanoseconds, const TimeStyle& style);

// "1.5 ms", "320 µs", "2.1 s", "3 min", "2 h", "5 d".
std::string show_duration(double nanoseconds);

}  // namespace audit
