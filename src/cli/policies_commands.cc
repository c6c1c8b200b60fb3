// See the header. The policies are written from a table when they are asked for (catalog/shipped.h).
#include "cli/policies_commands.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "base/result.h"
#include "base/strings.h"
#include "catalog/shipped.h"
#include "cli/new_file.h"
#include "json/writer.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 1> use_flags{
    {{"-o,--output", "FILE", "the file to write; one that is there is left alone (default: policy.yaml)"}}};

base::Result<catalog::Entry> find(const std::string& name) {
  std::vector<catalog::Entry> entries = catalog::shipped();
  const auto found = std::ranges::find(entries, name, &catalog::Entry::id);
  if (found != entries.end()) return std::move(*found);
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const catalog::Entry& e : entries) names.push_back(e.id);
  const std::string_view near = base::nearest(name, names);
  return base::fail("there is no ready-made policy \"" + base::printable(name) + '"' +
                    (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?") +
                    "\nintercept policies list shows them; intercept scan makes one for any server.");
}

// One plain word, or what is wrong.
std::string one_name(Flags& reader, const Invocation& invocation, std::string& name, std::string_view command) {
  std::vector<std::string> words;
  reader.rest("NAME", words);
  if (std::string wrong = reader.read(invocation.words); !wrong.empty()) return wrong;
  if (invocation.has_dashes) return std::string(command) + " takes no server command";
  if (words.size() != 1) return std::string(command) + " takes one NAME; intercept policies list shows them";
  name = words[0];
  return {};
}

int list(const Invocation& invocation, Terminal& terminal) {
  Flags reader({});
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "policies list takes no server command");
  terminal.out << catalog::show_policies(catalog::shipped());
  return exit_ok;
}

int show(const Invocation& invocation, Terminal& terminal) {
  std::string name;
  Flags reader({});
  if (const std::string wrong = one_name(reader, invocation, name, "policies show"); !wrong.empty())
    return bad_use(terminal, wrong);
  const auto entry = find(name);
  if (!entry) return failed(terminal, entry.error().message);
  terminal.out << catalog::shipped_policy(*entry);
  return exit_ok;
}

base::Result<void> write_new(const std::string& path, std::string_view text) {
  const int error = write_new_file(path, text);
  if (error == 0) return {};
  const std::string named = '"' + base::printable(path, 4096) + '"';
  if (error == EEXIST) return base::fail(named + " is there already and is left alone; name another file with -o");
  return base::fail(named + " cannot be written: " + std::strerror(error));
}

int use(const Invocation& invocation, Terminal& terminal) {
  std::string name, path = "policy.yaml";
  Flags reader(use_flags);
  reader.text("--output", path);
  if (const std::string wrong = one_name(reader, invocation, name, "policies use"); !wrong.empty())
    return bad_use(terminal, wrong);
  const auto entry = find(name);
  if (!entry) return failed(terminal, entry.error().message);
  if (const auto done = write_new(path, catalog::shipped_policy(*entry)); !done)
    return failed(terminal, done.error().message);
  std::string line;
  json::Composer(line).open().key(name).open().member("command", "intercept").key("args").open_array();
  json::Composer(line).string("-c").string(path).string("--").string("COMMAND").string("ARGUMENT");
  json::Composer(line).close_array().close().close();
  terminal.out << "Wrote " << base::printable(path, 4096) << ". It is run by this in .mcp.json, with the server's own\n"
               << "command for COMMAND and ARGUMENT:\n\n"
               << "{\"mcpServers\": " << line << "}\n\nintercept validate " << base::printable(path, 4096)
               << " checks it after each change.\n";
  return exit_ok;
}

}  // namespace

const CommandInfo policies_list_info{
    "policies list",
    "policies list",
    "the servers that there is a ready-made policy for",
    "With the worst severity of their tools, and how many tools do what and are ruled how.\n",
    {},
    "Exit status: 0; 2 for bad use.\n",
    list};

const CommandInfo policies_show_info{
    "policies show",
    "policies show NAME",
    "print a ready-made policy",
    "A rule for every tool of the server by its class: reads pass, writes and what starts something are limited,\n"
    "deletions are denied, payments need a person. What the policy does not name is refused.\n",
    {},
    "Exit status: 0; 1 if there is none of that name; 2 for bad use.\n"
    "\n"
    "Example:\n"
    "  intercept policies show filesystem\n",
    show};

const CommandInfo policies_use_info{
    "policies use",
    "policies use NAME [-o FILE]",
    "write a ready-made policy to a file, and say how to run it",
    "",
    use_flags,
    "Exit status: 0; 1 if there is none of that name or the file is there already; 2 for bad use.\n"
    "\n"
    "Examples:\n"
    "  intercept policies use filesystem\n"
    "  intercept policies use postgres -o policies/postgres.yaml\n",
    use};

}  // namespace cli
