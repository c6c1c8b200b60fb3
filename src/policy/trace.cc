// The walk over entries and rules, in the order of decide.cc, without stopping at a denial.
#include "policy/trace.h"

#include <algorithm>

#include "policy/amount.h"
#include "policy/counter_key.h"
#include "policy/counter_name.h"
#include "policy/messages.h"
#include "policy/snapshot.h"
#include "policy/trace_condition.h"
#include "policy/validation.h"

namespace policy {
namespace {

class Tracer {
 public:
  Tracer(const LoweredPolicy& policy, const Facts& facts, Trace& out)
      : policy_(policy), facts_(facts), out_(out), reader_(facts, nullptr, policy.empty_object()) {}

  void run(const Verdict& verdict) {
    collect();
    hide();
    denied_ = verdict.denied() && verdict.rule.starts_with('(');
    for (const bool shadow : {false, true}) {
      for (std::size_t i = 0; i < applying_.size(); ++i) rules(applying_[i], out_.entries[i], shadow);
    }
    for (TracedEntry& entry : out_.entries) {
      std::ranges::sort(entry.rules, {}, [](const TracedRule& r) { return r.source; });
    }
  }

 private:
  void collect() {
    policy_.collect_all(facts_, applying_, [this](Named kind, const Subject* subject, bool named) {
      const std::string_view name = subject == nullptr ? facts_.method : subject->name;
      add_entries(kind, name);
      if (subject == nullptr && facts_.known != nullptr) return;
      const char* const word = subject == nullptr ? "method" : subject_word(subject->kind);
      out_.defaults.push_back({word, name, named, policy_.default_refuses(kind, named)});
    });
  }

  void add_entries(Named kind, std::string_view subject) {
    for (std::size_t i = out_.entries.size(); i < applying_.size(); ++i) {
      const CompiledEntry& entry = *applying_[i].entry;
      TracedEntry& out = out_.entries.emplace_back();
      out.section = section_word(kind);
      out.pattern = entry.source->pattern;
      out.position = entry.source->position;
      out.subject = subject;
      out.server = policy_.server_of(*entry.source);
      if (entry.glob.is_everything()) {
        out.match = TracedEntry::Match::everything;
      } else if (!entry.glob.is_literal()) {
        out.match = TracedEntry::Match::glob;
      }
    }
  }

  void hide() {
    for (const Subject& subject : facts_.subjects) {
      if (subject.kind != SubjectKind::tool) continue;
      const Hidden* found = policy_.hidden_by(subject.name);
      out_.hide.push_back({subject.name, found == nullptr ? "" : std::string_view(found->pattern),
                           found == nullptr ? Position() : found->position});
    }
  }

  void rules(const Applying& applying, TracedEntry& out, bool shadow) {
    reader_.subject = applying.subject;
    reader_.forget();
    for (const CompiledRule& rule : applying.entry->rules) {
      if (rule.shadow != shadow) continue;
      TracedRule& traced = out.rules.emplace_back();
      traced.id = rule.info->id;
      traced.source = rule.source;
      traced.shadow = shadow;
      traced.reached = !denied_;
      judge(rule, applying.subject, traced);
      denied_ = denied_ || (!shadow && traced.state == RuleState::denies);
    }
  }

  void deny(TracedRule& out, Reason reason, std::string message) {
    out.state = RuleState::denies;
    out.reason = reason;
    out.message = std::move(message);
  }

  void deny(const CompiledRule& rule, TracedRule& out, Truth truth) {
    deny(out, truth == Truth::undecided ? Reason::undecided : Reason::rule, denied_message(rule));
  }

  // The rule reads the tool's definition, which is not there.
  bool lacks_tool(const Subject* subject, TracedRule& out) {
    if (subject == nullptr || subject->kind != SubjectKind::tool) return false;
    if (!facts_.tools_known) {
      out.state = RuleState::needs_tools;
      return true;
    }
    if (facts_.tool != nullptr) return false;
    deny(out, Reason::validation, unlisted_message(subject->name));
    return true;
  }

  void judge(const CompiledRule& rule, const Subject* subject, TracedRule& out) {
    if (!rule.directed(facts_.direction)) {
      out.state = RuleState::other_direction;
      return;
    }
    if (rule.when_reads_tool && lacks_tool(subject, out)) return;
    out.when = trace_all(rule.source->when, rule.when, reader_, restricting);
    if (!rule.when.empty()) out.when_truth = evaluate_all(rule.when, reader_, restricting);
    if (out.when_truth == Truth::no) {
      out.state = RuleState::not_applicable;
      return;
    }
    if (rule.source->action == Action::deny) return deny(rule, out, out.when_truth);
    if (rule.require_reads_tool && lacks_tool(subject, out)) return;
    requirements(rule, subject, out);
  }

