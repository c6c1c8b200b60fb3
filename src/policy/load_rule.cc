// Rules: obstacles that every call they apply to must pass. What contradicts itself is an error here.
#include <algorithm>
#include <iterator>
#include <set>

#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view action_words[] = {"allow", "evaluate", "deny", "require_approval"};
constexpr std::string_view mode_words[] = {"enforce", "shadow"};
constexpr std::string_view direction_words[] = {"both", "client", "server"};

void read_action(Loading& l, const Node& node, Rule& rule) {
  const Node* written = node.find("action");
  if (written == nullptr) return;
  const auto word = read_word(l, *written, "action", action_words);
  if (!word) return;
  constexpr Action actions[] = {Action::allow, Action::allow, Action::deny, Action::require_approval};
  rule.action = actions[*word];
  if (*word == 0) l.seen.catalogue = true;
  if (*word == 1 || *word == 3) l.seen.classic = true;
  if (rule.action == Action::require_approval)
    l.problems.warn("approvals-not-configured", written->position,
                    "this version has no approvals: calls that this rule would hold for a person are refused",
                    "the rest of the policy is in force");
}

// A rule that only has a name or a text. One that says `action: allow` is taken as meant.
void check_purpose(Loading& l, const Node& node) {
  constexpr std::string_view idle[] = {"name", "on_deny", "reason", "mode", "direction", "lint"};
  const bool empty = std::all_of(node.members.begin(), node.members.end(), [&](const NodeMember& m) {
    return std::find(std::begin(idle), std::end(idle), m.key) != std::end(idle);
  });
  if (empty)
    l.problems.warn("rule-does-nothing", node.position, "this rule asks nothing of any call",
                    "give it an action, conditions or a limit, or take it out");
}

// Pairs of keys that exclude each other.
void check_contradictions(Loading& l, const Node& node, const Rule& rule) {
  for (const NodeMember& m : node.members) {
    if (rule.action == Action::deny)
      for (const std::string_view key :
           {"require", "rate_limit", "spend_limit", "limits", "state", "concurrency", "validate"})
        if (m.key == key)
          l.error("contradiction", m.position,
                  std::string(m.key) + " on a deny rule: the rule refuses whatever it applies to",
                  "say when it applies with when, or take action: deny out");
    if (m.key == "conditions")
      for (const std::string_view key : {"when", "require", "rate_limit", "spend_limit"})
        if (node.find(key) != nullptr)
          l.error("contradiction", m.position, "conditions beside " + std::string(key),
                  key == "when" || key == "require"
                      ? "write when for where the rule applies and require for what must hold"
                      : "write when for where the limit applies, or two rules");
    if (m.key == "approval_timeout" && rule.action != Action::require_approval)
      l.problems.warn("unused-key", m.position, "approval_timeout has no effect without action: require_approval");
    if (m.key == "idempotency_window" && rule.action == Action::deny)
      l.problems.warn("unused-key", m.position, "idempotency_window has no effect on a deny rule");
  }
}

void read_all_conditions(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  const auto read = [&](std::string_view key, std::vector<Condition>& into) {
    const Node* found = node.find(key);
    if (found == nullptr) return;
    if (found->is_list() && found->items.empty())
      l.error("no-conditions", found->position, std::string(key) + " has no conditions",
              key == "conditions" && rule.action != Action::allow ? "take the key out: the rule then applies always"
                                                                  : "take the key out");
    std::vector<Condition> conditions = read_conditions(l, scope, *found, key);
    if (into.empty())
      into = std::move(conditions);
    else
      std::ranges::move(conditions, std::back_inserter(into));
  };
  if (node.find("conditions") != nullptr) l.seen.classic = true;
  read("when", rule.when);
  read("require", rule.require);
  read("conditions", rule.action == Action::allow ? rule.require : rule.when);
}

void read_limits(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  if (const Node* rate = node.find("rate_limit")) read_rate_limit(l, *rate, rule);
  if (const Node* spend = node.find("spend_limit")) read_spend_limit(l, scope, *spend, rule);
  if (const Node* list = node.find("limits")) read_hosted_limits(l, scope, *list, rule);
  if (const Node* state = node.find("state")) {
    l.seen.classic = true;
    read_state(l, scope, *state, rule);
  }
  if (const Node* concurrency = node.find("concurrency")) read_concurrency(l, *concurrency, rule);
}

void read_rest(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  rule.on_deny = read_on_deny(l, node);
  l.seen.classic = l.seen.classic || node.find("on_deny") != nullptr;
  l.seen.catalogue = l.seen.catalogue || node.find("reason") != nullptr;
  if (const Node* validate = node.find("validate")) read_validate(l, scope, *validate, rule);
  if (const Node* window = node.find("idempotency_window"))
    rule.idempotency_seconds = read_seconds(l, *window, "idempotency_window");
  if (const Node* timeout = node.find("approval_timeout")) {
    l.seen.classic = true;
    rule.approval_timeout_seconds = read_seconds(l, *timeout, "approval_timeout");
  }
  if (const Node* mode = node.find("mode"))
    if (const auto word = read_word(l, *mode, "mode", mode_words))
      rule.mode = *word == 0 ? Mode::enforce : Mode::shadow;
  if (const Node* direction = node.find("direction")) {
    if (scope.section != Section::methods)
      l.error("contradiction", direction->position, "direction belongs to rules of methods",
              "other rules see what the client sends");
    if (const auto word = read_word(l, *direction, "direction", direction_words))
      rule.direction = static_cast<RuleDirection>(*word);
  }
}

}  // namespace

std::string read_on_deny(Loading& l, const Node& node) {
  const Node* on_deny = node.find("on_deny");
  const Node* reason = node.find("reason");
  if (on_deny != nullptr && reason != nullptr)
    l.error("contradiction", reason->position, "on_deny and reason are the same key", "keep one of them");
  const Node* text = on_deny != nullptr ? on_deny : reason;
  return text == nullptr ? "" : read_text(l, *text, on_deny != nullptr ? "on_deny" : "reason").value_or("");
}

void read_rules(Loading& l, const EntryScope& scope, const Node& node, Entry& entry) {
  if (!node.is_list()) {
    return wrong_type(l, node, "rules", "a list",
                      node.is_map() ? "begin each rule with a dash: - action: ..." : "write [] if there are no rules");
  }
  std::set<std::string> names;
  entry.rules.reserve(entry.rules.size() + node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = *node.items[i];
    if (!check_map(l, item, "a rule", rule_keys)) continue;
    Rule rule;
    rule.position = item.position;
    rule.label = "rules/" + std::to_string(i);
    if (const Node* name = item.find("name")) {
      l.seen.classic = true;
      if (const auto text = read_text(l, *name, "name")) {
        const bool repeated = !names.insert(*text).second;
        if (repeated)
          l.problems.warn("duplicate-name", name->position, "two rules of this entry are called " + quoted(*text),
                          "decisions name this one by its place; give it a name of its own");
        else
          rule.label = "rules/" + *text;
      }
    }
    read_silences(l, item, 3, {});
    read_action(l, item, rule);
    check_contradictions(l, item, rule);
    check_purpose(l, item);
    read_all_conditions(l, scope, item, rule);
    read_limits(l, scope, item, rule);
    read_rest(l, scope, item, rule);
    entry.rules.push_back(std::move(rule));
  }
}

}  // namespace policy
