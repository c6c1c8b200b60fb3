// Two policies side by side: what counts as looser, that each side counts for itself, that time, outcomes and sessions
// matter, and that generated calls find each kind of change.
#include "trial/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "policy/load.h"
#include "trial/diff_report.h"

namespace trial {
namespace {

using testing::HasSubstr;
using testing::Not;

policy::Policy load(const std::string& yaml) {
  policy::Loaded loaded = policy::load("policy.yaml", yaml);
  if (!loaded.policy) {
    ADD_FAILURE() << loaded.problems[0].message << "\n" << yaml;
    return {};
  }
  return std::move(*loaded.policy);
}

std::string tools(const std::string& rules) { return "tools: {a: {rules: [" + rules + "]}}\n"; }

Side side(Decision decision, const char* reason = "", const char* rule = "", const char* message = "") {
  return {decision, reason, rule, message, {}, {}};
}

TEST(Compare, AnOrderFromAllowedToRefusedForGood) {
  const std::vector<Side> order = {side(Decision::allow), side(Decision::replay),
                                   side(Decision::approval, "approval", "r"), side(Decision::deny, "limit", "r"),
                                   side(Decision::deny, "rule", "r")};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      const bool unclear = (i == 2 && j == 3) || (i == 3 && j == 2);
      const Difference expected = i == j             ? Difference::same
                                  : unclear || j < i ? Difference::looser
                                                     : Difference::stricter;
      EXPECT_EQ(compare(order[i], order[j]), expected) << i << " " << j;
    }
  }
}

TEST(Compare, OtherRefusalsAndShadow) {
  EXPECT_EQ(compare(side(Decision::deny, "rule", "r"), side(Decision::deny, "rule", "q")), Difference::other);
  EXPECT_EQ(compare(side(Decision::deny, "rule", "r", "a"), side(Decision::deny, "rule", "r", "b")), Difference::other);
  Side watched = side(Decision::allow);
  watched.shadow = {"r"};
  EXPECT_EQ(compare(side(Decision::allow), watched), Difference::shadow);
  EXPECT_EQ(compare(watched, watched), Difference::same);
}

struct Tried {
  std::uint64_t looser, stricter, other, same;
  std::string text, json;
};

Tried try_calls(const policy::Policy& before, const policy::Policy& after, const std::vector<std::string>& lines) {
  Differ differ(before, after, {});
  WrittenCalls calls(differ, "c");
  for (const std::string& line : lines) {
    const auto seen = calls.see(line);
    EXPECT_TRUE(seen) << seen.error().message;
  }
  CallSource source;
  source.kind = CallSource::Kind::file;
  const DiffReport report{differ,      setting_changes(before, after, {}), source, "old", "new", before.digest,
                          after.digest};
  return {differ.count(Difference::looser),
          differ.count(Difference::stricter),
          differ.count(Difference::other),
          differ.count(Difference::same),
          text_report(report),
          json_report(report)};
}

TEST(Differ, GroupsByTheRulesThatDecided) {
  const auto before = load(tools("{require: [{path: args.n, op: lte, value: 5}]}"));
  const auto after = load(tools("{require: [{path: args.n, op: lte, value: 6}]}"));
  const Tried t = try_calls(before, after,
                            {R"({"tool":"a","arguments":{"n":5}})", R"({"tool":"a","arguments":{"n":6}})",
                             R"({"tool":"a","arguments":{"n":7}})"});
  EXPECT_EQ(t.looser, 1U);
  EXPECT_EQ(t.same, 2U);
  EXPECT_THAT(t.text, HasSubstr("deny tools/a/rules/0 -> allow   1 call\n"));
  EXPECT_THAT(t.text, HasSubstr(R"({"n":6})"));
  EXPECT_THAT(t.text, HasSubstr("not a proof"));
  EXPECT_THAT(t.json, HasSubstr(R"("looser":1,"stricter":0)"));
  const Tried back = try_calls(after, before, {R"({"tool":"a","arguments":{"n":6}})"});
  EXPECT_EQ(back.stricter, 1U);
}

TEST(Differ, EachSideCountsForItself) {
  const auto before = load(tools("{rate_limit: 2/hour}")), after = load(tools("{rate_limit: 3/hour}"));
  const std::vector<std::string> calls(4, R"({"tool":"a"})");
  const Tried t = try_calls(before, after, calls);
  EXPECT_EQ(t.looser, 1U);
  EXPECT_EQ(t.other, 1U);  // the text names another number
  EXPECT_EQ(t.same, 2U);
  EXPECT_THAT(t.text, HasSubstr("limit of tools/a/rules/0, per hour: 2 -> 3"));
}

