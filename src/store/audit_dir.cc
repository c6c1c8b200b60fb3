// Listing and looking at ends.
#include "store/audit_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <memory>
#include <tuple>

#include "audit/chain.h"
#include "audit/entry.h"
#include "store/files.h"
#include "store/instance.h"

namespace store {
namespace {

constexpr std::string_view suffix = ".jsonl";
constexpr std::size_t min_digits = 4;
constexpr std::size_t max_logs = 1'000'000;
constexpr std::size_t first_line = 4 << 10;
constexpr std::size_t window = 64 << 10;
constexpr std::size_t overlap = 128;  // more than a seal and what closes its line
static_assert(overlap > audit::longest_seal + 4);

// Exactly out.size() bytes at the offset, or an error: the file became shorter.
bool read_at(int fd, std::uint64_t offset, std::span<char> out) {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return errno = n == 0 ? EIO : errno, false;
    offset += static_cast<std::uint64_t>(n);
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// Looks for the last line feed and the last seal in the bytes that begin at `begin` in the file.
void look_back(std::string_view bytes, std::uint64_t begin, LogEnd& end) {
  for (std::size_t at = bytes.rfind('\n'); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : bytes.rfind('\n', at - 1)) {
    if (end.complete_bytes == 0) end.complete_bytes = begin + at + 1;
    const std::string_view line = bytes.substr(at < overlap ? 0 : at - overlap, std::min(at, overlap));
    const auto seal = audit::find_seal(line);
    if (!seal) continue;
    end.sealed_bytes = begin + at + 1;
    end.chain = seal->chain;
    return;
  }
}

void read_begin(int fd, LogEnd& end) {
  std::array<char, first_line> bytes{};
  const ssize_t n = ::pread(fd, bytes.data(), bytes.size(), 0);
  if (n <= 0) return;
  std::string_view line(bytes.data(), static_cast<std::size_t>(n));
  const std::size_t feed = line.find('\n');
  if (feed == std::string_view::npos) return;
  line = line.substr(0, feed);
  end.begun = audit::quick_time(line);
  audit::Entry entry;
  if (entry.read(line) != audit::Entry::Status::ok || entry.event != "file") return;
  end.number = static_cast<std::uint64_t>(entry.number("file"));
}

}  // namespace

std::string audit_directory(const std::string& directory) { return directory + "/audit"; }

std::optional<LogName> parse_log_name(std::string_view name) {
  constexpr std::size_t instance_digits = 10;
  if (!name.ends_with(suffix) || !is_instance_name(name.substr(0, instance_digits))) return std::nullopt;
  LogName parsed{std::string(name.substr(0, instance_digits)), 0};
  name.remove_suffix(suffix.size());
  name.remove_prefix(instance_digits);
  if (name.empty()) return parsed;
  if (!name.starts_with('.') || name.size() < 1 + min_digits) return std::nullopt;
  name.remove_prefix(1);
  if (name.size() > min_digits && name.starts_with('0')) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), parsed.number);
  if (error != std::errc() || end != name.data() + name.size() || parsed.number == 0) return std::nullopt;
  return parsed;
}

std::string log_name(std::string_view instance, std::uint64_t number) {
  std::string out(instance);
  if (number != 0) {
    std::string digits = std::to_string(number);
    if (digits.size() < min_digits) digits.insert(0, min_digits - digits.size(), '0');
    out.append(".").append(digits);
  }
  return out.append(suffix);
}

std::string next_log_draft(std::string_view instance, std::uint64_t number) {
  return "." + log_name(instance, number) + ".new";
}

base::Result<std::vector<LogInfo>> list_logs(const std::string& directory) {
  std::vector<LogInfo> logs;
  const std::string path = audit_directory(directory);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (dir == nullptr) {
    if (errno == ENOENT) return logs;
    return fail_errno("cannot read " + path, errno);
  }
  while (const dirent* entry = ::readdir(dir.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    auto name = parse_log_name(entry->d_name);
    if (!name) continue;
    struct stat info{};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    if (!S_ISREG(info.st_mode)) continue;
    if (logs.size() >= max_logs) return base::fail(path + " holds more than a million logs");
    constexpr std::int64_t second = 1'000'000'000;
    logs.push_back({entry->d_name, std::move(name->instance), name->number, static_cast<std::uint64_t>(info.st_size),
                    info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec, info.st_ino});
  }
  std::ranges::sort(logs, {}, [](const LogInfo& l) { return std::tuple(std::string_view(l.instance), l.number - 1); });
  return logs;
}

base::Result<LogEnd> find_log_end(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno("cannot look at " + path, errno);
  if (!S_ISREG(info.st_mode)) return base::fail(path + " is not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  LogEnd end;
  read_begin(fd, end);
  std::string bytes;
  std::uint64_t upto = size;  // what stands from here on was looked at
  while (upto > 0 && end.sealed_bytes == 0) {
    const std::uint64_t begin = upto > window ? upto - window : 0;
    // A little more than what is new, before it: a seal may stand across.
    const std::uint64_t from = begin > overlap ? begin - overlap : 0;
    bytes.resize(upto - from);
    if (!read_at(fd, from, bytes)) return fail_errno("cannot read " + path, errno);
    look_back(bytes, from, end);
    upto = begin;
  }
  return end;
}

std::int64_t log_begun(int fd) {
  LogEnd end;
  read_begin(fd, end);
  return end.begun;
}

base::Result<LogEnd> find_log_end(const std::string& path) {
  const File file(open_file(path, O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) return fail_errno("cannot open " + path, errno);
  return find_log_end(file.get(), path);
}

}  // namespace store
