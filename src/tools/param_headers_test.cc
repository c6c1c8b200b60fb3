// Annotations: which are collected, which make a definition invalid, and what stands beside each that is valid.
#include "tools/param_headers.h"

#include <gtest/gtest.h>

#include "tools/definition.h"

namespace tools {
namespace {

ParamHeaders read(const std::string& schema) {
  json::Document document;
  EXPECT_TRUE(document.read(schema, json::Profile::tolerant)) << schema;
  return read_param_headers(document.root());
}

ParamHeaders property(const std::string& schema) { return read(R"({"properties":{"a":)" + schema + "}}"); }

TEST(ParamHeaders, AreCollectedWithTheirPaths) {
  const auto found = read(R"({"type":"object","properties":{
      "region":{"type":"string","x-mcp-header":"Region"},
      "plain":{"type":"string"},
      "more":{"type":"object","properties":{"depth":{"properties":{"n":{"type":"integer","x-mcp-header":"N"}}}}},
      "x-mcp-header":{"type":"boolean","x-mcp-header":"user_id"}}})");
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.list.size(), 3u);
  EXPECT_EQ(found.list[0].path, std::vector<std::string>{"region"});
  EXPECT_EQ(found.list[0].name, "Mcp-Param-Region");
  EXPECT_EQ(found.list[0].type, ParamHeader::Type::string);
  EXPECT_EQ(found.list[1].path, (std::vector<std::string>{"more", "depth", "n"}));
  EXPECT_EQ(found.list[1].type, ParamHeader::Type::integer);
  EXPECT_EQ(found.list[2].name, "Mcp-Param-user_id");
  EXPECT_EQ(found.list[2].type, ParamHeader::Type::boolean);
  EXPECT_TRUE(found.names("mcp-param-REGION"));
  EXPECT_TRUE(found.names("mcp-param-user-id"));
  EXPECT_FALSE(found.names("Mcp-Param-Other"));
  EXPECT_FALSE(found.names("Region"));
}

TEST(ParamHeaders, NoneIsNoProblem) {
  for (const char* schema : {"{}", "7", "true", R"({"properties":7})", R"({"properties":{"a":true}})",
                             R"({"properties":{"a":{"enum":["x-mcp-header"]}},"required":["a"]})",
                             R"({"default":{"x-mcp-header":"A"},"properties":{"a":{"const":{"x-mcp-header":"A"}}}})"}) {
    const auto found = read(schema);
    EXPECT_TRUE(found.list.empty()) << schema;
    EXPECT_EQ(found.problem, "") << schema;
  }
  EXPECT_TRUE(read_param_headers(json::Value()).list.empty());
}

TEST(ParamHeaders, WhatMustNotBeAnnotated) {
  const auto invalid = [](const ParamHeaders& found, std::string_view part) {
    EXPECT_TRUE(found.list.empty());
    EXPECT_NE(found.problem.find(part), std::string::npos) << found.problem;
  };
  invalid(read(R"({"x-mcp-header":"A","type":"string"})"), "at / may stand");
  for (const char* name : {"\"\"", "\"a b\"", "\"a:b\"", "\"a\\r\\nb\"", "\"\xC3\xA9\"", "7", "null", "[\"A\"]",
                           "\"a\\u0000\"", "\"a(b)\""}) {
    invalid(property(std::string(R"({"type":"string","x-mcp-header":)") + name + "}"), "at /a must be the name");
  }
  for (const char* type : {"", R"("type":"object",)", R"("type":"array",)", R"("type":"null",)",
                           R"("type":["string","null"],)", R"("type":7,)"}) {
    invalid(property(std::string("{") + type + R"("x-mcp-header":"A"})"), "at /a may stand on properties of type");
  }
  invalid(read(R"({"properties":{"a":{"type":"string","x-mcp-header":"Region"},
                                 "b":{"type":"string","x-mcp-header":"REGION"}}})"),
          "at /b has a name");
}

TEST(ParamHeaders, WhatIsNotStaticallyReachable) {
  const std::string annotated = R"({"type":"string","x-mcp-header":"A"})";
  for (const char* key : {"items", "contains", "additionalProperties", "unevaluatedProperties", "unevaluatedItems",
                          "not", "propertyNames", "if", "then", "else"}) {
    EXPECT_NE(read(std::string("{\"") + key + "\":" + annotated + "}").problem, "") << key;
    EXPECT_NE(property(std::string("{\"") + key + R"(":{"properties":{"b":)" + annotated + "}}}").problem, "") << key;
    EXPECT_EQ(property(std::string("{\"") + key + R"(":{"properties":{"b":{"type":"string"}}}})").problem, "") << key;
  }
  for (const char* key : {"prefixItems", "oneOf", "anyOf", "allOf", "items"}) {
    EXPECT_NE(read(std::string("{\"") + key + "\":[{}," + annotated + "]}").problem, "") << key;
  }
  for (const char* key : {"patternProperties", "dependentSchemas", "$defs", "definitions"}) {
    EXPECT_NE(read(std::string("{\"") + key + "\":{\"x\":" + annotated + "}}").problem, "") << key;
    // There a name is no keyword.
    EXPECT_EQ(read(std::string("{\"") + key + R"(":{"x-mcp-header":{"type":"string"}}})").problem, "") << key;
  }
}

TEST(ParamHeaders, OneInvalidAnnotationEndsAll) {
  const auto found = read(R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},
                                            "b":{"items":{"type":"string","x-mcp-header":"B"}}}})");
  EXPECT_TRUE(found.list.empty());
  EXPECT_NE(found.problem, "");
}

TEST(ParamHeaders, NumbersAreAProblemThatServersCheck) {
  const auto found = read(R"({"properties":{"a":{"type":"number","x-mcp-header":"A"},
                                            "b":{"type":"string","x-mcp-header":"B"}}})");
  EXPECT_EQ(found.list.size(), 2u);
  EXPECT_NE(found.problem.find("/a may not stand on properties of type number"), std::string::npos) << found.problem;
}

TEST(ParamHeaders, AreBounded) {
  const auto many = [](std::size_t n) {
    std::string schema = R"({"properties":{)";
    for (std::size_t i = 0; i < n; ++i) {
      const std::string name = "a" + std::to_string(i);
      schema += (i > 0 ? ",\"" : "\"") + name + R"(":{"type":"string","x-mcp-header":")" + name + "\"}";
    }
    return read(schema + "}}");
  };
  EXPECT_EQ(many(max_param_headers).list.size(), max_param_headers);
  EXPECT_TRUE(many(max_param_headers + 1).list.empty());
  EXPECT_NE(many(max_param_headers + 1).problem, "");
}

TEST(ParamHeaders, OfADefinitionAreReadOnce) {
  const auto d =
      Definition::read("t", R"({"name":"t","inputSchema":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}})");
  const ParamHeaders& first = d->param_headers();
  ASSERT_EQ(first.list.size(), 1u);
  EXPECT_EQ(&d->param_headers(), &first);
  EXPECT_TRUE(Definition::read("t", "{}")->param_headers().list.empty());
}

}  // namespace
}  // namespace tools
