// The command `intercept schema`: the JSON Schema of the policy file.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo schema_info;

}  // namespace cli
