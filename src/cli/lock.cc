// `intercept lock` accepts what a server lists into the lock file, `intercept lock diff` shows what changed since. Both
// say it in words before anything is written; neither calls a tool.
#include "cli/lock.h"

#include <array>
#include <ostream>

#include "base/strings.h"
#include "catalog/lock_changes.h"
#include "cli/http_arguments.h"
#include "cli/lock_entry.h"
#include "cli/lock_source.h"
#include "cli/read_input.h"
#include "cli/scan_sources.h"

namespace cli {
namespace {

constexpr std::string_view subject_group = "Subject";

constexpr std::array<FlagInfo, 4> common = {{
    {"--lock", "FILE", "the lock file (default: intercept.lock)"},
    {"--server-name", "NAME", "the server's name in the lock file (default: from the command or URL)"},
    {"--timeout", "TIME", "how long a server may take in all (default: 30s)"},
    {"--from", "FILE", "a saved tools/list in place of a server; - for standard input", subject_group},
}};
constexpr auto lock_flags = join_flags(
    join_flags(std::array<FlagInfo, 1>{{{"--check", "",
                                         "write nothing; exit with 1 if something differs from the lock file"}}},
               common),
    remote_flags);
constexpr auto diff_flags = join_flags(common, remote_flags);

struct Options {
  std::string lock{default_lock_file}, server_name, from;
  bool check = false;
  std::vector<std::string> files, command;
  std::string timeout_word;
  HttpWords words;
  base::Duration timeout = ask_timeout;  // of the words
  HttpArguments http;
};

// A server as it is now.
struct Asked {
  tools::LockedServer server;
  std::vector<std::string> notes;
};

std::string take_subject(Options& o, bool has_dashes) {
  const int subjects =
      static_cast<int>(has_dashes) + static_cast<int>(!o.words.upstream.empty()) + static_cast<int>(!o.from.empty());
  if (subjects == 0) return "say which server: -- COMMAND, --upstream URL or --from FILE";
  if (subjects > 1) return "-- COMMAND, --upstream and --from exclude each other";
  if (has_dashes && o.command.empty()) return "no command after --";
  if (std::string wrong = take_remote_words(o.words, o.http); !wrong.empty()) return wrong;
  return take_timeout(o.timeout_word, o.timeout);
}

base::Result<catalog::Source> ask(const Options& o, std::string& name, tools::ServerIdentity& identity,
                                  std::ostream& err) {
  if (!o.from.empty()) {
    auto source = scan_file(o.from);
    if (source) name = source->name;
    return source;
  }
  auto server = o.http.upstream.empty() ? named_server(o.command) : named_server(o.http, err);
  if (!server) return std::unexpected(server.error());
  name = std::move(server->name);
  identity = std::move(server->identity);
  return scan_server(std::move(server->target), o.timeout, server->origin);
}

base::Result<Asked> ask_server(const Options& o, std::ostream& err) {
  std::string name;
  tools::ServerIdentity identity;
  auto source = ask(o, name, identity, err);
  if (!source) return std::unexpected(source.error());
  auto server = lock_entry(o.server_name.empty() ? name : o.server_name, std::move(identity), *source, o.from);
  if (!server) return std::unexpected(server.error());
  return Asked{std::move(*server), std::move(source->notes)};
}

void bind(Flags& reader, Options& o) {
  reader.text("--lock", o.lock).text("--server-name", o.server_name).text("--timeout", o.timeout_word);
  reader.text("--from", o.from);
  bind_remote_flags(reader, o.words);
}

int lock(const Invocation& invocation, Terminal& terminal) {
  Options o;
  Flags reader(lock_flags);
  bind(reader, o);
  reader.on("--check", o.check);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  o.command = invocation.server;
  if (const std::string wrong = take_subject(o, invocation.has_dashes); !wrong.empty()) return bad_use(terminal, wrong);
  auto before = read_lock_if_there(o.lock);
  if (!before) return usage_error(terminal, before.error().message);
  if (o.check && !*before) return usage_error(terminal, read_lock_file(o.lock).error().message);
  auto asked = ask_server(o, terminal.err);
  if (!asked) return failed(terminal, asked.error().message);
  for (const std::string& note : asked->notes) terminal.err << "intercept: " << note << '\n';
  const tools::LockedServer* was = *before ? (*before)->lock.find(asked->server.name) : nullptr;
  const catalog::LockChanges changes = catalog::compare_locks(was, asked->server);
  terminal.out << catalog::text(changes);
  if (o.check) {
    if (was == nullptr) return failed(terminal, o.lock + " has no server \"" + asked->server.name + '"');
    if (changes.none()) return terminal.out << count_of(asked->server) << " are as locked\n", exit_ok;
    return failed(terminal, "the server is not as it was locked");
  }
  tools::LockFile after = *before ? (*before)->lock : tools::LockFile();
  after.put(asked->server);
  if (*before && tools::write_lock(after) == (*before)->text) {
    return terminal.out << count_of(asked->server) << " are as locked; nothing was written\n", exit_ok;
  }
  if (const auto written = write_lock_file(o.lock, *before, after); !written) {
    return failed(terminal, written.error().message);
  }
  terminal.out << "locked " << count_of(asked->server) << " in " << base::printable(o.lock, 4096) << '\n';
  return exit_ok;
}

// Two lock files, each server by its name.
int compare_files(const Options& o, Terminal& terminal) {
  std::array<tools::LockFile, 2> locks;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string name = o.files[i] == "-" ? "<stdin>" : o.files[i];
    const auto text = read_input(o.files[i], tools::max_lock_bytes, "lock file");
    if (!text) return usage_error(terminal, text.error().message);
    auto lock = tools::read_lock(base::printable(name, 4096), *text);
    if (!lock) return usage_error(terminal, lock.error().message);
    locks[i] = std::move(*lock);
  }
  bool differs = false;
  for (const tools::LockedServer& now : locks[1].servers) {
    const tools::LockedServer* was = locks[0].find(now.name);
    const catalog::LockChanges changes = catalog::compare_locks(was, now);
    differs = differs || was == nullptr || !changes.none();
    const std::string text = catalog::text(changes);
    if (was == nullptr || !text.empty()) {
      terminal.out << (was == nullptr ? "new server \"" : "server \"") << base::printable(now.name, 80) << "\"\n"
                   << text;
    }
  }
  for (const tools::LockedServer& was : locks[0].servers) {
    if (locks[1].find(was.name) != nullptr) continue;
    differs = true;
    terminal.out << "server \"" << base::printable(was.name, 80) << "\" is gone\n";
  }
  return differs ? exit_failed : exit_ok;
}

int diff(const Invocation& invocation, Terminal& terminal) {
  Options o;
  Flags reader(diff_flags);
  bind(reader, o);
  reader.rest("FILE", o.files);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  o.command = invocation.server;
  if (!o.files.empty()) {
    if (o.files.size() != 2 || invocation.has_dashes || !o.words.upstream.empty() || !o.from.empty()) {
      return bad_use(terminal, "lock diff compares two lock files (OLD NEW), or a server with --lock");
    }
    if (o.files[0] == "-" && o.files[1] == "-") return bad_use(terminal, "only one of the files may be -");
    return compare_files(o, terminal);
  }
  if (const std::string wrong = take_subject(o, invocation.has_dashes); !wrong.empty()) return bad_use(terminal, wrong);
  const auto before = read_lock_file(o.lock);
  if (!before) return usage_error(terminal, before.error().message);
  auto asked = ask_server(o, terminal.err);
  if (!asked) return failed(terminal, asked.error().message);
  for (const std::string& note : asked->notes) terminal.err << "intercept: " << note << '\n';
  const auto was = locked_server(o.lock, *before, asked->server.name);
  if (!was) return usage_error(terminal, was.error().message);
  const catalog::LockChanges changes = catalog::compare_locks(was->get(), asked->server);
  terminal.out << catalog::text(changes);
  if (changes.none()) terminal.out << count_of(asked->server) << " are as locked\n";
  return changes.none() ? exit_ok : exit_failed;
}

}  // namespace

