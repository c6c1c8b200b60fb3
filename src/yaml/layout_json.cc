// The layout of JSON: two spaces a level. Scalars are written as they stand, so that no number or escape changes.
// Recursion is bounded by the tree's depth.
#include <utility>

#include "base/unicode.h"
#include "json/document.h"
#include "yaml/layout.h"
#include "yaml/layout_json.h"

namespace yaml::layout {
namespace {

bool is_container(json::Value v) { return v.is_array() || v.is_object(); }

// On one line. What stood on one line in the source has at most as many characters and two spaces each more here.
void write_flat(std::string& out, json::Value v) {
  if (!is_container(v)) {
    out += v.raw();
    return;
  }
  const bool object = v.is_object();
  out += object ? '{' : '[';
  bool first = true;
  const auto separate = [&] {
    if (!std::exchange(first, false)) out += ", ";
  };
  if (object) {
    for (const json::Member& m : v.members()) {
      separate();
      out.append(m.key_value.raw()).append(": ");
      write_flat(out, m.value);
    }
  } else {
    for (const json::Value item : v.elements()) {
      separate();
      write_flat(out, item);
    }
  }
  out += object ? '}' : ']';
}

std::size_t column_of(const std::string& out) {
  const std::size_t line = out.rfind('\n');
  return base::code_points(std::string_view(out).substr(line == std::string::npos ? 0 : line + 1));
}

// The container stays on the line, with `after` characters behind it: it fits, or nothing is in it.
bool stays(std::string& out, json::Value v, std::size_t after) {
  if (v.size() == 0) return true;
  if (v.raw().find('\n') != std::string_view::npos || v.raw().size() > layout_width * 4) return false;
  std::string flat;
  write_flat(flat, v);
  return column_of(out) + base::code_points(flat) + after <= layout_width;
}

// `after`: characters that follow it on its line, at most.
void write_value(std::string& out, json::Value v, std::size_t indent, std::size_t after) {
  if (!is_container(v) || stays(out, v, after)) {
    write_flat(out, v);
    return;
  }
  const bool object = v.is_object();
  out += object ? '{' : '[';
  bool first = true;
  const auto next_line = [&] {
    if (!std::exchange(first, false)) out += ',';
    out.append("\n").append(indent + 2, ' ');
  };
  if (object) {
    for (const json::Member& m : v.members()) {
      next_line();
      out.append(m.key_value.raw()).append(": ");
      write_value(out, m.value, indent + 2, 1);
    }
  } else {
    for (const json::Value item : v.elements()) {
      next_line();
      write_value(out, item, indent + 2, 1);
    }
  }
  out.append("\n").append(indent, ' ') += object ? '}' : ']';
}

}  // namespace

std::string write_json(json::Value root) {
  std::string out;
  write_value(out, root, 0, 0);
  return out += '\n';
}

}  // namespace yaml::layout
