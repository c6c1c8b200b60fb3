// The decision: order of denials, defaults, servers, globs, resources in two forms, shadow, approvals, tools that are
// not known yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/deciding_test.h"

namespace policy {
namespace {

using ::testing::HasSubstr;

// "allowed", or the reason's rule and the message.
std::string say(const Snapshot& snapshot, const Call& call) {
  const Verdict v = decide(snapshot, call);
  return v.denied() ? std::string(v.rule) + ": " + v.message : "allowed";
}
std::string say(std::string_view yaml, std::string_view tool, const std::string& arguments = "{}",
                const std::string& server = "") {
  const auto snapshot = lowered(yaml, server);
  Call call(tool, arguments);
  call.facts.server = server;
  return snapshot == nullptr ? "not loaded" : say(*snapshot, call);
}
std::string say_resource(std::string_view yaml, std::string_view uri) {
  const auto snapshot = lowered(yaml);
  const Call call("resources/read", SubjectKind::resource, uri);
  return snapshot == nullptr ? "not loaded" : say(*snapshot, call);
}
std::string say_method(std::string_view yaml, std::string_view method,
                       mcp::Direction direction = mcp::Direction::client_to_server) {
  const auto snapshot = lowered(yaml);
  const auto call = Call::of_method(method);
  call->facts.direction = direction;
  return snapshot == nullptr ? "not loaded" : say(*snapshot, *call);
}

constexpr std::string_view stripe = R"(
version: "1"
default: deny
hide: [delete_customer, delete_product]
tools:
  create_charge:
    rules:
      - name: "max single charge"
        conditions:
          - {path: "args.amount", op: "lte", value: 50000}
        on_deny: "Single charge cannot exceed $500.00"
      - name: "daily spend cap"
        conditions:
          - {path: "state.create_charge.daily_spend", op: "lte", value: 1000000}
        on_deny: "Daily spending cap of $10,000.00 reached"
        state: {counter: "daily_spend", window: "day", increment_from: "args.amount"}
      - name: "large charge approval"
        action: "require_approval"
        conditions:
          - {path: "args.amount", op: "gt", value: 20000}
        on_deny: "Charges over $200.00 require human approval"
        approval_timeout: "30m"
  create_refund:
    rules:
      - {name: "refund limit", rate_limit: 10/day}
  "*":
    rules:
      - {name: "global rate limit", rate_limit: 60/minute}
)";

TEST(Decide, ClassicDocument) {
  const auto s = lowered(stripe);
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(say(*s, Call("delete_customer")), "(hidden): Tool \"delete_customer\" is hidden by policy");
  EXPECT_EQ(say(*s, Call("list_customers")), "(default deny): Tool \"list_customers\" is not permitted by policy");
  EXPECT_EQ(say(*s, Call("create_charge", R"({"amount":50001})")),
            "tools/create_charge/rules/max single charge: Single charge cannot exceed $500.00");
  EXPECT_EQ(say(*s, Call("create_charge", R"({"amount":"100"})")),
            "tools/create_charge/rules/max single charge: Single charge cannot exceed $500.00");
  EXPECT_THAT(say(*s, Call("create_charge", R"({"amount":-5})")), HasSubstr("must not be negative"));
  const Call small("create_charge", R"({"amount":100})");
  const Verdict v = decide(*s, small);
  ASSERT_FALSE(v.denied()) << v.message;
  EXPECT_EQ(v.approval, nullptr);
  ASSERT_EQ(v.charges.size(), 2U);
  EXPECT_EQ(v.charges[0].amount, base::Amount::of(100));
  EXPECT_EQ(v.charges[0].max, base::Amount::of(1'000'000));
  EXPECT_EQ(v.charges[1].max, base::Amount::of(60));
  EXPECT_EQ(s->rule_info(v.charges[0].tag).id, "tools/create_charge/rules/daily spend cap");
  const Call large("create_charge", R"({"amount":20001})");
  const Verdict w = decide(*s, large);
  ASSERT_NE(w.approval, nullptr);
  EXPECT_EQ(w.approval->id, "tools/create_charge/rules/large charge approval");
  EXPECT_EQ(w.approval_seconds, 1800);
  EXPECT_TRUE(s->hides("delete_product"));
  EXPECT_FALSE(s->hides("create_charge"));
  EXPECT_TRUE(s->hides_anything());
}

TEST(Decide, FirstDenialWinsInOrder) {
  constexpr std::string_view yaml = R"(
tools:
  "a*": {rules: [{action: deny, when: [{path: args.g1, op: exists, value: true}], reason: glob one}]}
  "*": {rules: [{action: deny, when: [{path: args.all, op: exists, value: true}], reason: everything}]}
  "*b": {rules: [{action: deny, when: [{path: args.g2, op: exists, value: true}], reason: glob two}]}
  ab:
    rules:
      - {action: deny, when: [{path: args.one, op: exists, value: true}], reason: one}
      - {require: [{path: args.two, op: exists, value: false}], reason: two}
)";
  EXPECT_EQ(say(yaml, "ab", R"({"all":1,"g2":1,"g1":1,"two":1,"one":1})"), "tools/ab/rules/0: one");
  EXPECT_EQ(say(yaml, "ab", R"({"all":1,"g2":1,"g1":1,"two":1})"), "tools/ab/rules/1: two");
  EXPECT_EQ(say(yaml, "ab", R"({"all":1,"g2":1,"g1":1})"), "tools/a*/rules/0: glob one");
  EXPECT_EQ(say(yaml, "ab", R"({"all":1,"g2":1})"), "tools/*b/rules/0: glob two");
  EXPECT_EQ(say(yaml, "ab", R"({"all":1})"), "tools/*/rules/0: everything");
  EXPECT_EQ(say(yaml, "ab"), "allowed");
  EXPECT_EQ(say(yaml, "zz", R"({"g1":1,"one":1})"), "allowed");
}

