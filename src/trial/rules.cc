// See the header.
#include "trial/rules.h"

#include <algorithm>

#include "base/strings.h"

namespace trial {
namespace {

constexpr std::size_t most_values = 10, value_length = 80;

using Visit = std::function<void(const std::string& id, const policy::Rule&)>;

void each_in(const policy::Ruleset& rules, const std::string& prefix, const Visit& f) {
  const std::pair<std::string_view, const std::vector<policy::Entry>*> sections[] = {{"tools", &rules.tools},
                                                                                     {"resources", &rules.resources},
                                                                                     {"prompts", &rules.prompts},
                                                                                     {"methods", &rules.methods}};
  for (const auto& [section, entries] : sections) {
    for (const policy::Entry& entry : *entries) {
      for (const policy::Rule& rule : entry.rules) f(policy::rule_id(prefix, section, entry, rule), rule);
    }
  }
}

void add_paths(std::span<const policy::Condition> conditions, std::vector<const json::Path*>& out) {
  for (const policy::Condition& c : conditions) {
    if (c.kind == policy::Condition::Kind::compare && (c.path.root == "args" || c.path.root == "params")) {
      out.push_back(&c.path);
    }
    add_paths(c.children, out);
  }
}

}  // namespace

void each_rule(const policy::Policy& policy, const Visit& f) {
  each_in(policy.rules, "", f);
  for (const policy::ServerRules& server : policy.servers) each_in(server.rules, "servers/" + server.name + "/", f);
}

bool can_refuse(const policy::Rule& rule) {
  if (rule.action != policy::Action::allow || !rule.require.empty() || rule.limits.empty()) return true;
  const bool validates = rule.validate.position.line > 0;
  return validates ||
         std::ranges::any_of(rule.limits, [](const policy::Limit& limit) { return limit.max.has_value(); });
}

std::vector<std::string> values_of(const policy::Rule& rule, json::Value message) {
  std::vector<const json::Path*> paths;
  add_paths(rule.when, paths);
  add_paths(rule.require, paths);
  for (const policy::Limit& limit : rule.limits) {
    if (limit.amount_from) paths.push_back(&*limit.amount_from);
    if (limit.currency_from) paths.push_back(&*limit.currency_from);
  }
  const json::Value params = message.find("params");
  std::vector<std::string> out;
  for (const json::Path* path : paths) {
    json::Path plain = *path;  // up to where it may mean several values
    const auto several = std::ranges::find_if(plain.steps, [](const json::Step& step) {
      return step.kind != json::Step::Kind::key && step.kind != json::Step::Kind::index;
    });
    plain.steps.erase(several, plain.steps.end());
    const json::Value value = json::follow(plain.root == "args" ? params.find("arguments") : params, plain);
    std::string text = plain.text() + (value ? " is " + base::printable(value.raw(), value_length) : " is missing");
    if (value.is_string()) text = plain.text() + " is \"" + base::printable(value.string(), value_length) + "\"";
    if (std::ranges::find(out, text) == out.end()) out.push_back(std::move(text));
    if (out.size() == most_values) break;
  }
  return out;
}

}  // namespace trial
