// Rules found by what decisions call them, and their lines.
#include "policy/rule_text.h"

#include <gtest/gtest.h>

#include "policy/load.h"

namespace policy {
namespace {

constexpr std::string_view text = R"(default: deny
tools:
  pay:
    rules:
      - name: small
        require: [{path: args.amount, op: lte, value: 5}]
        on_deny: Too much.

      - {rate_limit: 5/hour}
  "*":
    rules:
      - rate_limit: 60/minute
all_tools:
  limits: [{counter: calls, window: minute, max: 60}]
servers:
  gh:
    tools: {x: {rules: [{action: deny}]}}
)";

std::string found(std::string_view id) {
  const Loaded l = load("p.yaml", text);
  EXPECT_TRUE(l.policy);
  const auto at = find_rule(*l.policy, id);
  return at ? std::to_string(at->line) + "\n" + rule_text(text, *at) : "";
}

TEST(RuleText, TheLinesOfARule) {
  EXPECT_EQ(found("tools/pay/rules/small"),
            "5\n- name: small\n  require: [{path: args.amount, op: lte, value: 5}]\n  on_deny: Too much.\n");
  EXPECT_EQ(found("tools/pay/rules/1"), "9\n- {rate_limit: 5/hour}\n");
  EXPECT_EQ(found("tools/*/rules/0"), "12\n- rate_limit: 60/minute\n");
  EXPECT_EQ(found("all_tools/limits/calls"), "14\nlimits: [{counter: calls, window: minute, max: 60}]\n");
  EXPECT_EQ(found("servers/gh/tools/x/rules/0"), "17\ntools: {x: {rules: [{action: deny}]}}\n");
  EXPECT_EQ(found("tools/pay/rules/other"), "");
}

TEST(RuleText, IsBounded) {
  std::string longer = "- a:\n";
  for (int i = 0; i < 100; ++i) longer += "    x\n";
  const std::string lines = rule_text(longer, {1, 3});
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 21);
  EXPECT_TRUE(lines.ends_with("…\n"));
  EXPECT_EQ(rule_text("a", {7, 1}), "");
  EXPECT_EQ(rule_text("a", {0, 0}), "");
}

}  // namespace
}  // namespace policy