TEST(Decide, DefaultTexts) {
  EXPECT_EQ(say("tools: {t: {rules: [{name: no way, action: deny}]}}", "t"),
            "tools/t/rules/no way: Denied by rule \"no way\"");
  EXPECT_EQ(say("tools: {t: {rules: [{action: deny}]}}", "t"), "tools/t/rules/0: Denied by rule \"0\"");
  EXPECT_EQ(say("hide: [\"x*\"]", "xy"), "(hidden): Tool \"xy\" is hidden by policy");
}

TEST(Decide, DefaultDeny) {
  constexpr std::string_view yaml = R"(
default: deny
tools:
  exact: {}
  "read_*": {rules: []}
  "*": {rules: [{rate_limit: 5/hour}]}
  "lit\\*": {}
)";
  EXPECT_EQ(say(yaml, "exact"), "allowed");
  EXPECT_EQ(say(yaml, "read_x"), "allowed");
  EXPECT_EQ(say(yaml, "lit*"), "allowed");
  for (const char* name : {"other", "Exact", "exact ", "read", "*", "", "litx", "exact\xE2\x80\x8B"})
    EXPECT_THAT(say(yaml, name), HasSubstr("(default deny): Tool")) << name;
}

TEST(Decide, DefaultMap) {
  constexpr std::string_view yaml = R"(
default: {tools: deny, resources: allow, prompts: deny, methods: deny}
prompts: {ok: {}}
methods: {"custom/known": {}, "vendor/*": {}, "*": {}}
)";
  EXPECT_THAT(say(yaml, "t"), HasSubstr("(default deny)"));
  EXPECT_EQ(say_resource(yaml, "file:///x"), "allowed");
  const auto s = lowered(yaml);
  EXPECT_EQ(say(*s, Call("prompts/get", SubjectKind::prompt, "ok")), "allowed");
  EXPECT_EQ(say(*s, Call("prompts/get", SubjectKind::prompt, "no")),
            "(default deny): Prompt \"no\" is not permitted by policy");
  EXPECT_EQ(say_method(yaml, "custom/known"), "allowed");
  EXPECT_EQ(say_method(yaml, "vendor/x"), "allowed");
  EXPECT_EQ(say_method(yaml, "other/x"), "(default deny): Method \"other/x\" is not permitted by policy");
  for (const char* method : {"initialize", "ping", "tools/list", "notifications/cancelled", "logging/setLevel"})
    EXPECT_EQ(say_method(yaml, method), "allowed") << method;
  const auto open = lowered("default: allow");
  EXPECT_TRUE(decide(*open, *Call::of_method("other/x")).default_allowed_unknown_method);
  EXPECT_FALSE(decide(*open, *Call::of_method("ping")).default_allowed_unknown_method);
}

