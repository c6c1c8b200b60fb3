// The script for bash (4 or newer): one function that finds the command in the line, then what is due.
#include "cli/completion.h"

namespace cli {
namespace {

constexpr std::string_view head = R"(# bash completion for intercept; made by: intercept completion bash
_intercept_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_intercept_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_intercept() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command flags i
  COMPREPLY=()
  # --flag=value comes as three words.
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -- ]] || continue
    # The server's command.
    if ((i == COMP_CWORD - 1)); then
      _intercept_files -c "$cur"
    else
      _intercept_files -f "$cur"
    fi
    return
  done
)";

std::string quoted_list(const std::vector<std::string_view>& words) {
  std::string out = "'";
  for (const std::string_view word : words) out.append(out.size() == 1 ? "" : " ").append(word);
  return out + "'";
}

void append_first_word(std::string& out) {
  out +=
      "  if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then\n    _intercept_words " + quoted_list(first_words()) +
      " \"$cur\"\n    return\n  fi\n  command=${COMP_WORDS[1]}\n  case $command in\n    '' | -*)\n      command=run\n"
      "      ;;\n";
  for (const std::string_view first : first_words()) {
    std::vector<std::string_view> seconds;
    for (const CommandInfo* c : group_of(first)) seconds.push_back(c->name.substr(first.size() + 1));
    if (seconds.empty()) continue;
    out.append("    ").append(first).append(")\n      if ((COMP_CWORD == 2)); then\n        _intercept_words ");
    out.append(quoted_list(seconds))
        .append(" \"$cur\"\n        return\n      fi\n      command+=\" ${COMP_WORDS[2]}\"\n");
    out += "      ;;\n";
  }
  out += "  esac\n";
}

// The case of a flag's value; nothing for a switch.
void append_value(std::string& out, const FlagInfo& flag) {
  const Takes what = takes(flag);
  if (what == Takes::nothing) return;
  out += "        ";
  if (!short_name(flag).empty()) out.append(short_name(flag)).append(" | ");
  out.append(flag.name()).append(")\n");
  if (what == Takes::files) out += "          _intercept_files -f \"$cur\"\n";
  if (what == Takes::directories) out += "          _intercept_files -d \"$cur\"\n";
  if (what == Takes::words) out += "          _intercept_words " + quoted_list(split_words(flag.words)) + " \"$cur\"\n";
  out += "          return\n          ;;\n";
}

void append_command(std::string& out, const CommandInfo& command) {
  out.append("    '").append(command.name).append("')\n");
  std::string values;
  std::vector<std::string_view> names;
  for (const FlagInfo& flag : command.flags) {
    if (!flag.shown) continue;
    append_value(values, flag);
    names.push_back(flag.name());
  }
  names.push_back("--help");
  if (command.name == "run") names.push_back("--version");
  if (!values.empty()) out += "      case $prev in\n" + values + "      esac\n";
  out += "      flags=" + quoted_list(names) + "\n";
  std::vector<std::string_view> words;
  const Takes what = takes(command, words);
  if (what == Takes::files) out += "      [[ $cur == -* ]] || _intercept_files -f \"$cur\"\n";
  if (what == Takes::words) out += "      [[ $cur == -* ]] || _intercept_words " + quoted_list(words) + " \"$cur\"\n";
  out += "      ;;\n";
}

}  // namespace

std::string bash_completion() {
  std::string out(head);
  append_first_word(out);
  out += "  case $command in\n";
  for (const CommandInfo* command : commands()) append_command(out, *command);
  out += "    help)\n      _intercept_words " + quoted_list(first_words()) + " \"$cur\"\n      ;;\n  esac\n";
  out += "  [[ $cur == -* ]] && _intercept_words \"$flags\" \"$cur\"\n  return 0\n}\n\n";
  return out + "complete -F _intercept intercept\n";
}

}  // namespace cli
