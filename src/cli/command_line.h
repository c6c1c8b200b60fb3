// The program: reads the command line and calls the command.
#pragma once
#include <string>
#include <vector>

#include "cli/command_table.h"

namespace cli {

// `words`: the command line without the program's name. Ends the program: with exit(), but without destroying what
// commands put into Terminal::kept.
[[noreturn]] void run_to_exit(const std::vector<std::string>& words);
// Returns the exit status. On any streams, for tests.
int run_program(const std::vector<std::string>& words, Terminal& terminal);

}  // namespace cli
