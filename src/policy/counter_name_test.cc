// Keys put together and taken apart.
#include "policy/counter_name.h"

#include <gtest/gtest.h>

#include "policy/counter_key.h"
#include "policy/deciding_test.h"

namespace policy {
namespace {

std::string key_of(const std::string& rules, const std::string& tool = "t") {
  const auto snapshot = lowered("tools: {\"" + tool + "\": {rules: [" + rules + "]}}", "srv");
  const Call call(tool, R"({"amount":1})");
  const Verdict v = decide(*snapshot, call);
  EXPECT_EQ(v.charges.size() + v.shadow_charges.size(), 1U) << rules;
  return v.charges.empty() ? v.shadow_charges.at(0).key : v.charges.at(0).key;
}

TEST(CounterName, EveryKind) {
  const auto text = [](const std::string& rules) {
    const auto name = parse_counter_key(key_of(rules));
    return name ? name->text() : "no key";
  };
  EXPECT_EQ(text("{rate_limit: 5/hour}"), "srv  tools/t  rate limit");
  EXPECT_EQ(text("{rate_limit: {max: 5, window: 60}}"), "srv  tools/t  rate limit  session s1");
  EXPECT_EQ(text("{spend_limit: {max: 5, window: day, from: args.amount, currency: USD}}"),
            "srv  tools/t  spend limit on args.amount_USD");
  EXPECT_EQ(text("{concurrency: 2}"), "srv  tools/t  concurrency");
  EXPECT_EQ(text("{state: {counter: n, window: day}}"), "srv  tools/t  counter n");
  EXPECT_EQ(text("{limits: [{counter: n, window: day, max: 5, scope: tool}]}"), "srv  tools/t  counter n  tool t");
  EXPECT_EQ(text("{limits: [{counter: n, window: day, max: 5, scope: global}]}"), "srv  tools/t  counter n  global");
  EXPECT_EQ(text("{mode: shadow, rate_limit: 5/hour}"), "srv  tools/t  rate limit  (shadow)");
}

TEST(CounterName, NamesReachIntoNoOtherPart) {
  std::string key;
  for (const char* part : {"a\x1f", "tools", "b\\u\\", "rate", "c", "60s", "entry", ""}) append_key_part(key, part);
  const auto name = parse_counter_key(key);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->server, "a\x1f");
  EXPECT_EQ(name->entry, "b\\u\\");
}

TEST(CounterName, WhatIsNoKey) {
  for (const char* key : {"", "a", "a\x1f", "a\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1f", "\\x\x1f", "a\\"}) {
    EXPECT_FALSE(parse_counter_key(key)) << key;
  }
}

}  // namespace
}  // namespace policy
