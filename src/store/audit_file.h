// The audit file: $STATE/audit/<instance>.jsonl, mode 0600, appended to with one write per turn. Created at the first
// append, not at start (clients start us twice and kill one); start only checks that it could be (check_state_dir).
#pragma once
#include <memory>
#include <string>

#include "audit/sink.h"
#include "base/random.h"
#include "base/result.h"

namespace store {

// $XDG_STATE_HOME/intercept, else $HOME/.local/state/intercept, else an error that names --state-dir.
// `environment` looks a variable up (getenv in production).
base::Result<std::string> default_state_dir(const char* (*environment)(const char*));

// The directory, or the nearest existing parent, is writable by us, and nobody else may write to the directory (0700
// expected). Creates nothing.
base::Result<void> check_state_dir(const std::string& directory);

// The installation's key for keyed digests: $STATE/key, 32 random bytes, 0600, created atomically at first use;
// a file that others may read is refused.
base::Result<std::string> load_or_create_key(const std::string& directory, base::Random& random);

class AuditFile final : public audit::Sink {
 public:
  // Opens nothing yet.
  AuditFile(std::string directory, std::string instance);
  ~AuditFile() override;
  // Opens at first use. A partial write (full disk) is taken back by truncating to the length before it; the next
  // append tries again.
  base::Result<void> append(std::string_view lines) override;
  std::string path() const;

 private:
  base::Result<void> open();
  std::string directory_, instance_;
  int fd_ = -1;
};

}  // namespace store
