// Lines read back: what they say, and what is said of those that cannot be read; times as text.
#include "audit/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/time_text.h"

namespace audit {
namespace {

using testing::HasSubstr;

TEST(Entry, Decision) {
  Entry e;
  const std::string line =
      R"({"v":1,"time":"2027-01-15T08:00:00.250Z","event":"decision","instance":"i1","session":"s","identity":"ann",)"
      R"("server":"files","id":"i1-1","direction":"client","method":"tools/call","request_id":7,"tool":"read_file",)"
      R"("decision":"deny","reason":"limit","rule":"r","condition":"c","message":"m","limit":{"held":"1"},)"
      R"("policy_digest":"d","client_name":"n","continues":"i1-0","note":"o","args":{"a":1},"charged":[{}],"shadow":[1],)"
      R"("new_field":{"later":true}})";
  ASSERT_EQ(e.read(line), Entry::Status::ok);
  EXPECT_EQ(e.time, 1'800'000'000'250'000'000);
  EXPECT_TRUE(e.is_decision());
  EXPECT_EQ(e.instance, "i1");
  EXPECT_EQ(e.session, "s");
  EXPECT_EQ(e.identity, "ann");
  EXPECT_EQ(e.server, "files");
  EXPECT_EQ(e.id, "i1-1");
  EXPECT_EQ(e.direction, "client");
  EXPECT_EQ(e.method, "tools/call");
  EXPECT_EQ(e.request_id, "7");
  EXPECT_EQ(e.target_kind, "tool");
  EXPECT_EQ(e.target, "read_file");
  EXPECT_EQ(e.decision, "deny");
  EXPECT_EQ(e.reason, "limit");
  EXPECT_EQ(e.rule, "r");
  EXPECT_EQ(e.condition, "c");
  EXPECT_EQ(e.message, "m");
  EXPECT_EQ(e.limit.find("held").string(), "1");
  EXPECT_EQ(e.policy_digest, "d");
  EXPECT_EQ(e.client_name, "n");
  EXPECT_EQ(e.continues, "i1-0");
  EXPECT_EQ(e.note, "o");
  EXPECT_EQ(e.arguments.find("a").number(), "1");
  EXPECT_EQ(e.charged.size(), 1U);
  EXPECT_EQ(e.shadow.size(), 1U);
  EXPECT_TRUE(e.field("new_field"));
  EXPECT_EQ(e.line, line);

  ASSERT_EQ(e.read(R"({"v":1,"event":"something_new","pid":42})"), Entry::Status::ok);  // nothing is left of the last
  EXPECT_EQ(e.event, "something_new");
  EXPECT_EQ(e.id, "");
  EXPECT_EQ(e.time, 0);
  EXPECT_FALSE(e.shadow);
  EXPECT_EQ(e.number("pid"), 42);
  EXPECT_EQ(e.number("nothing", -3), -3);
}

TEST(Entry, WhatCannotBeRead) {
  Entry e;
  const auto unreadable = [&](std::string_view line) {
    return e.read(line) == Entry::Status::unreadable ? e.trouble() : "readable";
  };
  EXPECT_THAT(unreadable(""), HasSubstr("not JSON"));
  EXPECT_THAT(unreadable("{\"v\":1"), HasSubstr("not JSON"));
  EXPECT_THAT(unreadable(R"({"v":1,"v":1,"event":"x"})"), HasSubstr("not JSON"));
  EXPECT_THAT(unreadable("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(unreadable("{}"), HasSubstr("\"v\""));
  EXPECT_THAT(unreadable(R"({"v":"1","event":"x"})"), HasSubstr("\"v\""));
  EXPECT_THAT(unreadable(R"({"v":1})"), HasSubstr("\"event\""));
  EXPECT_THAT(unreadable(R"({"v":1,"event":7})"), HasSubstr("\"event\""));
  EXPECT_EQ(e.read(R"({"v":2,"event":"x"})"), Entry::Status::other_version);
  EXPECT_THAT(e.trouble(), HasSubstr("version 2"));
}

TEST(Entry, OfALongLineTheHead) {
  Entry e;
  std::string line =
      R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":"decision","id":"i-1","message":"\",\"args\":",)"
      R"("note":"n","args":{"x":")";
  line.append(max_line, 'x');
  ASSERT_EQ(e.read(std::string_view(line).substr(0, max_line), true), Entry::Status::ok) << e.trouble();
  EXPECT_EQ(e.id, "i-1");
  EXPECT_EQ(e.note, "n");
  EXPECT_EQ(e.message, R"(","args":)");
  EXPECT_TRUE(e.is_cut);
  EXPECT_EQ(e.read(std::string(max_line, 'x'), true), Entry::Status::unreadable);
}

