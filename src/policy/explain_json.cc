// The explanation as one JSON object, for programs.
#include "base/strings.h"
#include "json/writer.h"
#include "policy/describe.h"
#include "policy/explain.h"
#include "policy/messages.h"

namespace policy {
namespace {

const char* truth_word(Truth t) { return t == Truth::yes ? "true" : t == Truth::no ? "false" : "undecided"; }

void where(json::Composer& c, const Position& at) {
  if (at.line == 0) return;
  c.member("line", static_cast<std::int64_t>(at.line)).member("column", static_cast<std::int64_t>(at.column));
}

void write_condition(json::Composer& c, const TracedCondition& t) {  // NOLINT(misc-no-recursion): as deep as rules
  c.open();
  switch (t.source->kind) {
    case Condition::Kind::compare:
      c.member("condition", describe(*t.source));
      break;
    case Condition::Kind::any:
      c.member("nest", "any");
      break;
    case Condition::Kind::all:
      c.member("nest", "all");
      break;
    case Condition::Kind::negate:
      c.member("nest", "not");
      break;
  }
  where(c, t.source->position);
  c.member("result", truth_word(t.truth));
  if (!t.needed) c.member("needed", false);
  if (t.missing) c.member("missing", true);
  if (!t.value.empty()) c.member("saw", t.value);
  if (!t.why.empty()) c.member("why", t.why);
  if (!t.elements.empty()) {
    c.key("elements").open_array();
    for (const TracedElement& e : t.elements) {
      c.open().member("path", e.path);
      if (!e.value.empty()) c.member("saw", e.value);
      c.member("result", truth_word(e.truth)).close();
    }
    c.close_array();
  }
  if (!t.children.empty()) {
    c.key("of").open_array();
    for (const TracedCondition& child : t.children) write_condition(c, child);
    c.close_array();
  }
  c.close();
}

void write_conditions(json::Composer& c, std::string_view key, const std::vector<TracedCondition>& list) {
  if (list.empty()) return;
  c.key(key).open_array();
  for (const TracedCondition& t : list) write_condition(c, t);
  c.close_array();
}

void write_checked(json::Composer& c, const CheckedPart& p) {
  c.open().member("check", p.part);
  c.member("result", p.passes() ? "ok" : p.misses.empty() ? "undecided" : "fails");
  if (!p.condition.empty()) c.member("condition", p.condition);
  if (!p.undecided.empty()) c.member("why", p.undecided);
  if (!p.misses.empty()) {
    c.key("failures").open_array();
    for (const CheckedPart::Miss& m : p.misses) {
      c.open().member("path", m.path).member("why", m.why);
      if (!m.schema_path.empty()) c.member("schema_path", m.schema_path);
      c.close();
    }
    c.close_array();
  }
  c.close();
}

void write_rule(json::Composer& c, const TracedRule& r) {
  c.open().member("rule", r.id);
  where(c, r.source->position);
  c.member("state", state_word(r.state)).member("reached", r.reached);
  if (r.shadow) c.member("shadow", true);
  if (r.reason != Reason::none) c.member("reason", reason_word(r.reason));
  if (!r.message.empty()) c.member("message", r.message);
  write_conditions(c, "when", r.when);
  write_conditions(c, "require", r.require);
  if (!r.validate.empty()) {
    c.key("validate").open_array();
    for (const CheckedPart& part : r.validate) write_checked(c, part);
    c.close_array();
  }
  if (!r.limits.empty()) {
    c.key("limits").open_array();
    for (const TracedLimit& l : r.limits) {
      c.open().member("counter", l.counter);
      if (l.amount) c.member("amount", l.amount->text());
      if (!l.problem.empty()) c.member("problem", l.problem);
      c.close();
    }
    c.close_array();
  }
  c.close();
}

void write_entries(json::Composer& c, const Trace& trace) {
  static constexpr const char* matches[] = {"exact", "glob", "everything"};
  c.key("entries").open_array();
  for (const TracedEntry& e : trace.entries) {
    c.open().member("section", e.section).member("entry", e.pattern);
    if (!e.server.empty()) c.member("server", e.server);
    where(c, e.position);
    c.member("matches", matches[static_cast<std::size_t>(e.match)]);
    if (!e.subject.empty()) c.member("name", e.subject);
    c.key("rules").open_array();
    for (const TracedRule& r : e.rules) write_rule(c, r);
    c.close_array().close();
  }
  c.close_array();
}

void write_before_rules(json::Composer& c, const Trace& trace) {
  c.key("hide").open_array();
  for (const TracedHide& h : trace.hide) {
    c.open().member("name", h.tool).member("hidden", !h.pattern.empty());
    if (!h.pattern.empty()) c.member("by", h.pattern);
    where(c, h.position);
    c.close();
  }
  c.close_array().key("default").open_array();
  for (const TracedDefault& d : trace.defaults) {
    c.open()
        .member("kind", d.word)
        .member("name", d.name)
        .member("named", d.named)
        .member("refuses", d.refuses)
        .close();
  }
  c.close_array();
}

void write_charges(json::Composer& c, const Explanation& e) {
  c.key("charges").open_array();
  for (const ExplainedCharge& charge : e.charges) {
    c.open().member("counter", charge.counter).member("rule", charge.rule);
    where(c, charge.position);
    c.member("window", charge.window.tag()).member("amount", charge.amount.text());
    if (charge.max) c.member("max", charge.max->text());
    if (charge.held && !charge.session) c.member("held", charge.held->text());
    c.member("fits", charge.fits);
    if (charge.retry_after) {
      c.member("retry_after_ms", std::chrono::ceil<std::chrono::milliseconds>(*charge.retry_after).count());
    }
    if (charge.session) c.member("session", true);
    if (charge.shadow) c.member("shadow", true);
    c.close();
  }
  c.close_array();
}

// From params, as a JSON path that people know: args for params.arguments.
std::string path_of(const Edit& edit) {
  const bool arguments = !edit.steps.empty() && edit.steps[0].key == "arguments";
  return json::Path{arguments ? "args" : "params",
                    std::vector<json::Step>(edit.steps.begin() + (arguments ? 1 : 0), edit.steps.end())}
      .text();
}

void write_changes(json::Composer& c, const Explanation& e) {
  static constexpr const char* kinds[] = {"call", "wait", "identity", "client_name", "time", "policy"};
  c.key("changes").open_array();
  for (const Change& change : e.changes) {
    c.open().member("kind", kinds[static_cast<std::size_t>(change.kind)]).member("answer", answer_word(change.answer));
    c.member("text", change.text);
    if (!change.rule.empty()) c.member("rule", change.rule);
    if (change.wait) c.member("wait_ms", std::chrono::ceil<std::chrono::milliseconds>(*change.wait).count());
    if (!change.value.empty()) c.member("value", change.value);
    if (!change.edits.empty()) {
      c.key("edits").open_array();
      for (const Edit& edit : change.edits) {
        c.open().member("path", path_of(edit));
        if (edit.json) {
          c.key("value").raw(*edit.json);
        } else {
          c.member("left_out", true);
        }
        c.close();
      }
      c.close_array();
    }
    c.close();
  }
  c.close_array();
}

void write_lock(json::Composer& c, const ExplainedLock& lock, const tools::LockState& state) {
  c.key("lock").open().member("state", lock_word(lock.state)).member(lock.key, lock.effect);
  if (!state.pinned.empty()) c.member("pinned", state.pinned);
  if (!state.found.empty()) c.member("found", state.found);
  if (!state.what.empty()) c.member("changed", state.what);
  c.close();
}

}  // namespace

void explain_json(std::string& out, const Explanation& e, const Facts& facts, const std::string& file) {
  json::Composer c(out);
  c.open().member("decision", answer_word(e.answer)).member("method", facts.method);
  if (!facts.subjects.empty()) {
    c.member("kind", subject_word(facts.subjects[0].kind)).member("name", facts.subjects[0].name);
  }
  if (!e.reason.empty()) c.member("reason", e.reason);
  if (!e.rule.empty()) c.member("rule", e.rule);
  c.member("file", file);
  where(c, e.position);
  if (!e.message.empty()) c.member("message", e.message);
  if (!e.verdict.condition.empty()) c.member("condition", e.verdict.condition);
  if (e.retry_after) {
    c.member("retry_after_ms", std::chrono::ceil<std::chrono::milliseconds>(*e.retry_after).count());
  }
  if (e.as_unknown_tool) c.member("as_unknown_tool", true);
  if (e.lock) write_lock(c, *e.lock, facts.lock);
  if (e.verdict.default_allowed_unknown_method) c.member("unknown_method", true);
  if (e.verdict.idempotency_seconds && !e.verdict.denied()) {
    c.key("idempotency").open().member("seconds", *e.verdict.idempotency_seconds);
    c.member("rule", e.verdict.idempotency_rule).close();
  }
  write_before_rules(c, e.trace);
  write_entries(c, e.trace);
  write_charges(c, e);
  c.key("shadow").open_array();
  for (const Finding& f : e.verdict.findings) c.open().member("rule", f.rule).member("message", f.message).close();
  c.close_array();
  write_changes(c, e);
  c.close();
}

}  // namespace policy
