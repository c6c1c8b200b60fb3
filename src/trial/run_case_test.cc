// Playing cases and reporting them: what differs, what decided, which rules were never seen to refuse; JUnit.
#include "trial/run_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trial/report.h"
#include "trial/tools_list.h"

namespace trial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view policy_text = R"(tools:
  pay:
    rules:
      - name: small
        conditions: [{path: args.amount, op: lte, value: 100}]
        on_deny: Too much
      - {name: often, rate_limit: 2/hour}
      - {name: counts, state: {counter: n, window: day}}
)";

base::Result<OtherFile> open(const std::string& path) {
  if (path == "policy.yaml") return OtherFile{"dir/policy.yaml", std::string(policy_text)};
  if (path == "tools.json") return OtherFile{"dir/tools.json", R"({"result":{"tools":[{"name":"pay"}]}})"};
  return base::fail("file \"" + path + "\" cannot be opened");
}

struct Played {
  std::string problems, report, junit;
  std::vector<FileResult> files;
  Coverage coverage;
};

Played play(std::string_view text, const ReportOptions& options = {}) {
  Played out;
  const Prepared prepared = prepare("dir/x.test", text, open, {});
  out.problems = prepared.problems;
  FileResult file{"dir/x.test", prepared.problems, {}};
  if (out.problems.empty()) {
    if (prepared.file.invalid) {
      file.cases.push_back(run_invalid(prepared));
    } else {
      for (const Case& one : prepared.file.cases) {
        file.cases.push_back(run_case(prepared, one, {.trace = options.verbose}, out.coverage));
      }
    }
  }
  out.files.push_back(std::move(file));
  print_file(out.report, out.files[0], options);
  print_end(out.report, out.files, out.coverage, options);
  out.junit = junit_xml(out.files);
  return out;
}

TEST(RunCase, Passes) {
  const Played p = play(
      "policy: policy.yaml\ntools: tools.json\nsteps:\n  - {list: [pay]}\n"
      "  - {call: pay, args: {amount: 101}, expect: deny, rule: tools/pay/rules/small, "
      "condition: lte 100, message: much}\n"
      "  - {call: pay, args: {amount: 1}, repeat: 2, expect: allow}\n"
      "  - {call: pay, args: {amount: 1}, expect: deny, retry_after: 1h, reason: limit}\n");
  EXPECT_EQ(p.report, "ok    dir/x.test\n1 passed, 0 failed\n");
}

TEST(RunCase, EveryExpectationIsCompared) {
  const Played p = play(
      "policy: policy.yaml\nsteps:\n"
      "  - {call: pay, args: {amount: 101}, expect: allow, rule: a, reason: b, message: xx, condition: d, "
      "retry_after: 1s, shadow: e}\n");
  ASSERT_EQ(p.files[0].cases[0].failures.size(), 1U);
  std::vector<std::string> fields;
  for (const Difference& d : p.files[0].cases[0].failures[0].differences) fields.push_back(d.field);
  EXPECT_THAT(fields, ElementsAre("expect", "rule", "reason", "message", "condition", "retry_after", "shadow"));
}

TEST(RunCase, AFailureShowsWhatDecided) {
  const Played p = play(
      "policy: policy.yaml\ncases:\n- name: large\n  steps:\n"
      "  - {call: pay, args: {amount: 101}, identity: o'hara, expect: allow}\n");
  EXPECT_EQ(p.report, R"(FAIL  dir/x.test: large
  dir/x.test:5: identity o'hara, call pay {"amount":101}
    - expect: allow
    + expect: deny
    decided by: tools/pay/rules/small, dir/policy.yaml:4
      | - name: small
      |   conditions: [{path: args.amount, op: lte, value: 100}]
      |   on_deny: Too much
    condition:  args.amount lte 100
    value:      args.amount is 101
    message:    Too much
    more:       intercept explain -c dir/policy.yaml --tool pay --args '{"amount":101}' --identity 'o'\''hara' --at 2027-01-15T08:00:00.000Z
0 passed, 1 failed
)");
}

TEST(RunCase, TheCommandThatExplainsHasTheSameCircumstances) {
  const Played p = play(
      "policy: policy.yaml\ntools: tools.json\nserver: s 1\nsteps:\n  - {session: two}\n"
      "  - {call: pay, expect: allow}\n");
  EXPECT_THAT(p.report, HasSubstr("more:       intercept explain -c dir/policy.yaml --tool pay --server-name 's 1' "
                                  "--tools dir/tools.json --session two --at 2027-01-15T08:00:00.000Z\n"));
}

