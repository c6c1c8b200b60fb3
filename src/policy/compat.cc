// --compat: every rule that is decided more strictly here than where its document came from. One note a rule and
// difference, at the rule; differences of the whole file once.
#include <algorithm>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

// Walks conditions; calls f(condition, below a not).
template <class F>
void each(const std::vector<Condition>& list, bool negated, const F& f) {
  for (const Condition& c : list) {
    if (c.kind == Condition::Kind::compare)
      f(c, negated);
    else
      each(c.children, negated || c.kind == Condition::Kind::negate, f);
  }
}

// Text that the classic proxy would take for a number, true, false or null, or the other way round.
bool type_matters(const Constant& c) {
  if (c.kind == Constant::Kind::list) return std::any_of(c.items.begin(), c.items.end(), type_matters);
  if (c.kind != Constant::Kind::string) return true;
  return c.text == "true" || c.text == "false" || c.text == "<nil>" || base::Decimal::parse(c.text).has_value();
}

class Notes {
 public:
  explicit Notes(Problems& out) : out_(out) {}

  void rule(const Entry& entry, const Rule& rule) {
    where_ = quoted(entry.pattern) + ", " + rule.label + ": ";
    at_ = rule.position;
    if (rule.action == Action::require_approval)
      add("approvals", "calls that would wait for a person are refused, since this version has no approvals");
    if (rule.validate.required_args)
      add("required-args",
          "a tool that the server does not list is refused, and null counts as missing unless the schema admits it");
    if (rule.validate.whole == Validate::Whole::servers)
      add("schema", "a tool that the server does not list is refused, and so is one whose schema cannot be used");
    types(rule);
    undecided(rule);
    for (const Limit& limit : rule.limits) this->limit(limit);
  }

  void file(const Policy& policy) {
    at_ = {};
    where_.clear();
    if (policy.rules.defaults.tools == Default::deny && policy.rules.defaults.methods == Default::deny)
      add("default-deny",
          "default: deny also refuses resources, prompts and methods that no published revision knows; "
          "write default: {tools: deny} for tools alone");
    for (const Hidden& h : policy.rules.hide) {
      at_ = h.position;
      if (h.pattern != "*" && !base::Glob(h.pattern).is_literal())
        add("hide-glob",
            "hide " + quoted(h.pattern) + " is a glob and hides every tool that it matches, not one of that name");
    }
  }

  void entry(const Entry& entry) {
    at_ = entry.position;
    where_.clear();
    if (entry.pattern != "*" && !base::Glob(entry.pattern).is_literal())
      add("entry-glob",
          quoted(entry.pattern) + " is a glob: its rules apply to every tool that it matches, not to one of that name");
  }

 private:
  void add(std::string_view code, std::string message) { out_.note(code, at_, where_ + std::move(message)); }

  void types(const Rule& rule) {
    bool strict = false;
    each(rule.require, false, [&](const Condition& c, bool) {
      const bool equality = c.op == Op::eq || c.op == Op::in || c.op == Op::contains;
      strict = strict || (equality && c.path.root != "state" && !c.coerce && type_matters(c.value));
    });
    if (strict)
      add("types",
          "values are compared by type: 5 and \"5\", true and \"true\" do not equal each other (coerce: true joins "
          "numbers and their text)");
  }

  void undecided(const Rule& rule) {
    if (rule.action == Action::allow || rule.when.empty()) return;
    bool missing = false;
    each(rule.when, false, [&](const Condition& c, bool negated) {
      missing = missing || negated || c.op == Op::neq || c.op == Op::not_in;
    });
    add("undecided",
        std::string(
            "the rule also applies where a condition cannot be decided: a value of another type, numeric text") +
            (missing ? ", and a missing value under neq or not_in" : ""));
  }

  void limit(const Limit& limit) {
    if (limit.kind == Limit::Kind::rate && limit.scope != Scope::session)
      add("sliding",
          "the window slides: no interval of its length ever admits more, where calendar windows admit twice as much "
          "at their border");
    if (limit.kind == Limit::Kind::concurrency || limit.kind == Limit::Kind::spend) return;
    if (limit.refund == limits::Refund::undelivered)
      add("refund",
          "an error of the server gives nothing back (refund: on_error does, and lets a server that acts and then "
          "fails exceed the limit)");
    if (limit.amount_from)
      add("amounts",
          "amounts are exact, and missing, negative, non-numeric or too large ones are refused with the argument's "
          "name");
    if (limit.kind != Limit::Kind::state) return;
    if (!limit.max)
      add("counted-always",
          "the counter is charged whenever the rule is passed, not only where the same rule limits it");
    if (limit.max && limit.increment.is_zero() && !limit.amount_from)
      add("reserved", "the counter is checked with the call's own increment added, not before it");
  }

  Problems& out_;
  Position at_;
  std::string where_;
};

void list_ruleset(const Ruleset& rules, Notes& notes) {
  for (const auto* entries : {&rules.tools, &rules.resources, &rules.prompts, &rules.methods}) {
    for (const Entry& entry : *entries) {
      notes.entry(entry);
      for (const Rule& rule : entry.rules) notes.rule(entry, rule);
    }
  }
}

}  // namespace

void list_compat(const Policy& policy, Problems& compat) {
  Notes notes(compat);
  notes.file(policy);
  list_ruleset(policy.rules, notes);
  for (const ServerRules& server : policy.servers) list_ruleset(server.rules, notes);
}

}  // namespace policy
