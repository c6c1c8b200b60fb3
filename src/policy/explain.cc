// From facts to an Explanation. The order is the mediator's: the rules' denials, the tools' list, limits, approval.
#include "policy/explain.h"

#include <cassert>

#include "policy/changes.h"
#include "policy/counter_name.h"
#include "policy/messages.h"
#include "policy/rule_text.h"
#include "policy/snapshot.h"

namespace policy {

const char* answer_word(Answer answer) {
  static constexpr const char* words[] = {"allow", "deny", "approval", "needs_tools"};
  return words[static_cast<std::size_t>(answer)];
}

Ruled rule(const LoweredPolicy& policy, const Facts& facts, Verdict& verdict) {
  policy.evaluate(facts, verdict);
  Ruled out;
  if (verdict.denied()) {
    out.answer = Answer::deny;
    out.reason = reason_word(verdict.reason);
    out.rule = verdict.rule;
    out.message = verdict.message;
    return out;
  }
  if (verdict.needs_tools) {
    out.answer = Answer::needs_tools;
    out.reason = "validation";
    return out;
  }
  out.refusal = facts.counters->check(verdict.charges);
  if (out.refusal) {
    const limits::Charge& charge = verdict.charges[out.refusal->charge];
    out.answer = Answer::deny;
    out.reason = out.refusal->why == limits::Why::limit ? "limit" : "state";
    out.rule = policy.rule_info(charge.tag).id;
    out.message = policy.limit_message(charge, *out.refusal);
  } else if (verdict.approval != nullptr) {
    out.answer = Answer::needs_approval;
    out.reason = "approval";
    out.rule = verdict.approval->id;
    out.message = approval_message(verdict.approval->on_deny);
  }
  return out;
}

namespace {

void add_charge(const LoweredPolicy& policy, const Facts& facts, const limits::Charge& charge, bool shadow,
                std::vector<ExplainedCharge>& out) {
  ExplainedCharge& e = out.emplace_back();
  const auto name = parse_counter_key(charge.key);
  e.counter = name ? name->text() : charge.key;
  e.rule = policy.rule_info(charge.tag).id;
  e.position = policy.limit_of(charge.tag).position;
  e.window = charge.window;
  e.amount = charge.amount;
  e.max = charge.max;
  e.held = facts.counters->value(charge);
  e.session = charge.session;
  e.shadow = shadow;
  if (const auto refusal = facts.counters->check({&charge, 1})) {
    e.fits = false;
    e.retry_after = refusal->retry_after;
  }
}

// Of a hidden tool, what hides it; of a rule or limit, where it is written.
Position position_of(const LoweredPolicy& policy, const Explanation& e) {
  if (e.verdict.reason == Reason::hidden) {
    for (const TracedHide& h : e.trace.hide) {
      if (!h.pattern.empty()) return h.position;
    }
  }
  return find_rule(policy.source(), e.rule).value_or(Position());
}

std::optional<ExplainedLock> lock_of(const LoweredPolicy& policy, const Facts& facts, bool assumed) {
  using State = ExplainedLock::State;
  const Lock* const lock = policy.lock();
  if (lock == nullptr || facts.lock.kind == tools::LockState::Kind::not_asked) return std::nullopt;
  constexpr std::string_view words[] = {"deny", "warn", "allow"};
  if (facts.lock.kind == tools::LockState::Kind::added)
    return ExplainedLock{State::added, "on_new", words[static_cast<std::size_t>(lock->on_new)]};
  const bool changed = facts.lock.kind == tools::LockState::Kind::changed;
  return ExplainedLock{changed   ? State::changed
                       : assumed ? State::not_compared
                                 : State::as_locked,
                       "on_change", words[static_cast<std::size_t>(lock->on_change)]};
}

}  // namespace

const char* lock_word(ExplainedLock::State state) {
  constexpr const char* words[] = {"as_locked", "not_compared", "changed", "new"};
  return words[static_cast<std::size_t>(state)];
}

Explanation explain(const Snapshot& snapshot, const Facts& facts, const ExplainOptions& options) {
  const auto& policy = static_cast<const LoweredPolicy&>(snapshot);  // there is no other kind
  Explanation e;
  const Ruled ruled = rule(policy, facts, e.verdict);
  e.answer = ruled.answer;
  e.reason = ruled.reason;
  e.rule = ruled.rule;
  e.message = ruled.message;
  if (ruled.refusal) e.retry_after = ruled.refusal->retry_after;
  e.as_unknown_tool = e.verdict.reason == Reason::hidden && policy.on_hidden() == OnHidden::unknown;
  e.lock = lock_of(policy, facts, options.lock_assumed);
  policy.trace(facts, e.verdict, e.trace);
  assert(disagreement(e.trace, e.verdict).empty());
  if (!e.rule.empty()) e.position = position_of(policy, e);
  for (const limits::Charge& c : e.verdict.charges) add_charge(policy, facts, c, false, e.charges);
  for (const limits::Charge& c : e.verdict.shadow_charges) {
    add_charge(policy, facts, c, true, e.charges);
    if (e.charges.back().fits || e.answer != Answer::allow) continue;  // a refused call counts for no shadow
    const auto refusal = facts.counters->check({&c, 1});
    if (refusal) e.verdict.findings.push_back({e.charges.back().rule, policy.limit_message(c, *refusal)});
  }
  if (options.most_changes > 0) e.changes = find_changes(policy, facts, options, e);
  return e;
}

}  // namespace policy
