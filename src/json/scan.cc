// The slow paths of scanning: escapes, characters beyond ASCII, numbers. Whatever scan_string accepts, decode_escapes
// decodes; only scan_string checks.
#include "json/scan.h"

#include <cassert>
#include <cstring>

namespace json {
namespace {

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four hexadecimal digits at p, or -1.
int hex4(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

constexpr bool is_high(int unit) { return (unit & 0xFC00) == 0xD800; }
constexpr bool is_low(int unit) { return (unit & 0xFC00) == 0xDC00; }

// The low surrogate escaped at p, or -1.
int low_escape(const char* p, const char* end) {
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return -1;
  const int unit = hex4(p + 2, end);
  return unit >= 0 && is_low(unit) ? unit : -1;
}

// The writer spells this code unit as \u with lower-case digits.
constexpr bool is_written_as_hex(int unit) {
  if (unit < 0x20) return unit != '\b' && unit != '\f' && unit != '\n' && unit != '\r' && unit != '\t';
  return unit == 0x85 || unit == 0x2028 || unit == 0x2029 || is_high(unit) || is_low(unit);
}

bool has_upper_case(const char* digits) {
  for (int i = 0; i < 4; ++i) {
    if (digits[i] >= 'A' && digits[i] <= 'F') return true;
  }
  return false;
}

// The escape whose backslash is at `scan.at`: steps over it, or sets the result.
bool scan_escape(StringScan& scan, const char* end, bool keep_lone) {
  const char* p = scan.at;
  if (end - p < 2) {
    scan.at = end;
    scan.result = Scan::cut_off;
    return false;
  }
  const char kind = p[1];
  if (kind == 'n' || kind == '"' || kind == '\\' || kind == 't' || kind == 'r' || kind == 'b' || kind == 'f') {
    scan.at = p + 2;
    return true;
  }
  if (kind == '/') {
    scan.verbatim = false;
    scan.at = p + 2;
    return true;
  }
  const int unit = kind == 'u' ? hex4(p + 2, end) : -1;
  if (unit < 0) {
    scan.result = Scan::escape;
    return false;
  }
  if (is_high(unit) && low_escape(p + 6, end) >= 0) {
    scan.verbatim = false;
    scan.at = p + 12;
    return true;
  }
  if ((is_high(unit) || is_low(unit)) && !keep_lone) {
    scan.result = Scan::surrogate;
    return false;
  }
  if (!is_written_as_hex(unit) || has_upper_case(p + 2)) scan.verbatim = false;
  scan.at = p + 6;
  return true;
}

char* put_utf8(char* out, unsigned cp) {
  const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
  if (cp < 0x80) {
    put(cp);
  } else if (cp < 0x800) {
    put(0xC0 | cp >> 6), put(0x80 | (cp & 0x3F));
  } else if (cp < 0x10000) {
    put(0xE0 | cp >> 12), put(0x80 | (cp >> 6 & 0x3F)), put(0x80 | (cp & 0x3F));
  } else {
    put(0xF0 | cp >> 18), put(0x80 | (cp >> 12 & 0x3F)), put(0x80 | (cp >> 6 & 0x3F)), put(0x80 | (cp & 0x3F));
  }
  return out;
}

// Decodes the escape at p, advances p and returns the new end of the output.
char* decode_escape(const char*& p, const char* end, char* out) {
  const char kind = p[1];
  if (kind != 'u') {
    p += 2;
    switch (kind) {
      case 'n':
        *out = '\n';
        break;
      case 't':
        *out = '\t';
        break;
      case 'r':
        *out = '\r';
        break;
      case 'b':
        *out = '\b';
        break;
      case 'f':
        *out = '\f';
        break;
      default:
        *out = kind;
        break;
    }
    return out + 1;
  }
  const int unit = hex4(p + 2, end);
  assert(unit >= 0);
  p += 6;
  if (is_high(unit)) {
    if (const int low = low_escape(p, end); low >= 0) {
      p += 6;
      return put_utf8(out,
                      0x10000U + (static_cast<unsigned>(unit - 0xD800) << 10) + static_cast<unsigned>(low - 0xDC00));
    }
  }
  return put_utf8(out, static_cast<unsigned>(unit));
}

}  // namespace

StringScan scan_string(const char* p, const char* end, bool keep_lone) {
  StringScan scan{.at = p, .result = Scan::cut_off, .escaped = false, .verbatim = true};
  for (;;) {
    scan.at = skip_plain(scan.at, end);
    if (scan.at == end) return scan;
    const auto c = static_cast<unsigned char>(*scan.at);
    if (c == '"') {
      scan.result = Scan::closed;
      return scan;
    }
    if (c == '\\') {
      scan.escaped = true;
      if (!scan_escape(scan, end, keep_lone)) return scan;
    } else if (c < 0x20) {
      scan.result = Scan::control;
      return scan;
    } else {
      do {
        const std::size_t length = utf8_length(scan.at, end);
        if (length == 0) {
          scan.result = Scan::utf8;
          return scan;
        }
        if (is_line_separator(scan.at, length)) scan.verbatim = false;
        scan.at += length;
      } while (scan.at != end && static_cast<unsigned char>(*scan.at) >= 0x80);
    }
  }
}

char* decode_escapes(std::string_view raw, char* out) {
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p != end) {
#if defined(__SSE2__)
    if (end - p >= 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
      const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
      const int plain = mask == 0 ? 16 : std::countr_zero(mask);
      p += plain;
      out += plain;
      if (mask == 0) continue;
    }
#endif
    if (*p == '\\') {
      out = decode_escape(p, end, out);
    } else {
      *out++ = *p++;
    }
  }
  return out;
}

const char* scan_number(const char* p, const char* end) {
  const auto digits = [end](const char*& q) {
    const char* const first = q;
    while (q != end && is_digit(*q)) ++q;
    return q != first;
  };
  if (p != end && *p == '-') ++p;
  if (p != end && *p == '0') {
    ++p;
  } else if (!digits(p)) {
    return nullptr;
  }
  if (p != end && *p == '.') {
    ++p;
    if (!digits(p)) return nullptr;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!digits(p)) return nullptr;
  }
  return p;
}

}  // namespace json
