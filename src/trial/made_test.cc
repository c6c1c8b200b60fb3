// Values that are put together, examples of patterns, and texts of strangers in YAML.
#include "trial/made.h"

#include <gtest/gtest.h>

#include "trial/observed.h"
#include "trial/regex_example.h"
#include "yaml/tree.h"

namespace trial {
namespace {

std::vector<json::Step> steps(std::string_view path) { return json::Path::parse(path)->steps; }

TEST(Made, IsChangedOnePlaceAtATime) {
  Made made = Made::object();
  made.set(steps("args.a.b"), Made::raw("1"));
  made.set(steps("args.l[2]"), Made::text("x\"y"));
  made.set(steps("args.q[*].n"), Made::raw("true"));
  EXPECT_EQ(made.json(), R"({"a":{"b":1},"l":[null,null,"x\"y"],"q":[{"n":true}]})");
  made.set(steps("args.a"), Made::array());
  made.erase(steps("args.q[all].n"));
  made.erase(steps("args.nothing.there"));
  made.erase(steps("args.l"));
  EXPECT_EQ(made.json(), R"({"a":[],"q":[{}]})");
  made.set(steps("args.l[99]"), Made::raw("1"));
  EXPECT_EQ(made.json(), R"({"a":[],"q":[{}],"l":[]})");
}

TEST(RegexExample, PlainPatterns) {
  const std::pair<const char*, const char*> table[] = {{"abc", "abc"},
                                                       {"^a.c$", "axc"},
                                                       {"(?i)\\bdrop\\s+table\\b", "drop table"},
                                                       {"[a-z0-9-]{3,40}", "aaa"},
                                                       {"(a|b)+c?", "ac"},
                                                       {"[^a]x", "1x"},
                                                       {"\\d{4}-\\d{2}", "1111-11"},
                                                       {"(?P<n>x)\\.", "x."},
                                                       {"a|b", "a"},
                                                       {"[[:digit:]]", "1"},
                                                       {"x{0}y", "y"},
                                                       {"", ""}};
  for (const auto& [pattern, text] : table) EXPECT_EQ(regex_example(pattern), text) << pattern;
}

TEST(RegexExample, NothingIsTooOdd) {
  for (const char* pattern : {"(", ")", "[", "\\", "{", "a{", "a{9999999999}", "(?", "[[:", "((((((", "a)b", "[^"}) {
    EXPECT_LE(regex_example(pattern).size(), 1'000U) << pattern;
  }
  EXPECT_LE(regex_example(std::string(100'000, '(')).size(), 1'000U);
  EXPECT_LE(regex_example("((x{900}){900}){900}").size(), 1'000U);
}

TEST(Rates, TheMostInAWindow) {
  Rates rates;
  constexpr std::int64_t s = 1'000'000'000;
  for (const std::int64_t at : {0, 1, 59, 60, 61, 3'600}) rates.add(1'000'000 * s + at * s);
  EXPECT_EQ(rates.peak(0), 3U);  // 1, 59, 60 or 59, 60, 61: a charge counts until its window is over
  EXPECT_EQ(rates.peak(1), 5U);
  EXPECT_EQ(rates.peak(2), 6U);
}

TEST(Rates, MemoryIsBounded) {
  Rates rates;
  for (int i = 0; i < 300'000; ++i) rates.add(i);
  EXPECT_EQ(rates.peak(0), std::nullopt);
}

TEST(Distinct, ForgetsWhatIsTooMuch) {
  Distinct d;
  for (int i = 0; i < 3; ++i) d.add(std::to_string(i % 2), "x", 2);
  EXPECT_EQ(d.seen().size(), 2U);
  EXPECT_EQ(d.seen().begin()->second.count, 2U);
  d.add("2", "x", 2);
  EXPECT_TRUE(d.too_many());
  Distinct large;
  large.add(std::string(Distinct::most_bytes, 'x'), "", 9);
  large.add("y", "", 9);
  EXPECT_TRUE(large.too_many());
}

}  // namespace
}  // namespace trial
