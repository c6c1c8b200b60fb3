// See the header. A new file is written under its own name first and then filled in one step, so that nobody reads half
// of it: an empty one is an error wherever it is read.
#include "cli/lock_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/sha256.h"
#include "base/strings.h"
#include "cli/command_table.h"
#include "cli/replace_text.h"
#include "store/file_trust.h"
#include "store/files.h"

namespace cli {
namespace {

std::string named(const std::string& path) { return "lock file \"" + base::printable(path, 4096) + '"'; }

std::unexpected<base::Error> fail(const std::string& path, const std::string& what) {
  return base::fail(named(path) + ' ' + what);
}

}  // namespace

std::string lock_path(const std::string& policy_path, const std::string& file) {
  const std::size_t slash = policy_path.rfind('/');
  if (file.starts_with('/') || slash == std::string::npos) return file;
  return policy_path.substr(0, slash + 1) + file;
}

base::Result<std::optional<LockOnDisk>> read_lock_if_there(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return base::fail("the name of the lock file is empty");
  const store::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  if (file.get() < 0) return fail(path, std::string("cannot be opened: ") + std::strerror(errno));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return fail(path, std::string("cannot be examined: ") + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(path, "is no ordinary file");
  if (const auto trusted = store::check_trusted(file.get(), path, "lock file", environment); !trusted) {
    return std::unexpected(trusted.error());
  }
  auto text = store::read_rest(file.get(), tools::max_lock_bytes, path);
  if (!text) return std::unexpected(text.error());
  auto lock = tools::read_lock(base::printable(path, 4096), *text);
  if (!lock) return std::unexpected(lock.error());
  LockOnDisk out{std::move(*lock), std::move(*text), {}, net::identity_of(info)};
  out.digest = "sha256:" + base::to_hex(base::sha256(out.text));
  return out;
}

base::Result<LockOnDisk> read_lock_file(const std::string& path) {
  auto read = read_lock_if_there(path);
  if (!read) return std::unexpected(read.error());
  if (!*read) return fail(path, "does not exist; `intercept lock --lock FILE -- COMMAND` makes it");
  return std::move(**read);
}

base::Result<std::shared_ptr<const tools::LockedServer>> locked_server(const std::string& path, const LockOnDisk& lock,
                                                                       const std::string& server) {
  const auto& servers = lock.lock.servers;
  const bool is_only = server.empty() && servers.size() == 1;
  if (const tools::LockedServer* found = is_only ? &servers[0] : lock.lock.find(server)) {
    return std::make_shared<const tools::LockedServer>(*found);
  }
  std::string names;
  for (const tools::LockedServer& s : servers) {
    names += (names.empty() ? " (it has: " : ", ") + base::printable(s.name, 80);
  }
  if (server.empty() && !servers.empty())
    return fail(path, "has several servers" + names + "); say which one this is with --server-name");
  return fail(path, "has no server \"" + base::printable(server, 80) + '"' + names + (names.empty() ? "" : ")") +
                        "; lock it with `intercept lock`, or say which one this is with --server-name");
}

base::Result<void> write_lock_file(const std::string& path, const std::optional<LockOnDisk>& before,
                                   const tools::LockFile& lock) {
  const std::string text = tools::write_lock(lock);
  if (const auto read = tools::read_lock(path, text); !read) return std::unexpected(read.error());
  if (before) return replace_text(path, before->text, text);
  const store::File made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (made.get() < 0) return fail(path, std::string("cannot be made: ") + std::strerror(errno));
  auto replaced = replace_text(path, "", text);
  if (!replaced) ::unlink(path.c_str());
  return replaced;
}

}  // namespace cli
