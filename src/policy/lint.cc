// What loads and is probably not meant: each finding has a stable code and says what the rule does instead.
// Linear in the policy, but for globs against names, which is bounded by max_globs.
#include <algorithm>
#include <cctype>
#include <set>
#include <unordered_set>

#include "base/strings.h"
#include "mcp/methods.h"
#include "policy/lint.h"

namespace policy {
namespace {

bool any_denies_always(const Entry& entry) {
  return std::any_of(entry.rules.begin(), entry.rules.end(), [](const Rule& r) { return denies_always(r); });
}

// --- patterns --------------------------------------------------------------------------------------------------------

void lint_pattern(std::string_view pattern, Position at, Problems& problems) {
  const std::size_t special = pattern.find_first_of("?[]^$()|+{}");
  if (special == std::string_view::npos && pattern != ".*") return;
  problems.warn("glob-syntax", at, "in " + quoted(pattern) + " only * is special; everything else is literal",
                "this names tools that are spelt just so; for alternatives write one entry each");
}

// Patterns of tools, split for fast matching.
class NamePatterns {
 public:
  void add(const std::string& pattern) {
    const base::Glob glob(pattern);
    if (glob.is_literal())
      names_.insert(glob.literal());
    else if (globs_.size() < max_globs)
      globs_.emplace_back(pattern, glob);
  }
  bool empty() const { return names_.empty() && globs_.empty(); }
  // The pattern that matches `name`, or "".
  std::string find(const std::string& name) const {
    if (names_.contains(name)) return name;
    for (const auto& [pattern, glob] : globs_)
      if (glob.matches(name)) return pattern;
    return "";
  }

