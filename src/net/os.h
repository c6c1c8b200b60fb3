// The seam to the operating system: what POSIX does not have, or has differently everywhere. os_linux.cc implements it;
// another system brings a file of its own with the same functions, and nothing else of this room changes.
//
// What must stay true: only descriptors go through here, no policy; every descriptor made is close-on-exec.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace net::os {

// What somebody wants to know of a descriptor, and what the system says of it.
struct Interest {
  bool read = false;
  bool write = false;
  bool broken = false;  // wants to hear of the peer's going although it neither reads nor writes
  bool any() const { return read || write || broken; }
};
struct Ready {
  void* tag = nullptr;
  bool read = false;
  bool write = false;
  bool broken = false;  // hang-up or error; `read` or `write` is set too where that was asked for
};

// Level-triggered readiness of descriptors.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  // Changes what is asked for `fd`. False: this descriptor is always ready and cannot be waited for (regular files,
  // /dev/null).
  bool set(int fd, void* tag, Interest before, Interest after);
  // Waits until something is ready or `timeout` has passed (none: for ever). The result is valid until the next call.
  std::span<Ready> wait(std::optional<base::Duration> timeout);

 private:
  int fd_ = -1;
  std::vector<Ready> ready_;
};

// Both ends close-on-exec.
struct Pipe {
  int read_end = -1;
  int write_end = -1;
};
base::Result<Pipe> make_pipe();

// True if `fd` may be opened a second time under its own name, with the same effect: an anonymous pipe or a terminal.
// (A regular file would lose its offset, a named pipe its end of file.)
bool can_reopen(int fd);
// A new, non-blocking, close-on-exec description of what `fd` is; -1 where that is not possible.
int reopen(int fd, bool for_reading);

// A descriptor that is readable while one of `signals` (which must be blocked) is pending; -1 on failure.
int signal_descriptor(std::span<const int> signals);
// Takes one signal; nothing if none is pending.
std::optional<int> next_signal(int fd);

// What is freed is kept for what comes next, up to 32 MiB of it.
void keep_freed_memory();
// Gives memory that was freed back to the system.
void release_free_memory();

// For a process that was just forked: closes every descriptor but `keep`.
void close_all_but(int keep);
// For a process that was just forked: its name in process lists.
void set_process_name(const char* name);
// The calling thread's name in lists of threads; at most 15 bytes.
void set_thread_name(const char* name);

// Changes of files and directories. A descriptor that is readable when something happened to what is watched; -1 and
// errno (EMFILE, ENFILE: limits) on failure.
int open_file_events();
// Watches the entries of a directory coming, going and changing their attributes, and the directory itself being moved
// or removed. Links are not followed. The number of the watch (the same again for the same directory); -1 and errno:
// ENOSPC means that the user's limit of watches is reached.
int watch_directory(int fd, const char* path);
// The same for a file's content, attributes and end.
int watch_file(int fd, const char* path);
void unwatch(int fd, int watch);

struct FileEvent {
  int watch = -1;
  bool lost = false;          // events were thrown away: anything may have happened. No watch is named
  bool over = false;          // the watch has ended, because what it watched has, or by unwatch()
  bool of_directory = false;  // `name` is to be looked at: the event is about an entry of a directory
  std::string_view name;
};
// Takes at most a buffer full of events (at least 4 KiB), calls `each` for every one. False: nothing was there.
bool read_file_events(int fd, std::span<char> buffer, const std::function<void(const FileEvent&)>& each);

// The file system of `path` is one that reports all changes to watches. False for those that others may change without
// this system's noticing (network, FUSE), those that never report (/proc), those that we do not know, and on failure.
// May hang where the file system does.
bool reports_changes(const char* path);

}  // namespace net::os
