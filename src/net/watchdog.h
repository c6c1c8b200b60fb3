// A tiny process that outlives us: when we die without a farewell (SIGKILL, a crash, the OOM killer), it sends SIGKILL
// to the server's process group, so that no server is left behind without its firewall.
//
// How: it holds the reading end of a pipe whose writing end only we hold. End of file means that we are gone.
//
// What must stay true:
// - It holds nothing else of ours: every other descriptor is closed, or the client would never see our end.
// - It is in a session of its own and blocks every signal: a kill of our process group does not reach it.
// - It never signals a group that we have seen the end of: we dismiss it before the group's number is given up.
#pragma once
#include <sys/types.h>

#include <cstddef>

#include "base/result.h"

namespace net {

class Watchdog {
 public:
  // Starts the process, guarding nothing yet. Best called while little memory is in use: it is a copy of us.
  static base::Result<Watchdog> start();

  Watchdog(Watchdog&& other) noexcept;
  Watchdog& operator=(Watchdog&&) = delete;
  ~Watchdog() { dismiss(); }

  // Groups that can be guarded at one time; more are not.
  static constexpr std::size_t max_groups = 4096;

  // From now on the group `pgid` is killed if we die.
  void guard(pid_t pgid) { tell(pgid); }
  // No longer: call before its number is given up (Child::reap).
  void forget(pid_t pgid) { tell(-pgid); }
  // Ends the process and takes its zombie away. Idempotent.
  void dismiss();
  pid_t pid() const { return pid_; }

 private:
  void tell(pid_t number);
  Watchdog(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  pid_t pid_;
  int fd_;  // the writing end
};

}  // namespace net
