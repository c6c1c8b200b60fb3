// `lint:` with a reason: what it takes out of the report, and what it may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/lint_testing.h"

namespace policy {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Result {
  std::set<std::string> reported;
  std::vector<std::pair<std::string, std::string>> silenced;  // code, reason
  bool valid = false;
};
Result result_of(std::string_view text, tools::Registry* tools = nullptr) {
  const Loaded l = load("p", text, {.tools = tools});
  Result r{codes_of(l), {}, l.policy.has_value()};
  for (const Silenced& s : l.silenced) r.silenced.emplace_back(s.problem.code, s.reason);
  return r;
}

constexpr std::string_view rule = "{require: {path: args.a, op: regex, value: '[a-z]+'}";

TEST(Silence, AtEveryLevel) {
  const std::string plain(rule);
  for (const std::string& text : std::vector<std::string>{
           "lint: {unanchored-regex: why}\ntools: {t: {rules: [" + plain + "}]}}",
           "tools: {t: {lint: {unanchored-regex: why}, rules: [" + plain + "}]}}",
           "tools: {t: {rules: [" + plain + ", lint: {unanchored-regex: why}}]}}",
           "servers: {s: {lint: {unanchored-regex: why}, tools: {t: {rules: [" + plain + "}]}}}}",
           "tools: {t: {lint: {unanchored-regex: why}, require: [{path: args.a, op: regex, value: '[a-z]+'}]}}"}) {
    const Result r = result_of(text);
    EXPECT_THAT(r.reported, IsEmpty()) << text;
    EXPECT_THAT(r.silenced, UnorderedElementsAre(std::pair("unanchored-regex", "why"))) << text;
    EXPECT_TRUE(r.valid);
  }
}

TEST(Silence, CoversItsOwnPlaceOnly) {
  const std::string plain(rule);
  const Result r = result_of("tools:\n  t: {lint: {unanchored-regex: why}, rules: [" + plain + "}]}\n  u: {rules: [" +
                             plain + "}]}\n");
  EXPECT_THAT(r.reported, UnorderedElementsAre("unanchored-regex"));
  EXPECT_EQ(r.silenced.size(), 1U);
}

TEST(Silence, TheNearestReasonCounts) {
  const std::string text = "lint: {unanchored-regex: far}\ntools: {t: {rules: [" + std::string(rule) +
                           ", lint: {unanchored-regex: near}}]}}";
  EXPECT_THAT(result_of(text).silenced, UnorderedElementsAre(std::pair("unanchored-regex", "near")));
  EXPECT_THAT(result_of(text).reported, IsEmpty());
}

TEST(Silence, FindingsOfNamesAndFiles) {
  EXPECT_THAT(result_of("tools: {'a|b': {lint: {glob-syntax: spelt so}}}").silenced.size(), 1U);
  EXPECT_THAT(result_of("lint: {shadow: a trial}\nmode: shadow").reported, IsEmpty());
  EXPECT_THAT(result_of("servers: {'a*': {lint: {server-glob: spelt so}}}").silenced.size(), 1U);
}

TEST(Silence, ThroughAliases) {
  const std::string text =
      "tools:\n  a: {rules: [&r " + std::string(rule) + "}]}\n  b: {lint: {unanchored-regex: why}, rules: [*r]}\n";
  EXPECT_THAT(result_of(text).reported, IsEmpty());  // one place, one finding
}

TEST(Silence, WhatMayNotBeSilenced) {
  EXPECT_THAT(result_of("lint: {unanchored-regexp: why}").reported, UnorderedElementsAre("unknown-code"));
  EXPECT_THAT(result_of("lint: {unknown-key: why}").reported, UnorderedElementsAre("cannot-silence"));
  EXPECT_THAT(result_of("lint: {untrusted-file: why}").reported, UnorderedElementsAre("cannot-silence"));
  EXPECT_THAT(result_of("lint: {unused-silence: why}").reported, UnorderedElementsAre("cannot-silence"));
}

TEST(Silence, Reasons) {
  EXPECT_THAT(result_of("lint: {shadow: ''}\nmode: shadow").reported, testing::Contains("empty-text"));
  EXPECT_THAT(result_of("lint: {shadow: '  '}\nmode: shadow").reported, testing::Contains("empty-text"));
  EXPECT_THAT(result_of("lint: {shadow: }\nmode: shadow").reported, testing::Contains("wrong-type"));
  EXPECT_THAT(result_of("lint: [shadow]\nmode: shadow").reported, testing::Contains("wrong-type"));
}

TEST(Silence, Unused) {
  EXPECT_THAT(result_of("lint: {shadow: why}").reported, UnorderedElementsAre("unused-silence"));
  EXPECT_THAT(result_of("tools: {t: {lint: {glob-syntax: why}}}").reported, UnorderedElementsAre("unused-silence"));
  // Findings that need the tools are not missed without them, nor those that come and go with them.
  const std::string unknown = "default: deny\ntools: {x: {lint: {unknown-tool: comes later}}}";
  EXPECT_THAT(result_of(unknown).reported, IsEmpty());
  ToolsOf tools(R"({"tools": [{"name": "x", "inputSchema": {"type": "object"}}]})");
  EXPECT_THAT(result_of(unknown, &tools.registry).reported, UnorderedElementsAre("unused-silence"));
  EXPECT_THAT(result_of("tools: {t: {lint: {missing-is-undecided: why}}}").reported, IsEmpty());
}

TEST(Silence, ErrorsLeaveItsUseOpen) {
  EXPECT_THAT(result_of("lint: {glob-syntax: why}\nnope: 1").reported, UnorderedElementsAre("unknown-key"));
}

TEST(Silence, ChangesNoDecision) {
  const auto with = [](const std::string& lint) {
    const Loaded l = load("p", "tools: {t: {" + lint + " rules: [{action: deny}]}}");
    return (*lower(*l.policy, {}))->rules_digest(SubjectKind::tool, "t");
  };
  EXPECT_EQ(with(""), with("lint: {glob-syntax: why},"));
}

}  // namespace
}  // namespace policy
