// See the header.
#include "cli/scan_sources.h"

#include <ostream>
#include <utility>

#include "audit/redact.h"
#include "base/strings.h"
#include "cli/remote_target.h"
#include "cli/server_name.h"
#include "cli/version.h"
#include "client/list_server.h"
#include "json/document.h"
#include "json/writer.h"

namespace cli {
namespace {

std::string today() { return base::rfc3339(base::SystemClock().wall().time_since_epoch().count()).substr(0, 10); }

// Entries of a list, as JSON texts.
std::vector<std::string> entries_of(json::Value list) {
  std::vector<std::string> out;
  for (const json::Value entry : list.elements()) json::write(out.emplace_back(), entry);
  return out;
}

// A member of the file's top, or of its result.
json::Value member(json::Value root, std::string_view name) {
  const json::Value own = root.find(name);
  return own ? own : root.find("result").find(name);
}

// What a file says beside its tools. A file of lines or of YAML says nothing.
void read_beside(std::string_view text, catalog::Source& out) {
  json::Document document;
  if (!document.read(text, json::Profile::tolerant)) return;
  const json::Value root = document.root();
  json::Value info = member(root, "serverInfo");
  if (!info) info = member(root, "server");
  out.name = info.find("name").string();
  out.title = info.find("title").string();
  out.version = info.find("version").string();
  if (out.name.empty()) out.name = root.find("name").string();
  out.protocol = member(root, "protocolVersion").string();
  out.instructions = member(root, "instructions").string();
  out.prompts = entries_of(member(root, "prompts"));
  out.resources = entries_of(member(root, "resources"));
  out.templates = entries_of(member(root, "resourceTemplates"));
}

}  // namespace

std::string shown_command(std::span<const std::string> command) {
  std::string out;
  for (const std::string& word : audit::redact_command(command)) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'\\$`*?;&|<>(){}[]#~") == std::string::npos;
    out.append(out.empty() ? "" : " ")
        .append(plain ? "" : "'")
        .append(base::printable(word, word.size()))
        .append(plain ? "" : "'");
  }
  return out;
}

NamedServer named_server(const std::vector<std::string>& command) {
  NamedServer out;
  out.target.command = command;
  out.name = default_server_name(command);
  out.identity.command = audit::redact_command(command);
  out.origin = shown_command(command);
  return out;
}

base::Result<NamedServer> named_server(const HttpArguments& remote, std::ostream& err) {
  auto read = remote_target(remote, environment_variable);
  if (!read) return std::unexpected(read.error());
  if (remote.tls_insecure) {
    err << "intercept: the server's certificate is not verified (--tls-insecure): what is listed may be of "
           "whoever is on the way\n";
  }
  NamedServer out;
  out.name = read->options.url.host;
  out.origin = out.identity.url = read->options.url.shown();
  out.target.remote = std::move(read->options);
  out.target.tls = std::move(read->tls);
  return out;
}

std::string take_timeout(const std::string& word, base::Duration& out) {
  if (word.empty()) return {};
  const std::int64_t time = base::parse_duration(word);
  if (time <= 0) return wrong_word("--timeout", "a time such as 30s or 2m", word);
  out = base::Duration(time);
  return {};
}

base::Result<catalog::Source> scan_server(client::Target target, base::Duration timeout, const std::string& origin) {
  client::ListOptions options;
  options.timeout = timeout;
  options.version = version();
  auto listing = client::list_server(std::move(target), options);
  if (!listing) return std::unexpected(listing.error());
  catalog::Source out;
  out.name = std::move(listing->name);
  out.title = std::move(listing->title);
  out.version = std::move(listing->version);
  out.protocol = std::move(listing->protocol);
  out.transport = std::move(listing->transport);
  out.origin = origin;
  out.date = today();
  out.instructions = std::move(listing->instructions);
  out.tools = std::move(listing->tools);
  out.prompts = std::move(listing->prompts);
  out.resources = std::move(listing->resources);
  out.templates = std::move(listing->templates);
  out.notes = std::move(listing->notes);
  return out;
}

base::Result<catalog::Source> scan_file(const std::string& path) {
  auto file = read_tools_text(path);
  if (!file) return std::unexpected(file.error());
  return scan_text(*file, path);
}

base::Result<catalog::Source> scan_text(const ToolsText& file, const std::string& path) {
  catalog::Source out;
  json::Document document;
  if (const auto read = document.read(file.list, json::Profile::tolerant); !read)
    return base::fail(read.error().message);
  out.tools = entries_of(document.root());
  out.origin = path == "-" ? "standard input" : base::printable(path, 4096);
  out.date = today();
  read_beside(file.text, out);
  if (out.name.empty() && path != "-") {
    const std::string base_name = path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
    out.name = base_name.substr(0, base_name.find_last_of('.'));
  }
  return out;
}

}  // namespace cli
