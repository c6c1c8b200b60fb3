// Characters of HTTP: tokens, lists, comparison without case, and the scans that look for line ends 16 bytes at a time.
// What must stay true: the scans read no byte at or after `end`, and stop at the same byte whatever the alignment.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace http {

namespace detail {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    table[static_cast<std::size_t>(c)] =
        alnum || (c != 0 && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c)));
  }
  return table;
}
inline constexpr std::array<bool, 256> token_table = make_token_table();

}  // namespace detail

// tchar of RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) { return detail::token_table[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
// A control character that may stand in no header value: all but the tab.
constexpr bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && c != '\t') || u == 0x7F;
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// The number that these digits say: at least one, at most 18, and no zero in front of others. Content-Length's form.
constexpr std::optional<std::uint64_t> plain_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 18 || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

// Without spaces and tabs at both ends.
constexpr std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next element of a comma-separated list off `rest`, without blanks; commas in quoted strings do not count.
// Empty elements are given as they are. Nothing when `rest` is used up (its data() is then null).
constexpr std::optional<std::string_view> next_element(std::string_view& rest) {
  if (rest.data() == nullptr) return std::nullopt;
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == ',' && !quoted) {
      const std::string_view element = without_blanks(rest.substr(0, i));
      rest.remove_prefix(i + 1);
      return element;
    }
  }
  const std::string_view element = without_blanks(rest);
  rest = {};
  return element;
}

// The first byte of [p, end) that is_control(), or `end`.
inline const char* skip_text(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i highest = _mm_set1_epi8(0x1F);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7F);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, highest), bytes);
    const __m128i odd = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(odd));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p != end && !is_control(*p)) ++p;
  return p;
}

// The first CR or LF of [p, end), or `end`.
inline const char* skip_line(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i cr = _mm_set1_epi8('\r');
  const __m128i lf = _mm_set1_epi8('\n');
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, cr), _mm_cmpeq_epi8(bytes, lf));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(ends));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p != end && *p != '\r' && *p != '\n') ++p;
  return p;
}

}  // namespace http
