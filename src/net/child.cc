// posix_spawn: no copy of our memory, and the child's failure to start is reported here, with its reason.
#include "net/child.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "net/os.h"
#include "net/signals.h"

extern char** environ;  // NOLINT: POSIX names it so

namespace net {
namespace {

// posix_spawn's two objects, freed on every way out.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

void set_signals(posix_spawnattr_t& attributes) {
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  // SIGPIPE and SIGCHLD are ours to set back; what else is ignored, was when we were started (nohup).
  for (int s = 1; s < NSIG; ++s) {
    if (s == SIGPIPE || s == SIGCHLD || !is_ignored(s)) sigaddset(&defaults, s);
  }
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
}

std::string describe_failure(const std::string& program, int error) {
  if (error == ENOENT && program.find('/') == std::string::npos) return program + ": command not found";
  if (error == ENOEXEC) return program + ": not an executable file (a script needs a #! line)";
  return program + ": " + std::strerror(error);
}

}  // namespace

std::string ExitStatus::describe() const {
  if (by_signal == 0) return "exited with status " + std::to_string(code);
  const char* name = strsignal(by_signal);
  return "was killed by signal " + std::to_string(by_signal) + " (" + (name != nullptr ? name : "unknown") + ")";
}

int SpawnFailure::exit_status() const {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return 127;
    case EACCES:
    case EPERM:
    case ENOEXEC:
    case EISDIR:
    case ELOOP:
      return 126;
    default:
      return 1;
  }
}

std::expected<Child, SpawnFailure> Child::spawn(const std::vector<std::string>& command) {
  if (command.empty() || command[0].empty()) return std::unexpected(SpawnFailure{ENOENT, "no command to run"});
  auto in = os::make_pipe();
  if (!in) return std::unexpected(SpawnFailure{errno, in.error().message});
  Child child;
  child.input_ = Descriptor::own(in->write_end);
  auto out = os::make_pipe();
  if (!out) {
    const SpawnFailure failure{errno, out.error().message};
    close(in->read_end);
    return std::unexpected(failure);
  }
  child.output_ = Descriptor::own(out->read_end);

  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, in->read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, out->write_end, STDOUT_FILENO);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  set_signals(settings.attributes);

  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int error = posix_spawnp(&child.pid_, argv[0], &settings.actions, &settings.attributes, argv.data(), environ);
  close(in->read_end);
  close(out->write_end);
  if (error != 0) return std::unexpected(SpawnFailure{error, describe_failure(command[0], error)});
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), input_(std::move(other.input_)), output_(std::move(other.output_)) {}

Child& Child::operator=(Child&& other) noexcept {
  pid_ = std::exchange(other.pid_, -1);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  return *this;
}

std::optional<ExitStatus> Child::poll_exit() {
  siginfo_t info{};
  if (pid_ <= 0 || waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return std::nullopt;
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return ExitStatus{info.si_status & 0xff, 0};
  return ExitStatus{128 + info.si_status, info.si_status};
}

bool Child::signal_group(int signal) const { return pid_ > 0 && kill(-pid_, signal) == 0; }

void Child::reap() {
  if (pid_ > 0) waitpid(pid_, nullptr, WNOHANG);
}

bool Child::group_lives() const { return signal_group(0); }

}  // namespace net
