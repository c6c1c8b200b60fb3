// `intercept policies list|show|use`: the ready-made policies that the program has built in (docs/catalogue.md).
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo policies_list_info;
extern const CommandInfo policies_show_info;
extern const CommandInfo policies_use_info;

}  // namespace cli