  void requirements(const CompiledRule& rule, const Subject* subject, TracedRule& out) {
    out.require_looked_at = true;
    out.require = trace_all(rule.source->require, rule.require, reader_, requiring);
    if (!rule.require.empty()) out.require_truth = evaluate_all(rule.require, reader_, requiring);
    const json::Value arguments = facts_.arguments ? facts_.arguments : policy_.empty_object();
    out.validate = check_each(rule.source->validate, facts_.tool, arguments, scratch_);
    limits(rule, subject, out);
    if (out.require_truth != Truth::yes) return deny(rule, out, out.require_truth);
    if (!std::ranges::all_of(out.validate, &CheckedPart::passes)) {
      if (auto unmet = check_arguments(rule.source->validate, facts_.tool, arguments, scratch_)) {
        return deny(out, Reason::validation, explained(rule.source->on_deny, unmet->message));
      }
    }
    for (const TracedLimit& limit : out.limits) {
      if (!limit.problem.empty()) return deny(out, Reason::amount, limit.problem);
    }
    if (rule.source->action == Action::require_approval) out.state = RuleState::needs_approval;
  }

  void limits(const CompiledRule& rule, const Subject* subject, TracedRule& out) {
    const json::Value arguments = facts_.arguments ? facts_.arguments : policy_.empty_object();
    const json::Value params = facts_.params ? facts_.params : policy_.empty_object();
    for (const CompiledLimit& limit : rule.limits) {
      TracedLimit& traced = out.limits.emplace_back();
      traced.source = limit.source;
      std::string key;
      complete_key(limit, facts_, subject, rule.shadow, key);
      if (const auto name = parse_counter_key(key)) traced.counter = name->text();
      auto amount = charge_amount(*limit.source, arguments, params);
      if (amount) {
        traced.amount = *amount;
      } else {
        traced.problem = std::move(amount.error().message);
      }
    }
  }

  const LoweredPolicy& policy_;
  const Facts& facts_;
  Trace& out_;
  Reader reader_;
  schema::Scratch scratch_;
  ApplyingList applying_;
  bool denied_ = false;
};

// What the record says of a rule whose `validate` fails.
std::string_view condition_of(const TracedRule& rule) {
  const auto failing = std::ranges::find_if(rule.validate, [](const CheckedPart& p) { return !p.passes(); });
  return failing == rule.validate.end() ? std::string_view() : std::string_view(failing->condition);
}

const TracedRule* first_denial(const Trace& trace) {
  for (const TracedEntry& entry : trace.entries) {
    for (const TracedRule& rule : entry.rules) {
      if (!rule.shadow && rule.state == RuleState::denies) return &rule;
    }
  }
  return nullptr;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

}  // namespace

const char* state_word(RuleState state) {
  static constexpr const char* words[] = {"passed",         "not_applicable", "denies",
                                          "needs_approval", "needs_tools",    "other_direction"};
  return words[static_cast<std::size_t>(state)];
}

std::string disagreement(const Trace& trace, const Verdict& verdict) {
  const TracedRule* denial = first_denial(trace);
  if (verdict.denied() && verdict.rule.starts_with('(')) return {};  // before any rule
  if (verdict.denied() != (denial != nullptr)) return "the trace and the verdict do not both deny";
  if (denial == nullptr) {
    bool needs_tools = false;
    std::string_view approval;
    for (const TracedEntry& entry : trace.entries) {
      for (const TracedRule& rule : entry.rules) {
        if (rule.shadow) continue;
        needs_tools = needs_tools || rule.state == RuleState::needs_tools;
        if (approval.empty() && rule.state == RuleState::needs_approval) approval = rule.id;
      }
    }
    if (needs_tools != verdict.needs_tools) return "one of trace and verdict needs the tools";
    const std::string_view asks = verdict.approval == nullptr ? "" : std::string_view(verdict.approval->id);
    return approval == asks ? "" : "approval: trace " + quoted(approval) + ", verdict " + quoted(asks);
  }
  if (denial->id != verdict.rule) return "trace " + quoted(denial->id) + ", verdict " + quoted(verdict.rule);
  if (denial->reason != verdict.reason) return "the reasons differ for " + quoted(denial->id);
  if (denial->message != verdict.message) return quoted(denial->message) + " is not " + quoted(verdict.message);
  if (denial->reason == Reason::validation && condition_of(*denial) != verdict.condition)
    return "condition: trace " + quoted(condition_of(*denial)) + ", verdict " + quoted(verdict.condition);
  return {};
}

void LoweredPolicy::trace(const Facts& facts, const Verdict& verdict, Trace& out) const {
  out = {};
  Tracer(*this, facts, out).run(verdict);
}

}  // namespace policy
