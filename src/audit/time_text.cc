// Dates and times, by hand: nothing here depends on a locale or on the machine's zone.
#include "audit/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/strings.h"

namespace audit {
namespace {

constexpr std::int64_t second = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes things off the front of a text; after the first that is not there nothing is.
class Taker {
 public:
  explicit Taker(std::string_view text) : text_(text) {}
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!ok_ || text_.empty() || !is_digit(text_.front())) return ok_ = false, 0;
      value = 10 * value + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  // One of the characters, or '\0'.
  char one_of(std::string_view characters) {
    if (!ok_ || text_.empty() || characters.find(text_.front()) == std::string_view::npos) return ok_ = false, '\0';
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  bool at(char c) const { return ok_ && text_.starts_with(c); }
  bool at_digit() const { return ok_ && !text_.empty() && is_digit(text_.front()); }
  bool ended() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

std::optional<std::int64_t> days_of(Taker& taker) {
  const int year = taker.number(4);
  taker.one_of("-");
  const int month = taker.number(2);
  taker.one_of("-");
  const int day = taker.number(2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || year > 2261) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::int64_t fraction_of(Taker& taker) {
  std::int64_t fraction = 0;
  std::int64_t unit = second / 10;
  taker.one_of(".");
  fraction += taker.number(1) * unit;
  while (taker.at_digit()) {
    unit /= 10;
    fraction += taker.number(1) * unit;
  }
  return fraction;
}

std::string with_unit(double value, const char* unit) {
  std::array<char, 48> out{};
  const int n = std::snprintf(out.data(), out.size(), value < 10 ? "%.1f %s" : "%.0f %s", value, unit);
  return {out.data(), static_cast<std::size_t>(n)};
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  Taker taker(text);
  const auto days = days_of(taker);
  if (!days) return std::nullopt;
  taker.one_of("Tt ");
  const int hour = taker.number(2);
  taker.one_of(":");
  const std::int64_t minute = taker.number(2);
  taker.one_of(":");
  const int sec = taker.number(2);
  const std::int64_t fraction = taker.at('.') ? fraction_of(taker) : 0;
  std::int64_t offset = 0;
  if (const char sign = taker.one_of("Zz+-"); sign == '+' || sign == '-') {
    const std::int64_t offset_hour = taker.number(2);
    taker.one_of(":");
    const std::int64_t offset_minute = taker.number(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset = (offset_hour * 60 + offset_minute) * (sign == '+' ? 60 : -60);
  }
  if (!taker.ended() || hour > 23 || minute > 59 || sec > 60) return std::nullopt;
  return ((*days * 24 + hour) * 3600 + minute * 60 + sec - offset) * second + fraction;
}

base::Result<std::int64_t> parse_moment(std::string_view text, base::WallTime now) {
  if (const auto moment = parse_rfc3339(text)) return *moment;
  Taker taker(text);
  if (const auto days = days_of(taker); days && taker.ended()) return *days * 86'400 * second;
  if (const std::int64_t ago = base::parse_duration(text); ago >= 0) return now.time_since_epoch().count() - ago;
  return base::fail("\"" + base::printable(text, 60) +
                    "\" is not a time; write 2026-11-22T10:00:00Z, 2026-11-22, or how long ago: 30m, 2h, 1d");
}

std::string show_time(std::int64_t unix_nanoseconds, const TimeStyle& style) {
  std::int64_t shown = unix_nanoseconds;
  if (style.offset) {
    const std::int64_t seconds = unix_nanoseconds / second;
    shown += style.offset(seconds) * second;
  }
  std::string out;
  base::append_rfc3339(out, shown);  // 2026-11-22T10:00:00.123Z
  out[10] = ' ';
  if (style.offset) out.pop_back();
  return style.date ? out : out.substr(11);
}

std::string show_duration(double ns) {
  if (ns < 1e6) return with_unit(ns / 1e3, "µs");
  if (ns < 1e9) return with_unit(ns / 1e6, "ms");
  if (ns < 120e9) return with_unit(ns / 1e9, "s");
  if (ns < 7200e9) return with_unit(ns / 60e9, "min");
  if (ns < 172'800e9) return with_unit(ns / 3600e9, "h");
  return with_unit(ns / 86'400e9, "d");
}

}  // namespace audit
