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

// Also true once after a change: another one within the same tick of the file system's clock leaves the same time.
bool Follower::directory_changed() {
  struct stat info{};
  constexpr std::int64_t second = 1'000'000'000;
  const bool there = ::stat(audit_directory(directory_).c_str(), &info) == 0;
  const std::int64_t time = there ? info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec : 0;
  const bool changed = std::exchange(directory_time_, time) != time;
  return std::exchange(just_changed_, changed) || changed;
}

base::Result<void> Follower::start() {
  directory_changed();
  return look_for_new(true);
}

// Instances with a log that were not there before, from their first file; at the start those that live, from their end.
// Who is dead now is read to the end once more, and then let go.
base::Result<void> Follower::look_for_new(bool from_their_end) {
  auto logs = list_logs(directory_);
  if (!logs) return std::unexpected(logs.error());
  std::set<std::string, std::less<>> there;
  for (std::size_t i = 0; i < logs->size(); ++i) {
    const std::string& instance = (*logs)[i].instance;
    const std::size_t first = i;
    while (i + 1 < logs->size() && (*logs)[i + 1].instance == instance) ++i;
    there.insert(instance);
    if (known_.contains(instance) || followed_.size() >= most) continue;
    if (from_their_end && !instance_alive(directory_, instance)) continue;
    follow(instance, (*logs)[from_their_end ? i : first].name, from_their_end);
  }
  known_ = std::move(there);
  for (auto& [name, followed] : followed_) followed.dead |= !instance_alive(directory_, name);
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

// The file behind the one that is read, if there is one and something was written to it: then nothing more is written
// to this one.
std::optional<Follower::Followed> Follower::next_file(const std::string& instance, Followed& f) const {
  const std::string current = log_name(instance, 0);
  struct stat by_name{};
  struct stat opened{};
  const std::string folder = audit_directory(directory_) + "/";
  if (::lstat((folder + current).c_str(), &by_name) != 0 || ::fstat(f.file.get(), &opened) != 0) return std::nullopt;
  if (by_name.st_ino == opened.st_ino) return std::nullopt;
  const auto number_of = [](const File& file, const std::string& name) -> std::uint64_t {
    if (file.get() < 0) return 0;
    const auto end = find_log_end(file.get(), name);
    return end ? end->number : 0;
  };
  if (f.number == 0) f.number = number_of(f.file, current);  // it was empty when it was opened
  Followed next;
  next.dead = f.dead;
  next.file = File(open_file(folder + current, O_RDONLY | O_NONBLOCK));
  next.number = number_of(next.file, current);
  if (next.number <= f.number) return std::nullopt;
  // Those between were begun and finished meanwhile.
  const std::uint64_t last = std::min(next.number, f.number + most);
  for (std::uint64_t number = f.number + 1; number < last; ++number) {
    File between(open_file(folder + log_name(instance, number), O_RDONLY | O_NONBLOCK));
    if (between.get() < 0) continue;
    next.file = std::move(between);
    next.number = number;
    break;
  }
  return next;
}

base::Result<bool> Follower::poll(const OnLine& on_line) {
  if (directory_changed()) {
    if (auto looked = look_for_new(false); !looked) return std::unexpected(looked.error());
  }
  std::vector<Pending> lines;
  std::size_t budget = per_poll;
  bool more = false;
  for (auto& [instance, followed] : followed_) {
    while (read_on(followed, lines, budget)) {
      auto next = next_file(instance, followed);
      if (!next) break;
      if (!read_on(followed, lines, budget)) break;  // what came between the two looks
      followed = std::move(*next);
    }
    more |= budget == 0;
  }
  std::erase_if(followed_, [&](const auto& f) { return f.second.ended || (f.second.dead && !more); });
  std::ranges::sort(lines, {}, [](const Pending& p) { return std::tuple(p.time, p.order); });
  for (const Pending& p : lines) on_line(p.line, p.cut);
  return more;
}

}  // namespace store
