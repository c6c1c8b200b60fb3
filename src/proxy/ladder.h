// How a session ends: when the server is asked to go, when it is killed, when it counts as gone, when we stop waiting.
// Pure: it is told what happened and when, and says what is due. The driver does it.
//
//   client EOF             -> (the driver closes the server's input) -> 1.8 s SIGTERM -> 3.5 s SIGKILL
//   signal to us           -> SIGTERM at once -> 1.5 s SIGKILL; a second signal: SIGKILL at once
//   server exits           -> gone when its output has ended, or when what it left in the pipe was read and a
//                             descendant that holds the pipe has been silent for 250 ms (at most 2 s of its talk)
//   output or input closed -> gone after half a second without an exit, then SIGTERM, 1.5 s SIGKILL
//
// What must stay true: each way ends, whatever the server does; nothing it wrote before its end is cut off while the
// client reads.
#pragma once
#include <optional>

#include "base/clock.h"

namespace proxy {

struct LadderTimes {
  base::Duration term_after = std::chrono::milliseconds(1800);         // after the client's EOF
  base::Duration kill_after = std::chrono::milliseconds(3500);         // after the client's EOF
  base::Duration signal_kill_after = std::chrono::milliseconds(1500);  // after a signal, or after it was given up
  base::Duration exit_grace = std::chrono::milliseconds(500);          // from closed output or input to the exit
  base::Duration silence = std::chrono::milliseconds(250);             // of descendants that hold the output
  base::Duration drain_limit = std::chrono::seconds(2);                // of descendants that do not stop talking
  base::Duration last_wait = std::chrono::milliseconds(300);           // after SIGKILL
};

class Ladder {
 public:
  enum class Step {
    gone,       // nothing more will come of the server: answer what is in flight
    terminate,  // SIGTERM to its group
    kill,       // SIGKILL to its group
    give_up,    // end now, whatever is still open
  };

  explicit Ladder(const LadderTimes& times) : times_(times) {}

  void client_closed(base::BootTime now);
  void signalled(base::BootTime now);
  void exited(base::BootTime now);
  void output_ended(base::BootTime now);
  void input_broken(base::BootTime now);
  // Something was read of the server's output (matters after its exit only).
  void output(base::BootTime now);
  // All that the server itself left in the pipe when it exited was read.
  void leftover_read(base::BootTime now);
  // Its output is not being read, because the client is slow: that is no silence.
  void output_paused(bool paused, base::BootTime now);

  // What is due at `now`, each step once, or nothing. Call until nothing is due.
  std::optional<Step> due(base::BootTime now);
  // When to ask again.
  std::optional<base::BootTime> deadline() const;
  // The latest moment at which a group that was signalled may live.
  std::optional<base::BootTime> kill_at() const;

 private:
  std::optional<base::BootTime> gone_at() const;
  std::optional<base::BootTime> terminate_at() const;
  std::optional<base::BootTime> give_up_at() const;

  LadderTimes times_;
  std::optional<base::BootTime> client_closed_, signalled_, second_signal_, exited_, output_ended_, input_broken_,
      leftover_read_, gone_;
  base::BootTime last_output_{};
  bool paused_ = false;
  bool terminated_ = false, killed_ = false, gave_up_ = false;
};

}  // namespace proxy
