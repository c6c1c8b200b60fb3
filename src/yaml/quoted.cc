// See the header.
#include "yaml/quoted.h"

#include <algorithm>
#include <cstdint>

#include "base/strings.h"
#include "base/unicode.h"

namespace yaml {
namespace {

void append_escaped(std::string& out, std::uint32_t cp) {
  constexpr std::string_view digits = "0123456789abcdef";
  const int count = cp <= 0xffff ? 4 : 8;
  out += count == 4 ? "\\u" : "\\U";
  for (int i = count - 1; i >= 0; --i) out += digits[(cp >> (4 * i)) & 0xfU];
}

void append_value(std::string& out, json::Value value) {  // NOLINT(misc-no-recursion): as deep as the document
  if (value.is_string()) {
    out += quoted_text(value.string());
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const json::Value item : value.elements()) {
      if (!first) out += ", ";
      first = false;
      append_value(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const json::Member member : value.members()) {
      if (!first) out += ", ";
      first = false;
      out.append(quoted_text(member.key)).append(": ");
      append_value(out, member.value);
    }
    out += '}';
  } else {
    out += value.raw();
  }
}

}  // namespace

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  const std::size_t valid = std::min(base::first_invalid_utf8(text), text.size());
  for (std::size_t i = 0; i < valid;) {
    const std::size_t begin = i;
    const std::uint32_t cp = base::decode_utf8(text, i);
    if (cp == '"' || cp == '\\') {
      out += '\\';
      out += static_cast<char>(cp);
    } else if (cp >= 0x20 && cp < 0x7f) {
      out += static_cast<char>(cp);
    } else if (cp >= 0xa0 && cp < 0xfffe &&
               base::printable(text.substr(begin, i - begin)) == text.substr(begin, i - begin)) {
      out += text.substr(begin, i - begin);
    } else {
      append_escaped(out, cp);
    }
  }
  return out + '"';
}

std::string flow_value(json::Value value) {
  std::string out;
  append_value(out, value);
  return out;
}

std::string glob_key(std::string_view name) {
  std::string glob;
  for (const char c : name) {
    if (c == '*' || c == '\\') glob += '\\';
    glob += c;
  }
  return quoted_text(glob);
}

}  // namespace yaml
