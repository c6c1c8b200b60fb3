// The command `intercept fmt`: policies and policy tests in their canonical layout.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo fmt_info;

}  // namespace cli
