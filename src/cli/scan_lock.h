// `scan --lock`: what was scanned is pinned, too, as `intercept lock` pins it.
//
// What must stay true: a scan accepts what nobody has accepted before and nothing else. If anything that is locked has
// changed, or a server cannot be pinned, or the scan did not pass, the file stays as it is, as a whole.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/report.h"
#include "cli/command_table.h"
#include "cli/lock_source.h"

namespace cli {

class ScanLock {
 public:
  // Reads the file if it is there, before anybody is asked; a broken one is an error. "": nothing will be locked.
  base::Result<void> open(const std::string& path);

  bool on() const { return !path_.empty(); }

  // A server that was listed; parameters as of lock_entry(). What is wrong with it is kept for finish().
  void add(std::string name, tools::ServerIdentity identity, const catalog::Source& source,
           const std::string& from = {});

  // Says what changed, and writes. `status`: of the scan so far; the new one is returned.
  int finish(int status, Terminal& terminal) const;

 private:
  std::string path_;
  std::optional<LockOnDisk> before_;
  std::vector<tools::LockedServer> servers_;
  std::vector<std::string> errors_;
};

}  // namespace cli
