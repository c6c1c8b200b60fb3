// The documents that must work exactly as printed (policy-language, section 1), the scaffolds' style, and mixtures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/load_testing.h"

namespace policy {
namespace {

constexpr const char* a1 = R"(# A1: the catalogue page of arcane_job_run
tools:
  arcane_job_run:
    rules:
      - action: allow
        rate_limit:
          max: 10
          window: 60          # seconds: at most 10 calls a minute, per agent session
        validate:
          required_args: true
)";

constexpr const char* a23 = R"(# A2, A3
tools:
  arcane_environment_delete:
    rules:
      - action: deny
        reason: "Blocked by default — enable with approval"
  create_bounty:
    rules:
      - rate_limit: 30/hour
)";

constexpr const char* b1 = R"(# B1
version: "1"
description: "Stripe MCP server policies"
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

constexpr const char* c1 = R"({ "version": "1", "default": "deny", "hide": ["delete_account"],
  "all_tools": { "limits": [ { "counter": "calls", "window": "minute", "max": 60, "scope": "grant" } ] },
  "tools": {
    "list_customers": {},
    "create_charge": {
      "require": [ { "conditions": [ { "path": "args.reason", "op": "exists", "value": true } ], "on_deny": "Give a reason." } ],
      "deny_if": [ { "conditions": [ { "path": "args.amount", "op": "gt", "value": 10000 } ], "on_deny": "Requires human approval." } ],
      "limits":  [ { "counter": "spend", "window": "day", "max": 1000000, "increment_from": "args.amount", "scope": "grant" } ] } } })";

TEST(Documents, CatalogueAllow) {
  const Policy p = good(a1, {});
  EXPECT_EQ(p.family, 'A');
  const Rule& rule = p.rules.tools.at(0).rules.at(0);
  EXPECT_EQ(rule.label, "rules/0");
  EXPECT_EQ(rule.action, Action::allow);
  EXPECT_TRUE(rule.validate.required_args);
  const Limit& limit = rule.limits.at(0);
  EXPECT_EQ(limit.kind, Limit::Kind::rate);
  EXPECT_EQ(limit.max, base::Amount::of(10));
  EXPECT_EQ(limit.window, (limits::Window{limits::WindowType::sliding, 60, false}));
  EXPECT_EQ(limit.scope, Scope::session);
  EXPECT_EQ(limit.counter, "_rate_60");
  EXPECT_EQ(limit.position.line, 7U);
}

TEST(Documents, CatalogueDenyAndRate) {
  const Policy p = good(a23);
  EXPECT_EQ(p.family, 'A');
  EXPECT_EQ(p.rules.tools.at(0).rules.at(0).action, Action::deny);
  EXPECT_EQ(p.rules.tools[0].rules[0].on_deny, "Blocked by default — enable with approval");
  const Limit& limit = p.rules.tools.at(1).rules.at(0).limits.at(0);
  EXPECT_EQ(limit.window, (limits::Window{limits::WindowType::sliding, 3600, false}));
  EXPECT_EQ(limit.scope, std::nullopt);
}

TEST(Documents, Classic) {
  const Policy p = good(b1, {"approvals-not-configured"});
  EXPECT_EQ(p.family, 'B');
  EXPECT_EQ(p.description, "Stripe MCP server policies");
  EXPECT_EQ(p.rules.defaults.tools, Default::deny);
  EXPECT_EQ(p.rules.defaults.methods, Default::deny);
  ASSERT_EQ(p.rules.hide.size(), 2U);
  EXPECT_EQ(p.rules.hide[1].pattern, "delete_product");
  const Entry& charge = p.rules.tools.at(0);
  ASSERT_EQ(charge.rules.size(), 3U);
  EXPECT_EQ(charge.rules[0].label, "rules/max single charge");
  ASSERT_EQ(charge.rules[0].require.size(), 1U);
  EXPECT_EQ(charge.rules[0].require[0].path.text(), "args.amount");
  EXPECT_EQ(charge.rules[0].require[0].op, Op::lte);
  EXPECT_EQ(charge.rules[0].require[0].value.text, "50000");
  EXPECT_TRUE(charge.rules[1].require.empty());
  const Limit& spend = charge.rules[1].limits.at(0);
  EXPECT_EQ(spend.kind, Limit::Kind::state);
  EXPECT_EQ(spend.counter, "daily_spend");
  EXPECT_EQ(spend.max, base::Amount::of(1000000));
  EXPECT_FALSE(spend.exclusive);
  EXPECT_EQ(spend.on_deny, "Daily spending cap of $10,000.00 reached");
  EXPECT_EQ(spend.window, (limits::Window{limits::WindowType::calendar, 86400, false}));
  EXPECT_EQ(spend.amount_from->text(), "args.amount");
  EXPECT_EQ(charge.rules[2].action, Action::require_approval);
  EXPECT_EQ(charge.rules[2].when.size(), 1U);
  EXPECT_TRUE(charge.rules[2].require.empty());
  EXPECT_EQ(charge.rules[2].approval_timeout_seconds, 1800);
  EXPECT_EQ(p.rules.tools.at(2).pattern, "*");
}

