// `intercept status`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo status_info;

}  // namespace cli
