// Helpers around system calls; see files.h.
#include "store/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace store {

std::unexpected<base::Error> fail_errno(const std::string& what, int error) {
  return base::fail(what + ": " + std::strerror(error));
}

void File::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

int open_file(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int write_all(int fd, std::string_view bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + written, bytes.size() - written);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (n == 0) return ENOSPC;
    written += static_cast<std::size_t>(n);
  }
  return 0;
}

ssize_t read_up_to(int fd, std::span<char> out) {
  std::size_t n = 0;
  while (n < out.size()) {
    const ssize_t got = ::read(fd, out.data() + n, out.size() - n);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    n += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(n);
}

base::Result<std::string> read_rest(int fd, std::size_t max, const std::string& path) {
  constexpr std::size_t step = 64 << 10;
  std::string bytes;
  for (;;) {
    const std::size_t have = bytes.size();
    bytes.resize(have + step);
    const ssize_t got = read_up_to(fd, std::span(bytes).subspan(have));
    if (got < 0) return fail_errno("cannot read " + path, errno);
    bytes.resize(have + static_cast<std::size_t>(got));
    if (bytes.size() > max) return base::fail(path + " is larger than " + std::to_string(max) + " bytes");
    if (static_cast<std::size_t>(got) < step) return bytes;
  }
}

base::Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("cannot create " + part, errno);
    if (slash == std::string::npos) return {};
  }
}

base::Result<void> check_private_directory(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail_errno("cannot look at " + path, errno);
  if (!S_ISDIR(info.st_mode)) return base::fail(path + " is not a directory");
  if (info.st_uid != ::geteuid()) return base::fail(path + " belongs to another user");
  if ((info.st_mode & 022) != 0)
    return base::fail(path + " may be written by others; run: chmod 700 " + shell_word(path));
  return {};
}

base::Result<void> check_private(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno("cannot look at " + path, errno);
  if (!S_ISREG(info.st_mode)) return base::fail(path + " is not a regular file");
  if (info.st_uid != ::geteuid()) return base::fail(path + " belongs to another user");
  if ((info.st_mode & 077) != 0)
    return base::fail(path + " may be read or written by others; run: chmod 600 " + shell_word(path));
  return {};
}

base::Result<void> replace_file(const std::string& path, std::string_view bytes, base::Random& random) {
  const std::string draft = path + "." + base::random_hex(random, 8);
  const File file(open_file(draft, O_WRONLY | O_CREAT | O_EXCL));
  if (file.get() < 0) return fail_errno("cannot create " + draft, errno);
  std::size_t written = 0;
  int error = write_all(file.get(), bytes, written);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::rename(draft.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(draft.c_str());
  return fail_errno("cannot write " + path, error);
}

base::Result<void> sync_directory(const std::string& path) {
  const File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return fail_errno("cannot open " + path, errno);
  if (::fsync(directory.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    return fail_errno("cannot make " + path + " durable", errno);
  return {};
}

std::string shell_word(std::string_view path) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@%,=";
  const std::string shown = base::printable(path, 4096);
  const std::string guard = shown.starts_with('-') ? "./" : "";
  if (!shown.empty() && shown.find_first_not_of(plain) == std::string::npos) return guard + shown;
  std::string out = guard + "'";
  for (const char c : shown) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace store