TEST(Decide, SeveralSubjects) {
  const auto s = lowered(
      "default: {resources: deny}\nresources: {\"file:///a\": {}, \"file:///b\": {rules: [{rate_limit: 5/hour}]}}");
  Call call("subscriptions/listen", SubjectKind::resource, "file:///a");
  EXPECT_EQ(say(*s, call), "allowed");
  call.add_subject(SubjectKind::resource, "file:///b");
  EXPECT_EQ(decide(*s, call).charges.size(), 1U);
  call.add_subject(SubjectKind::resource, "file:///c");
  EXPECT_EQ(say(*s, call), "(default deny): Resource \"file:///c\" is not permitted by policy");
}

TEST(Decide, Servers) {
  constexpr std::string_view yaml = R"(
default: {tools: deny}
tools: {t: {rules: [{action: deny, reason: top}]}, u: {}}
servers:
  s:
    default: {tools: allow}
    hide: [h]
    tools: {t: {rules: [{action: deny, reason: own}]}}
)";
  EXPECT_EQ(say(yaml, "t", "{}", "s"), "servers/s/tools/t/rules/0: own");
  EXPECT_EQ(say(yaml, "t"), "tools/t/rules/0: top");
  EXPECT_EQ(say(yaml, "v", "{}", "s"), "allowed");
  EXPECT_THAT(say(yaml, "v"), HasSubstr("(default deny)"));
  EXPECT_THAT(say(yaml, "v", "{}", "S"), HasSubstr("(default deny)"));
  EXPECT_THAT(say(yaml, "h", "{}", "s"), HasSubstr("(hidden)"));
  // Classes first, then blocks: the top level's exact name before the server's glob.
  constexpr std::string_view mixed = R"(
tools: {t: {rules: [{action: deny, reason: top exact}]}}
servers: {s: {tools: {"t*": {rules: [{action: deny, reason: own glob}]}}}}
)";
  EXPECT_EQ(say(mixed, "t", "{}", "s"), "tools/t/rules/0: top exact");
  EXPECT_EQ(say(mixed, "tt", "{}", "s"), "servers/s/tools/t*/rules/0: own glob");
}

TEST(Decide, Methods) {
  constexpr std::string_view yaml = R"(
methods:
  "*": {rules: [{action: deny, reason: all}]}
  ping: {rules: [{action: deny, direction: server, reason: no pings from the server}]}
  "notifications/*": {rules: [{action: deny, when: [{path: params.level, op: eq, value: debug}], reason: debug}]}
)";
  EXPECT_EQ(say_method(yaml, "initialize"), "allowed");
  EXPECT_EQ(say_method(yaml, "ping"), "allowed");
  EXPECT_EQ(say_method(yaml, "ping", mcp::Direction::server_to_client),
            "methods/ping/rules/0: no pings from the server");
  EXPECT_EQ(say_method(yaml, "sampling/createMessage", mcp::Direction::server_to_client), "methods/*/rules/0: all");
  EXPECT_EQ(say_method(yaml, "unknown/x"), "methods/*/rules/0: all");
  EXPECT_EQ(say_method(yaml, "notifications/message"), "allowed");
  const auto s = lowered(yaml);
  const auto call = Call::of_method("notifications/message");
  call->set_params(R"({"level":"debug"})");
  EXPECT_EQ(say(*s, *call), "methods/notifications/*/rules/0: debug");
  // Rules of methods come before those of the tool.
  constexpr std::string_view both =
      "methods: {tools/call: {rules: [{action: deny, reason: m}]}}\ntools: {t: {rules: [{action: deny, reason: t}]}}";
  EXPECT_EQ(say(both, "t"), "methods/tools/call/rules/0: m");
}

