// Definitions: the schema compiled once, its names at every level, and the schemas that real servers give.
#include "tools/definition.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "json/writer.h"

namespace tools {
namespace {

std::unique_ptr<Definition> with_schema(const std::string& schema) {
  return Definition::read("t", R"({"name":"t","inputSchema":)" + schema + "}");
}

TEST(Definition, IsCompiledOnce) {
  const auto d = with_schema(R"({"type":"object"})");
  const InputSchema& first = d->compiled();
  EXPECT_NE(first.schema, nullptr);
  EXPECT_EQ(first.problem, "");
  EXPECT_EQ(&d->compiled(), &first);
}

TEST(Definition, SaysWhyASchemaIsOfNoUse) {
  EXPECT_EQ(with_schema("7")->compiled().schema, nullptr);
  EXPECT_NE(with_schema(R"({"properties":{"a":{"type":"strin"}}})")->compiled().problem.find("/properties/a/type"),
            std::string::npos);
  EXPECT_EQ(Definition::read("t", "{}")->compiled().problem, "the server gives none");
  EXPECT_EQ(Definition::read("t", "{"), nullptr);
}

TEST(Definition, NamesAtEveryLevel) {
  const auto d = with_schema(R"({"$ref":"#/$defs/r","$defs":{"r":{"properties":{"a":{"properties":{"b":{}}},
      "l":{"type":"array","items":{"properties":{"c":{}}}}}}}})");
  const auto found = [&](const char* text) {
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::strict));
    const auto look_alike = d->compiled().names.find(document.root());
    return look_alike ? std::string(look_alike->named) : "";
  };
  EXPECT_EQ(found(R"({"a":{"b":1},"l":[{"c":1}]})"), "");
  EXPECT_EQ(found(R"({"A":1})"), "a");
  EXPECT_EQ(found(R"({"a":{"B":1}})"), "b");
  EXPECT_EQ(found(R"({"l":[{"c":1},{"C":1}]})"), "c");
}

// A schema of tens of thousands of properties is read in no time, in whatever order they come.
TEST(Definition, ManyProperties) {
  std::string schema = R"({"properties":{)";
  for (int i = 40'000; i > 0; --i) schema += "\"p" + std::to_string(i) + "\":{}" + (i > 1 ? "," : "}}");
  const auto d = with_schema(schema);
  EXPECT_NE(d->compiled().schema, nullptr);
  json::Document document;
  ASSERT_TRUE(document.read(R"({"P777":1})", json::Profile::strict));
  EXPECT_EQ(d->names.find(document.root())->named, "p777");
  EXPECT_EQ(d->compiled().names.find(document.root())->named, "p777");
}

TEST(Definition, SchemasOfRealServersAreOfUse) {
  const char* const root = std::getenv("INTERCEPT_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "set INTERCEPT_SOURCE_DIR";
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(root) / "tests/data/tools")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::Document document;
    ASSERT_TRUE(document.read(text, json::Profile::tolerant)) << file.path();
    for (const json::Value tool : document.root().find("result").find("tools").elements()) {
      std::string one;
      json::write(one, tool);
      const auto d = Definition::read(tool.find("name").string(), one);
      ASSERT_NE(d, nullptr);
      EXPECT_NE(d->compiled().schema, nullptr) << file.path() << ' ' << d->name << ": " << d->compiled().problem;
      ++count;
    }
  }
  EXPECT_GT(count, 200U);
}

}  // namespace
}  // namespace tools
