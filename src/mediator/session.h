// The state machine of one session between one client and one server: messages in, actions out. It knows no socket,
// thread, file or clock of its own, so that every branch can be tested and fuzzed.
//
// What must stay true:
// - Nothing is written to `to_server` that was not read strictly, ruled and written by our own writer.
// - A decision's record is in `record` before its message is in `to_server` (or, for what the server asks,
// `to_client`).
// - Every request of the client gets exactly one answer or none if it was cancelled; never silence, never two.
// - Ids are never changed. Both directions have their own ids; the client's count within their scope (line.h).
// - Memory is bounded by what is in flight.
//
// The driver works in turns:
//   s.on_client(line); s.on_client(line); ...     any number of inputs
//   if (!store.commit()) s.store_failed(why);                               then
//   if (!sink.append(out.record_lazy + out.record)) s.record_failed(why);   before anything is written
//   write out.to_server, write out.to_client; show out.notes; s.end_turn();
// `record_lazy` alone (outcomes) may wait for the next append, at most 100 ms: the driver leaves it in place or keeps
// it. An input that needs the limits' store gives false if the store would have to wait: nothing was done; the driver
// calls store.prepare() where waiting is allowed and gives the same input again, before any later one of that side.
// Single-threaded: one session, one thread at a time.
//
// A driver with one pipe a side (stdio) needs nothing of scopes, marks and inboxes, and pays nothing for them. One of
// HTTP says of each input in which scope it came, and sees by Output's marks where each line belongs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "base/random.h"
#include "limits/store.h"
#include "mediator/inbox.h"
#include "mediator/line.h"
#include "policy/evaluate.h"
#include "tools/definition.h"

namespace mediator {

struct Config {
  std::string server_name;  // --server-name or the command's base name: for facts and records
  std::string identity;
  std::string session;  // this session's id (random)
  std::string
      instance;  // prefix of decision ids, of no other session: the process's, or it and a number (SessionMaker)
  json::Budget client_budget, server_budget;
  std::size_t max_in_flight = 10'000;  // requests of the client that are not answered
  bool record_fail_open = false;       // --audit-fail-mode open
  bool state_fail_open = false;        // --state-fail-mode open: what cannot be counted passes uncounted
  bool mark_lines = false;             // keep Output's marks
  // No handshake precedes the requests (2026-07-28, servers without sessions), and many clients may share the session:
  // the server's tools may be asked for at any time, and a client's name is known only of the call that states it.
  bool sessionless = false;
  // The client finds answers by their id alone (stdio): an error of the server that has none, but answers a call
  // (on_status), is given the call's. Otherwise it passes as it came, and its mark says what it answers.
  bool answer_by_id = false;
};

enum class Level : std::uint8_t { debug, info, warn, error };

struct Note {
  Level level;
  std::string text;  // printable, one line
};

// What a turn has produced; all strings are whole lines.
struct Output {
  std::string record;       // must be appended before to_server and to_client are written
  std::string record_lazy;  // older lines, to be appended before `record`
  std::string to_server;
  std::string to_client;
  std::vector<Note> notes;  // for stderr
  // With Config::mark_lines: a mark for each line of to_server and to_client, in their order; else empty.
  std::vector<Line> server_lines, client_lines;
};

struct Counts {
  std::uint64_t calls = 0;  // ruled messages
  std::uint64_t denied = 0;
};

// Whether an operator has stopped everything (intercept pause).
class PauseState {
 public:
  virtual ~PauseState() = default;
  // What ruled messages are refused with, or "". Asked before each of them; valid until it is asked again.
  virtual std::string_view paused() = 0;
};

class Session {
 public:
  // `pause` may be null; all must outlive the session.
  Session(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
          audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy, PauseState* pause = nullptr);
  ~Session();

