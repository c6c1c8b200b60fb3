// The explanation for people: what and why first, then everything that was looked at, in the order of deciding.
#include <algorithm>

#include "base/strings.h"
#include "policy/describe.h"
#include "policy/explain.h"
#include "policy/messages.h"

namespace policy {
namespace {

using base::printable;

class Text {
 public:
  Text(const Explanation& e, const Facts& facts, const ExplainStyle& style) : e_(e), facts_(facts), style_(style) {}

  std::string run() {
    head();
    changes();
    before_rules();
    for (const TracedEntry& entry : e_.trace.entries) entry_text(entry);
    charges();
    rest();
    return std::move(out_);
  }

 private:
  enum class Colour : std::uint8_t { green, red, yellow, faint };

  std::string coloured(Colour colour, const std::string& text) const {
    if (!style_.colour) return text;
    static constexpr const char* codes[] = {"\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m"};
    return codes[static_cast<std::size_t>(colour)] + text + "\x1b[0m";
  }

  void line(std::size_t indent, const std::string& text) { out_.append(indent, ' ').append(text).append("\n"); }

  std::string at(const Position& p) const {
    return p.line == 0 ? "" : printable(style_.file) + ":" + std::to_string(p.line);
  }

  static std::string in_brackets(const std::string& text) { return text.empty() ? "" : "  (" + text + ")"; }

  std::string what() const {
    std::string out(facts_.method);
    for (const Subject& s : facts_.subjects)
      out += " of " + std::string(subject_word(s.kind)) + " \"" + printable(s.name) + '"';
    return printable(facts_.method) + out.substr(facts_.method.size());
  }

  void head() {
    switch (e_.answer) {
      case Answer::allow:
        line(0, coloured(Colour::green, "ALLOW") + "  " + what());
        break;
      case Answer::deny:
        line(0, coloured(Colour::red, "DENY") + "  " + what());
        break;
      case Answer::needs_approval:
        line(0, coloured(Colour::yellow, "NEEDS APPROVAL") + "  " + what());
        break;
      case Answer::needs_tools:
        line(0, coloured(Colour::yellow, "NEEDS THE TOOLS LIST") + "  " + what());
        line(2, "A rule reads the tool's definition. The proxy asks the server for its list first; give one here with");
        line(2, "--tools tools.json.");
    }
    if (!e_.rule.empty()) line(2, decided_by() + in_brackets(at(e_.position)));
    if (!e_.verdict.condition.empty() && e_.answer == Answer::deny) line(2, "because of " + e_.verdict.condition);
    if (e_.answer == Answer::deny || e_.answer == Answer::needs_approval) agent_text();
    if (e_.verdict.default_allowed_unknown_method)
      line(2, "No published revision of MCP knows this method; it passes under default: allow.");
  }

  std::string decided_by() const {
    if (e_.verdict.reason == Reason::hidden) return "by hide";
    if (e_.verdict.reason == Reason::default_deny) return "by default: deny";
    if (e_.verdict.reason == Reason::look_alike_key) return "by the wire rules: a key that looks like another";
    if (e_.verdict.reason == Reason::lock) return "by the lock";
    const bool plain = e_.verdict.reason == Reason::rule;
    return "by " + printable(e_.rule) + (plain ? "" : ", " + why_word());
  }

  std::string why_word() const {
    if (e_.reason == "undecided") return "which could not be decided and so restricts";
    if (e_.reason == "validation") return "which checks the arguments";
    if (e_.reason == "amount") return "whose amount cannot be read";
    if (e_.reason == "limit") return "whose limit is reached";
    if (e_.reason == "state") return "whose counters cannot be used";
    return "which asks for a person's approval";
  }

  void agent_text() {
    if (e_.as_unknown_tool) {
      line(2, "The agent gets an error, as if the server did not know the tool (on_hidden: unknown).");
    } else {
      line(2, "The agent gets: [INTERCEPT POLICY DENIED] " + printable(e_.message, 2000) + " (decision …)");
    }
    if (e_.retry_after) line(2, "It would fit in " + seconds(*e_.retry_after) + ", nothing else happening.");
  }

  static std::string seconds(base::Duration d) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count()) + " s";
  }

