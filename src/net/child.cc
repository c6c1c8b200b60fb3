// posix_spawn: no copy of our memory, and the child's failure to start is reported here, with its reason.
#include "net/child.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>
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

// The child's ends of its pipes, closed on every way out.
struct ChildEnds {
  int in = -1, out = -1, errors = -1;
  ~ChildEnds() {
    for (const int fd : {in, out, errors})
      if (fd >= 0) close(fd);
  }
};

std::expected<int, SpawnFailure> reading_pipe(Descriptor& ours) {
  auto pipe = os::make_pipe();
  if (!pipe) return std::unexpected(SpawnFailure{errno, pipe.error().message});
  ours = Descriptor::own(pipe->read_end);
  return pipe->write_end;
}

std::optional<SpawnFailure> make_pipes(bool errors, Child& child, ChildEnds& ends) {
  auto in = os::make_pipe();
  if (!in) return SpawnFailure{errno, in.error().message};
  ends.in = in->read_end;
  child.input() = Descriptor::own(in->write_end);
  const auto out = reading_pipe(child.output());
  if (!out) return out.error();
  ends.out = *out;
  if (!errors) return std::nullopt;
  const auto err = reading_pipe(child.errors());
  if (!err) return err.error();
  ends.errors = *err;
  return std::nullopt;
}

// What a child gets: our environment with some of it set anew.
class Environment {
 public:
  explicit Environment(const std::vector<std::pair<std::string, std::string>>& set) {
    if (set.empty()) return;
    for (char** one = environ; *one != nullptr; ++one) {
      const std::string_view text = *one;
      const std::string_view name = text.substr(0, text.find('='));
      if (std::ranges::find(set, name, [](const auto& s) -> std::string_view { return s.first; }) == set.end())
        texts_.emplace_back(text);
    }
    for (const auto& [name, value] : set) {
      texts_.emplace_back(name).append("=").append(value);
      if (name == "PATH") path_ = value;
    }
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* pointers() const { return pointers_.empty() ? environ : pointers_.data(); }

  // posix_spawnp looks in our PATH, not in the child's. "": it is not there.
  std::string find_program(const std::string& name) const {
    if (!path_ || name.contains('/')) return name;
    std::string_view rest = *path_;
    while (!rest.empty()) {
      const std::string_view directory = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
      const std::string candidate = (directory.empty() ? "." : std::string(directory)) + '/' + name;
      if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
  }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
  std::optional<std::string> path_;
};

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

std::expected<Child, SpawnFailure> Child::spawn(const std::vector<std::string>& command, const SpawnOptions& options) {
  if (command.empty() || command[0].empty()) return std::unexpected(SpawnFailure{ENOENT, "no command to run"});
  if (!options.directory.empty() && access(options.directory.c_str(), X_OK) != 0)
    return std::unexpected(SpawnFailure{errno, options.directory + ": " + std::strerror(errno)});
  ChildEnds ends;
  Child child;
  if (auto failure = make_pipes(options.take_errors, child, ends)) return std::unexpected(std::move(*failure));

  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, ends.in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, ends.out, STDOUT_FILENO);
  if (options.take_errors) posix_spawn_file_actions_adddup2(&settings.actions, ends.errors, STDERR_FILENO);
  if (!options.directory.empty()) posix_spawn_file_actions_addchdir_np(&settings.actions, options.directory.c_str());
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  set_signals(settings.attributes);

  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const Environment environment(options.environment);
  const std::string program = environment.find_program(command[0]);
  const int error = posix_spawnp(&child.pid_, program.c_str(), &settings.actions, &settings.attributes, argv.data(),
                                 environment.pointers());
  if (error != 0) return std::unexpected(SpawnFailure{error, describe_failure(command[0], error)});
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

Child& Child::operator=(Child&& other) noexcept {
  pid_ = std::exchange(other.pid_, -1);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  errors_ = std::move(other.errors_);
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
