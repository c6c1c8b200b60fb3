// What a call is charged: keys, scopes, amounts, maxima, and the texts when a limit is reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/counter_key.h"
#include "policy/deciding_test.h"

namespace policy {
namespace {

std::vector<limits::Charge> charges(std::string_view yaml, const Call& call, const std::string& server = "") {
  const auto s = lowered(yaml, server);
  if (s == nullptr) return {};
  const Verdict v = decide(*s, call);
  EXPECT_FALSE(v.denied()) << v.message;
  return v.charges;
}

TEST(Charges, KeysNameEverythingButTheRule) {
  const Call call("t");
  const auto a = charges("tools: {t: {rules: [{rate_limit: 5/hour}]}}", call);
  const auto b = charges(
      "tools: {t: {rules: [{name: x, require: [{path: args.z, op: exists, value: false}]}, {name: y, rate_limit: "
      "9/hour}]}}",
      call);
  ASSERT_EQ(a.size(), 1U);
  ASSERT_EQ(b.size(), 1U);
  EXPECT_EQ(a[0].key, b[0].key);
  EXPECT_NE(a[0].key, charges("tools: {t: {rules: [{rate_limit: 5/minute}]}}", call).at(0).key);
  EXPECT_NE(a[0].key, charges("tools: {\"t*\": {rules: [{rate_limit: 5/hour}]}}", call).at(0).key);
  EXPECT_NE(a[0].key, charges("methods: {tools/call: {rules: [{rate_limit: 5/hour}]}}", call).at(0).key);
  EXPECT_NE(a[0].key, charges("tools: {t: {rules: [{rate_limit: 5/hour}]}}", call, "s").at(0).key);
  EXPECT_NE(a[0].key, charges("tools: {t: {rules: [{concurrency: 5}]}}", call).at(0).key);
}

TEST(Charges, Scopes) {
  constexpr std::string_view session =
      "tools: {t: {rules: [{rate_limit: {max: 10, window: 60}}]}, \"*\": {rules: [{rate_limit: {max: 10, window: 60, "
      "scope: identity}}, {rate_limit: {max: 10, window: 60, scope: tool}}]}}";
  Call one("t"), two("t"), other("u");
  two.facts.session = "s2";
  other.facts.identity = "bob";
  const auto a = charges(session, one), b = charges(session, two), c = charges(session, other);
  ASSERT_EQ(a.size(), 3U);
  EXPECT_NE(a[0].key, b[0].key);
  EXPECT_EQ(a[1].key, b[1].key);
  EXPECT_EQ(a[2].key, b[2].key);
  ASSERT_EQ(c.size(), 2U);
  EXPECT_NE(a[1].key, c[0].key);
  EXPECT_NE(a[2].key, c[1].key);
}

TEST(Charges, NoPartReachesIntoAnother) {
  std::string a, b;
  append_key_part(a, "x\x1fy");
  append_key_part(a, "z");
  append_key_part(b, "x");
  append_key_part(b, "y\x1fz");
  EXPECT_NE(a, b);
  std::string c, d;
  append_key_part(c, "\\u");
  append_key_part(d, "\x1f");
  EXPECT_NE(c, d);
}

TEST(Charges, OneCounterIsChargedOnce) {
  constexpr std::string_view yaml = R"(
tools:
  t:
    rules:
      - {rate_limit: {max: 10, window: 60}}
      - {rate_limit: {max: 5, window: 60}}
)";
  const auto c = charges(yaml, Call("t"));
  ASSERT_EQ(c.size(), 2U);
  EXPECT_EQ(c[0].key, c[1].key);
  EXPECT_EQ(c[0].amount, base::Amount::of(1));
  EXPECT_EQ(c[0].max, base::Amount::of(10));
  EXPECT_TRUE(c[1].amount.is_zero());
  EXPECT_EQ(c[1].max, base::Amount::of(5));
}

TEST(Charges, StateWithItsMaximumInAnotherRule) {
  constexpr std::string_view yaml = R"(
tools:
  t:
    rules:
      - {name: cap, conditions: [{path: state.t.spend, op: lt, value: 100}], on_deny: capped}
      - {name: count, conditions: [{path: args.n, op: lte, value: 90}], state: {counter: spend, window: day, increment_from: args.n}}
)";
  const auto s = lowered(yaml);
  Call call("t", R"({"n":60})");
  Verdict v = decide(*s, call);
  ASSERT_FALSE(v.denied()) << v.message;
  ASSERT_EQ(v.charges.size(), 1U);
  EXPECT_EQ(v.charges[0].amount, base::Amount::of(60));
  EXPECT_EQ(v.charges[0].max, base::Amount::from_raw(base::Amount::of(100).raw() - 1));
  ASSERT_TRUE(call.store.reserve(v.charges));
  const auto refused = call.store.reserve(v.charges);
  ASSERT_FALSE(refused);
  EXPECT_EQ(s->limit_message(v.charges[refused.error().charge], refused.error()), "capped");
  call.set_arguments(R"({"n":40})");
  EXPECT_FALSE(call.store.reserve(decide(*s, call).charges));  // lt 100: 60 + 40 is not below
  call.set_arguments(R"({"n":39.999999999})");
  EXPECT_TRUE(call.store.reserve(decide(*s, call).charges));
}

