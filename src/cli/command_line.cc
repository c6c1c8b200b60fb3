// From words to a command.
#include "cli/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/run.h"
#include "cli/validate.h"

namespace cli {
namespace {

// https://no-color.org
bool wants_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  auto arguments = read_arguments(words);
  if (!arguments) {
    std::cerr << "Error: " << arguments.error().message << '\n';
    return exit_usage;
  }
  switch (arguments->command) {
    case Command::help:
      std::cout << help_text(arguments->help_topic);
      return exit_ok;
    case Command::version:
      std::cout << version_text();
      return exit_ok;
    case Command::validate: {
      const ValidateArguments& v = arguments->validate;
      return validate_command({v.config, v.json, v.compat, v.strict, wants_colour(STDOUT_FILENO)}, std::cout,
                              std::cerr);
    }
    case Command::run:
      return run_command(std::move(arguments->run), wants_colour(STDERR_FILENO));
  }
  return exit_usage;
}

}  // namespace cli
