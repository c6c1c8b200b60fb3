// Signals as events of the loop. What is watched is blocked in the thread for as long as the object lives, so that
// nothing is lost before the loop runs and no handler interrupts anything.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <csignal>

#include "net/loop.h"

namespace net {

// Blocks `signals` and SIGCHLD and ignores SIGPIPE, from construction to destruction. Of SIGINT and SIGHUP, those that
// are ignored when we start (nohup, background jobs) stay ignored: for us and for the child.
class Signals {
 public:
  Signals(Loop& loop, std::span<const int> signals, std::function<void(int)> callback);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  std::function<void(int)> callback_;
  int fd_ = -1;
  sigset_t before_{};
  struct sigaction child_before_{}, pipe_before_{};
  std::unique_ptr<Watch> watch_;
};

// "SIGTERM", "SIGINT", "SIGHUP"; "signal 10" for others.
std::string signal_name(int signal);

// True if `signal` is ignored in this process.
bool is_ignored(int signal);

}  // namespace net
