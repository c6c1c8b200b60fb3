// Many logs as one.
#include "store/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "audit/entry.h"
#include "store/instance.h"

namespace store {
namespace {

constexpr std::size_t chunk = 32 << 10;
constexpr std::size_t most_troubles = 100;
// A file system's clock is a little behind, and clocks are put right: a file's time may be before those of its lines.
constexpr std::int64_t time_margin = 3'600'000'000'000;

// Where the last `lines` lines begin, looking backwards.
std::uint64_t last_lines_begin(int fd, std::uint64_t size, std::uint64_t lines) {
  std::array<char, chunk> bytes;
  std::uint64_t upto = size;
  std::uint64_t feeds = 0;
  while (upto > 0) {
    const std::size_t n = std::min<std::uint64_t>(upto, bytes.size());
    if (::pread(fd, bytes.data(), n, static_cast<off_t>(upto - n)) != static_cast<ssize_t>(n)) return 0;
    for (std::size_t i = n; i-- > 0;) {
      if (bytes[i] == '\n' && ++feeds > lines) return upto - n + i + 1;
    }
    upto -= n;
  }
  return 0;
}

// The lines of one file, opened when they are asked for.
class LogLines final : public audit::LineSource {
 public:
  LogLines(const std::string& directory, LogInfo info, std::uint64_t last_lines, std::vector<std::string>& troubles)
      : directory_(directory), info_(std::move(info)), last_lines_(last_lines), troubles_(troubles) {
    const std::string path = audit_directory(directory_) + "/" + info_.name;
    const File file(open_file(path, O_RDONLY | O_NONBLOCK));
    if (file.get() < 0) return;  // next() will say why
    begins_ = last_lines_ != 0 ? 0 : log_begun(file.get());
  }

  std::int64_t begins() const override { return begins_; }

  bool next(std::string_view& line, bool& cut) override {
    if (!opened_ && !open()) return false;
    while (!lines_.next(line, cut)) {
      ssize_t n = 0;
      do {
        n = ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
      } while (n < 0 && errno == EINTR);
      if (n < 0) return trouble(std::strerror(errno));
      if (n == 0) return false;
      offset_ += static_cast<std::uint64_t>(n);
      lines_.feed(std::string_view(buffer_).substr(0, static_cast<std::size_t>(n)));
    }
    return true;
  }

 private:
  bool trouble(const std::string& why) {
    if (troubles_.size() < most_troubles) troubles_.push_back(info_.name + ": " + why);
    return false;
  }

  // Under the name that it had; if it was rotated since the directory was read, under the one that it has now.
  bool open() {
    opened_ = true;
    buffer_.resize(chunk);
    if (open_as(info_.name)) return start();
    const auto logs = list_logs(directory_);
    if (!logs) return trouble(logs.error().message);
    for (const LogInfo& log : *logs) {
      if (log.instance == info_.instance && log.inode == info_.inode && open_as(log.name)) return start();
    }
    return trouble("it is gone");
  }

  bool open_as(const std::string& name) {
    File file(open_file(audit_directory(directory_) + "/" + name, O_RDONLY | O_NONBLOCK));
    struct stat info{};
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || info.st_ino != info_.inode) return false;
    file_ = std::move(file);
    return true;
  }

  bool start() {
    if (last_lines_ != 0) offset_ = last_lines_begin(file_.get(), info_.bytes, last_lines_);
    return true;
  }

  std::string directory_;
  LogInfo info_;
  std::uint64_t last_lines_;
  std::vector<std::string>& troubles_;
  std::int64_t begins_ = 0;
  bool opened_ = false;
  File file_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  LineBuffer lines_;
};

}  // namespace

struct LogReader::State {
  audit::Merge merge;
  std::vector<std::string> names, troubles;
};

LogReader::LogReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

base::Result<LogReader> LogReader::open(const std::string& directory, const ReadOptions& options) {
  auto logs = list_logs(directory);
  if (!logs) return std::unexpected(logs.error());
  auto state = std::make_unique<State>();
  for (LogInfo& log : *logs) {
    if (options.since && log.modified < *options.since - time_margin) continue;
    if (!options.instance.empty() && log.instance != options.instance) continue;
    state->names.push_back(log.name);
    state->merge.add(std::make_unique<LogLines>(directory, std::move(log), options.last_lines, state->troubles));
  }
  return LogReader(std::move(state));
}

base::Result<std::optional<FoundDecision>> find_decision(const std::string& directory, std::string_view id) {
  ReadOptions options;
  options.instance = id.substr(0, id.find('-'));
  if (!is_instance_name(options.instance)) return std::nullopt;
  auto reader = LogReader::open(directory, options);
  if (!reader) return std::unexpected(reader.error());
  const std::string wanted = "\"id\":\"" + std::string(id) + "\"";
  FoundDecision found;
  audit::Merge::Line line;
  audit::Entry entry;
  while (found.outcome.empty() && reader->next(line)) {
    const bool may_be_start = found.start.empty() && line.text.find("\"event\":\"start\"") != std::string_view::npos;
    if (!may_be_start && line.text.find(wanted) == std::string_view::npos) continue;
    if (entry.read(line.text, line.cut) != audit::Entry::Status::ok) continue;
    if (entry.event == "start" && found.decision.empty()) {
      found.start = line.text;
    } else if (entry.is_decision() && entry.id == id) {
      found.decision = line.text;
      found.cut = line.cut;
      found.file = reader->file(line.source);
    } else if (entry.is_outcome() && entry.id == id) {
      found.outcome = line.text;
    }
  }
  if (found.decision.empty()) return std::nullopt;
  return std::optional(std::move(found));
}

bool LogReader::next(audit::Merge::Line& line) { return state_->merge.next(line); }
const std::string& LogReader::file(std::size_t source) const { return state_->names[source]; }
const std::vector<std::string>& LogReader::troubles() const { return state_->troubles; }

}  // namespace store
