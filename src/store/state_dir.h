// The state directory and the installation's key. Nothing is created before it is needed.
#pragma once
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"

namespace store {

// $XDG_STATE_HOME/intercept, else $HOME/.local/state/intercept, else an error that names --state-dir.
// `environment` looks a variable up (getenv in production).
base::Result<std::string> default_state_dir(const char* (*environment)(const char*));

// The directory, or the nearest existing parent, is writable by us, and nobody else may write to the directory (0700
// expected). Creates nothing.
base::Result<void> check_state_dir(const std::string& directory);

// The installation's key for keyed digests and checkpoints: $STATE/key, 32 random bytes, 0600, created atomically at
// first use; a file that others may read is refused.
base::Result<std::string> load_or_create_key(const std::string& directory, base::Random& random);

// The same, creating nothing: nullopt if there is no key. For who only reads.
base::Result<std::optional<std::string>> load_key(const std::string& directory);

}  // namespace store
