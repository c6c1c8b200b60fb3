// The command `intercept completion`, and the scripts that it prints. All are written from the command table.
// Nothing of the machine is looked at when a script runs but files: completing calls no program.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_table.h"

namespace cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// --- what the scripts share ---

// What can stand where a flag's value or a command's word does.
enum class Takes : std::uint8_t { nothing, anything, files, directories, words };
Takes takes(const FlagInfo& flag);
// Of a command's plain words. `words`: those of CommandInfo, or the names of all commands for COMMAND.
Takes takes(const CommandInfo& command, std::vector<std::string_view>& words);

std::vector<std::string_view> split_words(std::string_view words);  // at spaces
std::string_view short_name(const FlagInfo& flag);                  // "-c", or ""
// First words of the commands, each once, in the order of the help; without "run".
std::vector<std::string_view> first_words();
// Commands of two words that begin with this one; none: the word is a command itself.
std::vector<const CommandInfo*> group_of(std::string_view first_word);
// What the first word stands for, in a line: the command's summary, or what the commands of the group are called.
std::string about_first_word(std::string_view first_word);
// `text` with a backslash before each of `special`.
std::string backslashed(std::string_view text, std::string_view special);

extern const CommandInfo completion_info;

}  // namespace cli
