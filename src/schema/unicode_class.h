// Names of Unicode properties as ECMA-262 spells them in \p{...}. Internal to this room.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace schema {

// RE2's name for the property ("Lu" for "Uppercase_Letter", "gc=Lu"; "Greek" for "Script=Greek"), or nullopt where RE2
// has no set of the same meaning. RE2's C and Cn leave out what ECMA's have (unassigned code points): they are not
// known.
std::optional<std::string> unicode_class(std::string_view ecma);

}  // namespace schema
