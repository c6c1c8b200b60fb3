// Helpers of the tests of lint: findings of a policy, alone or beside a server's tools.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/load_testing.h"

namespace policy {

inline constexpr std::size_t TreeBudgetBytes = std::size_t{8} << 20;

// A complete tools/list, from its result's JSON.
struct ToolsOf {
  explicit ToolsOf(std::string_view result) {
    if (!result.empty() && document.read(result, json::Profile::tolerant))
      registry.add_page("", document.root(), base::BootTime());
  }
  json::Document document;
  tools::Registry registry;
};

inline std::set<std::string> found(std::string_view text) {
  const Loaded l = load("p", text);
  EXPECT_TRUE(l.policy) << text << rendered(l, text);
  return codes_of(l);
}

inline std::set<std::string> in_rules(std::string_view rules) {
  return found("tools: {t: {rules: [" + std::string(rules) + "]}}");
}

// The first finding's message with its hint.
inline std::string said(std::string_view text, tools::Registry* tools = nullptr) {
  const Loaded l = load("p", text, {.tools = tools});
  return l.problems.empty() ? "" : l.problems[0].message + " | " + l.problems[0].hint;
}

}  // namespace policy
