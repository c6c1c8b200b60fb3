// The program. Everything is in cli.
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "net/descriptor.h"

int main(int argc, char** argv) {
  net::ensure_standard_descriptors();
  cli::run_to_exit(std::vector<std::string>(argv + (argc > 0), argv + argc));
}
