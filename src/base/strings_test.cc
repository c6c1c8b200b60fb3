// Globs against a slow recursive oracle; text for people; dates; lengths of time.
#include "base/strings.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace base {
namespace {

bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return slow_match(pattern.substr(1), text) || (!text.empty() && slow_match(pattern, text.substr(1)));
  std::size_t n = 1;
  char c = pattern[0];
  if (c == '\\' && pattern.size() > 1 && (pattern[1] == '*' || pattern[1] == '\\')) c = pattern[1], n = 2;
  return !text.empty() && text[0] == c && slow_match(pattern.substr(n), text.substr(1));
}

TEST(Glob, Examples) {
  EXPECT_TRUE(Glob("*").matches(""));
  EXPECT_TRUE(Glob("*").is_everything());
  EXPECT_FALSE(Glob("**").is_everything());
  EXPECT_FALSE(Glob("\\*").is_everything());
  EXPECT_TRUE(Glob("delete_*").matches("delete_repo"));
  EXPECT_FALSE(Glob("delete_*").matches("xdelete_repo"));
  EXPECT_TRUE(Glob("file:///*/x").matches("file:///a/b/c/x"));
  EXPECT_FALSE(Glob("a*a").matches("a"));
  EXPECT_TRUE(Glob("a\\*b").matches("a*b"));
  EXPECT_FALSE(Glob("a\\*b").matches("axb"));
  EXPECT_EQ(Glob("a\\*b\\\\\\c").literal(), "a*b\\\\c");
  EXPECT_TRUE(Glob("a\\").matches("a\\"));
  EXPECT_TRUE(Glob("a?[b]").matches("a?[b]"));
  EXPECT_FALSE(Glob("a?").matches("ab"));
  EXPECT_TRUE(Glob("").matches(""));
  EXPECT_FALSE(Glob().matches("a"));
  EXPECT_TRUE(Glob("a\\*b").is_literal());
}

TEST(Glob, AgreesWithTheOracle) {
  FakeRandom random(3);
  const auto text = [&random](std::string_view letters, unsigned max) {
    std::byte raw[10];
    random.fill(raw);
    std::string out;
    for (unsigned i = 1; i <= std::to_integer<unsigned>(raw[0]) % (max + 1); ++i)
      out += letters[std::to_integer<unsigned>(raw[i]) % letters.size()];
    return out;
  };
  int matched = 0;
  for (int round = 0; round < 50'000; ++round) {
    const std::string pattern = text("ab**\\", 6), subject = text("ab*\\", 8);
    const bool want = slow_match(pattern, subject);
    ASSERT_EQ(Glob(pattern).matches(subject), want) << pattern << " on " << subject;
    matched += want ? 1 : 0;
  }
  EXPECT_GT(matched, 1000);
}

TEST(Glob, HostileTextIsLinear) {
  const std::string text(4 << 20, 'a');
  EXPECT_FALSE(Glob("*" + std::string(1000, 'a') + "b*a").matches(text));
}

