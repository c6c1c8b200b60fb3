// UTF-8 (RFC 3629) and case folding.
// Folding exists to find keys that another parser might take for the key that matters: it joins every pair of code
// points that any simple upper-, lower- or title-case mapping joins (so ſ, K and ı fold too). Wider than Unicode's own
// simple folding, on purpose: two keys wrongly held equal are a refusal, two wrongly held different are a bypass.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// Offset of the first byte that is not part of valid UTF-8 (no overlong forms, surrogates or values over U+10FFFF),
// or npos.
std::size_t first_invalid_utf8(std::string_view text);

// Appends code point `cp` (a lone surrogate is written as its three bytes: WTF-8).
void append_utf8(std::string& out, std::uint32_t cp);

// Decodes the code point at text[pos] and advances pos. `text` must be valid UTF-8 or WTF-8.
std::uint32_t decode_utf8(std::string_view text, std::size_t& pos);

// Representative of the code point's case class.
std::uint32_t fold(std::uint32_t cp);

// Equal after folding each code point. Equal strings are equal.
bool equal_folded(std::string_view a, std::string_view b);

// Is not `key`, and folds to the same text, each up to its first NUL: there a string ends for parsers in C, and others
// have taken a key with NULs behind it for the key (GHSA-q382-vc8q-7jhj).
inline bool is_look_alike(std::string_view candidate, std::string_view key) {
  // Two characters of ASCII are folded alike only if they are one letter: most keys differ in the first.
  if (!candidate.empty() && !key.empty()) {
    const auto a = static_cast<unsigned char>(candidate.front()), b = static_cast<unsigned char>(key.front());
    const bool both_ascii = a < 0x80 && b < 0x80 && a != 0 && b != 0;
    if (both_ascii && (a | 0x20U) != (b | 0x20U)) return false;
  }
  return candidate != key && equal_folded(candidate.substr(0, candidate.find('\0')), key.substr(0, key.find('\0')));
}

// Number of code points. `text` must be valid UTF-8 or WTF-8.
std::size_t code_points(std::string_view text);

}  // namespace base
