// The system calls themselves.
#include "store/audit_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "store/files.h"

namespace store {
namespace {

template <class Call>
auto again(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

int AuditIo::open(const std::string& path, int flags) { return open_file(path, flags); }

ssize_t AuditIo::write(int fd, std::span<const iovec> parts) {
  if (parts.size() == 1) return again([&] { return ::write(fd, parts[0].iov_base, parts[0].iov_len); });
  return again([&] { return ::writev(fd, parts.data(), static_cast<int>(parts.size())); });
}

int AuditIo::sync(int fd) {
  return again([&] { return ::fdatasync(fd); });
}

int AuditIo::sync_directory(const std::string& path) { return store::sync_directory(path) ? 0 : -1; }

int AuditIo::truncate(int fd, std::uint64_t size) {
  return again([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int AuditIo::rename(const std::string& from, const std::string& to) {
  const int rc = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (rc == 0 || (errno != EINVAL && errno != ENOSYS)) return rc;
  // A file system without it. The names are ours alone, so nobody makes one between these two.
  if (::access(to.c_str(), F_OK) == 0) return errno = EEXIST, -1;
  return ::rename(from.c_str(), to.c_str());
}

int AuditIo::unlink(const std::string& path) { return ::unlink(path.c_str()); }

}  // namespace store
