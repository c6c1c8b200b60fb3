// Writing definitions for people who compare versions of a file.
#include "tools/lock_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/unicode.h"
#include "json/writer.h"
#include "tools/digest.h"
#include "tools/sign_text.h"

namespace tools {
namespace {

constexpr std::size_t line_width = 100;

// Recursion is bounded by the depth of the document.
void append_sorted(std::string& out, json::Value v, bool is_root) {  // NOLINT(misc-no-recursion)
  if (v.is_array()) {
    out += '[';
    for (const json::Value element : v.elements()) {
      if (out.back() != '[') out += ',';
      append_sorted(out, element, false);
    }
    out += ']';
    return;
  }
  if (!v.is_object()) return json::write(out, v);
  std::vector<json::Member> members;
  for (const json::Member m : v.members()) {
    if (!is_root || is_pinned(m.key)) members.push_back(m);
  }
  std::ranges::sort(members, {}, [](const json::Member& m) { return m.key; });
  out += '{';
  for (const json::Member& m : members) {
    if (out.back() != '{') out += ',';
    json::write_string(out, m.key);
    out += ':';
    append_sorted(out, m.value, false);
  }
  out += '}';
}

void append_escape(std::string& out, std::uint32_t unit) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xF];
}

// The writer's text of a scalar with what hides as escapes.
void append_shown(std::string& out, json::Value v) {
  std::string text;
  json::write(text, v);
  std::uint32_t previous = 0;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t begin = pos;
    const std::uint32_t cp = base::decode_utf8(text, pos);
    std::size_t after = pos;
    const std::uint32_t next = after < text.size() ? base::decode_utf8(text, after) : 0;
    if (hidden_name(cp).empty() || is_rightful(previous, cp, next)) {
      out.append(text, begin, pos - begin);
    } else if (cp < 0x10000) {
      append_escape(out, cp);
    } else {
      append_escape(out, 0xD800 + ((cp - 0x10000) >> 10));
      append_escape(out, 0xDC00 + ((cp - 0x10000) & 0x3FF));
    }
    previous = cp;
  }
}

bool is_scalar(json::Value v) { return !v.is_array() && !v.is_object(); }

class Spreader {
 public:
  std::string take() { return std::move(out_); }
  void value(json::Value v, std::size_t indent) {  // NOLINT(misc-no-recursion)
    if (is_scalar(v)) return append_shown(out_, v);
    const char open = v.is_array() ? '[' : '{', close = v.is_array() ? ']' : '}';
    if (v.size() == 0) return out_ += open, void(out_ += close);
    if (v.is_array() && on_a_line(v)) return;
    out_ += open;
    bool first = true;
    const auto next = [&] {
      if (!std::exchange(first, false)) out_ += ',';
      out_ += '\n';
      out_.append(indent + 2, ' ');
    };
    for (const json::Value element : v.elements()) next(), value(element, indent + 2);
    for (const json::Member m : v.members()) {
      next();
      append_shown(out_, m.key_value);
      out_ += ": ";
      value(m.value, indent + 2);
    }
    out_ += '\n';
    out_.append(indent, ' ');
    out_ += close;
  }

 private:
  bool on_a_line(json::Value array) {
    std::string line = "[";
    for (const json::Value element : array.elements()) {
      if (!is_scalar(element)) return false;
      if (line.size() > 1) line += ", ";
      append_shown(line, element);
      if (line.size() > line_width) return false;
    }
    out_ += line + ']';
    return true;
  }
  std::string out_;
};

}  // namespace

void append_definition(std::string& out, json::Value tool) { append_sorted(out, tool, true); }

std::string spread(std::string_view line) {
  json::Document document;
  if (!document.read(line, json::Profile::tolerant)) return {};  // the program wrote it: cannot fail
  Spreader spreader;
  spreader.value(document.root(), 0);
  return spreader.take() + '\n';
}

}  // namespace tools
