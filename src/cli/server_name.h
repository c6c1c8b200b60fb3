// A name for the server behind a command, where --server-name gives none. It is part of counters' keys and of records,
// so that two servers started through the same launcher are told apart: "npx -y @scope/server-github" and
// "npx -y @scope/server-files" are not both "npx".
#pragma once
#include <span>
#include <string>

namespace cli {

// npx, bunx, pnpx, uvx, pipx: the package, without its version. node, python, deno, bun, ruby, java and the like: the
// script, module or jar. docker, podman: the image. Anything else: the program's base name. The same command always
// gives the same name; never empty.
std::string default_server_name(std::span<const std::string> command);

}  // namespace cli
