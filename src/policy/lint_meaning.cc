// Conditions whose truth is not what their author may think, and tools whose bounds are weaker than they look: what the
// client chooses itself, negatives on what may be missing, limits that a new session starts afresh.
#include <algorithm>
#include <set>

#include "policy/lint.h"
#include "policy/operators.h"

namespace policy {
namespace {

bool reads_client_name(const std::vector<Condition>& list) {
  return std::any_of(list.begin(), list.end(), [](const Condition& c) {
    return (c.kind == Condition::Kind::compare && c.path.root == "client") || reads_client_name(c.children);
  });
}

}  // namespace

void lint_client(const Rule& rule, Problems& problems) {
  if (rule.action == Action::allow && reads_client_name(rule.require))
    problems.warn("client-name", rule.require.front().position,
                  "this rests on client.name, which the client chooses itself",
                  "anything can call itself that; identity.name is what the operator set");
}

// --- neq and not_in on what may be missing ---------------------------------------------------------------------------

namespace {

void collect_present(const std::vector<Condition>& list, std::set<std::string>& present) {
  for (const Condition& c : list) {
    if (c.kind == Condition::Kind::all) collect_present(c.children, present);
    if (c.kind == Condition::Kind::compare && !is_negative(c)) present.insert(c.path.text());
  }
}

// find_negatives would find something in one of these, were nothing present.
bool has_negatives(const std::vector<Condition>& list) {
  return std::any_of(list.begin(), list.end(), [](const Condition& c) {
    return c.kind == Condition::Kind::negate || is_negative(c.op) || has_negatives(c.children);
  });
}

void find_negatives(const std::vector<Condition>& list, bool restricts, bool negated,
                    const std::set<std::string>& present, Problems& problems) {
  for (const Condition& c : list) {
    if (c.kind != Condition::Kind::compare) {
      find_negatives(c.children, restricts, negated || c.kind == Condition::Kind::negate, present, problems);
      continue;
    }
    const bool argument = (c.path.root == "args" || c.path.root == "params") && !c.path.quantified();
    const bool negative = is_negative(c.op) || (negated && c.op != Op::exists);
    if (!argument || !negative || present.contains(c.path.text())) continue;
    const std::string path = base::printable(c.path.text(), 80);
    problems.warn(
        "missing-is-undecided", c.position,
        restricts ? "the rule also applies to calls without " + path : "calls without " + path + " are refused",
        "where a path is missing, neq, not_in and not are undecided, and undecided restricts; if that is meant, "
        "add {path: " +
            path + ", op: exists, value: true}");
  }
}

// What the tool's schema requires: whatever lacks it the server refuses itself.
void collect_required(const tools::Definition& tool, std::set<std::string>& present) {
  for (const tools::Definition::Required& r : tool.required) {
    json::Path path{"args", {{json::Step::Kind::key, r.name, 0}}};
    present.insert(path.text());
  }
}

}  // namespace

void lint_negatives(const Entry& entry, const tools::Definition* tool, Problems& problems) {
  const auto may_be = [](const Rule& r) { return has_negatives(r.when) || has_negatives(r.require); };
  if (std::ranges::none_of(entry.rules, may_be)) return;
  std::set<std::string> everywhere;
  if (tool != nullptr) collect_required(*tool, everywhere);
  for (const Rule& rule : entry.rules) {
    // A schema decides what must be there: the tool's own, which is not known here, or one in the policy.
    if (rule.validate.whole == Validate::Whole::written) return;
    if (rule.validate.reads_tool() && tool == nullptr) return;
    if (rule.action == Action::allow && rule.when.empty() && enforced(rule)) collect_present(rule.require, everywhere);
  }
  for (const Rule& rule : entry.rules) {
    std::set<std::string> present = everywhere;
    collect_present(rule.when, present);
    find_negatives(rule.when, true, false, present, problems);
    collect_present(rule.require, present);
    find_negatives(rule.require, false, false, present, problems);
  }
}

// --- tools that destroy ----------------------------------------------------------------------------------------------

void lint_destructive(const Entry& entry, const tools::Definition* tool, Problems& problems) {
  const bool says_so = tool != nullptr && tool->annotations().find("destructiveHint").boolean();
  if (!says_so && !names_destruction(entry.pattern)) return;
  const Limit* session = nullptr;
  for (const Rule& rule : entry.rules) {
    if (!enforced(rule)) continue;
    const Validate& v = rule.validate;
    if (rule.action != Action::allow || !rule.require.empty() || v.whole == Validate::Whole::written || !v.args.empty())
      return;
    for (const Limit& limit : rule.limits) {
      if (limit.scope != Scope::session) return;
      session = &limit;
    }
  }
  if (session == nullptr) return;
  problems.warn("destructive-session-limit", session->position,
                "the only bound on " + quoted(entry.pattern) + " is a limit per session",
                "a new session starts afresh: a session limit stops runaways, not attackers; deny the tool, require "
                "something of its arguments, or add a limit such as 5/day");
}

}  // namespace policy
