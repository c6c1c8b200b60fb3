// Reading and writing without blocking; see the header for how each kind of descriptor is kept from it.
#include "net/descriptor.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/os.h"

namespace net {
namespace {

mode_t kind_of(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

Io outcome(ssize_t n, Io::Status at_zero) {
  if (n > 0) return {Io::Status::ok, static_cast<std::size_t>(n), 0};
  if (n == 0) return {at_zero, 0, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Io::Status::again, 0, 0};
  return {Io::Status::broken, 0, errno};
}

template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t n;
  do n = call();
  while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace

Descriptor Descriptor::own(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Descriptor(fd, kind_of(fd) == S_IFSOCK);
}

Descriptor Descriptor::adopt(int fd, Use use) {
  const mode_t kind = kind_of(fd);
  Descriptor d(fd, kind == S_IFSOCK);
  d.adopted_ = true;
  if (fd > STDERR_FILENO) fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (kind == S_IFSOCK || kind == S_IFREG || kind == S_IFBLK || kind == 0) return d;
  if (os::can_reopen(fd)) {
    if (const int ours = os::reopen(fd, use == Use::read); ours >= 0) {
      dup3(ours, fd, O_CLOEXEC);
      ::close(ours);
      return d;
    }
  }
  if (const int flags = fcntl(fd, F_GETFL); flags >= 0 && (flags & O_NONBLOCK) == 0) {
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    d.restore_flags_ = flags;
  }
  return d;
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      socket_(other.socket_),
      adopted_(other.adopted_),
      restore_flags_(std::exchange(other.restore_flags_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  socket_ = other.socket_;
  adopted_ = other.adopted_;
  restore_flags_ = std::exchange(other.restore_flags_, -1);
  return *this;
}

Io Descriptor::read(std::span<char> into) const {
  return outcome(uninterrupted([&] {
                   return socket_ ? recv(fd_, into.data(), into.size(), MSG_DONTWAIT)
                                  : ::read(fd_, into.data(), into.size());
                 }),
                 Io::Status::end);
}

Io Descriptor::write(std::string_view data) const {
  return outcome(uninterrupted([&] {
                   return socket_ ? send(fd_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : ::write(fd_, data.data(), data.size());
                 }),
                 Io::Status::again);
}

std::size_t Descriptor::readable() const {
  int n = 0;
  return fd_ >= 0 && ioctl(fd_, FIONREAD, &n) == 0 && n > 0 ? static_cast<std::size_t>(n) : 0;
}

void Descriptor::close() {
  if (fd_ < 0) return;
  if (restore_flags_ >= 0) fcntl(fd_, F_SETFL, restore_flags_);
  const int fd = std::exchange(fd_, -1);
  if (adopted_) {
    if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
      // A socket may be shared with the process that started us; for the peer, only the last close counts.
      dup3(null, fd, O_CLOEXEC);
      ::close(null);
      return;
    }
  }
  ::close(fd);
}

void ensure_standard_descriptors() {
  int fd = 0;
  do fd = ::open("/dev/null", O_RDWR);  // takes the lowest free number
  while (fd >= 0 && fd <= 2);
  if (fd > 2) ::close(fd);
}

}  // namespace net
