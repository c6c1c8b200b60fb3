// Runs what `intercept` runs when one side or both speak HTTP (run.cc does stdio on both).
#pragma once
#include "cli/command_table.h"
#include "cli/policy_source.h"
#include "cli/run_arguments.h"
#include "cli/state_place.h"

namespace cli {

// The policy is loaded and may be used, and the place was checked. Returns the exit status.
int run_remote(const RunArguments& arguments, const PolicySource& source, const SourcedPolicy& policy,
               const StatePlace& place, Terminal& terminal);

}  // namespace cli
