// From words to a command.
#include "cli/command_line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
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

// What other tools call it.
std::string_view known_as(std::string_view word) {
  struct Other {
    std::string_view word, command;
  };
  constexpr Other others[] = {{"lint", "validate"},
                              {"check", "validate"},
                              {"verify", "validate"},
                              {"format", "fmt"},
                              {"compare", "diff"},
                              {"init", "suggest"},
                              {"generate", "suggest"},
                              {"learn", "suggest"},
                              {"ask", "explain"},
                              {"catalogue", "catalog show"},
                              {"policy", "policies list"},
                              {"eval", "explain"},
                              {"try", "explain"},
                              {"log", "audit tail"},
                              {"logs", "audit tail"},
                              {"reset", "limits reset"},
                              {"json-schema", "schema"},
                              {"completions", "completion"},
                              {"exec", "run"},
                              {"start", "run"},
                              {"proxy", "run"}};
  const auto* const found = std::ranges::find(others, word, &Other::word);
  return found == std::end(others) ? std::string_view() : found->command;
}

// "; did you mean …?", or "".
std::string meant(const std::string& given, const std::string& first, std::span<const std::string_view> names) {
  std::error_code ignored;
  if (first.ends_with(".yaml") || first.ends_with(".yml") || std::filesystem::is_regular_file(first, ignored))
    return "; did you mean \"validate " + base::printable(first) + "\", or to run with -c FILE -- COMMAND?";
  std::string_view near = known_as(first);
  if (near.empty()) near = base::nearest(given, names);
  if (near.empty()) near = base::nearest(first, names);
  return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

int unknown(const std::vector<std::string>& words, Terminal& terminal) {
  const std::string given = joined(words, 0);
  std::vector<std::string_view> names{"help", "version"};
  for (const CommandInfo* c : commands()) names.push_back(c->name);
  const bool group = std::ranges::any_of(names, [&](std::string_view n) { return n.starts_with(words[0] + ' '); });
  if (group && given == words[0]) return terminal.out << help_text(given), exit_ok;
  return bad_use(
      terminal, "unknown command \"" + base::printable(group ? given : words[0]) + '"' + meant(given, words[0], names));
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
  terminal.command = command->name;
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
  return command->run(invocation, terminal);
}

void run_to_exit(const std::vector<std::string>& words) {
  Terminal terminal{std::cout, std::cerr, wants_colour(STDOUT_FILENO), wants_colour(STDERR_FILENO)};
  int status = run_program(words, terminal);
  std::cout.flush();
  if (!std::cout.good() && !reader_gone()) {
    std::cerr << "Error: cannot write to standard output: what was written there is not complete\n";
    if (status == exit_ok) status = exit_failed;
  }
  std::exit(status);  // does not unwind: `terminal` stays
}

}  // namespace cli
