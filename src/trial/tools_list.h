// The server's tools from what people save of them. Every command that takes such a file reads it with this.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace trial {

// The JSON of the list of tools, from a list, a result of tools/list ({"tools": […]}), the whole answer
// ({"result": …}), a recorded session (messages of a server, a line each: the pages of a list follow each other, other
// messages are skipped), or one of the first three as YAML. Errors say what is wrong and where, without the file's
// name: it cannot be read, holds no list, a tool has no name, or the list has another page that is not there.
base::Result<std::string> tools_of(std::string_view text);

}  // namespace trial