TEST(Documents, Hosted) {
  const Policy p = good(c1);
  EXPECT_EQ(p.family, 'C');
  ASSERT_EQ(p.rules.tools.size(), 3U);
  EXPECT_TRUE(p.rules.tools[0].rules.empty());
  const Entry& charge = p.rules.tools[1];
  ASSERT_EQ(charge.rules.size(), 3U);
  EXPECT_EQ(charge.rules[0].label, "require/0");
  EXPECT_EQ(charge.rules[0].on_deny, "Give a reason.");
  EXPECT_EQ(charge.rules[1].label, "deny_if/0");
  EXPECT_EQ(charge.rules[1].action, Action::deny);
  EXPECT_EQ(charge.rules[1].when.at(0).op, Op::gt);
  EXPECT_EQ(charge.rules[2].label, "limits/spend");
  EXPECT_EQ(charge.rules[2].limits.at(0).scope, Scope::identity);
  EXPECT_EQ(charge.rules[2].limits[0].kind, Limit::Kind::hosted);
  EXPECT_EQ(p.rules.tools[2].pattern, "*");
  EXPECT_EQ(p.rules.tools[2].rules.at(0).label, "all_tools/limits/calls");
}

TEST(Documents, HostedIsTheSameAsYaml) {
  const Policy p = good(
      "tools:\n  t:\n    require: [{path: args.a, op: exists, value: true, on_deny: needs a}]\n"
      "    deny_if:\n      - {}\n      - {conditions: [], on_deny: never}\n      - {path: args.b, op: eq, value: x}\n"
      "    rules: [{name: r, action: allow}]\n    limits: [{counter: n, window: hour, max: 3}]\n",
      {"unreachable-rule"});
  const auto& rules = p.rules.tools.at(0).rules;
  std::vector<std::string> labels;
  for (const Rule& r : rules) labels.push_back(r.label);
  EXPECT_THAT(labels, testing::ElementsAre("require/0", "deny_if/0", "deny_if/1", "deny_if/2", "rules/r", "limits/n"));
  EXPECT_EQ(rules[0].on_deny, "needs a");
  EXPECT_TRUE(rules[1].when.empty());
  EXPECT_EQ(rules[2].on_deny, "never");
  EXPECT_EQ(rules[3].when.size(), 1U);
  EXPECT_EQ(p.family, 'M');
}

// What scan wrote and the 50 scaffolds look like.
TEST(Documents, Scaffold) {
  const Policy p = good(R"(# Generated by: intercept scan -- npx -y @example/server-github
# Tools discovered: 3
version: "1"
description: "Policy for @example/server-github"
default: "allow" # or "deny"

tools:

  # create_issue: Create an issue
  # owner (string, required), repo (string, required), title (string, required)
  create_issue:
    rules:
      - name: "hourly limit"
        rate_limit: 5/hour
        on_deny: "Hourly limit of 5 new issues reached. Wait before creating more."
      - name: "our organisation only"
        conditions:
          - path: "args.owner"
            op: "in"
            value: ["acme", "acme-labs"]
        on_deny: "Only repositories of our organisation."
  delete_repository:
    rules:
      - name: "block deletion"
        action: "deny"
        on_deny: "Repositories are not deleted by agents."
  list_issues:
    rules: []

  # "*":
  #   rules:
  #     - name: "global rate limit"
  #       rate_limit: 60/minute
)");
  EXPECT_EQ(p.family, 'B');
  EXPECT_EQ(p.rules.tools.size(), 3U);
}

TEST(Documents, FamiliesMix) {
  const Policy p = good(R"(version: 1
tools:
  a: {rules: [{name: x, rate_limit: {max: 1, window: 1m}, validate: {required_args: true}}]}
  b: {deny_if: [{}]}
  "c.*": {}
servers:
  files:
    default: {tools: deny, methods: allow}
    hide: ["*_internal"]
    tools: {read_file: {rules: [{require: {path: args.path, op: path_within, value: /srv/data}}]}}
    resources: {"file:///srv/*": {rules: [{rate_limit: 5/minute}]}}
    prompts: {greet: {}}
    methods: {"logging/setLevel": {rules: [{action: deny, direction: client}]}}
)");
  EXPECT_EQ(p.family, 'M');
  ASSERT_EQ(p.servers.size(), 1U);
  const Ruleset& files = p.servers[0].rules;
  EXPECT_EQ(files.defaults.tools, Default::deny);
  EXPECT_EQ(files.defaults.methods, Default::allow);
  EXPECT_EQ(files.defaults.prompts, std::nullopt);
  EXPECT_EQ(files.tools.at(0).rules.at(0).require.at(0).value.kind, Constant::Kind::list);
  EXPECT_EQ(files.methods.at(0).rules.at(0).direction, RuleDirection::client);
}

