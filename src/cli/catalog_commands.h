// `intercept catalog build` and `catalog show`: what servers can do, as a site and in a terminal (docs/catalogue.md).
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo catalog_build_info;
extern const CommandInfo catalog_show_info;

}  // namespace cli
