// One session over stdio: our standard input and output are the client, a child process is the server.
//
// Life: start() runs the server (so that its start overlaps what the caller still has to build), run() drives the
// mediator's session until both are done and nothing of the server's process group is left, and returns the exit
// status. One thread; nothing here decides about a message.
//
// What must stay true:
// - The end of a turn is the desk's (desk.h): nothing is written that is not committed and on record, and the loop
// never
//   waits. While the desk is busy neither side is read.
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

#include "base/clock.h"
#include "mediator/session.h"
#include "proxy/desk.h"

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
};

// Why the server could not be started. The message is for stderr; exit_status is 127 (no such command), 126 (found,
// not executable) or 1 (the system refused).
struct StartFailure {
  std::string message;
  int exit_status = 1;
};

// What a session is driven with. All of it must outlive run().
struct StdioParts {
  mediator::Session& session;
  Desk& desk;  // made with loop() and the session's recorder; nobody else is at it
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

  // The loop that run() turns: for the desk, and timers and descriptors of the caller (watching the policy file). What
  // such a callback wants of the session it does with the desk.
  net::Loop& loop();

 private:
  class Impl;
  explicit StdioSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy
