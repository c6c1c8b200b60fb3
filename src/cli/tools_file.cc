// See the header.
#include "cli/tools_file.h"

#include <utility>

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

base::Result<ToolsText> tools_text_of(std::string text, const std::string& path) {
  auto list = trial::tools_of(text);
  if (!list) return fail(name_of(path) + ": " + list.error().message);
  return ToolsText{std::move(text), std::move(*list)};
}

base::Result<ToolsText> read_tools_text(const std::string& path) {
  auto text = read_input(path, tools::Registry::max_bytes, "tools file");
  if (!text) return fail(text.error().message);
  return tools_text_of(std::move(*text), path);
}

base::Result<std::string> read_tools_file(const std::string& path) {
  auto file = read_tools_text(path);
  if (!file) return std::unexpected(file.error());
  return std::move(file->list);
}

base::Result<std::string> read_tools_file(const std::string& path, base::BootTime now, tools::Registry& into) {
  auto list = read_tools_file(path);
  if (!list) return std::unexpected(list.error());
  const std::string text = "{\"tools\":" + *list + '}';
  json::Document page;
  if (const auto read = page.read(text, json::Profile::tolerant); !read)
    return base::fail(name_of(path) + ": " + read.error().message);
  into.add_page("", page.root(), now);
  if (!into.current(now)) return base::fail(name_of(path) + " holds more than 64 MiB of tools");
  return list;
}

}  // namespace cli
