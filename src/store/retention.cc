// Dead instances and old logs.
#include "store/retention.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/strings.h"
#include "json/writer.h"
#include "store/audit_dir.h"
#include "store/files.h"
#include "store/instance.h"

namespace store {
namespace {

constexpr std::size_t most_dead = 100;
constexpr std::size_t most_per_event = 1'000;
constexpr std::int64_t scan_every = 3'600'000'000'000;
constexpr std::int64_t longest_pause = std::int64_t{720} * scan_every;
constexpr std::int64_t draft_age = 3'600'000'000'000;
constexpr std::string_view run_suffix = ".json";
constexpr std::int64_t second = 1'000'000'000;

std::int64_t modified(const struct stat& info) { return info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec; }

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

base::Result<Directory> open_directory(const std::string& path) {
  Directory dir(::opendir(path.c_str()), ::closedir);
  if (dir == nullptr && errno != ENOENT) return fail_errno("cannot read " + path, errno);
  return dir;
}

// "<instance>.json.<random>": what a process left that died while it made its run file.
bool is_draft(std::string_view name) {
  constexpr std::size_t instance = 10;
  return name.size() > instance && is_instance_name(name.substr(0, instance)) &&
         name.substr(instance).starts_with(".json.");
}

// The last file of an instance that has anything in it; if all are empty, its current one.
struct LastLog {
  std::string name;
  std::uint64_t number = 0, bytes = 0;  // what its name says; its size
};

// Locked until it is on record.
struct Dead {
  std::string instance;
  DeadInstance lock;
  LastLog current, numbered;
  const LastLog& last() const { return current.bytes == 0 && !numbered.name.empty() ? numbered : current; }
};

void remove_old_draft(int dir, const char* name, base::WallTime now) {
  struct stat info{};
  if (::fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (now.time_since_epoch().count() - modified(info) > draft_age) ::unlinkat(dir, name, 0);
}

base::Result<std::vector<Dead>> find_dead(const std::string& directory, std::string_view own, base::WallTime now) {
  std::vector<Dead> found;
  auto dir = open_directory(run_directory(directory));
  if (!dir) return std::unexpected(dir.error());
  while (*dir != nullptr && found.size() < most_dead) {
    const dirent* entry = ::readdir(dir->get());  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (entry == nullptr) break;
    std::string_view name = entry->d_name;
    if (is_draft(name)) remove_old_draft(::dirfd(dir->get()), entry->d_name, now);
    if (!name.ends_with(run_suffix)) continue;
    name.remove_suffix(run_suffix.size());
    if (!is_instance_name(name) || name == own) continue;
    DeadInstance lock(directory, name);
    if (lock.held()) found.push_back({std::string(name), std::move(lock), {}, {}});
  }
  std::ranges::sort(found, {}, &Dead::instance);
  return found;
}

// Their logs, with one look through the directory. `dead`: sorted by instance.
base::Result<void> find_logs(const std::string& directory, std::vector<Dead>& dead) {
  auto dir = open_directory(audit_directory(directory));
  if (!dir) return std::unexpected(dir.error());
  if (*dir == nullptr) return {};
  while (const dirent* entry = ::readdir(dir->get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    const auto name = parse_log_name(entry->d_name);
    if (!name) continue;
    const auto it = std::ranges::lower_bound(dead, name->instance, {}, &Dead::instance);
    if (it == dead.end() || it->instance != name->instance) continue;
    struct stat info{};
    if (::fstatat(::dirfd(dir->get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
      continue;
    const LastLog log{entry->d_name, name->number, static_cast<std::uint64_t>(info.st_size)};
    if (name->number == 0) {
      it->current = log;
    } else if (name->number > it->numbered.number) {
      it->numbered = log;
    }
  }
  return {};
}

base::Result<void> record_one(const std::string& directory, const Dead& dead, const AppendEvent& append) {
  using audit::Field;
  std::vector<Field> fields{Field::word_of("dead", dead.instance)};
  const LastLog& last = dead.last();
  LogEnd end;
  if (!last.name.empty()) {
    auto found = find_log_end(audit_directory(directory) + "/" + last.name);
    if (!found) return std::unexpected(found.error());
    end = std::move(*found);
    fields.push_back(Field::word_of("log", last.name));
    fields.push_back(Field::number_of("number", static_cast<std::int64_t>(end.number)));
  }
  fields.push_back(Field::number_of("bytes", static_cast<std::int64_t>(end.complete_bytes)));
  fields.push_back(Field::word_of("end_chain", end.chain));
  auto done = append("found_dead", fields);
  // What it may have left when it died between two files.
  if (done) ::unlink((audit_directory(directory) + "/" + next_log_draft(dead.instance, end.number + 1)).c_str());
  return done;
}

// A log that may go.
struct OldLog {
  std::string name, instance;
  std::uint64_t number = 0, bytes = 0;
  std::int64_t modified = 0;
  bool operator<(const OldLog& o) const { return modified < o.modified; }  // a heap's top is the youngest
};

struct OldLogs {
  std::vector<OldLog> oldest;  // a heap of at most most_per_event
  std::uint64_t all_bytes = 0;

  void add(OldLog log) {
    oldest.push_back(std::move(log));
    std::ranges::push_heap(oldest.begin(), oldest.end(), std::less<>());
    if (oldest.size() <= most_per_event) return;
    std::ranges::pop_heap(oldest.begin(), oldest.end(), std::less<>());
    oldest.pop_back();
  }
};

// Who may look through the directory: one process an hour. The file's time says when somebody did. Logs go only if the
// clock stood about here an hour ago already: one that jumps ahead for a while must not cost everything.
bool take_turn(const std::string& directory, base::WallTime now) {
  const std::string path = run_directory(directory) + "/retention";
  const std::int64_t time = now.time_since_epoch().count();
  struct stat info{};
  const bool known = ::stat(path.c_str(), &info) == 0;
  const std::int64_t since = known ? time - modified(info) : -1;
  if (since >= 0 && since < scan_every) return false;
  const File file(open_file(path, O_RDWR | O_CREAT | O_NONBLOCK));
  const std::array<timespec, 2> times{{{time / second, time % second}, {time / second, time % second}}};
  return file.get() >= 0 && ::futimens(file.get(), times.data()) == 0 && since >= 0 && since <= longest_pause;
}

// Finished files, and current ones of instances without a run file: those ended, or were put on record as dead.
bool may_go(const std::string& directory, const LogName& name, std::string_view own) {
  if (name.instance == own) return name.number != 0;
  if (name.number != 0) return true;
  struct stat info{};
  return ::lstat(run_path(directory, name.instance).c_str(), &info) != 0 && errno == ENOENT;
}

base::Result<OldLogs> find_old(const std::string& directory, std::string_view own, const KeepOptions& keep,
                               std::int64_t old) {
  OldLogs logs;
  auto dir = open_directory(audit_directory(directory));
  if (!dir) return std::unexpected(dir.error());
  if (*dir == nullptr) return logs;
  while (const dirent* entry = ::readdir(dir->get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    auto name = parse_log_name(entry->d_name);
    struct stat info{};
    if (!name || ::fstatat(::dirfd(dir->get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(info.st_mode)) continue;
    logs.all_bytes += static_cast<std::uint64_t>(info.st_size);
    if (!keep.bytes && modified(info) >= old) continue;
    if (!may_go(directory, *name, own)) continue;
    logs.add({entry->d_name, std::move(name->instance), name->number, static_cast<std::uint64_t>(info.st_size),
              modified(info)});
  }
  std::ranges::sort(logs.oldest, std::less<>());
  return logs;
}

// One member of "removed". Empty if the log is gone.
std::string removed_text(const std::string& directory, const OldLog& log) {
  std::string out;
  const auto end = find_log_end(audit_directory(directory) + "/" + log.name);
  if (!end) return out;
  json::Composer c(out);
  c.open().member("file", log.name).member("instance", log.instance);
  c.member("number", log.number != 0 ? log.number : end->number).member("bytes", log.bytes);
  c.member("chain", end->chain).member("last_time", base::rfc3339(log.modified)).close();
  return out;
}

base::Result<void> remove_logs(const std::string& directory, std::span<const OldLog> logs, std::string_view why,
                               const AppendEvent& append) {
  std::string list = "[";
  std::vector<const OldLog*> going;
  for (const OldLog& log : logs) {
    const std::string text = removed_text(directory, log);
    if (text.empty()) continue;
    list.append(going.empty() ? "" : ",").append(text);
    going.push_back(&log);
  }
  if (going.empty()) return {};
  using audit::Field;
  if (auto done = append("retention", std::array{Field::word_of("why", why), Field::json_of("removed", list + "]")});
      !done)
    return done;
  for (const OldLog* log : going) {
    const std::string path = audit_directory(directory) + "/" + log->name;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("cannot remove " + path, errno);
  }
  return {};
}

}  // namespace

base::Result<void> record_dead(const std::string& directory, std::string_view own, base::WallTime now,
                               const AppendEvent& append) {
  auto found = find_dead(directory, own, now);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return {};
  if (auto logs = find_logs(directory, *found); !logs) return logs;
  base::Result<void> result;
  for (Dead& dead : *found) {
    if (auto done = record_one(directory, dead, append); done) {
      dead.lock.remove();
    } else if (result) {
      result = done;
    }
  }
  return result;
}

base::Result<void> remove_old_logs(const std::string& directory, std::string_view own, const KeepOptions& keep,
                                   base::WallTime now, const AppendEvent& append, bool hourly) {
  if (hourly && !take_turn(directory, now)) return {};
  const std::int64_t old = now.time_since_epoch().count() - keep.age.count();
  auto logs = find_old(directory, own, keep, old);
  if (!logs) return std::unexpected(logs.error());
  const std::span<const OldLog> all(logs->oldest);
  const auto aged = static_cast<std::size_t>(
      std::ranges::find_if(all, [&](const OldLog& l) { return l.modified >= old; }) - all.begin());
  if (auto done = remove_logs(directory, all.first(aged), "age", append); !done) return done;
  if (!keep.bytes) return {};
  std::uint64_t left = logs->all_bytes;
  std::size_t last = 0;
  for (; last < all.size() && (last < aged || left > *keep.bytes); ++last) left -= all[last].bytes;
  return remove_logs(directory, all.subspan(aged, last - aged), "bytes", append);
}

base::Result<void> keep_house(const std::string& directory, std::string_view own, const KeepOptions& keep,
                              base::WallTime now, const AppendEvent& append) {
  const auto dead = record_dead(directory, own, now, append);
  const auto removed = remove_old_logs(directory, own, keep, now, append, true);
  return dead ? removed : dead;
}

}  // namespace store
