// Keeping house in the state directory: the logs of processes that died are put on record, and logs that are old enough
// are removed, after that is on record. Everything is written to the log of the process that does it.
//
// What must stay true:
//  - On record first, then done: if the record cannot be written, nothing is removed.
//  - A log that may still be written to is never removed: not the current file of an instance that has a run file.
//  - Cheap when there is nothing to do, and bounded when there is: at most 100 dead instances and 2,000 logs a time,
//    and the directory of logs is looked through at most once an hour, by all processes together.
//  - A clock that jumps ahead must not cost every log: it has to stand there for an hour.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "base/clock.h"
#include "base/result.h"

namespace store {

struct KeepOptions {
  base::Duration age = std::chrono::hours(24 * 90);  // of a log's last change; finished logs older than this go
  std::optional<std::uint64_t> bytes;                // of all logs together; the oldest go. Absent: no limit
};

// Appends one event to the log of this process, sealed and with a mac. An error: it is not on record.
using AppendEvent = std::function<base::Result<void>(std::string_view event, std::span<const audit::Field> fields)>;

// Both steps. `directory`: $STATE; `own`: the instance of this process. The error is the first that happened; what
// could be done was done. Blocks.
base::Result<void> keep_house(const std::string& directory, std::string_view own, const KeepOptions& keep,
                              base::WallTime now, const AppendEvent& append);

// Step 1: for each dead instance the event found_dead, then its run file is removed. Of several processes one does it.
base::Result<void> record_dead(const std::string& directory, std::string_view own, base::WallTime now,
                               const AppendEvent& append);

// Step 2: the event retention, then the logs that it names are removed. `hourly`: not if somebody looked within the
// hour, nor if nobody did within the last 30 days (the clock may be wrong; the next look removes).
base::Result<void> remove_old_logs(const std::string& directory, std::string_view own, const KeepOptions& keep,
                                   base::WallTime now, const AppendEvent& append, bool hourly);

}  // namespace store
