// The lock file: which definitions of tools somebody looked at and accepted, per server. Read before a policy is put in
// force (a broken one is an error, never an empty one), written by `intercept lock`.
//
// JSON, because what it pins is JSON and must come back exactly; one member a line and everything sorted, so that a
// change of a definition is a change of a few lines in a version control system, and two servers never touch the same
// lines. Characters that hide are written as escapes: a reviewer of the file sees them.
//
//   {
//     "intercept_lock": 1,
//     "servers": {
//       "files": {
//         "server": {"name": "…", "version": "…", "protocol": "2025-11-25", "command": ["npx", "…"], "url": "…"},
//         "instructions": "…",
//         "tools": {
//           "read_file": {
//             "digest": "sha256:…",
//             "definition": {…}
//           }
//         }
//       }
//     }
//   }
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"

namespace tools {

inline constexpr int lock_version = 1;
inline constexpr std::size_t max_lock_bytes = std::size_t{64} << 20;

struct PinnedTool {
  std::string name;
  std::string digest;      // tools::digest_of
  std::string definition;  // one line of JSON: what the digest is of, numbers as they were spelt
};

// Who the server said it was, for people; nothing is decided by it.
struct ServerIdentity {
  std::string name, version;         // serverInfo
  std::string protocol;              // the revision that the tools were listed in
  std::vector<std::string> command;  // how it was started
  std::string url;                   // or where it was
};

struct LockedServer {
  std::string name;  // --server-name
  ServerIdentity identity;
  std::optional<std::string> instructions;
  std::vector<PinnedTool> tools;  // sorted by name, each once

  const PinnedTool* find(std::string_view tool) const;
};

struct LockFile {
  std::vector<LockedServer> servers;  // sorted by name, each once

  const LockedServer* find(std::string_view server) const;
  // Puts it in the place of the one of its name, or adds it.
  void put(LockedServer server);
};

// What is pinned of a tool. Errors: it is no object with a name, or it holds text that is no valid Unicode.
base::Result<PinnedTool> pin(json::Value tool);

// All of a list (what "tools" holds), sorted. Errors as above; two tools of one name are another.
base::Result<std::vector<PinnedTool>> pin_all(json::Value list);

// Reads a lock file. Strict: an unknown version or member, a member twice, a digest that does not fit its definition or
// a tool under another name are errors, with file, line and how to mend it ("x.lock:12: …").
base::Result<LockFile> read_lock(std::string_view file, std::string_view text);

// Sorted and stable: the same contents give the same bytes. Ends in a line feed.
std::string write_lock(const LockFile& lock);

}  // namespace tools
