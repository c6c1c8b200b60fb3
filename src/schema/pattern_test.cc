// Patterns of ECMA-262: what matches, and what is refused.
#include "schema/pattern.h"

#include <gtest/gtest.h>

namespace schema {
namespace {

struct Match {
  const char* pattern;
  std::vector<std::string> yes;
  std::vector<std::string> no;
};

TEST(Pattern, MeansWhatEcmaMeans) {
  const std::vector<Match> all = {
      {"", {"", "a"}, {}},
      {"b", {"abc"}, {"ac"}},
      {"^a$", {"a"}, {"a\n", "ba", "\na"}},
      {"^.$", {"a", "é", "🐲", "\t"}, {"\n", "\r", "\u2028", "\u2029", "ab"}},
      {R"(^\d+$)", {"0123"}, {"߀", "x"}},
      {R"(^\w\W$)", {"_é", "Z-"}, {"é_"}},
      {R"(^\s$)", {" ", "\t", "\v", "\f", "\u00a0", "\ufeff", "\u2003", "\u2028", "\u3000"}, {"\u0001", "a", "\u200b"}},
      {R"(^\S$)", {"a", "\u200b", "\u0001", "🐲"}, {" ", "\v", "\u00a0", "\ufeff"}},
      {R"(^[\s\S]$)", {" ", "a", "\n", "\u00a0"}, {""}},
      {R"(^[^\s]$)", {"a"}, {"\u00a0", " "}},
      {R"(^[^\S]$)", {"\u00a0", " "}, {"a"}},
      {R"(^\/a\-b\@c\_\ $)", {"/a-b@c_ "}, {}},
      {R"(^\cA\ca$)", {"\x01\x01"}, {"cA"}},
      {R"(^\x41\u0042\u{43}$)", {"ABC"}, {}},
      {R"(^\ud83d\udc32$)", {"🐲"}, {}},
      {R"(^[\ud83d\udc32-\u{1F433}]$)", {"🐲", "🐳"}, {"🐴"}},
      {R"(^\0$)", {std::string(1, '\0')}, {"0"}},
      {R"(^[\b]$)", {"\b"}, {"b"}},
      {R"(\bab\b)", {"ab", "x ab."}, {"xab", "ab_"}},
      {"^[]$", {}, {"", "a", "]"}},
      {"^[^]$", {"a", "\n", "🐲"}, {"", "ab"}},
      {"^[[:alpha:]]$", {"[]", ":]", "a]"}, {"a", "b"}},
      {"^[a-]$", {"a", "-"}, {"b"}},
      {"^[-a]$", {"a", "-"}, {}},
      {R"(^[\w-.]$)", {"a", "-", "."}, {"/"}},
      {R"(^[+--]$)", {"+", ",", "-"}, {"."}},
      {"^[^a^]$", {"b"}, {"a", "^"}},
      {R"(^[\]\\]$)", {"]", "\\"}, {"["}},
      {"^a{2}$", {"aa"}, {"a", "aaa"}},
      {"^a{2,}?$", {"aaa"}, {"a"}},
      {"^a{x}$", {"a{x}"}, {"a"}},
      {"^a{}]}$", {"a{}]}"}, {}},
      {"^(?:a|b)+(?<name>c)$", {"abac"}, {"ab"}},
      {"a|^$", {"", "xa"}, {"x"}},
      {"(|a)b", {"b", "ab"}, {"a"}},
      {R"(^\p{L}\p{Letter}\p{gc=Lu}\P{Nd}$)", {"éßÀx"}, {"éßà1"}},
      {R"(^\p{Script=Greek}+$)", {"αβγ"}, {"abc"}},
      {R"(^[\p{L}\d]+$)", {"é1"}, {"-"}},
      {"é🐲", {"xé🐲"}, {"é"}},
      {R"(^(?!\.)(?!.*\.\.)[a-z.]+@x$)", {"a.b@x"}, {".a@x", "a..b@x", "a@y"}},
      {R"(^(?=.*[A-Z])(?=.*\d).{4,}$)", {"aB3x"}, {"ab3x", "aBxx", "B3x"}},
      {"^(?!a|b)", {"c", ""}, {"ax", "b"}},
      {"^(?=(a)[)]|c)", {"a)", "c"}, {"b", "a"}},
      {"^(?!a)(b|c)$", {"b"}, {"a"}},
  };
  for (const Match& one : all) {
    const auto pattern = CompiledPattern::compile(one.pattern);
    ASSERT_TRUE(pattern) << one.pattern << ": " << pattern.error();
    for (const std::string& text : one.yes) EXPECT_TRUE((*pattern)->matches(text)) << one.pattern << " on " << text;
    for (const std::string& text : one.no) EXPECT_FALSE((*pattern)->matches(text)) << one.pattern << " on " << text;
  }
}

TEST(Pattern, IsRefusedWhereRe2HasNoEqual) {
  for (const char* pattern : {"a(?=b)",      "a(?!b)",
                              "(?<=a)b",     "(?<!a)b",
                              "^(?!a)b|c",   "^((?!a)b)",
                              "^(?!a(?!b))", "^(?!a)*b",
                              "(a)\\1",      "(?<n>a)\\k<n>",
                              "\\k",         "(?i)a",
                              "(?i:a)",      "(?P<n>a)",
                              "(?>a)",       "\\a",
                              "\\e",         "\\A",
                              "a\\Z",        "\\z",
                              "\\Q",         "\\01",
                              "\\u12",       "\\x1",
                              "\\c1",        "\\ud83d",
                              "\\udc32",     "\\ud83dx",
                              "\\u{110000}", "\\p{Greek}",
                              "\\pL",        "\\p{C}",
                              "\\p{Other}",  "\\p{Alphabetic}",
                              "\\p{Emoji}",  "\\p{scx=Greek}",
                              "\\p{",        "a**",
                              "a+++",        "*a",
                              "^*",          "a|*",
                              "(*a)",        "a{1001}",
                              "a{,3}",       "{2}",
                              "a{2}{3}",     "[b-a]",
                              "[a",          "(a",
                              "a)",          "a\\",
                              "[\\",         "[\\q]",
                              "\\B+",        "(?<n",
                              "(?",          "a{2,1}",
                              "[\\1]",       "\xED\xA0\x80"}) {
    EXPECT_FALSE(CompiledPattern::compile(pattern)) << pattern;
  }
}

}  // namespace
}  // namespace schema
