// Where a scan's subject comes from: a server that is asked, or lists that somebody saved.
#pragma once
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/report.h"
#include "cli/http_arguments.h"
#include "cli/tools_file.h"
#include "client/connection.h"
#include "tools/lock_file.h"

namespace cli {

// A server that flags name.
struct NamedServer {
  client::Target target;
  std::string name;                // in a lock file, unless --server-name says another
  tools::ServerIdentity identity;  // there
  std::string origin;              // for people, without secrets
};
NamedServer named_server(const std::vector<std::string>& command);
// `remote.upstream` is given. Errors name the flag. With --tls-insecure a warning goes to `err`.
base::Result<NamedServer> named_server(const HttpArguments& remote, std::ostream& err);

// How long a server may take in all, unless --timeout says otherwise.
inline constexpr base::Duration ask_timeout = std::chrono::seconds(30);
// The word of --timeout; "" leaves `out` as it is. Returns what is wrong, or "".
std::string take_timeout(const std::string& word, base::Duration& out);

// Asks the server. `origin`: for people, without secrets. Blocks until it has answered and ended.
base::Result<catalog::Source> scan_server(client::Target target, base::Duration timeout, const std::string& origin);

// A saved list: what --tools takes, and beside it, where the file has them, serverInfo, protocolVersion, instructions
// and the other lists, at the top or in "result". "-" is standard input.
base::Result<catalog::Source> scan_file(const std::string& path);
// The same of a file that was read.
base::Result<catalog::Source> scan_text(const ToolsText& file, const std::string& path);

// A command for people: words with blanks in quotes, what looks like a secret taken out.
std::string shown_command(std::span<const std::string> command);

}  // namespace cli
