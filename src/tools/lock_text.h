// How JSON stands in a lock file: sorted, one member a line, hidden characters as escapes.
#pragma once
#include <string>
#include <string_view>

#include "json/document.h"

namespace tools {

// The pinned members of a definition (digest.h), sorted by key at every level, on one line, numbers as they were spelt.
void append_definition(std::string& out, json::Value tool);

// JSON that the program wrote on one line, with two spaces for each level and one member or element a line; arrays of
// scalars that fit on a line stay on it. Characters that hide (sign_text.h) as \uXXXX. With a line feed at the end.
std::string spread(std::string_view line);

}  // namespace tools
