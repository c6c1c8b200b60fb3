// `intercept -c POLICY -- COMMAND`: one stdio session. Loads the policy first (a bad one never starts the server), then
// the server, then everything else while the server starts.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo run_info;

}  // namespace cli
