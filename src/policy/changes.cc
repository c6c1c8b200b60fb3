// A search with a budget: the deciding rule's conditions are mended, the call is ruled again, and if another rule then
// denies, that is mended on top. What is kept is only what ended with another answer.
#include "policy/changes.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/writer.h"
#include "policy/look_alike.h"
#include "policy/policy_change.h"
#include "policy/snapshot.h"
#include "policy/trial_call.h"
#include "policy/validation_fixes.h"
#include "policy/witness.h"

namespace policy {
namespace {

constexpr int most_rulings = 300;
constexpr int most_mended = 5;  // rules, one on top of the other
// Every trial writes and reads the params anew: of large ones there are few.
constexpr std::size_t most_bytes = std::size_t{32} << 20;

std::string quoted(std::string_view name) { return '"' + base::printable(name, 80) + '"'; }

json::Step key_step(std::string_view key) { return {json::Step::Kind::key, std::string(key), 0}; }

std::vector<json::Step> argument_steps(const json::Path& path) {
  std::vector<json::Step> steps;
  if (path.root == "args") steps.push_back(key_step("arguments"));
  steps.insert(steps.end(), path.steps.begin(), path.steps.end());
  return steps;
}

// What a condition would need, for every comparison inside it: `wanted` turns round under not.
template <class F>
void each_leaf(const TracedCondition& t, bool wanted, const F& f) {  // NOLINT(misc-no-recursion)
  if (t.source->kind == Condition::Kind::compare) return f(t, wanted);
  const bool inner = t.source->kind == Condition::Kind::negate ? !wanted : wanted;
  for (const TracedCondition& child : t.children) each_leaf(child, inner, f);
}

const TracedRule* find_deciding(const Trace& trace, std::string_view id) {
  for (const TracedEntry& entry : trace.entries) {
    for (const TracedRule& rule : entry.rules) {
      if (!rule.shadow && rule.id == id) return &rule;
    }
  }
  return nullptr;
}

class Finder {
 public:
  Finder(const LoweredPolicy& policy, const Facts& facts, const ExplainOptions& options, const Explanation& e)
      : policy_(policy), facts_(facts), options_(options), e_(e) {
    const std::size_t bytes = facts.params ? facts.params.raw().size() + 1 : 1;
    rulings_ = looks_ = static_cast<int>(std::min<std::size_t>(most_rulings, most_bytes / bytes));
  }

  std::vector<Change> run() {
    if (e_.answer == Answer::allow) {
      would_deny();
    } else if (e_.answer != Answer::needs_tools) {
      if (auto change = policy_change(policy_, facts_, e_)) out_.push_back(std::move(*change));
      wait();
      context();
      solve({}, 0);
      sort_by_size();
    }
    if (out_.size() > options_.most_changes) out_.resize(options_.most_changes);
    return std::move(out_);
  }

 private:
  bool full() const { return out_.size() >= options_.most_changes; }

