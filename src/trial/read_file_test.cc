// Reading test files: every key, and every mistake at its place with how to mend it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trial/test_file.h"

namespace trial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TestFile read(std::string_view text) {
  yaml::Problems problems;
  auto file = read_test_file(text, problems);
  for (const yaml::Problem& p : problems.take()) ADD_FAILURE() << yaml::render(p, "x.test", text, false);
  return file.value_or(TestFile());
}

Step step(const std::string& text) {
  TestFile file = read("policy: p.yaml\nsteps:\n  - " + text + "\n  - {list: []}\n");
  return file.cases.empty() || file.cases[0].steps.empty() ? Step() : file.cases[0].steps[0];
}

// "line:column code", in order.
std::vector<std::string> mistakes(std::string_view text) {
  yaml::Problems problems;
  EXPECT_FALSE(read_test_file(text, problems)) << text;
  std::vector<std::string> out;
  for (const yaml::Problem& p : problems.take()) {
    out.push_back(std::to_string(p.position.line) + ":" + std::to_string(p.position.column) + " " + p.code);
  }
  return out;
}

std::string hint_of(const std::string& one_step) {
  yaml::Problems problems;
  const std::string text = "policy: p.yaml\nsteps:\n  - " + one_step + "\n";
  EXPECT_FALSE(read_test_file(text, problems)) << text;
  const auto list = problems.take();
  return list.empty() ? "" : list[0].message + " | " + list[0].hint;
}

TEST(ReadTestFile, TopLevel) {
  const TestFile file = read(R"(
policy: ../policy.yaml
server: github
tools: tools.json
initialized: false
start: 2026-11-25T12:00:00Z
cases:
  - name: first
    steps: [{call: a, expect: allow}]
  - name: later
    start: 2026-11-26
    steps: [{call: a, expect: allow}, {call: b, expect: deny}]
)");
  ASSERT_EQ(file.policies.size(), 1U);
  EXPECT_TRUE(file.policies[0].is_path);
  EXPECT_EQ(file.policies[0].text, "../policy.yaml");
  EXPECT_EQ(file.server, "github");
  ASSERT_TRUE(file.tools);
  EXPECT_TRUE(file.tools->is_path);
  EXPECT_FALSE(file.initialized);
  ASSERT_EQ(file.cases.size(), 2U);
  EXPECT_EQ(file.cases[0].name, "first");
  EXPECT_EQ(file.cases[1].steps.size(), 2U);
  EXPECT_EQ(file.cases[1].position.line, 10U);
  ASSERT_TRUE(file.cases[0].start && file.cases[1].start);
  EXPECT_EQ(*file.cases[1].start - *file.cases[0].start, std::chrono::hours(12));
}

TEST(ReadTestFile, WhatIsAPathAndWhatIsAPolicy) {
  EXPECT_TRUE(read("policy: a b/policy.yaml\nsteps: [{list: []}]").policies[0].is_path);
  EXPECT_TRUE(read("policy_file: \"odd: name\"\nsteps: [{list: []}]").policies[0].is_path);
  EXPECT_FALSE(read("policy: |\n  tools: {}\nsteps: [{list: []}]").policies[0].is_path);
  EXPECT_FALSE(read("policy: '{\"tools\":{}}'\nsteps: [{list: []}]").policies[0].is_path);
  EXPECT_FALSE(read("policy: 'default: deny'\nsteps: [{list: []}]").policies[0].is_path);
  EXPECT_FALSE(read("policy: p.yaml\ntools: '[{\"name\":\"a\"}]'\nsteps: [{list: []}]").tools->is_path);
}

