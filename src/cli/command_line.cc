// From words to a command.
#include "cli/command_line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/strings.h"
#include "cli/command_table.h"
#include "cli/version.h"

namespace cli {
namespace {

// https://no-color.org
bool wants_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

// Whoever read our output has had enough.
bool reader_gone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

bool wants_help(const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [](const std::string& w) { return w == "-h" || w == "--help"; });
}

std::string joined(const std::vector<std::string>& words, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < words.size(); ++i) {
    if (words[i].starts_with('-')) break;
    out.append(out.empty() ? "" : " ").append(words[i]);
  }
  return out;
}

int unknown(const std::vector<std::string>& words, Terminal& terminal) {
  const std::string given = joined(words, 0);
  std::vector<std::string_view> names{"help", "version"};
  for (const CommandInfo* c : commands()) names.push_back(c->name);
  // A group's name alone, or with a word that it does not have.
  for (const std::string& topic : {given, words[0]}) {
    if (std::ranges::none_of(names, [&](std::string_view n) { return n.starts_with(topic + ' '); })) continue;
    if (given == topic) {
      terminal.out << help_text(topic);
      return exit_ok;
    }
  }
  std::string_view near = base::nearest(given, names);
  if (near.empty()) near = base::nearest(words[0], names);
  return usage_error(terminal, "unknown command \"" + base::printable(given) + '"' +
                                   (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?") +
                                   "\nRun 'intercept --help' for usage examples.");
}

}  // namespace

int run_program(const std::vector<std::string>& all, Terminal& terminal) {
  const auto dashes = std::ranges::find(all, "--");
  Invocation invocation;
  invocation.words.assign(all.begin(), dashes);
  invocation.has_dashes = dashes != all.end();
  if (invocation.has_dashes) invocation.server.assign(dashes + 1, all.end());
  std::vector<std::string>& words = invocation.words;

  if (all.empty()) return terminal.out << help_text(""), exit_ok;
  if (!words.empty() && words[0] == "help") return terminal.out << help_text(joined(words, 1)), exit_ok;
  if (wants_help(words)) return terminal.out << help_text(joined(words, 0)), exit_ok;
  if (!words.empty() && (words[0] == "--version" || words[0] == "version")) {
    return terminal.out << version_text(), exit_ok;
  }
  if (words.empty() || words[0].starts_with('-')) return find_command("run")->run(invocation, terminal);
  std::size_t length = 0;
  const CommandInfo* command = match_command(words, length);
  if (command == nullptr) return unknown(words, terminal);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
  return command->run(invocation, terminal);
}

int run_program(const std::vector<std::string>& words) {
  Terminal terminal{std::cout, std::cerr, wants_colour(STDOUT_FILENO), wants_colour(STDERR_FILENO)};
  const int status = run_program(words, terminal);
  std::cout.flush();
  if (status != exit_ok || std::cout.good() || reader_gone()) return status;
  std::cerr << "Error: cannot write to standard output: what was written there is not complete\n";
  return exit_failed;
}

}  // namespace cli
