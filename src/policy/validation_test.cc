// Arguments against schemas: what passes, what the refusal says, what cannot be decided, and keys that look alike.
#include <gmock/gmock.h>

#include "policy/deciding_test.h"

namespace policy {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string in_rule(const std::string& validate) {
  return "tools:\n  t:\n    rules:\n      - validate: " + validate + "\n";
}

// The refusal's text, or "allowed".
std::string said(const std::string& validate, const std::string& arguments) {
  const auto s = lowered(in_rule(validate));
  const Verdict v = decide(*s, Call("t", arguments));
  if (v.denied()) EXPECT_EQ(v.reason, Reason::validation) << v.message;
  return v.denied() ? v.message : "allowed";
}

std::string by_server(const std::string& schema, const std::string& arguments) {
  const auto s = lowered(in_rule("{schema: true}"));
  Call call("t", arguments);
  call.define(R"({"name":"t","inputSchema":)" + schema + "}");
  const Verdict v = decide(*s, call);
  if (v.denied()) EXPECT_EQ(v.reason, Reason::validation) << v.message;
  return v.denied() ? v.message : "allowed";
}

constexpr const char* order = R"({"type":"object","required":["items"],"additionalProperties":false,"properties":{
  "mode":{"enum":["a","b"]},"items":{"type":"array","items":{"$ref":"#/$defs/item"}}},
  "$defs":{"item":{"type":"object","required":["price"],"properties":{"price":{"type":"number","maximum":10}}}}})";

TEST(Validation, ListsEachFailingPath) {
  EXPECT_EQ(by_server(order, R"({"items":[{"price":1},{"price":10.0}],"mode":"a"})"), "allowed");
  const std::string message = by_server(order, R"({"items":[{"price":1},{"price":"x"},{},{"price":11}],"mode":"c"})");
  EXPECT_THAT(message, testing::StartsWith("Arguments do not match the schema: args."));
  for (const char* part :
       {"args.items[1].price must be", "args.items[2]", "price", "args.items[3].price", "args.mode", "10"})
    EXPECT_THAT(message, HasSubstr(part));
  EXPECT_THAT(by_server(order, "{}"), HasSubstr("items"));
  EXPECT_THAT(by_server(order, R"({"items":[],"other":1})"), HasSubstr("other"));
  EXPECT_THAT(by_server(R"({"type":"array"})", "{}"), HasSubstr("args must be"));
}

TEST(Validation, NoArgumentsAreNone) {
  const auto s = lowered(in_rule("{schema: {type: object, required: [a]}}"));
  Call call("t");
  call.facts.arguments = {};
  EXPECT_EQ(decide(*s, call).reason, Reason::validation);
  const auto free = lowered(in_rule("{schema: {type: object}}"));
  EXPECT_FALSE(decide(*free, call).denied());
}

TEST(Validation, IsBoundedAndPrintable) {
  std::string arguments = R"({"items":[)";
  for (int i = 0; i < 5000; ++i) arguments += R"({"price":"\u202e)" + std::string(500, 'x') + "\"},";
  arguments += R"({"price":1}]})";
  const std::string message = by_server(order, arguments);
  EXPECT_LT(message.size(), 4000U);
  EXPECT_THAT(message, AllOf(HasSubstr("; and more"), Not(HasSubstr("\u202e")), Not(HasSubstr(std::string(200, 'x')))));
}

TEST(Validation, ExactNumbers) {
  EXPECT_EQ(said("{args: {a: {maximum: 9007199254740992}}}", R"({"a":9007199254740992})"), "allowed");
  EXPECT_THAT(said("{args: {a: {maximum: 9007199254740992}}}", R"({"a":9007199254740993})"), HasSubstr("args.a"));
  EXPECT_THAT(said("{args: {a: {multipleOf: 0.01}}}", R"({"a":0.015})"), HasSubstr("args.a"));
  EXPECT_EQ(said("{args: {a: {multipleOf: 0.01, type: number}}}", R"({"a":19.99})"), "allowed");
  EXPECT_EQ(said("{args: {a: {type: integer}}}", R"({"a":1.0})"), "allowed");
}

TEST(Validation, PartsAreAskedOfWhatIsThere) {
  const std::string price = R"({args: {"items[all].price": {type: number, maximum: 10}}})";
  for (const char* passes :
       {"{}", R"({"items":[]})", R"({"items":null})", R"({"items":[{},{"price":10}]})", R"({"items":[null]})"})
    EXPECT_EQ(said(price, passes), "allowed") << passes;
  EXPECT_THAT(
      said(price, R"({"items":[{"price":1},{"price":11},{"price":null}]})"),
      AllOf(HasSubstr("args.items[1].price must"), HasSubstr("args.items[2].price must"), Not(HasSubstr("[0]"))));
  // A value that cannot have what the path names is not taken for one that lacks it.
  EXPECT_EQ(said(price, R"({"items":{"price":99}})"),
            "Arguments do not match the schema: args.items must be an array, is of type object");
  EXPECT_EQ(said(price, R"({"items":["x"]})"),
            "Arguments do not match the schema: args.items[0] must be an object, is of type string");
  EXPECT_EQ(said("{args: {\"l[1]\": {const: 2}}}", R"({"l":[1,2]})"), "allowed");
  EXPECT_EQ(said("{args: {\"l[1]\": {const: 2}}}", R"({"l":[1]})"), "allowed");
  EXPECT_THAT(said("{args: {\"l[1]\": {const: 2}}}", R"({"l":[2,1]})"), HasSubstr("args.l[1]"));
  EXPECT_EQ(said("{args: {\"[\\\"a b\\\"]\": {type: string}}}", R"({"a b":"x"})"), "allowed");
  EXPECT_THAT(said("{args: {\"[\\\"a b\\\"]\": {type: string}}}", R"({"a b":1})"), HasSubstr("args[\"a b\"]"));
}

