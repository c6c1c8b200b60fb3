// Reading a saved tools/list; tolerant as the proxy is of what servers send.
#include "cli/tools_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "json/writer.h"

namespace cli {
namespace {

constexpr std::string_view expected = "; expected what the server answers to tools/list: {\"tools\": [...]}";

base::Result<std::string> read_text(const std::string& path, const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return base::fail(name + " is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(name + " cannot be opened: " + std::strerror(errno == 0 ? EIO : errno));
  std::string text;
  char part[65'536];
  while (file.read(part, sizeof part) || file.gcount() > 0) {
    text.append(part, static_cast<std::size_t>(file.gcount()));
    if (text.size() > tools::Registry::max_bytes) return base::fail(name + " is larger than 64 MiB");
  }
  return text;
}

}  // namespace

base::Result<void> read_tools_file(const std::string& path, tools::Registry& into) {
  const std::string name = "tools file \"" + base::printable(path, 4096) + "\"";
  auto text = read_text(path, name);
  if (!text) return std::unexpected(text.error());
  json::Document document;
  if (const auto read = document.read(*text, json::Profile::tolerant); !read)
    return base::fail(name + " is not JSON: " + read.error().message + std::string(expected));
  json::Value list = document.root();
  if (const json::Value result = list.find("result")) list = result;
  if (const json::Value tools = list.find("tools")) list = tools;
  if (!list.is_array()) return base::fail(name + " holds no tools" + std::string(expected));
  std::string page;
  json::Composer c(page);
  c.open().key("tools").value(list).close();
  json::Document whole;
  if (const auto read = whole.read(page, json::Profile::tolerant); !read)
    return base::fail(name + ": " + read.error().message);
  into.add_page("", whole.root(), base::BootTime());
  if (!into.current(base::BootTime())) return base::fail(name + " holds more than 64 MiB of tools");
  return {};
}

}  // namespace cli