  void changes() {
    if (e_.changes.empty()) return;
    const bool allowed = e_.answer == Answer::allow;
    line(0, allowed ? "\nIt would not pass with" : "\nIt would pass with");
    for (const Change& c : e_.changes) {
      const std::string by = c.rule.empty() ? "" : "  -> " + printable(c.rule);
      line(2, "- " + c.text + by);
    }
  }

  void before_rules() {
    line(0, "\nWhat was looked at, in order");
    for (const TracedHide& h : e_.trace.hide) {
      line(2, h.pattern.empty() ? "hide: not hidden"
                                : "hide: hidden by " + printable(h.pattern) + in_brackets(at(h.position)));
    }
    for (const TracedDefault& d : e_.trace.defaults) {
      const std::string name = std::string(d.word) + " \"" + printable(d.name) + "\"";
      const std::string effect = d.named     ? "an entry names the " + name
                                 : d.refuses ? "deny, and no entry names the " + name
                                             : "allow; no entry names the " + name;
      line(2, "default: " + effect);
    }
    if (e_.lock) lock(*e_.lock);
    if (e_.trace.entries.empty()) line(2, "No entry of the policy applies.");
  }

  void lock(const ExplainedLock& l) {
    using State = ExplainedLock::State;
    const std::string by = " (" + std::string(l.key) + ": " + std::string(l.effect) + ")";
    const tools::LockState& s = facts_.lock;
    const std::string pinned = "accepted: " + std::string(s.pinned);
    switch (l.state) {
      case State::as_locked:
        line(2, "lock: as it was accepted");
        return line(4, pinned);
      case State::not_compared:
        line(2, "lock: accepted, and taken to be as it was" + by);
        line(4, pinned);
        return line(4, "The proxy compares what the server lists; --tools tools.json compares it here.");
      case State::changed:
        line(2, "lock: not as it was accepted" + (s.what.empty() ? "" : ": " + printable(s.what, 400)) + by);
        line(4, pinned);
        return line(4, "listed:   " + std::string(s.found));
      case State::added:
        return line(2, "lock: not among the accepted tools" + by);
    }
  }

  void entry_text(const TracedEntry& entry) {
    static constexpr const char* how[] = {"the exact name", "a glob", "everything"};
    std::string title = std::string(entry.section) + '/' + printable(entry.pattern);
    if (!entry.server.empty()) title = "servers/" + printable(entry.server) + '/' + title;
    if (e_.trace.defaults.size() > 1) title += " for \"" + printable(entry.subject) + '"';
    line(2, title + "  [" + how[static_cast<std::size_t>(entry.match)] + "]" + in_brackets(at(entry.position)));
    if (entry.rules.empty()) line(4, "no rules");
    for (const TracedRule& rule : entry.rules) rule_text(rule);
  }

  std::string state_text(const TracedRule& r) const {
    std::string out;
    switch (r.state) {
      case RuleState::passed:
        out = coloured(Colour::green, "passed");
        break;
      case RuleState::not_applicable:
        out = coloured(Colour::faint, "does not apply");
        break;
      case RuleState::denies:
        out = coloured(Colour::red, r.reached || r.shadow ? "denies" : "would deny");
        break;
      case RuleState::needs_approval:
        out = coloured(Colour::yellow, "asks for approval");
        break;
      case RuleState::needs_tools:
        out = coloured(Colour::yellow, "needs the tools list (--tools)");
        break;
      case RuleState::other_direction:
        out = coloured(Colour::faint, "rules the other side's messages");
        break;
    }
    if (r.shadow) out += " [shadow]";
    if (!r.reached) out += coloured(Colour::faint, " [not reached]");
    return out;
  }

  void rule_text(const TracedRule& r) {
    const std::size_t slash = r.id.rfind(r.source->label);
    const std::string_view label = slash == std::string_view::npos ? r.id : r.id.substr(slash);
    line(4, printable(label) + ": " + state_text(r) + in_brackets(at(r.source->position)));
    const bool unlisted = r.reason == Reason::validation && r.validate.empty();
    if (r.state == RuleState::denies && (unlisted || r.reason == Reason::amount))
      line(6, std::string(reason_word(r.reason)) + ": " + printable(r.message, 400));
    conditions("when", r.when);
    if (r.source->action == Action::deny && r.when.empty()) line(6, "always");
    conditions("require", r.require);
    for (const CheckedPart& part : r.validate) checked(part);
    for (const TracedLimit& l : r.limits) {
      line(6, "counts " + (l.amount ? l.amount->text() : "nothing that can be read") + " on " + l.counter);
    }
  }

