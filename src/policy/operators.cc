// Comparison by type and exact value. Where a number stands in text (5 and "5"), the two sides match loosely: enough to
// be met in a restriction, not enough to satisfy a requirement; a negative operator is then undecided either way.
#include "policy/operators.h"

#include <re2/re2.h>

#include <algorithm>
#include <cassert>
#include <compare>

#include "base/unicode.h"

namespace policy {
namespace {

using Kind = Constant::Kind;
using json::Type;

enum class Match : std::uint8_t {
  no,
  loose,  // the same number, or the same truth value, once as text
  murky,  // text that some reader might take for a number
  never,  // a container where a scalar is read
  yes,
};

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
         });
}

// " 5", "+5", "05", "5.", "0x5", "1_000": not JSON numbers, but numbers to some program.
bool may_be_number(std::string_view text) {
  bool digit = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digit = true;
    } else if (std::string_view("+-._,eExXoObBaAcCdDfFnN \t\r\n\v\f").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digit;
}

std::strong_ordering order(const Operand& operand, const Scalar& scalar) {
  if (operand.small && scalar.small) return operand.integer <=> scalar.integer;
  return *base::Decimal::parse(operand.text) <=> *scalar.number;
}

Match match_number(const Operand& operand, const Scalar& scalar) {
  if (operand.type == Type::number) return order(operand, scalar) == 0 ? Match::yes : Match::no;
  if (operand.type != Type::string) return Match::no;
  if (const auto number = base::Decimal::parse(operand.text))
    return *number == *scalar.number ? Match::loose : Match::no;
  return may_be_number(operand.text) ? Match::murky : Match::no;
}

Match match_string(const Operand& operand, const Scalar& scalar) {
  switch (operand.type) {
    case Type::string:
      return operand.text == scalar.text ? Match::yes : Match::no;
    case Type::number:
      return scalar.numeric_text && order(operand, scalar) == 0 ? Match::loose : Match::no;
    case Type::boolean:
      return equals_ignoring_case(scalar.text, operand.value.boolean() ? "true" : "false") ? Match::loose : Match::no;
    default:
      return Match::no;
  }
}

Match match(const Operand& operand, const Scalar& scalar) {
  if (operand.type == Type::array || operand.type == Type::object) return Match::never;
  switch (scalar.kind) {
    case Kind::null:
      return operand.type == Type::null ? Match::yes : Match::no;
    case Kind::boolean:
      if (operand.type == Type::boolean) return operand.value.boolean() == scalar.boolean ? Match::yes : Match::no;
      if (operand.type != Type::string) return Match::no;
      return equals_ignoring_case(operand.text, scalar.boolean ? "true" : "false") ? Match::loose : Match::no;
    case Kind::number:
      return match_number(operand, scalar);
    case Kind::string:
      return match_string(operand, scalar);
    default:
      return Match::never;
  }
}

Truth equal(const CompiledCondition& c, const Operand& operand, const Scalar& scalar, Reading reading) {
  const Match m = match(operand, scalar);
  const bool numbers = scalar.kind == Kind::number || operand.type == Type::number;
  switch (m) {
    case Match::yes:
      return Truth::yes;
    case Match::no:
      return Truth::no;
    case Match::never:
      return Truth::undecided;
    case Match::loose:
      return truth_of(reading.restriction || (c.coerce && numbers));
    case Match::murky:
      return reading.restriction || c.coerce ? Truth::undecided : Truth::no;
  }
  return Truth::undecided;
}

Truth unequal(const CompiledCondition& c, const Operand& operand, const Scalar& scalar) {
  const Match m = match(operand, scalar);
  const bool numbers = scalar.kind == Kind::number || operand.type == Type::number;
  if (m == Match::loose && c.coerce && numbers) return Truth::no;
  if (m == Match::yes) return Truth::no;
  return m == Match::no ? Truth::yes : Truth::undecided;
}

