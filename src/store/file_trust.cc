// The I/O around write_access.h: stat, access control lists, the holding directory, and what the refusal says.
#include "store/file_trust.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "store/files.h"
#include "store/write_access.h"

namespace store {
namespace {

constexpr const char* acl_name = "system.posix_acl_access";
constexpr std::size_t max_acl = 64 << 10;      // XATTR_SIZE_MAX
constexpr std::size_t max_accounts = 4 << 20;  // of /etc/passwd and /etc/group

std::string read_accounts(const char* path) {
  const File file(open_file(path, O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) return "";
  return read_rest(file.get(), max_accounts, path).value_or("");
}

std::string octal(mode_t mode) {
  std::array<char, 8> text;
  static_cast<void>(std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777)));
  return text.data();
}

// `get(buffer, size)` is one of the getxattr family. An error if there may be a list and it cannot be had.
template <class Get>
base::Result<std::string> read_acl(const std::string& name, Get get) {
  const ssize_t size = get(nullptr, 0);
  if (size < 0 && (errno == ENODATA || errno == ENOTSUP)) return "";
  if (size < 0) return fail_errno("cannot read the access control list of " + name, errno);
  std::string bytes(max_acl, '\0');
  const ssize_t n = size == 0 ? 0 : get(bytes.data(), bytes.size());
  if (n < 0 && errno == ENODATA) return "";
  if (n < 0) return fail_errno("cannot read the access control list of " + name, errno);
  bytes.resize(static_cast<std::size_t>(n));
  return bytes;
}

class Look {
 public:
  Look(const std::string& path, const std::string& what, Environment environment)
      : path_(path),
        name_(what + " \"" + base::printable(path, 4096) + "\""),
        trusted_(trusted_users(::geteuid(), environment("SUDO_UID"))) {}

  base::Result<void> file(int fd) {
    struct stat info{};
    if (::fstat(fd, &info) != 0) return fail_errno("cannot look at " + name_, errno);
    if (!S_ISREG(info.st_mode)) return base::fail(name_ + " is not a regular file");
    if (!trusted_.includes(info.st_uid)) return foreign(name_, path_, info);
    const auto acl = read_acl(name_, [&](char* b, std::size_t n) { return ::fgetxattr(fd, acl_name, b, n); });
    if (!acl) return std::unexpected(acl.error());
    const std::string who = writers(info, *acl);
    if (!who.empty()) return base::fail(writable(name_, who, info, *acl, path_));
    return directory(info);
  }

 private:
  // The directory that holds the file after all links.
  base::Result<void> directory(const struct stat& file) {
    std::array<char, PATH_MAX> real;
    if (::realpath(path_.c_str(), real.data()) == nullptr) return moved(errno);
    std::string parent(real.data());
    const std::string last = parent.substr(parent.find_last_of('/') + 1);
    parent.resize(std::max<std::size_t>(parent.find_last_of('/'), 1));
    const File opened(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat found{}, info{};
    struct statvfs system{};
    if (opened.get() < 0 || ::fstatat(opened.get(), last.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
      return moved(errno);
    if (found.st_dev != file.st_dev || found.st_ino != file.st_ino) return moved(ESTALE);
    if (::fstat(opened.get(), &info) != 0 || ::fstatvfs(opened.get(), &system) != 0)
      return fail_errno("cannot look at the directory of " + name_, errno);
    if ((system.f_flag & ST_RDONLY) != 0) return {};
    const std::string name = "the directory \"" + base::printable(parent, 4096) + "\", which holds " + name_ + ",";
    if (!trusted_.includes(info.st_uid)) return foreign(name, parent, info);
    if ((info.st_mode & S_ISVTX) != 0) return {};
    const auto acl = read_acl(name, [&](char* b, std::size_t n) { return ::getxattr(parent.c_str(), acl_name, b, n); });
    if (!acl) return std::unexpected(acl.error());
    const std::string who = writers(info, *acl);
    if (!who.empty()) return base::fail(writable(name, who, info, *acl, parent));
    return {};
  }

  std::string writers(const struct stat& info, const std::string& acl) {
    return other_writers({info.st_mode, info.st_uid, info.st_gid, acl}, trusted_,
                         [this]() -> const Accounts& { return accounts(); });
  }

  const Accounts& accounts() {
    if (!accounts_) accounts_ = {read_accounts("/etc/passwd"), read_accounts("/etc/group")};
    return *accounts_;
  }

  std::unexpected<base::Error> moved(int error) const {
    return base::fail("the name of " + name_ + " leads elsewhere by now (" + std::strerror(error) +
                      "); try again when nobody replaces it");
  }

  std::unexpected<base::Error> foreign(const std::string& name, const std::string& path, const struct stat& info) {
    const std::string self = std::to_string(trusted_.self);
    std::string text = name + " belongs to user " + user_name(info.st_uid, accounts()) + " (mode " +
                       octal(info.st_mode) + "); trusted are root";
    if (trusted_.self != 0) text += " and you (" + self + ")";
    if (trusted_.sudo) text += " and who called sudo (" + std::to_string(*trusted_.sudo) + ")";
    text += "; run: chown " + self + " " + shell_word(path) + (trusted_.self != 0 ? " as root" : "") +
            ", or run intercept as that user";
    return base::fail(std::move(text));
  }

  std::string writable(const std::string& name, const std::string& who, const struct stat& info, const std::string& acl,
                       const std::string& path) {
    return name + " may be written by " + who + " (mode " + octal(info.st_mode) + ", owner " +
           user_name(info.st_uid, accounts()) + ", group " + group_name(info.st_gid, accounts()) +
           "); run: " + (acl.empty() ? "chmod go-w " : "setfacl -b " + shell_word(path) + " && chmod go-w ") +
           shell_word(path);
  }

  const std::string& path_;
  const std::string name_;
  const Trusted trusted_;
  std::optional<Accounts> accounts_;
};

}  // namespace

base::Result<void> check_trusted(int fd, const std::string& path, const std::string& what, Environment environment) {
  return Look(path, what, environment).file(fd);
}

base::Result<void> check_trusted(const std::string& path, const std::string& what, Environment environment) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (fd < 0 && errno == EINTR);
  const File file(fd);
  if (fd < 0) return fail_errno("cannot open " + what + " \"" + base::printable(path, 4096) + "\"", errno);
  return check_trusted(fd, path, what, environment);
}

}  // namespace store
