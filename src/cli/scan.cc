// `intercept scan`: one server, or all of a client's configuration, asked for its lists; what they can do; a policy.
#include "cli/scan.h"

#include <array>
#include <ostream>
#include <utility>

#include "cli/http_arguments.h"
#include "cli/scan_configured.h"
#include "cli/scan_lock.h"
#include "cli/scan_output.h"
#include "cli/scan_sources.h"

namespace cli {
namespace {

constexpr auto flags = join_flags(
    std::to_array<FlagInfo>({
        {"-o,--output", "FILE", "where it goes (with --client-config a folder); default: standard output"},
        {"--format", "WORD", "yaml: a policy to begin with; json, md, html or sarif: a report (default: yaml)", "Flags",
         true, "yaml json md html sarif"},
        {"--dialect", "WORD", "how the policy's rules are written: catalogue, classic or hosted (default: catalogue)",
         "Flags", true, "catalogue classic hosted"},
        {"--fail-on", "SEVERITY", "exit with 1 if a tool is low, medium, high or critical (this one or worse)", "Flags",
         true, "low medium high critical"},
        {"--lock", "FILE",
         "also pin the tools in this lock file, as `intercept lock` does, unless what is locked changed"},
        {"--server-name", "NAME", "the server's name in the lock file (default: from the command or URL)"},
        {"--timeout", "TIME", "how long a server may take in all (default: 30s)"},
        {"--from", "FILE", "a saved tools/list in place of a server; - for standard input", "Subject"},
        {"--client-config", "FILE",
         "every server of a client's configuration: .mcp.json, Claude Desktop, Cursor, VS Code, Codex", "Subject"},
        {"--yes", "", "start the servers of --client-config without asking", "Subject"},
    }),
    remote_flags);

struct Options {
  ScanOutput output;
  std::string from, client_config, server_name;
  ScanLock lock;
  bool yes = false;
  base::Duration timeout = ask_timeout;
  std::vector<std::string> command;
  HttpArguments http;
};

struct Words {
  std::string format = "yaml", dialect, fail_on, timeout;
  HttpWords http;
};

// What is wrong with the words, or "".
std::string take_words(const Words& w, Options& o) {
  const auto format = find_scan_format(w.format);
  if (!format) return wrong_word("--format", "yaml, json, md, html or sarif", w.format);
  o.output.format = *format;
  if (!w.dialect.empty()) {
    const auto dialect = catalog::find_dialect(w.dialect);
    if (!dialect) return wrong_word("--dialect", "catalogue, classic or hosted", w.dialect);
    if (*format != ScanFormat::yaml) return "--dialect is for --format yaml";
    o.output.dialect = *dialect;
  }
  if (!w.fail_on.empty()) {
    o.output.fail_on = find_severity(w.fail_on);
    if (!o.output.fail_on) return wrong_word("--fail-on", "low, medium, high or critical", w.fail_on);
  }
  if (std::string wrong = take_timeout(w.timeout, o.timeout); !wrong.empty()) return wrong;
  if (!w.timeout.empty() && !o.from.empty()) return "--timeout is for servers that are asked; --from asks none";
  return {};
}

std::string take_subject(const Words& w, bool has_dashes, Options& o) {
  const int subjects = static_cast<int>(has_dashes) + static_cast<int>(!w.http.upstream.empty()) +
                       static_cast<int>(!o.from.empty()) + static_cast<int>(!o.client_config.empty());
  if (subjects == 0) {
    return "say what to scan: -- COMMAND, --upstream URL, --from FILE or --client-config FILE, for example: intercept "
           "scan -- npx -y some-server";
  }
  if (subjects > 1) return "-- COMMAND, --upstream, --from and --client-config exclude each other";
  if (has_dashes && o.command.empty()) return "no command after --";
  if (o.yes && o.client_config.empty()) return "--yes requires --client-config";
  if (std::string wrong = take_remote_words(w.http, o.http); !wrong.empty()) return wrong;
  o.output.folder = !o.client_config.empty();
  if (!o.server_name.empty() && o.output.lock.empty()) return "--server-name requires --lock";
  if (!o.server_name.empty() && o.output.folder) return "--server-name is for one server, not for --client-config";
  if (o.output.folder && o.output.format == ScanFormat::html && o.output.path.empty())
    return "--format html of a configuration needs -o FOLDER: each server is a page";
  return check_place(o.output);
}

// `name`, `identity`: as a lock has them.
int scan_one(base::Result<catalog::Source> source, const std::string& name, tools::ServerIdentity identity, Options& o,
             Terminal& terminal) {
  if (!source) return failed(terminal, source.error().message);
  o.lock.add(o.server_name.empty() ? name : o.server_name, std::move(identity), *source, o.from);
  if (source->name.empty()) source->name = name;
  std::vector<NamedReport> reports;
  reports.push_back({name, catalog::make_report(std::move(*source))});
  return o.lock.finish(give_out(reports, o.output, terminal), terminal);
}

int scan_asked(NamedServer server, Options& o, Terminal& terminal) {
  return scan_one(scan_server(std::move(server.target), o.timeout, server.origin), server.name,
                  std::move(server.identity), o, terminal);
}

int scan_remote(Options& o, Terminal& terminal) {
  auto server = named_server(o.http, terminal.err);
  if (!server) return usage_error(terminal, server.error().message);
  return scan_asked(std::move(*server), o, terminal);
}

int run(const Invocation& invocation, Terminal& terminal) {
  Options o;
  Words w;
  Flags reader(flags);
  reader.text("--output", o.output.path).text("--format", w.format).text("--dialect", w.dialect);
  reader.text("--fail-on", w.fail_on).text("--timeout", w.timeout).text("--from", o.from);
  reader.text("--client-config", o.client_config).on("--yes", o.yes);
  reader.text("--lock", o.output.lock).text("--server-name", o.server_name);
  bind_remote_flags(reader, w.http);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  o.command = invocation.server;
  std::string wrong = take_words(w, o);
  if (wrong.empty()) wrong = take_subject(w, invocation.has_dashes, o);
  if (!wrong.empty()) return bad_use(terminal, wrong);
  if (const auto opened = o.lock.open(o.output.lock); !opened) return usage_error(terminal, opened.error().message);
  if (!o.client_config.empty()) {
    return scan_configured({.file = o.client_config, .yes = o.yes, .timeout = o.timeout}, o.output, o.lock, terminal);
  }
  if (!o.from.empty()) {
    auto source = scan_file(o.from);
    if (!source) return usage_error(terminal, source.error().message);
    const std::string name = source->name;
    return scan_one(std::move(source), name, {}, o, terminal);
  }
  if (!o.http.upstream.empty()) return scan_remote(o, terminal);
  return scan_asked(named_server(o.command), o, terminal);
}

}  // namespace

const CommandInfo scan_info{
    "scan",
    "scan [flags] -- COMMAND [ARG...]\n"
    "scan [flags] --upstream URL [--header \"NAME: VALUE\"]...\n"
    "scan [flags] --from FILE | --client-config FILE [--yes]",
    "what a server's tools can do, and a policy to begin with",
    "Connects as a client, reads the lists of tools, prompts and resources, and never calls a tool. Each tool gets a\n"
    "class (Read, Write, Execute, Destructive, Financial), a severity and risks, with the words that led there. The\n"
    "policy has every tool under the default rule of its class, and refuses tools that it does not name.\n",
    flags,
    "Exit status: 0; 1 if a server could not be scanned, --fail-on is reached or what is locked has changed; 2 for bad "
    "use\n"
    "or a broken lock file.\n"
    "\n"
    "Examples:\n"
    "  intercept scan -o policy.yaml -- npx -y @modelcontextprotocol/server-filesystem .\n"
    "  intercept scan --format md --upstream https://mcp.example.com/mcp --header 'Authorization: Bearer ${TOKEN}'\n"
    "  intercept scan --format sarif -o scan.sarif --fail-on critical --from tools.json\n"
    "  intercept scan --format html -o server.html --lock intercept.lock -- npx -y some-server\n"
    "  intercept scan --client-config .mcp.json -o policies\n",
    run};

}  // namespace cli
