// Where `diff` and `suggest` read calls from: the installation's audit log, a folder or files of a log, or a file of
// calls that somebody wrote. Lines are read one at a time: memory does not grow with a log.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/entry.h"
#include "base/result.h"
#include "trial/calls.h"

namespace cli {

struct CallFiles {
  std::vector<std::string> files;  // a log's in their order
  bool is_log = false;             // else one file of calls
  std::string place;               // for people
};

// What the words of --calls or --from name: "audit" (the installation's log, below `state_dir` or the usual place,
// unless there is such a file), a state directory, a folder of logs, files of a log, or one file of calls. The error
// says what is wrong and what would be understood.
base::Result<CallFiles> find_call_files(const std::vector<std::string>& words, const std::string& state_dir);

struct LogTroubles {
  std::uint64_t unreadable = 0;  // lines that are no entries
  std::vector<std::string> files;
};

// Every entry of the log, in the order of times; false from `each` ends it.
LogTroubles read_log(const CallFiles& files, const std::function<bool(const audit::Entry&)>& each);

struct ReadCalls {
  trial::LeftOut left_out;
  std::uint64_t without_params = 0;
  std::vector<std::string> troubles;
};

// Gives every call to the sink. The error: the file of calls cannot be read, or a line of it is wrong.
base::Result<ReadCalls> read_calls(const CallFiles& files, trial::CallSink& sink);

}  // namespace cli
