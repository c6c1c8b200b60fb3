// Look-aheads at the start of a pattern, which RE2 lacks and can do without: "^(?!\\.)(?=.*[A-Z])rest" holds for a text
// if
// "^rest" does, and each look-ahead on its own from the same place. Widespread: generators write e-mail addresses so.
#include "schema/pattern.h"
#include "schema/translate.h"

namespace schema {
namespace {

// The place past the group that opens at `at`, or npos.
std::size_t past_group(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool in_bracket = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (in_bracket) {
      in_bracket = c != ']';
    } else if (c == '[') {
      in_bracket = true;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// An alternation that is in no group: "^(?!a)b|c" looks ahead for one of its sides alone.
bool has_open_alternation(std::string_view text) {
  bool in_bracket = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (in_bracket) {
      in_bracket = c != ']';
    } else if (c == '[') {
      in_bracket = true;
    } else if (c == '(') {
      at = past_group(text, at);
      if (at == std::string_view::npos) return true;
      --at;
    } else if (c == '|') {
      return true;
    }
  }
  return false;
}

struct Split {
  std::vector<TranslatedPattern::Ahead> aheads;  // their insides, not translated yet
  std::string_view rest;                         // past "^" and them
};

// "^(?!...)(?=...)rest". Nothing to split: no aheads.
Split split_aheads(std::string_view ecma) {
  Split split;
  if (!ecma.starts_with('^')) return split;
  split.rest = ecma.substr(1);
  while (split.rest.starts_with("(?=") || split.rest.starts_with("(?!")) {
    const std::size_t end = past_group(split.rest, 0);
    if (end == std::string_view::npos) return {};
    constexpr std::size_t opening = 3;
    split.aheads.push_back({std::string(split.rest.substr(opening, end - 1 - opening)), split.rest[2] == '!'});
    split.rest.remove_prefix(end);
  }
  return has_open_alternation(split.rest) ? Split{} : split;
}

}  // namespace

std::expected<TranslatedPattern, std::string> translate_pattern(std::string_view ecma) {
  if (has_surrogate(ecma)) return std::unexpected("a lone surrogate");
  TranslatedPattern out;
  const Split split = split_aheads(ecma);
  for (const TranslatedPattern::Ahead& ahead : split.aheads) {
    auto inside = translate_part(ahead.text);
    if (!inside) return std::unexpected(std::move(inside.error()));
    out.aheads.push_back({"^(?:" + *inside + ")", ahead.negative});
  }
  const std::string main = split.aheads.empty() ? std::string(ecma) : "^" + std::string(split.rest);
  auto translated = translate_part(main);
  if (!translated) return std::unexpected(std::move(translated.error()));
  out.main = std::move(*translated);
  return out;
}

}  // namespace schema
