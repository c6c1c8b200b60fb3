// Nothing that a schema or a value can hold takes memory or time without a bound.
#include <chrono>

#include "base/cpu_time_testing.h"
#include "schema/schema_testing.h"

namespace schema {
namespace {

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string numbered(std::size_t count, const std::string& before, const std::string& after) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + before + std::to_string(i) + after;
  return out;
}

TEST(Bounds, OfASchema) {
  const auto refused = [](const std::string& schema, const CompileOptions& options, const std::string& message) {
    const auto result = compile_text(schema, options);
    ASSERT_FALSE(result) << schema.substr(0, 100);
    EXPECT_EQ(static_cast<int>(result.error().kind), static_cast<int>(CompileError::Kind::unsupported));
    EXPECT_NE(result.error().message.find(message), std::string::npos) << result.error().message;
  };
  refused(R"({"title":")" + std::string(200, 'x') + "\"}", {.max_bytes = 100}, "too large");
  refused(repeated(R"({"not":)", 200) + "{}" + repeated("}", 200), {}, "too large");
  refused(R"({"anyOf":[)" + numbered(20, R"({"minimum":)", "}") + "]}", {.max_nodes = 10}, "more than 10 schemas");
  refused(R"({"anyOf":[)" + numbered(20, R"({"pattern":"a)", "\"}") + "]}", {.max_patterns = 10},
          "more than 10 patterns");
  refused(R"({"pattern":")" + std::string(5000, 'a') + "\"}", {}, "4096 bytes");
  refused(R"({"pattern":"(\\p{L}{1000}){1000}"})", {}, "RE2 says");
  refused(R"({"anyOf":[)" + numbered(100, R"({"pattern":"\\p{L}{10,40}a)", "\"}") + "]}", {}, "too large together");
  refused(R"({"$defs":{)" + numbered(3000, "\"d", "\":true") + R"(},"anyOf":[)" +
              numbered(3000, R"({"$ref":"#/$defs/d)", "\"}") + "]}",
          {.max_search = 100'000}, "too many references");
}

TEST(Bounds, LongChainsOfReferencesCompileWithoutRecursion) {
  std::string defs = R"("d0":true)";
  for (int i = 1; i < 10'000; ++i)
    defs += ",\"d" + std::to_string(i) + R"(":{"$anchor":"a)" + std::to_string(i) +
            R"(","anyOf":[{"minimum":0},{"$ref":"#a)" + std::to_string(i - 1) + "\"}]}";
  const std::string text = R"({"$ref":"#a9999","$defs":{)" + defs + "}}";
  const auto broken = compile_text(text);
  ASSERT_FALSE(broken);  // a0 is no anchor
  const auto schema = compiled(R"({"$ref":"#a9999","$defs":{"x":{"$anchor":"a0"},)" + defs + "}}");
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(checked(*schema, "1"), Result::valid);
  EXPECT_EQ(checked(*schema, "-1"), Result::undecided);  // 400 deep is enough
}

TEST(Bounds, OfSteps) {
  // Each level doubles the alternatives that have to be looked at.
  std::string defs = R"("d0":{"type":"null"})";
  for (int i = 1; i < 40; ++i) {
    const std::string ref = R"({"$ref":"#/$defs/d)" + std::to_string(i - 1) + "\"}";
    defs += ",\"d" + std::to_string(i) + R"(":{"anyOf":[)" + ref + "," + ref + "]}";
  }
  const auto schema = compiled(R"({"$ref":"#/$defs/d39","$defs":{)" + defs + "}}");
  const auto start = base::cpu_time();
  EXPECT_EQ(checked(*schema, "1"), Result::undecided);
  EXPECT_LT(base::cpu_time() - start, std::chrono::seconds(5));
  EXPECT_EQ(explained(*schema, "1"), "undecided: the schema takes too many steps on this value\n");
}

TEST(Bounds, UndecidedIsNeverTurnedAround) {
  for (const char* schema :
       {R"({"not":{"items":{"type":"string"}}})", R"({"anyOf":[{"items":{"type":"string"}},true]})",
        R"({"if":{"items":{"type":"string"}},"else":true})", R"({"oneOf":[{"items":{"type":"string"}},true]})",
        R"({"contains":{"items":{"type":"string"}},"maxContains":1})"}) {
    const std::string value = "[[" + numbered(100, "\"", "\"") + R"(],[)" + numbered(100, "\"", "\"") + "]]";
    EXPECT_EQ(checked(*compiled(schema), value, {.steps = 3}), Result::undecided) << schema;
    EXPECT_NE(checked(*compiled(schema), value), Result::undecided) << schema;
  }
}

TEST(Bounds, DynamicReferencesThatGoRound) {
  const auto schema = compiled(R"({"$dynamicAnchor":"n","$dynamicRef":"#n"})");
  EXPECT_EQ(checked(*schema, "1"), Result::undecided);
}

TEST(Bounds, DeepValues) {
  const auto tree = compiled(R"({"items":{"$ref":"#"}})");
  EXPECT_EQ(checked(*tree, repeated("[", 120) + repeated("]", 120)), Result::valid);
  EXPECT_EQ(checked(*tree, repeated("[", 1000) + repeated("]", 1000)), Result::undecided);
  const auto unique = compiled(R"({"uniqueItems":true})");
  const std::string deep = repeated("[", 1000) + repeated("]", 1000);
  EXPECT_EQ(checked(*unique, "[" + deep + "," + deep + "]"), Result::undecided);
}

TEST(Bounds, LargeValuesInLinearTime) {
  const auto start = base::cpu_time();
  const auto unique = compiled(R"({"uniqueItems":true})");
  EXPECT_EQ(checked(*unique, "[" + numbered(100'000, "", "") + "]"), Result::valid);
  EXPECT_EQ(checked(*unique, "[" + numbered(100'000, "", "") + ",77777]"), Result::invalid);
  const std::string alike = R"({"deep":[[[[[[[[)";  // told apart below where hashes look
  EXPECT_EQ(checked(*unique, "[" + numbered(3'000, alike, "]]]]]]]]}") + "]"), Result::undecided);
  const auto names = compiled(R"({"patternProperties":{"^k[0-9]+$":{"type":"integer"}},"additionalProperties":false})");
  EXPECT_EQ(checked(*names, "{" + numbered(50'000, "\"k", "\":1") + "}"), Result::valid);
  EXPECT_LT(base::cpu_time() - start, std::chrono::seconds(20));
}

TEST(Bounds, ManyNamesAreSortedNotCompared) {
  const auto start = base::cpu_time();
  const auto schema = compiled(R"({"required":[)" + numbered(150'000, "\"same-length-", "\"") + R"(],"properties":{)" +
                               numbered(20'000, "\"p", "\":{\"$ref\":\"#\"}") + "}}");
  EXPECT_EQ(checked(*schema, "{}"), Result::invalid);
  EXPECT_LT(base::cpu_time() - start, std::chrono::seconds(10));
}

TEST(Bounds, AbsurdExponentsAndSurrogatesAreUndecided) {
  EXPECT_EQ(checked(*compiled(R"({"maximum":5})"), "1e9999999999999"), Result::undecided);
  EXPECT_EQ(checked(*compiled(R"({"const":5e3})"), "1e9999999999999"), Result::undecided);
  EXPECT_EQ(checked(*compiled(R"({"pattern":"a"})"), R"("a\ud800")"), Result::undecided);
  EXPECT_EQ(checked(*compiled(R"({"patternProperties":{"a":true}})"), R"({"a\ud800":1})"), Result::undecided);
  EXPECT_EQ(checked(*compiled(R"({"maxLength":2})"), R"("a\ud800")"), Result::valid);
}

}  // namespace
}  // namespace schema
