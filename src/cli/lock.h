// The commands `intercept lock` and `intercept lock diff`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo lock_info, lock_diff_info;

}  // namespace cli
