// The servers that an MCP client is configured with: .mcp.json (Claude Code), Claude Desktop, Cursor, Windsurf
// (`mcpServers`), VS Code (`servers`, `inputs`, also below `mcp`), Codex (TOML, `mcp_servers`). JSON may have comments
// and commas before a closing bracket, as editors allow.
// What must stay true: nothing is started, connected to or asked here, and no value of an environment, a header or an
// input is in a message.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cli {

using Named = std::vector<std::pair<std::string, std::string>>;

struct ConfiguredServer {
  std::string name;
  std::vector<std::string> command;  // a process...
  Named environment;
  std::string directory;
  std::string url;  // ...or a remote server
  Named headers;
  std::vector<std::string> header_flags;  // of a server that intercept fronts: --header as it was given
  std::string server_name;                // of a server that intercept fronts: --server-name
  bool disabled = false;                  // the client does not use it
  bool wrapped = false;                   // intercept stands in front; `command` and `url` are what stands behind
  std::string problem;                    // why it cannot be scanned; else ""
};

// A value that VS Code asks its user for.
struct ConfiguredInput {
  std::string id, description;
  std::optional<std::string> initial;  // "default"
  bool secret = false;
};

struct ClientConfig {
  std::vector<ConfiguredServer> servers;
  std::vector<ConfiguredInput> inputs;
};

// `toml`: the text is TOML. Errors say what is wrong, without the file's name.
base::Result<ClientConfig> read_client_config(std::string_view text, bool toml);

// What ${...} stands for. `input`: of an id; nothing: it is not to be had.
struct Substitutes {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<std::optional<std::string>(std::string_view id)> input;
  std::string workspace;  // the folder that the configuration belongs to
  std::string home;
};

// Puts values in the places of ${VAR}, ${VAR:-default}, ${env:VAR}, ${input:id}, ${workspaceFolder} and ${userHome}, in
// all that a server is started with. The error names what is missing.
base::Result<ConfiguredServer> substituted(ConfiguredServer server, const Substitutes& with);

// JSON without comments and without commas before closing brackets; places of what is left stay (they become blanks).
std::string without_comments(std::string_view text);

}  // namespace cli
