// `scan --client-config`: every server of a client's configuration, each shown and asked for before it is started.
#pragma once
#include <string>

#include "base/clock.h"
#include "cli/command_table.h"
#include "cli/scan_lock.h"
#include "cli/scan_output.h"

namespace cli {

struct ConfiguredScan {
  std::string file;
  bool yes = false;  // do not ask
  base::Duration timeout{};
};

// Returns the exit status: exit_failed too if a server could not be scanned; the others still are.
// `lock` is open.
int scan_configured(const ConfiguredScan& scan, const ScanOutput& output, ScanLock& lock, Terminal& terminal);

}  // namespace cli
