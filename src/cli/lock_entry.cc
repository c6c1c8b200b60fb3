// See the header.
#include "cli/lock_entry.h"

#include <utility>

#include "base/strings.h"
#include "json/document.h"

namespace cli {

base::Result<tools::LockedServer> lock_entry(std::string name, tools::ServerIdentity identity,
                                             const catalog::Source& source, const std::string& from) {
  if (name.empty()) return base::fail("the list names no server; name it with --server-name");
  tools::LockedServer out;
  out.name = std::move(name);
  out.identity = std::move(identity);
  // A saved list without serverInfo has the file's name.
  const bool by_file = !from.empty() && from.substr(from.find_last_of('/') + 1).starts_with(source.name + '.');
  out.identity.name = by_file ? "" : source.name;
  out.identity.version = source.version;
  out.identity.protocol = source.protocol;
  if (!source.instructions.empty()) out.instructions = source.instructions;
  std::string list = "[";
  for (const std::string& tool : source.tools) list.append(list.size() > 1 ? "," : "").append(tool);
  list += ']';
  json::Document document;
  if (const auto read = document.read(list, json::Profile::tolerant); !read) return base::fail(read.error().message);
  auto tools = tools::pin_all(document.root());
  if (!tools) return std::unexpected(tools.error());
  out.tools = std::move(*tools);
  return out;
}

std::string count_of(const tools::LockedServer& server) {
  const std::size_t n = server.tools.size();
  return std::to_string(n) + (n == 1 ? " tool" : " tools") + " of \"" + base::printable(server.name, 80) + '"';
}

}  // namespace cli