TEST(Charges, ConditionsThatReadACounter) {
  constexpr std::string_view yaml = R"(
tools:
  pay: {rules: [{require: [{path: args.n, op: exists, value: true}], state: {counter: total, window: day, increment_from: args.n}}]}
  list: {rules: [{action: deny, when: [{path: state.pay.total, op: gt, value: 50}], reason: paid enough}]}
)";
  const auto s = lowered(yaml);
  ASSERT_NE(s, nullptr);
  Call pay("pay", R"({"n":51})");
  Call list("list");
  list.facts.counters = &pay.store;
  EXPECT_FALSE(decide(*s, list).denied());
  ASSERT_TRUE(pay.store.reserve(decide(*s, pay).charges));
  EXPECT_EQ(decide(*s, list).message, "paid enough");
}

TEST(Charges, AmountErrorsRefuseAndChargeNothing) {
  const auto s = lowered(
      "tools: {t: {rules: [{rate_limit: 5/hour}, {name: spend, spend_limit: {max: 100, window: day, from: args.amount, "
      "currency: USD}}]}}");
  ASSERT_NE(s, nullptr);
  const Call call("t", R"({"amount":"5"})");
  const Verdict v = decide(*s, call);
  EXPECT_EQ(v.reason, Reason::amount);
  EXPECT_EQ(v.rule, "tools/t/rules/spend");
  EXPECT_THAT(v.message, ::testing::HasSubstr("\"amount\" must be a number"));
  EXPECT_TRUE(v.charges.empty());
}

TEST(Charges, Messages) {
  const auto text = [](std::string_view yaml, std::int64_t ns, limits::Why why = limits::Why::limit) {
    const auto s = lowered(yaml);
    const Verdict v = decide(*s, Call("t", R"({"amount":5})"));
    limits::Refusal refusal;
    refusal.why = why;
    if (ns >= 0) refusal.retry_after = base::Duration(ns);
    return s->limit_message(v.charges.at(0), refusal);
  };
  constexpr std::string_view rate = "tools: {t: {rules: [{rate_limit: {max: 10, window: 60}}]}}";
  EXPECT_EQ(text(rate, 6'000'000'001), "Rate limit of 10 per minute reached. Try again in 7 s.");
  EXPECT_EQ(text(rate, 6'000'000'000), "Rate limit of 10 per minute reached. Try again in 6 s.");
  EXPECT_EQ(text(rate, 0), "Rate limit of 10 per minute reached. Try again in 1 s.");
  EXPECT_EQ(text(rate, -1), "Rate limit of 10 per minute reached.");
  EXPECT_EQ(text("tools: {t: {rules: [{rate_limit: 5/hour, reason: slow down}]}}", 1), "slow down");
  EXPECT_EQ(text("tools: {t: {rules: [{concurrency: 2}]}}", -1), "At most 2 calls at a time");
  EXPECT_EQ(text("tools: {t: {rules: [{spend_limit: {max: 100, window: day, from: args.amount, currency: USD}}]}}",
                 1'000'000'000),
            "Spending limit of 100 USD per day reached. Try again in 1 s.");
  for (const auto why : {limits::Why::busy, limits::Why::unavailable, limits::Why::full})
    EXPECT_THAT(text(rate, 1, why), ::testing::HasSubstr("store of the limits")) << static_cast<int>(why);
}

TEST(Charges, AVerdictIsReusedWithoutGrowing) {
  const auto s = lowered("tools: {t: {rules: [{rate_limit: 5/hour}, {rate_limit: {max: 3, window: 60}}]}}");
  const Call call("t");
  Verdict v;
  for (int i = 0; i < 10; ++i) s->evaluate(call.facts, v);
  EXPECT_EQ(v.charges.size(), 2U);
  EXPECT_LE(v.spare.size(), 2U);
}

}  // namespace
}  // namespace policy
