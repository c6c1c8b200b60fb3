// A saved tools/list: what a server says its tools are. Every --tools is read here; which shapes are understood is said
// in trial/tools_list.h.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "tools/registry.h"

namespace cli {

// How somebody gets such a file, for the helps of commands that take one.
inline constexpr std::string_view tools_file_help =
    "tools.json is what the server answers to tools/list; one way to save it:\n"
    "  npx @modelcontextprotocol/inspector --cli SERVER-COMMAND ARG... --method tools/list > tools.json\n";

struct ToolsText {
  std::string text;  // as it was read
  std::string list;  // the JSON of the list in it
};
// "-" is standard input. Errors name the file and what is wrong with it: it cannot be read, is larger than 64 MiB, is
// no JSON or YAML, or holds no whole list of tools. Reads a pipe until its end. Any thread.
base::Result<ToolsText> read_tools_text(const std::string& path);
// The same of a text that was read from there.
base::Result<ToolsText> tools_text_of(std::string text, const std::string& path);

// The list alone.
base::Result<std::string> read_tools_file(const std::string& path);

// The same, also into `into` as one complete list that is known since `now`.
base::Result<std::string> read_tools_file(const std::string& path, base::BootTime now, tools::Registry& into);

}  // namespace cli