TEST(Entry, QuickTime) {
  EXPECT_EQ(quick_time(R"({"v":1,"time":"2027-01-15T08:00:00.001Z","event":"x"})"), 1'800'000'000'001'000'000);
  EXPECT_EQ(quick_time(R"({"v":1,"time":"2027-01-15T08:00:00.001Z)"), 1'800'000'000'001'000'000);
  EXPECT_EQ(quick_time(R"({"v":1,"time":"x"})"), 0);
  EXPECT_EQ(quick_time(R"({"time":"2027-01-15T08:00:00.001Z"})"), 0);
  EXPECT_EQ(quick_time(""), 0);
}

TEST(TimeText, Rfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-11-22T10:00:00.123Z"), 1'795'341'600'123'000'000);
  EXPECT_EQ(parse_rfc3339("2026-11-22t10:00:00.1234567891z"), 1'795'341'600'123'456'789);
  EXPECT_EQ(parse_rfc3339("2026-11-22T12:00:00+02:00"), 1'795'341'600'000'000'000);
  EXPECT_EQ(parse_rfc3339("2026-11-22 04:30:00-05:30"), 1'795'341'600'000'000'000);
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2000-02-29T00:00:00Z"), 951'782'400'000'000'000);
  for (const std::string_view bad :
       {"", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22T10:00Z", "2026-13-22T10:00:00Z", "2026-02-29T10:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:00:61Z", "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00Zx", "2026-11-22T10:00:00+24:00", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z",
        "+026-11-22T10:00:00Z", "2026-11-22T10:00:00+0200"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(TimeText, Moments) {
  const base::WallTime now(std::chrono::seconds(1'800'000'000));
  EXPECT_EQ(parse_moment("1h", now).value(), 1'799'996'400'000'000'000);
  EXPECT_EQ(parse_moment("2d", now).value(), 1'799'827'200'000'000'000);
  EXPECT_EQ(parse_moment("2026-11-22T10:00:00Z", now).value(), 1'795'341'600'000'000'000);
  EXPECT_EQ(parse_moment("2026-11-22", now).value(), 1'795'305'600'000'000'000);
  for (const std::string_view bad : {"", "yesterday", "2026-11", "1x", "-1h"}) {
    const auto moment = parse_moment(bad, now);
    ASSERT_FALSE(moment) << bad;
    EXPECT_THAT(moment.error().message, HasSubstr("2026-11-22T10:00:00Z"));
  }
}

TEST(TimeText, Shown) {
  EXPECT_EQ(show_time(1'795'341'600'123'000'000, {}), "2026-11-22 10:00:00.123Z");
  TimeStyle local{[](std::int64_t) { return 3'600; }, true};
  EXPECT_EQ(show_time(1'795'341'600'123'000'000, local), "2026-11-22 11:00:00.123");
  local.date = false;
  EXPECT_EQ(show_time(1'795'341'600'123'000'000, local), "11:00:00.123");
  EXPECT_EQ(show_duration(1'500), "1.5 µs");
  EXPECT_EQ(show_duration(320'000), "320 µs");
  EXPECT_EQ(show_duration(1'500'000), "1.5 ms");
  EXPECT_EQ(show_duration(42'000'000'000), "42 s");
  EXPECT_EQ(show_duration(600'000'000'000), "10 min");
  EXPECT_EQ(show_duration(7'200'000'000'000), "2.0 h");
  EXPECT_EQ(show_duration(259'200'000'000'000), "3.0 d");
}

}  // namespace
}  // namespace audit
