// What valid spellings become: limits, conditions, state, and the readings the norm leaves open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/load_testing.h"

namespace policy {
namespace {

using limits::WindowType;
using testing::ElementsAre;

std::string rule(std::string_view rest) { return "tools: {t: {rules: [{" + std::string(rest) + "}]}}"; }

Rule one_rule(std::string_view rest, std::set<std::string> warnings = {}) {
  const Policy p = good(rule(rest), std::move(warnings));
  return p.rules.tools.empty() || p.rules.tools[0].rules.empty() ? Rule() : p.rules.tools[0].rules[0];
}

Limit one_limit(std::string_view rest, std::set<std::string> warnings = {}) {
  const Rule r = one_rule(rest, std::move(warnings));
  EXPECT_EQ(r.limits.size(), 1U) << rest;
  return r.limits.empty() ? Limit() : r.limits[0];
}

Condition one_condition(std::string_view rest, std::set<std::string> warnings = {}) {
  const Rule r = one_rule("require: [{" + std::string(rest) + "}]", std::move(warnings));
  EXPECT_EQ(r.require.size(), 1U) << rest;
  return r.require.empty() ? Condition() : r.require[0];
}

TEST(LoadLimits, RateStrings) {
  struct Row {
    const char* text;
    std::int64_t max, seconds;
  };
  for (const Row& r : {Row{"1/second", 1, 1},
                       {"60/minute", 60, 60},
                       {"5/hour", 5, 3600},
                       {"7/day", 7, 86400},
                       {"1/week", 1, 604800},
                       {"100/month", 100, 2592000},
                       {"100000000000000/day", 100000000000000, 86400}}) {
    const Limit l = one_limit("rate_limit: " + std::string(r.text));
    EXPECT_EQ(l.max, base::Amount::of(r.max));
    EXPECT_EQ(l.window, (limits::Window{WindowType::sliding, r.seconds, false}));
    EXPECT_EQ(l.counter, "_rate_" + std::to_string(r.seconds));
    EXPECT_EQ(l.scope, std::nullopt);
    EXPECT_EQ(l.refund, limits::Refund::undelivered);
  }
}

TEST(LoadLimits, RateMaps) {
  const Limit a = one_limit("rate_limit: {max: 10, window: \"1m\"}", {});
  EXPECT_EQ(a.window, (limits::Window{WindowType::sliding, 60, false}));
  EXPECT_EQ(a.scope, Scope::session);
  const Limit b = one_limit("rate_limit: {max: 10, window: month, window_type: calendar, scope: grant, refund: never}");
  EXPECT_EQ(b.window, (limits::Window{WindowType::calendar, limits::month_seconds, true}));
  EXPECT_EQ(b.scope, Scope::identity);
  EXPECT_EQ(b.refund, limits::Refund::never);
  EXPECT_EQ(one_limit("rate_limit: {max: 1, window: 1h30m}", {}).window.seconds, 5400);
  EXPECT_EQ(one_limit("rate_limit: {max: 1, window: 2592000}", {}).window.calendar_month, false);
  for (const auto& [word, scope] :
       {std::pair("tool", Scope::tool), std::pair("server", Scope::server), std::pair("global", Scope::global)})
    EXPECT_EQ(one_limit("rate_limit: {max: 1, window: 60, scope: " + std::string(word) + "}").scope, scope);
  EXPECT_EQ(one_limit("rate_limit: {max: 1, window: 60, refund: on_error}", {"refund-on-error"}).refund,
            limits::Refund::on_error);
}

TEST(LoadLimits, Spend) {
  const Limit l = one_limit(
      "spend_limit: {max: 50.25, window: day, from: args.cost.total, currency: USD, currency_from: args.currency}");
  EXPECT_EQ(l.kind, Limit::Kind::spend);
  EXPECT_EQ(l.max->text(), "50.25");
  EXPECT_EQ(l.window, (limits::Window{WindowType::calendar, 86400, false}));
  EXPECT_EQ(l.amount_from->text(), "args.cost.total");
  EXPECT_EQ(l.currency, "USD");
  EXPECT_EQ(l.currency_from->text(), "args.currency");
  EXPECT_EQ(l.counter, "_spend_args.cost.total_USD");
}

TEST(LoadLimits, HostedAndConcurrency) {
  const Rule r = one_rule(
      "limits: [{counter: a, window: hour, max: 5, on_deny: enough}, {counter: a, window: day, max: 9}, {counter: b, "
      "window: week, max: 1.5, "
      "increment_from: args.x, scope: session}], concurrency: 2");
  ASSERT_EQ(r.limits.size(), 4U);
  EXPECT_EQ(r.limits[0].kind, Limit::Kind::hosted);
  EXPECT_EQ(r.limits[0].scope, Scope::identity);
  EXPECT_EQ(r.limits[0].on_deny, "enough");
  EXPECT_EQ(r.limits[2].scope, Scope::session);
  EXPECT_EQ(r.limits[3].kind, Limit::Kind::concurrency);
  EXPECT_EQ(r.limits[3].window.type, WindowType::lease);
  EXPECT_EQ(r.limits[3].max, base::Amount::of(2));
}

TEST(LoadLimits, HostedLabelsOfOneCounter) {
  const Policy p = good(
      "tools: {t: {limits: [{counter: a, window: hour, max: 5}, {counter: a, window: day, max: 9}, {counter: a, "
      "window: day, max: 8}]}}",
      {"limit-never-fires"});
  std::vector<std::string> labels;
  for (const Rule& r : p.rules.tools[0].rules) labels.push_back(r.label);
  EXPECT_THAT(labels, ElementsAre("limits/a", "limits/a-per-day", "limits/a-per-day-2"));
}

TEST(LoadLimits, AllToolsJoinsTheStarEntry) {
  const Policy p = good(
      "all_tools: {limits: [{counter: calls, window: minute, max: 60}]}\ntools: {\"*\": {rules: [{rate_limit: "
      "1000/day}]}}");
  ASSERT_EQ(p.rules.tools.size(), 1U);
  EXPECT_EQ(p.rules.tools[0].rules.size(), 2U);
}

TEST(LoadState, OwnCounterBecomesAMaximum) {
  const Rule a = one_rule(
      "state: {counter: c, window: hour}, conditions: [{path: state.t.c, op: lt, value: 5}, {path: args.a, op: eq, "
      "value: 1}]");
  ASSERT_EQ(a.limits.size(), 1U);
  EXPECT_EQ(a.limits[0].max, base::Amount::of(5));
  EXPECT_TRUE(a.limits[0].exclusive);
  EXPECT_EQ(a.require.size(), 1U);
  // The strictest of several.
  const Rule b = one_rule(
      "state: {counter: c, window: hour, increment: 2.5}, require: [{path: state.t.c, op: lte, value: 5}, {path: "
      "state.t.c, op: lt, value: 5}, "
      "{path: state.t.c, op: lte, value: 7}]");
  EXPECT_EQ(b.limits.at(0).max, base::Amount::of(5));
  EXPECT_TRUE(b.limits[0].exclusive);
  EXPECT_EQ(b.limits[0].increment.text(), "2.5");
  EXPECT_TRUE(b.require.empty());
}

TEST(LoadState, CounterOfAnotherRuleIsCheckedWithoutAdding) {
  const Policy p = good(
      "tools: {t: {rules: [{conditions: [{path: state.t.c, op: lte, value: 5}], on_deny: five}, {state: {counter: c, "
      "window: day, increment_from: args.n}},"
      "{conditions: [{path: state.t.c, op: lte, value: 9}]}]}}");
  const auto& rules = p.rules.tools[0].rules;
  for (const std::size_t i : {0U, 2U}) {
    ASSERT_EQ(rules[i].limits.size(), 1U);
    EXPECT_TRUE(rules[i].limits[0].increment.is_zero());
    EXPECT_FALSE(rules[i].limits[0].amount_from);
    EXPECT_EQ(rules[i].limits[0].window.seconds, 86400);
  }
  EXPECT_EQ(rules[0].limits[0].max, base::Amount::of(5));
  EXPECT_EQ(rules[0].limits[0].on_deny, "five");
  EXPECT_EQ(rules[2].limits[0].max, base::Amount::of(9));
  EXPECT_FALSE(rules[1].limits[0].max);
  EXPECT_TRUE(rules[1].limits[0].amount_from);
}

TEST(LoadState, NamesWithDotsSlashesAndStars) {
  for (const char* name : {"a.b.c", "file:///srv/x", "delete_*", "with space", "a-b/c", "*"}) {
    const std::string scope = std::string(name) == "*" ? "_global" : name;
    const Policy p = good("tools: {\"" + std::string(name) +
                              "\": {rules: [{state: {counter: n.m, window: day}, require: [{path: \"state." + scope +
                              ".n.m\", op: lte, value: 5}]}]}}",
                          {});
    EXPECT_EQ(p.rules.tools.at(0).rules.at(0).limits.at(0).max, base::Amount::of(5)) << name;
    EXPECT_TRUE(p.rules.tools[0].rules[0].require.empty());
  }
  const Policy p = good(
      "tools: {a.b: {rules: [{state: {counter: c, window: day}, require: [{path: 'state[\"a.b\"].c', op: lte, value: "
      "5}]}]}}");
  EXPECT_EQ(p.rules.tools[0].rules[0].limits[0].max, base::Amount::of(5));
}

TEST(LoadState, ElsewhereItOnlyReads) {
  for (const char* list :
       {"require: [{any: [{path: state.t.c, op: lte, value: 5}]}]", "require: [{path: state.t.c, op: gte, value: 5}]",
        "when: [{path: state.t.c, op: lte, value: 5}]", "require: [{not: {path: state.t.c, op: lte, value: 5}}]"}) {
    const Loaded l = load("p", "tools: {t: {rules: [{state: {counter: c, window: hour}, " + std::string(list) + "}]}}");
    ASSERT_TRUE(l.policy) << rendered(l, "");
    EXPECT_TRUE(codes_of(l).contains("state-read-only")) << list;
    const Rule& r = l.policy->rules.tools[0].rules[0];
    const Condition* c = r.require.empty() ? &r.when[0] : &r.require[0];
    if (!c->children.empty()) c = &c->children[0];
    ASSERT_EQ(c->path.steps.size(), 2U);
    EXPECT_EQ(c->path.steps[0].key, "t");
    EXPECT_EQ(c->path.steps[1].key, "c");
  }
  const Policy p = good(
      "tools: {u: {rules: [{require: [{path: state._global.c, op: lte, value: 5}]}]}, \"*\": {rules: [{state: "
      "{counter: c, window: hour}, conditions: [{path: "
      "state._global.c, op: lte, value: 9}]}]}}",
      {"state-read-only"});
  EXPECT_EQ(p.rules.tools[0].rules[0].require.at(0).path.steps.at(0).key, "_global");
}

TEST(LoadState, ServerRulesSeeTheirOwnAndTheTopLevel) {
  good(
      "tools: {t: {rules: [{state: {counter: c, window: hour}, require: [{path: state.t.c, op: lte, value: 5}]}]}}\n"
      "servers: {s: {tools: {u: {rules: [{require: [{path: state.t.c, op: lte, value: 3}]}]}}}}",
      {"state-read-only"});
}

TEST(LoadState, ZeroIncrementCountsOne) {
  const Rule r =
      one_rule("state: {counter: c, window: hour, increment: 0}, require: [{path: state.t.c, op: lte, value: 5}]",
               {"zero-increment"});
  EXPECT_EQ(r.limits.at(0).increment, base::Amount::of(1));
}

TEST(LoadConditions, EveryOperatorLoads) {
  const std::pair<const char*, Op> rows[] = {
      {"op: eq, value: 1", Op::eq},
      {"op: eq, value: null", Op::eq},
      {"op: eq, value: ~", Op::eq},
      {"op: eq, value: true", Op::eq},
      {"op: eq, value: \"yes\"", Op::eq},
      {"op: lt, value: 1e400", Op::lt},
      {"op: lte, value: -0.5", Op::lte},
      {"op: gt, value: 9007199254740993", Op::gt},
      {"op: gte, value: 0", Op::gte},
      {"op: between, value: [1, 1]", Op::between},
      {"op: in, value: [1, a, true, null]", Op::in},
      {"op: contains, value: x", Op::contains},
      {"op: starts_with, value: report-", Op::starts_with},
      {"op: ends_with, value: .txt", Op::ends_with},
      {"op: glob, value: \"*.txt\"", Op::glob},
      {"op: regex, value: '^[a-z]+$'", Op::regex},
      {"op: matches, value: '[a-z]+'", Op::matches},
      {"op: exists, value: true", Op::exists},
      {"op: exists, value: false", Op::exists},
      {"op: type, value: array", Op::type},
      {"op: type, value: \"null\"", Op::type},
      {"op: length, value: 3", Op::length},
      {"op: length, value: {gte: 1, lte: 10}", Op::length},
      {"op: path_within, value: /srv/data, base: /srv, decode: uri", Op::path_within},
      {"op: path_within, value: [/srv/data, /srv/public]", Op::path_within},
      {"op: url_host_in, value: [example.com, \"*.example.org\", \"example.net:8443\"]", Op::url_host_in},
      {"op: url_scheme_in, value: https", Op::url_scheme_in},
      {"op: cidr_in, value: [10.0.0.0/8, \"::1\", 192.168.1.1]", Op::cidr_in},
      {"op: eq, value: 5, coerce: true", Op::eq},
  };
  for (const auto& [text, op] : rows) EXPECT_EQ(one_condition("path: args.a, " + std::string(text)).op, op) << text;
  for (const auto& [text, op] :
       {std::pair("op: neq, value: x", Op::neq), std::pair("op: not_in, value: [x]", Op::not_in)})
    EXPECT_EQ(one_condition("path: args.a, " + std::string(text), {"missing-is-undecided"}).op, op);
}

TEST(LoadConditions, NamesOfOperatorsGoBothWays) {
  for (int i = 0; i <= static_cast<int>(Op::cidr_in); ++i)
    EXPECT_EQ(find_op(op_name(static_cast<Op>(i))), static_cast<Op>(i));
  EXPECT_EQ(find_op("is"), std::nullopt);
}

TEST(LoadConditions, ValuesKeepTheirSpelling) {
  EXPECT_EQ(one_condition("path: args.a, op: eq, value: 1.00").value.text, "1.00");
  EXPECT_EQ(one_condition("path: args.a, op: eq, value: 1e0").value.kind, Constant::Kind::number);
  EXPECT_EQ(one_condition("path: args.a, op: eq, value: '1'").value.kind, Constant::Kind::string);
  EXPECT_EQ(one_condition("path: args.a, op: eq, value: -0").value.text, "-0");
  EXPECT_EQ(one_condition("path: args.a, op: eq, value: \"a\\u0000b\"").value.text, std::string("a\0b", 3));
  EXPECT_EQ(one_condition("path: args.a, op: url_scheme_in, value: https").value.items.at(0).text, "https");
}

TEST(LoadConditions, Paths) {
  for (const char* path :
       {"args.a", "args.a.b", "args.user-id", "args.a[0]", "args.a[all].b", "args.a[any]", "args.a[*]",
        "params._meta.x", "params", "args", "tool.name", "tool.annotations.destructiveHint", "server.name",
        "session.id", "identity.name", "args.first name"})
    one_condition("path: '" + std::string(path) + "', op: eq, value: x");
  EXPECT_EQ(one_condition("path: 'args[\"a.b\"]', op: eq, value: x").path.steps.at(0).key, "a.b");
  EXPECT_EQ(one_condition("path: args.first name, op: eq, value: x").path.steps.at(0).key, "first name");
  EXPECT_EQ(one_condition("path: time.hour, op: lt, value: 18, utc_offset: \"-05:30\"").utc_offset_minutes, -330);
  EXPECT_EQ(one_condition("path: time.hour, op: lt, value: 18, utc_offset: +02:00").utc_offset_minutes, 120);
  one_condition("path: time.weekday, op: in, value: [mon, fri]");
  one_condition("path: time.date, op: eq, value: \"2026-12-24\"");
  one_condition("path: time.date, op: gte, value: \"2026-12-24\"");
  one_condition("path: time.date, op: between, value: [\"2026-12-24\", \"2027-01-02\"]");
  one_condition("path: client.name, op: eq, value: x", {"client-name"});
}

TEST(LoadConditions, NestingAndSingles) {
  const Condition c =
      one_condition("any: [{path: args.a, op: eq, value: 1}, {all: [{not: {path: args.b, op: exists, value: true}}]}]");
  EXPECT_EQ(c.kind, Condition::Kind::any);
  EXPECT_EQ(c.children.at(1).kind, Condition::Kind::all);
  EXPECT_EQ(c.children[1].children.at(0).kind, Condition::Kind::negate);
  EXPECT_EQ(one_rule("require: {path: args.a, op: eq, value: 1}").require.size(), 1U);
}

TEST(LoadConditions, ClassicSpellingFollowsTheAction) {
  const std::string list = "conditions: [{path: args.a, op: eq, value: 1}]";
  EXPECT_EQ(one_rule(list).require.size(), 1U);
  EXPECT_EQ(one_rule("action: evaluate, " + list).require.size(), 1U);
  EXPECT_EQ(one_rule("action: deny, " + list).when.size(), 1U);
  EXPECT_EQ(one_rule("action: require_approval, " + list, {"approvals-not-configured"}).when.size(), 1U);
}

TEST(LoadRules, OtherKeys) {
  const Rule r = one_rule("name: n, idempotency_window: 5m, mode: shadow, reason: because");
  EXPECT_EQ(r.idempotency_seconds, 300);
  EXPECT_EQ(r.mode, Mode::shadow);
  EXPECT_EQ(r.on_deny, "because");
  one_rule("approval_timeout: 30m, action: deny", {"unused-key"});
  const Policy p = good(
      "tools: {t: {rules: [{name: a, action: deny, when: {path: args.x, op: eq, value: 1}}, {name: a, action: deny}]}}",
      {"duplicate-name"});
  EXPECT_EQ(p.rules.tools[0].rules[1].label, "rules/1");
}

TEST(LoadRules, ApprovalsBlockIsChecked) {
  const Policy p = good(
      "approvals: {timeout: 30m, dedupe_window: 60, max_pending: 10, hold: 45s, notify: {webhook: "
      "\"https://example.com/x\"}}",
      {});
  EXPECT_TRUE(p.has_approvals_block);
  good("approvals: {notify: {webhook: {url: \"https://example.com/x\"}}}", {});
}

TEST(LoadRules, TenThousandToolsLoadQuickly) {
  std::string text = "version: \"1\"\ntools:\n";
  for (int i = 0; i < 10'000; ++i)
    text += "  tool_" + std::to_string(i) +
            ":\n    rules:\n      - {name: r, conditions: [{path: args.a, op: lte, value: 5}]}\n";
  EXPECT_EQ(good(text, {}).rules.tools.size(), 10'000U);
}

TEST(Render, ShowsThePlace) {
  const std::string text = "version: \"1\"\nrate_limits: 5\n";
  const Loaded l = load("policy.yaml", text);
  EXPECT_EQ(render(l.problems.at(0), "policy.yaml", text, false),
            "policy.yaml:2:1: error: unknown key \"rate_limits\" at the top level [unknown-key]\n"
            "  rate_limits: 5\n"
            "  ^\n"
            "  hint: did you mean rate_limit? It belongs in a rule\n");
  EXPECT_NE(render(l.problems[0], "policy.yaml", text, true).find("\x1b[1;31merror:\x1b[0m"), std::string::npos);
}

TEST(Render, LongLinesHostileTextAndOddPlaces) {
  const std::string text = "tools: {" + std::string(5'000, ' ') + "\"a\x1b[31m\": 5" + std::string(5'000, ' ') + "}";
  Problem p{Severity::warning, "x", {1, 5'015}, "bad \x1b[0m", "one\ntwo"};
  const std::string out = render(p, "f", text, false);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_LT(out.size(), 600U);
  for (const Position at : {Position{0, 0}, Position{1, 0}, Position{99, 3}, Position{1, 99'999}}) {
    p.position = at;
    EXPECT_FALSE(render(p, "f", text, false).empty());
    EXPECT_FALSE(render(p, "f", "\xFF\xFE\x80", false).empty());
    EXPECT_FALSE(render(p, "f", "", true).empty());
  }
  const std::string unicode = "\xC3\xA4\xC3\xB6: x\n";
  p.position = {1, 3};
  EXPECT_NE(render(p, "f", unicode, false).find("\n    ^\n"), std::string::npos);
}

}  // namespace
}  // namespace policy