TEST(Decide, ResourcesInTwoForms) {
  constexpr std::string_view denied = R"(resources: {"file:///etc/*": {rules: [{action: deny, reason: etc}]}})";
  for (const char* uri : {"file:///etc/passwd", "file:///srv/../etc/passwd", "FILE:///etc/passwd",
                          "file:///%65tc/passwd", "file:///etc/../srv/x"})
    EXPECT_EQ(say_resource(denied, uri), "resources/file:///etc/*/rules/0: etc") << uri;
  EXPECT_EQ(say_resource(denied, "file:///srv/x"), "allowed");
  constexpr std::string_view allowed = R"(
default: {resources: deny}
resources: {"file:///srv/*": {}, "http://Example.com/a": {}}
)";
  EXPECT_EQ(say_resource(allowed, "file:///srv/x"), "allowed");
  EXPECT_THAT(say_resource(allowed, "file:///srv/../etc/passwd"), HasSubstr("(default deny)"));
  EXPECT_THAT(say_resource(allowed, "file:///etc/../srv/x"), HasSubstr("(default deny)"));
  EXPECT_EQ(say_resource(allowed, "http://Example.com/a"), "allowed");
  EXPECT_EQ(say_resource(allowed, "http://example.com/a"), "allowed");
  EXPECT_THAT(say_resource(allowed, "http://example.com/b"), HasSubstr("(default deny)"));
  // A limit cannot be escaped by another spelling.
  const auto s = lowered(R"(resources: {"file:///a": {rules: [{rate_limit: 5/hour}]}})");
  EXPECT_EQ(decide(*s, Call("resources/read", SubjectKind::resource, "file:///b/../a")).charges.size(), 1U);
}

TEST(Decide, RequiredArguments) {
  constexpr std::string_view yaml = R"(
tools:
  run: {rules: [{action: allow, rate_limit: {max: 10, window: 60}, validate: {required_args: true}}]}
  "*": {rules: [{action: deny, when: [{path: args.bad, op: exists, value: true}], reason: bad}]}
)";
  const auto s = lowered(yaml);
  Call call("run", R"({"a":1,"c":null,"d":null})");
  Verdict v = decide(*s, call);
  EXPECT_TRUE(v.needs_tools);
  EXPECT_FALSE(v.denied());
  call.set_arguments(R"({"bad":1})");
  v = decide(*s, call);
  EXPECT_TRUE(v.denied());
  EXPECT_FALSE(v.needs_tools);
  call.set_arguments(R"({"a":1,"c":null,"d":null})");
  call.facts.tools_known = true;
  v = decide(*s, call);
  EXPECT_EQ(v.reason, Reason::validation);
  EXPECT_EQ(v.message, "server does not list tool \"run\"");
  call.define(R"({"name":"run"})");
  call.definition().required = {{"a", false}, {"b", false}, {"c", false}, {"d", true}};
  v = decide(*s, call);
  EXPECT_EQ(v.reason, Reason::validation);
  EXPECT_EQ(v.message, "Missing required arguments: \"b\", \"c\" (must not be null)");
  call.set_arguments(R"({"a":1,"b":2,"c":3,"d":null})");
  v = decide(*s, call);
  EXPECT_FALSE(v.denied()) << v.message;
  EXPECT_EQ(v.charges.size(), 1U);
  call.definition().schema_readable = false;
  EXPECT_TRUE(decide(*s, call).denied());
  // No rule reads the definition of other tools.
  EXPECT_FALSE(decide(*s, Call("other")).needs_tools);
}

TEST(Decide, Annotations) {
  const auto s = lowered(
      "tools: {\"*\": {rules: [{action: deny, when: [{path: tool.annotations.destructiveHint, op: neq, value: false}], "
      "reason: d}]}}");
  Call call("t");
  EXPECT_TRUE(decide(*s, call).needs_tools);
  call.define(R"({"name":"t","annotations":{"destructiveHint":false}})");
  EXPECT_EQ(say(*s, call), "allowed");
  call.define(R"({"name":"t","annotations":{"destructiveHint":true}})");
  EXPECT_EQ(decide(*s, call).reason, Reason::rule);
  call.define(R"({"name":"t"})");
  EXPECT_EQ(decide(*s, call).reason, Reason::undecided);
}