TEST(Differ, TimeOutcomesIdentitiesAndServersMatter) {
  const auto hour = load(tools("{require: [{path: time.hour, op: lt, value: 12}]}"));
  const auto none = load("tools: {}");
  const auto at = [](const char* time, const char* more = "") {
    return std::string(R"({"tool":"a","time":"2026-11-22T)") + time + "Z\"" + more + "}";
  };
  EXPECT_EQ(try_calls(hour, none, {at("11:59:59"), at("12:00:00")}).looser, 1U);
  const auto rate = load(tools("{rate_limit: 1/hour}"));
  EXPECT_EQ(try_calls(rate, none, {at("10:00:00"), at("10:59:59"), at("11:00:00")}).looser, 1U);
  const auto refunds = load(tools("{rate_limit: {max: 1, window: hour, scope: identity, refund: on_error}}"));
  const auto keeps = load(tools("{rate_limit: {max: 1, window: hour, scope: identity}}"));
  EXPECT_EQ(try_calls(keeps, refunds, {at("10:00:00", R"(,"answer":"error")"), at("10:00:01")}).looser, 1U);
  EXPECT_EQ(try_calls(keeps, refunds, {at("10:00:00"), at("10:00:01")}).looser, 0U);
  EXPECT_EQ(try_calls(keeps, none, {R"({"tool":"a","identity":"x"})", R"({"tool":"a","identity":"y"})"}).looser, 0U);
  const auto server = load("servers: {x: {default: deny}}");
  EXPECT_EQ(try_calls(server, none, {R"({"tool":"a","server":"x"})", R"({"tool":"a","server":"y"})"}).looser, 1U);
  const auto client = load(tools("{action: deny, when: [{path: client.name, op: eq, value: c}]}"));
  EXPECT_EQ(try_calls(client, none, {R"({"tool":"a","client_name":"c"})", R"({"tool":"a","client_name":"d"})"}).looser,
            1U);
  const auto ask = load("methods: {sampling/createMessage: {rules: [{action: deny}]}}");
  EXPECT_EQ(try_calls(ask, none, {R"({"method":"sampling/createMessage","params":{},"from":"server"})"}).looser, 1U);
}

TEST(Differ, RecordedCallsHoldTheirPlaceUntilTheirOutcome) {
  const auto one = load(tools("{concurrency: 1}")), none = load("tools: {}");
  Differ differ(one, none, {});
  Call call;
  call.params = R"({"name":"a"})";
  call.answered_later = true;
  call.origin = "i-1";
  differ.call(call);
  call.origin = "i-2";
  differ.call(call);
  EXPECT_EQ(differ.count(Difference::looser), 1U);
  differ.answer("i-1", Answered::result, 0);
  call.origin = "i-3";
  differ.call(call);
  EXPECT_EQ(differ.count(Difference::looser), 1U);
  differ.session_ends("first");
  call.origin = "i-4";
  differ.call(call);
  EXPECT_EQ(differ.count(Difference::looser), 1U);
}

