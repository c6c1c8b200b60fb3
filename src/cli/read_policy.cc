// Opens without blocking, looks at what was opened (not at a name that may change), reads at most 8 MiB.
#include "cli/read_policy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace cli {
namespace {

constexpr std::size_t max_bytes = std::size_t{8} << 20;

struct Descriptor {
  int fd;
  explicit Descriptor(int f) : fd(f) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::unexpected<base::Error> fail(const std::string& path, const std::string& what) {
  return base::fail("policy file \"" + base::printable(path, 4096) + "\" " + what);
}

std::string open_problem(int error) {
  switch (error) {
    case ENOENT:
      return "does not exist; give the path of a policy with --config";
    case EACCES:
      return "may not be read by this user; check its permissions and those of its folders";
    case ENOTDIR:
      return "does not exist: a part of its path is not a directory";
    case ELOOP:
      return "cannot be opened: its symbolic links go round in a circle";
    case ENAMETOOLONG:
      return "cannot be opened: the path is too long";
    case ENXIO:
      return "is not an ordinary file";
    default:
      return std::string("cannot be opened: ") + std::strerror(error);
  }
}

}  // namespace

base::Result<std::string> read_policy_file(const std::string& path) {
  if (path.empty()) return base::fail("no policy file was named; give one with --config FILE");
  if (path.find('\0') != std::string::npos) return fail(path, "cannot be opened: its name holds a NUL byte");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.fd < 0) return fail(path, open_problem(errno));
  struct stat info{};
  if (::fstat(file.fd, &info) != 0) return fail(path, std::string("cannot be examined: ") + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return fail(path, "is a directory; name the file in it");
  if (!S_ISREG(info.st_mode)) return fail(path, "is a pipe or a device; a policy is an ordinary file");
  if (static_cast<std::size_t>(info.st_size) > max_bytes) return fail(path, "is larger than 8 MiB");
  std::string text;
  for (;;) {
    const std::size_t have = text.size();
    text.resize(have + 65'536);
    const ssize_t got = ::read(file.fd, text.data() + have, 65'536);
    if (got < 0 && errno == EINTR) {
      text.resize(have);
      continue;
    }
    if (got < 0) return fail(path, std::string("cannot be read: ") + std::strerror(errno));
    text.resize(have + static_cast<std::size_t>(got));
    if (got == 0) break;
    if (text.size() > max_bytes) return fail(path, "is larger than 8 MiB");
  }
  if (text.empty()) return fail(path, "is empty; the smallest policy is: version: \"1\"");
  return text;
}

}  // namespace cli
