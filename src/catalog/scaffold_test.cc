// Whatever a server calls its tools and says of them, the policy that comes of it loads, says what it should, and
// nothing of the server's leaves its comment.
#include "catalog/scaffold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "catalog/words.h"
#include "json/writer.h"
#include "policy/load.h"

namespace catalog {
namespace {

using classify::Class;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Dialect dialects[] = {Dialect::catalogue, Dialect::classic, Dialect::hosted};

// A report of tools whose classes are given, so that it does not rest on how names are read.
Tool tool(const std::string& name, Class of, const std::string& description = {}) {
  Tool t;
  t.name = name;
  t.description = description;
  t.assessment.of = of;
  t.assessment.severity = classify::severity_of(of);
  t.assessment.confidence = 90;
  t.assessment.evidence.push_back({"name", name, of, "a reason"});
  return t;
}

Report report_of(std::vector<Tool> tools) {
  Report report;
  report.server.name = "server";
  report.tools = std::move(tools);
  for (const Tool& t : report.tools) {
    ++report.counts.of_class[static_cast<std::size_t>(t.assessment.of)];
    ++report.counts.of_severity[static_cast<std::size_t>(t.assessment.severity)];
  }
  return report;
}

// The policy, which must load without anything but two warnings: that approvals are not there yet, and that a "?" in
// a name is one.
policy::Policy loaded(const std::string& text) {
  policy::Loaded out = policy::load("scaffold.yaml", text);
  for (const policy::Problem& p : out.problems) {
    if (p.code != "approvals-not-configured" && p.code != "glob-syntax")
      ADD_FAILURE() << p.code << ": " << p.message << '\n' << text;
  }
  EXPECT_TRUE(out.policy) << text;
  return out.policy ? std::move(*out.policy) : policy::Policy();
}

TEST(Scaffold, EveryClassInEveryDialect) {
  const Report report = report_of({tool("get", Class::read), tool("set", Class::write), tool("run", Class::execute),
                                   tool("drop_all", Class::destructive), tool("pay", Class::financial)});
  for (const Dialect d : dialects) {
    const std::string text = scaffold(report, d);
    loaded(text);
    // The worst first.
    EXPECT_LT(text.find("\n  pay:"), text.find("\n  drop_all:"));
    EXPECT_LT(text.find("\n  drop_all:"), text.find("\n  run:"));
    EXPECT_LT(text.find("\n  set:"), text.find("\n  get:"));
    EXPECT_THAT(text, HasSubstr("default:\n  tools: deny"));
    for (const Tool& t : report.tools) loaded(snippet(t, d));
  }
  EXPECT_EQ(snippet(report.tools[2]),
            "tools:\n  run:\n    rules:\n      - action: allow\n        rate_limit:\n          max: 10\n"
            "          window: 60\n        validate:\n          required_args: true\n");
  EXPECT_EQ(snippet(report.tools[3]),
            "tools:\n  drop_all:\n    rules:\n      - action: deny\n"
            "        reason: \"Blocked by default — enable with approval\"\n");
}

TEST(Scaffold, AnyNameIsAKeyThatNamesItAlone) {
  const std::vector<std::string> names = {
      "a*b",       "*",
      "a\\b",      "a\\*",
      "\"q\" 'x'", "k: v # c",
      "yes",       "NULL",
      "1e5",       "~",
      "- x",       "<<",
      "!tag",      "&anchor",
      "%dir",      "@x",
      "`x",        "?",
      "---",       "...",
      "a\nb",      std::string("a\0b", 3),
      "\t",        " x ",
      "a\u2028b",  "a\u0085b",
      "a\u202eb",  "日本語",
      "😀",        "rules",
  };
  std::vector<Tool> tools;
  for (const std::string& name : names) tools.push_back(tool(name, Class::read));
  for (const Dialect d : dialects) {
    const policy::Policy policy = loaded(scaffold(report_of(tools), d));
    std::vector<std::string> literals;
    for (const policy::Entry& entry : policy.rules.tools) {
      const base::Glob glob(entry.pattern);
      EXPECT_TRUE(glob.is_literal()) << entry.pattern;
      literals.push_back(glob.literal());
    }
    EXPECT_EQ(literals, names);
  }
}

TEST(Scaffold, WhatCannotBeNamedIsAComment) {
  const std::string text =
      scaffold(report_of({tool("", Class::read), tool("\xed\xa0\x80x", Class::read)}), Dialect::catalogue);
  EXPECT_TRUE(loaded(text).rules.tools.empty());
  EXPECT_THAT(text, HasSubstr("# A tool without a name"));
}

TEST(Scaffold, ANameThatIsThereTwiceHasTheWorstRule) {
  const std::string text = scaffold(
      report_of({tool("t", Class::read), tool("t", Class::destructive), tool("t", Class::write)}), Dialect::catalogue);
  EXPECT_EQ(loaded(text).rules.tools.size(), 1U);
  EXPECT_THAT(text, HasSubstr("action: deny"));
  EXPECT_THAT(text, HasSubstr("Listed 3 times"));
}

TEST(Scaffold, NothingLeavesItsComment) {
  const std::string hostile =
      "x\ntools:\n  t: {}\r\ry\u2028default: allow\u2029z\u0085mode: shadow\v\f\x1b[31m\x7f\u200b\u202e\ufeff "
      "\xf3\xa0\x81\x81 ---\n...\n";
  Tool t = tool("t", Class::execute, hostile);
  t.title = hostile;
  t.parameters.push_back({hostile, hostile, hostile, true});
  t.assessment.flags.push_back({classify::Risk::file_path, hostile});
  t.assessment.evidence.push_back({hostile, hostile, Class::read, hostile});
  t.assessment.conflicts.push_back(hostile);
  t.assessment.uses.push_back({hostile, hostile, Class::read});
  Report report = report_of({t});
  report.server.name = report.server.version = report.server.origin = report.server.date = hostile;
  report.server.notes.push_back(hostile);
  report.items.push_back(
      {Item::Kind::prompt, hostile, hostile, hostile, {{classify::Risk::mentions_tool, hostile}}, {}});
  for (const Dialect d : dialects) {
    const std::string text = scaffold(report, d);
    EXPECT_EQ(loaded(text).rules.tools.size(), 1U);
    ASSERT_EQ(base::first_invalid_utf8(text), std::string::npos);
    for (std::size_t at = 0; at < text.size();) {
      const std::uint32_t cp = base::decode_utf8(text, at);
      EXPECT_TRUE(cp == '\n' || (cp >= 0x20 && cp < 0x7f) || cp == 0x2026 || cp == 0x2014) << std::hex << cp;
    }
    for (const std::string_view word : {"\ntools:\n  t: {}", "\ndefault: allow", "\nmode: shadow", "\n---", "\n..."})
      EXPECT_THAT(text, Not(HasSubstr(std::string(word))));
  }
}

TEST(Scaffold, ALimitOfASessionIsNotTheOnlyBoundOfWhatDestroys) {
  Tool by_name = tool("purge_cache", Class::execute), by_hint = tool("zap", Class::write);
  by_hint.declared_destructive = true;
  EXPECT_THAT(snippet(by_name), HasSubstr("rate_limit: 10/minute"));
  EXPECT_THAT(snippet(by_hint), HasSubstr("rate_limit: 30/minute"));
  loaded(scaffold(report_of({by_name, by_hint}), Dialect::catalogue));
}

TEST(Words, LongTextsAreCut) {
  EXPECT_EQ(one_line("  a \n b\t\tc  ", 100), "a b c");
  EXPECT_EQ(one_line(std::string(1000, 'x'), 10), "xxxxxxxxxx…");
  EXPECT_EQ(one_line("a" + std::string(10'000, ' ') + "b", 10), "a …");
  EXPECT_THAT(wrapped("aa bb cc dd", 100, 5), ElementsAre("aa bb", "cc dd"));
  EXPECT_EQ(markdown_text("éé. 字. wWw.a", 100), "éé. 字. wWw\\.a");
  EXPECT_EQ(markdown_text("a|b <i> [x](y) `c`\nhttp://d WWW.e @f g.h-i", 100),
            "a\\|b \\<i\\> \\[x\\](y) \\`c\\` http\\://d WWW\\.e \\@f g.h-i");
}

}  // namespace
}  // namespace catalog