TEST(Differ, ManySessionsTakeBoundedMemory) {
  const auto one = load(tools("{rate_limit: {max: 1, window: hour}}"));
  Differ differ(one, one, {});
  Call call;
  call.params = R"({"name":"a"})";
  for (int i = 0; i < 2'000; ++i) {
    call.session = "s" + std::to_string(i);
    EXPECT_TRUE(differ.call(call));
  }
  EXPECT_EQ(differ.count(Difference::same), 2'000U);
}

TEST(Differ, SecretsAndControlCharactersAreNotShown) {
  const Tried t = try_calls(load("default: deny"), load("tools: {}"),
                            {R"({"tool":"a\u001b[31m","arguments":{"password":"hunter22","x":"\u001b]0;"}})"});
  EXPECT_THAT(t.text, Not(HasSubstr("hunter22")));
  EXPECT_THAT(t.json, Not(HasSubstr("hunter22")));
  EXPECT_THAT(t.text, Not(HasSubstr("\x1b")));
}

TEST(Settings, WhatDiffersBesideDecisions) {
  const auto before = load("default: deny\nhide: [a, b]\n");
  const auto after = load("mode: shadow\nhide: [b, c]\ntools: {x: {rules: [{rate_limit: 1/hour}]}}\n");
  std::string all;
  for (const SettingChange& s : setting_changes(before, after, {"", R"([{"name":"a"}])"})) {
    all += s.what + ": " + s.before + " -> " + s.after + "\n";
  }
  for (const char* line : {"default for tools: deny -> allow\n", "hide \"a\": hidden -> \n", "hide \"c\":  -> hidden\n",
                           "mode: enforce -> shadow\n", "tool \"a\": not listed -> listed\n", "counter tools/x"}) {
    EXPECT_THAT(all, HasSubstr(line));
  }
}

// --- generated calls ---

struct Found {
  std::uint64_t looser, stricter, tried;
};

Found generated(const std::string& before_yaml, const std::string& after_yaml, const std::string& tools_json = "[]",
                std::size_t most = 5'000) {
  const auto before = load(before_yaml), after = load(after_yaml);
  Differ differ(before, after, {"", tools_json});
  const Generated made = generate(before, after, {most, 1, "", tools_json},
                                  [&](bool of_new, const Call& call) { return differ.probe(of_new, call); });
  EXPECT_LE(made.calls.size(), most);
  for (const Call& call : made.calls) differ.call(call);
  return {differ.count(Difference::looser), differ.count(Difference::stricter), differ.tried()};
}

TEST(Generated, FindsEveryKindOfChange) {
  const auto require = [](const std::string& c) { return tools("{require: [" + c + "]}"); };
  const auto deny = [](const std::string& c) { return tools("{action: deny, when: [" + c + "]}"); };
  // Stricter, and the other way round looser.
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {require("{path: args.n, op: lte, value: 5}"), require("{path: args.n, op: lt, value: 5}")},
      {require("{path: args.n, op: lte, value: 10.25}"), require("{path: args.n, op: lte, value: 10.24}")},
      {require("{path: args.n, op: between, value: [1, 9]}"), require("{path: args.n, op: between, value: [2, 9]}")},
      {require("{path: args.a.b, op: in, value: [x, z]}"), require("{path: args.a.b, op: in, value: [z]}")},
      {require("{path: args.s, op: neq, value: x}"), require("{path: args.s, op: not_in, value: [x, z]}")},
      {require("{path: args.s, op: regex, value: '^SELECT'}"),
       require("{path: args.s, op: matches, value: 'SELECT .*'}")},
      {require("{path: args.s, op: starts_with, value: ab}"), require("{path: args.s, op: starts_with, value: abc}")},
      {require("{path: args.s, op: contains, value: ab}"), require("{path: args.s, op: ends_with, value: ab}")},
      {require("{path: args.s, op: glob, value: 'a*'}"), require("{path: args.s, op: eq, value: ax}")},
      {require("{path: args.s, op: length, value: {lte: 7}}"), require("{path: args.s, op: length, value: {lte: 6}}")},
      {require("{path: args.s, op: exists, value: true}"), require("{path: args.s, op: type, value: string}")},
      {require("{path: args.p, op: path_within, value: [/a, /b]}"),
       require("{path: args.p, op: path_within, value: /a}")},
      {require("{path: args.u, op: url_host_in, value: ['*.x.org', y.org]}"),
       require("{path: args.u, op: url_host_in, value: ['*.x.org']}")},
      {require("{path: args.u, op: url_scheme_in, value: [http, https]}"),
       require("{path: args.u, op: url_scheme_in, value: https}")},
      {require("{path: args.i, op: cidr_in, value: 10.0.0.0/8}"),
       require("{path: args.i, op: cidr_in, value: 10.0.0.0/9}")},
      {require("{path: 'args.l[all].n', op: lt, value: 5}"), require("{path: 'args.l[all].n', op: lt, value: 4}")},
      {require("{path: time.hour, op: lt, value: 18}"), require("{path: time.hour, op: lt, value: 17}")},
      {require("{path: time.weekday, op: not_in, value: [sun]}"),
       require("{path: time.weekday, op: not_in, value: [sat, sun]}")},
      {require("{path: time.date, op: lt, value: \"2026-06-02\"}"),
       require("{path: time.date, op: lt, value: \"2026-06-01\"}")},
      {require("{path: identity.name, op: in, value: [ann, bob]}"),
       require("{path: identity.name, op: eq, value: ann}")},
      {require("{any: [{path: args.n, op: eq, value: 1}, {path: args.s, op: eq, value: x}]}"),
       require("{path: args.n, op: eq, value: 1}")},
      {deny("{path: args.n, op: gt, value: 5}"), deny("{path: args.n, op: gte, value: 5}")},
      {tools("{rate_limit: 9/hour}"), tools("{rate_limit: 8/hour}")},
      {tools("{rate_limit: 2/minute}"), tools("{rate_limit: 2/hour}")},
      {tools("{rate_limit: {max: 3, window: hour}}"), tools("{rate_limit: {max: 3, window: hour, scope: identity}}")},
      {tools("{spend_limit: {max: 100, window: day, from: args.n}}"),
       tools("{spend_limit: {max: 99, window: day, from: args.n}}")},
      {tools("{concurrency: 3}"), tools("{concurrency: 2}")},
      {tools("{rate_limit: {max: 2, window: hour, refund: on_error}}"), tools("{rate_limit: {max: 2, window: hour}}")},
      {"tools: {a: {}}", "tools: {a: {}}\nhide: [a]"},
      {"default: allow", "default: {resources: deny}"},
      {"default: allow", "default: {prompts: deny}"},
      {"default: allow", "default: {methods: deny}"},
      {"default: deny\ntools: {'get_*': {}}", "default: deny\ntools: {get_x: {}}"},
      {"tools: {}", "resources: {'file:///etc/*': {rules: [{action: deny}]}}"},
      {"tools: {}", "prompts: {p: {rules: [{require: {path: args.v, op: exists, value: true}}]}}"},
      {"tools: {}", "methods: {sampling/createMessage: {rules: [{action: deny}]}}"},
      {"servers: {x: {}, y: {}}", "servers: {x: {default: deny}, y: {}}"},
      {"tools: {}", "mode: enforce\ntools: {'*': {rules: [{action: deny}]}}"},
  };
  for (const auto& [looser, stricter] : pairs) {
    const Found to = generated(looser, stricter), back = generated(stricter, looser);
    EXPECT_GT(to.stricter, 0U) << looser << "\n" << stricter;
    EXPECT_EQ(to.looser > 0, back.stricter > 0) << looser << "\n" << stricter;
    EXPECT_GT(back.looser, 0U) << looser << "\n" << stricter;
    EXPECT_EQ(generated(looser, looser).looser + generated(looser, looser).stricter, 0U);
  }
}

