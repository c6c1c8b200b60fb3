// `intercept catalog show`: a server or a tool in the terminal, or as JSON.
#include <algorithm>
#include <array>
#include <ostream>

#include "base/strings.h"
#include "catalog/show.h"
#include "cli/catalog_commands.h"
#include "cli/catalog_source.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 2> flags{
    {{"--from", "DIR", "a folder of tool lists, a file a server; or one file (default: the servers that are built in)"},
     {"--format", "FORMAT", "text (default) or json", "Flags", true, "text json"}}};

// What is near to a name that is not there: "; did you mean …?", or "".
template <class List, class Name>
std::string meant(std::string_view given, const List& list, Name name) {
  std::vector<std::string_view> names;
  names.reserve(std::size(list));
  for (const auto& one : list) names.push_back(name(one));
  const std::string_view near = base::nearest(given, names);
  return near.empty() ? std::string() : "; did you mean \"" + base::printable(near) + "\"?";
}

int show_all(const std::vector<catalog::Entry>& entries, bool json, Terminal& terminal) {
  if (!json) return terminal.out << catalog::show_servers(entries), exit_ok;
  std::vector<catalog::Report> reports;
  reports.reserve(entries.size());
  for (const catalog::Entry& e : entries) reports.push_back(e.report);
  terminal.out << catalog::to_json(reports);
  return exit_ok;
}

// Servers and tools may have slashes in their names: the longest server whose name the word begins with is meant.
int show_one(const std::vector<catalog::Entry>& entries, std::string_view word, bool json, Terminal& terminal) {
  const catalog::Entry* server = nullptr;
  for (const catalog::Entry& e : entries) {
    const bool begins = word.starts_with(e.id) && (word.size() == e.id.size() || word[e.id.size()] == '/');
    if (begins && (server == nullptr || e.id.size() > server->id.size())) server = &e;
  }
  if (server == nullptr) {
    const std::string_view name = word.substr(0, word.find('/'));
    return failed(terminal, "there is no server \"" + base::printable(name) + '"' +
                                meant(name, entries, [](const auto& e) { return std::string_view(e.id); }) +
                                "\nintercept catalog show lists them.");
  }
  if (word.size() == server->id.size()) {
    terminal.out << (json ? catalog::to_json(server->report) : catalog::show_server(*server));
    return exit_ok;
  }
  const std::string_view name = word.substr(server->id.size() + 1);
  const auto found = std::ranges::find(server->report.tools, name, &catalog::Tool::name);
  if (found == server->report.tools.end()) {
    return failed(terminal,
                  "the server \"" + base::printable(server->id) + "\" has no tool \"" + base::printable(name) + '"' +
                      meant(name, server->report.tools, [](const auto& t) { return std::string_view(t.name); }) +
                      "\nintercept catalog show " + base::printable(server->id) + " lists them.");
  }
  if (!json) return terminal.out << catalog::show_tool(*server, *found), exit_ok;
  catalog::Report one{.server = server->report.server, .tools = {*found}, .items = {}, .counts = {}};
  one.counts.of_class[static_cast<std::size_t>(found->assessment.of)] = 1;
  one.counts.of_severity[static_cast<std::size_t>(found->assessment.severity)] = 1;
  terminal.out << catalog::to_json(one);
  return exit_ok;
}

int run(const Invocation& invocation, Terminal& terminal) {
  std::string from, format = "text";
  std::vector<std::string> words;
  Flags reader(flags);
  reader.text("--from", from).text("--format", format).rest("SERVER", words);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "catalog show takes no server command");
  if (words.size() > 1) return bad_use(terminal, "catalog show takes one SERVER or SERVER/TOOL");
  if (format != "text" && format != "json") return bad_use(terminal, wrong_word("--format", "text or json", format));
  const auto entries = read_catalog(from);
  if (!entries) return failed(terminal, entries.error().message);
  if (words.empty()) return show_all(*entries, format == "json", terminal);
  return show_one(*entries, words[0], format == "json", terminal);
}

}  // namespace

const CommandInfo catalog_show_info{
    "catalog show",
    "catalog show [SERVER[/TOOL]] [--from DIR] [--format FORMAT]",
    "what a server or one of its tools can do, and the policy for it",
    "Without a name it lists the servers. DIR holds what servers answered to tools/list, a file each; a server is "
    "called\n"
    "after its file.\n",
    flags,
    "Exit status: 0; 1 if there is no such server or tool, or a file cannot be used; 2 for bad use.\n"
    "\n"
    "Examples:\n"
    "  intercept catalog show\n"
    "  intercept catalog show filesystem\n"
    "  intercept catalog show filesystem/write_file\n"
    "  intercept catalog show --from lists arcane/arcane_job_run --format json\n",
    run};

}  // namespace cli
