// The policy beside what the server says its tools are (validate --tools): names that no tool has, globs that match
// none, and tools that delete and that no rule looks at. Linear in policy and list, but for globs against names, which
// is bounded by max_globs.
#include <algorithm>

#include "policy/lint.h"

namespace policy {
namespace {

constexpr std::size_t max_hints = 20;     // nearest names that are looked for
constexpr std::size_t max_matched = 200;  // tools of one glob that are compared
constexpr std::size_t max_named = 10;     // tools that one finding names

class ToolsLint {
 public:
  ToolsLint(const Policy& policy, const LoadOptions& options, Problems& problems)
      : policy_(policy), tools_(*options.tools), problems_(problems) {
    tools_.each_name([this](std::string_view name) { names_.push_back(name); });
    std::ranges::sort(names_);
    for (const ServerRules& s : policy.servers)
      if (s.name == options.server_name) server_ = &s.rules;
  }

  void look() {
    // With blocks for several servers an entry of the top level may be about another server's tool.
    rules(policy_.rules, policy_.servers.empty());
    if (server_ != nullptr) rules(*server_, true);
    unruled();
  }

 private:
  void rules(const Ruleset& rules, bool all_known) {
    for (const Hidden& h : rules.hide)
      if (all_known) name(h.pattern, h.position, "hide: ");
    for (const Entry& entry : rules.tools) {
      if (all_known) name(entry.pattern, entry.position, "");
      arguments(entry);
    }
  }

  bool known(std::string_view tool) const { return tools_.find(tool) != nullptr; }
  bool matches_any(const base::Glob& glob) const {
    return std::ranges::any_of(names_, [&](std::string_view n) { return glob.matches(n); });
  }

  void name(const std::string& pattern, Position at, const std::string& where) {
    const base::Glob glob(pattern);
    if (glob.is_everything()) return;
    if (!glob.is_literal()) {
      if (++globs_ > max_globs || matches_any(glob)) return;
      problems_.warn("glob-matches-nothing", at, where + "no tool of the server matches " + quoted(pattern),
                     "names are compared byte for byte, and only * is special");
      return;
    }
    if (known(glob.literal())) return;
    std::string_view near;
    if (hints_++ < max_hints) near = base::nearest(glob.literal(), names_);
    problems_.warn("unknown-tool", at, where + "the server has no tool " + quoted(glob.literal()),
                   near.empty() ? "names are compared byte for byte; the list of tools may be an old one"
                                : "did you mean " + std::string(near) + "?");
  }

  void arguments(const Entry& entry) {
    if (entry.rules.empty()) return;
    std::vector<const tools::Definition*> matched;
    const base::Glob glob(entry.pattern);
    if (glob.is_literal()) {
      if (const tools::Definition* tool = tools_.find(glob.literal())) matched.push_back(tool);
    } else {
      if (++matched_globs_ > max_globs) return;
      for (const std::string_view n : names_) {
        if (!glob.matches(n)) continue;
        if (matched.size() >= max_matched) return;
        if (const tools::Definition* tool = tools_.find(n)) matched.push_back(tool);
      }
    }
    if (!matched.empty()) lint_arguments(entry, matched, problems_);
  }

  bool is_destructive(const tools::Definition& tool) const {
    const json::Value hints = tool.annotations();
    if (const json::Value hint = hints.find("destructiveHint"); hint.is_boolean()) return hint.boolean();
    return !hints.find("readOnlyHint").boolean() && names_destruction(tool.name);
  }

  // Tools that delete, may be called, and have no rule.
  void unruled() {
    const auto& top = policy_.rules.defaults.tools;
    const auto fallback = server_ != nullptr && server_->defaults.tools ? server_->defaults.tools : top;
    if (fallback.value_or(Default::allow) == Default::deny) return;
    if (!policy_.servers.empty() && server_ == nullptr) return;
    std::unordered_set<std::string_view> literal;
    std::vector<base::Glob> globs;
    const auto add = [&](const std::string& pattern, const base::Glob& glob) {
      if (!glob.is_literal())
        globs.push_back(glob);
      else
        literal.insert(pattern);
    };
    for (const Ruleset* r : {&policy_.rules, server_}) {
      if (r == nullptr) continue;
      for (const Hidden& h : r->hide) add(h.pattern, base::Glob(h.pattern));
      for (const Entry& e : r->tools)
        if (!e.rules.empty() || e.pattern != "*") add(e.pattern, base::Glob(e.pattern));
    }
    if (globs.size() > max_globs) return;
    std::vector<std::string_view> found;
    for (const std::string_view n : names_) {
      if (literal.contains(n) || std::ranges::any_of(globs, [&](const base::Glob& g) { return g.matches(n); }))
        continue;
      const tools::Definition* tool = tools_.find(n);
      if (tool != nullptr && is_destructive(*tool)) found.push_back(n);
    }
    if (found.empty()) return;
    std::string list;
    for (std::size_t i = 0; i < std::min(found.size(), max_named); ++i)
      list += (i == 0 ? "" : ", ") + base::printable(found[i], 80);
    if (found.size() > max_named) list += " and " + std::to_string(found.size() - max_named) + " more";
    problems_.warn("destructive-unruled", {},
                   (found.size() == 1 ? "a tool that deletes is permitted without a rule: "
                                      : "tools that delete are permitted without a rule: ") +
                       list,
                   "write default: deny and name what is permitted, or give each an entry ({} if it is meant)");
  }

  const Policy& policy_;
  tools::Registry& tools_;
  Problems& problems_;
  const Ruleset* server_ = nullptr;
  std::vector<std::string_view> names_;
  std::size_t hints_ = 0, globs_ = 0, matched_globs_ = 0;
};

}  // namespace

void lint_tools(const Policy& policy, const LoadOptions& options, Problems& problems) {
  ToolsLint(policy, options, problems).look();
}

}  // namespace policy
