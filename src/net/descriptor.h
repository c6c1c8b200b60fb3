// A file descriptor that never blocks us, whatever it is (pipe, socket, terminal, file) and whoever shares it.
//
// Setting O_NONBLOCK on a standard descriptor would set it for everyone who shares the description: the shell that
// started us, our siblings. So: a pipe or terminal is opened a second time, which gives
// a description of our own; a socket is used with MSG_DONTWAIT; a regular file needs nothing. Where none of that
// works (no /proc, another user's terminal, a named pipe), O_NONBLOCK is set and taken back at close.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace net {

struct Io {
  enum class Status : std::uint8_t {
    ok,      // `bytes` were moved, at least one
    again,   // nothing now: wait for readiness
    end,     // reading: end of file
    broken,  // the peer is gone or the device failed; see `error`
  };
  Status status = Status::ok;
  std::size_t bytes = 0;
  int error = 0;  // errno
};

class Descriptor {
 public:
  enum class Use : std::uint8_t { read, write };

  Descriptor() = default;
  // Owns `fd`, which is of our own making: sets O_NONBLOCK on it.
  static Descriptor own(int fd);
  // Takes over a descriptor that we were started with, sharing nothing of its mode with others, as said above. The
  // number stays the same. close() puts /dev/null in its place, so that nothing that is opened later gets the number of
  // a standard stream.
  static Descriptor adopt(int fd, Use use);

  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  // One system call (repeated if a signal interrupted it). SIGPIPE must be ignored.
  Io read(std::span<char> into) const;
  Io write(std::string_view data) const;
  // Bytes that can be read now without waiting; 0 where the system cannot tell.
  std::size_t readable() const;
  // The peer sees the end. Gives back what was changed in a shared description. Idempotent.
  void close();

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  Descriptor(int fd, bool socket) : fd_(fd), socket_(socket) {}
  int fd_ = -1;
  bool socket_ = false;
  bool adopted_ = false;
  int restore_flags_ = -1;  // of a description that others share; -1: nothing to take back
};

// Opens /dev/null for each of the three standard descriptors that is closed, so that no other file gets its number.
// Call before anything else opens a file.
void ensure_standard_descriptors();

}  // namespace net
