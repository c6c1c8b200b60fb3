// Reads a policy's file. What is not an ordinary file of a sensible size is refused before anything is made of it.
#pragma once
#include <string>

#include "base/result.h"

namespace cli {

// The file's bytes. Errors name the file, what is wrong with it and how to mend it: missing, a directory, a pipe or
// device, unreadable, empty, larger than 8 MiB. Never blocks on a pipe.
base::Result<std::string> read_policy_file(const std::string& path);

}  // namespace cli