TEST(RunCase, OfRepeatedCallsTheFirstWrongOneIsShown) {
  const Played p = play("policy: policy.yaml\nsteps:\n  - {call: pay, args: {amount: 1}, repeat: 5, expect: allow}\n");
  EXPECT_THAT(p.report, HasSubstr("call 3 of 5"));
  EXPECT_THAT(p.report, HasSubstr("its counter held 2 of 2, the call asked for 1; it fits again in 60 min"));
  EXPECT_EQ(p.files[0].cases[0].failures.size(), 1U);
}

TEST(RunCase, IdentityAndSessionBesideAMessageAreItsOwn) {
  const Played p = play(R"(policy: |
  tools: {a: {rules: [{require: [{path: identity.name, op: eq, value: ann}]}]}, b: {rules: [{require: [{path: session.id, op: eq, value: s2}]}]}}
steps:
  - {call: a, identity: ann, expect: allow}
  - {call: a, expect: deny}
  - {identity: ann}
  - {call: a, expect: allow}
  - {call: b, session: s2, expect: allow}
  - {call: b, expect: deny}
)");
  EXPECT_THAT(p.report, HasSubstr("1 passed"));
}

TEST(RunCase, TimeAndReload) {
  const Played p = play(R"(policy: |
  tools: {a: {rules: [{require: [{path: time.date, op: eq, value: "2026-11-25"}]}]}}
start: 2026-11-25T23:00:00Z
steps:
  - {call: a, expect: allow}
  - {call: a, advance: 1h, expect: deny}
  - {reload: "tools: {}"}
  - {call: a, expect: allow}
  - {at: 2026-11-25}
)");
  EXPECT_THAT(p.report,
              HasSubstr("x.test:9: at 2026-11-25\n    it is past: the clock stands at 2026-11-26T00:00:00.000Z"));
  EXPECT_EQ(p.files[0].cases[0].failures.size(), 1U);
  EXPECT_THAT(play("policy: policy.yaml\nstart: 2199-12-31\nsteps: [{advance: 30d}, {list: []}]").report,
              HasSubstr("beyond the year 2200"));
}

TEST(RunCase, ProblemsOfAPolicyInTheTestStandAtTheirPlace) {
  const Played p = play("policy: |\n\n  tools:\n    a: {rules: [{acton: deny}]}\nsteps: [{list: []}]\n");
  EXPECT_THAT(p.problems, HasSubstr("dir/x.test:4:18: error: unknown key \"acton\""));
  EXPECT_THAT(p.problems, HasSubstr("\n      a: {rules: [{acton: deny}]}\n                   ^\n"));
  EXPECT_THAT(play("policy: \"tools:\\n  a: {x: 1}\\n\"\nsteps: [{list: []}]\n").problems,
              HasSubstr("dir/x.test:1 (policy):2:"));
  EXPECT_THAT(play("policy: |\n  tools: {}\nsteps:\n  - {list: []}\n  - reload: |\n      tols: {}\n").problems,
              HasSubstr("dir/x.test:6:7: error: unknown key \"tols\""));
}

TEST(RunCase, FilesThatCannotBeOpened) {
  EXPECT_THAT(play("policy: none.yaml\nsteps: [{list: []}]\n").problems,
              HasSubstr("dir/x.test:1:9: error: file \"none.yaml\" cannot be opened [unreadable]"));
  EXPECT_THAT(play("policy: policy.yaml\ntools: none.json\nsteps: [{list: []}]\n").problems,
              HasSubstr("dir/x.test:2:8: error"));
  EXPECT_THAT(play("policy: policy.yaml\ntools: policy.yaml\nsteps: [{list: []}]\n").problems,
              HasSubstr("dir/policy.yaml: it holds no tools"));
}

TEST(RunCase, Invalid) {
  EXPECT_THAT(play("policy: |\n  tols: {}\ninvalid: tols\n").report, HasSubstr("1 passed"));
  EXPECT_THAT(play("policy: |\n  tols: {}\ninvalid: other\n").report, HasSubstr("+ problems: unknown key \"tols\""));
  EXPECT_THAT(play("policy: policy.yaml\ninvalid: other\n").report, HasSubstr("+ problems: the policy loads"));
}

