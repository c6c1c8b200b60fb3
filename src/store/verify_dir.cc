// Feeding the logs to a verification.
#include "store/verify_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>

#include "audit/verify.h"
#include "store/audit_dir.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/state_dir.h"

namespace store {
namespace {

constexpr std::size_t chunk = 256 << 10;
constexpr int attempts = 3;
constexpr std::size_t max_anchor = std::size_t{128} << 20;

bool exists(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

std::int64_t directory_time(const std::string& directory) {
  struct stat info{};
  if (::stat(audit_directory(directory).c_str(), &info) != 0) return -1;
  return info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
}

class Reading {
 public:
  Reading(const std::string& directory, audit::Verification& verification)
      : directory_(directory), verification_(verification), buffer_(chunk, '\0') {}

  // The logs of one instance.
  base::Result<void> read(std::span<const LogInfo> logs, bool had_run_file) {
    log_.instance = logs.front().instance;
    // Asked before its files are read: a process that ends meanwhile has written its end by then.
    log_.alive = instance_alive(directory_, log_.instance);
    log_.has_run_file = had_run_file || exists(run_path(directory_, log_.instance));
    if (log_.alive) return read_living();
    for (const LogInfo& info : logs) read_file(open(info.name), info);
    return {};
  }

 private:
  File open(const std::string& name) const {
    return File(open_file(audit_directory(directory_) + "/" + name, O_RDONLY | O_NONBLOCK));
  }

  // It may rotate at any time. The current file is opened first: every file before it has its number by then, and those
  // behind it are not looked at.
  base::Result<void> read_living() {
    LogInfo current;
    current.name = log_name(log_.instance, 0);
    File file = open(current.name);
    struct stat info{};
    const bool is_open = file.get() >= 0 && ::fstat(file.get(), &info) == 0;
    const auto logs = list_logs(directory_);
    if (!logs) return std::unexpected(logs.error());
    for (const LogInfo& log : *logs) {
      if (log.instance != log_.instance || log.number == 0) continue;
      read_file(open(log.name), log);
      if (is_open && log.inode == info.st_ino) return {};  // rotated meanwhile
    }
    if (is_open) read_file(std::move(file), current);
    return {};
  }

  // Up to the size that the file has now: the tail of one that grows is not waited for.
  void read_file(const File file, const LogInfo& info) {
    log_.name = info.name;
    log_.number = info.number;
    if (file.get() < 0) return verification_.unreadable_file(log_, std::strerror(errno));
    struct stat now{};
    if (::fstat(file.get(), &now) != 0) return verification_.unreadable_file(log_, std::strerror(errno));
    auto left = static_cast<std::uint64_t>(now.st_size);
    verification_.begin_file(log_);
    std::string trouble;
    while (left > 0) {
      const ssize_t n = ::read(file.get(), buffer_.data(), std::min<std::uint64_t>(left, buffer_.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) trouble = std::strerror(errno);
      if (n <= 0) break;
      verification_.feed(std::string_view(buffer_).substr(0, static_cast<std::size_t>(n)));
      left -= static_cast<std::uint64_t>(n);
    }
    verification_.end_file();
    if (!trouble.empty()) verification_.unreadable_file(log_, trouble);
  }

  const std::string& directory_;
  audit::Verification& verification_;
  std::string buffer_;
  audit::LogFile log_;
};

base::Result<audit::Report> verify_once(const std::string& directory, const audit::CheckpointKey* key,
                                        const audit::Anchor* anchor, const base::Clock& clock) {
  constexpr std::int64_t millisecond = 1'000'000;  // the records' times are cut to it
  const std::int64_t begun = clock.wall().time_since_epoch().count() / millisecond * millisecond;
  // The run files first: who dies from now on, and is put on record in a log that we have read by then, had one.
  const auto running = list_instances(directory);
  if (!running) return std::unexpected(running.error());
  std::set<std::string_view> had_run_file;
  for (const KnownInstance& known : *running) had_run_file.insert(known.info.instance);
  const auto logs = list_logs(directory);
  if (!logs) return std::unexpected(logs.error());
  audit::Verification verification(key, anchor);
  Reading reading(directory, verification);
  for (std::span<const LogInfo> rest(*logs); !rest.empty();) {
    const std::string& instance = rest.front().instance;
    const auto others = std::ranges::find_if(rest, [&](const LogInfo& l) { return l.instance != instance; });
    const auto count = static_cast<std::size_t>(others - rest.begin());
    if (auto read = reading.read(rest.first(count), had_run_file.contains(instance)); !read)
      return std::unexpected(read.error());
    rest = rest.subspan(count);
  }
  return verification.finish(begun, clock.wall().time_since_epoch().count());
}

}  // namespace

base::Result<audit::Report> verify_logs(const std::string& directory, const audit::CheckpointKey* key,
                                        const audit::Anchor* anchor, const base::Clock& clock) {
  for (int attempt = 1;; ++attempt) {
    const std::int64_t before = directory_time(directory);
    auto report = verify_once(directory, key, anchor, clock);
    // A log was rotated or removed while we read: what seemed to be missing may have been.
    const bool changed = directory_time(directory) != before;
    if (!report || report->ok() || !changed || attempt == attempts) return report;
  }
}

base::Result<audit::Anchor> make_anchor(const std::string& directory, base::WallTime now) {
  const auto logs = list_logs(directory);
  if (!logs) return std::unexpected(logs.error());
  audit::Anchor anchor;
  anchor.time = now.time_since_epoch().count();
  anchor.state = directory;
  for (const LogInfo& log : *logs) {
    const std::string path = audit_directory(directory) + "/" + log.name;
    const File file(open_file(path, O_RDONLY | O_NONBLOCK));
    if (file.get() < 0 && errno == ENOENT) continue;  // rotated or removed meanwhile
    if (file.get() < 0) return fail_errno("cannot open " + path, errno);
    auto end = find_log_end(file.get(), path);
    if (!end) return std::unexpected(end.error());
    if (end->sealed_bytes == 0) continue;
    if (end->number == 0) return base::fail(path + " does not say which file it is; intercept audit verify says more");
    anchor.files.push_back({log.name, log.instance, end->number, end->sealed_bytes, std::move(end->chain)});
  }
  return anchor;
}

base::Result<std::string> read_anchor_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail_errno("cannot open " + path, errno);
  return read_rest(file.get(), max_anchor, path);
}

base::Result<std::optional<audit::CheckpointKey>> load_checkpoint_key(const std::string& directory) {
  auto key = load_key(directory);
  if (!key) return std::unexpected(key.error());
  std::optional<audit::CheckpointKey> made;
  if (*key) made.emplace(**key);
  return made;
}

}  // namespace store
