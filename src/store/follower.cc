// Following logs: each living instance's current file is kept open and read on; when its name leads to another file, it
// was rotated, and the next number follows.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "audit/entry.h"
#include "store/instance.h"
#include "store/log_reader.h"

namespace store {
namespace {

constexpr std::size_t chunk = 64 << 10;
constexpr std::size_t per_poll = 4 << 20;

bool is_shutdown(std::string_view line) {
  return line.starts_with(R"({"v":1,"time":")") &&
         line.substr(0, 100).find(R"(","event":"shutdown")") != std::string_view::npos;
}

}  // namespace

Follower::Follower(std::string directory) : directory_(std::move(directory)) {}

bool Follower::directory_changed() {
  struct stat info{};
  constexpr std::int64_t second = 1'000'000'000;
  const bool there = ::stat(audit_directory(directory_).c_str(), &info) == 0;
  const std::int64_t time = there ? info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec : 0;
  return std::exchange(directory_time_, time) != time;
}

base::Result<void> Follower::start() {
  directory_changed();
  return look_for_new(true);
}

// Instances with a log that were not there before; and those followed ones that died are let go.
base::Result<void> Follower::look_for_new(bool from_their_end) {
  auto logs = list_logs(directory_);
  if (!logs) return std::unexpected(logs.error());
  std::set<std::string, std::less<>> there;
  for (const LogInfo& log : *logs) {
    if (log.number != 0) continue;
    there.insert(log.instance);
    if (known_.contains(log.instance) || followed_.size() >= most) continue;
    if (from_their_end && !instance_alive(directory_, log.instance)) continue;
    follow(log.instance, log.name, from_their_end);
  }
  known_ = std::move(there);
  std::erase_if(followed_, [&](const auto& f) { return !f.second.grew && !instance_alive(directory_, f.first); });
  for (auto& [name, followed] : followed_) followed.grew = false;
  return {};
}

bool Follower::follow(const std::string& instance, const std::string& name, bool from_its_end) {
  Followed f;
  f.file = File(open_file(audit_directory(directory_) + "/" + name, O_RDONLY | O_NONBLOCK));
  if (f.file.get() < 0) return false;
  const auto end = find_log_end(f.file.get(), name);
  if (!end) return false;
  f.number = end->number;
  f.offset = from_its_end ? end->complete_bytes : 0;
  f.grew = true;
  followed_.insert_or_assign(instance, std::move(f));
  return true;
}

// False: the budget is used up, and there may be more.
bool Follower::read_on(Followed& f, std::vector<Pending>& out, std::size_t& budget) {
  std::array<char, chunk> bytes;
  for (;;) {
    if (budget == 0) return false;
    const ssize_t n = ::pread(f.file.get(), bytes.data(), std::min(bytes.size(), budget), static_cast<off_t>(f.offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    f.offset += static_cast<std::uint64_t>(n);
    f.grew = true;
    budget -= static_cast<std::size_t>(n);
    f.lines.feed({bytes.data(), static_cast<std::size_t>(n)});
    std::string_view line;
    bool cut = false;
    while (f.lines.next(line, cut)) {
      const std::int64_t time = audit::quick_time(line);
      out.push_back({time != 0 || out.empty() ? time : out.back().time, out.size(), cut, std::string(line)});
      f.ended = is_shutdown(line);
    }
  }
}

// To the file behind the one that is read to its end, if it was rotated. False: there is none.
bool Follower::step_on(const std::string& instance, Followed& f) {
  const std::string current = log_name(instance, 0);
  struct stat by_name{};
  struct stat opened{};
  const std::string folder = audit_directory(directory_) + "/";
  if (::lstat((folder + current).c_str(), &by_name) != 0 || ::fstat(f.file.get(), &opened) != 0) return false;
  if (by_name.st_ino == opened.st_ino) return false;
  if (f.number == 0) {  // it was empty when it was opened
    const auto end = find_log_end(f.file.get(), current);
    if (end) f.number = end->number;
  }
  Followed next;
  for (const std::string& name : {log_name(instance, f.number + 1), current}) {
    next.file = File(open_file(folder + name, O_RDONLY | O_NONBLOCK));
    if (next.file.get() < 0) continue;
    next.number = f.number + 1;
    next.grew = true;
    f = std::move(next);
    return true;
  }
  return false;
}

base::Result<bool> Follower::poll(const OnLine& on_line) {
  if (directory_changed()) {
    if (auto looked = look_for_new(false); !looked) return std::unexpected(looked.error());
  }
  std::vector<Pending> lines;
  std::size_t budget = per_poll;
  bool more = false;
  for (auto& [instance, followed] : followed_) {
    do {
      if (!read_on(followed, lines, budget)) more = true;
    } while (!more && step_on(instance, followed));
  }
  std::erase_if(followed_, [](const auto& f) { return f.second.ended; });
  std::ranges::sort(lines, {}, [](const Pending& p) { return std::tuple(p.time, p.order); });
  for (const Pending& p : lines) on_line(p.line, p.cut);
  return more;
}

}  // namespace store
