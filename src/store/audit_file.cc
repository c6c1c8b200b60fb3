// Files of the state directory. What must stay true:
//  - Nothing is created before it is needed; directories are 0700, files 0600, and links are not followed at the end
//    of a path.
//  - A line is in the file whole or not at all: what a full disk cut is taken back, and where even that failed (or a
//    crash cut it) the next open ends the torn line, so that it spoils no other.
#include "store/audit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

namespace store {
namespace {

constexpr std::size_t key_bytes = 32;

std::unexpected<base::Error> fail_errno(const std::string& what, int error) {
  return base::fail(what + ": " + std::strerror(error));
}

// Closes at the end of its life.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int open_file(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Writes all; `written` says how far it came. Returns 0 or errno.
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

// mkdir -p, 0700 for what is new.
base::Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("cannot create " + part, errno);
    if (slash == std::string::npos) return {};
  }
}

// A regular file of ours that nobody else may read or write.
base::Result<void> check_private(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno("cannot look at " + path, errno);
  if (!S_ISREG(info.st_mode)) return base::fail(path + " is not a regular file");
  if (info.st_uid != ::geteuid()) return base::fail(path + " belongs to another user");
  if ((info.st_mode & 077) != 0) return base::fail(path + " may be read or written by others; run: chmod 600 " + path);
  return {};
}

// Exactly `size` bytes of the file, or fewer at its end; -1: errno.
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

base::Result<std::string> read_key(int fd, const std::string& path) {
  if (auto checked = check_private(fd, path); !checked) return std::unexpected(checked.error());
  std::array<char, key_bytes + 1> bytes{};
  const ssize_t n = read_up_to(fd, bytes);
  if (n < 0) return fail_errno("cannot read " + path, errno);
  if (n != static_cast<ssize_t>(key_bytes))
    return base::fail(path + " is not a key of 32 bytes; move it away to get a new one");
  return std::string(bytes.data(), key_bytes);
}

// Writes the key to a file of its own and links it to its name: another process sees all of it or nothing, and of two
// that try at once one wins.
base::Result<void> create_key(const std::string& directory, const std::string& path, base::Random& random) {
  if (auto made = make_directories(directory); !made) return made;
  std::string key(key_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(key)));
  const std::string draft = path + "." + base::random_hex(random, 8);
  const File file(open_file(draft, O_WRONLY | O_CREAT | O_EXCL));
  if (file.get() < 0) return fail_errno("cannot create " + draft, errno);
  std::size_t written = 0;
  int error = write_all(file.get(), key, written);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) error = errno;
  ::unlink(draft.c_str());
  if (error != 0) return fail_errno("cannot create " + path, error);
  return {};
}

}  // namespace

base::Result<std::string> default_state_dir(const char* (*environment)(const char*)) {
  const char* state = environment("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/intercept";
  const char* home = environment("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.local/state/intercept";
  return base::fail("neither XDG_STATE_HOME nor HOME is an absolute path; name a directory with --state-dir");
}

base::Result<void> check_state_dir(const std::string& directory) {
  if (directory.empty()) return base::fail("the state directory's name is empty; name one with --state-dir");
  std::string path = directory;
  struct stat info{};
  while (::stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return fail_errno("cannot use " + directory, errno);
    const std::size_t slash = path.find_last_of('/');
    path = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  }
  if (!S_ISDIR(info.st_mode)) return base::fail(path + " is not a directory");
  if (::access(path.c_str(), W_OK | X_OK) != 0) return fail_errno("cannot write to " + path, errno);
  if (path != directory) return {};
  if (info.st_uid != ::geteuid()) return base::fail(directory + " belongs to another user");
  if ((info.st_mode & 022) != 0)
    return base::fail(directory + " may be written by others; run: chmod 700 " + directory);
  return {};
}

base::Result<std::string> load_or_create_key(const std::string& directory, base::Random& random) {
  const std::string path = directory + "/key";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const File file(open_file(path, O_RDONLY | O_NONBLOCK));
    if (file.get() >= 0) return read_key(file.get(), path);
    if (errno == ELOOP) return base::fail(path + " is a symbolic link");
    if (errno != ENOENT) return fail_errno("cannot open " + path, errno);
    if (auto created = create_key(directory, path, random); !created) return std::unexpected(created.error());
  }
  return base::fail(path + " vanished while it was created");
}

AuditFile::AuditFile(std::string directory, std::string instance)
    : directory_(std::move(directory)), instance_(std::move(instance)) {}

AuditFile::~AuditFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string AuditFile::path() const { return directory_ + "/audit/" + instance_ + ".jsonl"; }

base::Result<void> AuditFile::open() {
  if (auto made = make_directories(directory_ + "/audit"); !made) return made;
  const std::string name = path();
  File file(open_file(name, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK));
  if (file.get() < 0) return fail_errno("cannot open " + name, errno);
  if (auto checked = check_private(file.get(), name); !checked) return checked;
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return fail_errno("cannot look at " + name, errno);
  char last = '\n';
  if (info.st_size > 0 && ::pread(file.get(), &last, 1, info.st_size - 1) != 1)
    return fail_errno("cannot read " + name, errno);
  std::size_t written = 0;
  if (last != '\n') {
    if (const int error = write_all(file.get(), "\n", written); error != 0)
      return fail_errno("cannot write " + name, error);
  }
  fd_ = file.release();
  return {};
}

base::Result<void> AuditFile::append(std::string_view lines) {
  if (lines.empty()) return {};
  if (fd_ < 0) {
    if (auto opened = open(); !opened) return opened;
  }
  std::size_t written = 0;
  const int error = write_all(fd_, lines, written);
  if (error == 0) return {};
  // Only this process writes to the file, so what it just wrote is the end.
  struct stat info{};
  const bool taken_back =
      written == 0 || (::fstat(fd_, &info) == 0 && ::ftruncate(fd_, info.st_size - static_cast<off_t>(written)) == 0);
  if (!taken_back) {  // the next open ends the torn line
    ::close(fd_);
    fd_ = -1;
  }
  return fail_errno("cannot write " + path(), error);
}

}  // namespace store