TEST(RunCase, RulesThatNoTestSeesRefuse) {
  const std::string_view pass = "policy: policy.yaml\nsteps: [{call: pay, args: {amount: 101}, expect: deny}]\n";
  EXPECT_EQ(play(pass).report,
            "ok    dir/x.test\nNo test sees this rule refuse anything:\n  tools/pay/rules/often  dir/policy.yaml:7\n"
            "1 passed, 0 failed\n");
  EXPECT_THAT(play(pass, {.quiet = true}).report, Not(HasSubstr("No test")));
  EXPECT_THAT(play("policy: |\n  tools: {a: {rules: [{action: deny}]}}\nsteps: [{call: b, expect: allow}]\n").report,
              Not(HasSubstr("No test")));
}

TEST(RunCase, VerboseShowsEachStep) {
  const Played p =
      play("policy: policy.yaml\nsteps: [{call: pay, args: {amount: 101}, expect: deny}]\n", {.verbose = true});
  EXPECT_THAT(p.report, HasSubstr("dir/x.test:2: call pay {\"amount\":101}: deny, tools/pay/rules/small: Too much\n"));
}

TEST(RunCase, FailuresOfACaseAreBounded) {
  std::string text = "policy: policy.yaml\nsteps:\n";
  for (int i = 0; i < 50; ++i) text += "  - {call: x, expect: deny}\n";
  const Played p = play(text);
  EXPECT_EQ(p.files[0].cases[0].failures.size(), CaseResult::max_failures);
  EXPECT_THAT(p.report, HasSubstr("30 more steps of this case failed"));
}

TEST(Junit, CountsAndEscapes) {
  const Played p = play(
      "policy: |\n  tools: {}\ncases:\n  - {name: good, steps: [{call: a, expect: allow}]}\n"
      "  - name: \"<&\\\"'> \\u0001 \\uFFFE \\n \\u2028\"\n    steps: [{call: \"]]>\", expect: deny}]\n");
  EXPECT_EQ(p.problems, "");
  EXPECT_THAT(p.junit, HasSubstr("<testsuites name=\"intercept test\" tests=\"2\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(p.junit, HasSubstr("name=\"&lt;&amp;&quot;&apos;&gt; \\u{1} \\u{FFFE} &#10; \\u{2028}\""));
  EXPECT_THAT(p.junit, HasSubstr("]]&gt;"));
  EXPECT_THAT(p.junit, HasSubstr("<testcase name=\"good\" classname=\"dir/x.test\" time=\"0.000000\"/>"));
}

TEST(Junit, AFileThatCannotBeRunIsAnError) {
  EXPECT_THAT(play("policy: none.yaml\nsteps: [{list: []}]\n").junit, HasSubstr("<error message=\"it cannot be run\""));
}

TEST(ToolsOf, WhatPeopleSave) {
  for (const std::string_view text :
       {R"([{"name":"a"}])", R"({"tools":[{"name":"a"}]})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}]}})", "- name: a\n", "tools:\n  - {name: a}\n"}) {
    EXPECT_EQ(tools_of(text).value_or(""), R"([{"name":"a"}])") << text;
  }
  for (const std::string_view text : {"", "{", "[1]", "{\"tools\":{}}", "a", "[{\"nam\":\"a\"}]"}) {
    EXPECT_FALSE(tools_of(text)) << text;
  }
}

// A server's answers as they came over the wire, and lists with more than one page.
TEST(ToolsOf, RecordedMessages) {
  const std::string hello = R"({"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"s"}}})"
                            "\n";
  const std::string first = R"({"id":2,"result":{"tools":[{"name":"a"}],"nextCursor":"x"}})"
                            "\n";
  const std::string last = R"({"id":3,"result":{"tools":[{"name":"b"}]}})"
                           "\n";
  EXPECT_EQ(tools_of(hello + last).value_or(""), R"([{"name":"b"}])");
  EXPECT_EQ(tools_of(hello + "\n" + first + last).value_or(""), R"([{"name":"a"},{"name":"b"}])");
  const auto why_not = [](const std::string& text) {
    const auto list = tools_of(text);
    return list ? "" : list.error().message;
  };
  EXPECT_THAT(why_not(hello + first), HasSubstr("the list goes on (nextCursor)"));
  EXPECT_THAT(why_not(first), HasSubstr("the list goes on (nextCursor)"));
  EXPECT_THAT(why_not(hello), HasSubstr("holds no tools"));
  EXPECT_THAT(why_not(hello + "oops\n" + last), HasSubstr("line 2 is not JSON"));
  EXPECT_THAT(why_not(R"([{"name":"a"},{"nam":"b"}])"), HasSubstr("tool 2 of the list is no map with a \"name\""));
}

TEST(ShellWord, Quotes) {
  EXPECT_EQ(shell_word("a-b/c.yaml"), "a-b/c.yaml");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
}

}  // namespace
}  // namespace trial