Truth in_list(const CompiledCondition& c, const Operand& operand, Reading reading) {
  const OperatorData& data = *c.data;
  if (!data.sorted.empty() && operand.type == Type::string) {
    if (std::binary_search(data.sorted.begin(), data.sorted.end(), operand.text)) return Truth::yes;
    if (data.only_strings) return Truth::no;
  }
  Truth result = Truth::no;
  if (operand.type == Type::array || operand.type == Type::object) return Truth::undecided;
  for (const Scalar& s : data.list) {
    result = either(result, equal(c, operand, s, reading));
    if (result == Truth::yes) break;
  }
  return result;
}

Truth not_in_list(const CompiledCondition& c, const Operand& operand) {
  const OperatorData& data = *c.data;
  if (!data.sorted.empty() && operand.type == Type::string) {
    if (std::binary_search(data.sorted.begin(), data.sorted.end(), operand.text)) return Truth::no;
    if (data.only_strings) return Truth::yes;
  }
  if (operand.type == Type::array || operand.type == Type::object) return Truth::undecided;
  Truth result = Truth::yes;
  for (const Scalar& s : data.list) {
    result = both(result, unequal(c, operand, s));
    if (result == Truth::no) break;
  }
  return result;
}

// How the value stands to the number; nothing if that is undecided.
std::optional<std::strong_ordering> compare(const CompiledCondition& c, const Operand& operand, const Scalar& scalar,
                                            Reading reading) {
  if (operand.type == Type::number && scalar.kind == Kind::number) return order(operand, scalar);
  if (c.text_order && operand.type == Type::string && scalar.kind == Kind::string) return operand.text <=> scalar.text;
  if (!reading.restriction && !c.coerce) return std::nullopt;
  if (!scalar.number || (operand.type != Type::number && operand.type != Type::string)) return std::nullopt;
  const auto number = base::Decimal::parse(operand.text);
  if (!number) return std::nullopt;
  return *number <=> *scalar.number;
}

bool holds(Op op, std::strong_ordering o) {
  switch (op) {
    case Op::lt:
      return o < 0;
    case Op::lte:
      return o <= 0;
    case Op::gt:
      return o > 0;
    case Op::gte:
      return o >= 0;
    default:
      return o == 0;
  }
}

Truth ordered(const CompiledCondition& c, const Operand& operand, Reading reading) {
  const auto o = compare(c, operand, c.scalar, reading);
  return o ? truth_of(holds(c.op, *o)) : Truth::undecided;
}

Truth between(const CompiledCondition& c, const Operand& operand, Reading reading) {
  const auto low = compare(c, operand, c.data->list[0], reading);
  const auto high = compare(c, operand, c.data->list[1], reading);
  return low && high ? truth_of(*low >= 0 && *high <= 0) : Truth::undecided;
}

Truth contains(const CompiledCondition& c, const Operand& operand, Reading reading) {
  if (operand.type == Type::string) {
    if (c.scalar.kind != Kind::string) return Truth::undecided;
    return truth_of(operand.text.find(c.scalar.text) != std::string_view::npos);
  }
  if (operand.type != Type::array) return Truth::undecided;
  Truth result = Truth::no;
  for (const json::Value element : operand.value.elements()) {
    result = either(result, equal(c, Operand::of(element), c.scalar, reading));
    if (result == Truth::yes) break;
  }
  return result;
}

// RE2 reads UTF-8; text that holds a lone surrogate (ED A0..BF) is not that.
bool has_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

Truth regex(const CompiledCondition& c, std::string_view text) {
  if (has_surrogate(text)) return Truth::undecided;
  const auto anchor = c.op == Op::matches ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED;
  const re2::StringPiece piece(text.data(), text.size());
  return truth_of(c.data->regex->Match(piece, 0, text.size(), anchor, nullptr, 0));
}

Truth url_host(const CompiledCondition& c, std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return Truth::undecided;
  return truth_of(
      std::any_of(c.data->hosts.begin(), c.data->hosts.end(), [&](const auto& h) { return h.matches(*url); }));
}

