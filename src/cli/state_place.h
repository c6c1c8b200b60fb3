// The state directory, and whether it can be used; and what a command needs to look at it.
#pragma once
#include <string>

#include "base/result.h"

namespace cli {

struct StatePlace {
  std::string directory;         // "" if none could be named
  base::Result<void> usable;     // logs and counters can be kept there
  base::Result<void> countable;  // counters can: it is on a local file system, and its database is ours
};

// `given`: --state-dir, or "". Creates nothing. `counts`: counters will be kept (else `countable` is not looked at).
StatePlace find_state_place(const std::string& given, bool counts);

// For commands that only look or that are given an order: the directory, which must be ours if it exists.
base::Result<std::string> state_directory(const std::string& given);

}  // namespace cli
