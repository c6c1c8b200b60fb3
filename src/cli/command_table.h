// Every command once: its name, its flags, its help and the function that does it. Help is written from this table, and
// so are completions and manual pages.
#pragma once
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"

namespace cli {

// Exit codes of the program itself; a session ends with its server's own.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed =
    1;  // the command found what it looks for (a log that was changed), or could not do it
inline constexpr int exit_usage = 2;  // bad use, bad policy

// What a command is called with.
struct Invocation {
  std::vector<std::string> words;   // after the command's name, before "--"
  bool has_dashes = false;          // "--" was there
  std::vector<std::string> server;  // after it
};

struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool colour_out = false, colour_err = false;
  std::string_view command = "";  // the name of the command that runs, for bad_use()
  // What is to live until the program ends: to take a large policy apart piece by piece costs a fifth of a validation.
  std::vector<std::shared_ptr<const void>> kept = {};
};

struct CommandInfo {
  std::string_view name;     // "validate", "audit verify"
  std::string_view usage;    // one or more lines, without "intercept "
  std::string_view summary;  // what it does, in a line
  std::string_view about;    // more about it; or ""
  std::span<const FlagInfo> flags;
  std::string_view after;  // exit status, examples; or ""
  int (*run)(const Invocation& invocation, Terminal& terminal);
  // What its plain words are, for completion: words with spaces between, "FILE", "COMMAND" (names of commands) or
  // "CODE" (codes of findings).
  // "": files if the usage has a FILE among them.
  std::string_view words = "";
};

// In the order of the help.
std::span<const CommandInfo* const> commands();
// nullptr: there is none.
const CommandInfo* find_command(std::string_view name);
// The command that the words begin with ("audit verify" before "audit"), and how many words its name has. Null: none.
const CommandInfo* match_command(std::span<const std::string> words, std::size_t& length);

// What --help prints. `topic`: a command's name, the first word of several, or ""; others give the general help.
std::string help_text(std::string_view topic);

// What the program is, in a sentence, with its line feed.
std::string_view program_introduction();

// "Error: …" on stderr; gives exit_usage.
int usage_error(Terminal& terminal, const std::string& message);
// The same of words and flags that cannot be understood, with where help is.
int bad_use(Terminal& terminal, const std::string& message);
// As usage_error(), but gives exit_failed.
int failed(Terminal& terminal, const std::string& message);

// getenv, for what takes it as a parameter.
const char* environment(const char* name);

}  // namespace cli
