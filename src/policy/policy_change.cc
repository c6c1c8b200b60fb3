// A policy of ten thousand entries is not lowered again for one call: what does not apply to it is left out. A counter
// that another entry defines is then unknown, which restricts: nothing is allowed here that the whole would deny.
#include "policy/policy_change.h"

#include <algorithm>

#include "base/strings.h"
#include "json/writer.h"
#include "policy/snapshot.h"

namespace policy {
namespace {

bool applies(const Entry& entry, const Explanation& e) {
  return std::ranges::any_of(e.trace.entries, [&](const TracedEntry& t) {
    return t.position.line == entry.position.line && t.position.column == entry.position.column &&
           t.pattern == entry.pattern;
  });
}

Ruleset reduced(const Ruleset& from, const Explanation& e, bool without_hide) {
  Ruleset out;
  out.defaults = from.defaults;
  if (!without_hide) out.hide = from.hide;
  const auto take = [&](const std::vector<Entry>& list, std::vector<Entry>& into) {
    std::ranges::copy_if(list, std::back_inserter(into), [&](const Entry& entry) { return applies(entry, e); });
  };
  take(from.tools, out.tools);
  take(from.resources, out.resources);
  take(from.prompts, out.prompts);
  take(from.methods, out.methods);
  return out;
}

std::string literal_pattern(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '*' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void take_out_of_hide(const Explanation& e, Change& change) {
  for (const TracedHide& h : e.trace.hide) {
    if (h.pattern.empty()) continue;
    change.value = "hide: without \"" + std::string(h.pattern) + '"';
    change.text = "take " + (h.pattern == h.tool ? "it" : base::printable(h.pattern)) + " out of hide (line " +
                  std::to_string(h.position.line) + ")";
  }
}

// An entry of its own for what `default: deny` refuses. False if it refuses nothing.
bool name_it(const Explanation& e, Policy& changed, Change& change) {
  const auto refused = std::ranges::find_if(e.trace.defaults, [](const TracedDefault& d) { return d.refuses; });
  if (refused == e.trace.defaults.end()) return false;
  std::vector<Entry>& list = refused->word == "tool"       ? changed.rules.tools
                             : refused->word == "resource" ? changed.rules.resources
                             : refused->word == "prompt"   ? changed.rules.prompts
                                                           : changed.rules.methods;
  list.push_back({literal_pattern(refused->name), {}, {}});
  std::string entry = std::string(refused->word) + "s: {";
  json::write_string(entry, list.back().pattern);
  entry += ": {}}";
  change.text += "name it in the policy: " + base::printable(entry);
  change.value += (change.value.empty() ? "" : "; ") + entry;
  return true;
}

bool allowed(const LoweredPolicy& whole, const Policy& changed, const Facts& facts) {
  const auto lowered = lower(changed, {whole.server(), whole.counter_server()});
  if (!lowered) return false;
  Verdict verdict;
  return rule(static_cast<const LoweredPolicy&>(**lowered), facts, verdict).answer == Answer::allow;
}

}  // namespace

std::optional<Change> policy_change(const LoweredPolicy& policy, const Facts& facts, const Explanation& e) {
  const bool hidden = e.verdict.reason == Reason::hidden;
  if (!hidden && e.verdict.reason != Reason::default_deny) return std::nullopt;
  const Policy& whole = policy.source();
  Policy changed;
  changed.file = whole.file;
  changed.mode = whole.mode;
  changed.rules = reduced(whole.rules, e, hidden);
  for (const ServerRules& server : whole.servers) {
    if (server.name == policy.server()) changed.servers.push_back({server.name, reduced(server.rules, e, hidden), {}});
  }
  Change change;
  change.kind = Change::Kind::policy;
  if (hidden) {
    take_out_of_hide(e, change);
    if (allowed(policy, changed, facts)) return change;
    change.text += ", and ";
  }
  if (!name_it(e, changed, change) || !allowed(policy, changed, facts)) return std::nullopt;
  return change;
}

}  // namespace policy