TEST(Validation, TooManyElementsAreUndecided) {
  std::string arguments = R"({"l":[)";
  for (int i = 0; i < 10'001; ++i) arguments += "1,";
  arguments += "1]}";
  EXPECT_THAT(said("{args: {\"l[all]\": {type: number}}}", arguments), HasSubstr("more than 10000 values"));
}

TEST(Validation, WholeAndPartsAreToldTogether) {
  const std::string message =
      said("{schema: {required: [b]}, args: {a: {type: number}, c: {maxLength: 1}}}", R"({"a":"x","c":"long"})");
  EXPECT_THAT(message, AllOf(HasSubstr("args.b"), HasSubstr("args.a"), HasSubstr("args.c")));
}

TEST(Validation, WhatTheServerGivesMayBeOfNoUse) {
  for (const char* schema : {"7", R"({"type":"strin"})", R"({"properties":{"a":{"pattern":"(?<=a)b"}}})",
                             R"({"$ref":"https://example.com/x"})"}) {
    const std::string message = by_server(schema, "{}");
    EXPECT_THAT(message, AllOf(HasSubstr("cannot be used: "), HasSubstr("validate: {schema: {...}}"))) << schema;
  }
  const auto s = lowered(in_rule("{schema: true}"));
  Call call("t");
  call.define(R"({"name":"t"})");
  EXPECT_THAT(decide(*s, call).message, HasSubstr("the server gives none"));
}

TEST(Validation, WhatCannotBeDecidedIsRefused) {
  const std::string deep = R"({"$ref":"#/$defs/n","$defs":{"n":{"properties":{"n":{"$ref":"#/$defs/n"}}}}})";
  EXPECT_EQ(by_server(deep, R"({"n":{"n":{}}})"), "allowed");
  std::string arguments;
  for (int i = 0; i < 120; ++i) arguments += R"({"n":)";
  EXPECT_EQ(by_server(deep, arguments + "1" + std::string(120, '}')), "allowed");
  // 2^30 ways to look at it.
  std::string wide = R"({"$defs":{"a0":{"type":"object"})";
  for (int i = 1; i <= 30; ++i) {
    const std::string before = "{\"$ref\":\"#/$defs/a" + std::to_string(i - 1) + "\"}";
    wide += ",\"a" + std::to_string(i) + "\":{\"allOf\":[" + before + "," + before + "]}";
  }
  wide += R"(},"$ref":"#/$defs/a30"})";
  EXPECT_THAT(by_server(wide, "{}"), testing::StartsWith("Arguments cannot be checked: "));
}

TEST(Validation, Conditions) {
  const auto condition = [](const std::string& validate, const std::string& arguments) {
    return decide(*lowered(in_rule(validate)), Call("t", arguments)).condition;
  };
  EXPECT_EQ(condition("{schema: {properties: {a: {minimum: 5}}}}", R"({"a":1})"),
            "validate schema: /properties/a/minimum");
  EXPECT_EQ(condition("{args: {\"a.b\": {minimum: 5}}}", R"({"a":{"b":1}})"), "validate args.a.b: /minimum");
  EXPECT_EQ(condition("{args: {\"a.b\": {minimum: 5}}}", R"({"a":1})"), "validate args.a.b");
  EXPECT_EQ(condition("{args: {\"a.b\": {minimum: 5}}}", "{}"), "");
  const auto s = lowered(in_rule("{required_args: true, schema: true}"));
  Call call("t");
  call.define(R"({"name":"t","inputSchema":{"required":["a"]}})");
  EXPECT_EQ(decide(*s, call).condition, "validate required_args");
  call.define(R"({"name":"t","inputSchema":7})");
  EXPECT_FALSE(decide(*s, call).condition.empty());
}

TEST(Validation, OnDenyComesFirst) {
  const auto s = lowered(
      "tools: {t: {rules: [{validate: {schema: {required: [a]}}, on_deny: Amounts are in cents}, "
      "{validate: {required_args: true}, reason: See the manual.}]}}");
  EXPECT_THAT(decide(*s, Call("t")).message, testing::StartsWith("Amounts are in cents. Arguments do not match"));
  Call call("t", R"({"a":1})");
  call.define(R"({"name":"t","inputSchema":{"required":["b"]}})");
  EXPECT_EQ(decide(*s, call).message, "See the manual. Missing required argument: \"b\"");
}

TEST(Validation, WhatNeedsTheList) {
  EXPECT_TRUE(decide(*lowered(in_rule("{schema: true}")), Call("t")).needs_tools);
  EXPECT_FALSE(decide(*lowered(in_rule("{schema: {type: object}}")), Call("t")).needs_tools);
  EXPECT_FALSE(decide(*lowered(in_rule("{args: {a: {}}}")), Call("t")).needs_tools);
  Call unlisted("t");
  unlisted.facts.tools_known = true;
  EXPECT_EQ(decide(*lowered(in_rule("{schema: true}")), unlisted).message, "server does not list tool \"t\"");
  EXPECT_FALSE(decide(*lowered(in_rule("{schema: {type: object}}")), unlisted).denied());
}

TEST(Validation, OrderAndOtherRules) {
  const auto s = lowered(R"(
tools:
  t:
    rules:
      - {when: {path: args.kind, op: eq, value: big}, require: {path: args.ok, op: eq, value: true}, validate: {schema: {required: [a]}}, rate_limit: 5/hour}
      - {action: deny, when: {path: args.bad, op: eq, value: true}, reason: bad}
)");
  const auto say = [&](const char* arguments) { return decide(*s, Call("t", arguments)); };
  EXPECT_FALSE(say(R"({"kind":"small"})").denied());
  EXPECT_EQ(say(R"({"kind":"big"})").reason, Reason::rule);  // require before validate
  const Verdict v = say(R"({"kind":"big","ok":true,"bad":true})");
  EXPECT_EQ(v.reason, Reason::validation);  // the first rule's
  EXPECT_TRUE(v.charges.empty());
  EXPECT_EQ(say(R"({"kind":"big","ok":true,"a":1,"bad":true})").message, "bad");
  EXPECT_EQ(say(R"({"kind":"big","ok":true,"a":1})").charges.size(), 1U);
}

TEST(Validation, ShadowsOnlyFind) {
  const auto s = lowered(
      "tools: {t: {rules: [{name: s, mode: shadow, validate: {schema: {required: [a]}}}, {mode: shadow, validate: "
      "{schema: true}}]}}");
  Call call("t");
  const Verdict v = decide(*s, call);
  EXPECT_FALSE(v.denied());
  EXPECT_FALSE(v.needs_tools);
  EXPECT_EQ(v.condition, "");
  ASSERT_EQ(v.findings.size(), 1U);
  EXPECT_THAT(v.findings[0].message, HasSubstr("would be denied: Arguments do not match the schema"));
  call.define(R"({"name":"t","inputSchema":{"type":"object","required":["b"]}})");
  EXPECT_EQ(decide(*s, call).findings.size(), 2U);
}

TEST(Validation, LookAlikeKeys) {
  const auto reason = [](const std::string& validate, const std::string& arguments, const std::string& schema = "{}") {
    const auto s = lowered(in_rule(validate));
    Call call("t", arguments);
    call.define(R"({"name":"t","inputSchema":)" + schema + "}");
    return decide(*s, call).reason;
  };
  const std::string written =
      "{schema: {properties: {a: {properties: {b: {type: number}}}, l: {items: {properties: {c: {}}}}}}}";
  EXPECT_EQ(reason(written, R"({"a":{"b":1,"x":{"B":1}},"l":[{"c":1}]})"), Reason::none);
  EXPECT_EQ(reason(written, R"({"A":1})"), Reason::look_alike_key);
  EXPECT_EQ(reason(written, R"({"a":{"b":1,"B":"x"}})"), Reason::look_alike_key);
  EXPECT_EQ(reason(written, R"({"l":[{"c":1},{"C":1}]})"), Reason::look_alike_key);
  const std::string parts = R"({args: {"l[all].c": {properties: {d: {}}}}})";
  EXPECT_EQ(reason(parts, R"({"L":[]})"), Reason::look_alike_key);
  EXPECT_EQ(reason(parts, R"({"l":[{"C":1}]})"), Reason::look_alike_key);
  EXPECT_EQ(reason(parts, R"({"l":[{"c":{"D":1}}]})"), Reason::look_alike_key);
  EXPECT_EQ(reason(parts, R"({"l":[{"D":1}]})"), Reason::none);
  // The server's schema: its nested keys too, if a rule validates by it.
  EXPECT_EQ(reason("{schema: true}", R"({"items":[{"price":1,"Price":2}]})", order), Reason::look_alike_key);
  EXPECT_EQ(reason("{schema: true}", R"({"items":[{"price":1}]})", order), Reason::none);
  EXPECT_EQ(reason("{required_args: true}", R"({"items":[{"price":1,"Price":2}]})", order), Reason::none);
  EXPECT_EQ(reason("{required_args: true}", R"({"items":[],"Items":[]})", order), Reason::look_alike_key);
}

}  // namespace
}  // namespace policy
