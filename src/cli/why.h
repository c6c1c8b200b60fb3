// `intercept why ID`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo why_info;

}  // namespace cli
