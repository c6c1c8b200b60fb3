// Explanations: what is said of each kind of decision, and that no suggestion is made that does not turn the answer.
#include "policy/explain.h"

#include <gtest/gtest.h>

#include "policy/deciding_test.h"

namespace policy {
namespace {

// A call whose arguments stand in its params, too, as in a message.
class Asked {
 public:
  Asked(std::string_view yaml, std::string_view tool, const std::string& arguments)
      : snapshot_(lowered(yaml)), call_(tool, arguments) {
    call_.set_params(R"({"name":"x","arguments":)" + arguments + "}");
    call_.facts.arguments = call_.facts.params.find("arguments");
  }
  Explanation explain() { return policy::explain(*snapshot_, call_.facts, options); }
  std::string text() { return explain_text(explain(), call_.facts, {"policy.yaml"}); }
  std::string json() {
    std::string out;
    explain_json(out, explain(), call_.facts, "policy.yaml");
    return out;
  }
  Call& call() { return call_; }
  // Charges what the call would be charged.
  void pass() { ASSERT_TRUE(call_.store.reserve(explain().verdict.charges)); }

  ExplainOptions options;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  Call call_;
};

std::vector<std::string> texts_of(const Explanation& e) {
  std::vector<std::string> out;
  for (const Change& c : e.changes) out.push_back(c.text);
  return out;
}
using Texts = std::vector<std::string>;

constexpr std::string_view charge = R"(
default: deny
hide: ["drop_*"]
tools:
  charge:
    rules:
      - name: small
        require:
          - {path: args.amount, op: lte, value: 100}
          - any:
              - {path: args.currency, op: in, value: [usd, eur]}
              - not: {path: args.note, op: exists, value: true}
        on_deny: Too much.
)";

TEST(ExplainTest, SaysWhichConditionDecidedAndWhatItSaw) {
  Asked asked(charge, "charge", R"({"amount":101,"currency":"gbp","note":"x"})");
  const std::string text = asked.text();
  EXPECT_TRUE(
      text.starts_with("DENY  tools/call of tool \"charge\"\n  by tools/charge/rules/small  (policy.yaml:7)\n"
                       "  because of args.amount lte 100\n"
                       "  The agent gets: [INTERCEPT POLICY DENIED] Too much. (decision …)\n"))
      << text;
  EXPECT_NE(text.find("        args.amount lte 100: false, saw 101\n"
                      "        any of: false [not needed]\n"
                      "          args.currency in [\"usd\",\"eur\"]: false, saw \"gbp\"\n"
                      "          not: false\n"
                      "            args.note exists true: true, saw \"x\"\n"),
            std::string::npos)
      << text;
}

TEST(ExplainTest, PutsTogetherWhatIsNeededAndNoMore) {
  Asked asked(charge, "charge", R"({"amount":101,"currency":"gbp","note":"x"})");
  EXPECT_EQ(texts_of(asked.explain()),
            (Texts{R"(args.amount at most 100, and args.currency: "usd" (one of "usd", "eur"))"}));
  Asked less(charge, "charge", R"({"amount":101,"currency":"eur"})");
  EXPECT_EQ(texts_of(less.explain()), (Texts{"args.amount at most 100"}));
}

TEST(ExplainTest, SaysWhyAConditionIsUndecided) {
  Asked asked(charge, "charge", R"({"amount":"50","currency":"usd"})");
  const Explanation e = asked.explain();
  EXPECT_EQ(e.reason, "undecided");
  ASSERT_EQ(e.trace.entries.size(), 1U);
  const TracedCondition& amount = e.trace.entries[0].rules[0].require[0];
  EXPECT_EQ(amount.truth, Truth::undecided);
  EXPECT_EQ(amount.value, "\"50\"");
  EXPECT_EQ(amount.why, "text is not read as a number here (coerce: true would read it)");
  EXPECT_NE(asked.text().find("undecided, which fails, saw \"50\""), std::string::npos);
}

TEST(ExplainTest, AnAllowedCallSaysWhatWouldNotPass) {
  Asked asked(charge, "charge", R"({"amount":5,"currency":"usd"})");
  const Explanation e = asked.explain();
  EXPECT_EQ(e.answer, Answer::allow);
  ASSERT_FALSE(e.changes.empty());
  EXPECT_EQ(e.changes[0].text, "args.amount: 101 (above 100)");
  EXPECT_EQ(e.changes[0].rule, "tools/charge/rules/small");
  EXPECT_EQ(e.changes[0].answer, Answer::deny);
}

TEST(ExplainTest, DefaultDenyAndHideAreMendedInThePolicy) {
  Asked unnamed(charge, "re*fund", "{}");
  EXPECT_EQ(texts_of(unnamed.explain()), (Texts{R"(name it in the policy: tools: {"re\\*fund": {}})"}));
  EXPECT_NE(unnamed.text().find("default: deny, and no entry names the tool \"re*fund\""), std::string::npos);
  Asked hidden(charge, "drop_all", "{}");
  EXPECT_EQ(texts_of(hidden.explain()),
            (Texts{R"(take drop_* out of hide (line 3), and name it in the policy: tools: {"drop_all": {}})"}));
  // The rule that would deny after all is why there is nothing to suggest.
  Asked never("default: deny\ntools: {\"*\": {rules: [{action: deny}]}}", "x", "{}");
  EXPECT_EQ(texts_of(never.explain()), Texts());
}

TEST(ExplainTest, RulesBehindTheDenialAreMarked) {
  Asked asked(R"(
tools:
  "*": {rules: [{action: deny, when: {path: args.a, op: gt, value: 5}}]}
  x: {rules: [{action: deny, when: {path: args.a, op: eq, value: 7}}]}
)",
              "x", R"({"a":7})");
  const Explanation e = asked.explain();
  ASSERT_EQ(e.trace.entries.size(), 2U);
  EXPECT_EQ(e.trace.entries[0].pattern, "x");
  EXPECT_TRUE(e.trace.entries[0].rules[0].reached);
  EXPECT_FALSE(e.trace.entries[1].rules[0].reached);
  EXPECT_EQ(e.trace.entries[1].rules[0].state, RuleState::denies);
  EXPECT_NE(asked.text().find("would deny [not reached]"), std::string::npos);
  EXPECT_EQ(texts_of(e).back(), "args.a left out");
}

