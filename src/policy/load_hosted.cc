// Family C: require, deny_if and limits directly in an entry, and all_tools. Each element becomes a rule.
// Within one entry the order is require, deny_if, rules, limits.
#include <algorithm>
#include <set>

#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view predicate_keys[] = {"conditions", "on_deny", "reason"};

// A bare condition may carry its text beside it.
std::optional<Condition> read_bare(Loading& l, const EntryScope& scope, const Node& node) {
  std::vector<NodeMember> members;
  for (const NodeMember& m : node.members)
    if (m.key != "on_deny" && m.key != "reason") members.push_back(m);
  Node without_text;
  without_text.kind = node.kind;
  without_text.position = node.position;
  without_text.members = members;
  return read_condition(l, scope, without_text);
}

// {conditions, on_deny} or a bare condition.
std::vector<Condition> read_predicate(Loading& l, const EntryScope& scope, const Node& node, std::string_view what,
                                      Rule& rule) {
  rule.position = node.position;
  if (looks_like_condition(node) && node.find("conditions") == nullptr) {
    rule.on_deny = read_on_deny(l, node);
    std::vector<Condition> one;
    if (auto c = read_bare(l, scope, node)) one.push_back(std::move(*c));
    return one;
  }
  if (!check_map(l, node, what, predicate_keys)) return {};
  rule.on_deny = read_on_deny(l, node);
  const Node* conditions = node.find("conditions");
  return conditions == nullptr ? std::vector<Condition>() : read_conditions(l, scope, *conditions, "conditions");
}

bool need_list(Loading& l, const Node& node, std::string_view what) {
  if (node.is_list()) return true;
  wrong_type(l, node, what, "a list");
  return false;
}

bool is_empty_predicate(const Node& node) {
  if (!node.is_map() || looks_like_condition(node)) return false;
  const Node* conditions = node.find("conditions");
  return conditions == nullptr || (conditions->is_list() && conditions->items.empty());
}

}  // namespace

void read_hosted_obstacles(Loading& l, const EntryScope& scope, const Node& node, Entry& entry) {
  if (const Node* require = node.find("require"); require != nullptr && need_list(l, *require, "require")) {
    for (std::size_t i = 0; i < require->items.size(); ++i) {
      const Node& item = *require->items[i];
      Rule rule;
      rule.label = "require/" + std::to_string(i);
      rule.require = read_predicate(l, scope, item, "an element of require", rule);
      if (is_empty_predicate(item))
        l.error("no-conditions", item.position, "this requirement has no conditions",
                "write conditions: [...], or take it out");
      entry.rules.push_back(std::move(rule));
    }
  }
  if (const Node* deny = node.find("deny_if"); deny != nullptr && need_list(l, *deny, "deny_if")) {
    for (std::size_t i = 0; i < deny->items.size(); ++i) {
      Rule rule;
      rule.label = "deny_if/" + std::to_string(i);
      rule.action = Action::deny;  // without conditions it always denies
      rule.when = read_predicate(l, scope, *deny->items[i], "an element of deny_if", rule);
      entry.rules.push_back(std::move(rule));
    }
  }
}

void read_hosted_entry_limits(Loading& l, const EntryScope& scope, const Node& limits, std::string_view label,
                              Entry& entry) {
  if (!need_list(l, limits, "limits")) return;
  std::set<std::string> labels;
  for (std::size_t i = 0; i < limits.items.size(); ++i) {
    auto limit = read_hosted_limit(l, scope, *limits.items[i]);
    if (!limit) continue;
    Rule rule;
    rule.position = limit->position;
    rule.label = std::string(label) + limit->counter;
    // One counter name may stand for several windows; a third one of the same window is named by its place.
    const auto taken = [&] { return labels.contains(rule.label); };
    if (taken()) rule.label += "-per-" + limit->window.spelled();
    if (taken()) rule.label += "-" + std::to_string(i);
    labels.insert(rule.label);
    rule.on_deny = limit->on_deny;
    rule.limits.push_back(std::move(*limit));
    entry.rules.push_back(std::move(rule));
  }
}

void read_all_tools(Loading& l, const Node& node, Ruleset& rules) {
  constexpr std::string_view keys[] = {"limits"};
  l.seen.hosted = true;
  if (!check_map(l, node, "all_tools", keys)) return;
  const Node* limits = node.find("limits");
  if (limits == nullptr) return;
  auto star = std::find_if(rules.tools.begin(), rules.tools.end(), [](const Entry& e) { return e.pattern == "*"; });
  if (star == rules.tools.end()) {
    rules.tools.push_back({"*", {}, node.position});
    star = rules.tools.end() - 1;
  }
  read_hosted_entry_limits(l, {Section::tools, "*"}, *limits, "all_tools/limits/", *star);
  check_counters(l, *star);
}

}  // namespace policy
