// `intercept man`: a page on standard output, or all of them into a folder.
#include "cli/man.h"

#include <filesystem>
#include <fstream>
#include <ostream>

#include "base/strings.h"

namespace cli {
namespace {

int write_all_pages(const std::string& folder, Terminal& terminal) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return failed(terminal, "cannot make the folder \"" + base::printable(folder) + "\": " + error.message());
  for (const CommandInfo* command : commands()) {
    const std::filesystem::path path = std::filesystem::path(folder) / (page_name(*command) + ".1");
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << manual_page(*command);
    file.close();
    if (!file) return failed(terminal, "cannot write \"" + base::printable(path.string(), 4096) + '"');
  }
  return exit_ok;
}

constexpr FlagInfo flags[] = {
    {"--dir", "DIR", "write the pages of all commands there: intercept.1, intercept-validate.1, …"},
};

int run(const Invocation& invocation, Terminal& terminal) {
  std::string folder;
  std::vector<std::string> words;
  Flags reader(flags);
  reader.text("--dir", folder).rest("COMMAND", words);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "man takes no server command");
  if (!folder.empty() && !words.empty()) return bad_use(terminal, "--dir writes every page; name no command");
  if (!folder.empty()) return write_all_pages(folder, terminal);
  std::string name;
  for (const std::string& word : words) name.append(name.empty() ? "" : " ").append(word);
  const CommandInfo* command = find_command(name.empty() ? "run" : name);
  if (command == nullptr) {
    std::vector<std::string_view> names;
    for (const CommandInfo* c : commands()) names.push_back(c->name);
    const std::string_view near = base::nearest(name, names);
    return usage_error(terminal, "there is no command \"" + base::printable(name) + '"' +
                                     (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
  }
  terminal.out << manual_page(*command);
  return exit_ok;
}

}  // namespace

const CommandInfo man_info{"man",
                           "man [COMMAND]\n"
                           "man --dir DIR",
                           "print the manual page of the program or of a command (roff)",
                           "",
                           flags,
                           "Exit status: 0; 1 if a page could not be written; 2 if the use is wrong.\n"
                           "\n"
                           "Examples:\n"
                           "  intercept man validate | man -l -\n"
                           "  intercept man --dir ~/.local/share/man/man1\n",
                           run,
                           "COMMAND"};

}  // namespace cli
