// Reading what somebody names: a file, a link to one, a pipe, or - for standard input.
#pragma once
#include <cstddef>
#include <string>

#include "base/result.h"

namespace cli {

// All of it, until its end. Errors begin with `what` and the name ("tools file \"x\"") and say why: it cannot be
// opened, is a directory, or is larger than `max` bytes. Nothing is trusted of it. Any thread.
base::Result<std::string> read_input(const std::string& path, std::size_t max, const std::string& what);

}  // namespace cli
