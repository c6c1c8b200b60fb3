// A policy beside the server's tools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/lint_testing.h"

namespace policy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view listed = R"({"tools": [
  {"name": "pay", "inputSchema": {"type": "object", "required": ["amount", "mode"], "properties": {
     "amount": {"type": "number"}, "mode": {"type": "string", "enum": ["live", "test"]}, "note": {"type": "string"},
     "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "flag": {"type": "boolean"},
     "items": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
     "address": {"$ref": "#/$defs/address"}, "free": {}, "meta": {"type": "object"}, "level": {"enum": [1, 2]}},
     "$defs": {"address": {"type": "object", "properties": {"city": {"type": "string"}}}}}},
  {"name": "open", "inputSchema": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}},
  {"name": "get_a", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}}},
  {"name": "get_b", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}, "page": {"type": "integer"}}}},
  {"name": "empty", "inputSchema": {"type": "object", "additionalProperties": false}},
  {"name": "zap", "annotations": {"destructiveHint": true}, "inputSchema": {"type": "object"}},
  {"name": "delete_view", "annotations": {"readOnlyHint": true}, "inputSchema": {"type": "object"}}]})";

std::set<std::string> beside(const std::string& text, const std::string& server = "") {
  ToolsOf tools(listed);
  const Loaded l = load("p", text, {.tools = &tools.registry, .server_name = server});
  EXPECT_TRUE(l.policy) << text << rendered(l, text);
  return codes_of(l);
}
std::set<std::string> of(const std::string& tool, const std::string& rules) {
  return beside("default: deny\ntools: {'" + tool + "': {rules: [" + rules + "]}}");
}
std::set<std::string> of_pay(const std::string& rules) { return of("pay", rules); }
std::string said_of_pay(const std::string& rules) {
  ToolsOf tools(listed);
  return said("default: deny\ntools: {pay: {rules: [" + rules + "]}}", &tools.registry);
}

TEST(LintTools, Names) {
  EXPECT_THAT(beside("default: deny\ntools: {pey: {}}"), UnorderedElementsAre("unknown-tool"));
  EXPECT_THAT(beside("default: deny\ntools: {pay: {}, '*': {}, 'get_*': {}}"), IsEmpty());
  EXPECT_THAT(beside("default: deny\ntools: {'put_*': {}}"), UnorderedElementsAre("glob-matches-nothing"));
  EXPECT_THAT(beside("default: deny\nhide: [pey, 'x_*']"),
              UnorderedElementsAre("unknown-tool", "glob-matches-nothing"));
  EXPECT_THAT(beside("default: deny\nhide: [pay, 'get_*']"), IsEmpty());
  ToolsOf tools(listed);
  EXPECT_THAT(said("default: deny\ntools: {pey: {}}", &tools.registry), HasSubstr("did you mean pay?"));
  // Without the list nothing is said.
  EXPECT_THAT(found("default: deny\ntools: {pey: {rules: [{require: {path: args.x, op: eq, value: 1}}]}}"), IsEmpty());
}

TEST(LintTools, ServersHaveToolsOfTheirOwn) {
  const std::string text =
      "default: deny\ntools: {elsewhere: {}}\nservers: {s: {tools: {pey: {}}}, t: {tools: {other: {}}}}";
  EXPECT_THAT(beside(text), IsEmpty());
  EXPECT_THAT(beside(text, "s"), UnorderedElementsAre("unknown-tool"));
}

