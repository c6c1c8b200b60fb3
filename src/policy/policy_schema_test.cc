// The schema of policies says what the loader says. Keys and words are taken from the loader's own messages, so that a
// key or word that is added to one and not to the other fails here. (That whole policies are judged alike:
// policy_schema_agreement_test.cc, and by another validator tests/authoring/test_schema.py.)
#include "policy/policy_schema.h"

#include <gtest/gtest.h>

#include <set>

#include "json/document.h"
#include "policy/codes.h"
#include "policy/load_testing.h"
#include "policy/loading.h"

namespace policy {
namespace {

using Words = std::set<std::string>;

class PolicySchema : public testing::Test {
 protected:
  void SetUp() override {
    json::Budget budget;
    ASSERT_TRUE(document_.read(policy_schema(), json::Profile::strict, budget));
  }
  // A place in the schema, as "$defs/rule/properties"; "" is the whole.
  json::Value at(std::string_view pointer) const {
    json::Value v = document_.root();
    while (!pointer.empty()) {
      const std::string_view step = pointer.substr(0, pointer.find('/'));
      pointer.remove_prefix(std::min(step.size() + 1, pointer.size()));
      v = v.is_array() ? v.at(static_cast<std::size_t>(std::stoi(std::string(step)))) : v.find(step);
    }
    return v;
  }
  Words keys(std::string_view pointer) const {
    Words out;
    for (const json::Member& m : at(pointer).members()) out.emplace(m.key);
    return out;
  }
  Words words(std::string_view pointer) const {
    Words out;
    for (const json::Value v : at(pointer).elements()) out.emplace(v.string());
    return out;
  }
  json::Document document_;
};

// "a, b or c" -> a, b, c
Words listed(std::string_view text) {
  Words out;
  while (!text.empty()) {
    const std::size_t comma = text.find(", "), last = text.find(" or ");
    const std::size_t end = std::min(comma, last);
    out.emplace(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (end == comma ? 2 : 4));
  }
  return out;
}

// What stands between `from` and `to` in a problem of the text.
Words in_problem(const std::string& text, std::string_view from, std::string_view to) {
  const Loaded loaded = load("p.yaml", text);
  for (const Problem& p : loaded.problems) {
    for (const std::string* where : {&p.message, &p.hint}) {
      const std::size_t at = where->find(from);
      if (at == std::string::npos) continue;
      const std::size_t begin = at + from.size();
      return listed(std::string_view(*where).substr(begin, where->find(to, begin) - begin));
    }
  }
  ADD_FAILURE() << text << rendered(loaded, text);
  return {};
}

std::string rule(const std::string& inside) { return "tools: {t: {rules: [{" + inside + "}]}}"; }

// A text with a key that no map has, and where the map's keys stand in the schema.
struct Place {
  std::string text, pointer;
};

TEST_F(PolicySchema, HasTheKeysOfTheLoader) {
  const std::string odd = "qqzzqqzz: 1";
  const std::vector<Place> places = {
      {odd, "properties"},
      {"servers: {s: {" + odd + "}}", "$defs/server/properties"},
      {"default: {" + odd + "}", "$defs/default/else/properties"},
      {"tools: {t: {" + odd + "}}", "$defs/entry/properties"},
      {rule(odd), "$defs/rule/properties"},
      {rule("require: {path: args.a, op: eq, value: 1, " + odd + "}"), "$defs/condition/properties"},
      {rule("rate_limit: {" + odd + "}"), "$defs/rate_limit/properties"},
      {rule("spend_limit: {" + odd + "}"), "$defs/spend_limit/properties"},
      {rule("limits: [{" + odd + "}]"), "$defs/limit/properties"},
      {rule("state: {" + odd + "}"), "$defs/state/properties"},
      {rule("validate: {" + odd + "}"), "$defs/validate/properties"},
      {"all_tools: {" + odd + "}", "properties/all_tools/properties"},
      {"approvals: {" + odd + "}", "$defs/approvals/properties"},
      {"approvals: {notify: {" + odd + "}}", "$defs/approvals/properties/notify/properties"},
      {"approvals: {notify: {webhook: {" + odd + "}}}",
       "$defs/approvals/properties/notify/properties/webhook/properties"},
      {"tools: {t: {require: [{conditions: [], " + odd + "}]}}", "$defs/requirement/else/properties"},
      {"tools: {t: {deny_if: [{conditions: [], " + odd + "}]}}", "$defs/prohibition/else/properties"},
  };
  for (const Place& p : places) {
    const Words known = in_problem(p.text, "known keys: ", "\n");
    EXPECT_EQ(keys(p.pointer), known) << p.pointer;
  }
  Words with_text = keys("$defs/condition/properties");
  with_text.insert({"on_deny", "reason"});
  EXPECT_EQ(keys("$defs/condition_with_text/properties"), with_text);
}

TEST_F(PolicySchema, HasTheCodesThatCanBeSilenced) {
  Words known;
  for (const Code& code : codes())
    if (code.silencing != Silencing::never) known.insert(std::string(code.name));
  EXPECT_EQ(keys("$defs/lint/properties"), known);
}

TEST_F(PolicySchema, HasTheWordsOfTheLoader) {
  const std::vector<Place> places = {
      {"mode: qq", "$defs/mode/enum"},
      {"on_hidden: qq", "properties/on_hidden/enum"},
      {"default: qq", "$defs/default/then/enum"},
      {"default: {tools: qq}", "$defs/default/else/properties/tools/enum"},
      {rule("action: qq"), "$defs/rule/properties/action/enum"},
      {"methods: {m: {rules: [{direction: qq}]}}", "$defs/rule/properties/direction/enum"},
      {rule("rate_limit: {max: 1, window: qq}"), "$defs/window/anyOf/0/enum"},
      {rule("rate_limit: {max: 1, window: 1, scope: qq}"), "$defs/scope/enum"},
      {rule("rate_limit: {max: 1, window: 1, window_type: qq}"), "$defs/window_type/enum"},
      {rule("rate_limit: {max: 1, window: 1, refund: qq}"), "$defs/refund/enum"},
  };
  for (const Place& p : places) EXPECT_EQ(words(p.pointer), in_problem(p.text, " must be ", ", not")) << p.pointer;
  EXPECT_EQ(words("$defs/op/enum"),
            in_problem(rule("require: {path: args.a, op: qqqqqq, value: 1}"), "operators: ", "\n"));
}

TEST_F(PolicySchema, EveryOperatorHasAValueAndADescription) {
  EXPECT_EQ(at("$defs/op/enumDescriptions").size(), at("$defs/op/enum").size());
  Words covered;
  for (const json::Value part : at("$defs/condition_shape/allOf").elements()) {
    const json::Value op = part.find("if").find("properties").find("op");
    if (part.find("if").find("properties").find("path")) continue;
    if (op.find("const")) covered.emplace(op.find("const").string());
    for (const json::Value v : op.find("enum").elements()) covered.emplace(v.string());
  }
  EXPECT_EQ(covered, words("$defs/op/enum"));
}

// Editors show the description of each key.
void expect_described(json::Value schema, json::Value root, const std::string& path) {
  for (const json::Member& m : schema.find("properties").members()) {
    json::Value v = m.value;
    if (v.is_boolean()) continue;
    const std::string where = path + "/" + std::string(m.key);
    if (!v.find("description") && v.find("$ref")) {
      const std::string_view ref = v.find("$ref").string();
      v = root.find("$defs").find(ref.substr(ref.rfind('/') + 1));
    }
    EXPECT_FALSE(v.find("description").string().empty()) << where;
    EXPECT_LT(v.find("description").string().size(), 260U) << where;
    expect_described(v, root, where);
  }
}

TEST_F(PolicySchema, DescribesEveryKey) {
  expect_described(document_.root(), document_.root(), "");
  for (const json::Member& m : at("$defs").members()) {
    if (m.key == "condition_shape" || m.key == "condition_with_text") continue;
    expect_described(m.value, document_.root(), std::string(m.key));
  }
}

TEST_F(PolicySchema, NamesItselfWithoutAHost) {
  EXPECT_TRUE(at("$id").string().starts_with("urn:"));
  EXPECT_EQ(at("$schema").string(), "https://json-schema.org/draft/2020-12/schema");
}

}  // namespace
}  // namespace policy
