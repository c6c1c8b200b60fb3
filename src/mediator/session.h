// The state machine of one session between one client and one server: messages in, actions out. It knows no socket,
// thread, file or clock of its own, so that every branch can be tested and fuzzed.
//
// What must stay true:
// - Nothing is written to `to_server` that was not read strictly, ruled and written by our own writer.
// - A decision's record is in `record` before its message is in `to_server` (or, for what the server asks,
// `to_client`).
// - Every request of the client gets exactly one answer or none if it was cancelled; never silence, never two.
// - Ids are never changed. Both directions have their own ids.
// - Memory is bounded by what is in flight.
//
// The driver works in turns:
//   s.on_client(line); s.on_client(line); ...     any number of inputs
//   if (!store.commit()) s.store_failed(why);                               then
//   if (!sink.append(out.record_lazy + out.record)) s.record_failed(why);   before anything is written
//   write out.to_server, write out.to_client; show out.notes; s.end_turn();
// `record_lazy` alone (outcomes) may wait for the next append, at most 100 ms; the driver then leaves it in place.
// An input that needs the limits' store gives false if the store would have to wait: nothing was done; the driver calls
// store.prepare() where waiting is allowed and gives the same input again, before any later one of that side.
// Single-threaded: one session, one thread at a time.
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
#include "policy/evaluate.h"

namespace mediator {

struct Config {
  std::string server_name;  // --server-name or the command's base name: for facts and records
  std::string identity;
  std::string session;   // this session's id (random)
  std::string instance;  // prefix of decision ids
  json::Budget client_budget, server_budget;
  std::size_t max_in_flight = 10'000;  // requests of the client that are not answered
  bool record_fail_open = false;       // --audit-fail-mode open
  bool state_fail_open = false;        // --state-fail-mode open: what cannot be counted passes uncounted
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

  // One framed message, without its line end; may have CR or white space around it. Blank lines are ignored.
  [[nodiscard]] bool on_client(std::string_view line);
  [[nodiscard]] bool on_server(std::string_view line);
  // A message longer than the transport's limit; `prefix` is its beginning (at least 4 KiB of it), the rest is gone.
  void on_client_oversized(std::string_view prefix, std::size_t limit);
  [[nodiscard]] bool on_server_oversized(std::string_view prefix, std::size_t limit);
  // The server is gone (its output is delivered). `written`: bytes of all to_server output so far that were written
  // to it; calls that begin after that were not delivered. Each request in flight is answered with an error; later
  // ones too. What is said to come from it later is ignored. `how`: "exited with status 1", "was killed by signal 9".
  void on_server_gone(std::string_view how, std::uint64_t written);
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
  Counts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mediator
