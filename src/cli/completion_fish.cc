// The script for fish: a function that names the command of the line, and one `complete` for each thing that may come.
#include "cli/completion.h"

namespace cli {
namespace {

constexpr std::string_view head = R"(# fish completion for intercept; made by: intercept completion fish
function __intercept_command
    set -l words (commandline -opc)
    set -e words[1]
    if contains -- -- $words
        echo server
    else if not set -q words[1]
        echo none
    else
        switch $words[1]
            case '-*'
                echo run
)";

std::string quoted(std::string_view text) { return "'" + backslashed(text, "\\'") + "'"; }

std::string line(std::string_view command) {
  return "complete -c intercept -n " + quoted("test (__intercept_command) = \"" + std::string(command) + "\"");
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

std::string value(Takes what, const std::vector<std::string_view>& words) {
  switch (what) {
    case Takes::nothing:
      return "";
    case Takes::anything:
      return " -x";
    case Takes::files:
      return " -r -F";
    case Takes::directories:
      return " -x -a '(__fish_complete_directories)'";
    case Takes::words:
      return " -x -a " + quoted(joined(words));
  }
  return "";
}

void append_flag(std::string& out, const FlagInfo& flag, std::string_view command) {
  out += line(command);
  if (const std::string_view name = short_name(flag); !name.empty()) out.append(" -s ").append(name.substr(1));
  out.append(" -l ").append(flag.name().substr(2)).append(value(takes(flag), split_words(flag.words)));
  out.append(" -d ").append(quoted(flag.help)).append("\n");
}

void append_command(std::string& out, const CommandInfo& command) {
  out.append("\n# intercept ").append(command.name).append("\n");
  for (const FlagInfo& flag : command.flags) {
    if (!flag.shown) continue;
    append_flag(out, flag, command.name);
    if (command.name == "run") append_flag(out, flag, "none");
  }
  out += line(command.name) + " -l help -d 'say more about this command'\n";
  std::vector<std::string_view> words;
  const Takes what = takes(command, words);
  if (what == Takes::files) out += line(command.name) + " -F\n";
  if (what == Takes::words) out += line(command.name) + " -a " + quoted(joined(words)) + "\n";
}

}  // namespace

std::string fish_completion() {
  std::string out(head);
  for (const std::string_view first : first_words()) {
    if (group_of(first).empty()) continue;
    out.append("            case ").append(first).append("\n                echo (string join ' ' $words[1..2])\n");
  }
  out +=
      "            case '*'\n                echo $words[1]\n        end\n    end\nend\n\ncomplete -c intercept -f\n";
  for (const std::string_view first : first_words())
    out += line("none") + " -a " + std::string(first) + " -d " + quoted(about_first_word(first)) + "\n";
  out += line("none") + " -l version -d 'say which version this is'\n";
  out += line("server") + " -F -a '(complete -C \"\")'\n";
  for (const std::string_view first : first_words())
    for (const CommandInfo* c : group_of(first))
      out += line(first) + " -a " + std::string(c->name.substr(first.size() + 1)) + " -d " + quoted(c->summary) + "\n";
  out += line("help") + " -a " + quoted(joined(first_words())) + "\n";
  for (const CommandInfo* command : commands()) append_command(out, *command);
  return out;
}

}  // namespace cli