TEST(ReadTestFile, Messages) {
  EXPECT_EQ(step("{call: a, expect: deny}").text, R"("method":"tools/call","params":{"name":"a","arguments":{}})");
  const Step short_call = step("{call: a, args: {x: 1.50}, expect: deny}");
  EXPECT_EQ(short_call.text, R"("method":"tools/call","params":{"name":"a","arguments":{"x":1.50}})");
  EXPECT_EQ(short_call.title, R"(call a {"x":1.50})");
  EXPECT_EQ(short_call.tool, "a");
  EXPECT_EQ(short_call.arguments, R"({"x":1.50})");
  EXPECT_EQ(step("{call: {name: a}, expect: deny}").text, R"("method":"tools/call","params":{"name":"a"})");
  EXPECT_EQ(step("{call: {name: a, arguments: '{\"x\":1,\"x\":2}', task: {ttl: 5}}, expect: deny}").text,
            R"("method":"tools/call","params":{"name":"a","arguments":{"x":1,"x":2},"task":{"ttl":5}})");
  EXPECT_EQ(step("{call: {name: 5}, expect: error}").text, R"("method":"tools/call","params":{"name":5})");
  EXPECT_EQ(step("{resource: 'x://y', expect: deny}").text, R"("method":"resources/read","params":{"uri":"x://y"})");
  EXPECT_EQ(step("{prompt: p, args: {l: en}, expect: deny}").text,
            R"("method":"prompts/get","params":{"name":"p","arguments":{"l":"en"}})");
  EXPECT_EQ(step("{request: {method: ping}, expect: allow}").text, R"("method":"ping")");
  EXPECT_EQ(step("{request: 'x', expect: error}").shape, Step::Shape::client_line);
  EXPECT_EQ(step("{server: {method: ping}, expect: allow}").shape, Step::Shape::server_request);
  EXPECT_EQ(step("{server: 'x', expect: nothing}").shape, Step::Shape::server_line);
}

TEST(ReadTestFile, Expectations) {
  const Step s = step(
      "{call: a, answer: isError, repeat: 30, expect: deny, rule: r, reason: limit, message: m, condition: c, "
      "retry_after: 30m, shadow: none}");
  EXPECT_EQ(s.expected.decision, Decision::deny);
  EXPECT_EQ(s.expected.rule, "r");
  EXPECT_EQ(s.expected.reason, "limit");
  EXPECT_EQ(s.expected.message, "m");
  EXPECT_EQ(s.expected.condition, "c");
  EXPECT_EQ(s.expected.shadow, "none");
  EXPECT_EQ(s.expected.retry_after_ms, 1'800'000);
  EXPECT_EQ(s.answer, Answer::is_error);
  EXPECT_EQ(s.repeat, 30U);
  EXPECT_FALSE(step("{call: a, expect: allow}").expected.rule);
}

TEST(ReadTestFile, OtherSteps) {
  EXPECT_EQ(step("{advance: 1h30m}").advance, std::chrono::minutes(90));
  EXPECT_TRUE(step("{at: 2027-01-15T09:00:00+01:00}").until);
  EXPECT_EQ(step("{finish: isError}").answer, Answer::is_error);
  EXPECT_THAT(step("{list: [a, no]}").names, ElementsAre("a", "no"));
  EXPECT_EQ(step("{reload: other.yaml}").policy, 1U);
  const Step who = step("{session: s, identity: i, advance: 1s}");
  EXPECT_EQ(who.session, "s");
  EXPECT_EQ(who.identity, "i");
  EXPECT_EQ(who.kind, Step::Kind::move);
  EXPECT_EQ(step("{call: a, identity: i, expect: deny}").title, "identity i, call a");
}

TEST(ReadTestFile, EveryMistakeAtOnce) {
  EXPECT_THAT(mistakes(R"(polcy: x
start: yesterday
steps:
  - {cal: x, expect: allow}
  - {call: x}
  - {call: x, expect: allowed}
  - {call: x, args: {v: no}, expect: deny, repeat: 0}
  - {advance: 5, expect: deny}
  - {call: x, request: {method: y}, expect: deny}
  - {at: 2300-01-01, advance: 1s}
  - []
)"),
              ElementsAre("1:1 unknown-key", "2:8 bad-value", "4:6 unknown-key", "5:5 missing-key", "6:23 bad-value",
                          "7:25 ambiguous", "7:52 bad-value", "8:15 wrong-type", "8:18 misplaced-key",
                          "9:15 contradiction", "10:10 bad-value", "10:10 contradiction", "11:5 wrong-type"));
}

TEST(ReadTestFile, AFileThatAssertsNothing) {
  EXPECT_THAT(mistakes("policy: p.yaml\n"), ElementsAre("1:1 asserts-nothing"));
  EXPECT_THAT(mistakes("policy: p.yaml\nsteps: []\n"), ElementsAre("2:1 asserts-nothing"));
  EXPECT_THAT(mistakes("policy: p.yaml\nsteps: [{advance: 1s}]\n"), ElementsAre("2:1 asserts-nothing"));
  EXPECT_THAT(mistakes("policy: p.yaml\ncases: [{name: a, steps: [{advance: 1s}]}]\n"),
              ElementsAre("2:9 asserts-nothing"));
  EXPECT_THAT(mistakes("policy: p.yaml\nsteps: [{list: []}]\ninvalid: x\n"), ElementsAre("1:1 contradiction"));
  EXPECT_THAT(mistakes("steps: [{list: []}]\n"), ElementsAre("1:1 missing-key"));
}

TEST(ReadTestFile, APolicyIsNoTest) {
  EXPECT_THAT(mistakes("version: \"1\"\ndefault: deny\ntools: {a: {}}\n"), ElementsAre("1:1 asserts-nothing"));
  EXPECT_THAT(mistakes("tools: {a: {}}\n"), ElementsAre("1:1 asserts-nothing"));
}

TEST(ReadTestFile, Cases) {
  EXPECT_THAT(mistakes("policy: p\ncases:\n- {name: a, steps: [{list: []}]}\n- {name: a, steps: [{list: []}]}\n"),
              ElementsAre("4:10 duplicate-name"));
  EXPECT_THAT(mistakes("policy: p\ncases:\n- {steps: [{list: []}]}\n- {name: b}\n"),
              ElementsAre("3:3 missing-key", "4:3 missing-key"));
  EXPECT_THAT(mistakes("policy: p\ncases: []\n"), ElementsAre("2:8 wrong-type"));
}

TEST(ReadTestFile, HintsSayHowToMend) {
  EXPECT_THAT(hint_of("{call: x, arguments: {a: 1}, expect: deny}"), HasSubstr("write args: beside call:"));
  EXPECT_THAT(hint_of("{tool: x, expect: deny}"), HasSubstr("write call:"));
  EXPECT_THAT(hint_of("{call: x, expct: deny}"), HasSubstr("did you mean \"expect\"?"));
  EXPECT_THAT(hint_of("{call: {name: x, arguments: hello}, expect: deny}"), HasSubstr(R"('"hello"')"));
  EXPECT_THAT(hint_of("{call: x, expect: refuse}"), HasSubstr("needs allow, deny, approval"));
  EXPECT_THAT(hint_of("{call: x, expect: deny, message: 5}"), HasSubstr("quote it: \"5\""));
  EXPECT_THAT(hint_of("{list: [], rule: x}"), HasSubstr("belongs to a step that sends a message"));
  EXPECT_THAT(hint_of("{reload: {tools: {}}}"), HasSubstr("put a | after the colon"));
}

TEST(ReadTestFile, BrokenYaml) {
  EXPECT_FALSE(mistakes("policy: [\n").empty());
  EXPECT_FALSE(mistakes("").empty());
  EXPECT_THAT(mistakes("- a\n"), ElementsAre("1:1 wrong-type"));
  EXPECT_THAT(mistakes("policy: p\npolicy: q\nsteps: [{list: []}]\n"), ElementsAre("2:1 duplicate-key"));
}

}  // namespace
}  // namespace trial
