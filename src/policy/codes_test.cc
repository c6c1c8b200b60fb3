// The table of codes holds what it says: each example gives just its code and the mended one does not, no code of the
// sources is missing, and docs/policy.md lists every warning.
#include "policy/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "policy/lint_testing.h"

namespace policy {
namespace {

namespace fs = std::filesystem;

fs::path source_root() {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  return root == nullptr ? "." : root;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> codes_in(const Code& code, std::string_view text) {
  ToolsOf tools(code.tools);
  const Loaded loaded = load("p.yaml", text, {.tools = code.tools.empty() ? nullptr : &tools.registry, .compat = true});
  std::set<std::string> out;
  for (const Problem& p : code.compat ? loaded.compat : loaded.problems) out.insert(p.code);
  return out;
}

TEST(Codes, EveryExampleGivesItsCodeAndNoOther) {
  for (const Code& code : codes()) {
    if (code.example.empty()) continue;
    EXPECT_EQ(codes_in(code, code.example), std::set<std::string>{std::string(code.name)}) << code.name;
    EXPECT_THAT(codes_in(code, code.mended), testing::IsEmpty()) << code.name << "\n" << code.mended;
    EXPECT_TRUE(load("p.yaml", code.mended).policy) << code.name;
  }
}

TEST(Codes, SeverityIsWhatIsReported) {
  for (const Code& code : codes()) {
    ToolsOf tools(code.tools);
    const Loaded l =
        load("p.yaml", code.example, {.tools = code.tools.empty() ? nullptr : &tools.registry, .compat = true});
    for (const auto* list : {&l.problems, &l.compat})
      for (const Problem& p : *list)
        if (p.code == code.name) EXPECT_EQ(p.severity, code.severity) << code.name;
  }
}

// Files that cannot be printed as an example.
TEST(Codes, OfFilesThatAreNotShown) {
  const auto first = [](std::string_view text) { return *codes_of(load("p", text)).begin(); };
  EXPECT_EQ(first(std::string(TreeBudgetBytes + 1, ' ')), "too-large");
  EXPECT_EQ(first("\xFF\xFE"), "encoding");
  std::string deep = "description: ";
  for (int i = 0; i < 70; ++i) deep += '[';
  EXPECT_EQ(first(deep), "too-deep");
  std::string many = "x: [";
  for (int i = 0; i < 1'000'001; ++i) many += "1,";
  EXPECT_EQ(first(many + "]"), "too-many-values");
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 8; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += "*a" + std::to_string(i - 1) + ",";
    bomb += "]\n";
  }
  EXPECT_EQ(first(bomb), "alias-budget");
}

TEST(Codes, AreSortedAndSayEverything) {
  std::string_view before;
  for (const Code& code : codes()) {
    EXPECT_LT(before, code.name);
    before = code.name;
    EXPECT_FALSE(code.title.empty()) << code.name;
    EXPECT_FALSE(code.title.ends_with('.')) << code.name;
    EXPECT_TRUE(code.explanation.ends_with('.')) << code.name;
    EXPECT_EQ(code.example.empty(), code.mended.empty()) << code.name;
    if (code.severity == yaml::Severity::error) EXPECT_EQ(code.silencing, Silencing::never) << code.name;
    EXPECT_EQ(find_code(code.name), &code);
  }
  EXPECT_EQ(find_code("no-such-code"), nullptr);
  EXPECT_EQ(nearest_code("unanchored-regexp"), "unanchored-regex");
  EXPECT_EQ(nearest_code("xyzzy"), "");
}

// What the sources report, by the calls that report it.
std::set<std::string> codes_in_sources() {
  std::set<std::string> out;
  const re2::RE2 call(
      R"re((?:error|warn|note|fail|add|plain_error|warning)\(\s*(?:\w+ \? )?"([a-z-]+)"(?: : "([a-z-]+)")?)re");
  const re2::RE2 list(R"re(\{Severity::\w+,\s*"([a-z-]+)")re");
  for (const char* room : {"policy", "yaml", "cli"}) {
    for (const auto& entry : fs::directory_iterator(source_root() / "src" / room)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".cc") || name.ends_with("_test.cc") || name.starts_with("codes")) continue;
      if (room == std::string("cli") && name != "validate.cc" && name != "validate_report.cc") continue;
      const std::string text = read_file(entry.path());
      re2::StringPiece rest(text);
      std::string one, other;
      while (re2::RE2::FindAndConsume(&rest, call, &one, &other)) {
        out.insert(one);
        if (!other.empty()) out.insert(other);
      }
      rest = text;
      while (re2::RE2::FindAndConsume(&rest, list, &one)) out.insert(one);
    }
  }
  return out;
}

TEST(Codes, TheTableIsWhatTheSourcesReport) {
  const std::set<std::string> reported = codes_in_sources();
  ASSERT_GE(reported.size(), 60U) << "sources not found; set INTERCEPT_SOURCE_DIR";
  for (const std::string& code : reported) EXPECT_NE(find_code(code), nullptr) << code << " is not in the table";
  for (const Code& code : codes())
    EXPECT_TRUE(reported.contains(std::string(code.name)) || code.name == "more")
        << code.name << " is reported nowhere";
}

TEST(Codes, DocsListEveryWarning) {
  const std::string text = read_file(source_root() / "docs/policy.md");
  const std::size_t start = text.find("\n## Warnings\n"), end = text.find("\n## ", start + 5);
  ASSERT_NE(start, std::string::npos);
  const std::string section = text.substr(start, end - start);
  for (const Code& code : codes())
    if (code.severity != yaml::Severity::error && !code.compat && code.name != "more")
      EXPECT_NE(section.find("`" + std::string(code.name) + "`"), std::string::npos) << code.name;
  const re2::RE2 row("\n\\| `([a-z-]+)`");
  re2::StringPiece rest(section);
  std::string name;
  while (re2::RE2::FindAndConsume(&rest, row, &name)) EXPECT_NE(find_code(name), nullptr) << name;
}

}  // namespace
}  // namespace policy