TEST(Nearest, FindsTypos) {
  static constexpr std::string_view words[] = {"action", "conditions", "rate_limit", "reason", "tools", "op"};
  EXPECT_EQ(nearest("acton", words), "action");
  EXPECT_EQ(nearest("rate_limits", words), "rate_limit");
  EXPECT_EQ(nearest("toosl", words), "tools");
  EXPECT_EQ(nearest("ratelimit", words), "rate_limit");
  EXPECT_EQ(nearest("xyz", words), "");
  EXPECT_EQ(nearest("completely_else", words), "");
  EXPECT_EQ(nearest("oq", words), "op");
  EXPECT_EQ(nearest(std::string(10'000, 'a'), words), "");
  EXPECT_EQ(nearest("action", {}), "");
}

TEST(Printable, ShowsWhatHides) {
  EXPECT_EQ(printable("plain é ✓ 😀"), "plain é ✓ 😀");
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\u{A}b\\u{1B}[31m\\u{7F}");
  EXPECT_EQ(printable("x\xE2\x80\xAEy"), "x\\u{202E}y");  // right-to-left override
  EXPECT_EQ(printable("x\xE2\x80\x8By\xEF\xBB\xBF"), "x\\u{200B}y\\u{FEFF}");
  EXPECT_EQ(printable("\xF3\xA0\x81\x81"), "\\u{E0041}");  // tag character
  EXPECT_EQ(printable("a\xFF\xC3"), "a\\xFF\\xC3");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u{0}");
  EXPECT_EQ(printable("\xC2\x9B"), "\\u{9B}");
}

TEST(Printable, Cuts) {
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("éééé", 2), "éé…");
  EXPECT_EQ(printable("abc", 0), "…");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable(std::string(1 << 20, 'x')).size(), 200U + 3U);
  EXPECT_EQ(printable("ab", static_cast<std::size_t>(-1)), "ab");
  const std::string euros = "€€€€€€€€€€";
  for (std::size_t n = 0; n <= 10; ++n)
    EXPECT_EQ(printable(euros, n), euros.substr(0, 3 * n) + (n < 10 ? "…" : "")) << n;
}

std::string rfc3339(std::int64_t ns) {
  std::string out;
  append_rfc3339(out, ns);
  return out;
}

TEST(Rfc3339, Dates) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(1'795'341'600'123'999'999), "2026-11-22T10:00:00.123Z");
  EXPECT_EQ(rfc3339(951'782'400'000'000'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(INT64_MAX), "2262-04-11T23:47:16.854Z");
}

TEST(Base36, Numbers) {
  std::string out;
  for (const std::uint64_t n : {0ULL, 9ULL, 10ULL, 35ULL, 36ULL, 1295ULL, 18446744073709551615ULL}) {
    append_base36(out, n);
    out += ' ';
  }
  EXPECT_EQ(out, "0 9 a z 10 zz 3w5e11264sgsf ");
}

TEST(Windows, Spelled) {
  EXPECT_EQ(spell_window(1), "second");
  EXPECT_EQ(spell_window(60), "minute");
  EXPECT_EQ(spell_window(120), "2 minutes");
  EXPECT_EQ(spell_window(90), "90 s");
  EXPECT_EQ(spell_window(5400), "90 minutes");
  EXPECT_EQ(spell_window(3600), "hour");
  EXPECT_EQ(spell_window(86'400), "day");
  EXPECT_EQ(spell_window(604'800), "week");
  EXPECT_EQ(spell_window(2'592'000), "30 days");
  EXPECT_EQ(spell_window(0), "0 s");
}

TEST(Durations, Parse) {
  EXPECT_EQ(parse_duration("500ms"), 500'000'000);
  EXPECT_EQ(parse_duration("30s"), 30'000'000'000);
  EXPECT_EQ(parse_duration("30m"), 1'800'000'000'000);
  EXPECT_EQ(parse_duration("1h30m"), 5'400'000'000'000);
  EXPECT_EQ(parse_duration("1w"), 604'800'000'000'000);
  EXPECT_EQ(parse_duration("1d1ms"), 86'400'001'000'000);
  EXPECT_EQ(parse_duration("0s"), 0);
  for (const std::string_view bad : {"", "30", "m", "1.5h", "-1s", "1m1h", "1m2m", "1 m", "1M", "1min", "99999999999w",
                                     "99999999999999999999s", "106751d1000000w", "15250w1d106750d", "s30", "1h30"})
    EXPECT_EQ(parse_duration(bad), -1) << bad;
}

TEST(Trimmed, TakesJsonWhiteSpaceOnly) {
  EXPECT_EQ(trimmed(" \t\r\n a b \r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \t\r\n"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\v\f\xC2\xA0"), "\v\f\xC2\xA0");
}

}  // namespace
}  // namespace base
