// Calendar windows in UTC at their natural starts, against the calendar itself.
#include "limits/window.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace limits {
namespace {

using namespace std::chrono_literals;
using base::WallTime;

Window calendar(std::int64_t seconds) { return {WindowType::calendar, seconds, false}; }
constexpr Window month{WindowType::calendar, month_seconds, true};

WallTime at(int y, unsigned m, unsigned d, std::chrono::nanoseconds time = 0ns) {
  return WallTime(std::chrono::sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d))) + time;
}

std::string text(const Span& span) {
  std::string out;
  base::append_rfc3339(out, span.start.time_since_epoch().count());
  out += ' ';
  base::append_rfc3339(out, span.end.time_since_epoch().count());
  return out;
}

TEST(CalendarSpan, NaturalStarts) {
  const WallTime now = at(2026, 11, 22, 10h + 34min + 56s + 789ms);  // a Sunday
  EXPECT_EQ(text(calendar_span(calendar(1), now)), "2026-11-22T10:34:56.000Z 2026-11-22T10:34:57.000Z");
  EXPECT_EQ(text(calendar_span(calendar(60), now)), "2026-11-22T10:34:00.000Z 2026-11-22T10:35:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(3600), now)), "2026-11-22T10:00:00.000Z 2026-11-22T11:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(86'400), now)), "2026-11-22T00:00:00.000Z 2026-11-23T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(604'800), now)), "2026-11-16T00:00:00.000Z 2026-11-23T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(month, now)), "2026-11-01T00:00:00.000Z 2026-12-01T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(7200), at(1970, 1, 1, 3h))),
            "1970-01-01T02:00:00.000Z 1970-01-01T04:00:00.000Z");
}

TEST(CalendarSpan, Edges) {
  EXPECT_EQ(text(calendar_span(month, at(2024, 2, 29, 23h + 59min))),
            "2024-02-01T00:00:00.000Z 2024-03-01T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(month, at(2026, 12, 31))), "2026-12-01T00:00:00.000Z 2027-01-01T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(604'800), at(2026, 11, 23))),
            "2026-11-23T00:00:00.000Z 2026-11-30T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(604'800), at(2026, 11, 23, -1ns))),
            "2026-11-16T00:00:00.000Z 2026-11-23T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(60), at(1970, 1, 1, -1ns))),
            "1969-12-31T23:59:00.000Z 1970-01-01T00:00:00.000Z");
  EXPECT_EQ(text(calendar_span(calendar(604'800), at(1970, 1, 1))),
            "1969-12-29T00:00:00.000Z 1970-01-05T00:00:00.000Z");
}

TEST(CalendarSpan, ContainsNowAndTiles) {
  for (const Window& w : {calendar(1), calendar(60), calendar(90), calendar(86'400), calendar(604'800), month}) {
    WallTime now = at(2023, 12, 30, 5h);
    for (int i = 0; i < 3000; ++i, now += 49'999s + 7ns) {
      const Span span = calendar_span(w, now);
      ASSERT_LE(span.start, now);
      ASSERT_LT(now, span.end);
      ASSERT_EQ(calendar_span(w, span.end).start, span.end);
      ASSERT_EQ(calendar_span(w, span.start).end, span.end);
    }
  }
}

TEST(CalendarSpan, VeryLongWindowsEndWithTime) {
  const Span span = calendar_span(calendar(100'000'000'000), at(2026, 1, 1));
  EXPECT_EQ(span.start, WallTime());
  EXPECT_EQ(span.end, WallTime::max());
}

TEST(Window, TagsTellWindowsApart) {
  EXPECT_EQ((Window{WindowType::sliding, 60, false}).tag(), "60s-sliding");
  EXPECT_EQ(calendar(60).tag(), "minute");
  EXPECT_EQ(calendar(86'400).tag(), "day");
  EXPECT_EQ(calendar(604'800).tag(), "week");
  EXPECT_EQ(calendar(90).tag(), "90s-calendar");
  EXPECT_EQ(month.tag(), "month");
  EXPECT_EQ(calendar(month_seconds).tag(), "2592000s-calendar");
  EXPECT_EQ((Window{WindowType::lease, 0, false}).tag(), "lease");
}

TEST(Window, Spelled) {
  EXPECT_EQ((Window{WindowType::sliding, 60, false}).spelled(), "minute");
  EXPECT_EQ(calendar(7200).spelled(), "2 hours");
  EXPECT_EQ(month.spelled(), "month");
}

}  // namespace
}  // namespace limits
