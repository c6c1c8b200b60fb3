// Signs in the tools of real servers (tests/data/tools): few may be taken for poison, since a reviewer who is warned of
// everything reads nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "tools/signs.h"

namespace tools {
namespace {

TEST(RealTools, FewLookPoisoned) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path folder = std::filesystem::path(root == nullptr ? "." : root) / "tests/data/tools";
  const bool show = std::getenv("INTERCEPT_SHOW_SIGNS") != nullptr;
  std::size_t count = 0;
  std::map<Sign::Kind, std::size_t> with;  // tools that have a sign of the kind
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::Document document;
    ASSERT_TRUE(document.read(text, json::Profile::tolerant)) << entry.path();
    const json::Value answer = document.root().find("result");
    const json::Value list = (answer ? answer : document.root()).find("tools");
    std::vector<std::string_view> names;
    for (const json::Value tool : list.elements()) names.push_back(tool.find("name").string());
    const SignContext context(names);
    for (const json::Value tool : list.elements()) {
      ++count;
      std::set<Sign::Kind> kinds;
      for (const Sign& sign : signs_of(tool, context)) {
        kinds.insert(sign.kind);
        if (show) {
          std::cout << name_of(sign.kind) << '\t' << entry.path().stem().string() << '/' << tool.find("name").string()
                    << '\t' << sign.where << '\t' << sign.words << '\t' << sign.reason << '\n';
        }
      }
      for (const Sign::Kind kind : kinds) ++with[kind];
    }
  }
  ASSERT_GT(count, 1200U);
  const auto per_mille = [&](Sign::Kind kind) { return with[kind] * 1000 / count; };
  std::cout << count << " tools:";
  for (const auto& [kind, number] : with) std::cout << ' ' << name_of(kind) << ' ' << number << ',';
  std::cout << " of each kind\n";
  EXPECT_LE(per_mille(Sign::Kind::model_instructions), 30U);
  EXPECT_LE(per_mille(Sign::Kind::hidden_characters), 5U);
  EXPECT_LE(per_mille(Sign::Kind::user_secrets), 20U);
  EXPECT_LE(per_mille(Sign::Kind::embedded_data), 5U);
  EXPECT_LE(per_mille(Sign::Kind::mixed_scripts), 1U);
  EXPECT_LE(per_mille(Sign::Kind::terminal_escape), 1U);
  EXPECT_LE(per_mille(Sign::Kind::look_alike_name), 5U);
}

}  // namespace
}  // namespace tools
