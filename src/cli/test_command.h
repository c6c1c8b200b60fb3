// The command `intercept test`: plays policy tests (docs/testing.md) and says what came otherwise than expected.
#pragma once
#include <string>
#include <vector>

#include "cli/command_table.h"
#include "cli/test_files.h"

namespace cli {

struct TestOptions {
  std::vector<std::string> words;  // files and folders
  std::string junit;               // file to write; ""
  std::string filter;              // glob on the titles of cases; ""
  bool quiet = false, verbose = false;
};

// Plays all of it once and prints the report. Exit code: 0 all passed, 1 some failed, 2 something could not be run.
int run_tests(const TestOptions& options, Terminal& terminal, LookedAt& looked);

// Plays again whenever something that was looked at changes, until SIGINT or SIGTERM. Exit code of the last time.
int watch_tests(const TestOptions& options, Terminal& terminal);

extern const CommandInfo test_info;

}  // namespace cli
