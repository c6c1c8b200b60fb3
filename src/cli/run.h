// `intercept run`: one stdio session. Loads the policy first (a bad one never starts the server), then the server, then
// everything else while the server starts.
#pragma once
#include "cli/arguments.h"

namespace cli {

// Returns the exit status of the program. `colour`: for problems of the policy on stderr.
int run_command(RunArguments arguments, bool colour);

}  // namespace cli
