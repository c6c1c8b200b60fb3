// A saved tools/list: what a server says its tools are, from a file.
#pragma once
#include <string>

#include "base/result.h"
#include "tools/registry.h"

namespace cli {

// Reads the answer of a tools/list (the whole message, its result, or the array of tools alone) into `into`, as one
// complete list. Errors name the file and what is wrong with it: it cannot be read, is larger than 64 MiB, is no JSON,
// or holds no tools. Reads a pipe until its end. Any thread.
base::Result<void> read_tools_file(const std::string& path, tools::Registry& into);

}  // namespace cli
