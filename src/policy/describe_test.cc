// Conditions in words.
#include "policy/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "limits/fickle_store_testing.h"
#include "policy/counter_changes.h"
#include "policy/deciding_test.h"
#include "policy/load_testing.h"

namespace policy {
namespace {

std::string described(const std::string& conditions) {
  const Loaded l = load("p", "tools: {t: {rules: [{require: " + conditions + "}]}}");
  EXPECT_TRUE(l.policy) << conditions;
  return l.policy ? describe(l.policy->rules.tools[0].rules[0].require) : "";
}

TEST(Describe, Comparisons) {
  EXPECT_EQ(described("{path: args.amount, op: lte, value: 50000}"), "args.amount lte 50000");
  EXPECT_EQ(described("{path: args.a, op: eq, value: '5'}"), R"(args.a eq "5")");
  EXPECT_EQ(described("{path: args.currency, op: in, value: [usd, 5, true, null]}"),
            R"(args.currency in ["usd",5,true,null])");
  EXPECT_EQ(described("{path: args.name, op: length, value: {lte: 10}}"), "args.name length {lte: 10}");
  EXPECT_EQ(described("{path: args.p, op: path_within, value: /srv, base: /srv, decode: uri}"),
            R"(args.p path_within ["/srv"] (decode: uri) (base /srv))");
}

TEST(Describe, Trees) {
  EXPECT_EQ(described("[{path: args.a, op: eq, value: 1}, {path: args.b, op: exists, value: true}]"),
            "args.a eq 1 and args.b exists true");
  EXPECT_EQ(described("{any: [{path: args.a, op: eq, value: 1}, {not: {path: args.b, op: eq, value: x}}]}"),
            R"(any (args.a eq 1; not (args.b eq "x")))");
}

TEST(Describe, IsOneShortPrintableLine) {
  std::string list = "{path: args.a, op: in, value: [";
  for (int i = 0; i < 10'000; ++i) list += "word" + std::to_string(i) + ", ";
  const std::string text = described(list + "x]}");
  EXPECT_LT(text.size(), 400U);
  EXPECT_TRUE(text.ends_with("…"));
  EXPECT_EQ(described("{path: args.a, op: eq, value: \"a\\nb\\u202Ec\"}").find('\n'), std::string::npos);
}

TEST(Describe, TheVerdictNamesTheConditionThatDecided) {
  const std::string yaml =
      "tools: {t: {rules: [{require: [{path: args.a, op: gt, value: 0}, {path: args.b, op: lte, value: 5}]},"
      "{action: deny, when: {path: args.c, op: eq, value: x}}]}}";
  EXPECT_EQ(decide(yaml, "t", R"({"a":1,"b":6})").condition, "args.b lte 5");
  EXPECT_EQ(decide(yaml, "t", R"({"a":-1,"b":6})").condition, "args.a gt 0");
  EXPECT_EQ(decide(yaml, "t", R"({"a":1,"b":5,"c":"x"})").condition, R"(args.c eq "x")");
  EXPECT_EQ(decide(yaml, "t", R"({"a":1,"b":5})").condition, "");
  EXPECT_EQ(decide("tools: {t: {rules: [{action: deny}]}}", "t").condition, "");
  EXPECT_EQ(decide("{mode: shadow, tools: {t: {rules: [{require: {path: args.a, op: gt, value: 0}}]}}}", "t").condition,
            "");
}

TEST(Counters, WhatAPolicyCounts) {
  const auto snapshot = lowered(
      "tools:\n  pay: {rules: [{rate_limit: 5/hour}, {rate_limit: {max: 5, window: 60}}, {concurrency: 2},"
      "{spend_limit: {max: 10, window: day, from: args.amount}}]}\n"
      "  \"*\": {rules: [{state: {counter: n, window: day}, require: {path: state._global.n, op: lte, value: 5}}]}\n");
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->uses_store());
  const std::vector<CounterInfo> expected = {
      {"tools/pay, rate limit", "hour, sliding", "entry"},
      {"tools/pay, rate limit", "minute, sliding", "session"},
      {"tools/pay, concurrency", "while a call runs", "entry"},
      {"tools/pay, spend limit on args.amount", "day, calendar", "entry"},
      {"tools/*, counter n", "day, calendar", "entry"},
  };
  EXPECT_EQ(snapshot->counters(), expected);
}

TEST(Counters, SessionLimitsNeedNoStore) {
  const auto snapshot = lowered("tools: {t: {rules: [{rate_limit: {max: 5, window: 60}}]}}");
  EXPECT_FALSE(snapshot->uses_store());
  const Call call("t");
  const Verdict v = decide(*snapshot, call);
  ASSERT_EQ(v.charges.size(), 1U);
  EXPECT_TRUE(v.charges[0].session);
}

TEST(Counters, AConditionThatReadsOneNeedsTheStore) {
  const auto decides = [](const std::string& yaml, limits::FickleStore& store) {
    Call call("t");
    call.facts.counters = &store;
    return decide(*lowered(yaml), call).needs_store;
  };
  const std::string condition =
      "}, {when: {path: state.t.n, op: gt, value: 5}, action: deny}]}, u: {rules: [{when: {path: "
      "args.x, op: eq, value: 1}, action: deny}]}}";
  const base::FakeClock clock;
  limits::FickleStore store(clock);
  store.must_wait = true;
  EXPECT_TRUE(decides("tools: {t: {rules: [{state: {counter: n, window: day}" + condition, store));
  EXPECT_FALSE(decides("tools: {t: {rules: [{action: allow}]}}", store));
  store.prepare();
  EXPECT_FALSE(decides("tools: {t: {rules: [{state: {counter: n, window: day}" + condition, store));
}

TEST(Counters, WhatAReloadStartsAnew) {
  const auto rules = [](const std::string& text) {
    return lowered("tools: {t: {rules: [" + text + "]}, u: {rules: [{rate_limit: 5/hour}]}}");
  };
  const auto before = rules("{rate_limit: 5/hour}, {concurrency: 2}");
  EXPECT_THAT(counter_changes(*before, *rules("{rate_limit: 50/hour}, {concurrency: 3}")), testing::IsEmpty());
  EXPECT_THAT(counter_changes(*before, *rules("{rate_limit: 5/day}")),
              testing::ElementsAre(
                  "tools/t, rate limit: per day, sliding (entry) starts at zero; it was per hour, sliding (entry)"));
  EXPECT_THAT(
      counter_changes(*before, *rules("{rate_limit: {max: 5, window: hour, scope: identity}}, {concurrency: 2}")),
      testing::ElementsAre(
          "tools/t, rate limit: per hour, sliding (identity) starts at zero; it was per hour, sliding (entry)"));
  // What is new altogether, or gone, says nothing.
  EXPECT_THAT(counter_changes(*before, *rules("{limits: [{counter: n, window: day, max: 3}]}")), testing::IsEmpty());
}

// A store that cannot say: the condition is undecided, which restricts.
TEST(Counters, AStoreThatCannotSayRestricts) {
  struct Silent final : limits::Store {
    std::expected<limits::ReservationId, limits::Refusal> reserve(std::span<const limits::Charge>) override {
      return 0;
    }
    std::optional<limits::Refusal> check(std::span<const limits::Charge>) override { return std::nullopt; }
    void settle(limits::ReservationId, limits::Settlement) override {}
    void settle_keep_leases(limits::ReservationId, limits::Settlement) override {}
    void free_leases(limits::ReservationId) override {}
    std::optional<base::Amount> value(const limits::Charge&) override { return std::nullopt; }
  } silent;
  const std::string state = "tools: {t: {rules: [{state: {counter: n, window: day}}, ";
  Call call("t");
  call.facts.counters = &silent;
  const auto deny = lowered(state + "{when: {path: state.t.n, op: gt, value: 5}, action: deny}]}}");
  EXPECT_EQ(decide(*deny, call).reason, Reason::undecided);
  const auto require = lowered(state + "{require: {path: state.t.n, op: gt, value: 5}}]}}");
  EXPECT_EQ(decide(*require, call).reason, Reason::undecided);
}

TEST(Counters, TheServerOfACounterMayHaveAnotherName) {
  const Loaded l = load("p", "tools: {t: {rules: [{rate_limit: 5/hour}]}}");
  const auto snapshot = *lower(*l.policy, {"", "npx-server"});
  const Call call("t");
  EXPECT_TRUE(decide(*snapshot, call).charges.at(0).key.starts_with("npx-server\x1f"));
}

}  // namespace
}  // namespace policy
