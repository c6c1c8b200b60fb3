// Calls to be tried on a policy, and where they come from: the audit log (what was really asked) and files that people
// write. generate.h makes them. Everything is given one at a time to a CallSink, so that a log of any length costs the
// memory of one line.
// What must stay true: a call that cannot be repeated as it was (its arguments are not on record) is left out and
// counted, never tried with other arguments.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "audit/entry.h"
#include "base/result.h"
#include "json/document.h"

namespace trial {

// What the server answered, for settling what the call was charged.
enum class Answered : std::uint8_t {
  result,
  tool_error,  // a result with isError
  error,       // a JSON-RPC error
  nothing,     // no answer, or none that is known: the charge stays
};
std::optional<Answered> find_answered(std::string_view word);  // "result", "tool_error", "error", "none"

struct Call {
  std::string method = "tools/call";
  std::string params;        // JSON text of an object; "": the message has none
  bool from_server = false;  // the server asks (sampling, elicitation)
  bool notification = false;
  bool fresh = false;                                  // begins with empty counters and no memory of what was before
  std::optional<std::int64_t> time;                    // nanoseconds since 1970; nullopt: when the call before was
  std::string server, identity, session, client_name;  // "": not said
  Answered answer = Answered::result;
  bool answered_later = false;  // by CallSink::answer with this call's origin
  std::string origin;           // "5f0c2a91de-3" (a decision's id), "calls.jsonl:12", "generated:17"
  std::string about;            // of what was generated: why
};

class CallSink {
 public:
  virtual ~CallSink() = default;
  // False: no more is wanted.
  virtual bool call(const Call& call) = 0;
  // A call that was answered_later ends.
  virtual void answer(std::string_view origin, Answered answer, std::int64_t time) {
    static_cast<void>(origin), static_cast<void>(answer), static_cast<void>(time);
  }
  // This session (or its process) is gone, and with it what its calls held.
  virtual void session_ends(std::string_view session) { static_cast<void>(session); }
};

// What could not be repeated.
struct LeftOut {
  std::uint64_t without_arguments = 0;  // recorded with --log-args hash or none
  std::uint64_t redacted = 0;           // with --log-args redacted
  std::uint64_t cut = 0;                // longer than a line that is read whole
  std::uint64_t continuations = 0;      // of input_required calls: part of the call that they continue
  std::uint64_t unreadable = 0;         // lines that are none
  std::uint64_t not_calls = 0;          // of a file: answers
  std::uint64_t total() const { return without_arguments + redacted + cut + continuations + unreadable + not_calls; }
};

// How much of a decision's arguments its line holds.
enum class Kept : std::uint8_t { full, keys, nothing, redacted, cut };

// How arguments were kept, process by process: the log's `start` lines say it. Bounded: 10,000 processes.
class KeptArguments {
 public:
  void see(const audit::Entry& entry);  // every entry, in order
  // Of a decision. Where the start is not known: by what the line looks like.
  Kept of(const audit::Entry& decision) const;
  // The session of a process; "" if its start is not known.
  std::string session_of(std::string_view instance) const;

 private:
  static constexpr std::size_t most = 10'000;
  struct Started {
    std::string log_args, session;
  };
  std::unordered_map<std::string, Started> started_;  // by instance
};

// Calls from the entries of an audit log, in their order, with their outcomes.
class RecordedCalls {
 public:
  explicit RecordedCalls(CallSink& sink) : sink_(sink) {}
  // False: the sink wants no more.
  bool see(const audit::Entry& entry);
  const LeftOut& left_out() const { return left_out_; }
  // Messages that are no tools/call, prompts/get or resource request: the log has no params of them.
  std::uint64_t without_params() const { return without_params_; }

 private:
  static constexpr std::size_t most_open = 8'192;
  bool decision(const audit::Entry& entry);
  void keep_open(std::string_view id);
  CallSink& sink_;
  LeftOut left_out_;
  KeptArguments kept_;
  std::uint64_t without_params_ = 0;
  std::unordered_set<std::string> open_;  // given to the sink and not answered
  std::deque<std::string> order_;
};

// Calls from a file of JSON lines. A line names what is called: {"tool": NAME, "arguments": {…}} ("name" is the same as
// "tool": the params of a tools/call), {"prompt": NAME, "arguments": {…}}, {"resource": URI}, {"method": METHOD,
// "params": {…}}, or a whole JSON-RPC message. "time" (RFC 3339), "identity", "session", "server", "client_name",
// "from" ("client", "server") and "answer" ("result", "tool_error", "error", "none") may stand beside it.
class WrittenCalls {
 public:
  // `file`: for origins.
  WrittenCalls(CallSink& sink, std::string file) : sink_(sink), file_(std::move(file)) {}
  // The next line. The error names the line and what is wrong. False: the sink wants no more.
  base::Result<bool> see(std::string_view line);
  const LeftOut& left_out() const { return left_out_; }

 private:
  base::Result<bool> take(json::Value root);
  base::Result<void> take_subject(json::Value root, Call& call) const;
  base::Result<void> take_side(const json::Member& member, Call& call, bool& is_side) const;
  std::unexpected<base::Error> wrong(const std::string& what) const;
  CallSink& sink_;
  const std::string file_;
  LeftOut left_out_;
  json::Document document_;
  std::uint64_t number_ = 0;
};

}  // namespace trial
