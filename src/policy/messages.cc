// Default texts; see messages.h.
#include "policy/messages.h"

#include <algorithm>

#include "base/strings.h"
#include "policy/compiled.h"

namespace policy {
namespace {

std::string quoted(std::string_view name) { return "\"" + base::printable(name) + "\""; }

std::string retry_text(const limits::Refusal& refusal) {
  if (!refusal.retry_after) return "";
  const std::int64_t ns = refusal.retry_after->count();
  const std::int64_t seconds = ns <= 0 ? 1 : (ns - 1) / 1'000'000'000 + 1;
  return " Try again in " + std::to_string(seconds) + " s.";
}

}  // namespace

const char* subject_word(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::tool:
      return "tool";
    case SubjectKind::resource:
      return "resource";
    case SubjectKind::prompt:
      return "prompt";
  }
  return "";
}

std::string hidden_message(std::string_view tool) { return "Tool " + quoted(tool) + " is hidden by policy"; }

std::string not_permitted_message(std::string_view word, std::string_view name) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text + ' ' + quoted(name) + " is not permitted by policy";
}

std::string denied_message(const CompiledRule& rule) {
  const std::string& text = rule.source->on_deny;
  return text.empty() ? "Denied by rule " + quoted(rule.display_name) : text;
}

std::string unlisted_message(std::string_view tool) { return "server does not list tool " + quoted(tool); }

std::string approval_message(std::string_view on_deny) {
  std::string text(on_deny);
  if (!text.empty()) text += text.ends_with('.') ? " " : ". ";
  return text + "A human has to approve this, and approvals are not configured";
}

std::string_view reason_word(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "";
    case Reason::look_alike_key:
      return "wire";
    case Reason::hidden:
      return "hidden";
    case Reason::default_deny:
      return "default_deny";
    case Reason::lock:
      return "lock";
    case Reason::rule:
      return "rule";
    case Reason::validation:
      return "validation";
    case Reason::undecided:
      return "undecided";
    case Reason::amount:
      return "amount";
  }
  return "";
}

std::string changed_message(std::string_view tool, std::string_view what) {
  return "The definition of tool " + quoted(tool) + " is not the one that was accepted" +
         (what.empty() ? std::string() : ": " + std::string(what)) +
         ". A person must look at the change: intercept lock diff shows it";
}

std::string unlocked_message(std::string_view tool) {
  return "Tool " + quoted(tool) +
         " is not among those that were accepted (it is not in the lock file). A person must look at it: intercept "
         "lock "
         "diff shows it";
}

std::string explained(const std::string& on_deny, const std::string& why) {
  if (on_deny.empty()) return why;
  const char last = on_deny.back();
  const bool ended = last == '.' || last == '!' || last == '?' || last == ':';
  return on_deny + (ended ? " " : ". ") + why;
}

std::string look_alike_message(std::string_view key, std::string_view named) {
  return "Argument " + quoted(key) + " looks like " + quoted(named) +
         " without being it: some programs read the two as one. Use the exact name";
}

std::string reached_message(const Limit& limit, const limits::Refusal& refusal) {
  const std::string n = limit.max ? limit.max->text() : "0";
  const std::string per = " per " + limit.window.spelled() + " reached.";
  const std::string retry = retry_text(refusal);
  switch (limit.kind) {
    case Limit::Kind::rate:
      return "Rate limit of " + n + per + retry;
    case Limit::Kind::spend:
      return "Spending limit of " + n + (limit.currency.empty() ? "" : " " + limit.currency) + per + retry;
    case Limit::Kind::concurrency:
      return "At most " + n + (n == "1" ? " call" : " calls") + " at a time";
    case Limit::Kind::state:
    case Limit::Kind::hosted:
      break;
  }
  return "Limit " + quoted(limit.counter) + " of " + n + per + retry;
}

std::string store_message(const limits::Refusal& refusal) {
  switch (refusal.why) {
    case limits::Why::busy:
      return "The store of the limits is busy and could not be asked. This says nothing about the limit; try again";
    case limits::Why::unavailable:
      return "The store of the limits cannot be used, so no limit can be checked";
    case limits::Why::lost:
      return "What counts towards this limit was lost, so it is held as if it were used up." + retry_text(refusal);
    case limits::Why::full:
      return "The store of the limits holds as many counters as it may, so no new one can be kept";
    case limits::Why::limit:
      break;
  }
  return "Limit reached";
}

}  // namespace policy
