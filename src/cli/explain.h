// The command `intercept explain`: what a policy would decide for a call, and why.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo explain_info;

}  // namespace cli
