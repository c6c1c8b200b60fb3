// fork without exec: the process runs a dozen system calls and needs no memory of its own.
#include "net/watchdog.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "net/os.h"

namespace net {
namespace {

// The life of the process, all signals blocked. Only async-signal-safe calls: it is a fork.
[[noreturn]] void watch(int fd) {
  setsid();
  os::close_all_but(fd);
  os::set_process_name("intercept-watch");
  if (chdir("/") != 0) _exit(1);
  pid_t guarded[Watchdog::max_groups];
  std::size_t count = 0;
  for (;;) {
    pid_t told = 0;
    const ssize_t n = read(fd, &told, sizeof told);
    if (n == static_cast<ssize_t>(sizeof told)) {
      if (told > 1 && count < Watchdog::max_groups) guarded[count++] = told;
      for (std::size_t i = 0; told < -1 && i < count; ++i) {
        if (guarded[i] == -told) guarded[i--] = guarded[--count];
      }
    } else if (n >= 0 || errno != EINTR) {
      break;
    }
  }
  for (std::size_t i = 0; i < count; ++i) kill(-guarded[i], SIGKILL);
  _exit(0);
}

}  // namespace

base::Result<Watchdog> Watchdog::start() {
  auto pipe = os::make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  // Blocked before the fork: there is no moment at which a signal to our group reaches it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) watch(pipe->read_end);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(pipe->read_end);
  if (pid < 0) {
    close(pipe->write_end);
    return base::fail(std::string("cannot start the watchdog: ") + std::strerror(error));
  }
  return Watchdog(pid, pipe->write_end);
}

Watchdog::Watchdog(Watchdog&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), fd_(std::exchange(other.fd_, -1)) {}

void Watchdog::tell(pid_t number) {
  // Four bytes: a pipe takes them whole. If the watchdog was killed there is nobody to tell.
  [[maybe_unused]] const ssize_t n = write(fd_, &number, sizeof number);
}

void Watchdog::dismiss() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);  // it is our child and not reaped: the number is its own
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  close(fd_);
  pid_ = fd_ = -1;
}

}  // namespace net