const CommandInfo lock_info{
    "lock",
    "lock [flags] -- COMMAND [ARG...]\n"
    "lock [flags] --upstream URL [--header \"NAME: VALUE\"]...\n"
    "lock [flags] --from FILE",
    "accept a server's tools as they are now, so that changed ones are refused",
    "Asks the server for its list, never calls a tool, says what changed since it was locked, and writes the lock "
    "file:\n"
    "a digest and the definition of each tool, for each server by its name. With `lock: FILE` in the policy, or "
    "--lock,\n"
    "calls of tools that are not as locked are refused.\n",
    lock_flags,
    "Exit status: 0; 1 if the server could not be asked, the file could not be written, or --check finds a "
    "difference;\n"
    "2 for bad use or a broken lock file.\n"
    "\n"
    "Examples:\n"
    "  intercept lock -- npx -y @modelcontextprotocol/server-filesystem .\n"
    "  intercept lock --lock servers.lock --upstream https://mcp.example.com/mcp\n"
    "  intercept lock --check -- npx -y @modelcontextprotocol/server-filesystem .      # in continuous integration\n",
    lock};

const CommandInfo lock_diff_info{
    "lock diff",
    "lock diff [flags] -- COMMAND [ARG...]\n"
    "lock diff [flags] --upstream URL | --from FILE\n"
    "lock diff OLD NEW",
    "what changed in a server's tools since they were locked, in words",
    "Descriptions word by word ([-gone-] {+new+}) with hidden characters shown as ⟨U+200B⟩, arguments by their path,\n"
    "what a tool can do now, and new signs of poisoning. OLD and NEW are lock files; one may be -, standard input.\n",
    diff_flags,
    "Exit status: 0 if nothing changed; 1 if something did, or the server could not be asked; 2 for bad use or a "
    "broken\n"
    "lock file.\n"
    "\n"
    "Examples:\n"
    "  intercept lock diff -- npx -y @modelcontextprotocol/server-filesystem .\n"
    "  git show HEAD:intercept.lock | intercept lock diff - intercept.lock\n",
    diff};

}  // namespace cli
