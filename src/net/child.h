// A server as a child process, in a process group of its own, its standard input and output ours.
//
// What must stay true:
// - Never a shell. Environment, directory and stderr are inherited unless SpawnOptions say otherwise, no other
//   descriptor of ours is.
// - The child's process id stays ours until reap(): it is a zombie at worst, so that a signal to its group never
// reaches
//   a stranger who got the number.
#pragma once
#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/descriptor.h"

namespace net {

struct ExitStatus {
  int code = 0;       // 0-255, or 128 + signal
  int by_signal = 0;  // 0 if it exited
  // "exited with status 3", "was killed by signal 9 (Killed)".
  std::string describe() const;
};

struct SpawnFailure {
  int error = 0;  // errno
  std::string message;
  // What a shell would say: 127 not found, 126 found but not executable, 1 otherwise.
  int exit_status() const;
};

struct SpawnOptions {
  std::vector<std::pair<std::string, std::string>> environment;  // beside ours, or instead of ours of that name
  std::string directory;                                         // where it runs; "": where we do
  bool take_errors = false;                                      // its standard error is ours to read: errors()
};

class Child {
 public:
  // Runs `command` (at least the program, looked up in the PATH that it gets). Signals are what they would be without
  // us: the default, unless they were ignored when we were started; none blocked.
  static std::expected<Child, SpawnFailure> spawn(const std::vector<std::string>& command,
                                                  const SpawnOptions& options = {});

  Child() = default;
  ~Child() = default;  // kills nothing: the owner says when
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  pid_t pid() const { return pid_; }
  Descriptor& input() { return input_; }    // what it reads
  Descriptor& output() { return output_; }  // what it writes
  Descriptor& errors() { return errors_; }  // its standard error; not open unless it was taken

  // How it ended, once it has; does not take the zombie away. Call after SIGCHLD.
  std::optional<ExitStatus> poll_exit();
  // Sends to everyone in its group. False: nobody is there.
  bool signal_group(int signal) const;
  // Takes the zombie away. After this group_lives() tells whether descendants stayed in the group; they keep its
  // number from being given to others.
  void reap();
  bool group_lives() const;

 private:
  pid_t pid_ = -1;
  Descriptor input_, output_, errors_;
};

}  // namespace net
