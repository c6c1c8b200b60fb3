// The program: reads the command line and calls the command.
#pragma once
#include <string>
#include <vector>

#include "cli/command_table.h"

namespace cli {

// `words`: the command line without the program's name. Returns the exit status.
int run_program(const std::vector<std::string>& words);
// The same on other streams, for tests.
int run_program(const std::vector<std::string>& words, Terminal& terminal);

}  // namespace cli