TEST(Documents, SmallestPolicies) {
  for (const char* text :
       {"version: \"1\"", "version: 1\n", "default: allow", "{}", "tools: {}", "---\nversion: '1'\n...\n",
        "\xEF\xBB\xBFversion: \"1\"\r\ntools:\r\n  a:\r\n    rules: []\r\n", "{\"version\":\"1\"}", "{version: \"1\",}",
        "%YAML 1.1\n---\nversion: 1\n"})
    good(text, {});
}

TEST(Documents, DigestIsOfTheBytes) {
  const Policy p = good("{}", {});
  EXPECT_EQ(p.digest, "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_EQ(p.file, "p.yaml");
}

TEST(Documents, FlattenedPageIsMended) {
  for (const char* text :
       {"tools:\narcane_job_run:\nrules:\n- action: allow\nrate_limit:\nmax: 10\nwindow: 60\nvalidate:\nrequired_args: "
        "true\n",
        "tools:\n  arcane_job_run:\nrules:\n  - action: allow\n    rate_limit:\n      max: 10\n      window: 60\n"
        "    validate:\n      required_args: true\n",
        "arcane_job_run:\n  rules:\n    - action: allow\n      rate_limit:\n        max: 10\n        window: 60\n"
        "      validate:\n        required_args: true\n"}) {
    const Loaded l = load("p.yaml", text);
    EXPECT_FALSE(l.policy);
    ASSERT_EQ(l.problems.size(), 1U) << text;
    EXPECT_EQ(l.problems[0].code, "lost-indentation");
    const std::size_t start = l.problems[0].hint.find('\n') + 1;
    const Policy p = good(l.problems[0].hint.substr(start), {});
    EXPECT_EQ(p.rules.tools.at(0).pattern, "arcane_job_run");
    EXPECT_EQ(p.rules.tools[0].rules.at(0).limits.at(0).max, base::Amount::of(10));
    EXPECT_TRUE(p.rules.tools[0].rules[0].validate.required_args);
  }
}

TEST(Documents, FlattenedClassicPageIsMended) {
  const Loaded l = load("p.yaml",
                        "tools:\ncharge:\nrules:\n- name: small\nconditions:\n- path: args.amount\nop: lte\nvalue: "
                        "5\n- name: few\nrate_limit: 5/hour\n"
                        "refund:\nrules:\n- action: deny\n");
  ASSERT_EQ(l.problems.size(), 1U);
  const Policy p = good(l.problems[0].hint.substr(l.problems[0].hint.find('\n') + 1));
  ASSERT_EQ(p.rules.tools.size(), 2U);
  EXPECT_EQ(p.rules.tools[0].rules.size(), 2U);
}

TEST(Documents, CompatListsWhatIsStricter) {
  const auto codes = [](const char* text) {
    std::set<std::string> out;
    for (const Problem& p : load("p", text, {.compat = true}).compat) out.insert(p.code);
    return out;
  };
  EXPECT_THAT(codes(b1),
              testing::IsSupersetOf({"sliding", "refund", "amounts", "approvals", "undecided", "default-deny"}));
  EXPECT_THAT(codes(c1), testing::IsSupersetOf({"undecided", "amounts", "refund"}));
  EXPECT_THAT(codes("tools: {t: {rules: [{name: n, conditions: [{path: args.a, op: eq, value: '5'}]}]}}"),
              testing::Contains("types"));
  EXPECT_THAT(codes("tools: {t: {rules: [{name: n, conditions: [{path: args.a, op: eq, value: x}]}]}}"),
              testing::IsEmpty());
  EXPECT_THAT(codes("hide: ['a*']\ntools: {'b*': {}}"), testing::UnorderedElementsAre("hide-glob", "entry-glob"));
}

TEST(Documents, LintAndCompatOnlyIfAskedFor) {
  constexpr const char* text =
      "tools: {t: {rules: [{when: {path: args.a, op: eq, value: '5'}}, {rate_limit: 5/hour}]}}";
  EXPECT_THAT(codes_of(load("p", text)), testing::Contains("rule-does-nothing"));
  EXPECT_THAT(load("p", text).compat, testing::IsEmpty());
  const Loaded plain = load("p", text, {.lint = false, .compat = true});
  ASSERT_TRUE(plain.policy);
  EXPECT_THAT(plain.problems, testing::IsEmpty());
  EXPECT_THAT(plain.compat, testing::Not(testing::IsEmpty()));
  // A silence is not said to be idle where nothing was looked for, and errors are found all the same.
  EXPECT_THAT(load("p", "lint: {rule-does-nothing: meant}\ntools: {}", {.lint = false}).problems, testing::IsEmpty());
  EXPECT_FALSE(load("p", "tools: {t: {rules: [{actoin: deny}]}}", {.lint = false}).policy);
}

}  // namespace
}  // namespace policy
