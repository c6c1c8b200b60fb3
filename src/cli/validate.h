// The command `intercept validate`: loads policies, lowers them and says what is wrong with them.
#pragma once
#include <string>
#include <vector>

#include "cli/command_table.h"
#include "tools/registry.h"

namespace cli {

struct ValidateOptions {
  std::string config;
  bool json = false;           // --format json
  bool compat = false;         // --compat: also list what is decided more strictly than where the document came from
  bool strict = false;         // --strict: warnings fail too, except silenced ones
  bool show_silenced = false;  // --show-silenced
  bool colour = false;         // of text
  tools::Registry* tools = nullptr;      // --tools: what the server lists; null: unknown
  std::string server_name = {};          // --server-name: whose tools they are
  std::vector<std::string> others = {};  // further files
};

// Exit code: 0 every policy may be used, 2 one may not (or, with `strict`, has warnings).
// Text: problems and the summary of a failure on `err`, and once how to learn more about a code; "Policy file is
// valid." and the notes of --compat on `out`. JSON, on `out`, one line a file:
// {"valid":…,"file":…,"digest":…,"problems":[{"severity","code","line","column", "message","hint"}],"silenced":[… with
// "reason"]} and, with `compat`, "compat" of the shape of problems. "valid" agrees with the exit code.
int validate_policy(const ValidateOptions& options, Terminal& terminal);

extern const CommandInfo validate_info;

}  // namespace cli