Truth scheme_in(const CompiledCondition& c, std::string_view text) {
  const auto scheme = url_scheme(text);
  if (!scheme) return Truth::undecided;
  const auto& list = c.data->list;
  return truth_of(
      std::any_of(list.begin(), list.end(), [&](const Scalar& s) { return equals_ignoring_case(s.text, *scheme); }));
}

// An address, or a URL whose host is one. Names are not resolved.
Truth in_block(const CompiledCondition& c, std::string_view text) {
  auto address = parse_address(text);
  if (!address) {
    const auto url = parse_url(text);
    if (url) address = url->host.address;
  }
  if (!address) return Truth::undecided;
  const auto& blocks = c.data->blocks;
  return truth_of(std::any_of(blocks.begin(), blocks.end(), [&](const Cidr& b) { return b.contains(*address); }));
}

Truth on_text(const CompiledCondition& c, const Operand& operand) {
  if (operand.type != Type::string) return Truth::undecided;
  const std::string_view text = operand.text;
  switch (c.op) {
    case Op::starts_with:
      return truth_of(text.starts_with(c.scalar.text));
    case Op::ends_with:
      return truth_of(text.ends_with(c.scalar.text));
    case Op::glob:
      return truth_of(c.data->glob.matches(text));
    case Op::regex:
    case Op::matches:
      return regex(c, text);
    case Op::path_within:
      return c.data->within(text);
    case Op::url_host_in:
      return url_host(c, text);
    case Op::url_scheme_in:
      return scheme_in(c, text);
    case Op::cidr_in:
      return in_block(c, text);
    default:
      return Truth::undecided;
  }
}

Truth has_type(const CompiledCondition& c, const Operand& operand) {
  const std::string_view name = json::type_name(operand.type);
  for (const Scalar& s : c.data->list) {
    if (s.text == name) return Truth::yes;
    if (s.text == "integer" && operand.type == Type::number) {
      const auto number = base::Decimal::parse(operand.text);
      if (number && number->is_integer()) return Truth::yes;
    }
  }
  return Truth::no;
}

Truth length(const CompiledCondition& c, const Operand& operand) {
  std::uint64_t n = 0;
  switch (operand.type) {
    case Type::string:
      n = base::code_points(operand.text);
      break;
    case Type::array:
    case Type::object:
      n = operand.value.size();
      break;
    default:
      return Truth::undecided;
  }
  const auto& bounds = c.data->length;
  return truth_of(std::all_of(bounds.begin(), bounds.end(), [&](const LengthBound& b) {
    return b.op == Op::neq ? n != b.whole : holds(b.op, n <=> b.whole);
  }));
}

}  // namespace

OperatorData::~OperatorData() = default;

bool is_negative(Op op) { return op == Op::neq || op == Op::not_in; }

Truth apply(const CompiledCondition& c, const Operand& operand, Reading reading) {
  if (operand.kind == Operand::Kind::undecided) return Truth::undecided;
  if (c.op == Op::exists) {
    const bool there = operand.kind == Operand::Kind::present && operand.type != Type::null;
    return truth_of(there == c.scalar.boolean);
  }
  if (operand.kind == Operand::Kind::absent) return reading.negated || is_negative(c.op) ? Truth::undecided : Truth::no;
  switch (c.op) {
    case Op::eq:
      return equal(c, operand, c.scalar, reading);
    case Op::neq:
      return unequal(c, operand, c.scalar);
    case Op::lt:
    case Op::lte:
    case Op::gt:
    case Op::gte:
      return ordered(c, operand, reading);
    case Op::between:
      return between(c, operand, reading);
    case Op::in:
      return in_list(c, operand, reading);
    case Op::not_in:
      return not_in_list(c, operand);
    case Op::contains:
      return contains(c, operand, reading);
    case Op::type:
      return has_type(c, operand);
    case Op::length:
      return length(c, operand);
    default:
      return on_text(c, operand);
  }
}

}  // namespace policy
