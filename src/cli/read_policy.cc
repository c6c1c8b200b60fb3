// Opens without blocking, looks at what was opened (not at a name that may change), reads at most 8 MiB, and looks once
// more: what was replaced or written meanwhile is read again.
#include "cli/read_policy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "cli/read_input.h"

namespace cli {
namespace {

constexpr std::size_t max_bytes = std::size_t{8} << 20;
constexpr std::string_view standard_input = "-";

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
      return "does not exist; check its path";
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

// All of the file, of which `expected` bytes were there a moment ago.
base::Result<std::string> read_text(int fd, std::size_t expected, const std::string& path) {
  std::string text;
  text.reserve(expected + 65'536);
  for (;;) {
    const std::size_t have = text.size();
    text.resize(have + 65'536);
    const ssize_t got = ::read(fd, text.data() + have, 65'536);
    if (got < 0 && errno == EINTR) {
      text.resize(have);
      continue;
    }
    if (got < 0) return fail(path, std::string("cannot be read: ") + std::strerror(errno));
    text.resize(have + static_cast<std::size_t>(got));
    if (text.size() > max_bytes) return fail(path, "is larger than 8 MiB");
    if (got == 0) return text;
  }
}

bool is_named(const std::string& path, const struct stat& info) {
  struct stat named{};
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == info.st_dev && named.st_ino == info.st_ino;
}

// Nothing: the file changed meanwhile.
base::Result<std::optional<PolicyFile>> read_once(const std::string& path, Untrusted untrusted,
                                                  store::Environment environment) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.fd < 0) return fail(path, open_problem(errno));
  struct stat info{}, after{};
  if (::fstat(file.fd, &info) != 0) return fail(path, std::string("cannot be examined: ") + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return fail(path, "is a directory; name the file in it");
  if (!S_ISREG(info.st_mode))
    return fail(path, "is a pipe or a device; a policy is an ordinary file (where a command reads standard input: -)");
  if (static_cast<std::size_t>(info.st_size) > max_bytes) return fail(path, "is larger than 8 MiB");
  PolicyFile policy;
  policy.identity = net::identity_of(info);
  if (const auto trusted = store::check_trusted(file.fd, path, "policy file", environment); !trusted) {
    if (!is_named(path, info)) return std::nullopt;
    if (untrusted == Untrusted::refuse) return std::unexpected(trusted.error());
    policy.distrust = trusted.error().message;
  }
  auto text = read_text(file.fd, static_cast<std::size_t>(info.st_size), path);
  if (!text) return std::unexpected(text.error());
  if (::fstat(file.fd, &after) != 0 || net::identity_of(after) != policy.identity) return std::nullopt;
  if (text->empty()) return fail(path, "is empty; the smallest policy is: default: allow");
  policy.text = std::move(*text);
  return policy;
}

}  // namespace

base::Result<PolicyFile> read_policy_file(const std::string& path, Untrusted untrusted,
                                          store::Environment environment) {
  if (path.empty()) return base::fail("no policy file was named; give one with --config FILE");
  if (path.find('\0') != std::string::npos) return fail(path, "cannot be opened: its name holds a NUL byte");
  constexpr int attempts = 3;
  for (int i = 0; i < attempts; ++i) {
    auto attempt = read_once(path, untrusted, environment);
    if (!attempt) return std::unexpected(attempt.error());
    if (*attempt) return std::move(**attempt);
  }
  return fail(path, "is being written or replaced all the time; try again when nobody does");
}

base::Result<PolicyFile> read_policy_input(const std::string& path, store::Environment environment) {
  if (path != standard_input) return read_policy_file(path, Untrusted::report, environment);
  auto text = read_input(path, max_bytes, "the policy");
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return base::fail("there is no policy on standard input");
  PolicyFile policy;
  policy.text = std::move(*text);
  return policy;
}

std::string policy_name(const std::string& path) { return path == standard_input ? "<stdin>" : path; }

}  // namespace cli
