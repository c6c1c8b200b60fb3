// Where a scan's subject comes from: a server that is asked, or lists that somebody saved.
#pragma once
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/report.h"
#include "client/connection.h"

namespace cli {

// Asks the server. `origin`: for people, without secrets. Blocks until it has answered and ended.
base::Result<catalog::Source> scan_server(client::Target target, base::Duration timeout, const std::string& origin);

// A saved list: what --tools takes, and beside it, where the file has them, serverInfo, protocolVersion, instructions
// and the other lists, at the top or in "result". "-" is standard input.
base::Result<catalog::Source> scan_file(const std::string& path);

// A command for people: words with blanks in quotes, what looks like a secret taken out.
std::string shown_command(std::span<const std::string> command);

}  // namespace cli
