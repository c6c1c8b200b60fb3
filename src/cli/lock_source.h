// Lock files on the disk: found, trusted, read, written.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/path_walk.h"
#include "policy/model.h"
#include "tools/lock_file.h"

namespace cli {

inline constexpr std::string_view default_lock_file = "intercept.lock";

// Where a policy's lock file is: as written if that is absolute, else beside the policy.
std::string lock_path(const std::string& policy_path, const std::string& file);

struct LockOnDisk {
  tools::LockFile lock;
  std::string text;              // as it stands there
  std::string digest;            // of the text: "sha256:…"
  net::FileIdentity identity{};  // of what was read
};

// Errors name the file, and the line where there is one, and say how to mend it. One that other users may write is
// refused, as a policy is. Never blocks on a pipe. Any thread.
base::Result<LockOnDisk> read_lock_file(const std::string& path);
// The same; nothing if there is no such file.
base::Result<std::optional<LockOnDisk>> read_lock_if_there(const std::string& path);

// What is locked of the server ("": of the only one in the file); an error if it has no entry.
base::Result<std::shared_ptr<const tools::LockedServer>> locked_server(const std::string& path, const LockOnDisk& lock,
                                                                       const std::string& server);

// Replaces what `before` read in one step; without it the file must not be there yet, and is made.
base::Result<void> write_lock_file(const std::string& path, const std::optional<LockOnDisk>& before,
                                   const tools::LockFile& lock);

}  // namespace cli
