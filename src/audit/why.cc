// The explanation of one decision. Says only what the record (and the caller, of the policy) says.
#include "audit/why.h"

#include <span>

#include "base/strings.h"
#include "json/path.h"
#include "json/writer.h"

namespace audit {
namespace {

std::string shown(std::string_view text, std::size_t max = 300) { return base::printable(text, max); }

// What is said of a reason, and what would have to change.
struct Reason {
  std::string_view word, meaning, change;
};
constexpr Reason reasons[] = {
    {"wire", "an argument's key looks like one that matters, and is not it",
     "Send the key exactly as the tool's schema spells it."},
    {"hidden", "the policy hides this tool", "Take its name out of `hide` in the policy."},
    {"default_deny", "no rule of the policy allows it, and the default is to deny",
     "Give the tool an entry in the policy, or set `default: allow`."},
    {"lock", "the tool's definition is not the one that was accepted into the lock file",
     "Look at the change with `intercept lock diff`; if it is meant, `intercept lock` accepts it."},
    {"rule", "a rule forbids it", "Change the arguments so that the rule's condition holds, or change the rule."},
    {"validation", "the arguments are not what the rule or the tool's schema needs",
     "Send the arguments that the message names."},
    {"undecided",
     "a condition could not be decided: a value is missing or of another type, and what cannot be decided "
     "restricts",
     "Send the value that the condition reads, with the type that it compares with, or let the condition cover the "
     "case."},
    {"amount", "the amount that the limit counts is missing, negative or no number",
     "Send the amount as a number in the argument that the limit names."},
    {"limit", "a limit is used up",
     "Wait until the limit is free again (`intercept limits show`), ask for less, or raise it."},
    {"state", "the store that counts could not be used",
     "Look at the state directory: space, permissions, locks. `intercept audit query event=notice` may say what is "
     "wrong "
     "with it, `intercept limits show` does while it lasts."},
    {"paused", "somebody has paused it",
     "`intercept resume` ends the pause; `intercept audit query event=pause` says who paused it."},
    {"approval", "a human has to approve it", "Approvals cannot be given yet: change the rule."},
    {"idempotency", "an identical call ran before, or may have run",
     "Look whether it ran; send other arguments if it shall run again."},
};

class Text {
 public:
  void line(std::string_view title, const std::string& value) {
    if (value.empty()) return;
    out_.append(title).append(title.size() < 12 ? 12 - title.size() : 1, ' ').append(value).append("\n");
  }
  void paragraph(std::string_view text) { out_.append("\n").append(text).append("\n"); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string subject(const Entry& d) {
  std::string out = shown(d.method, 80);
  if (!d.target.empty()) out += " " + shown(d.target_kind, 20) + " " + shown(d.target, 120);
  return out;
}

std::string decided(const Entry& d) {
  std::string out = d.decision == "deny"     ? "refused"
                    : d.decision == "allow"  ? "allowed"
                    : d.decision == "replay" ? "answered with the result of an identical call"
                                             : shown(d.decision, 40);
  for (const Reason& r : reasons) {
    if (r.word == d.reason) out.append(": ").append(r.meaning);
  }
  return out;
}

// The names of arguments that a condition's text reads: "args.user.name lte 3" -> args.user.name
std::vector<json::Path> paths_of(std::string_view condition) {
  std::vector<json::Path> paths;
  constexpr std::string_view ends = " ,()<>=!";
  while (!condition.empty() && paths.size() < 20) {
    const std::size_t begin = condition.find_first_not_of(ends);
    if (begin == std::string_view::npos) break;
    condition.remove_prefix(begin);
    const std::size_t end = std::min(condition.find_first_of(ends), condition.size());
    const std::string_view word = condition.substr(0, end);
    condition.remove_prefix(end);
    if (!word.starts_with("args.") && !word.starts_with("args[")) continue;
    if (auto path = json::Path::parse(word); path && !path->quantified()) paths.push_back(std::move(*path));
  }
  return paths;
}

// The values that the condition read, or why they are not here.
void values(Text& text, const Entry& d, const Entry* start) {
  if (d.condition.empty()) return;
  text.line("condition", shown(d.condition, 500));
  if (!d.arguments) {
    const std::string_view kept = start != nullptr ? start->text("log_args") : std::string_view();
    text.line("values", "not kept" + (kept.empty() ? std::string() : " (--log-args " + shown(kept, 20) + ")") +
                            "; --log-args redacted keeps arguments without secrets, --log-args full all of them");
    return;
  }
  for (const json::Path& path : paths_of(d.condition)) {
    const json::Value value = json::follow(d.arguments, path);
    text.line("value", shown(path.text(), 120) + " = " + (value ? shown_value(value) : std::string("(not sent)")));
  }
}

void limit(Text& text, const Entry& d) {
  if (!d.limit.is_object()) return;
  const auto part = [&](std::string_view name) { return shown(d.limit.find(name).string(), 60); };
  text.line("limit", shown(d.limit.find("counter").string()));
  std::string held = "held " + part("held") + ", asked for " + part("amount");
  if (d.limit.find("max")) held += ", at most " + part("max");
  text.line("", held);
  constexpr std::int64_t unknown = -1;
  const std::int64_t wait = whole_number(d.limit.find("retry_after_ms"), unknown);
  if (wait != unknown) {
    text.line("", "the same call would have fitted after " + show_duration(1e6 * static_cast<double>(wait)) +
                      ", if nothing else had happened");
  }
}

// What a lock compared.
void lock(Text& text, const Entry& d) {
  const json::Value l = d.field("lock");
  if (!l.is_object()) return;
  const auto digest = [&l](std::string_view name, const char* otherwise) {
    const std::string_view value = l.find(name).string();
    return value.empty() ? std::string(otherwise) : shown(value, 80);
  };
  text.line("accepted", digest("pinned", "(not in the lock file)"));
  text.line("listed", digest("found", "(not known)"));
}

void came_of_it(Text& text, const Entry& d, const Entry* outcome) {
  if (outcome != nullptr) {
    std::string what = shown(outcome->outcome, 40) + " after " +
                       show_duration(1e3 * static_cast<double>(outcome->number("latency_us")));
    if (const json::Value code = outcome->field("error_code")) what += ", error code " + shown(code.number(), 20);
    text.line("outcome", what);
  } else if (d.decision == "allow") {
    text.line("outcome", "none is recorded: the call was still running, or the process died");
  }
}

void policy_now(Text& text, const Entry& d, const PolicyNow& policy) {
  if (!policy.digest.empty() && !d.policy_digest.empty()) {
    text.line("policy", policy.digest == d.policy_digest ? "the file is still the one that decided"
                                                         : "the file has changed since: what stands there now may "
                                                           "decide otherwise");
  }
  if (policy.rule_text.empty()) return;
  text.paragraph("The rule" + (policy.where.empty() ? std::string() : " (" + shown(policy.where) + ")") + ":");
  std::string_view rest = policy.rule_text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text.line("", shown(rest.substr(0, end), 500));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::string explain(const Entry& d, const Entry* outcome, const Entry* start, const PolicyNow* policy,
                    const Style& style) {
  Text text;
  text.line("decision", shown(d.id, 60));
  text.line("message", subject(d) + (d.direction == "server" ? ", sent by the server" : ""));
  text.line("", "server " + shown(d.server, 80) + (d.identity.empty() ? "" : ", identity " + shown(d.identity)));
  text.line("when", d.time != 0 ? show_time(d.time, style.time) : shown(d.time_text, 40));
  text.line("decided", decided(d));
  text.line("rule", shown(d.rule));
  values(text, d, start);
  limit(text, d);
  lock(text, d);
  text.line("told", shown(d.message, 500));
  text.line("note", shown(d.note));
  for (const json::Value result : d.shadow.elements()) {
    text.line("shadow", shown(result.find("rule").string()) +
                            " would have refused it: " + shown(result.find("message").string()));
  }
  came_of_it(text, d, outcome);
  if (policy != nullptr) policy_now(text, d, *policy);
  if (d.decision == "deny") {
    for (const Reason& r : reasons) {
      if (r.word == d.reason) text.paragraph(r.change);
    }
  }
  return text.take();
}

}  // namespace audit
