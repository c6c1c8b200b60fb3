// Paths into a message, read with suspicion: see operand.h.
#include "policy/operand.h"

namespace policy {

bool small_integer(std::string_view number, std::int64_t& out) {
  const bool negative = !number.empty() && number.front() == '-';
  const std::string_view digits = number.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 18) return false;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  out = negative ? -value : value;
  return true;
}

Operand Operand::of(json::Value value) {
  Operand o;
  if (!value) return o;
  o.kind = Kind::present;
  o.type = value.type();
  o.value = value;
  if (o.type == json::Type::string) o.text = value.string();
  if (o.type == json::Type::number) {
    o.text = value.number();
    o.small = small_integer(o.text, o.integer);
  }
  return o;
}

Operand Operand::of_text(std::string_view text) {
  Operand o;
  if (text.empty()) return o;
  o.kind = Kind::present;
  o.type = json::Type::string;
  o.text = text;
  return o;
}

Operand Operand::of_number(std::string_view json_number) {
  Operand o;
  o.kind = Kind::present;
  o.type = json::Type::number;
  o.text = json_number;
  o.small = small_integer(json_number, o.integer);
  return o;
}

bool is_quantifier(const json::Step& step) {
  return step.kind == json::Step::Kind::all || step.kind == json::Step::Kind::any ||
         step.kind == json::Step::Kind::star;
}

Operand walk(json::Value value, const std::vector<json::Step>& steps, std::size_t& first) {
  for (; first < steps.size(); ++first) {
    const json::Step& step = steps[first];
    if (!value) break;
    if (is_quantifier(step)) break;
    if (step.kind == json::Step::Kind::key) {
      if (value.is_array()) return first = steps.size(), Operand::undecided();
      value = value.find(step.key);
    } else {
      // JavaScript reads items[0] of {"0": x} and of "xyz" as well.
      if (value.is_object() || value.is_string()) return first = steps.size(), Operand::undecided();
      value = value.at(step.index);
    }
  }
  if (!value) first = steps.size();
  return Operand::of(value);
}

}  // namespace policy
