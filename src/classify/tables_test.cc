// The tables as data: no tool of the lists that the rules are judged by is named in them, what rows refer to exists,
// and words stand in the form in which they are looked up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "classify/lexicon.h"
#include "classify/names.h"
#include "json/document.h"

namespace classify {
namespace {

std::filesystem::path source() {
  const char* const root = std::getenv("INTERCEPT_SOURCE_DIR");
  return root == nullptr ? "." : root;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The strings of all tables, without the reasons (sentences): contexts, words, groups.
std::vector<std::string> literals() {
  std::vector<std::string> out;
  for (const auto& file : std::filesystem::directory_iterator(source() / "src/classify")) {
    if (file.path().extension() != ".inc") continue;
    const std::string text = content(file.path());
    for (std::size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at)) {
      const std::size_t end = text.find('"', at + 1);
      if (end == std::string::npos) break;
      out.push_back(text.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }
  return out;
}

std::set<std::string> words_of_tables() {
  std::set<std::string> out;
  for (const std::string& literal : literals()) {
    std::size_t from = 0;
    while (from < literal.size()) {
      const std::size_t end = std::min(literal.find(' ', from), literal.size());
      out.insert(literal.substr(from, end - from));
      from = end + 1;
    }
  }
  return out;
}

std::set<std::string> tool_names() {
  std::set<std::string> out;
  for (const auto& file : std::filesystem::directory_iterator(source() / "tests/data/tools")) {
    if (file.path().extension() != ".json") continue;
    const std::string text = content(file.path());
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::tolerant));
    const json::Value root = document.root();
    const json::Value tools = root.find("tools") ? root.find("tools") : root.find("result").find("tools");
    for (const json::Value tool : tools.elements()) out.emplace(tool.find("name").string());
  }
  std::ifstream expected(source() / "tests/data/classify/expected.txt");
  for (std::string line; std::getline(expected, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t from = line.find("| ") + 2;
    out.insert(line.substr(from, line.find(' ', from) - from));
  }
  return out;
}

// Names of two words and more, in every spelling that a table could hold them in. Single words are verbs and nouns.
TEST(Tables, NoToolNames) {
  const std::set<std::string> words = words_of_tables();
  const std::vector<std::string> strings = literals();
  const std::set<std::string> whole(strings.begin(), strings.end());
  const std::set<std::string> names = tool_names();
  ASSERT_GT(names.size(), 1000U) << "set INTERCEPT_SOURCE_DIR";
  for (const std::string& name : names) {
    const std::vector<std::string> parts = split_name(name);
    if (parts.size() < 2) continue;
    std::string under, dash, together, spaced;
    for (const std::string& part : parts) {
      under += (under.empty() ? "" : "_") + part;
      dash += (dash.empty() ? "" : "-") + part;
      spaced += (spaced.empty() ? "" : " ") + part;
      together += part;
    }
    for (const std::string& spelling : {name, under, dash, together}) {
      EXPECT_FALSE(words.contains(spelling)) << spelling << " is the name of a tool";
    }
    EXPECT_FALSE(whole.contains(spaced)) << spaced << " is the name of a tool";
  }
}

TEST(Tables, GroupsExist) {
  for (const std::string& word : words_of_tables()) {
    if (!word.starts_with('@')) continue;
    bool found = false;
    for (const std::string& literal : literals()) found = found || literal == word.substr(1);
    EXPECT_TRUE(found) << word << ": no such group in groups.inc";
  }
}

TEST(Tables, EveryVerbHasAPlainMeaning) {
  for (const std::string& word : words_of_tables()) {
    const auto senses = senses_of(word);
    if (senses.empty()) continue;
    EXPECT_EQ(senses.back().where, Where::any) << word;
    for (const Sense& sense : senses) {
      EXPECT_EQ(sense.where == Where::any, &sense == &senses.back()) << word << ": the row `any` closes a verb";
      EXPECT_EQ(sense.where == Where::any || sense.where == Where::alone || sense.where == Where::last ||
                    (sense.where == Where::first && sense.context.empty()),
                sense.context.empty())
          << word << ": a context is for a condition";
    }
  }
}

// A verb in both tables of verbs, or twice among those of one meaning, would hide a row.
TEST(Tables, VerbsStandOnce) {
  std::set<std::string> seen;
  const std::string text = content(source() / "src/classify/verbs.inc");
  for (std::size_t at = text.find("\n{"); at != std::string::npos; at = text.find("\n{", at + 1)) {
    // The strings of a row but the last, which is the reason.
    const std::string row = text.substr(at, text.find("},", at) - at);
    const std::size_t reason = row.rfind('"', row.rfind('"') - 1);
    for (std::size_t open = row.find('"'); open < reason;) {
      const std::size_t end = row.find('"', open + 1);
      std::istringstream words(row.substr(open + 1, end - open - 1));
      for (std::string verb; words >> verb;) {
        EXPECT_TRUE(seen.insert(verb).second) << verb << " stands twice in verbs.inc";
        EXPECT_EQ(senses_of(verb).size(), 1U) << verb << " stands in senses.inc as well";
      }
      open = row.find('"', end + 1);
    }
  }
  EXPECT_GT(seen.size(), 600U);
}

TEST(Tables, PhrasesAreWrittenAsTheyAreCompared) {
  for (const Phrase& phrase : phrases()) {
    EXPECT_FALSE(phrase.words.empty());
    EXPECT_EQ(std::count_if(phrase.words.begin(), phrase.words.end(), [](char c) { return c >= 'A' && c <= 'Z'; }), 0);
    EXPECT_EQ(phrase.words.find("  "), std::string_view::npos) << phrase.words;
    EXPECT_FALSE(phrase.reason.empty()) << phrase.words;
  }
}

TEST(Tables, Forms) {
  EXPECT_EQ(lemma_of("deletes").verb, "delete");
  EXPECT_EQ(lemma_of("deleting").form, Form::gerund);
  EXPECT_EQ(lemma_of("stopped").verb, "stop");
  EXPECT_EQ(lemma_of("queries").verb, "query");
  EXPECT_EQ(lemma_of("searches").verb, "search");
  EXPECT_EQ(lemma_of("recreate").verb, "recreate");
  EXPECT_EQ(lemma_of("unapprove").verb, "undo");
  EXPECT_EQ(lemma_of("writes").verb, "write");
  EXPECT_EQ(lemma_of("recognising").verb, "recognize");
  EXPECT_TRUE(lemma_of("units").verb.empty()) << "no form of unite";
  EXPECT_TRUE(lemma_of("unread").verb.empty());
  EXPECT_TRUE(lemma_of("zebra").verb.empty());
  EXPECT_EQ(singular_of("entries"), "entry");
  EXPECT_EQ(singular_of("boxes"), "box");
  EXPECT_EQ(singular_of("status"), "status");
  EXPECT_TRUE(matches("payment @message", "emails"));
  EXPECT_FALSE(matches("payment @message", "house"));
}

}  // namespace
}  // namespace classify