  // Those that change least first; among equals, in the order in which they were found.
  void sort_by_size() {
    std::vector<std::pair<std::size_t, std::size_t>> order;  // size, place
    order.reserve(out_.size());
    for (std::size_t i = 0; i < out_.size(); ++i) order.emplace_back(out_[i].edits.size(), i);
    std::ranges::sort(order);
    std::vector<Change> sorted;
    sorted.reserve(out_.size());
    for (const auto& [size, i] : order) sorted.push_back(std::move(out_[i]));
    out_ = std::move(sorted);
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by `depth`
  bool solve(const Fix& fix, int depth) {
    if (--rulings_ < 0) return false;
    const ChangedCall call(facts_, edits_of(fix));
    if (!call.good()) return false;
    Verdict verdict;
    const Ruled ruled = rule(policy_, call.facts(), verdict);
    if (ruled.answer == Answer::allow) {
      if (!fix.empty()) keep(fix, ruled);
      return true;
    }
    if (depth >= most_mended || ruled.answer == Answer::needs_tools) return false;
    bool found = false;
    for (const Fix& next : fixes_for(call.facts(), ruled, verdict)) {
      found = solve(joined(fix, next), depth + 1) || found;
      if ((found && depth > 0) || full()) break;
    }
    return found;
  }

  // Without the parts that are not needed, since a later one did more than they.
  void keep(Fix fix, const Ruled& ruled) {
    for (std::size_t i = 0; fix.size() > 1 && i < fix.size();) {
      Fix less = fix;
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
      if (--rulings_ >= 0 && answer_of(less).answer == ruled.answer) {
        fix = std::move(less);
      } else {
        ++i;
      }
    }
    Change change;
    change.edits = edits_of(fix);
    change.text = words_of(fix);
    change.answer = ruled.answer;
    if (e_.answer == Answer::allow) change.rule = ruled.rule;
    if (std::ranges::none_of(out_, [&](const Change& c) { return c.text == change.text; }))
      out_.push_back(std::move(change));
  }

  Ruled answer_of(const Fix& fix) const {
    const ChangedCall call(facts_, edits_of(fix));
    Ruled none;
    none.answer = Answer::needs_tools;
    if (!call.good()) return none;
    Verdict verdict;
    return rule(policy_, call.facts(), verdict);
  }

  std::vector<Fix> fixes_for(const Facts& facts, const Ruled& ruled, const Verdict& verdict) {
    if (verdict.reason == Reason::look_alike_key) return rename(facts);
    if (ruled.refusal) return smaller(facts, ruled, verdict);
    Trace trace;
    policy_.trace(facts, verdict, trace);
    const TracedRule* decided = find_deciding(trace, ruled.rule);
    if (decided == nullptr) return {};
    if (verdict.reason == Reason::validation) return mend_arguments(*decided, facts);
    if (verdict.reason == Reason::amount) return readable_amounts(*decided);
    return mend(*decided, facts);
  }

  std::vector<Fix> mend_arguments(const TracedRule& rule, const Facts& facts) {
    if (--looks_ < 0) return {};
    std::vector<Fix> out = validation_fixes(rule.validate, facts);
    for (const TracedCondition& t : rule.when) fixes_of(t, false, facts, out);
    return out;
  }

  // The rule's requirements all together, or its `when`: any one of its conditions.
  std::vector<Fix> mend(const TracedRule& rule, const Facts& facts) {
    std::vector<Fix> out;
    if (--looks_ < 0) return out;
    if (rule.state == RuleState::denies && rule.source->action != Action::deny) {
      std::vector<Fix> last;
      Fix together;
      std::size_t failing = 0, mended = 0;
      for (const TracedCondition& t : rule.require) {
        if (t.truth == Truth::yes) continue;
        last.clear();
        fixes_of(t, true, facts, last);
        ++failing;
        mended += last.empty() ? 0 : 1;
        if (!last.empty()) together = joined(together, last.front());
      }
      if (failing == 1) {
        out = std::move(last);
      } else if (failing == mended && failing > 0) {
        out.push_back(std::move(together));
      }
    }
    for (const TracedCondition& t : rule.when) fixes_of(t, false, facts, out);
    return out;
  }

  std::vector<Fix> rename(const Facts& facts) const {
    ApplyingList list;
    policy_.collect_all(facts, list, [](Named, const Subject*, bool) {});
    const std::optional<json::LookAlike> found = find_look_alike(list, facts);
    if (!found || !facts.arguments.find(found->key)) return {};
    const std::vector<json::Step> from = {key_step("arguments"), key_step(found->key)};
    const std::vector<json::Step> to = {key_step("arguments"), key_step(found->named)};
    std::vector<Fix> out;
    if (!facts.arguments.find(found->named)) {
      std::string value;
      json::write(value, facts.arguments.find(found->key));
      out.push_back({{{from, std::nullopt}, "the argument " + quoted(found->key) + " left out"},
                     {{to, value}, "its value given as " + quoted(found->named)}});
    }
    out.push_back({{{from, std::nullopt}, "the argument " + quoted(found->key) + " left out"}});
    return out;
  }

  static std::vector<Fix> readable_amounts(const TracedRule& rule) {
    Fix fix;
    for (const TracedLimit& limit : rule.limits) {
      if (limit.problem.empty()) continue;
      const Limit& l = *limit.source;
      if (l.currency_from && limit.problem.find(l.currency) != std::string::npos) {
        std::string currency;
        json::write_string(currency, l.currency);
        fix.push_back({{argument_steps(*l.currency_from), currency}, l.currency_from->text() + ": " + currency});
      }
      if (l.amount_from) {
        fix.push_back({{argument_steps(*l.amount_from), "1"}, l.amount_from->text() + ": 1 (a number of at least 0)"});
      }
    }
    if (fix.empty()) return {};
    return {fix};
  }

  // As much as still fits.
  std::vector<Fix> smaller(const Facts& facts, const Ruled& ruled, const Verdict& verdict) const {
    const limits::Charge& charge = verdict.charges[ruled.refusal->charge];
    const Limit& limit = policy_.limit_of(charge.tag);
    const auto held = facts.counters->value(charge);
    if (!limit.amount_from || !charge.max || !held) return {};
    const base::Amount room = *charge.max - *held;
    if (room.is_negative() || room.is_zero()) return {};
    return {
        {{{argument_steps(*limit.amount_from), room.text()}, limit.amount_from->text() + " at most " + room.text()}}};
  }

  void wait() {
    if (e_.reason != "limit" || !e_.retry_after || !options_.travel) return;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*e_.retry_after);
    Facts later = facts_;
    later.now += seconds;
    if (!options_.travel(seconds)) return;
    Verdict verdict;
    const Ruled ruled = rule(policy_, later, verdict);
    const bool back = options_.travel(base::Duration{0});
    if (!back || ruled.answer != Answer::allow) return;
    Change change;
    change.kind = Change::Kind::wait;
    change.wait = seconds;
    change.text = "wait " + std::to_string(seconds.count()) + " s";
    out_.push_back(std::move(change));
  }

