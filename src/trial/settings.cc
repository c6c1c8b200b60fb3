// What differs in two policies beside what they decide, and whether a policy needs the server's tools.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "json/document.h"
#include "policy/evaluate.h"
#include "trial/diff.h"

namespace trial {
namespace {

using policy::Condition;
using policy::Policy;
using policy::Ruleset;

using Settings = std::map<std::string, std::string>;  // in the order of their names

constexpr std::size_t most_changes_shown = 1'000;

// A lock refuses by what the server lists, which no call that is tried shows: what became of it is told here.
constexpr const char* lock_change = "calls of tools that are not as they were locked";
constexpr const char* lock_new = "calls of tools that are not in the lock";
constexpr std::array<std::string_view, 3> lock_effects{"refused", "recorded, and let pass", "let pass"};

bool is_looser(const SettingChange& change) {
  const auto rank = [](const std::string& effect) { return std::ranges::find(lock_effects, effect); };
  return (change.what == lock_change || change.what == lock_new) && rank(change.after) > rank(change.before);
}

const char* word_of(const std::optional<policy::Default>& value) {
  if (!value) return "";
  return *value == policy::Default::allow ? "allow" : "deny";
}

// What each limit admits: a lower maximum is the same counter.
void add_limits(Settings& out, const std::string& prefix, const char* section,
                const std::vector<policy::Entry>& entries) {
  for (const policy::Entry& entry : entries) {
    for (const policy::Rule& rule : entry.rules) {
      for (const policy::Limit& limit : rule.limits) {
        if (!limit.max) continue;
        std::string name = "limit of " + policy::rule_id(prefix, section, entry, rule);
        const bool is_lease = limit.window.type == limits::WindowType::lease;
        name += is_lease ? ", at a time" : ", per " + limit.window.spelled();
        std::string& place = out[name];
        place += (place.empty() ? "" : ", ") + std::string(limit.exclusive ? "below " : "") + limit.max->text();
      }
    }
  }
}

void add_ruleset(Settings& out, const std::string& server, const Ruleset& rules) {
  const bool is_top = server.empty();
  const std::string prefix = is_top ? "" : "server \"" + server + "\": ";
  const std::pair<const char*, std::optional<policy::Default>> defaults[] = {{"tools", rules.defaults.tools},
                                                                             {"resources", rules.defaults.resources},
                                                                             {"prompts", rules.defaults.prompts},
                                                                             {"methods", rules.defaults.methods}};
  for (const auto& [name, value] : defaults) {
    if (value || is_top) out[prefix + "default for " + name] = value ? word_of(value) : "allow";
  }
  const std::string id_prefix = server.empty() ? "" : "servers/" + server + "/";
  add_limits(out, id_prefix, "tools", rules.tools);
  add_limits(out, id_prefix, "resources", rules.resources);
  add_limits(out, id_prefix, "prompts", rules.prompts);
  add_limits(out, id_prefix, "methods", rules.methods);
  for (const policy::Hidden& hidden : rules.hide) out[prefix + "hide \"" + hidden.pattern + '"'] = "hidden";
}

Settings settings_of(const Policy& policy, const DiffOptions& options) {
  Settings out;
  out["mode"] = policy.mode == policy::Mode::shadow ? "shadow" : "enforce";
  out["on_hidden"] = policy.on_hidden == policy::OnHidden::say ? "say" : "unknown";
  if (policy.lock) out["lock"] = policy.lock->file;
  out[lock_change] = lock_effects[policy.lock ? static_cast<std::size_t>(policy.lock->on_change) : 2];
  out[lock_new] = lock_effects[policy.lock ? static_cast<std::size_t>(policy.lock->on_new) : 2];
  add_ruleset(out, "", policy.rules);
  for (const policy::ServerRules& block : policy.servers) {
    out["server \"" + block.name + '"'] = "its own rules";
    add_ruleset(out, block.name, block.rules);
  }
  const auto snapshot = policy::lower(policy, {options.server_name, options.server_name});
  if (!snapshot) return out;
  for (const policy::CounterInfo& counter : (*snapshot)->counters()) {
    const std::string text = counter.window + ", counted per " + counter.scope;
    std::string& place = out["counter " + counter.name];
    place += (place.empty() ? "" : "; ") + text;
  }
  json::Document tools;
  if (!tools.read(options.tools, json::Profile::tolerant)) return out;
  for (const json::Value tool : tools.root().elements()) {
    const std::string name(tool.find("name").string());
    if (!name.empty()) out["tool \"" + name + '"'] = (*snapshot)->hides(name) ? "not listed" : "listed";
  }
  return out;
}

bool reads_tool(const Condition& c) {  // NOLINT(misc-no-recursion)
  if (c.kind == Condition::Kind::compare) return c.path.root == "tool" && c.path.steps[0].key == "annotations";
  return std::ranges::any_of(c.children, reads_tool);
}

bool needs_tools(const Ruleset& rules) {
  for (const policy::Entry& entry : rules.tools) {
    for (const policy::Rule& rule : entry.rules) {
      if (rule.validate.reads_tool() || std::ranges::any_of(rule.when, reads_tool) ||
          std::ranges::any_of(rule.require, reads_tool)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<SettingChange> setting_changes(const Policy& before, const Policy& after, const DiffOptions& options) {
  const Settings was = settings_of(before, options), is = settings_of(after, options);
  std::set<std::string> names;
  for (const auto& [name, value] : was) names.insert(name);
  for (const auto& [name, value] : is) names.insert(name);
  std::vector<SettingChange> out;
  for (const std::string& name : names) {
    const auto a = was.find(name), b = is.find(name);
    const std::string from = a == was.end() ? "" : a->second, to = b == is.end() ? "" : b->second;
    if (from == to || out.size() >= most_changes_shown) continue;
    out.push_back({name, from, to});
    out.back().looser = is_looser(out.back());
  }
  return out;
}

bool needs_tools(const Policy& policy) {
  return needs_tools(policy.rules) ||
         std::ranges::any_of(policy.servers, [](const policy::ServerRules& s) { return needs_tools(s.rules); });
}

}  // namespace trial
