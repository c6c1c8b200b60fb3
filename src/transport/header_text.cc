// Base64 (RFC 4648 section 4) and the markers around it.
#include "transport/header_text.h"

#include <algorithm>
#include <cstdint>

#include "base/unicode.h"
#include "http/chars.h"

namespace transport {
namespace {

constexpr std::string_view begin_mark = "=?base64?";
constexpr std::string_view end_mark = "?=";
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? alphabet[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

// Nothing unless it is the one spelling of some bytes.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : digits) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = (held << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(static_cast<unsigned char>(held >> bits & 0xFFU));
  }
  const std::uint32_t unused = held & ((1U << bits) - 1U);
  if (unused != 0 || bits == 6) return std::nullopt;
  return out;
}

}  // namespace

std::string encode_text(std::string_view text) {
  const bool blank_ends = !text.empty() && http::without_blanks(text).size() != text.size();
  const bool looks_encoded = http::starts_with_ignoring_case(text, begin_mark) && text.ends_with(end_mark);
  if (!text.empty() && !blank_ends && !looks_encoded && std::ranges::all_of(text, is_plain)) return std::string(text);
  return std::string(begin_mark).append(to_base64(text)).append(end_mark);
}

std::optional<std::string> decode_text(std::string_view value) {
  if (!std::ranges::all_of(value, is_plain)) return std::nullopt;
  if (!value.starts_with(begin_mark) || !value.ends_with(end_mark)) return std::string(value);
  if (value.size() < begin_mark.size() + end_mark.size()) return std::nullopt;  // "=?base64?=": the marks overlap
  value.remove_prefix(begin_mark.size());
  value.remove_suffix(end_mark.size());
  auto text = from_base64(value);
  if (!text || base::first_invalid_utf8(*text) != std::string::npos) return std::nullopt;
  return text;
}

}  // namespace transport