  // Who calls, and when.
  void context() {
    const TracedRule* decided = find_deciding(e_.trace, e_.rule);
    if (decided == nullptr) return;
    bool reads_time = false;
    const auto look = [&](const TracedCondition& t, bool wanted) {
      const std::string& root = t.source->path.root;
      reads_time = reads_time || root == "time";
      if (root == "identity" || root == "client") try_names(t, wanted);
    };
    for (const TracedCondition& t : decided->require) each_leaf(t, true, look);
    for (const TracedCondition& t : decided->when) each_leaf(t, false, look);
    if (reads_time) try_times();
  }

  void try_names(const TracedCondition& t, bool wanted) {
    const Op op = t.source->op;
    const bool names = wanted ? op == Op::eq || op == Op::in : op == Op::neq || op == Op::not_in;
    if (!names) return;
    std::vector<Constant> constants = t.source->value.items;
    if (constants.empty()) constants.push_back(t.source->value);
    const bool identity = t.source->path.root == "identity";
    for (const Constant& c : constants) {
      if (c.kind != Constant::Kind::string || full() || --rulings_ < 0) return;
      Facts other = facts_;
      (identity ? other.identity : other.client_name) = c.text;
      Verdict verdict;
      if (rule(policy_, other, verdict).answer != Answer::allow) continue;
      Change change;
      change.kind = identity ? Change::Kind::identity : Change::Kind::client_name;
      change.value = c.text;
      change.text = std::string(identity ? "the identity " : "a client that calls itself ") + quoted(c.text);
      out_.push_back(std::move(change));
    }
  }

  // The next quarter of an hour within eight days in which it is allowed.
  void try_times() {
    using namespace std::chrono;
    constexpr minutes step(15);
    auto when = ceil<seconds>(floor<days>(facts_.now));
    while (when <= facts_.now) when += step;
    for (int i = 0; i < 8 * 24 * 4; ++i, when += step) {
      Facts later = facts_;
      later.now = when;
      Verdict verdict;
      if (rule(policy_, later, verdict).answer != Answer::allow) continue;
      Change change;
      change.kind = Change::Kind::time;
      change.value = base::rfc3339(later.now.time_since_epoch().count());
      change.text = "from " + change.value;
      return out_.push_back(std::move(change));
    }
  }

  // Of an allowed call: what each rule would not let pass.
  void would_deny() {
    for (const TracedEntry& entry : e_.trace.entries) {
      for (const TracedRule& r : entry.rules) {
        if (r.shadow || full()) continue;
        for (const TracedCondition& t : r.require) {
          if (r.state == RuleState::passed) deny_by(r, t);
        }
        if (r.state == RuleState::not_applicable && r.source->action != Action::allow) deny_by_when(r);
        if (r.state == RuleState::passed) deny_by_limits(r);
      }
    }
  }

  bool keep_if_denied(const Fix& fix, const TracedRule& by) {
    if (full() || --rulings_ < 0) return false;
    const Ruled ruled = answer_of(fix);
    if (ruled.answer != Answer::deny && ruled.answer != Answer::needs_approval) return false;
    if (ruled.rule != by.id) return false;  // another one denies first, and says it itself
    keep(fix, ruled);
    return true;
  }

  void deny_by(const TracedRule& r, const TracedCondition& t) {
    if (--looks_ < 0) return;
    std::vector<Fix> fixes;
    fixes_of(t, false, facts_, fixes);
    for (const Fix& fix : fixes) {
      if (keep_if_denied(fix, r)) return;
    }
  }

  void deny_by_when(const TracedRule& r) {
    Fix together;
    if (--looks_ < 0) return;
    for (const TracedCondition& t : r.when) {
      std::vector<Fix> fixes;
      fixes_of(t, true, facts_, fixes);
      if (!fixes.empty()) together = joined(together, fixes.front());
    }
    if (!together.empty()) keep_if_denied(together, r);
  }

  void deny_by_limits(const TracedRule& r) {
    for (const TracedLimit& l : r.limits) {
      if (!l.source->amount_from || !l.source->max || l.source->kind == Limit::Kind::concurrency) continue;
      for (const ExplainedCharge& c : e_.charges) {
        if (c.rule != r.id || c.shadow || !c.max || !c.held || c.counter != l.counter) continue;
        const base::Amount room = *c.max - *c.held;
        const base::Amount more = room + base::Amount::of(1);
        keep_if_denied({{{argument_steps(*l.source->amount_from), more.text()},
                         l.source->amount_from->text() + ": " + more.text() + " (above " + room.text() + ")"}},
                       r);
      }
    }
  }

  const LoweredPolicy& policy_;
  const Facts& facts_;
  const ExplainOptions& options_;
  const Explanation& e_;
  std::vector<Change> out_;
  int rulings_ = 0;  // still to be tried
  int looks_ = 0;    // conditions whose fixes are still to be looked for
};

}  // namespace

std::vector<Change> find_changes(const LoweredPolicy& policy, const Facts& facts, const ExplainOptions& options,
                                 const Explanation& explanation) {
  return Finder(policy, facts, options, explanation).run();
}

}  // namespace policy
