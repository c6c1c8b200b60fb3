// The one place of this room that knows RE2.
#include "schema/pattern.h"

#include <re2/re2.h>

namespace schema {

std::expected<Pattern, std::string> compile_pattern(std::string_view ecma) {
  constexpr std::int64_t memory = std::int64_t{2} << 20;
  const auto translated = translate_pattern(ecma);
  if (!translated) return std::unexpected(translated.error());
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(memory);
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto compiled = std::make_shared<const re2::RE2>(*translated, options);
  if (!compiled->ok()) return std::unexpected("RE2 says: " + compiled->error());
  return compiled;
}

bool pattern_matches(const Pattern& pattern, std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  return pattern->Match(piece, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool has_surrogate(std::string_view text) {
  constexpr auto lead = '\xED';
  constexpr unsigned char first_trail = 0xA0;
  for (std::size_t at = text.find(lead); at != std::string_view::npos; at = text.find(lead, at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= first_trail) return true;
  }
  return false;
}

}  // namespace schema
