// state.<entry>.<counter> conditions, once every entry is known. At the top level of a requirement, lte and lt on a
// counter of the same entry become that counter's maximum, so that value + increment is checked and reserved at once.
// Anywhere else the condition only reads the counter; it then gets two key steps: the entry as written, the counter.
#include <algorithm>
#include <unordered_map>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

struct Text {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};
using Index = std::unordered_map<std::string, const Entry*, Text, std::equal_to<>>;

constexpr std::string_view global_scope = "_global";

std::string_view scope_name(const Entry& entry) {
  return entry.pattern == "*" ? global_scope : std::string_view(entry.pattern);
}

bool is_state(const Condition& c) { return c.kind == Condition::Kind::compare && c.path.root == "state"; }

using Counters = std::unordered_map<std::string, Limit, Text, std::equal_to<>>;

struct Target {
  const Entry* entry = nullptr;
  const Limit* limit = nullptr;  // lives with the Resolver
  std::string counter;
};

class Resolver {
 public:
  Resolver(Loading& l, const Ruleset& own, const Ruleset& top) : l_(l), own_(own), top_(top) {}

  void section(std::vector<Entry>& entries) {
    for (Entry& entry : entries) {
      for (Rule& rule : entry.rules) {
        if (rule.action != Action::deny) maxima(entry, rule);
        readers(entry, rule.require);
        readers(entry, rule.when);
      }
    }
  }

 private:
  // Which counter a path means, whose one step is "<entry>.<counter>"; names may hold dots.
  Target find(const Entry& entry, const std::string& rest) {
    const auto under = [&](const Entry& e, std::string_view name) -> Target {
      if (rest.size() <= name.size() + 1 || !rest.starts_with(name) || rest[name.size()] != '.') return {};
      const std::string counter = rest.substr(name.size() + 1);
      const Counters& known = counters_of(e);
      const auto found = known.find(counter);
      return found == known.end() ? Target{} : Target{&e, &found->second, counter};
    };
    if (Target own = under(entry, scope_name(entry)); own.limit != nullptr) return own;
    index();
    for (std::size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.', dot + 1)) {
      const auto found = index_.find(std::string_view(rest).substr(0, dot));
      if (found == index_.end()) continue;
      if (Target other = under(*found->second, scope_name(*found->second)); other.limit != nullptr) return other;
    }
    return {};
  }

  // The counters that an entry defines. Copies: rules get further limits while conditions are resolved.
  const Counters& counters_of(const Entry& entry) {
    const auto [known, fresh] = counters_.try_emplace(&entry);
    if (!fresh) return known->second;
    for (const Rule& rule : entry.rules)
      for (const Limit& limit : rule.limits)
        if (limit.kind == Limit::Kind::state) known->second.emplace(limit.counter, limit);
    return known->second;
  }

  void index() {
    if (!index_.empty()) return;
    for (const Ruleset* rules : {&own_, &top_})
      for (const auto* entries : {&rules->tools, &rules->resources, &rules->prompts, &rules->methods})
        for (const Entry& e : *entries) index_.emplace(scope_name(e), &e);
  }

  static void tighten(Limit& limit, base::Amount max, bool exclusive, const std::string& on_deny) {
    const bool stricter = !limit.max || max < *limit.max || (max == *limit.max && exclusive);
    if (!stricter) return;
    limit.max = max;
    limit.exclusive = exclusive;
    limit.on_deny = on_deny;
  }

  // Takes the conditions that are maxima out of rule.require.
  void maxima(const Entry& entry, Rule& rule) {
    std::vector<Limit> added;
    std::erase_if(rule.require, [&](const Condition& c) {
      if (!is_state(c) || (c.op != Op::lte && c.op != Op::lt) || c.value.kind != Constant::Kind::number) return false;
      const Target target = find(entry, c.path.steps[0].key);
      if (target.entry != &entry) return false;
      const auto max = base::Amount::parse(c.value.text);
      if (!max) {
        l_.error("bad-number", c.value.position, "the maximum of a counter: " + max.error().message);
        return true;
      }
      const bool exclusive = c.op == Op::lt;
      for (std::vector<Limit>* list : {&rule.limits, &added}) {
        for (Limit& limit : *list) {
          if (limit.kind != Limit::Kind::state || limit.counter != target.counter) continue;
          tighten(limit, *max, exclusive, rule.on_deny);
          return true;
        }
      }
      // Another rule counts; this one checks on top of it and adds nothing.
      Limit check = *target.limit;
      check.increment = base::Amount();
      check.amount_from.reset();
      check.position = c.position;
      check.max.reset();
      tighten(check, *max, exclusive, rule.on_deny);
      added.push_back(std::move(check));
      return true;
    });
    for (Limit& limit : added) rule.limits.push_back(std::move(limit));
  }

  void readers(const Entry& entry, std::vector<Condition>& list) {
    for (Condition& c : list) {
      readers(entry, c.children);
      if (!is_state(c) || c.path.steps.size() != 1) continue;
      const std::string rest = c.path.steps[0].key;
      const Target target = find(entry, rest);
      if (target.limit == nullptr) {
        unknown(entry, c, rest);
        continue;
      }
      c.path.steps = {{json::Step::Kind::key, std::string(scope_name(*target.entry)), 0},
                      {json::Step::Kind::key, target.counter, 0}};
      l_.problems.warn("state-read-only", c.position,
                       "this condition reads the counter " + quoted(target.counter) + " and reserves nothing",
                       "only lte and lt directly under require (or conditions), on a counter of the same entry, hold "
                       "against calls made at the same time");
    }
  }

  void unknown(const Entry& entry, const Condition& c, const std::string& rest) {
    std::vector<std::string> known;
    for (const auto& [counter, limit] : counters_of(entry)) {
      if (known.size() >= 100 || l_.problems.crowded()) break;
      known.push_back(std::string(scope_name(entry)) + "." + counter);
    }
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string_view near = base::nearest(rest, views);
    l_.error("unknown-counter", c.position, "no state block defines the counter of state." + base::printable(rest, 80),
             !near.empty()
                 ? "did you mean state." + std::string(near) + "?"
                 : "a counter is state.<entry as written, _global for \"*\">.<counter>, and some rule of that "
                   "entry has state: {counter: ..., window: ...}");
  }

  Loading& l_;
  const Ruleset& own_;
  const Ruleset& top_;
  Index index_;
  std::unordered_map<const Entry*, Counters> counters_;
};

void resolve_ruleset(Loading& l, Ruleset& rules, const Ruleset& top) {
  Resolver resolver(l, rules, top);
  for (auto* entries : {&rules.tools, &rules.resources, &rules.prompts, &rules.methods}) resolver.section(*entries);
}

}  // namespace

void resolve_state(Loading& l, Policy& policy) {
  resolve_ruleset(l, policy.rules, policy.rules);
  for (ServerRules& server : policy.servers) resolve_ruleset(l, server.rules, policy.rules);
}

}  // namespace policy
