// Putting a stdio session together, in the order in which its parts need each other.
#include "cli/run.h"

#include <ostream>

#include "cli/policy_source.h"
#include "cli/run_arguments.h"
#include "cli/run_parts.h"
#include "cli/run_remote.h"
#include "cli/server_name.h"
#include "cli/state_place.h"
#include "net/loop.h"
#include "proxy/desk.h"
#include "proxy/policy_reload.h"
#include "proxy/stdio_session.h"
#include "transport/url.h"

namespace cli {
namespace {

// The name of what is run, where --server-name gives none.
std::string server_name_of(const RunArguments& a) {
  if (!a.command.empty()) return default_server_name(a.command);
  const auto url = transport::parse_url(a.http.upstream);
  return url ? url->host : a.http.upstream;
}

int run_session(const RunArguments& a, Terminal& terminal) {
  PolicySource source;
  source.path = a.config;
  source.server_name = a.server_name;
  source.counter_server = a.server_name.empty() ? server_name_of(a) : a.server_name;
  source.lock = a.lock;
  source.colour = terminal.colour_err;
  source.all_problems = a.log_level == mediator::Level::debug;
  const SourcedPolicy policy = load_policy(source);
  terminal.err << policy.loaded.problems;
  if (policy.loaded.snapshot == nullptr)
    return usage_error(terminal, policy.loaded.why + "; the server was not started");
  if (!policy.advice.empty()) terminal.err << "intercept: " << policy.advice << '\n';
  terminal.err.flush();
  terminal.kept.push_back(policy.loaded.snapshot);

  const StatePlace place = find_state_place(a.state_dir, policy.loaded.snapshot->uses_store());
  if (const std::string wrong = check_place(a, place, *policy.loaded.snapshot); !wrong.empty()) {
    return usage_error(terminal, wrong);
  }
  net::keep_freed_memory();
  if (a.command.empty() || a.http.client != ClientSide::stdio) return run_remote(a, source, policy, place, terminal);
  base::SystemClock clock;
  auto session = proxy::StdioSession::start({.command = a.command}, clock);
  if (!session) {
    terminal.err << "Error: " << session.error().message << '\n';
    return session.error().exit_status;
  }
  RunParts parts({a, place, policy, source.counter_server});
  mediator::Session mediated(parts.config, parts.turn, parts.random, parts.counters, parts.recorder,
                             policy.loaded.snapshot, parts.pause.get());
  audit::Start start;
  start.command = a.command;
  proxy::Desk desk(session->loop(), parts.for_desk(std::move(start)));
  proxy::PolicyReload reload(
      {.desk = desk,
       .show = [&terminal](const std::string& problems) { terminal.err << problems << std::flush; },
       .lock = policy.loaded.lock},
      a.config, policy.loaded.snapshot, [source] { return load_policy(source).loaded; }, policy.identity);
  return session->run({mediated, desk, [&reload] { reload.ask(); }});
}

int run(const Invocation& invocation, Terminal& terminal) {
  const auto arguments = read_run_arguments(invocation);
  if (!arguments) return bad_use(terminal, arguments.error());
  return run_session(*arguments, terminal);
}

constexpr std::string_view after =
    R"(From nothing to a tested policy in force:
  intercept scan -o policy.yaml -- COMMAND               # what its tools can do, and a policy to begin with
  npx @modelcontextprotocol/inspector --cli COMMAND --method tools/list > tools.json
  intercept validate policy.yaml --tools tools.json      # what is wrong, and how to mend it
  intercept explain -c policy.yaml --tool NAME --args '{"path": "/etc/passwd"}'
  intercept test policy.test                             # intercept test --help shows such a file
  intercept -c policy.yaml -- COMMAND
  intercept status                                       # and intercept why ID, of a refusal

A policy in four lines:
  default: allow
  hide: [delete_repository]
  tools:
    create_issue: {rules: [{rate_limit: 30/hour}]}

In .mcp.json, put intercept in front of the server's own command:
  {"mcpServers": {"files": {"command": "intercept",
    "args": ["-c", "policy.yaml", "--", "npx", "-y", "@modelcontextprotocol/server-filesystem", "."]}}}

Over HTTP: a remote server for a client that speaks stdio; clients that speak HTTP, in front of either kind of server:
  intercept -c policy.yaml --upstream https://mcp.example.com/mcp --header 'Authorization: Bearer ${TOKEN}'
  intercept -c policy.yaml --transport http --port 8700 --upstream https://mcp.example.com/mcp
  intercept -c policy.yaml --transport http --port 8700 -- COMMAND     # then http://127.0.0.1:8700/mcp

The policy is loaded anew when its file changes, and on SIGHUP; one that has mistakes changes nothing.

Exit status: the server's own (128 + signal if one ended it); 2 for bad use or a bad policy; 126 and 127 if the
server's command cannot be run or found. With --upstream: 0 when the client closes its end, 1 if the server was given up.
A listener ends by a signal: 128 + signal.
)";

}  // namespace

const CommandInfo run_info{
    "run",
    "-c POLICY [flags] -- COMMAND [ARG...]    run COMMAND (an MCP server over stdio) behind the policy\n"
    "-c POLICY [flags] --upstream URL    put the policy in front of a remote server\n"
    "-c POLICY [flags] --transport http [--port N] -- COMMAND [ARG...] | --upstream URL    serve clients over HTTP",
    "run a server behind a policy",
    "",
    run_flags(),
    after,
    run};

}  // namespace cli
