// The input schemas of real servers (tests/data/tools) compile, whoever wrote them and whichever generator.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "schema/schema.h"

namespace schema {
namespace {

TEST(RealTools, EveryInputSchemaCompiles) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path folder = std::filesystem::path(root == nullptr ? "." : root) / "tests/data/tools";
  std::size_t count = 0;
  std::size_t levels = 0;
  Scratch scratch;
  json::Document empty;
  ASSERT_TRUE(empty.read("{}", json::Profile::strict));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::Document document;
    ASSERT_TRUE(document.read(text, json::Profile::tolerant)) << entry.path();
    const json::Value answer = document.root().find("result");
    for (const json::Value tool : (answer ? answer : document.root()).find("tools").elements()) {
      const auto compiled = Schema::compile(tool.find("inputSchema"));
      ++count;
      if (!compiled) {
        ADD_FAILURE() << entry.path().filename() << " " << tool.find("name").string() << ": "
                      << compiled.error().text();
        continue;
      }
      levels += (*compiled)->levels().size();
      const bool needs = tool.find("inputSchema").find("required").size() > 0;
      EXPECT_EQ((*compiled)->check(empty.root(), scratch) == Result::valid, !needs) << tool.find("name").string();
    }
  }
  EXPECT_GT(count, 1200U);
  EXPECT_GT(levels, count);
}

}  // namespace
}  // namespace schema
