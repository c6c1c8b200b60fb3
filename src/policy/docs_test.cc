// docs/policy.md promises that each of its YAML blocks is a whole policy. Here each is loaded and lowered; a block that
// begins with "# error: CODE" must fail with that code.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "policy/load_testing.h"
#include "policy/loading.h"

namespace policy {
namespace {

std::string read_docs() {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  std::ifstream file(std::string(root == nullptr ? "." : root) + "/docs/policy.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> yaml_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  const std::string open = "\n```yaml\n", close = "\n```\n";
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    const std::size_t start = at + open.size(), end = text.find(close, start);
    if (end == std::string::npos) break;
    std::string block = text.substr(start, end + 1 - start);
    // What a policy decides is run by tests/authoring/test_docs.py.
    const bool steps = block.starts_with("steps:") || block.find("\nsteps:") != std::string::npos;
    if (!steps) blocks.push_back(std::move(block));
    at = end;
  }
  return blocks;
}

TEST(Docs, EveryBlockIsWhatItSays) {
  const std::vector<std::string> blocks = yaml_blocks(read_docs());
  ASSERT_GE(blocks.size(), 20U) << "docs/policy.md not found; set INTERCEPT_SOURCE_DIR";
  const std::string marker = "# error: ";
  for (const std::string& block : blocks) {
    const Loaded loaded = load("docs/policy.md", block);
    if (block.starts_with(marker)) {
      const std::string code = block.substr(marker.size(), block.find('\n') - marker.size());
      EXPECT_FALSE(loaded.policy) << block;
      EXPECT_TRUE(codes_of(loaded).contains(code)) << block << rendered(loaded, block);
      continue;
    }
    ASSERT_TRUE(loaded.policy) << block << rendered(loaded, block);
    EXPECT_TRUE(lower(*loaded.policy, {}).has_value()) << block;
    for (const Problem& p : loaded.problems) {
      const bool expected = p.code == "approvals-not-configured" || p.code == "shadow";
      EXPECT_TRUE(expected) << rendered(loaded, block);
    }
  }
}

TEST(Docs, EveryOperatorAndKeyIsDocumented) {
  const std::string text = read_docs();
  for (int i = 0; i <= static_cast<int>(Op::cidr_in); ++i)
    EXPECT_NE(text.find("`" + std::string(op_name(static_cast<Op>(i))) + "`"), std::string::npos)
        << op_name(static_cast<Op>(i));
  for (const std::string_view key : rule_keys)
    EXPECT_NE(text.find("`" + std::string(key) + "`"), std::string::npos) << key;
  for (const std::string_view key : policy_keys)
    EXPECT_NE(text.find("`" + std::string(key) + "`"), std::string::npos) << key;
}

}  // namespace
}  // namespace policy
