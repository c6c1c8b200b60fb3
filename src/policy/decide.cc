// The decision about one message: keys that look like others, hidden tools, the default, the rules in their order, and
// then the shadow's rules, which only leave findings. The first denial ends it; charges gathered before one are
// dropped.
#include <algorithm>
#include <cassert>
#include <utility>

#include "policy/amount.h"
#include "policy/condition.h"
#include "policy/counter_key.h"
#include "policy/describe.h"
#include "policy/look_alike.h"
#include "policy/messages.h"
#include "policy/quick_check.h"
#include "policy/snapshot.h"
#include "policy/validation.h"

namespace policy {
namespace {

constexpr std::string_view hidden_rule = "(hidden)";
constexpr std::string_view default_rule = "(default deny)";
constexpr std::string_view change_rule = "(lock: on_change)";
constexpr std::string_view new_rule = "(lock: on_new)";
constexpr std::string_view look_alike_rule = "(look-alike key)";

// What one rule says of the message.
struct Outcome {
  bool applies = false;
  bool needs_tools = false;  // cannot be said yet
  Reason reason = Reason::none;
  std::string message;
};

class Decision {
 public:
  Decision(const LoweredPolicy& policy, const Facts& facts, Verdict& out)
      : policy_(policy), facts_(facts), out_(out), reader_(facts, nullptr, policy.empty_object()) {}

  void run() {
    collect();
    if (look_alike_keys() || hidden() || defaults() || locked() || rules()) {
      drop_charges();
      out_.approval = nullptr;
    } else {
      shadow_rules();
    }
    out_.needs_store = reader_.needs_store;
  }

 private:
  void collect();
  bool look_alike_keys();
  bool hidden();
  bool defaults();
  bool locked();
  bool rules();
  void shadow_rules();

  Outcome judge(const CompiledRule& rule, const Applying& applying, std::vector<limits::Charge>& charges);
  Outcome judge_requirements(const CompiledRule& rule, const Applying& applying, std::vector<limits::Charge>& charges);
  bool charge(const CompiledRule& rule, const Subject* subject, std::vector<limits::Charge>& charges, Outcome& outcome);
  void add_charge(const CompiledLimit& limit, base::Amount amount, bool shadow, const Subject* subject,
                  std::vector<limits::Charge>& charges);
  bool lacks_tool(const Subject* subject, Outcome& outcome) const;
  std::string failing(const CompiledRule& rule);

  bool deny(Reason reason, std::string_view rule, std::string message) {
    out_.reason = reason;
    out_.rule = rule;
    out_.message = std::move(message);
    return true;
  }
  void find(std::string_view rule, std::string message) { out_.findings.push_back({rule, std::move(message)}); }
  // Denies, or only finds while the file is a shadow.
  bool deny_or_find(Reason reason, std::string_view rule, std::string message) {
    if (!policy_.is_shadow()) return deny(reason, rule, std::move(message));
    find(rule, "would be denied: " + message);
    return false;
  }
  void drop_charges() {
    for (limits::Charge& c : out_.charges) out_.spare.push_back(std::move(c));
    out_.charges.clear();
  }
  Outcome denial(const CompiledRule& rule, Truth truth, std::string condition) {
    out_.condition = std::move(condition);
    return {true, false, truth == Truth::undecided ? Reason::undecided : Reason::rule, denied_message(rule)};
  }

