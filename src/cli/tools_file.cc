// See the header.
#include "cli/tools_file.h"

#include "base/strings.h"
#include "cli/read_input.h"
#include "json/document.h"
#include "trial/tools_list.h"

namespace cli {
namespace {

std::string name_of(const std::string& path) {
  return path == "-" ? "tools file on standard input" : "tools file \"" + base::printable(path, 4096) + '"';
}

std::unexpected<base::Error> fail(const std::string& what) {
  return base::fail(what + '\n' + std::string(tools_file_help.substr(0, tools_file_help.size() - 1)));
}

}  // namespace

base::Result<std::string> read_tools_file(const std::string& path) {
  const auto text = read_input(path, tools::Registry::max_bytes, "tools file");
  if (!text) return fail(text.error().message);
  auto list = trial::tools_of(*text);
  if (!list) return fail(name_of(path) + ": " + list.error().message);
  return list;
}

base::Result<void> read_tools_file(const std::string& path, base::BootTime now, tools::Registry& into) {
  const auto list = read_tools_file(path);
  if (!list) return std::unexpected(list.error());
  const std::string text = "{\"tools\":" + *list + '}';
  json::Document page;
  if (const auto read = page.read(text, json::Profile::tolerant); !read)
    return base::fail(name_of(path) + ": " + read.error().message);
  into.add_page("", page.root(), now);
  if (!into.current(now)) return base::fail(name_of(path) + " holds more than 64 MiB of tools");
  return {};
}

}  // namespace cli
