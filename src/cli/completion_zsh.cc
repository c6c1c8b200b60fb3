// The script for zsh: an autoloaded function that leaves flags and values to _arguments.
#include "cli/completion.h"

namespace cli {
namespace {

// Between single quotes.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string described(std::string_view word, std::string_view about) {
  return quoted(backslashed(word, ":\\") + ":" + backslashed(about, "\\"));
}

// ":FILE:_files": what stands behind a flag or where plain words do.
std::string action(std::string_view name, Takes what, const std::vector<std::string_view>& words) {
  std::string out = ":" + backslashed(name, ":\\") + ":";
  switch (what) {
    case Takes::nothing:
      return "";
    case Takes::anything:
      return out + " ";
    case Takes::files:
      return out + "_files";
    case Takes::directories:
      return out + "_files -/";
    case Takes::words:
      break;
  }
  out += "(";
  for (const std::string_view word : words) out.append(out.back() == '(' ? "" : " ").append(word);
  return out + ")";
}

// Every flag may come again: lists may, and of others the last counts.
void append_flag(std::string& out, const FlagInfo& flag) {
  const bool value = takes(flag) != Takes::nothing;
  const std::string rest =
      "[" + backslashed(flag.help, "[]:\\") + "]" + action(flag.value, takes(flag), split_words(flag.words));
  if (const std::string_view name = short_name(flag); !name.empty())
    out.append(" \\\n        ").append(quoted("*" + std::string(name) + (value ? "+" : "") + rest));
  out.append(" \\\n        ").append(quoted("*" + std::string(flag.name()) + (value ? "=" : "") + rest));
}

void append_command(std::string& out, const CommandInfo& command) {
  out.append("    ").append(quoted(command.name)).append(")\n      _arguments -S");
  for (const FlagInfo& flag : command.flags)
    if (flag.shown) append_flag(out, flag);
  out += " \\\n        '--help[say more about this command]'";
  if (command.name == "run") out += " \\\n        '--version[say which version this is]'";
  std::vector<std::string_view> words;
  const Takes what = takes(command, words);
  if (what == Takes::files) out += " \\\n        '*:file:_files'";
  if (what == Takes::words) out.append(" \\\n        ").append(quoted("*" + action("word", what, words)));
  out += "\n      ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string out = "#compdef intercept\n# zsh completion for intercept; made by: intercept completion zsh\n\n";
  out +=
      "_intercept() {\n  local command\n  local -a commands\n  integer dashes=${words[(i)--]}\n"
      "  if (( dashes < CURRENT )); then\n    # The server's command.\n    shift $dashes words\n"
      "    (( CURRENT -= dashes ))\n    _normal\n    return\n  fi\n";
  out += "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    commands=(\n";
  for (const std::string_view word : first_words())
    out.append("      ").append(described(word, about_first_word(word))).append("\n");
  out +=
      "    )\n    _describe command commands\n    return\n  fi\n  command=$words[2]\n  case $command in\n    -*)\n"
      "      command=run\n      ;;\n";
  for (const std::string_view first : first_words()) {
    const auto group = group_of(first);
    if (group.empty()) continue;
    out.append("    ").append(first).append(")\n      if (( CURRENT == 3 )); then\n        commands=(\n");
    for (const CommandInfo* c : group)
      out.append("          ").append(described(c->name.substr(first.size() + 1), c->summary)).append("\n");
    out +=
        "        )\n        _describe command commands\n        return\n      fi\n      command+=\" $words[3]\"\n"
        "      shift 2 words\n      (( CURRENT -= 2 ))\n      ;;\n";
  }
  out += "    *)\n      shift words\n      (( CURRENT -= 1 ))\n      ;;\n  esac\n  case $command in\n";
  for (const CommandInfo* command : commands()) append_command(out, *command);
  out += "    help)\n      _arguments " + quoted("*" + action("command", Takes::words, first_words())) + "\n      ;;\n";
  out += "  esac\n}\n\n";
  // Autoloaded, the file is the function; sourced, it defines it.
  return out +
         "if [[ $funcstack[1] == _intercept ]]; then\n  _intercept \"$@\"\nelse\n  compdef _intercept intercept\nfi\n";
}

}  // namespace cli
