// --header "Name: Value": fields that the operator adds to every request to the server, mostly credentials. A value may
// come from the environment (${NAME}, inside a text too) or from a file (@/path, the whole value), so that it stands in
// no process listing and no configuration.
// What must stay true: no message and no shown text holds a value or a part of one.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/fields.h"

namespace transport {

// Where values come from. `variable`: nothing if it is not set. `file`: the content, at most max_header_value bytes
// (more is an error), or why it cannot be read ("no such file", without the path), which is shown.
struct HeaderSources {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<base::Result<std::string>(const std::string& path)> file;
};

inline constexpr std::size_t max_header_value = 16U << 10;
inline constexpr std::size_t max_headers = 50;

struct HeaderValue {
  http::OwnedField field;
  std::string shown;  // for logs: "Authorization: (from $TOKEN)", "X-Key: (from /run/key)", "X-A: (given)"
  std::string hint;   // for people: it is probably not what was meant, and how to write that; or ""
};

// One --header. In the value "$${" is a plain "${", and a "$" before anything else is itself; a value that begins with
// "@" names a file, "@@" is a plain "@". Blanks around the value do not count, nor does the line end at a file's end.
// Errors: no colon, a name that is no token, a name that this program sets itself (Host, Content-*, Connection, Mcp-*,
// Accept, ... ), a "${" without end or with a bad name, a variable that is not set or empty, a file that cannot be read
// or is empty, control characters in the value, a value that is too long. A message begins with "--header NAME: ".
base::Result<HeaderValue> parse_header(std::string_view text, const HeaderSources& sources);

// All of them. An error too: the same name twice (without case), and more than max_headers.
base::Result<std::vector<HeaderValue>> parse_headers(std::span<const std::string> texts, const HeaderSources& sources);

}  // namespace transport