TEST(Decide, LookAlikeKeys) {
  constexpr std::string_view yaml = R"(
tools:
  t:
    rules:
      - require: [{path: args.path, op: path_within, value: /srv}, {path: 'args.items[*].kind', op: neq, value: x}]
      - {rate_limit: 5/hour}
      - {spend_limit: {max: 5, window: day, from: args.cost}}
)";
  const auto s = lowered(yaml);
  const auto said = [&](const std::string& arguments) { return say(*s, Call("t", arguments)); };
  EXPECT_EQ(said(R"({"path":"/srv/a","items":[],"cost":1,"other":{"Path":1,"path":2}})"), "allowed");
  for (const char* arguments :
       {R"({"path":"/srv/a","Path":"/etc","items":[],"cost":1})", R"({"PATH":"/srv/a","items":[],"cost":1})",
        R"({"path":"/srv/a","items":[{"kind":"a","Kind":"x"}],"cost":1})",
        R"({"path":"/srv/a","items":[{"kind":"a"},{"\u212Aind":"x"}],"cost":1})",
        R"({"path":"/srv/a","Items":[],"items":[],"cost":1})",
        R"({"path":"/srv/a","items":[],"co\u017Ft":-1,"cost":1})"}) {
    const Call call("t", arguments);
    const Verdict v = decide(*s, call);
    EXPECT_EQ(v.reason, Reason::look_alike_key) << arguments;
    EXPECT_TRUE(v.charges.empty());
  }
  // Another tool's rules name nothing here.
  EXPECT_EQ(say(*s, Call("u", R"({"path":"a","Path":"b"})")), "allowed");
  Call schema("u", R"({"Path":"b"})");
  schema.define(R"({"name":"u","inputSchema":{"properties":{"path":{}}}})");
  EXPECT_THAT(say(*s, schema), HasSubstr("looks like \"path\""));
  schema.define(R"({"name":"u","inputSchema":{"properties":{"path":{},"Path":{}}}})");
  EXPECT_EQ(say(*s, schema), "allowed");
  // A wire rule enforces in a shadow too.
  EXPECT_THAT(say("mode: shadow\ntools: {t: {rules: [{require: [{path: args.a, op: exists, value: true}]}]}}", "t",
                  R"({"A":1})"),
              HasSubstr("looks like"));
}

TEST(Decide, Shadow) {
  constexpr std::string_view yaml = R"(
mode: shadow
default: deny
hide: [h]
tools:
  t:
    rules:
      - {action: deny, reason: no}
      - {rate_limit: 1/hour}
      - {action: require_approval, reason: ask}
      - {mode: enforce, require: [{path: args.x, op: exists, value: true}], reason: give x}
      - {validate: {required_args: true}}
)";
  const auto s = lowered(yaml);
  EXPECT_EQ(say(*s, Call("t")), "tools/t/rules/3: give x");
  const Call call("t", R"({"x":1})");
  const Verdict v = decide(*s, call);
  EXPECT_FALSE(v.denied());
  EXPECT_FALSE(v.needs_tools);
  EXPECT_EQ(v.approval, nullptr);
  EXPECT_TRUE(v.charges.empty());
  ASSERT_EQ(v.shadow_charges.size(), 1U);
  EXPECT_TRUE(v.shadow_charges[0].key.starts_with("shadow\x1f"));
  ASSERT_EQ(v.findings.size(), 2U);
  EXPECT_EQ(v.findings[0].message, "would be denied: no");
  EXPECT_EQ(v.findings[1].rule, "tools/t/rules/2");
  EXPECT_FALSE(s->hides("h"));
  EXPECT_FALSE(s->hides_anything());
  const Call hidden("h");
  const Verdict h = decide(*s, hidden);
  EXPECT_FALSE(h.denied());
  ASSERT_EQ(h.findings.size(), 2U);
  EXPECT_EQ(h.findings[0].rule, "(hidden)");
  EXPECT_EQ(h.findings[1].rule, "(default deny)");
  // One shadow rule in an enforcing file.
  const auto one = lowered("tools: {t: {rules: [{mode: shadow, action: deny}, {rate_limit: 5/hour}]}}");
  const Verdict o = decide(*one, Call("t"));
  EXPECT_FALSE(o.denied());
  EXPECT_EQ(o.findings.size(), 1U);
  EXPECT_EQ(o.charges.size(), 1U);
}

