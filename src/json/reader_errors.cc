// What a reader says when it refuses: the kind, the place, and a sentence that names the character.
#include <array>
#include <cstdint>
#include <utility>

#include "base/unicode.h"
#include "json/reader.h"
#include "json/scan.h"

namespace json {
namespace {

std::string hex(std::uint32_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += "0123456789ABCDEF"[value >> shift & 0xF];
  return text;
}

// The character at p, as people can tell it: 'x', U+00A0, byte 0xFF, or the end of the input.
std::string spell(const char* p, const char* end) {
  if (p == end) return "the end of the input";
  const auto byte = static_cast<unsigned char>(*p);
  if (byte > 0x20 && byte < 0x7F) return std::string("'") + *p + "'";
  if (byte < 0x80) return "U+" + hex(byte, 4);
  const std::size_t length = utf8_length(p, end);
  if (length == 0) return "byte 0x" + hex(byte, 2);
  std::size_t position = 0;
  const std::uint32_t cp = base::decode_utf8({p, length}, position);
  return "U+" + hex(cp, cp > 0xFFFF ? 6 : 4);
}

}  // namespace

const char* Reader::fail(ErrorKind kind, const char* at, std::string message) {
  const auto offset = static_cast<std::size_t>(at - begin_);
  error_ = {kind, offset, std::move(message) + " at byte " + std::to_string(offset)};
  return nullptr;
}

bool Reader::too_many(const char* p) {
  fail(ErrorKind::too_many_values, p, "more than " + std::to_string(budget_.values) + " values and keys");
  return false;
}

const char* Reader::too_deep(const char* p) {
  return fail(ErrorKind::too_deep, p, "nested deeper than " + std::to_string(budget_.depth) + " containers");
}

const char* Reader::unexpected(const char* p, const char* wanted) {
  const bool invalid = p != end_ && static_cast<unsigned char>(*p) >= 0x80 && utf8_length(p, end_) == 0;
  return fail(invalid ? ErrorKind::utf8 : ErrorKind::syntax, p, "unexpected " + spell(p, end_) + ' ' + wanted);
}

const char* Reader::bad_number(const char* p) {
  constexpr std::size_t shown = 24;
  std::string text;
  const char* q = p;
  while (q != end_ && text.size() < shown && static_cast<unsigned char>(*q) > 0x20 &&
         static_cast<unsigned char>(*q) < 0x7F && *q != ',' && *q != '}' && *q != ']') {
    text += *q++;
  }
  return fail(ErrorKind::number, p, "not a JSON number: " + text);
}

const char* Reader::bad_string(const char* at, int scan) {
  switch (static_cast<Scan>(scan)) {
    case Scan::closed:
    case Scan::cut_off:
      return fail(ErrorKind::syntax, at, "unexpected end of the input in a string");
    case Scan::control:
      return fail(ErrorKind::control_character, at, "control character " + spell(at, end_) + " in a string");
    case Scan::utf8:
      return fail(ErrorKind::utf8, at, "invalid UTF-8 (" + spell(at, end_) + ") in a string");
    case Scan::escape:
      return fail(ErrorKind::syntax, at, "backslash before " + spell(at + 1, end_) + " is no escape");
    case Scan::surrogate:
      return fail(ErrorKind::surrogate, at, "lone surrogate " + std::string(at, 6) + " in a string");
  }
  std::unreachable();
}

// Refuses what is not UTF-8 text to begin with; otherwise steps to the first byte of the document.
const char* Reader::check_encoding(const char* p) {
  const std::string_view input(p, static_cast<std::size_t>(end_ - p));
  using namespace std::string_view_literals;
  if (input.starts_with("\xEF\xBB\xBF"sv)) {
    return fail(ErrorKind::byte_order_mark, p, "byte order mark U+FEFF");
  }
  if (input.starts_with("\xFE\xFF"sv) || input.starts_with("\xFF\xFE"sv)) {
    return fail(ErrorKind::byte_order_mark, p, "byte order mark of UTF-16 or UTF-32");
  }
  if (input.size() >= 2 && (input[0] == '\0' || input[1] == '\0')) {
    return fail(ErrorKind::byte_order_mark, p, "UTF-16 or UTF-32 instead of UTF-8");
  }
  while (p != end_ && is_space(*p)) ++p;
  return p == end_ ? fail(ErrorKind::empty, p, "nothing but white space") : p;
}

}  // namespace json
