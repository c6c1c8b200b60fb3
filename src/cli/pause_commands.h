// `intercept pause` and `intercept resume`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo pause_info, resume_info;

}  // namespace cli