TEST(Decide, Approvals) {
  constexpr std::string_view yaml = R"(
tools:
  t:
    rules:
      - {name: first, action: require_approval, when: [{path: args.x, op: gt, value: 5}]}
      - {name: second, action: require_approval}
      - {action: deny, when: [{path: args.bad, op: exists, value: true}], reason: bad}
)";
  const auto s = lowered(yaml);
  EXPECT_EQ(decide(*s, Call("t", R"({"x":6})")).approval->id, "tools/t/rules/first");
  EXPECT_EQ(decide(*s, Call("t", R"({"x":"?"})")).approval->id, "tools/t/rules/first");
  EXPECT_EQ(decide(*s, Call("t", R"({"x":4})")).approval->id, "tools/t/rules/second");
  const Verdict v = decide(*s, Call("t", R"({"bad":1})"));
  EXPECT_TRUE(v.denied());
  EXPECT_EQ(v.approval, nullptr);
}

TEST(Decide, FactsInConditions) {
  constexpr std::string_view yaml = R"(
tools:
  t:
    rules:
      - require:
          - {path: identity.name, op: eq, value: alice}
          - {path: session.id, op: neq, value: bad}
          - {path: server.name, op: in, value: [s]}
          - {path: tool.name, op: starts_with, value: t}
          - {path: time.weekday, op: in, value: [mon, tue, wed, thu, fri]}
          - {path: time.hour, op: between, value: [9, 17], utc_offset: "+02:00"}
          - {path: time.date, op: neq, value: "2026-12-25"}
)";
  const auto s = lowered(yaml, "s");
  ASSERT_NE(s, nullptr);
  Call call("t");
  call.facts.identity = "alice";
  call.facts.server = "s";
  // 2026-11-23 is a Monday.
  const auto at = [](int day, int hour) {
    return base::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / day).time_since_epoch() +
                          std::chrono::hours(hour));
  };
  call.facts.now = at(23, 7);
  EXPECT_EQ(say(*s, call), "allowed");
  call.facts.now = at(23, 6);
  EXPECT_NE(say(*s, call), "allowed");
  call.facts.now = at(23, 16);
  EXPECT_NE(say(*s, call), "allowed");
  call.facts.now = at(22, 10);
  EXPECT_NE(say(*s, call), "allowed");
  call.facts.now = at(23, 7);
  call.facts.session = "";
  EXPECT_EQ(decide(*s, call).reason, Reason::undecided);
  call.facts.session = "bad";
  EXPECT_EQ(decide(*s, call).reason, Reason::rule);
}

TEST(Decide, Idempotency) {
  const auto s = lowered(
      "tools: {t: {rules: [{idempotency_window: 1m, rate_limit: 5/hour}]}, \"*\": {rules: [{name: w, "
      "idempotency_window: 5m, rate_limit: 9/hour}]}}");
  ASSERT_NE(s, nullptr);
  const Verdict v = decide(*s, Call("t"));
  EXPECT_EQ(v.idempotency_seconds, 300);
  EXPECT_EQ(v.idempotency_rule, "tools/*/rules/w");
  EXPECT_FALSE(decide(*lowered("tools: {t: {}}"), Call("t")).idempotency_seconds);
}

TEST(Decide, RulesDigest) {
  const auto digest = [](std::string_view yaml, std::string_view tool) {
    return lowered(yaml)->rules_digest(SubjectKind::tool, tool);
  };
  const std::string a = digest("tools: {t: {rules: [{rate_limit: 5/hour}]}}", "t");
  EXPECT_TRUE(a.starts_with("sha256:"));
  EXPECT_EQ(a, digest("# text\ntools:\n  u: {}\n  t: {rules: [{rate_limit: 5/hour}]}", "t"));
  EXPECT_NE(a, digest("tools: {t: {rules: [{rate_limit: 6/hour}]}}", "t"));
  EXPECT_NE(a, digest("tools: {t: {rules: [{rate_limit: 5/hour}]}, \"*\": {rules: [{rate_limit: 5/hour}]}}", "t"));
  EXPECT_NE(a, digest("default: deny\ntools: {t: {rules: [{rate_limit: 5/hour}]}}", "t"));
  EXPECT_NE(a, digest("tools: {t: {rules: [{rate_limit: 5/hour}]}}", "u"));
}

}  // namespace
}  // namespace policy
