// The official JSON-Schema-Test-Suite (tests/data/json-schema-suite), all of it, against check() and explain(). What we
// do not decide as the suite does is in one table, which docs/json-schema.md repeats. An exception is always a refusal:
// it may never be "valid" where the suite says invalid.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "schema/schema.h"
#include "schema/suite_exceptions_testing.h"

namespace schema {
namespace {

std::string source(const std::string& name) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  std::ifstream in(std::string(root == nullptr ? "." : root) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> suite_files(const std::string& draft) {
  const char* root = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path folder =
      std::filesystem::path(root == nullptr ? "." : root) / "tests/data/json-schema-suite" / draft;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The row that covers the test, or nullptr.
const SuiteException* exception_for(const std::string& file, std::string_view group, std::string_view test) {
  for (const SuiteException& row : suite_exceptions) {
    if (row.file == file && row.group == group && (row.test == "*" || row.test == test)) return &row;
  }
  return nullptr;
}

struct Tally {
  std::size_t passed = 0;
  std::set<const SuiteException*> used;
};

void run_group(const std::string& file, json::Value group, Dialect dialect, Tally& tally) {
  const auto compiled = Schema::compile(group.find("schema"), {.dialect = dialect});
  Scratch scratch;
  for (const json::Value test : group.find("tests").elements()) {
    const std::string name(test.find("description").string());
    SCOPED_TRACE(file + " | " + std::string(group.find("description").string()) + " | " + name);
    Result result = Result::undecided;
    if (compiled) {
      result = (*compiled)->check(test.find("data"), scratch);
      std::vector<Failure> failures;
      std::string reason;
      EXPECT_EQ((*compiled)->explain(test.find("data"), failures, reason), result);
      EXPECT_EQ(failures.empty(), result != Result::invalid);
      EXPECT_EQ(reason.empty(), result != Result::undecided);
    }
    const Result wanted = test.find("valid").boolean() ? Result::valid : Result::invalid;
    const SuiteException* const row = exception_for(file, group.find("description").string(), name);
    if (row == nullptr) {
      EXPECT_EQ(static_cast<int>(result), static_cast<int>(wanted)) << (compiled ? "" : compiled.error().text());
      ++tally.passed;
    } else {
      EXPECT_EQ(static_cast<int>(result), static_cast<int>(Result::undecided)) << "listed, but decided";
      tally.used.insert(row);
    }
  }
}

TEST(Suite, BothDraftsButTheListedExceptions) {
  Tally tally;
  for (const auto& [draft, dialect] : {std::pair{"draft7", Dialect::draft07}, {"draft2020-12", Dialect::draft2020}}) {
    for (const std::string& name : suite_files(draft)) {
      const std::string file = std::string(draft) + "/" + name;
      const std::string text = source("tests/data/json-schema-suite/" + file);
      json::Document document;
      ASSERT_TRUE(document.read(text, json::Profile::tolerant)) << file;
      for (const json::Value group : document.root().elements()) run_group(file, group, dialect, tally);
    }
  }
  std::cout << tally.passed << " tests of the suite as it says\n";
  EXPECT_GT(tally.passed, 2000U);
  for (const SuiteException& row : suite_exceptions) {
    EXPECT_TRUE(tally.used.contains(&row)) << "no such test: " << row.file << " | " << row.group << " | " << row.test;
  }
}

// A schema of the suite that is read without knowing its draft may be refused more, never less.
TEST(Suite, OpenDialectAdmitsNoMore) {
  Scratch scratch;
  for (const std::string& name : suite_files("draft7")) {
    const std::string text = source("tests/data/json-schema-suite/draft7/" + name);
    json::Document document;
    ASSERT_TRUE(document.read(text, json::Profile::tolerant)) << name;
    for (const json::Value group : document.root().elements()) {
      const auto compiled = Schema::compile(group.find("schema"));
      if (!compiled) continue;
      for (const json::Value test : group.find("tests").elements()) {
        if (test.find("valid").boolean()) continue;
        EXPECT_NE(static_cast<int>((*compiled)->check(test.find("data"), scratch)), static_cast<int>(Result::valid))
            << name << " | " << group.find("description").string() << " | " << test.find("description").string();
      }
    }
  }
}

TEST(Suite, DocsListTheSameExceptions) {
  std::string table;
  for (const SuiteException& row : suite_exceptions) {
    table += "| `" + std::string(row.file) + "` | " + std::string(row.group) + " | " + std::string(row.test) + " | " +
             std::string(row.reason) + " |\n";
  }
  const std::string docs = source("docs/json-schema.md");
  const std::string head = "| file | group | test | reason |\n|---|---|---|---|\n";
  const std::size_t at = docs.find(head);
  ASSERT_NE(at, std::string::npos);
  const std::size_t end = std::min(docs.find("\n\n", at), docs.size());
  EXPECT_EQ(docs.substr(at + head.size(), end + 1 - at - head.size()), table);
}

}  // namespace
}  // namespace schema