TEST(Generated, SchemasGiveArgumentsAndBounds) {
  const std::string list = R"([{"name":"a","inputSchema":{"type":"object","required":["q","n"],"properties":{
    "q":{"type":"string","enum":["x","z"]},"n":{"type":"integer","minimum":1,"maximum":9}}}}])";
  const auto all = "tools: {a: {rules: [{validate: {required_args: true}}]}}";
  EXPECT_GT(generated("tools: {}", all, list).stricter, 0U);
  EXPECT_GT(generated(all,
                      "tools: {a: {rules: [{validate: {required_args: true}}, {action: deny, when: [{path: args.q, op: "
                      "eq, value: z}]}]}}",
                      list)
                .stricter,
            0U);
}

TEST(Generated, TheSameEveryTimeAndNeverMoreThanAskedFor) {
  const auto p = load(tools(
      "{require: [{path: args.n, op: lte, value: 5}, {path: args.s, op: in, value: [a, b]}]}, {rate_limit: 7/hour}"));
  const auto text = [&](std::uint64_t seed, std::size_t most) {
    std::string out;
    Differ differ(p, p, {});
    for (const Call& c :
         generate(p, p, {most, seed, "", "[]"}, [&](bool n, const Call& c) { return differ.probe(n, c); }).calls) {
      out += c.params + std::to_string(*c.time) + "\n";
    }
    return out;
  };
  EXPECT_EQ(text(1, 800), text(1, 800));
  EXPECT_NE(text(1, 800), text(2, 800));
  for (const unsigned most : {1U, 2U, 10U, 100U}) {
    const std::string calls = text(1, most);
    EXPECT_LE(static_cast<std::size_t>(std::count(calls.begin(), calls.end(), '\n')), most);
  }
}

TEST(Generated, AVeryLargePolicyIsTriedInTime) {
  std::string yaml = "tools:\n";
  for (int i = 0; i < 10'000; ++i) {
    yaml += "  t" + std::to_string(i) + ": {rules: [{require: {path: args.n, op: lte, value: " + std::to_string(i) +
            "}}]}\n";
  }
  EXPECT_EQ(generated(yaml, yaml).tried, 5'000U);
}

}  // namespace
}  // namespace trial
