// Reading the directory of logs: the lines of all of them in the order of their times, for query, status, export and
// why; and following them as they grow. What a line says is audit/entry.h's. Everything here blocks.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/merge.h"
#include "base/result.h"
#include "store/audit_dir.h"
#include "store/files.h"
#include "store/line_buffer.h"

namespace store {

struct ReadOptions {
  std::optional<std::int64_t> since;  // logs that were not written to for an hour before are left out (ns since 1970)
  std::string instance;               // only this one's; "": all
  std::uint64_t last_lines = 0;       // of each log only about the last so many; 0: all. For showing the latest entries
};

// Not thread-safe. Memory: one line and 32 KiB for each log that is open; a log is open from its first line's time to
// its end.
class LogReader {
 public:
  // `directory`: $STATE. No logs: no lines.
  static base::Result<LogReader> open(const std::string& directory, const ReadOptions& options = {});
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  ~LogReader();

  // The next line, with `line.source` for file(). A line that is still being written is not given. False: the end.
  bool next(audit::Merge::Line& line);
  // The name of the log that a line is from.
  const std::string& file(std::size_t source) const;
  // What could not be read, for people; at most 100. Complete at the end.
  const std::vector<std::string>& troubles() const;

 private:
  struct State;
  explicit LogReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One decision and what belongs to it; lines without their line feeds.
struct FoundDecision {
  std::string decision, outcome, start;  // outcome, start: "" if there is none; start: of its instance
  bool cut = false;                      // the decision's line is longer than audit::max_line: this is its beginning
  std::string file;                      // that the decision stands in
};
// By its id ("5f0c2a91de-3"): reads the logs of the instance that the id names. nullopt: there is no such decision.
base::Result<std::optional<FoundDecision>> find_decision(const std::string& directory, std::string_view id);

// Follows the logs of all instances that live or come to live: `tail -f`. No thread and no timer: the caller polls,
// some times a second. Not thread-safe.
class Follower {
 public:
  explicit Follower(std::string directory);
  // Everything written until now is skipped.
  base::Result<void> start();
  // Gives every line written since the last call, by time, at most about 4 MiB; true if there may be more at once.
  // Notices new logs, rotated ones, and instances that end.
  using OnLine = std::function<void(std::string_view line, bool cut)>;
  base::Result<bool> poll(const OnLine& on_line);

 private:
  static constexpr std::size_t most = 500;  // logs that are followed at a time
  struct Followed {
    File file;
    std::uint64_t number = 0, offset = 0;
    LineBuffer lines;
    bool dead = false, ended = false;
  };
  struct Pending {
    std::int64_t time;
    std::size_t order;
    bool cut;
    std::string line;
  };
  bool follow(const std::string& instance, const std::string& name, bool from_its_end);
  bool read_on(Followed& followed, std::vector<Pending>& out, std::size_t& budget);
  std::optional<Followed> next_file(const std::string& instance, Followed& followed) const;
  base::Result<void> look_for_new(bool from_their_end);
  bool directory_changed();

  std::string directory_;
  std::int64_t directory_time_ = -1;
  bool just_changed_ = false;
  std::set<std::string, std::less<>> known_;  // instances with a log
  std::map<std::string, Followed, std::less<>> followed_;
};

}  // namespace store
