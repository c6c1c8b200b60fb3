// The reader refuses what is not an attack, with its place; what is built in is whole, and its policies load as
// printed.
#include "catalog/attack_data.h"

#include <gtest/gtest.h>

#include <set>

#include "policy/load.h"

namespace catalog {
namespace {

constexpr std::string_view good = R"(slug: rug-pull
title: Rug pull
summary: A short sentence.
what_happens: >-
  Two
  lines.
steps: [one, two]
incidents:
  - {title: older, date: "2024-01", source: "https://example.com/a"}
  - {title: newer, date: "2025-07-18", source: "https://example.com/b"}
classes: [Execute, Read]
severity: High
prevention: |
  version: "1"
  default: deny
run: [--lock, intercept.lock]
prevention_notes: [a note]
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(good);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// "code line:column" of the first problem; "" if the text is an attack.
std::string problem_of(std::string_view text) {
  yaml::Problems problems;
  const bool read = read_attack(text, problems).has_value();
  const std::vector<yaml::Problem> found = problems.take();
  EXPECT_EQ(read, found.empty());
  if (found.empty()) return "";
  const yaml::Problem& first = found.front();
  return first.code + " " + std::to_string(first.position.line) + ":" + std::to_string(first.position.column);
}

TEST(ReadAttack, TakesEveryField) {
  yaml::Problems problems;
  const std::optional<Attack> attack = read_attack(good, problems);
  ASSERT_TRUE(attack);
  EXPECT_EQ(attack->slug, "rug-pull");
  EXPECT_EQ(attack->title, "Rug pull");
  EXPECT_EQ(attack->what_happens, "Two lines.");
  EXPECT_EQ(attack->steps, (std::vector<std::string>{"one", "two"}));
  ASSERT_EQ(attack->incidents.size(), 2U);
  EXPECT_EQ(attack->incidents[0].title, "newer");
  EXPECT_EQ(attack->incidents[1].source, "https://example.com/a");
  EXPECT_EQ(attack->classes, (std::vector{classify::Class::read, classify::Class::execute}));
  EXPECT_EQ(attack->severity, classify::Severity::high);
  EXPECT_EQ(attack->prevention, "version: \"1\"\ndefault: deny\n");
  EXPECT_EQ(attack->run, (std::vector<std::string>{"--lock", "intercept.lock"}));
  EXPECT_EQ(attack->prevention_notes, std::vector<std::string>{"a note"});
}

TEST(ReadAttack, MayHaveNoIncidentsAndNoFlags) {
  const std::size_t begin = good.find("incidents:"), end = good.find("classes:");
  std::string text = std::string(good.substr(0, begin)) + "incidents: []\n" + std::string(good.substr(end));
  const std::size_t run = text.find("run:");
  text.erase(run, text.find('\n', run) + 1 - run);
  EXPECT_EQ(problem_of(text), "");
}

TEST(ReadAttack, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problem_of("- a list\n"), "wrong-type 1:1");
  EXPECT_EQ(problem_of(with("title: Rug", "titel: Rug")), "missing-key 1:1");
  EXPECT_EQ(problem_of(with("title: Rug pull\n", "title: Rug pull\nmore: x\n")), "unknown-key 3:1");
  EXPECT_EQ(problem_of(with("slug: rug-pull", "slug: Rug pull")), "bad-slug 1:7");
  EXPECT_EQ(problem_of(with("steps: [one, two]", "steps: []")), "wrong-type 7:8");
  EXPECT_EQ(problem_of(with("[one, two]", "[one, 2]")), "wrong-type 7:14");
  EXPECT_EQ(problem_of(with("2024-01\"", "January\"")), "bad-date 9:26");
  EXPECT_EQ(problem_of(with("https://example.com/a", "http://example.com/a")), "bad-source 9:45");
  EXPECT_EQ(problem_of(with("date: \"2024-01\", ", "")), "missing-key 9:5");
  EXPECT_EQ(problem_of(with("Execute, Read", "Execute, Reading")), "bad-class 11:10");
  EXPECT_EQ(problem_of(with("Execute, Read", "Read, Read")), "duplicate-class 11:10");
  EXPECT_EQ(problem_of(with("severity: High", "severity: Terrible")), "bad-severity 12:11");
  EXPECT_EQ(problem_of(with("summary: A short sentence.", "summary: \"\"")), "wrong-type 3:10");
}

TEST(Attacks, AreAllReadAndSorted) {
  const base::Result<std::vector<Attack>> all = attacks();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), attack_files().size());
  std::set<std::string> titles;
  std::string last;
  for (const Attack& attack : *all) {
    EXPECT_TRUE(titles.insert(attack.title).second) << attack.title;
    EXPECT_LT(last, attack.title);
    last = attack.title;
  }
}

// What a page prints is what a person pastes: it loads as it stands, and nothing about it is probably not meant.
TEST(Attacks, PreventionsLoadWithoutAFinding) {
  const base::Result<std::vector<Attack>> all = attacks();
  ASSERT_TRUE(all) << all.error().message;
  for (const Attack& attack : *all) {
    const policy::Loaded loaded = policy::load(attack.slug, attack.prevention);
    EXPECT_TRUE(loaded.policy) << attack.slug;
    for (const yaml::Problem& p : loaded.problems) {
      ADD_FAILURE() << yaml::render(p, attack.slug, yaml::Lines(attack.prevention), false);
    }
  }
}

}  // namespace
}  // namespace catalog
