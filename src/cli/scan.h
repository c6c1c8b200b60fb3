// The command `intercept scan`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo scan_info;

}  // namespace cli
