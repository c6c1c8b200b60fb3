// The canonical layout, case by case. Every case is also laid out again and must stay as it is.
#include "yaml/layout.h"

#include <gtest/gtest.h>

namespace yaml {
namespace {

std::string laid_out(std::string_view text) {
  Problems problems;
  const auto out = lay_out(text, problems);
  if (out) return *out;
  std::string why;
  for (const Problem& p : problems.take()) why += render(p, "t", text, false);
  return "refused: " + why;
}

void expect(std::string_view text, std::string_view want) {
  const std::string got = laid_out(text);
  EXPECT_EQ(got, want) << text;
  EXPECT_EQ(laid_out(got), got) << "not stable: " << text;
}

void stays(std::string_view text) { expect(text, text); }

TEST(Layout, IndentsListsUnderTheirKey) {
  expect("a:\n- 1\n-   2\nb:\n    c:   x\n    d:\n         - {x: 1,y:   2}\n",
         "a:\n  - 1\n  - 2\nb:\n  c: x\n  d:\n    - {x: 1, y: 2}\n");
  expect("a:\n    -   name: x\n        rate: 5\n    -\n        name: y\n",
         "a:\n  - name: x\n    rate: 5\n  - name: y\n");
  expect("- - 1\n  - 2\n-\n  - 3\n", "- - 1\n  - 2\n- - 3\n");
  expect("a:\nb:   \n-\n- ~\n", "a:\nb:\n  -\n  - ~\n");
  expect("a:\nb:   \n   -\n   - ~\n", "a:\nb:\n  -\n  - ~\n");
}

TEST(Layout, EndsOfLinesAndOfTheFile) {
  expect(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: |\r\n  x\r\n",
      "a: 1\nb: |\n  x\n");
  expect("\n\n\na: 1   \n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n");
  expect("a: 1", "a: 1\n");
  expect("---\na: 1\n...\n", "---\na: 1\n");
  expect("%YAML 1.1\n--- # c\na: 1\n", "%YAML 1.1\n---  # c\na: 1\n");
  expect("# only\n'x'", "# only\n'x'\n");
}

TEST(Layout, CommentsStayWithWhatTheyAreAbout) {
  stays("# file\n\n# tools\ntools:\n  # first\n  a: {}\n  # second\n\n  b: {}\n  # after b\n\n# end\n");
  expect("tools:\n    a: {}\n    # foot of tools\n# of hide\nhide: []\n",
         "tools:\n  a: {}\n  # foot of tools\n# of hide\nhide: []\n");
  expect("tools:\n    a:\n        rules: []\n      # deeper than a\n    # deeper than tools\n# end",
         "tools:\n  a:\n    rules: []\n    # deeper than a\n  # deeper than tools\n# end\n");
  expect("a:\n- 1\n# of b\nb:\n- 2\n # of the list\n", "a:\n  - 1\n# of b\nb:\n  - 2\n  # of the list\n");
  expect("a:\n\n  # head\n\n  b: 1\n", "a:\n  # head\n\n  b: 1\n");
  expect("a: # behind a\n  b: 1 #behind b\n", "a:      # behind a\n  b: 1  #behind b\n");
  expect("- # about x\n  x: 1\n-\n  # about y\n  y: 1\n- # z\n  1\n",
         "# about x\n- x: 1\n# about y\n- y: 1\n-  # z\n  1\n");
  expect("a:\n  # about the value\n  5\n", "a:\n  # about the value\n  5\n");
  expect("a: # none\nb: 1\n", "a:  # none\nb: 1\n");
  expect("    &s #c\n# d\nfolto u\n  v", "#c\n# d\n&s folto u\n  v\n");
  expect("--- # b\n&s #c\n[1, 2] # d\n", "---  # b\n#c\n&s [1, 2]  # d\n");
}

TEST(Layout, CommentsThatEndConsecutiveLinesAreAligned) {
  expect("a: 1 # x\nlonger: 2 # y\n\nc: 3      # z\n", "a: 1       # x\nlonger: 2  # y\n\nc: 3  # z\n");
  expect("\xC3\xA4: 1 # x\nbb: 2 # y\n", "\xC3\xA4: 1   # x\nbb: 2  # y\n");
}

TEST(Layout, FlowStaysWhereItFits) {
  expect("a: {x: 1,\n    y: [1,2 , 3,]}\n", "a: {x: 1, y: [1, 2, 3]}\n");
  expect("a: [ ]\nb: { }\nc: [[], {}]\nd: [x: 1]\n", "a: []\nb: {}\nc: [[], {}]\nd: [{x: 1}]\n");
  stays("a: {b: \"x\", 'c': y, \"d\": [\"}\", '#']}\n");
  stays("a: {b: , c: }\n");
  expect("a: {b, c: 1}\n", "a: {b: , c: 1}\n");
  expect("{version: 1, tools: {}}", "{version: 1, tools: {}}\n");
  const std::string long_text(90, 'x');
  expect("a:\n  - {b: " + long_text + ", c: [1, 2], d: {}}\n",
         "a:\n  - b: " + long_text + "\n    c: [1, 2]\n    d: {}\n");
  expect("hide: [" + long_text + ", \"b c\"] # hidden\n", "hide:  # hidden\n  - " + long_text + "\n  - \"b c\"\n");
  expect("a: " + std::string("[") + std::string(95, 'x') + "]\n", "a: [" + std::string(95, 'x') + "]\n");
  expect("a: [" + std::string(96, 'x') + "]\n", "a:\n  - " + std::string(96, 'x') + "\n");
}

TEST(Layout, FlowWithCommentsBecomesABlock) {
  expect("a: [ # list\n  1, # one\n  # two\n  2 # second\n  # end\n]\n",
         "a:\n  # list\n  - 1  # one\n  # two\n  - 2  # second\n  # end\n");
  expect("a: {b: [1, # x\n 2], c: {d: 1}}\n", "a:\n  b:\n    - 1  # x\n    - 2\n  c: {d: 1}\n");
  expect("a: [ # empty\n]\n", "a:\n  # empty\n  []\n");
  expect("- {a: 1, # x\n   b: 2} # y\n", "# y\n- a: 1  # x\n  b: 2\n");
  expect("{a: 1, # x\n b: 2} # y\n", "a: 1  # x\nb: 2\n# y\n");
  expect("{a: # x\n  1}\n", "a:  # x\n  1\n");
  expect("a: [-, # x\n  b]\n", "a:\n  - '-'  # x\n  - b\n");
}

TEST(Layout, AnchorsAndAliases) {
  expect("a: &x\n    b: 1\nc: *x\nd: &y [1,2]\ne: [*y, *x]\n&k f: &n\ng: {*k : 1, z: &q 1}\n",
         "a: &x\n  b: 1\nc: *x\nd: &y [1, 2]\ne: [*y, *x]\n&k f: &n\ng: {*k : 1, z: &q 1}\n");
  expect("-   &x # c\n    a: 1\n- &y\n  - 1\n- *x\n", "- &x  # c\n  a: 1\n- &y\n  - 1\n- *x\n");
  expect("&r\na: 1\n", "&r\na: 1\n");
  expect("a: &x |\n    text\n", "a: &x |\n  text\n");
}

TEST(Layout, LongTextsKeepTheirLines) {
  expect("a: one\n        two\n\n     three\nb: 'x\n  y '\nc: \"p   \n     q\\\n   r\\ \n  s\"\n",
         "a: one\n  two\n\n  three\nb: 'x\n  y '\nc: \"p\n  q\\\n  r\\ \n  s\"\n");
  expect("a: [one\n   two, 'x\n   y', \"p\n\n  q\"]\n", "a: [one two, 'x y', \"p\\nq\"]\n");
  expect("a:\n  one\n  two\n", "a: one\n  two\n");
  expect("one\n ...\n two\n", "one\n  ...\n  two\n");
  expect(" ---\n  two\n", "  ---\n  two\n");
  expect("  --- two\n", "'--- two'\n");
  expect(" --- x: 1\n", "'--- x': 1\n");
  expect("[ ---\n x, ...\n y]\n", "['--- x', '... y']\n");
}

TEST(Layout, BlockScalarsKeepTheirText) {
  expect("a: |   # c\n      one\n        two\n\n      three\n\n\nb: >-\n   x\n   y\nc: |+\n  k\n\nd: 1\n",
         "a: |  # c\n  one\n    two\n\n  three\n\nb: >-\n  x\n  y\nc: |+\n  k\n\nd: 1\n");
  expect("a:\n    b: |2\n        x\n      y\n", "a:\n  b: |2\n      x\n    y\n");
  expect("- |\n    text\n-   a: |\n       more\n", "- |\n  text\n- a: |\n    more\n");
  expect("a: |\n   text  \n   \n      \n   end", "a: |-\n  text  \n\n     \n  end\n");
  expect("a: >-\n  x\n   ", "a: >-\n  x\n   \n");
  expect("a: |\nb: >\n\nc: |-\n# c\nd: 1\n", "a: |\nb: >\n\nc: |-\n# c\nd: 1\n");
  expect("a: # c\n  |\n  text\n", "a:  # c\n  |\n  text\n");
}

TEST(Layout, WhatCannotBeReadIsRefused) {
  EXPECT_EQ(laid_out("a: 1\na: 2\n").substr(0, 8), "refused:");
  EXPECT_EQ(laid_out("a: [1\n").substr(0, 8), "refused:");
  EXPECT_EQ(laid_out("a: 1\n---\nb: 1\n").substr(0, 8), "refused:");
  EXPECT_EQ(laid_out("").substr(0, 8), "refused:");
  EXPECT_EQ(laid_out("{\"a\": ]").substr(0, 8), "refused:");
}

TEST(Layout, ExplicitKeysBecomePlainOnes) { expect("? a # c\n: 1\n? b\n", "a:  # c\n  1\nb:\n"); }

TEST(Layout, Json) {
  expect("{\"a\":1.0,\"b\":[],\n\"c\":[1,{\"d\":\"\\u00e9\"}]}",
         "{\n  \"a\": 1.0,\n  \"b\": [],\n  \"c\": [1, {\"d\": \"\\u00e9\"}]\n}\n");
  expect("{\"a\":1}", "{\"a\": 1}\n");
  expect("{\n\"" + std::string(99, 'k') + "\":{}}", "{\n  \"" + std::string(99, 'k') + "\": {}\n}\n");
  expect("{\"a\":{\n}}", "{\n  \"a\": {}\n}\n");
  expect("{\"" + std::string(60, 'k') + "\":[\"" + std::string(40, 'x') + "\"]}",
         "{\n  \"" + std::string(60, 'k') + "\": [\n    \"" + std::string(40, 'x') + "\"\n  ]\n}\n");
}

// A text that is not JSON may be JSON once it is laid out; both layouts must agree on it.
TEST(Layout, YamlThatBecomesJson) {
  for (std::size_t n = 80; n < 100; ++n)
    expect("{\"a\": \"" + std::string(n, 'x') + "\n y\"}",
           n <= 89 ? "{\"a\": \"" + std::string(n, 'x') + " y\"}\n" : "\"a\": \"" + std::string(n, 'x') + "\n  y\"\n");
}

TEST(Layout, SameTreeSeesWhatDiffers) {
  const auto same = [](std::string_view a, std::string_view b) {
    Problems p;
    const Tree x = read_tree(a, p), y = read_tree(b, p);
    return same_tree(*x.root, *y.root);
  };
  EXPECT_TRUE(same("a: [1, x]", "\"a\":\n- 1\n- 'x'\n"));
  EXPECT_FALSE(same("a: 1", "a: 1.0"));
  EXPECT_FALSE(same("a: 1", "a: '1'"));
  EXPECT_FALSE(same("{a: 1, b: 2}", "{b: 2, a: 1}"));
  EXPECT_FALSE(same("{a: &x [1], b: *x}", "{a: [1], b: [1]}"));
  EXPECT_FALSE(same("a:", "a: ~"));
}

}  // namespace
}  // namespace yaml
