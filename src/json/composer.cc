// Composition of own messages, in which the last byte written says whether a comma is due.
#include <cassert>
#include <charconv>

#include "json/scan.h"
#include "json/writer.h"

namespace json {

// A comma is due after the end of a value: a string's quote, a closing bracket, a number's digit, a literal's letter.
void Composer::separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  const bool ends_value = last == '"' || last == '}' || last == ']' || is_digit(last) || last == 'e' || last == 'l';
  if (ends_value) out_ += ',';
}

Composer& Composer::open() {
  separate();
  out_ += '{';
  return *this;
}

Composer& Composer::close() {
  out_ += '}';
  return *this;
}

Composer& Composer::open_array() {
  separate();
  out_ += '[';
  return *this;
}

Composer& Composer::close_array() {
  out_ += ']';
  return *this;
}

Composer& Composer::key(std::string_view key) {
  separate();
  write_string(out_, key);
  out_ += ':';
  return *this;
}

Composer& Composer::string(std::string_view text) {
  separate();
  write_string(out_, text);
  return *this;
}

Composer& Composer::integer(std::int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, end);
  return *this;
}

Composer& Composer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Composer& Composer::null() {
  separate();
  out_ += "null";
  return *this;
}

Composer& Composer::value(Value value) {
  separate();
  write(out_, value);
  return *this;
}

Composer& Composer::raw(std::string_view json) {
  assert(!json.empty());
  separate();
  out_ += json;
  return *this;
}

}  // namespace json
