// What can be ruled, for every server or for one: default, hide, and the entries of the four sections.
#include <algorithm>
#include <set>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view default_words[] = {"allow", "deny"};

std::optional<Default> read_default_word(Loading& l, const Node& node) {
  const auto word = read_word(l, node, "default", default_words);
  return word ? std::optional(*word == 0 ? Default::allow : Default::deny) : std::nullopt;
}

void read_defaults(Loading& l, const Node& node, Defaults& defaults) {
  if (!node.is_map()) {
    const auto word = read_default_word(l, node);
    defaults = {word, word, word, word};
    return;
  }
  constexpr std::string_view keys[] = {"tools", "resources", "prompts", "methods"};
  check_map(l, node, "default", keys);
  std::optional<Default>* const parts[] = {&defaults.tools, &defaults.resources, &defaults.prompts, &defaults.methods};
  for (std::size_t i = 0; i < std::size(keys); ++i)
    if (const Node* part = node.find(keys[i])) *parts[i] = read_default_word(l, *part);
}

void read_hide(Loading& l, const Node& node, std::vector<Hidden>& hide) {
  if (!node.is_list())
    return wrong_type(l, node, "hide", "a list of tools",
                      node.is_text() ? "write [" + std::string(node.text) + "]" : "");
  std::set<std::string, std::less<>> seen;
  for (const Node* item : node.items) {
    auto name = read_text(l, *item, "a hidden tool");
    if (!name) continue;
    if (!seen.insert(*name).second) {
      l.error("duplicate-key", item->position, quoted(*name) + " is hidden twice", "take one of them out");
      continue;
    }
    hide.push_back({std::move(*name), item->position});
  }
}

void entry_key_hints(Loading& l, const NodeMember& member) {
  for (const NodeMember& m : member.value->members) {
    if (std::find(std::begin(entry_keys), std::end(entry_keys), m.key) != std::end(entry_keys)) continue;
    const bool of_rule = std::find(std::begin(rule_keys), std::end(rule_keys), m.key) != std::end(rule_keys);
    l.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " in the entry " + quoted(member.key),
            of_rule ? std::string(m.key).append(" belongs in a rule: rules: [{").append(m.key).append(": ...}]")
                    : key_hint(l, m.key, entry_keys));
  }
}

void read_entry(Loading& l, Section section, const NodeMember& member, std::vector<Entry>& entries) {
  Entry entry;
  entry.pattern = member.key;
  entry.position = member.position;
  const EntryScope scope{section, entry.pattern};
  if (member.key.empty())
    l.error("empty-text", member.position, std::string("the name of a ") + section_word(section) + " is empty");
  const Node& node = *member.value;
  if (!node.is_map()) {
    const std::string what = std::string("the entry ") + quoted(member.key);
    wrong_type(
        l, node, what, "a map",
        node.is_list() ? "write rules: before the list" : "write {} for an entry without rules, or {rules: [...]}");
    return;
  }
  entry_key_hints(l, member);
  if (node.find("require") != nullptr || node.find("deny_if") != nullptr || node.find("limits") != nullptr)
    l.seen.hosted = true;
  read_silences(l, node, 2, member.position);
  read_hosted_obstacles(l, scope, node, entry);
  if (const Node* rules = node.find("rules")) read_rules(l, scope, *rules, entry);
  if (const Node* limits = node.find("limits")) read_hosted_entry_limits(l, scope, *limits, "limits/", entry);
  check_counters(l, entry);
  entries.push_back(std::move(entry));
}

void read_section(Loading& l, Section section, const Node& node, std::vector<Entry>& entries) {
  if (!node.is_map()) {
    const bool named = node.is_list() && !node.items.empty() && node.items[0]->is_text();
    const std::string first = named ? base::printable(node.items[0]->text, 80) : "NAME";
    return wrong_type(l, node, section_name(section), "a map from names to entries",
                      node.kind == Node::Kind::null ? "check the indentation of what follows, or write {}"
                                                    : "write " + first + ": {} for each that has no rules");
  }
  entries.reserve(node.members.size());
  for (const NodeMember& m : node.members) read_entry(l, section, m, entries);
}

}  // namespace

void read_ruleset(Loading& l, const Node& node, Ruleset& rules) {
  if (const Node* defaults = node.find("default")) read_defaults(l, *defaults, rules.defaults);
  if (const Node* hide = node.find("hide")) read_hide(l, *hide, rules.hide);
  struct Part {
    Section section;
    std::vector<Entry>* entries;
  };
  const Part parts[] = {{Section::tools, &rules.tools},
                        {Section::resources, &rules.resources},
                        {Section::prompts, &rules.prompts},
                        {Section::methods, &rules.methods}};
  for (const Part& part : parts)
    if (const Node* section = node.find(section_name(part.section)))
      read_section(l, part.section, *section, *part.entries);
}

}  // namespace policy
