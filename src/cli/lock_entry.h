// A server as it is put into a lock file. `lock` and `scan --lock` pin the same, under the same names.
#pragma once
#include <string>

#include "base/result.h"
#include "catalog/report.h"
#include "tools/lock_file.h"

namespace cli {

// Pins what the server listed. `name`: its entry's; `identity`: how it was started, or where it is; `from`: the file
// that the list is from, "": a server was asked. Errors: there is no name; a tool cannot be pinned (tools::pin_all).
base::Result<tools::LockedServer> lock_entry(std::string name, tools::ServerIdentity identity,
                                             const catalog::Source& source, const std::string& from);

// `14 tools of "files"`, for messages.
std::string count_of(const tools::LockedServer& server);

}  // namespace cli
