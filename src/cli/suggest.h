// The command `intercept suggest`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo suggest_info;

}  // namespace cli
