// One session over stdio: our standard input and output are the client, a child process is the server.
//
// Life: start() runs the server (so that its start overlaps what the caller still has to build), run() drives the
// mediator's session until both are done and nothing of the server's process group is left, and returns the exit
// status. One thread; nothing here decides about a message.
//
// What must stay true:
// - A turn's limits are committed and its record appended before anything of that turn is written to either side.
// - The loop never waits: what may (a lock of the store, a disk that is to be synced) is done on a helper thread, which
//   exists from the first such need on, and the session waits for it.
// - Either side may be slow, silent, huge or noisy without harm to the other: reading one side stops while what it
//   would fill is above the high-water mark, and only that.
// - After run() no process that stayed in the server's group is alive; after our own SIGKILL the watchdog sees to it.
// - The end is bounded: client EOF -> 3.5 s, a signal -> 2 s, whatever the server does.
#pragma once
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "limits/store.h"
#include "mediator/session.h"

namespace net {
class Loop;
}

namespace proxy {

struct StdioOptions {
  std::vector<std::string> command;   // at least the program; run without a shell
  int client_in = 0, client_out = 1;  // descriptors of the client; standard input and output but in tests
  std::size_t max_line = 80 << 20;    // bytes of one message, either direction; a longer one is not kept
  std::size_t high_water = 1 << 20;   // bytes waiting for one side, above which what fills them is not read
  // After the client's EOF the server's input is closed; then, if it still lives:
  base::Duration term_after = std::chrono::milliseconds(1800);  // SIGTERM to its group
  base::Duration kill_after = std::chrono::milliseconds(3500);  // SIGKILL to its group
  // After SIGTERM, SIGINT or SIGHUP to us its group gets SIGTERM at once, and SIGKILL after:
  base::Duration signal_kill_after = std::chrono::milliseconds(1500);
  // How long outcome lines may wait for the next append.
  base::Duration lazy_record = std::chrono::milliseconds(100);
};

// Why the server could not be started. The message is for stderr; exit_status is 127 (no such command), 126 (found,
// not executable) or 1 (the system refused).
struct StartFailure {
  std::string message;
  int exit_status = 1;
};

// What a session is driven with. All of it must outlive run().
// `store` and `sink` may be used on a helper thread (one at a time): whatever clocks and files they use must bear that.
struct StdioParts {
  mediator::Session& session;
  limits::Store& store;  // the session's
  audit::Sink& sink;
  audit::Recorder& recorder;
  base::TurnClock& clock;  // what the three were made with; refreshed when a turn begins
  // Shows one note to the user (stderr, by --log-level). Must not block.
  std::function<void(mediator::Level, std::string_view)> note;
  // The line of Recorder::start: goes in front of the first append, so that a session without a record leaves none.
  std::string start_record;
  // Called for SIGHUP: the policy is to be loaded anew. Without it SIGHUP ends the session.
  std::function<void()> hang_up = {};
};

class StdioSession {
 public:
  // Starts the server: own process group, our environment, directory and stderr, none of our other descriptors.
  // Blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD in this thread (they are read by run()) and ignores SIGPIPE.
  // Call with a policy that is loaded: after this the server runs. `clock` must outlive the object.
  static std::expected<StdioSession, StartFailure> start(StdioOptions options, const base::Clock& clock);

  StdioSession(StdioSession&&) noexcept;
  StdioSession& operator=(StdioSession&&) = delete;
  // Kills the server's group if run() was not called or not finished.
  ~StdioSession();

  // Drives the session to its end. Returns the exit status: the server's own (128+signal), or 128+signal if a signal
  // to us ended the session. Call once.
  int run(StdioParts parts);

  // The loop that run() turns: for timers and descriptors of the caller (watching the policy file).
  net::Loop& loop();
  // For such callbacks: does `work`, which may use the session (on_policy) and its output, now or as soon as nothing of
  // the session is with the helper thread. What it put out is recorded and written at the end of the turn.
  void with_session(std::function<void()> work);

 private:
  class Impl;
  explicit StdioSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy
