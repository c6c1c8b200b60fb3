// Diffs as `diff -u` shows them, and that they say the truth: applied to the old text they give the new one.
#include "cli/line_diff.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cli {
namespace {

TEST(LineDiff, ShowsPartsWithTheirContext) {
  EXPECT_EQ(line_diff("a", "x\n", "b", "x\n", false), "");
  EXPECT_EQ(line_diff("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b", "1\n2\n3\n4\n5\nsix\n7\n8\n9\n", false),
            "--- a\n+++ b\n@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n");
  EXPECT_EQ(line_diff("a", "", "b", "x\n", false), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(line_diff("a", "x", "b", "x\n", false),
            "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
  EXPECT_EQ(line_diff("a", "x\n", "b", "y\n", true),
            "--- a\n+++ b\n@@ -1 +1 @@\n\x1b[31m-x\x1b[0m\n\x1b[32m+y\x1b[0m\n");
}

TEST(LineDiff, FarChangesAreParts) {
  std::string a, b;
  for (int i = 1; i <= 30; ++i) {
    a += std::to_string(i) + "\n";
    b += (i == 5 || i == 25 ? "x" : std::to_string(i)) + "\n";
  }
  const std::string diff = line_diff("a", a, "b", b, false);
  EXPECT_NE(diff.find("@@ -2,7 +2,7 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -22,7 +22,7 @@"), std::string::npos) << diff;
}

std::string applied(const std::string& text, const std::string& diff) {
  std::vector<std::string> old{""};
  for (const char c : text) {
    old.back() += c;
    if (c == '\n') old.emplace_back();
  }
  std::string out;
  std::size_t at = 0, pos = diff.find("@@");
  while (pos < diff.size()) {
    const std::size_t end = diff.find('\n', pos);
    const std::string line = diff.substr(pos, end + 1 - pos);
    pos = end + 1;
    if (line.starts_with("@@ -")) {
      std::size_t first = std::stoul(line.substr(4));
      if (line.substr(4, line.find(' ', 4) - 4).ends_with(",0")) ++first;
      while (at + 1 < first) out += old[at++];
    } else if (line[0] == '+') {
      out += line.substr(1);
    } else {
      EXPECT_EQ(old[at], line.substr(1));
      if (line[0] == ' ') out += old[at];
      ++at;
    }
  }
  while (at < old.size()) out += old[at++];
  return out;
}

TEST(LineDiff, AppliedToTheOldTextGivesTheNew) {
  std::mt19937 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::string a, b;
    const auto lines = random() % 40;
    for (unsigned i = 0; i < lines; ++i) {
      const std::string line = std::string(1, static_cast<char>('a' + random() % 6)) + "\n";
      if (random() % 8 != 0) a += line;
      if (random() % 8 != 0) b += line;
      if (random() % 16 == 0) b += "new\n";
    }
    ASSERT_EQ(applied(a, line_diff("a", a, "b", b, false)), b) << a << "---\n" << b;
  }
}

TEST(LineDiff, TextsThatHaveLittleInCommonTakeBoundedTime) {
  std::string a, b;
  for (int i = 0; i < 20'000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(applied(a, line_diff("a", a, "b", b, false)), b);
}

}  // namespace
}  // namespace cli
