// Help texts: what a stranger needs, on one screen.
#include "cli/help.h"

namespace cli {
namespace {

constexpr std::string_view general =
    R"(Intercept stands between an AI agent and an MCP server and decides on every message by a policy.

Usage:
  intercept -c POLICY [flags] -- COMMAND [ARG...]    run COMMAND (an MCP server over stdio) behind the policy
  intercept validate -c POLICY                       check a policy file
  intercept --version

Flags:
  -c, --config FILE         the policy (YAML or JSON)
      --server-name NAME    which of the policy's `servers` this is; also in records (default: the command's name)
      --identity NAME       who calls, for limits per identity and for records (default: local)
      --log-level LEVEL     debug, info, warn or error: what is said on stderr (default: info)
Record:
      --log-args HOW        what the audit log keeps of arguments: none, hash, redacted or full (default: hash)
      --audit-fail-mode M   closed: refuse calls while the log cannot be written; open: go on (default: closed)
      --state-dir DIR       where logs live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)

A policy in four lines:
  default: allow
  hide: [delete_repository]
  tools:
    create_issue: {rules: [{rate_limit: 30/hour}]}

In .mcp.json, put intercept in front of the server's own command:
  {"mcpServers": {"files": {"command": "intercept",
    "args": ["-c", "policy.yaml", "--", "npx", "-y", "@modelcontextprotocol/server-filesystem", "."]}}}

Exit status: the server's own (128 + signal if one ended it); 2 for bad use or a bad policy; 126 and 127 if the
server's command cannot be run or found.
)";

constexpr std::string_view validate =
    R"(Checks a policy file: every problem at once, each with its place and how to mend it.

Usage:
  intercept validate -c POLICY [--format text|json] [--compat] [--strict]

Flags:
  -c, --config FILE    the policy (also as a plain argument)
      --format FORMAT  text or json (default: text)
      --compat         also list every rule that is decided more strictly than in the family it came from
      --strict         warnings fail, too

Exit status: 0 if the policy is valid, 2 if not.
)";

}  // namespace

std::string_view help_text(std::string_view topic) { return topic == "validate" ? validate : general; }

std::string_view version() { return INTERCEPT_VERSION; }

std::string version_text() { return "intercept version " + std::string(version()) + " (" + INTERCEPT_COMMIT + ")\n"; }

}  // namespace cli
