// Reads a policy's file. What is not an ordinary file of a sensible size, or may be written by other users, is refused
// before anything is made of it.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "net/path_walk.h"
#include "store/file_trust.h"

namespace cli {

struct PolicyFile {
  std::string text;
  net::FileIdentity identity;  // of what was read: net::FileWatch::Options::known
  std::string distrust;        // Untrusted::report: why `run` would refuse the file; "" if it would not
};

// What to do with a file that other users may write (store/file_trust.h).
enum class Untrusted : std::uint8_t {
  refuse,  // an error: `run` and reload
  report,  // PolicyFile::distrust: `validate`, which says it as a warning
};

// The file's bytes, as they stood at one moment: a file that changes while it is read is read again, three times at
// most. Errors name the file, what is wrong with it and how to mend it: missing, a directory, a pipe or device,
// unreadable, empty, larger than 8 MiB, untrusted. Never blocks on a pipe. Trust is looked at on the descriptor that is
// read. Touches no state: any thread.
base::Result<PolicyFile> read_policy_file(const std::string& path, Untrusted untrusted, store::Environment environment);

// For commands that only look at a policy: the same with Untrusted::report, and "-" is standard input.
base::Result<PolicyFile> read_policy_input(const std::string& path, store::Environment environment);
// What such a file is called in messages: its path, or "<stdin>".
std::string policy_name(const std::string& path);

}  // namespace cli