  const LoweredPolicy& policy_;
  const Facts& facts_;
  Verdict& out_;
  Reader reader_;
  ApplyingList applying_;
  const Subject* first_unnamed_ = nullptr;  // the first subject that `default: deny` refuses
  bool method_named_ = false;
};

void Decision::collect() {
  policy_.collect_all(facts_, applying_, [this](Named kind, const Subject* subject, bool named) {
    if (subject == nullptr) {
      method_named_ = named;
    } else if (first_unnamed_ == nullptr && policy_.default_refuses(kind, named)) {
      first_unnamed_ = subject;
    }
  });
}

bool Decision::look_alike_keys() {
  const auto found = find_look_alike(applying_, facts_);
  return found && deny(Reason::look_alike_key, look_alike_rule, look_alike_message(found->key, found->named));
}

bool Decision::hidden() {
  for (const Subject& subject : facts_.subjects) {
    if (subject.kind != SubjectKind::tool || !policy_.matches_hidden(subject.name)) continue;
    if (deny_or_find(Reason::hidden, hidden_rule, hidden_message(subject.name))) return true;
  }
  return false;
}

bool Decision::defaults() {
  if (facts_.known == nullptr && !method_named_) {
    if (policy_.table(Named::methods).fallback != Default::deny) {
      out_.default_allowed_unknown_method = true;
    } else if (deny_or_find(Reason::default_deny, default_rule, not_permitted_message("method", facts_.method))) {
      return true;
    }
  }
  if (first_unnamed_ == nullptr) return false;
  return deny_or_find(Reason::default_deny, default_rule,
                      not_permitted_message(subject_word(first_unnamed_->kind), first_unnamed_->name));
}

// A change is only noticed in a list: until one was seen the call waits for it. A finding where the lock only warns.
bool Decision::locked() {
  const Lock* const lock = policy_.lock();
  if (lock == nullptr || facts_.lock.kind == tools::LockState::Kind::not_asked) return false;
  const std::string_view tool = facts_.subjects.empty() ? std::string_view() : facts_.subjects[0].name;
  const bool denies_change = lock->on_change == LockSettings::OnChange::deny;
  switch (facts_.lock.kind) {
    case tools::LockState::Kind::not_asked:
    case tools::LockState::Kind::same:
      return false;
    case tools::LockState::Kind::unlisted:
      out_.needs_tools = denies_change && !policy_.is_shadow();
      return false;
    case tools::LockState::Kind::changed:
      if (denies_change) return deny_or_find(Reason::lock, change_rule, changed_message(tool, facts_.lock.what));
      find(change_rule, "warned of: " + changed_message(tool, facts_.lock.what));
      return false;
    case tools::LockState::Kind::added:
      if (lock->on_new == LockSettings::OnNew::allow) return false;
      if (lock->on_new == LockSettings::OnNew::deny)
        return deny_or_find(Reason::lock, new_rule, unlocked_message(tool));
      find(new_rule, "warned of: " + unlocked_message(tool));
      return false;
  }
  return false;
}

bool Decision::rules() {
  bool needs_tools = out_.needs_tools;
  for (std::size_t i = 0; i < applying_.size(); ++i) {
    const Applying& applying = applying_[i];
    if (!applying.entry->has_enforced) continue;
    reader_.subject = applying.subject;
    reader_.forget();
    const CompiledEntry& entry = *applying.entry;
    const QuickCheck* const checks = entry.quick.data();
    const std::size_t count = entry.rules.size();
    for (std::size_t r = 0; r < count; ++r) {
      if (passes_quickly(checks[r], reader_)) continue;
      const CompiledRule& rule = entry.rules[r];
      if (rule.shadow || !rule.directed(facts_.direction)) continue;
      Outcome outcome = judge(rule, applying, out_.charges);
      needs_tools = needs_tools || outcome.needs_tools;
      if (outcome.reason != Reason::none) return deny(outcome.reason, rule.info->id, std::move(outcome.message));
      if (!outcome.applies) continue;
      const Rule& source = *rule.source;
      if (source.idempotency_seconds > out_.idempotency_seconds) {
        out_.idempotency_seconds = source.idempotency_seconds;
        out_.idempotency_rule = rule.info->id;
      }
      if (source.action == Action::require_approval && out_.approval == nullptr) {
        out_.approval = rule.info;
        out_.approval_seconds = source.approval_timeout_seconds;
      }
    }
  }
  out_.needs_tools = needs_tools;
  return false;
}

void Decision::shadow_rules() {
  for (std::size_t i = 0; i < applying_.size(); ++i) {
    const Applying& applying = applying_[i];
    if (!applying.entry->has_shadow) continue;
    reader_.subject = applying.subject;
    reader_.forget();
    for (const CompiledRule& rule : applying.entry->rules) {
      if (!rule.shadow || !rule.directed(facts_.direction)) continue;
      const Outcome outcome = judge(rule, applying, out_.shadow_charges);
      out_.condition.clear();  // a shadow decides nothing
      if (outcome.reason != Reason::none) {
        find(rule.info->id, "would be denied: " + outcome.message);
      } else if (outcome.applies && rule.source->action == Action::require_approval) {
        find(rule.info->id, "would need approval");
      }
    }
  }
}

// Rules that read the tool's definition: unknown for now, or not listed by the server. True if the rule is settled.
bool Decision::lacks_tool(const Subject* subject, Outcome& outcome) const {
  if (subject == nullptr || subject->kind != SubjectKind::tool) return false;
  if (!facts_.tools_known) {
    outcome.needs_tools = true;
    return true;
  }
  if (facts_.tool != nullptr) return false;
  outcome = {true, false, Reason::validation, unlisted_message(subject->name)};
  return true;
}

// The first condition of a requirement that does not hold.
std::string Decision::failing(const CompiledRule& rule) {
  for (std::size_t i = 0; i < rule.require.size(); ++i) {
    if (evaluate(rule.require[i], reader_, requiring) != Truth::yes) return describe(rule.source->require[i]);
  }
  return {};
}

Outcome Decision::judge(const CompiledRule& rule, const Applying& applying, std::vector<limits::Charge>& charges) {
  Outcome outcome;
  if (rule.when_reads_tool && lacks_tool(applying.subject, outcome)) return outcome;
  const Truth when = rule.when.empty() ? Truth::yes : evaluate_all(rule.when, reader_, restricting);
  if (when == Truth::no) return outcome;
  if (rule.source->action == Action::deny) return denial(rule, when, describe(rule.source->when));
  return judge_requirements(rule, applying, charges);
}

Outcome Decision::judge_requirements(const CompiledRule& rule, const Applying& applying,
                                     std::vector<limits::Charge>& charges) {
  Outcome outcome;
  if (rule.require_reads_tool && lacks_tool(applying.subject, outcome)) return outcome;
  if (!rule.require.empty()) {
    const Truth required = evaluate_all(rule.require, reader_, requiring);
    if (required != Truth::yes) return denial(rule, required, failing(rule));
  }
  outcome.applies = true;
  if (rule.source->validate.checks_something()) {
    const json::Value arguments = facts_.arguments ? facts_.arguments : policy_.empty_object();
    if (auto unmet = check_arguments(rule.source->validate, facts_.tool, arguments, out_.schema_scratch)) {
      outcome.reason = Reason::validation;
      outcome.message = explained(rule.source->on_deny, unmet->message);
      out_.condition = std::move(unmet->condition);
      return outcome;
    }
  }
  charge(rule, applying.subject, charges, outcome);
  return outcome;
}

// Adds the rule's charges. False, with the reason in `outcome` and nothing added, if an amount cannot be read.
bool Decision::charge(const CompiledRule& rule, const Subject* subject, std::vector<limits::Charge>& charges,
                      Outcome& outcome) {
  const auto amount_of = [&](const CompiledLimit& limit) {
    const json::Value arguments = facts_.arguments ? facts_.arguments : policy_.empty_object();
    const json::Value params = facts_.params ? facts_.params : policy_.empty_object();
    return charge_amount(*limit.source, arguments, params);
  };
  for (const CompiledLimit& limit : rule.limits) {
    if (!limit.source->amount_from && !limit.source->currency_from) continue;
    auto amount = amount_of(limit);
    if (amount) continue;
    outcome.reason = Reason::amount;
    outcome.message = std::move(amount.error().message);
    return false;
  }
  for (const CompiledLimit& limit : rule.limits) {
    const bool fixed = !limit.source->amount_from;
    const base::Amount amount = fixed ? limit.source->increment : *amount_of(limit);
    add_charge(limit, amount, rule.shadow, subject, charges);
  }
  return true;
}

// A counter is charged once a message, with the largest amount; each further maximum is asked about on top of it.
void Decision::add_charge(const CompiledLimit& limit, base::Amount amount, bool shadow, const Subject* subject,
                          std::vector<limits::Charge>& charges) {
  limits::Charge charge;
  if (!out_.spare.empty()) {
    charge = std::move(out_.spare.back());
    out_.spare.pop_back();
  }
  complete_key(limit, facts_, subject, shadow, charge.key);
  charge.window = limit.source->window;
  charge.amount = amount;
  charge.max = limit.max;
  charge.refund = limit.source->refund;
  charge.session = limit.source->scope == Scope::session;
  charge.tag = limit.tag;
  const auto same = std::find_if(charges.begin(), charges.end(), [&](const auto& c) { return c.key == charge.key; });
  if (same != charges.end()) {
    same->amount = std::max(same->amount, amount);
    // What one rule must not get back is not given back because of another.
    const auto strictness = [](limits::Refund r) {
      return r == limits::Refund::never ? 2 : r == limits::Refund::undelivered ? 1 : 0;
    };
    if (strictness(charge.refund) > strictness(same->refund)) same->refund = charge.refund;
    charge.amount = base::Amount();
    if (!charge.max) return out_.spare.push_back(std::move(charge));
  }
  charges.push_back(std::move(charge));
}

}  // namespace

void Verdict::clear() {
  reason = Reason::none;
  rule = {};
  message.clear();
  condition.clear();
  needs_tools = needs_store = false;
  approval = nullptr;
  approval_seconds.reset();
  idempotency_seconds.reset();
  idempotency_rule = {};
  for (auto* list : {&charges, &shadow_charges}) {
    for (limits::Charge& c : *list) spare.push_back(std::move(c));
    list->clear();
  }
  findings.clear();
  default_allowed_unknown_method = false;
}

void LoweredPolicy::evaluate(const Facts& facts, Verdict& out) const {
  out.clear();
  Decision(*this, facts, out).run();
}

}  // namespace policy