  void conditions(const char* word, const std::vector<TracedCondition>& list) {
    if (list.empty()) return;
    line(6, std::string(word) + (list.size() > 1 ? " (all of)" : ""));
    for (const TracedCondition& t : list) condition(t, 8);
  }

  void checked(const CheckedPart& p) {
    const std::string head = "validate " + printable(p.part, 120) + ": ";
    if (p.passes()) return line(6, head + "ok");
    if (p.misses.empty()) return line(6, head + "cannot be checked: " + p.undecided);
    line(6, head + "fails" + (p.undecided.empty() ? "" : "; cannot be checked: " + p.undecided));
    for (const CheckedPart::Miss& m : p.misses) line(8, printable(m.path, 120) + ' ' + m.why);
  }

  std::string truth_text(const TracedCondition& t) const {
    if (t.truth == Truth::undecided) {
      return coloured(Colour::yellow,
                      t.reading.restriction ? "undecided, which counts as met" : "undecided, which fails");
    }
    return t.truth == Truth::yes ? "true" : "false";
  }

  void condition(const TracedCondition& t, std::size_t indent) {  // NOLINT(misc-no-recursion): as deep as rules
    std::string text;
    switch (t.source->kind) {
      case Condition::Kind::compare:
        text = describe(*t.source);
        break;
      case Condition::Kind::any:
        text = "any of";
        break;
      case Condition::Kind::all:
        text = "all of";
        break;
      case Condition::Kind::negate:
        text = "not";
        break;
    }
    text += ": " + truth_text(t);
    if (t.missing) {
      text += ", nothing is there";
    } else if (!t.value.empty()) {
      text += ", saw " + t.value;
    }
    if (!t.why.empty()) text += "; " + t.why;
    if (!t.needed) text += coloured(Colour::faint, " [not needed]");
    line(indent, text);
    for (const TracedElement& e : t.elements) {
      line(indent + 2, e.path + ": " + (e.value.empty() ? "nothing is there" : e.value));
    }
    if (t.elements_seen > t.elements.size() && !t.elements.empty()) {
      line(indent + 2, "of " + std::to_string(t.elements_seen) + " elements");
    }
    for (const TracedCondition& child : t.children) condition(child, indent + 2);
  }

  void charges() {
    if (e_.charges.empty()) return;
    line(0, style_.empty_state ? "\nCounters it would charge (taken as empty; --state live reads them)"
                               : "\nCounters it would charge");
    for (const ExplainedCharge& c : e_.charges) {
      std::string text = c.counter + ": " + c.amount.text();
      if (c.session) {
        text += ", on what this session has counted (taken as 0)";
      } else {
        text += ", holds " + (c.held ? c.held->text() : "what nobody knows");
      }
      if (c.max) text += " of " + c.max->text();
      if (c.window.type != limits::WindowType::lease) text += " per " + c.window.spelled();
      if (c.window.type == limits::WindowType::calendar) text += " (calendar, UTC)";
      if (!c.fits) text += coloured(Colour::red, ": does not fit");
      if (c.retry_after) text += "; free in " + seconds(*c.retry_after);
      if (c.shadow) text += " [shadow]";
      line(2, text + in_brackets(at(c.position)));
    }
  }

  void rest() {
    if (!e_.verdict.findings.empty()) line(0, "\nShadow: recorded, not enforced");
    for (const Finding& f : e_.verdict.findings) line(2, printable(f.rule) + ": " + printable(f.message, 400));
    if (e_.verdict.idempotency_seconds && !e_.verdict.denied()) {
      line(0, "\nAn identical call within " + std::to_string(*e_.verdict.idempotency_seconds) +
                  " s of one that passed is answered with its result (" + printable(e_.verdict.idempotency_rule) +
                  ").");
    }
  }

  const Explanation& e_;
  const Facts& facts_;
  const ExplainStyle& style_;
  std::string out_;
};

}  // namespace

std::string explain_text(const Explanation& explanation, const Facts& facts, const ExplainStyle& style) {
  return Text(explanation, facts, style).run();
}

}  // namespace policy