 private:
  std::unordered_set<std::string> names_;
  std::vector<std::pair<std::string, base::Glob>> globs_;
};

void lint_hidden(const std::vector<Entry>& tools, const NamePatterns& hidden, Problems& problems) {
  if (hidden.empty()) return;
  for (const Entry& entry : tools) {
    const base::Glob glob(entry.pattern);
    if (entry.rules.empty() || !glob.is_literal()) continue;
    const std::string by = hidden.find(glob.literal());
    if (!by.empty())
      problems.warn("hidden-rules", entry.position,
                    "the rules of " + quoted(entry.pattern) + " are never reached: the tool is hidden",
                    "hide: " + by + " refuses every call; take the tool out of hide, or its rules out");
  }
}

void lint_covering_denials(const std::vector<Entry>& tools, Problems& problems) {
  NamePatterns denied;
  for (const Entry& entry : tools) {
    if (!any_denies_always(entry) || base::Glob(entry.pattern).is_literal()) continue;
    if (entry.pattern != "*") {
      denied.add(entry.pattern);
      continue;
    }
    if (tools.size() > 1)
      problems.warn("deny-everything", entry.position,
                    "this denies every tool, also those that have entries of their own",
                    "rules are obstacles, not permissions: to refuse what no entry names, write default: deny");
  }
  if (denied.empty()) return;
  for (const Entry& entry : tools) {
    const base::Glob glob(entry.pattern);
    if (!glob.is_literal() || any_denies_always(entry)) continue;
    const std::string by = denied.find(glob.literal());
    if (!by.empty())
      problems.warn("deny-covers-entry", entry.position,
                    quoted(entry.pattern) + " is also denied by the entry " + quoted(by),
                    "every rule that applies must be passed; this entry's rules cannot permit the tool");
  }
}

// --- rules -----------------------------------------------------------------------------------------------------------

bool does_something(const Rule& rule) {
  return rule.action != Action::allow || !rule.require.empty() || !rule.limits.empty() || checks_arguments(rule) ||
         rule.idempotency_seconds.has_value();
}

void lint_rule(const Rule& rule, Problems& problems) {
  if (!does_something(rule) && !rule.when.empty())
    problems.warn(
        "rule-does-nothing", rule.position, "this rule applies to some calls and asks nothing of them",
        "rules are obstacles, not permissions: to admit only these calls, write the conditions under require");
  for (const Limit& limit : rule.limits) {
    const bool nothing_fits =
        limit.max &&
        (limit.max->is_negative() || (limit.max->is_zero() && (limit.exclusive || limit.kind != Limit::Kind::state)));
    const bool zero = limit.max && limit.max->is_zero() && !limit.amount_from && !limit.increment.is_zero();
    if (nothing_fits || zero)
      problems.warn("never-passes", limit.position, "no call fits into this limit",
                    "to refuse every call, write action: deny");
  }
}

void lint_order(const Entry& entry, Problems& problems) {
  for (std::size_t i = 0; i + 1 < entry.rules.size(); ++i) {
    if (!denies_always(entry.rules[i])) continue;
    // In a file that is a shadow a rule of the file's mode keeps nothing from one that is enforced.
    const auto kept =
        std::find_if(entry.rules.begin() + static_cast<std::ptrdiff_t>(i) + 1, entry.rules.end(),
                     [&](const Rule& later) { return entry.rules[i].mode || later.mode != Mode::enforce; });
    if (kept == entry.rules.end()) continue;
    problems.warn("unreachable-rule", kept->position,
                  "the rules from here on are never reached: a rule before denies every call",
                  "take them out, or give the deny rule a when");
    return;
  }
}

void lint_counters(const Entry& entry, Problems& problems) {
  std::set<std::string, std::less<>> bounded;
  for (const Rule& rule : entry.rules)
    for (const Limit& limit : rule.limits)
      if (limit.kind == Limit::Kind::state && limit.max) bounded.insert(limit.counter);
  for (const Rule& rule : entry.rules)
    for (const Limit& limit : rule.limits)
      if (limit.kind == Limit::Kind::state && !bounded.contains(limit.counter))
        problems.warn("counter-without-limit", limit.position,
                      "the counter " + quoted(limit.counter) + " counts and limits nothing here",
                      "a limit is a condition: {path: state." +
                          (entry.pattern == "*" ? std::string("_global") : entry.pattern) + "." + limit.counter +
                          ", op: lte, value: N}");
}

// --- files -----------------------------------------------------------------------------------------------------------

void lint_method(const Entry& entry, Problems& problems) {
  const base::Glob glob(entry.pattern);
  if (!glob.is_literal() || mcp::find_method(glob.literal()) != nullptr) return;
  std::vector<std::string_view> names;
  for (const mcp::Method& m : mcp::all_methods()) names.push_back(m.name);
  const std::string_view near = base::nearest(glob.literal(), names);
  if (!near.empty())
    problems.warn("unknown-method", entry.position,
                  "no revision of the protocol knows the method " + quoted(entry.pattern),
                  "did you mean " + std::string(near) + "?");
}

const tools::Definition* definition_of(const Entry& entry, tools::Registry* tools) {
  if (tools == nullptr) return nullptr;
  const base::Glob glob(entry.pattern);
  return glob.is_literal() ? tools->find(glob.literal()) : nullptr;
}

void lint_entry(const Entry& entry, Section section, tools::Registry* tools, Loading& l) {
  Problems& problems = l.problems;
  if (section != Section::resources) lint_pattern(entry.pattern, entry.position, problems);
  if (section == Section::methods) lint_method(entry, problems);
  const tools::Definition* tool = section == Section::tools ? definition_of(entry, tools) : nullptr;
  if (section == Section::tools) lint_destructive(entry, tool, problems);
  for (const Rule& rule : entry.rules) {
    lint_client(rule, problems);
    lint_rule(rule, problems);
  }
  lint_order(entry, problems);
  lint_counters(entry, problems);
  lint_negatives(entry, tool, problems);
  lint_contradictions(entry, problems);
  lint_texts(entry, section, l);
  lint_shadowed(entry, problems);
}

// Entries of the top level bound a server's as well.
void lint_all_limits(const Ruleset& rules, const Ruleset& top, Problems& problems) {
  struct Part {
    const std::vector<Entry>*own, *above;
  };
  const Part parts[] = {{&rules.tools, &top.tools}, {&rules.prompts, &top.prompts}};
  for (const Part& part : parts) {
    CoveringLimits covering;
    for (const auto* entries : {part.own, part.above}) {
      for (const Entry& e : *entries) covering.add(e);
      if (part.own == part.above) break;
    }
    for (const Entry& e : *part.own) lint_limits(e, covering, problems);
  }
  const CoveringLimits none;  // "*" in methods leaves plumbing out, and a URI is matched in two forms
  for (const auto* entries : {&rules.resources, &rules.methods})
    for (const Entry& e : *entries) lint_limits(e, none, problems);
}

void lint_ruleset(const Ruleset& rules, const Ruleset& top, tools::Registry* tools, Loading& l) {
  Problems& problems = l.problems;
  NamePatterns hidden;
  for (const Hidden& h : rules.hide) lint_pattern(h.pattern, h.position, problems);
  for (const Ruleset* r : {&rules, &top})
    for (const Hidden& h : r->hide) hidden.add(h.pattern);
  lint_hidden(rules.tools, hidden, problems);
  lint_covering_denials(rules.tools, problems);
  if (rules.defaults.tools == Default::deny && rules.tools.size() == 1 && rules.tools[0].pattern == "*")
    problems.warn("nothing-permitted", rules.tools[0].position,
                  "no tool is permitted: under default: deny the bare \"*\" permits nothing",
                  "name the tools, or a glob of them; an entry may be empty: {}");
  for (const Entry& e : rules.tools) lint_entry(e, Section::tools, tools, l);
  for (const Entry& e : rules.resources) lint_entry(e, Section::resources, tools, l);
  for (const Entry& e : rules.prompts) lint_entry(e, Section::prompts, tools, l);
  for (const Entry& e : rules.methods) lint_entry(e, Section::methods, tools, l);
  lint_all_limits(rules, top, problems);
}

}  // namespace

void lint(const Policy& policy, Loading& l, const LoadOptions& options) {
  lint_ruleset(policy.rules, policy.rules, options.tools, l);
  for (const ServerRules& server : policy.servers) {
    if (server.name.find('*') != std::string::npos)
      l.problems.warn("server-glob", server.position,
                      "servers are named exactly; " + quoted(server.name) + " is not a glob",
                      "rules for every server stand at the top level");
    lint_ruleset(server.rules, policy.rules, server.name == options.server_name ? options.tools : nullptr, l);
  }
  if (policy.lock && policy.lock->on_change == LockSettings::OnChange::warn &&
      policy.lock->on_new != LockSettings::OnNew::deny) {
    l.problems.warn("lock-only-warns", policy.lock->position,
                    "the lock refuses nothing: changed tools are only warned of, new ones pass",
                    "take on_change: warn out, so that a changed tool is refused until somebody has looked at it");
  }
  if (options.tools != nullptr) lint_tools(policy, options, l.problems);
  if (policy.mode == Mode::shadow)
    l.problems.note("shadow", {},
                    "mode: shadow: nothing is refused, only recorded, except by rules with mode: enforce");
}

}  // namespace policy
