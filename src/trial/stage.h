// A stage on which messages are played through real sessions, to see what a policy does with them: several sessions and
// identities that share one store of counters and one clock, as the processes of one machine do, and a server that
// answers as it is told. Nothing is simulated but time, randomness and the server: each message goes through
// mediator::Session, and what is seen is read from the record and from what was forwarded and answered.
//
// What must stay true:
// - The same messages give the same decisions, every time and everywhere.
// - Of every message, whatever a caller expects: one that is allowed is forwarded once, after its decision's record;
// one
//   that is refused is not forwarded and is answered once. What breaks this is in Seen::broken.
// - Some ten microseconds a message at most; sessions are kept, and their memory is what is in flight.
// Not thread-safe; any number of stages may be used at once on threads of their own.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/evaluate.h"

namespace trial {

// What came of a message.
enum class Decision : std::uint8_t {
  allow,     // forwarded
  deny,      // refused by the policy
  approval,  // refused until a person approves
  error,     // not understood: a JSON-RPC error
  nothing,   // neither forwarded nor answered
  replay,    // answered with the result of an identical earlier call
};
const char* decision_word(Decision decision);  // "allow"
std::optional<Decision> find_decision(std::string_view word);

// What the played server says to a request that reached it.
enum class Answer : std::uint8_t {
  ok,
  is_error,  // a result with isError
  error,     // a JSON-RPC error
  none,      // nothing, until Stage::finish
};
std::optional<Answer> find_answer(std::string_view word);  // "ok", "isError", "error", "none"

struct SeenFinding {
  std::string rule, message;
};
struct SeenCharge {
  std::string counter, amount;
  std::string max;  // "": only counted
};

struct Seen {
  Decision decision = Decision::nothing;
  bool recorded = false;            // there is a decision on record: the fields up to `charged` are the record's
  std::string id;                   // the decision's
  std::string reason;               // "rule", "limit", "hidden", ...; "" when allowed
  std::string rule;                 // "tools/pay/rules/small"; "(hidden)"; ""
  std::string condition;            // the deciding condition in the policy's words; ""
  std::string message;              // what the sender was told; of a Decision::error the error's message
  std::vector<SeenFinding> shadow;  // what shadow rules would have done
  std::vector<SeenCharge> charged;  // what it was charged
  std::optional<SeenCharge> limit;  // the limit that refused: what the call asked of it
  std::string limit_held;           // what that limit's counter held
  std::optional<std::int64_t> retry_after_ms;  // as the answer says it
  std::string sent;                            // the message
  std::string line;                            // what was forwarded, or else the answer, without line feed; ""
  std::vector<std::string> broken;  // what must not happen and did (above); always empty unless there is a bug
};

struct StageOptions {
  std::string server_name = {};              // --server-name
  std::string tools = "[]";                  // the server's tools: the JSON of a tools/list result's "tools"
  bool initialized = true;                   // notifications/initialized went by in each session
  std::optional<base::WallTime> start = {};  // where the clock begins; default 2027-01-15T08:00:00Z
};

class Stage {
 public:
  // `policy` is in force from the beginning.
  Stage(StageOptions options, std::shared_ptr<const policy::Snapshot> policy);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Who sends the messages that follow; sessions are made when they are first needed. At the beginning: "first" and
  // "local".
  void enter_session(std::string_view name);
  void enter_identity(std::string_view name);

  // Each gives what came of one message, valid until the next call of any of them.
  // A tools/call. `arguments`: JSON text, or "" for none at all.
  const Seen& call(std::string_view name, std::string_view arguments, Answer answer = Answer::ok);
  // A request of the client: the members of a JSON-RPC message without "jsonrpc" and "id", which are the stage's:
  // `"method":"tools/call","params":{…}`.
  const Seen& request(std::string_view members, Answer answer = Answer::ok);
  // The same as a notification: without an id, never answered.
  const Seen& notify(std::string_view members);
  // A line of the client exactly as it is; answered too if it is a request and reaches the server.
  const Seen& client_line(std::string_view line, Answer answer = Answer::ok);
  // What the server sends; `request` with an id of the stage's.
  const Seen& server_request(std::string_view members);
  const Seen& server_line(std::string_view line);

  // The server answers the oldest request of this session that has no answer. False: there is none.
  bool finish(Answer answer);
  // The same for the request with this id (JSON text).
  bool finish(std::string_view id, Answer answer);
  // The names that the client of this session sees in tools/list.
  std::vector<std::string> listed_tools();

  // Time passes: on both clocks, for all sessions.
  void advance(base::Duration time);
  // Until a moment; an error if it is past.
  base::Result<void> advance_to(base::WallTime moment);
  base::WallTime now() const;
  // A new policy for all sessions. Counters go on.
  void reload(std::shared_ptr<const policy::Snapshot> policy);
  // As new: no counter holds anything, no session was there before, the clock stands where it did. Some microseconds.
  void reset();
  // The same; the wall clock stands at `moment`, which may be past.
  void reset(base::WallTime moment);
  // Ends the sessions with this name as a client's end does: what they held is freed, what they counted for themselves
  // is kept. Nothing happens if there is none.
  void end_session(std::string_view name);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trial