TEST(LintTools, Arguments) {
  EXPECT_THAT(of_pay("{require: {path: args.amout, op: lte, value: 5}}"), UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(of_pay("{require: {path: args.address.town, op: eq, value: x}}"),
              UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(of_pay("{require: {path: 'args.items[*].prize', op: lte, value: 5}}"),
              UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(of_pay("{spend_limit: {max: 5, window: day, from: args.total}}"),
              UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(of("empty", "{require: {path: args.a, op: eq, value: x}}"), UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(
      of_pay("{require: {path: args.amount, op: lte, value: 5}}, {require: {path: 'args.items[0].price', op: lte, "
             "value: 5}}, {require: {path: args.address.city, op: eq, value: x}}"),
      IsEmpty());
  EXPECT_THAT(of("open", "{require: {path: args.b, op: eq, value: x}}"), IsEmpty());
  EXPECT_THAT(of_pay("{require: {path: args.free.x, op: eq, value: x}}"), IsEmpty());
  EXPECT_THAT(of_pay("{require: {path: args.meta.x, op: eq, value: x}}"), IsEmpty());
  EXPECT_THAT(of("zap", "{require: {path: args.x, op: eq, value: x}}"), IsEmpty());  // the schema says nothing
  EXPECT_THAT(said_of_pay("{require: {path: args.amout, op: lte, value: 5}}"),
              HasSubstr("no call that fits the schema passes | did you mean amount?"));
  EXPECT_THAT(said_of_pay("{action: deny, when: {path: args.amout, op: gt, value: 5}}"),
              HasSubstr("is refused by this rule"));
}

TEST(LintTools, ArgumentsUnderGlobs) {
  EXPECT_THAT(of("get_*", "{require: {path: args.page, op: lte, value: 5}}"), IsEmpty());  // one of them has it
  EXPECT_THAT(of("get_*", "{require: {path: args.pages, op: lte, value: 5}}"),
              UnorderedElementsAre("unknown-argument"));
  EXPECT_THAT(of("get_*", "{require: {path: args.id, op: lte, value: 5}}"), UnorderedElementsAre("type-mismatch"));
  EXPECT_THAT(of("*", "{require: {path: args.whatever, op: lte, value: 5}}"),
              UnorderedElementsAre("nothing-permitted"));
}

TEST(LintTools, Types) {
  const char* const wrong[] = {
      "{require: {path: args.note, op: lte, value: 5}}",
      "{require: {path: args.note, op: eq, value: 5}}",
      "{require: {path: args.amount, op: eq, value: '5'}}",
      "{require: {path: args.amount, op: starts_with, value: '5'}}",
      "{require: {path: args.amount, op: length, value: 5}}",
      "{require: {path: args.flag, op: eq, value: 'yes'}}",
      "{require: {path: args.maybe, op: eq, value: x}}",
      "{require: {path: args.note, op: type, value: number}}",
      "{require: {path: args.items, op: eq, value: x}}",
      "{action: deny, when: {path: args.amount, op: eq, value: big}}",
      "{action: deny, when: {path: args.flag, op: gt, value: 5}}",
      "{spend_limit: {max: 5, window: day, from: args.note}}",
  };
  for (const char* rules : wrong) EXPECT_THAT(of_pay(rules), UnorderedElementsAre("type-mismatch")) << rules;
  const char* const fine[] = {
      "{require: {path: args.note, op: lte, value: 5, coerce: true}}",
      "{require: {path: args.amount, op: eq, value: 5}}",
      "{require: {path: args.maybe, op: eq, value: 5}}",
      "{require: {path: args.maybe, op: eq, value: null}}",
      "{require: {path: args.free, op: eq, value: 5}}",
      "{require: {path: args.items, op: length, value: {lte: 5}}}",
      "{require: {path: args.items, op: exists, value: true}}",
      "{action: deny, when: {path: args.amount, op: eq, value: '5'}}",  // 5 and "5" match in a restriction
      "{action: deny, when: {path: args.note, op: gt, value: 5}}",      // numeric text counts there
      "{action: deny, when: {path: args.flag, op: eq, value: 'true'}}",
      "{spend_limit: {max: 5, window: day, from: args.amount}}",
      "{require: {path: args.maybe, op: lte, value: 5}}",
  };
  for (const char* rules : fine) EXPECT_THAT(of_pay(rules), IsEmpty()) << rules;
}

TEST(LintTools, Enums) {
  EXPECT_THAT(of_pay("{require: {path: args.mode, op: eq, value: prod}}"), UnorderedElementsAre("not-in-enum"));
  EXPECT_THAT(of_pay("{require: {path: args.mode, op: in, value: [live, tests]}}"),
              UnorderedElementsAre("not-in-enum"));
  EXPECT_THAT(of_pay("{require: {path: args.level, op: eq, value: 3}}"), UnorderedElementsAre("not-in-enum"));
  EXPECT_THAT(of_pay("{require: {path: args.mode, op: in, value: [live, test]}}"), IsEmpty());
  EXPECT_THAT(of_pay("{require: {path: args.level, op: eq, value: 2.0}}"), IsEmpty());
  EXPECT_THAT(of_pay("{action: deny, when: {path: args.level, op: eq, value: '2'}}"), IsEmpty());
  EXPECT_THAT(said_of_pay("{require: {path: args.mode, op: eq, value: tests}}"), HasSubstr("did you mean test?"));
  EXPECT_THAT(said_of_pay("{require: {path: args.mode, op: eq, value: prod}}"), HasSubstr("it lists live, test"));
}

// policy-language: a neq on a field that the schema does not require is a warning.
TEST(LintTools, NegativesOnWhatTheSchemaRequires) {
  EXPECT_THAT(of_pay("{require: {path: args.mode, op: neq, value: test}}"), IsEmpty());
  EXPECT_THAT(of_pay("{require: {path: args.note, op: neq, value: x}}"), UnorderedElementsAre("missing-is-undecided"));
  EXPECT_THAT(of_pay("{require: {path: args.note, op: neq, value: x}, validate: {required_args: true}}"),
              UnorderedElementsAre("missing-is-undecided"));
  EXPECT_THAT(of_pay("{require: {path: args.mode, op: neq, value: test}, validate: {required_args: true}}"), IsEmpty());
}

TEST(LintTools, Destructive) {
  const std::string session = "{rate_limit: {max: 3, window: 60}}";
  EXPECT_THAT(of("zap", session), UnorderedElementsAre("destructive-session-limit"));
  EXPECT_THAT(of("pay", session), IsEmpty());
  EXPECT_THAT(of("zap", session + ", {rate_limit: 9/day}"), IsEmpty());
  EXPECT_THAT(beside("tools: {pay: {}}"), UnorderedElementsAre("destructive-unruled"));
  EXPECT_THAT(beside("tools: {zap: {}}"), IsEmpty());
  EXPECT_THAT(beside("hide: [zap]"), IsEmpty());
  EXPECT_THAT(beside("tools: {'*': {rules: [{rate_limit: 5/hour}]}}"), IsEmpty());
  EXPECT_THAT(beside("default: deny"), IsEmpty());
  ToolsOf tools(listed);
  EXPECT_THAT(said("tools: {pay: {}}", &tools.registry), HasSubstr(": zap |"));
}

}  // namespace
}  // namespace policy