  // What the marks of the lines that come next are given (Line::tag): the driver's own number for the input that
  // follows. 0 again after end_turn().
  void set_tag(std::uint64_t tag);
  // One framed message, without its line end; may have CR or white space around it. Blank lines are ignored.
  // `scope`: in which it came.
  [[nodiscard]] bool on_client(std::string_view line, Scope scope = 0);
  [[nodiscard]] bool on_server(std::string_view line, Scope scope = 0);
  // The same, of a message that was read already (with client_budget). It must stay as it is during the call only.
  [[nodiscard]] bool on_client(const Inbox& read, Scope scope = 0);
  // A message longer than the transport's limit; `prefix` is its beginning (at least 4 KiB of it), the rest is gone.
  void on_client_oversized(std::string_view prefix, std::size_t limit, Scope scope = 0);
  [[nodiscard]] bool on_server_oversized(std::string_view prefix, std::size_t limit, Scope scope = 0);
  // The driver refuses what was read, because of how it came (header fields that contradict it): a request is answered
  // with the error `code` and `text`, what is no message with the same and id null; a notification or an answer gets
  // nothing. On record a request or notification is a denial with the reason `reason_word` (one of docs/audit.md);
  // anything else is a notice.
  void refuse_client(const Inbox& read, Scope scope, int code, std::string_view reason_word, std::string text);
  // The server is gone (its output is delivered). `written`: bytes of all to_server output so far that were written
  // to it; calls that begin after that were not delivered. Each request in flight is answered with an error; later
  // ones too. What is said to come from it later is ignored. `how`: "exited with status 1", "was killed by signal 9".
  void on_server_gone(std::string_view how, std::uint64_t written);
  // What only HTTP can tell. `id_key`: mcp::Id::key of a request that the server has (or was to have); together with
  // the scope as the marks of server_lines give it. Nothing happens if such a call is not in flight any more.
  //
  // The exchange is over and no answer can come. `delivered`: the server may have seen the request. `how`: a sentence
  // without its end ("the connection to the server was lost", "cannot reach example.test: connection refused"). The
  // call is settled, recorded (undelivered, lost) and answered with an error. A call that was cancelled and delivered
  // keeps its leases, as the server may go on with it, for the rest of its five minutes. The session's own tools/list
  // fails: the calls that wait for it are refused with the reason.
  [[nodiscard]] bool on_unanswered(Scope scope, std::string_view id_key, bool delivered, std::string_view how);
  // The server answered the request with an HTTP status that is an error. Whatever the body is, the call is answered:
  //   the JSON-RPC answer with its id         as with on_server
  //   a JSON-RPC error without an id          with that (Config::answer_by_id), failed, outcome "error" with its code
  //   anything else (HTML, text, nothing)     with an error made here that shows the status and the start of the body,
  //                                           failed, outcome "error"
  [[nodiscard]] bool on_status(Scope scope, std::string_view id_key, unsigned status, std::string_view body);
  // The client has closed the stream on which it waits for this request (2026-07-28): as if it had sent
  // notifications/cancelled. True if the server has the request, or will have it when this turn is written: the driver
  // then closes its exchange and says on_unanswered or, if the server reads a pipe, has said `tell_server`, and
  // notifications/cancelled is in the output, behind the request.
  bool on_client_gone(Scope scope, std::string_view id_key, bool tell_server);
  // The server has forgotten the HTTP session. Each call that it had or that waits is answered with an error, except
  // those of this turn, which it has not seen: the driver sends them when there is a session again (or calls
  // on_unanswered). What the server asked, what it said of its tools and the leases of tasks are forgotten. Unlike
  // after on_server_gone the session stays usable. `how`: "it answered with HTTP 404 (Not Found)".
  void on_session_lost(std::string_view how);
  // The session ends without answers being of use: settles and records what is in flight.
  void on_end(std::uint64_t written);
  // A new policy. Announces a changed tools/list to the client where what it hides changed.
  void on_policy(std::shared_ptr<const policy::Snapshot> policy);
  // Time-outs of the session's own requests. Call at or after deadline().
  [[nodiscard]] bool on_timer();
  std::optional<base::BootTime> deadline() const;

  Output& output();
  // What was reserved in this turn could not be committed: takes what was to be forwarded on the strength of it out of
  // the output again and refuses each request in it. With state_fail_open: only a note.
  void store_failed(std::string_view why);
  // The turn's record could not be written: takes what was to be forwarded because of a decision out of the output
  // again, gives its charges back, and refuses each request in it. With record_fail_open: only a note.
  void record_failed(std::string_view why);
  // The output was written (or queued); clears it, except record_lazy if `keep_lazy`.
  void end_turn(bool keep_lazy = false);

  std::size_t in_flight() const;
  // The server has this request (or is to get it) and has not answered it.
  bool is_waiting(Scope scope, std::string_view id_key) const;
  // Nothing is in flight in either direction, and nothing waits: the session may be ended when it has been so for long.
  bool is_idle() const;
  // The tool's definition if the server's list of tools is known now, and names it; else null. Valid until the next
  // input.
  const tools::Definition* known_tool(std::string_view name);
  Counts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mediator
