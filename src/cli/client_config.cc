// Shapes of configurations, in one place: which members hold servers, and which members of a server mean what.
#include "cli/client_config.h"

#include <array>

#include "base/strings.h"
#include "cli/toml_text.h"
#include "json/document.h"
#include "json/writer.h"

namespace cli {
namespace {

// Where servers stand, from the top.
constexpr std::array<std::array<std::string_view, 2>, 5> places{{
    {"mcpServers", ""},
    {"servers", ""},
    {"mcp", "servers"},
    {"mcp", "mcpServers"},
    {"mcp_servers", ""},
}};

// A scalar as a text: numbers in `env` are common.
std::string scalar(json::Value value) {
  if (value.is_string()) return std::string(value.string());
  std::string out;
  if (value.is_number() || value.is_boolean()) json::write(out, value);
  return out;
}

void read_named(json::Value map, Named& out) {
  for (const json::Member m : map.members())
    if (m.value.is_string() || m.value.is_number() || m.value.is_boolean()) out.emplace_back(m.key, scalar(m.value));
}

std::string base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// `intercept … -- COMMAND` and `intercept … --upstream URL`: what stands behind.
void unwrap(ConfiguredServer& s) {
  if (s.command.empty()) return;
  const std::string program = base_name(s.command[0]);
  if (program != "intercept" && program != "intercept.exe") return;
  s.wrapped = true;
  std::string upstream;
  for (std::size_t i = 1; i < s.command.size(); ++i) {
    const std::string& word = s.command[i];
    if (word == "--") {
      s.command.erase(s.command.begin(), s.command.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      if (s.command.empty()) s.problem = "no command stands after -- in its arguments";
      return;
    }
    const auto value_of = [&](std::string_view flag) -> std::optional<std::string> {
      if (word == flag && i + 1 < s.command.size()) return s.command[++i];
      if (word.starts_with(flag) && word.substr(flag.size()).starts_with('=')) return word.substr(flag.size() + 1);
      return std::nullopt;
    };
    if (auto url = value_of("--upstream")) {
      upstream = std::move(*url);
    } else if (auto header = value_of("--header")) {
      s.header_flags.push_back(std::move(*header));
    } else if (auto name = value_of("--server-name")) {
      s.server_name = std::move(*name);
    }
  }
  s.command.clear();
  s.url = upstream;
  if (s.url.empty()) s.problem = "it runs intercept with neither a command nor --upstream";
}

void read_url(json::Value entry, ConfiguredServer& s) {
  for (const std::string_view key : {"url", "serverUrl", "httpUrl"}) {
    if (s.url.empty()) s.url = entry.find(key).string();
  }
  read_named(entry.find("headers"), s.headers);
  read_named(entry.find("http_headers"), s.headers);
  // Codex: values that stand in the environment.
  if (const std::string_view name = entry.find("bearer_token_env_var").string(); !name.empty())
    s.headers.emplace_back("Authorization", "Bearer ${" + std::string(name) + '}');
  for (const json::Member m : entry.find("env_http_headers").members())
    if (m.value.is_string()) s.headers.emplace_back(m.key, "${" + std::string(m.value.string()) + '}');
}

ConfiguredServer read_server(std::string_view name, json::Value entry) {
  ConfiguredServer s;
  s.name = name;
  if (!entry.is_object()) {
    s.problem = "its entry is no map";
    return s;
  }
  const json::Value command = entry.find("command"), arguments = entry.find("args");
  if (command.is_string() && !command.string().empty()) s.command.emplace_back(command.string());
  for (const json::Value word : command.elements()) s.command.push_back(scalar(word));
  for (const json::Value word : arguments.elements()) s.command.push_back(scalar(word));
  if (arguments && !arguments.is_array() && !arguments.is_null()) s.problem = "\"args\" is no list";
  read_named(entry.find("env"), s.environment);
  s.directory = entry.find("cwd").string();
  read_url(entry, s);
  const json::Value enabled = entry.find("enabled");
  s.disabled = entry.find("disabled").boolean() || (enabled.is_boolean() && !enabled.boolean());
  if (s.problem.empty() && !command && s.url.empty()) s.problem = "it has neither \"command\" nor \"url\"";
  if (!s.command.empty()) s.url.clear();
  unwrap(s);
  return s;
}

void read_inputs(json::Value list, ClientConfig& out) {
  for (const json::Value entry : list.elements()) {
    ConfiguredInput input;
    input.id = entry.find("id").string();
    input.description = entry.find("description").string();
    input.secret = entry.find("password").boolean();
    if (const json::Value initial = entry.find("default"); initial.is_string()) input.initial = initial.string();
    if (!input.id.empty()) out.inputs.push_back(std::move(input));
  }
}

using Text = base::Result<std::string>;

Text value_of(std::string_view name, const Substitutes& with) {
  if (name == "workspaceFolder" || name == "workspaceRoot" || name == "cwd") return with.workspace;
  if (name == "workspaceFolderBasename") return base_name(with.workspace);
  if (name == "userHome") return with.home;
  if (name == "pathSeparator" || name == "/") return "/";
  if (name.starts_with("input:")) {
    if (auto value = with.input(name.substr(6))) return std::move(*value);
    return base::fail("it needs the input \"" + base::printable(name.substr(6), 60) +
                      "\", which only a person at a terminal can give");
  }
  if (name.starts_with("env:")) return with.variable(name.substr(4)).value_or("");
  const std::size_t fallback = name.find(":-");
  const std::string_view variable = name.substr(0, fallback);
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (const char c : variable) {
    if (!is_name(c)) return base::fail("${" + base::printable(name, 60) + "} is not understood");
  }
  if (auto value = with.variable(variable)) return std::move(*value);
  if (fallback != std::string_view::npos) return std::string(name.substr(fallback + 2));
  return base::fail("it needs the environment variable " + base::printable(variable, 60) + ", which is not set");
}

Text substitute(std::string_view text, const Substitutes& with) {
  std::string out;
  while (true) {
    const std::size_t begin = text.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) return out.append(text);
    out += text.substr(0, begin);
    auto value = value_of(text.substr(begin + 2, end - begin - 2), with);
    if (!value) return value;
    out += *value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string without_comments(std::string_view text) {
  std::string out(text);
  const auto blank = [&out](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < out.size(); ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  bool in_text = false;
  std::size_t comma = std::string::npos;  // the last one, if nothing but blanks came since
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = out[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (out.compare(i, 2, "//") == 0) {
      const std::size_t end = std::min(out.find('\n', i), out.size());
      blank(i, end);
      i = end;
    } else if (out.compare(i, 2, "/*") == 0) {
      const std::size_t end = out.find("*/", i + 2);
      if (end == std::string::npos) return out;  // what is left is no JSON, and the reader says so
      blank(i, end + 2);
      i = end + 1;
    } else if (c == ',') {
      comma = i;
    } else if ((c == ']' || c == '}') && comma != std::string::npos) {
      out[comma] = ' ';
      comma = std::string::npos;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      comma = std::string::npos;
      in_text = c == '"';
    }
  }
  return out;
}

base::Result<ClientConfig> read_client_config(std::string_view text, bool toml) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto json = toml ? toml_to_json(text) : without_comments(text);
  if (!json) return std::unexpected(json.error());
  json::Document document;
  if (const auto read = document.read(*json, json::Profile::strict); !read)
    return base::fail("it is not JSON: " + read.error().message);
  const json::Value root = document.root();
  ClientConfig out;
  bool found = false;
  for (const auto& [first, second] : places) {
    json::Value map = root.find(first);
    if (!second.empty()) map = map.find(second);
    if (!map.is_object()) continue;
    found = true;
    for (const json::Member m : map.members()) out.servers.push_back(read_server(m.key, m.value));
  }
  if (!found) {
    return base::fail(
        "it holds no servers: neither \"mcpServers\" (Claude, Cursor, .mcp.json), \"servers\" (VS Code) nor "
        "[mcp_servers.NAME] (Codex, a .toml file)");
  }
  read_inputs(root.find("inputs"), out);
  read_inputs(root.find("mcp").find("inputs"), out);
  return out;
}

base::Result<ConfiguredServer> substituted(ConfiguredServer server, const Substitutes& with) {
  std::vector<std::string*> texts;
  texts.reserve(server.command.size() + server.environment.size() + server.headers.size() + 2);
  for (std::string& word : server.command) texts.push_back(&word);
  for (auto& [name, value] : server.environment) texts.push_back(&value);
  for (auto& [name, value] : server.headers) texts.push_back(&value);
  texts.push_back(&server.directory);
  texts.push_back(&server.url);
  for (std::string* text : texts) {
    auto value = substitute(*text, with);
    if (!value) return std::unexpected(value.error());
    *text = std::move(*value);
  }
  return server;
}

}  // namespace cli
