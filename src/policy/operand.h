// What a condition's path yields for one message: nothing, something that must not be read as a scalar, or a value.
// A key or index that meets an array or another container than it expects is undecided, not missing: a server may well
// read such a value, and a rule must not be escaped by wrapping it.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "json/document.h"
#include "json/path.h"

namespace policy {

enum class Root : std::uint8_t {
  args,
  params,
  tool_name,
  tool_annotations,
  server,
  identity,
  session,
  client,
  time,
  state
};

struct Operand {
  enum class Kind : std::uint8_t { absent, undecided, present };
  Kind kind = Kind::absent;
  json::Type type = json::Type::null;  // of what is present
  bool small = false;                  // a number that is whole and has at most 18 digits: `integer`
  std::int64_t integer = 0;
  json::Value value;      // present values of documents; absent for text and numbers of our own
  std::string_view text;  // a string's text, a number's spelling

  static Operand absent() { return {}; }
  static Operand undecided() {
    Operand o;
    o.kind = Kind::undecided;
    return o;
  }
  static Operand of(json::Value value);           // an absent value gives absent()
  static Operand of_text(std::string_view text);  // "" gives absent(): such facts are unknown
  static Operand of_number(std::string_view json_number);
};

// "12" and "-7" without fraction or exponent and at most 18 digits: true, with the value in `out`.
bool small_integer(std::string_view number, std::int64_t& out);

// Follows steps[first...] up to the end or the first quantified step, whose index is then left in `first` (else it is
// steps.size()). `value` may be absent.
Operand walk(json::Value value, const std::vector<json::Step>& steps, std::size_t& first);

bool is_quantifier(const json::Step& step);

}  // namespace policy
