// `intercept limits show` and `intercept limits reset`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo limits_show_info, limits_reset_info;

}  // namespace cli