TEST(ExplainTest, ElementsThatDecidedAreNamed) {
  Asked asked("tools: {x: {rules: [{require: {path: \"args.items[*].price\", op: lte, value: 9}}]}}", "x",
              R"({"items":[{"price":1},{"price":10},{"price":11}]})");
  const Explanation e = asked.explain();
  const TracedCondition& c = e.trace.entries[0].rules[0].require[0];
  ASSERT_EQ(c.elements.size(), 2U);
  EXPECT_EQ(c.elements[0].path, "args.items[1].price");
  EXPECT_EQ(c.elements[1].value, "11");
  EXPECT_EQ(texts_of(e), (Texts{"args.items[1].price at most 9, and args.items[2].price at most 9"}));
}

TEST(ExplainTest, LimitsSayWhatIsHeldAndHowMuchWouldFit) {
  Asked asked("tools: {x: {rules: [{spend_limit: {max: 10, window: day, from: args.amount}}]}}", "x",
              R"({"amount":7})");
  asked.pass();
  const Explanation e = asked.explain();
  EXPECT_EQ(e.answer, Answer::deny);
  EXPECT_EQ(e.reason, "limit");
  ASSERT_EQ(e.charges.size(), 1U);
  EXPECT_EQ(e.charges[0].held->text(), "7");
  EXPECT_FALSE(e.charges[0].fits);
  EXPECT_EQ(texts_of(e), (Texts{"args.amount at most 3"}));
  EXPECT_NE(asked.text().find("spend limit on args.amount: 7, holds 7 of 10 per day (calendar, UTC): does not fit"),
            std::string::npos);
}

