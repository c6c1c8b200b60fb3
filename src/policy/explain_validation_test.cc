// Explanations of `validate`: every part is shown with what it says, a part that passes too, and changes of the
// arguments that would fit are offered where they can be guessed, each tried.
#include <gtest/gtest.h>

#include "policy/deciding_test.h"
#include "policy/explain.h"

namespace policy {
namespace {

class Asked {
 public:
  Asked(std::string_view validate, const std::string& arguments,
        const std::string& input_schema = R"({"type":"object"})")
      : snapshot_(lowered("tools: {x: {rules: [{name: v, validate: " + std::string(validate) + "}]}}")),
        call_("x", arguments) {
    call_.set_params(R"({"name":"x","arguments":)" + arguments + "}");
    call_.facts.arguments = call_.facts.params.find("arguments");
    call_.define(R"({"name":"x","inputSchema":)" + input_schema + "}");
  }
  Call& call() { return call_; }
  Explanation explain() { return policy::explain(*snapshot_, call_.facts, {}); }
  std::string text() { return explain_text(explain(), call_.facts, {"policy.yaml"}); }
  std::string json() {
    std::string out;
    explain_json(out, explain(), call_.facts, "policy.yaml");
    return out;
  }
  std::vector<std::string> changes() {
    std::vector<std::string> out;
    for (const Change& c : explain().changes) out.push_back(c.text);
    return out;
  }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  Call call_;
};
using Texts = std::vector<std::string>;

constexpr std::string_view order = R"({args: {note: {type: string}}, schema: {type: object, required: [customer],
  additionalProperties: false, properties: {customer: {type: string}, note: {}, items: {type: array,
  items: {$ref: "#/$defs/item"}}}, $defs: {item: {type: object, properties: {price: {type: number, maximum: 5}}}}}})";

TEST(ExplainValidationTest, EveryPartIsShownAndEachFailingPath) {
  Asked asked(order, R"({"items":[{"price":5},{"price":6}],"note":"a"})");
  const Explanation e = asked.explain();
  EXPECT_EQ(e.reason, "validation");
  EXPECT_EQ(e.verdict.condition, "validate schema: /$defs/item/properties/price/maximum");
  const std::vector<CheckedPart>& parts = e.trace.entries.at(0).rules.at(0).validate;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].condition, e.verdict.condition);
  EXPECT_TRUE(parts[1].passes());
  const std::string text = asked.text();
  EXPECT_NE(text.find("      validate schema: fails\n"
                      "        args.items[1].price must be at most 5, is 6\n"
                      "        args.customer is required\n"
                      "      validate args.note: ok\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(asked.changes(),
            (Texts{"args.items[1].price: 5 (at most 5), and args.customer: \"something\" (or another value)"}));
}

TEST(ExplainValidationTest, APartThatPassesIsShown) {
  Asked asked("{required_args: true, schema: true}", R"({"a":1})", R"({"type":"object","required":["a"]})");
  EXPECT_EQ(asked.explain().answer, Answer::allow);
  const std::string text = asked.text();
  EXPECT_NE(text.find("      validate required_args: ok\n      validate schema: ok\n"), std::string::npos) << text;
}

TEST(ExplainValidationTest, AllPartsAreAskedThoughTheFirstDecides) {
  Asked asked("{required_args: true, schema: true}", R"({"b":1})",
              R"({"type":"object","required":["a"],"properties":{"b":{"type":"string"}}})");
  EXPECT_EQ(asked.explain().verdict.condition, "validate required_args");
  const std::string text = asked.text();
  EXPECT_NE(text.find("validate required_args: fails\n        args.a is required\n      validate schema: fails\n"),
            std::string::npos)
      << text;
  ASSERT_EQ(asked.changes().size(), 1U);
}

TEST(ExplainValidationTest, ASchemaOfNoUseIsSaidAndNothingIsSuggested) {
  Asked asked("{schema: true}", "{}", R"({"$ref":"https://example.com/x.json"})");
  EXPECT_NE(asked.text().find("validate schema: cannot be checked: its schema cannot be used: "), std::string::npos);
  EXPECT_NE(asked.json().find(R"("check":"schema","result":"undecided","condition":"validate schema","why":)"),
            std::string::npos);
  EXPECT_EQ(asked.changes(), Texts{});
}

TEST(ExplainValidationTest, JsonHoldsEachFailure) {
  Asked asked("{args: {n: {maximum: 5}}}", R"({"n":6})");
  EXPECT_NE(
      asked.json().find(R"("validate":[{"check":"args.n","result":"fails","condition":"validate args.n: /maximum",)"
                        R"("failures":[{"path":"args.n","why":"must be at most 5, is 6","schema_path":"/maximum"}]}])"),
      std::string::npos)
      << asked.json();
}

struct Mended {
  const char* schema;  // of args.n
  const char* value;
  Texts changes;
};

TEST(ExplainValidationTest, SimpleFailuresAreMended) {
  const Mended cases[] = {
      {"{enum: [a, b]}", R"("c")", {R"(args.n: "a" (one of "a", "b"))", R"(args.n: "b" (one of "a", "b"))"}},
      {"{const: 7}", "8", {"args.n: 7"}},
      {"{minimum: 5}", "4", {"args.n: 5 (at least 5)", "args.n: 6 (above 5)"}},
      {"{exclusiveMaximum: 5}", "5", {"args.n: 4 (below 5)"}},
      {"{maxLength: 2}", R"("äöü")", {R"(args.n: "äö" (at most 2 characters))"}},
      {"{minLength: 3}", R"("a")", {R"(args.n: "axx" (at least 3 characters))"}},
      {"{type: integer}", R"("5")", {"args.n: 5", "args.n: 1 (or another value)"}},
      {"{type: string}", "5", {R"(args.n: "5")", R"(args.n: "something" (or another value))"}},
      {"{maxItems: 1}", "[1,2]", {"args.n: [1] (at most 1 elements)"}},
      {"{minItems: 2, items: {type: boolean}}", "[]", {"args.n: [true,true] (at least 2 elements)"}},
      {"{pattern: '^cus_[0-9]{2}$'}", R"("x")", {R"(args.n: "cus_11" (or another value))"}},
      {"{additionalProperties: false}", R"({"a b":1})", {R"(args.n["a b"] left out)"}},
      {"{required: [q], properties: {q: {type: object, required: [r], properties: {r: {minimum: 3, type: integer}}}}}",
       "{}",
       {R"(args.n.q: {"r":3} (or another value))"}},
      {"{uniqueItems: true, maxItems: 0, minItems: 1}", "[]", {}},
  };
  for (const Mended& c : cases) {
    Asked asked("{args: {n: " + std::string(c.schema) + "}}", R"({"n":)" + std::string(c.value) + "}");
    EXPECT_EQ(asked.explain().reason, "validation");
    EXPECT_EQ(asked.changes(), c.changes) << c.schema;
  }
}

}  // namespace
}  // namespace policy
