// The directory of logs, $STATE/audit: names, what is there, and where a log ends.
//   <instance>.jsonl          the current file of an instance
//   <instance>.0001.jsonl     its first file, finished; then 0002, ..., 9999, 10000, ...
// What must stay true: names of any other form are left alone; links are not followed; whatever a file holds, looking
// at it takes bounded memory.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace store {

std::string audit_directory(const std::string& directory);

struct LogName {
  std::string instance;
  std::uint64_t number = 0;  // 0: the current file
};
std::optional<LogName> parse_log_name(std::string_view name);
std::string log_name(std::string_view instance, std::uint64_t number);
// The name of a file before it becomes the current one, while the file before it is finished.
std::string next_log_draft(std::string_view instance, std::uint64_t number);

struct LogInfo {
  std::string name, instance;
  std::uint64_t number = 0;  // 0: the current file
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::uint64_t inode = 0;    // it keeps this when it is renamed
};
// Regular files with a log's name; by instance, then number, the current file last. At most a million (an error
// beyond). No directory: none. Blocks.
base::Result<std::vector<LogInfo>> list_logs(const std::string& directory);

// The end of a log, and what its first line says.
struct LogEnd {
  std::uint64_t number = 0;          // 0: it does not say
  std::uint64_t complete_bytes = 0;  // up to its last line feed
  std::uint64_t sealed_bytes = 0;    // up to the end of its last sealed line
  std::string chain;                 // of that; "" if there is none
  std::int64_t begun = 0;            // time of the first line; 0: none that can be read
};
// Of the file that `fd` is open on. Reads backwards from its end to the last seal; the first 4 KiB for the first line.
base::Result<LogEnd> find_log_end(int fd, const std::string& path);
base::Result<LogEnd> find_log_end(const std::string& path);
// The time of the first line alone.
std::int64_t log_begun(int fd);

}  // namespace store
