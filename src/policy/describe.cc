// Values are written as JSON, so that a text and a number that look alike are told apart.
#include "policy/describe.h"

#include "base/strings.h"
#include "json/writer.h"

namespace policy {
namespace {

constexpr std::size_t longest = 300;  // code points

bool is_long(const std::string& text) { return text.size() > 2 * longest; }

// Recursion is bounded by the policy's own nesting.
void append(std::string& out, const Constant& c) {  // NOLINT(misc-no-recursion)
  switch (c.kind) {
    case Constant::Kind::null:
      out += "null";
      return;
    case Constant::Kind::boolean:
      out += c.boolean ? "true" : "false";
      return;
    case Constant::Kind::number:
      out += c.text;
      return;
    case Constant::Kind::string:
      json::write_string(out, c.text);
      return;
    case Constant::Kind::list: {
      char before = '[';
      for (const Constant& item : c.items) {
        if (is_long(out)) break;
        out += before;
        before = ',';
        append(out, item);
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    case Constant::Kind::map: {
      char before = '{';
      for (const auto& [key, value] : c.members) {
        out += before;
        before = ',';
        out.append(key).append(": ");
        append(out, value);
      }
      out += before == '{' ? "{}" : "}";
      return;
    }
  }
}

void append(std::string& out, const Condition& c) {  // NOLINT(misc-no-recursion)
  if (is_long(out)) return;
  if (c.kind == Condition::Kind::compare) {
    out.append(c.path.text()).append(" ").append(op_name(c.op)).append(" ");
    append(out, c.value);
    if (c.decode_uri) out += " (decode: uri)";
    if (!c.base.empty()) out.append(" (base ").append(c.base).append(")");
    return;
  }
  const char* const word = c.kind == Condition::Kind::any ? "any" : c.kind == Condition::Kind::all ? "all" : "not";
  out.append(word).append(" (");
  for (std::size_t i = 0; i < c.children.size(); ++i) {
    if (i > 0) out += "; ";
    append(out, c.children[i]);
  }
  out += ')';
}

}  // namespace

std::string describe(const Condition& condition) { return describe(std::span(&condition, 1)); }

std::string describe(std::span<const Condition> conditions) {
  std::string out;
  for (const Condition& c : conditions) {
    if (!out.empty()) out += " and ";
    append(out, c);
  }
  return base::printable(out, longest);
}

}  // namespace policy
