// The strict reader of an attack's file. A table of keys says what each holds; what is not in it is a problem.
#include "catalog/attack_data.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "yaml/tree.h"

namespace catalog {
namespace {

using yaml::Node;
using yaml::NodeMember;
using yaml::Problems;
using yaml::quoted;

struct Key {
  std::string_view name;
  bool needed;
  void (*read)(Problems&, const Node&, Attack&);
};

void wrong(Problems& problems, const Node& node, std::string_view what, std::string_view needs) {
  std::string message(what);
  message.append(" needs ").append(needs).append(", not ").append(yaml::kind_word(node));
  problems.error("wrong-type", node.position, std::move(message));
}

// Text that says something. `what` names the place.
std::string text_of(Problems& problems, const Node& node, std::string_view what) {
  if (!node.is_text() || base::trimmed(node.text).empty()) {
    wrong(problems, node, what, "a text");
    return {};
  }
  return std::string(node.text);
}

std::string line_of(Problems& problems, const Node& node, std::string_view what) {
  return std::string(base::trimmed(text_of(problems, node, what)));
}

std::vector<std::string> lines_of(Problems& problems, const Node& node, std::string_view what) {
  std::vector<std::string> out;
  if (!node.is_list() || node.items.empty()) {
    wrong(problems, node, what, "a list of texts");
    return out;
  }
  for (const Node* item : node.items) out.push_back(line_of(problems, *item, what));
  return out;
}

bool is_slug(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, fits) && text.front() != '-' && text.back() != '-' &&
         !text.contains("--");
}

// YYYY-MM or YYYY-MM-DD.
bool is_date(std::string_view text) {
  if (text.size() != 7 && text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

void read_slug(Problems& problems, const Node& node, Attack& attack) {
  attack.slug = line_of(problems, node, "\"slug\"");
  if (!attack.slug.empty() && !is_slug(attack.slug)) {
    problems.error("bad-slug", node.position, "the slug " + quoted(attack.slug) + " is not one",
                   "lower-case words joined by hyphens");
  }
}

// A known key of `map` that must be there; null and a problem if it is not.
const Node* part(Problems& problems, const Node& map, std::string_view key) {
  const Node* found = map.find(key);
  if (found == nullptr) {
    problems.error("missing-key", map.position, quoted(key) + " is missing in this incident",
                   "without it, leave it out");
  }
  return found;
}

void read_incident(Problems& problems, const Node& node, Attack& attack) {
  if (!node.is_map()) return wrong(problems, node, "an incident", "a map of title, date and source");
  constexpr std::array<std::string_view, 3> keys = {"title", "date", "source"};
  for (const NodeMember& m : node.members) {
    if (std::ranges::find(keys, m.key) == keys.end()) {
      problems.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " in an incident");
    }
  }
  const Node *title = part(problems, node, "title"), *date = part(problems, node, "date"),
             *source = part(problems, node, "source");
  if (title == nullptr || date == nullptr || source == nullptr) return;
  Incident incident{line_of(problems, *title, "\"title\""), line_of(problems, *date, "\"date\""),
                    line_of(problems, *source, "\"source\"")};
  if (!incident.date.empty() && !is_date(incident.date)) {
    problems.error("bad-date", date->position, quoted(incident.date) + " is no date",
                   "in quotes, \"2025-07\" or \"2025-07-18\"");
  }
  if (!incident.source.empty() && !incident.source.starts_with("https://")) {
    problems.error("bad-source", source->position, quoted(incident.source) + " is no https URL");
  }
  attack.incidents.push_back(std::move(incident));
}

void read_incidents(Problems& problems, const Node& node, Attack& attack) {
  if (!node.is_list()) return wrong(problems, node, "\"incidents\"", "a list, which may be []");
  for (const Node* item : node.items) read_incident(problems, *item, attack);
  const auto newest_first = [](const Incident& a, const Incident& b) { return a.date > b.date; };
  std::ranges::sort(attack.incidents, newest_first);
}

void read_classes(Problems& problems, const Node& node, Attack& attack) {
  using classify::Class;
  constexpr std::array all = {Class::read, Class::write, Class::execute, Class::destructive, Class::financial};
  for (const std::string& word : lines_of(problems, node, "\"classes\"")) {
    const auto found = std::ranges::find(all, word, [](Class c) { return classify::text(c); });
    if (found == all.end()) {
      problems.error("bad-class", node.position, quoted(word) + " is no class",
                     "Read, Write, Execute, Destructive, Financial");
    } else {
      attack.classes.push_back(*found);
    }
  }
  std::ranges::sort(attack.classes);
  if (std::ranges::adjacent_find(attack.classes) != attack.classes.end()) {
    problems.error("duplicate-class", node.position, "a class stands here twice");
  }
}

void read_severity(Problems& problems, const Node& node, Attack& attack) {
  using classify::Severity;
  constexpr std::array all = {Severity::low, Severity::medium, Severity::high, Severity::critical};
  const std::string word = line_of(problems, node, "\"severity\"");
  const auto found = std::ranges::find(all, word, [](Severity s) { return classify::text(s); });
  if (found != all.end()) {
    attack.severity = *found;
  } else if (!word.empty()) {
    problems.error("bad-severity", node.position, quoted(word) + " is no severity", "Low, Medium, High, Critical");
  }
}

// The order is that of Attack. A key that is not needed stands for an empty list.
constexpr Key keys[] = {
    {"slug", true, read_slug},
    {"title", true, [](Problems& p, const Node& n, Attack& a) { a.title = line_of(p, n, "\"title\""); }},
    {"summary", true, [](Problems& p, const Node& n, Attack& a) { a.summary = line_of(p, n, "\"summary\""); }},
    {"what_happens", true,
     [](Problems& p, const Node& n, Attack& a) { a.what_happens = line_of(p, n, "\"what_happens\""); }},
    {"steps", true, [](Problems& p, const Node& n, Attack& a) { a.steps = lines_of(p, n, "\"steps\""); }},
    {"incidents", true, read_incidents},
    {"classes", true, read_classes},
    {"severity", true, read_severity},
    {"prevention", true, [](Problems& p, const Node& n, Attack& a) { a.prevention = text_of(p, n, "\"prevention\""); }},
    {"run", false, [](Problems& p, const Node& n, Attack& a) { a.run = lines_of(p, n, "\"run\""); }},
    {"prevention_notes", true,
     [](Problems& p, const Node& n, Attack& a) { a.prevention_notes = lines_of(p, n, "\"prevention_notes\""); }},
};

std::string said(const AttackFile& file, Problems& problems) {
  std::string out = "the attack database cannot be read:";
  const yaml::Lines lines(file.text);
  for (const yaml::Problem& problem : problems.take()) {
    out.append("\n").append(yaml::render(problem, file.name, lines, false));
  }
  return out;
}

}  // namespace

std::optional<Attack> read_attack(std::string_view text, yaml::Problems& problems) {
  const yaml::Tree tree = yaml::read_tree(text, problems);
  if (tree.root == nullptr) return std::nullopt;
  if (!tree.root->is_map()) {
    wrong(problems, *tree.root, "an attack", "a map");
    return std::nullopt;
  }
  Attack attack;
  for (const NodeMember& m : tree.root->members) {
    const Key* key = std::ranges::find(keys, m.key, &Key::name);
    if (key == std::end(keys)) {
      problems.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " in an attack");
    } else {
      key->read(problems, *m.value, attack);
    }
  }
  for (const Key& key : keys) {
    if (key.needed && tree.root->find(key.name) == nullptr) {
      problems.error("missing-key", tree.root->position, quoted(key.name) + " is missing in this attack");
    }
  }
  if (problems.has_errors()) return std::nullopt;
  return attack;
}

base::Result<std::vector<Attack>> attacks() {
  std::vector<Attack> out;
  for (const AttackFile& file : attack_files()) {
    yaml::Problems problems;
    std::optional<Attack> attack = read_attack(file.text, problems);
    if (!attack) return base::fail(said(file, problems));
    if (file.name != attack->slug + ".yaml") {
      return base::fail(std::string(file.name) + ": the slug is " + quoted(attack->slug) +
                        ", and the file must be named after it");
    }
    out.push_back(std::move(*attack));
  }
  std::ranges::sort(out, {}, &Attack::title);
  return out;
}

}  // namespace catalog
