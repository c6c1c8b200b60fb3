// validate in policies: what loads, and what is wrong with schemas, shown where it stands.
#include <gmock/gmock.h>

#include "policy/load_testing.h"
#include "schema/schema.h"

namespace policy {
namespace {

using testing::HasSubstr;

std::string in_rule(const std::string& validate) {
  return "tools:\n  t:\n    rules:\n      - validate: " + validate + "\n";
}

Validate loaded(const std::string& validate, std::set<std::string> warnings = {}) {
  Policy p = good(in_rule(validate), std::move(warnings));
  if (p.rules.tools.empty()) return {};
  return p.rules.tools[0].rules[0].validate;
}

TEST(LoadValidate, Shapes) {
  EXPECT_EQ(loaded("{required_args: true}").whole, Validate::Whole::none);
  const Validate servers = loaded("{schema: true, required_args: false}");
  EXPECT_EQ(servers.whole, Validate::Whole::servers);
  EXPECT_TRUE(servers.reads_tool());
  EXPECT_TRUE(servers.checks_something());
  const Validate written = loaded("{schema: {type: object, required: [a], properties: {a: {minimum: 1.50}}}}");
  EXPECT_EQ(written.whole, Validate::Whole::written);
  EXPECT_FALSE(written.reads_tool());
  EXPECT_EQ(written.schema.json, R"({"type":"object","required":["a"],"properties":{"a":{"minimum":1.50}}})");
  ASSERT_NE(written.schema.compiled, nullptr);
  EXPECT_EQ(loaded("{schema: {}}").schema.json, "{}");
  const Validate parts = loaded(
      R"({args: {amount: {type: number}, "items[all].price": {minimum: 0}, '["a b"].c': {}, '["args"].x': {}}})");
  ASSERT_EQ(parts.args.size(), 4U);
  EXPECT_EQ(parts.args[0].path.text(), "args.amount");
  EXPECT_EQ(parts.args[1].path.text(), "args.items[all].price");
  EXPECT_EQ(parts.args[2].path.text(), "args[\"a b\"].c");
  EXPECT_EQ(parts.args[3].path.text(), "args.args.x");
  EXPECT_FALSE(loaded("{required_args: false}").checks_something());
}

TEST(LoadValidate, EqualSchemasAreCompiledOnce) {
  const Policy p = good(R"(
tools:
  a: {rules: [{validate: {schema: &s {properties: {x: {type: number}}}}}]}
  b: {rules: [{validate: {schema: *s, args: {x: {type: number}}}}]}
  c: {rules: [{validate: {schema: {"properties": {"x": {"type": "number"}}}}}]}
)");
  ASSERT_EQ(p.rules.tools.size(), 3U);
  const auto compiled = [&](int i) {
    return p.rules.tools[static_cast<std::size_t>(i)].rules[0].validate.schema.compiled;
  };
  EXPECT_EQ(compiled(0), compiled(1));
  EXPECT_EQ(compiled(0), compiled(2));
  EXPECT_NE(compiled(0), p.rules.tools[1].rules[0].validate.args[0].schema.compiled);
}

struct Wrong {
  const char* validate;
  const char* code;
  const char* says;
  const char* at = nullptr;  // the text under the caret
};

void check(const Wrong& w) {
  const std::string text = in_rule(w.validate);
  const Loaded loaded = load("p.yaml", text);
  EXPECT_FALSE(loaded.policy) << text;
  EXPECT_TRUE(codes_of(loaded).contains(w.code)) << text << rendered(loaded, text);
  EXPECT_THAT(rendered(loaded, text), HasSubstr(w.says)) << text;
  if (w.at == nullptr || loaded.problems.empty()) return;
  const Position at = loaded.problems[0].position;
  ASSERT_EQ(at.line, 4U) << rendered(loaded, text);
  const std::string line = text.substr(text.find("      - "));
  EXPECT_EQ(line.substr(at.column - 1, std::string_view(w.at).size()), w.at) << rendered(loaded, text);
}

TEST(LoadValidate, WhatIsWrong) {
  const Wrong wrongs[] = {
      {"{schema: false}", "bad-value", "not false", "false"},
      {"{schema: 5}", "wrong-type", "true or a schema", "5"},
      {"{schema: \"true\"}", "wrong-type", "true or a schema"},
      {"{schema: }", "wrong-type", "true or a schema"},
      {"{schema: {type: strin}}", "bad-schema", "type", "strin"},
      {"{schema: {properties: {a: {type: number, minimum: \"1\"}}}}", "bad-schema", "minimum", "\"1\""},
      {"{schema: {properties: {a: {enum: 5}}}}", "bad-schema", "/properties/a/enum", "5"},
      {"{schema: {allOf: [{}, {required: a}]}}", "bad-schema", "/allOf/1/required", "a}"},
      {"{schema: {properties: {\"a/b\": {type: 7}}}}", "bad-schema", "", "7"},
      {"{schema: {properties: {a: {pattern: \"(?<=x)y\"}}}}", "unsupported-schema", "every call", "\"(?<=x)y\""},
      {"{schema: {patternProperties: {\"(?=x)y\": {type: number}}}}", "unsupported-schema", "every call", "\"(?=x)y\""},
      {"{schema: {$ref: \"https://example.com/a.json\"}}", "unsupported-schema", "$ref", "\"https:"},
      {"{schema: {$ref: \"#/$defs/none\"}}", "bad-schema", "$ref", "\"#/$defs"},
      {"{schema: {properties: {a: {enum: [yes, \"no\"]}}}}", "ambiguous-value", "quote it", "yes"},
      {"{schema: {properties: {a: {default: }}}}", "missing-value", "nothing stands here"},
      {"{schema: {amount: {type: number}}}", "bad-schema", "properties: {amount: {...}}", "amount"},
      {"{schema: {title: {type: string}}}", "bad-schema", "none of these keys", "title"},
      {"{schema: {propertys: {amount: {type: number}}}}", "bad-schema", "did you mean properties?", "propertys"},
      {"{args: {}}", "no-conditions", "names no argument", "{}}"},
      {"{args: [a]}", "wrong-type", "a map of paths", "[a]"},
      {"{args: {a: number}}", "wrong-type", "write {type: number}", "number"},
      {"{args: {a: true}}", "wrong-type", "a schema, which is a map", "true"},
      {"{args: {a: {type: strin}}}", "bad-schema", "a: /type", "strin"},
      {"{args: {args.a: {}}}", "bad-path", "below args already", "args.a"},
      {"{args: {\"items[any].a\": {}}}", "bad-path", "[any]", "\"items"},
      {"{args: {\"items[x]\": {}}}", "bad-path", "column 7", "\"items"},
      {"{args: {\"a..b\": {}}}", "bad-path", "column 3", "\"a..b"},
      {"{args: {\"\": {}}}", "bad-path", "no argument"},
      {"{arg: {a: {}}}", "unknown-key", "did you mean args?", "arg"},
  };
  for (const Wrong& w : wrongs) check(w);
}

TEST(LoadValidate, InJsonToo) {
  const std::string text =
      "{\"tools\": {\"t\": {\"rules\": [\n  {\"validate\": {\"schema\": {\"type\": \"strin\"}}}]}}}";
  const Loaded loaded = load("p.json", text);
  ASSERT_EQ(loaded.problems.size(), 1U) << rendered(loaded, text);
  EXPECT_EQ(loaded.problems[0].position.line, 2U);
  EXPECT_EQ(loaded.problems[0].position.column, 36U);
}

TEST(LoadValidate, KeywordsThatCheckNothing) {
  loaded("{schema: {properties: {a: {type: string, maxLen: 5}}}}", {"unknown-schema-keyword"});
  loaded("{schema: {items: [{x: 1}], type: object}}", {"unknown-schema-keyword"});
  loaded("{args: {a: {type: string, format: uri}}}", {"format-unchecked"});
  // Not schemas: a property's name, an enum's member, a default.
  loaded("{schema: {properties: {maxLen: {}, format: {}}, enum: [{maxLen: 1}], default: {q: 1}, x-order: 5}}");
  loaded("{schema: {dependencies: {a: [b]}, $defs: {q: {type: string}}, additionalProperties: {$ref: \"#/$defs/q\"}}}");
}

TEST(LoadValidate, Lint) {
  good("tools: {t: {rules: [{when: {path: args.a, op: eq, value: 1}, validate: {schema: true}}]}}");
  good("tools: {t: {rules: [{when: {path: args.a, op: eq, value: 1}, validate: {args: {b: {type: number}}}}]}}");
  good("tools: {t: {rules: [{require: {path: args.a, op: neq, value: 1}, validate: {schema: true}}]}}");
  good("tools: {delete_x: {rules: [{rate_limit: {max: 1, window: 60}, validate: {args: {b: {const: 1}}}}]}}");
  good("tools: {delete_x: {rules: [{rate_limit: {max: 1, window: 60}, validate: {schema: true}}]}}",
       {"destructive-session-limit"});
  good("tools: {t: {rules: [{name: x, validate: {schema: true}}]}}");
}

TEST(LoadValidate, TheDigestIsOfTheSchemaToo) {
  const auto digest = [](const std::string& validate) {
    const Policy p = good(in_rule(validate));
    return (*lower(p, {}))->rules_digest(SubjectKind::tool, "t");
  };
  const std::string one = digest("{schema: {properties: {a: {maximum: 1}}}}");
  EXPECT_EQ(one, digest("{schema: {\"properties\": {a: {maximum: 1}}}}"));
  std::set<std::string> all{one};
  for (const char* other :
       {"{schema: {properties: {a: {maximum: 2}}}}", "{schema: true}", "{args: {a: {maximum: 1}}}",
        "{args: {b: {maximum: 1}}}", "{args: {a: {maximum: 2}}}", "{required_args: true}", "{required_args: false}"})
    EXPECT_TRUE(all.insert(digest(other)).second) << other;
}

}  // namespace
}  // namespace policy
