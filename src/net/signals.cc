// A descriptor for signals (os.h) on the loop.
#include "net/signals.h"

#include <unistd.h>

#include <cassert>
#include <vector>

#include "net/os.h"

namespace net {

bool is_ignored(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_IGN;
}

Signals::Signals(Loop& loop, std::span<const int> signals, std::function<void(int)> callback)
    : callback_(std::move(callback)) {
  sigset_t set;
  sigemptyset(&set);
  std::vector<int> watched{SIGCHLD};
  for (const int s : signals) {
    if (!is_ignored(s)) watched.push_back(s);
  }
  for (const int s : watched) sigaddset(&set, s);
  pthread_sigmask(SIG_BLOCK, &set, &before_);

  struct sigaction action{};
  action.sa_handler = SIG_DFL;  // whoever started us may have ignored it: then children would vanish unseen
  sigaction(SIGCHLD, &action, &child_before_);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &pipe_before_);

  fd_ = os::signal_descriptor(watched);
  assert(fd_ >= 0);
  watch_ = std::make_unique<Watch>(loop, fd_, [this](Watch::Ready) {
    while (const auto s = os::next_signal(fd_)) callback_(*s);
  });
  watch_->set(true, false);
}

Signals::~Signals() {
  watch_.reset();
  close(fd_);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigaction(SIGCHLD, &child_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    default:
      return "signal " + std::to_string(signal);
  }
}

}  // namespace net
