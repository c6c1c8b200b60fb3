// The command `intercept diff`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo diff_info;

}  // namespace cli
