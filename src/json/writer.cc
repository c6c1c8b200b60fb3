// Writing from the tape: verbatim values are copied, everything else is spelt anew. Explicit stacks, no recursion.
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "base/decimal.h"
#include "json/scan.h"
#include "json/sink.h"
#include "json/tape.h"

namespace json {
namespace {

void put_hex_escape(Sink& sink, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  const char text[] = {
      '\\', 'u', digits[unit >> 12 & 0xF], digits[unit >> 8 & 0xF], digits[unit >> 4 & 0xF], digits[unit & 0xF]};
  sink.put({text, sizeof text});
}

void put_ascii_escape(Sink& sink, char c) {
  switch (c) {
    case '"':
      return sink.put("\\\"");
    case '\\':
      return sink.put("\\\\");
    case '\n':
      return sink.put("\\n");
    case '\t':
      return sink.put("\\t");
    case '\r':
      return sink.put("\\r");
    case '\b':
      return sink.put("\\b");
    case '\f':
      return sink.put("\\f");
    default:
      return put_hex_escape(sink, static_cast<unsigned char>(c));
  }
}

// A character at or above 0x80 that cannot stay as it is; returns its length.
std::size_t put_wide_escape(Sink& sink, const char* p, const char* end, std::size_t length) {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  if (length == 2) {
    put_hex_escape(sink, 0x85);
    return length;
  }
  if (length == 3) {
    put_hex_escape(sink, 0x2000U | (byte(2) & 0x3FU));
    return length;
  }
  if (end - p >= 3 && byte(0) == 0xED && (byte(1) & 0xE0) == 0xA0 && (byte(2) & 0xC0) == 0x80) {
    put_hex_escape(sink, 0xD000U | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU));
    return 3;
  }
  sink.put("\xEF\xBF\xBD");
  return 1;
}

void put_string(Sink& sink, std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* kept = p;  // what is to be copied begins here
  sink.put('"');
  for (;;) {
    p = skip_plain(p, end);
    if (p == end) break;
    std::size_t length = 1;
    if (static_cast<unsigned char>(*p) >= 0x80) {
      length = utf8_length(p, end);
      if (length != 0 && !is_line_separator(p, length)) {
        p += length;
        continue;
      }
    }
    sink.put({kept, p});
    if (static_cast<unsigned char>(*p) < 0x80) {
      put_ascii_escape(sink, *p);
    } else {
      length = put_wide_escape(sink, p, end, length);
    }
    p += length;
    kept = p;
  }
  sink.put({kept, end});
  sink.put('"');
}

void put_string(Sink& sink, const Tape& tape, const Node& node) {
  if (has_flag(node, flag_verbatim)) return sink.put(tape.raw(node));
  put_string(sink, tape.text(node));
}

// The value at `i` and everything in it. A member that a later one overrides is left out; the last member of an object
// never is one, so something always follows a comma.
void put_tree(Sink& sink, const Tape& tape, std::uint32_t i) {
  std::vector<std::uint32_t> open;  // indices of the containers around i
  for (;;) {
    const Node& node = tape.node(i);
    bool comma = true;
    if (has_flag(node, flag_verbatim)) {
      sink.put(tape.raw(node));
      i = tape.next(i);
    } else if (node.type == Type::string) {
      put_string(sink, tape.text(node));
      ++i;
    } else {
      sink.put(node.type == Type::object ? '{' : '[');
      open.push_back(i++);
      comma = false;
    }
    while (!open.empty() && tape.node(open.back()).link == i) {
      sink.put(tape.node(open.back()).type == Type::object ? '}' : ']');
      open.pop_back();
      comma = true;
    }
    if (open.empty()) return;
    if (comma) sink.put(',');
    if (tape.node(open.back()).type == Type::object) {
      while (has_flag(tape.node(i), flag_overridden)) i = tape.next(i + 1);
      put_string(sink, tape, tape.node(i++));
      sink.put(':');
    }
  }
}

// A container that write_canonical is in: its remaining children are items [next, end) of the list of children.
struct Level {
  bool object;
  std::size_t first, next;
};

// Appends the children of the container at `index` in canonical order: elements, or keys.
void list_children(const Tape& tape, std::uint32_t index, std::pmr::vector<std::uint32_t>& children) {
  const Node& node = tape.node(index);
  const bool object = node.type == Type::object;
  const auto first = static_cast<std::ptrdiff_t>(children.size());
  for (std::uint32_t i = index + 1; i != node.link; i = tape.next(object ? i + 1 : i)) {
    if (!object || !has_flag(tape.node(i), flag_overridden)) children.push_back(i);
  }
  if (!object) return;
  std::sort(children.begin() + first, children.end(),
            [&tape](std::uint32_t a, std::uint32_t b) { return tape.text(tape.node(a)) < tape.text(tape.node(b)); });
}

void put_canonical_scalar(Sink& sink, const Tape& tape, const Node& node) {
  if (node.type == Type::number) {
    const auto number = base::Decimal::parse(tape.raw(node));
    assert(number);  // the reader checked it
    if (number) return sink.put(number->canonical());
  }
  if (node.type == Type::string) return put_string(sink, tape, node);
  sink.put(tape.raw(node));
}

void put_canonical_tree(Sink& sink, const Tape& tape, std::uint32_t root) {
  std::array<std::byte, 1024> near;  // enough for most
  std::pmr::monotonic_buffer_resource memory(near.data(), near.size());
  std::pmr::vector<Level> levels(&memory);
  std::pmr::vector<std::uint32_t> children(&memory);
  levels.reserve(8);
  children.reserve(32);
  std::uint32_t i = root;
  for (;;) {
    const Node& node = tape.node(i);
    if (is_container(node)) {
      const bool object = node.type == Type::object;
      levels.push_back({.object = object, .first = children.size(), .next = children.size()});
      list_children(tape, i, children);
      sink.put(object ? '{' : '[');
    } else {
      put_canonical_scalar(sink, tape, node);
    }
    while (!levels.empty() && levels.back().next == children.size()) {
      sink.put(levels.back().object ? '}' : ']');
      children.resize(levels.back().first);
      levels.pop_back();
    }
    if (levels.empty()) return;
    Level& level = levels.back();
    if (level.next != level.first) sink.put(',');
    i = children[level.next++];
    if (level.object) {
      put_string(sink, tape, tape.node(i++));
      sink.put(':');
    }
  }
}

}  // namespace

void write(std::string& out, Value value) {
  if (!value) {
    out.append("null");
  } else if (value.is_verbatim()) {
    out.append(value.raw());
  } else {
    Sink sink(out, value.raw().size());
    put_tree(sink, Tape(*value.document()), value.index());
  }
}

void write_string(std::string& out, std::string_view text) {
  Sink sink(out, text.size() + 2);
  put_string(sink, text);
}

void write_canonical(std::string& out, Value value) {
  if (!value) {
    out.append("null");
    return;
  }
  Sink sink(out, value.raw().size());
  put_canonical_tree(sink, Tape(*value.document()), value.index());
}

}  // namespace json
