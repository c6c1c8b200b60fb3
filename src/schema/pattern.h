// `pattern` and the keys of `patternProperties` are regular expressions of ECMA-262 (with its flag u, as JSON Schema
// asks). They are decided by RE2: linear time, bounded memory. A pattern is rewritten into RE2's spelling if RE2 has
// the same meaning for all of it, and refused otherwise: a pattern that would be read differently must not decide.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "schema/program.h"

namespace schema {

// RE2's spelling of an ECMA-262 pattern. The error says what RE2 has no equal for ("look-ahead (?=", "a
// back-reference").
std::expected<std::string, std::string> translate_pattern(std::string_view ecma);

// Translated and compiled. Thread-safe to match with.
std::expected<Pattern, std::string> compile_pattern(std::string_view ecma);

// Found anywhere in `text`, which must be UTF-8.
bool pattern_matches(const Pattern& pattern, std::string_view text);

// A lone surrogate (kept by the tolerant reader) is no character of UTF-8: RE2 cannot read such a text.
bool has_surrogate(std::string_view text);

}  // namespace schema
