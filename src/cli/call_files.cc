// See the header.
#include "cli/call_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "audit/merge.h"
#include "base/strings.h"
#include "cli/state_place.h"
#include "store/audit_dir.h"
#include "store/line_buffer.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk = 64 << 10;
constexpr std::size_t most_files = 100'000;

// The lines of one file, opened when its time comes.
class FileLines final : public audit::LineSource {
 public:
  FileLines(std::string path, std::vector<std::string>& troubles) : path_(std::move(path)), troubles_(troubles) {
    std::ifstream in(path_, std::ios::binary);
    std::string head(512, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    begins_ = audit::quick_time(head);
  }
  std::int64_t begins() const override { return begins_; }
  bool next(std::string_view& line, bool& cut) override {
    if (!opened_) {
      opened_ = true;
      in_.open(path_, std::ios::binary);
      if (!in_) troubles_.push_back(path_ + " cannot be read");
      bytes_.resize(chunk);
    }
    while (!lines_.next(line, cut)) {
      if (!in_) return close();
      in_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
      const auto got = static_cast<std::size_t>(in_.gcount());
      if (got == 0) return close();
      lines_.feed(std::string_view(bytes_).substr(0, got));
    }
    return true;
  }

 private:
  bool close() {
    in_.close();
    bytes_ = {};
    return false;
  }
  const std::string path_;
  std::vector<std::string>& troubles_;
  std::ifstream in_;
  std::string bytes_;
  store::LineBuffer lines_;
  std::int64_t begins_ = 0;
  bool opened_ = false;
};

bool is_directory(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// The log files of a folder: an instance's in their order, the current one last.
base::Result<std::vector<std::string>> logs_of(const std::string& folder) {
  struct Found {
    store::LogName name;
    std::string path;
  };
  std::vector<Found> found;
  std::error_code error;
  for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    const std::string path = it->path().string();
    const auto name = store::parse_log_name(it->path().filename().string());
    if (name && it->is_regular_file(error) && found.size() < most_files) found.push_back({*name, path});
  }
  if (error) return base::fail(folder + " cannot be read: " + error.message());
  std::ranges::sort(found, [](const Found& a, const Found& b) {
    if (a.name.instance != b.name.instance) return a.name.instance < b.name.instance;
    return a.name.number - 1 < b.name.number - 1;  // 0, the current file, comes last
  });
  std::vector<std::string> out;
  out.reserve(found.size());
  for (Found& f : found) out.push_back(std::move(f.path));
  return out;
}

// Whether the first line is a log's.
base::Result<bool> begins_as_log(const std::string& path) {
  std::vector<std::string> troubles;
  FileLines lines(path, troubles);
  audit::Entry entry;
  std::string_view line;
  for (bool cut = false; lines.next(line, cut);) {
    if (base::trimmed(line).empty()) continue;
    return entry.read(line, cut) != audit::Entry::Status::unreadable;
  }
  if (!troubles.empty()) return base::fail(troubles[0]);
  return false;
}

base::Result<void> add_word(CallFiles& out, const std::string& word, const std::string& state_dir) {
  std::string path = word;
  if (word == "audit" && !exists(word)) {
    auto place = state_directory(state_dir);
    if (!place) return std::unexpected(place.error());
    path = *place;
  }
  if (!out.place.empty()) out.place += ", ";
  out.place += path;
  if (is_directory(path)) {
    const std::string below = store::audit_directory(path);
    auto logs = logs_of(is_directory(below) ? below : path);
    if (!logs) return std::unexpected(logs.error());
    if (logs->empty()) {
      return base::fail(path + " holds no audit log; name a log's folder or file, a file of calls, or \"audit\"");
    }
    out.files.insert(out.files.end(), logs->begin(), logs->end());
    out.is_log = true;
    return {};
  }
  if (!exists(path)) {
    return base::fail(path + " does not exist; name a log's folder or file, a file of calls, or \"audit\"");
  }
  const auto is_log = begins_as_log(path);
  if (!is_log) return std::unexpected(is_log.error());
  out.is_log |= *is_log;
  out.files.push_back(path);
  return {};
}

}  // namespace

base::Result<CallFiles> find_call_files(const std::vector<std::string>& words, const std::string& state_dir) {
  CallFiles out;
  for (const std::string& word : words) {
    if (auto added = add_word(out, word, state_dir); !added) return std::unexpected(added.error());
  }
  if (!out.is_log && out.files.size() > 1) return base::fail("name one file of calls, or files of one log");
  return out;
}

LogTroubles read_log(const CallFiles& files, const std::function<bool(const audit::Entry&)>& each) {
  LogTroubles troubles;
  audit::Merge merge;
  for (const std::string& file : files.files) merge.add(std::make_unique<FileLines>(file, troubles.files));
  audit::Entry entry;
  audit::Merge::Line line;
  while (merge.next(line)) {
    if (base::trimmed(line.text).empty()) continue;
    if (entry.read(line.text, line.cut) != audit::Entry::Status::ok) {
      ++troubles.unreadable;
      continue;
    }
    if (!each(entry)) break;
  }
  return troubles;
}

base::Result<ReadCalls> read_calls(const CallFiles& files, trial::CallSink& sink) {
  ReadCalls out;
  if (files.is_log) {
    trial::RecordedCalls calls(sink);
    LogTroubles troubles = read_log(files, [&](const audit::Entry& entry) { return calls.see(entry); });
    out.left_out = calls.left_out();
    out.left_out.unreadable += troubles.unreadable;
    out.without_params = calls.without_params();
    out.troubles = std::move(troubles.files);
    return out;
  }
  FileLines lines(files.files[0], out.troubles);
  trial::WrittenCalls calls(sink, fs::path(files.files[0]).filename().string());
  std::string_view line;
  for (bool cut = false; lines.next(line, cut);) {
    if (cut) return base::fail(files.files[0] + ": a line is longer than 1 MiB");
    const auto more = calls.see(line);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  if (!out.troubles.empty()) return base::fail(out.troubles[0]);
  out.left_out = calls.left_out();
  return out;
}

}  // namespace cli
