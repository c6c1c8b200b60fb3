// Internal to this room: callers use translate_pattern (pattern.h).
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace schema {

// RE2's spelling of a pattern, or of the inside of a group of one; nothing is split off. `ecma` must be UTF-8.
std::expected<std::string, std::string> translate_part(std::string_view ecma);

}  // namespace schema
