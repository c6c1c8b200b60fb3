// What would be decided for a message, and why: the verdict of the real evaluate() and Store::check(), the trace beside
// it, what it would count, and the nearest changes of the call (or the policy) after which the answer is another one.
// Every change was tried: nothing is suggested that does not turn the answer. Pure; for people, not for the message
// path.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/trace.h"

namespace policy {

enum class Answer : std::uint8_t {
  allow,
  deny,
  needs_approval,  // a person has to approve it; this version refuses it
  needs_tools,     // the proxy would ask the server for its list of tools first
};
const char* answer_word(Answer answer);  // "allow", "deny", "approval", "needs_tools"

// One counter that the call would charge.
struct ExplainedCharge {
  std::string counter;  // in words
  std::string_view rule;
  Position position;
  limits::Window window;
  base::Amount amount;
  std::optional<base::Amount> max;
  std::optional<base::Amount> held;  // nullopt: the store cannot say
  bool fits = true;
  std::optional<base::Duration> retry_after;  // of one that does not fit: when it would
  bool session = false;                       // counted in the session's process: unknown from outside
  bool shadow = false;
};

// Something of the call set to another value, or taken out.
struct Edit {
  std::vector<json::Step> steps;    // from params
  std::optional<std::string> json;  // the value; nullopt: taken out
};

struct Change {
  enum class Kind : std::uint8_t { call, wait, identity, client_name, time, policy } kind = Kind::call;
  std::vector<Edit> edits;             // Kind::call: all of them together
  std::string text;                    // in words: "args.amount at most 50000 (50000)"
  std::optional<base::Duration> wait;  // Kind::wait
  std::string value;              // identity, client_name: the name; time: the moment, RFC 3339; policy: what to write
  std::string rule;               // of an allowed call: the rule that would deny it
  Answer answer = Answer::allow;  // what it turns the answer to
};

// What the lock says; digests and what changed are in Facts::lock.
struct ExplainedLock {
  enum class State : std::uint8_t { as_locked, not_compared, changed, added } state = State::as_locked;
  std::string_view key;     // "on_change", "on_new": what rules a call that is not, or may not be, as locked
  std::string_view effect;  // its value
};
const char* lock_word(ExplainedLock::State state);  // "as_locked", "not_compared", "changed", "new"

struct Explanation {
  Answer answer = Answer::allow;
  Verdict verdict;
  std::string reason;   // the record's word: "rule", "limit", "hidden", …; "" if allowed
  std::string rule;     // id of what decided; "" if allowed
  Position position;    // where it stands; line 0: nowhere
  std::string message;  // what the agent is told, without prefix; "" if allowed
  std::optional<base::Duration> retry_after;
  bool as_unknown_tool = false;       // on_hidden: unknown
  std::optional<ExplainedLock> lock;  // of a tool, where the policy has a lock
  Trace trace;
  std::vector<ExplainedCharge> charges;
  std::vector<Change> changes;
};

struct ExplainOptions {
  std::size_t most_changes = 6;  // 0: look for none
  // Sets the store's clock ahead by this much from now (0: back to now), so that waiting can be tried. False: it
  // cannot, and the store answers nothing until it is asked to again. Empty: waiting is not suggested.
  std::function<bool(base::Duration)> travel;
  // Nothing was there to compare with the lock: facts.lock.kind is `same` because what is pinned was taken for the
  // tool.
  bool lock_assumed = false;
};

// `facts.params` holds the arguments, too (params.arguments); facts.counters must not be null, and is asked only.
// The result refers to the snapshot and to what facts refers to.
Explanation explain(const Snapshot& snapshot, const Facts& facts, const ExplainOptions& options);

// How a text is coloured; plain if `colour` is false.
struct ExplainStyle {
  std::string file;  // the policy's name
  bool colour = false;
  bool empty_state = true;  // counters were not read: said beside them
};
// For people, several lines.
std::string explain_text(const Explanation& explanation, const Facts& facts, const ExplainStyle& style);
// Appends one JSON object.
void explain_json(std::string& out, const Explanation& explanation, const Facts& facts, const std::string& file);

}  // namespace policy
