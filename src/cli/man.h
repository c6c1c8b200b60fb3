// The command `intercept man`: manual pages, written from the command table.
#pragma once
#include <string>

#include "cli/command_table.h"

namespace cli {

// "intercept-audit-query": the page's name; of `run` just "intercept", which is about the whole program.
std::string page_name(const CommandInfo& command);

// The page in the man macros of roff, section 1. Plain ASCII.
std::string manual_page(const CommandInfo& command);

extern const CommandInfo man_info;

}  // namespace cli
