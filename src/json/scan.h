// Scanning of strings and numbers: shared by the reader, the writer and the recovery of ids.
//
// A string is looked at 16 bytes at a time (SSE2, which every x86-64 has) until a byte comes that may mean something:
// a quote, a backslash, a control character or the start of a character beyond ASCII. No byte at or after `end` is
// read.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace json {

// Neither quote nor backslash nor control character, and ASCII.
constexpr bool is_plain(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x20 && u < 0x80 && c != '"' && c != '\\';
}
constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first byte of [p, end) that is not plain, or `end`.
inline const char* skip_plain(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(' ');
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed: bytes from 0x80 are negative, so one comparison finds them and the control characters.
    const __m128i odd = _mm_cmplt_epi8(bytes, space);
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(odd, marks)));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p != end && is_plain(*p)) ++p;
  return p;
}

// One past a JSON number (RFC 8259 section 6) that begins at p, or nullptr. What may follow is the caller's question.
const char* scan_number(const char* p, const char* end);

enum class Scan : std::uint8_t {
  closed,     // `at` is the closing quote
  cut_off,    // `at` is the end
  control,    // `at` is a raw control character
  utf8,       // `at` begins an invalid sequence
  escape,     // `at` is the backslash of an invalid escape
  surrogate,  // `at` is the backslash of a lone surrogate
};

struct StringScan {
  const char* at;
  Scan result;
  bool escaped;   // has escapes
  bool verbatim;  // the writer would write it as it is
};

// Checks a string's content from p (after the opening quote) to its closing quote. `keep_lone` accepts the escape of
// a lone surrogate.
StringScan scan_string(const char* p, const char* end, bool keep_lone);

// Decodes the content of a string that scan_string accepted. `out` has room for raw.size() + 16 bytes; returns one past
// the last byte of the text. A lone surrogate becomes its three bytes (WTF-8).
char* decode_escapes(std::string_view raw, char* out);

// Bytes of the UTF-8 character at p (2 to 4), or 0 if it is not one. *p is at or above 0x80.
inline std::size_t utf8_length(const char* p, const char* end) {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto left = static_cast<std::size_t>(end - p);
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && tail(1) ? 2 : 0;
  if ((lead & 0xF0) == 0xE0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (lead == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (lead == 0xF4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

// U+0085, U+2028 and U+2029: some peers end a line there, so the writer escapes them. `p` is a valid character of
// `length` bytes.
inline bool is_line_separator(const char* p, std::size_t length) {
  if (length == 2) return p[0] == '\xC2' && p[1] == '\x85';
  return length == 3 && p[0] == '\xE2' && p[1] == '\x80' && (p[2] == '\xA8' || p[2] == '\xA9');
}

}  // namespace json
