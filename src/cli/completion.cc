// `intercept completion`, and what the scripts of the three shells have in common.
#include "cli/completion.h"

#include <algorithm>
#include <ostream>

#include "policy/codes.h"

namespace cli {

std::vector<std::string_view> split_words(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(" \n"), words.size());
    if (end > 0) out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

Takes takes(const FlagInfo& flag) {
  if (flag.value.empty()) return Takes::nothing;
  if (!flag.words.empty()) return Takes::words;
  if (flag.value == "DIR" || flag.value == "FOLDER") return Takes::directories;
  return flag.value.find("FILE") != std::string_view::npos || flag.value == "POLICY" ? Takes::files : Takes::anything;
}

namespace {

// A file stands among the plain words of the usage: not as a flag's value.
bool usage_has_file(std::string_view usage) {
  bool after_flag = false;
  for (const std::string_view word : split_words(usage)) {
    const bool file = word.find("FILE") != std::string_view::npos || word.find("POLICY") != std::string_view::npos ||
                      word.find("OLD") != std::string_view::npos || word.find("FOLDER") != std::string_view::npos;
    if (file && !after_flag) return true;
    after_flag = word.starts_with('-') || word.starts_with("[-");
  }
  return false;
}

}  // namespace

Takes takes(const CommandInfo& command, std::vector<std::string_view>& words) {
  words = split_words(command.words);
  if (command.words == "COMMAND") {
    words.clear();
    for (const CommandInfo* c : commands())
      for (const std::string_view word : split_words(c->name))
        if (std::ranges::find(words, word) == words.end()) words.push_back(word);
    return Takes::words;
  }
  if (command.words == "CODE") {
    words.clear();
    for (const policy::Code& code : policy::codes()) words.push_back(code.name);
    return Takes::words;
  }
  if (command.words == "FILE") return Takes::files;
  if (!words.empty()) return Takes::words;
  return usage_has_file(command.usage) ? Takes::files : Takes::nothing;
}

std::string_view short_name(const FlagInfo& flag) {
  const std::size_t comma = flag.names.find(',');
  return comma == std::string_view::npos ? std::string_view() : flag.names.substr(0, comma);
}

std::vector<std::string_view> first_words() {
  std::vector<std::string_view> out;
  for (const CommandInfo* c : commands()) {
    const std::string_view first = c->name.substr(0, c->name.find(' '));
    if (first != "run" && std::ranges::find(out, first) == out.end()) out.push_back(first);
  }
  out.insert(out.end(), {"help", "version"});
  return out;
}

std::vector<const CommandInfo*> group_of(std::string_view first_word) {
  std::vector<const CommandInfo*> out;
  for (const CommandInfo* c : commands()) {
    const std::string_view name = c->name;
    if (name.starts_with(first_word) && name.size() > first_word.size() && name[first_word.size()] == ' ')
      out.push_back(c);
  }
  return out;
}

std::string about_first_word(std::string_view first_word) {
  if (const CommandInfo* command = find_command(first_word)) return std::string(command->summary);
  if (first_word == "help") return "what a command does";
  if (first_word == "version") return "which version this is";
  std::string out;
  for (const CommandInfo* c : group_of(first_word))
    out.append(out.empty() ? "" : ", ").append(c->name.substr(first_word.size() + 1));
  return out;
}

std::string backslashed(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

namespace {

int run(const Invocation& invocation, Terminal& terminal) {
  std::vector<std::string> words;
  Flags reader({});
  reader.rest("SHELL", words);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "completion takes no server command");
  if (words.size() != 1) return bad_use(terminal, "name one shell: bash, zsh or fish");
  if (words[0] == "bash") return terminal.out << bash_completion(), exit_ok;
  if (words[0] == "zsh") return terminal.out << zsh_completion(), exit_ok;
  if (words[0] == "fish") return terminal.out << fish_completion(), exit_ok;
  return bad_use(terminal, wrong_word("the shell", "bash, zsh or fish", words[0]));
}

}  // namespace

const CommandInfo completion_info{"completion",
                                  "completion bash|zsh|fish",
                                  "print a shell's completion of commands, flags, their values and files",
                                  "",
                                  {},
                                  "Exit status: 0; 2 if the use is wrong.\n"
                                  "\n"
                                  "Examples:\n"
                                  "  eval \"$(intercept completion bash)\"                # in ~/.bashrc\n"
                                  "  intercept completion zsh > ~/.zfunc/_intercept     # a folder of $fpath\n"
                                  "  intercept completion fish > ~/.config/fish/completions/intercept.fish\n",
                                  run,
                                  "bash zsh fish"};

}  // namespace cli