TEST(ExplainTest, WaitingIsTriedOnTheStore) {
  Asked asked("tools: {x: {rules: [{rate_limit: 1/hour}]}}", "x", "{}");
  asked.pass();
  EXPECT_EQ(texts_of(asked.explain()), Texts());  // the store cannot be moved ahead
  base::Duration now{0};
  asked.options.travel = [&](base::Duration ahead) {
    asked.call().clock.advance(ahead - now);
    now = ahead;
    return true;
  };
  EXPECT_EQ(texts_of(asked.explain()), (Texts{"wait 3600 s"}));
  EXPECT_EQ(now, base::Duration{0});
  asked.options.travel = [](base::Duration) { return false; };
  EXPECT_EQ(texts_of(asked.explain()), Texts());
}

TEST(ExplainTest, WhoAndWhenAreSuggestedToo) {
  Asked who("tools: {x: {rules: [{require: {path: identity.name, op: in, value: [ops, root]}}]}}", "x", "{}");
  EXPECT_EQ(texts_of(who.explain()), (Texts{"the identity \"ops\"", "the identity \"root\""}));
  Asked when("tools: {x: {rules: [{require: {path: time.hour, op: between, value: [3, 4]}}]}}", "x", "{}");
  const Explanation e = when.explain();  // the test's clock: 2027-01-15T08:00:00Z
  ASSERT_EQ(e.changes.size(), 1U);
  EXPECT_EQ(e.changes[0].value, "2027-01-16T03:00:00.000Z");
}

TEST(ExplainTest, ARuleThatReadsTheToolNeedsTheList) {
  Asked asked("tools: {x: {rules: [{validate: {required_args: true}}]}}", "x", R"({"a":1})");
  EXPECT_EQ(asked.explain().answer, Answer::needs_tools);
  EXPECT_NE(asked.text().find("--tools"), std::string::npos);
  asked.call().define(
      R"({"name":"x","inputSchema":{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"]}})");
  asked.call().definition().required = {{"b", false}};
  const Explanation e = asked.explain();
  EXPECT_EQ(e.reason, "validation");
  EXPECT_EQ(texts_of(e), (Texts{"args.b: 1 (or another value)"}));
}

TEST(ExplainTest, ApprovalAndLookAlikeKeys) {
  Asked approval("tools: {x: {rules: [{action: require_approval, when: {path: args.n, op: gte, value: 10}}]}}", "x",
                 R"({"n":10})");
  EXPECT_EQ(approval.explain().answer, Answer::needs_approval);
  EXPECT_EQ(texts_of(approval.explain())[0], "args.n: 9 (below 10)");
  Asked alike(charge, "charge", R"({"Amount":5,"currency":"usd"})");
  EXPECT_EQ(alike.explain().reason, "wire");
  EXPECT_EQ(texts_of(alike.explain())[0], R"(the argument "Amount" left out, and its value given as "amount")");
}

TEST(ExplainTest, ShadowIsRecordedAndSaid) {
  Asked asked("tools: {x: {rules: [{name: s, mode: shadow, action: deny}, {rate_limit: 1/hour, mode: shadow}]}}", "x",
              "{}");
  EXPECT_EQ(asked.explain().answer, Answer::allow);
  EXPECT_NE(asked.text().find("Shadow: recorded, not enforced\n  tools/x/rules/s: would be denied"), std::string::npos);
}

TEST(ExplainTest, JsonIsOneDocument) {
  Asked asked(charge, "charge", R"({"amount":101,"x":"\u202e\n"})");
  json::Document document;
  const std::string text = asked.json();
  ASSERT_TRUE(document.read(text, json::Profile::strict)) << text;
  EXPECT_EQ(document.root().find("decision").string(), "deny");
  EXPECT_EQ(document.root().find("rule").string(), "tools/charge/rules/small");
  const json::Value rule = document.root().find("entries").at(0).find("rules").at(0);
  EXPECT_EQ(rule.find("state").string(), "denies");
  EXPECT_EQ(rule.find("require").at(0).find("saw").string(), "101");
}

}  // namespace
}  // namespace policy
