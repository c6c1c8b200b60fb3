// The tree of a text: what its readers build, beyond the problems that loading a policy shows.
#include "yaml/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace yaml {
namespace {

std::string json_of(std::string_view text, std::size_t expected_problems = 0) {
  Problems problems;
  const Tree tree = read_tree(text, problems);
  EXPECT_EQ(problems.take().size(), expected_problems) << text;
  if (tree.root == nullptr) return "nothing";
  std::string out;
  write_json(out, *tree.root);
  return out;
}

TEST(Tree, ListsAndMapsWithinEachOther) {
  EXPECT_EQ(json_of("a: [1, [2, {b: [3], c: {}}], []]\nd:\n  - e\n  - f: g\nh: 5\n"),
            R"({"a":[1,[2,{"b":[3],"c":{}}],[]],"d":["e",{"f":"g"}],"h":5})");
  EXPECT_EQ(json_of(R"({"a":[1,[2,{"b":[3],"c":{}}],[]],"d":["e",{"f":"g"}],"h":5})"),
            R"({"a":[1,[2,{"b":[3],"c":{}}],[]],"d":["e",{"f":"g"}],"h":5})");
}

TEST(Tree, NodesOfKeysAreUsedAgain) {
  // A key with an anchor is a value that an alias may name; the key after it must not be written over it.
  EXPECT_EQ(json_of("&k one: two\nthree: *k\nfour: *k\n"), R"({"one":"two","three":"one","four":"one"})");
  EXPECT_EQ(json_of("a: null\n? b\n: true\nc: ''\n'5': 5\n"), R"({"a":null,"b":true,"c":"","5":5})");
}

TEST(Tree, ATreeMovesWithItsTexts) {
  Problems problems;
  Tree first = read_tree("key: a text that is longer than what fits into a string without memory of its own", problems);
  const Tree second = std::move(first);
  ASSERT_NE(second.root, nullptr);
  ASSERT_NE(second.root->find("key"), nullptr);
  EXPECT_THAT(std::string(second.root->find("key")->text), testing::StartsWith("a text that is longer"));
  EXPECT_EQ(second.root->find("keys"), nullptr);
  EXPECT_EQ(second.root->find(""), nullptr);
}

TEST(Tree, TheFirstOfEqualKeysStays) {
  EXPECT_EQ(json_of("{a: 1, b: 2, a: 3}", 1), R"({"a":1,"b":2})");
  EXPECT_EQ(json_of("{b: 1, a: 2, b: 3, b: 4}", 2), R"({"b":1,"a":2})");
  EXPECT_EQ(json_of("{x: {a: 1, a: 2}, y: {a: 3}}", 1), R"({"x":{"a":1},"y":{"a":3}})");
  std::string large, expected;
  for (int i = 0; i < 30; ++i) {
    const std::string member = "k" + std::to_string(i);
    large += member + ": " + std::to_string(i) + "\n";
    expected += (expected.empty() ? "{\"" : ",\"") + member + "\":" + std::to_string(i);
  }
  EXPECT_EQ(json_of(large + "k7: again\nk29: again\nk7: again\n", 3), expected + "}");
}

TEST(Tree, SameKey) {
  EXPECT_TRUE(same_key("", ""));
  EXPECT_TRUE(same_key("when", "when"));
  EXPECT_FALSE(same_key("when", "whet"));
  EXPECT_FALSE(same_key("", "w"));
  EXPECT_FALSE(same_key("then", "when"));
}

}  // namespace
}  // namespace yaml
