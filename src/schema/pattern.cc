// The one place of this room that knows RE2.
#include "schema/pattern.h"

#include <re2/re2.h>

#include <algorithm>

namespace schema {

namespace {

using Automaton = std::expected<std::unique_ptr<const re2::RE2>, std::string>;

Automaton automaton(const std::string& text) {
  constexpr std::int64_t memory = std::int64_t{2} << 20;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(memory);
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto compiled = std::make_unique<const re2::RE2>(text, options);
  if (!compiled->ok()) return std::unexpected("RE2 says: " + compiled->error());
  return compiled;
}

}  // namespace

CompiledPattern::CompiledPattern() = default;
CompiledPattern::~CompiledPattern() = default;

std::expected<Pattern, std::string> CompiledPattern::compile(std::string_view ecma) {
  const auto translated = translate_pattern(ecma);
  if (!translated) return std::unexpected(translated.error());
  std::shared_ptr<CompiledPattern> pattern(new CompiledPattern());
  auto main = automaton(translated->main);
  if (!main) return std::unexpected(std::move(main.error()));
  pattern->parts_.push_back({std::move(*main), false});
  for (const TranslatedPattern::Ahead& ahead : translated->aheads) {
    auto part = automaton(ahead.text);
    if (!part) return std::unexpected(std::move(part.error()));
    pattern->parts_.push_back({std::move(*part), ahead.negative});
  }
  return pattern;
}

bool CompiledPattern::matches(std::string_view text) const {
  const re2::StringPiece piece(text.data(), text.size());
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    return part.automaton->Match(piece, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0) != part.negative;
  });
}

std::size_t CompiledPattern::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) size += static_cast<std::size_t>(std::max(0, part.automaton->ProgramSize()));
  return size;
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
