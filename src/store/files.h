// Small things that every file of ours needs: opening without following a link, writing all of it, replacing it whole,
// and refusing what others may read or write.
//
// What must stay true: directories are made 0700, files 0600, never through a link at the end of a path; nothing waits
// on a pipe; who reads a file reads a bounded part of it. Every error names the file and, where there is one, the
// command that mends it. Everything here blocks.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "base/result.h"

namespace store {

// "what: No such file or directory".
std::unexpected<base::Error> fail_errno(const std::string& what, int error);

// A descriptor that is closed at the end of its owner's life; -1: none.
class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  ~File() { close(); }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  void close();
  int fd_;
};

// open(2) with O_CLOEXEC, O_NOFOLLOW and mode 0600, repeated if a signal interrupts; -1 and errno.
int open_file(const std::string& path, int flags);

// Writes all; `written` says how far it came. Returns 0 or errno.
int write_all(int fd, std::string_view bytes, std::size_t& written);

// Fills `out` from the descriptor's position, less at the end of the file. The number of bytes; -1 and errno.
ssize_t read_up_to(int fd, std::span<char> out);

// All that is left to read. An error if it is more than `max` bytes. `path` for messages.
base::Result<std::string> read_rest(int fd, std::size_t max, const std::string& path);

// mkdir -p, 0700 for what is new.
base::Result<void> make_directories(const std::string& path);

// A directory of ours that nobody else may write to.
base::Result<void> check_private_directory(const std::string& path);

// A regular file of ours that nobody else may read or write.
base::Result<void> check_private(int fd, const std::string& path);

// Replaces the file by one with `bytes`, 0600: whoever opens it sees the old one or the new one, also after a crash
// (fsync, rename). On failure the old one stands and no draft is left. sync_directory() makes the new name durable.
base::Result<void> replace_file(const std::string& path, std::string_view bytes, base::Random& random);

// Makes the names in a directory durable. No error where the file system has no such thing.
base::Result<void> sync_directory(const std::string& path);

// The path as a word of a shell's command line, for "run: chmod …". Control characters are made visible.
std::string shell_word(std::string_view path);

}  // namespace store
