// Keywords that look at one value: types, constants, numbers, strings.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "schema/compiler.h"
#include "schema/pattern.h"

namespace schema {
namespace {

struct NamedType {
  std::string_view name;
  TypeSet type;
};
constexpr std::array<NamedType, 7> named_types{{{"null", type_null},
                                                {"boolean", type_boolean},
                                                {"integer", type_integer},
                                                {"number", type_number},
                                                {"string", type_string},
                                                {"array", type_array},
                                                {"object", type_object}}};

// 0: not the name of a type.
TypeSet type_named(json::Value name) {
  if (!name.is_string()) return 0;
  const auto* const it =
      std::find_if(named_types.begin(), named_types.end(), [&](const NamedType& t) { return t.name == name.string(); });
  return it == named_types.end() ? TypeSet{0} : it->type;
}

std::string shown(json::Value value) {
  constexpr std::size_t longest = 60;
  return base::printable(value.raw(), longest);
}

}  // namespace

bool Compiler::types(Node& node) {
  const json::Value type = find("type");
  if (!type) return true;
  const auto add = [&](json::Value name) {
    const TypeSet one = type_named(name);
    if (one == 0) {
      return malformed("type", "must be null, boolean, integer, number, string, array or object, is " + shown(name));
    }
    node.types = static_cast<TypeSet>(node.types | one);
    return true;
  };
  node.types = 0;
  if (!type.is_array()) return add(type);
  for (const json::Value name : type.elements()) {
    if (!add(name)) return false;
  }
  return node.types != 0 || malformed("type", "must name at least one type");
}

bool Compiler::values(Node& node) {
  const json::Value list = find("enum");
  const json::Value constant = find("const");
  if (!list && !constant) return true;
  if (list && !list.is_array()) return malformed("enum", "must be a list");
  ValueChecks checks;
  checks.constant = constant;
  checks.has_enum = static_cast<bool>(list);
  checks.enumeration = list;
  std::vector<std::string_view> texts;
  for (const json::Value value : list.elements()) {
    if (value.is_string()) {
      texts.push_back(value.string());
    } else {
      checks.others.push_back(value);
    }
  }
  checks.strings.assign(std::move(texts));
  node.values = static_cast<std::uint32_t>(program_.values.size());
  program_.values.push_back(std::move(checks));
  return true;
}

bool Compiler::bound(std::string_view keyword, std::optional<Number>& limit) {
  const json::Value value = find(keyword);
  if (!value) return true;
  if (!value.is_number()) return malformed(keyword, "must be a number, is " + shown(value));
  limit = Number(value.number());
  if (!limit->is_absurd()) return true;
  return wrong(Kind::unsupported, keyword, "has an exponent that is too large to compare with: " + shown(value));
}

// In draft-04 `exclusiveMinimum` is a boolean that makes `minimum` exclusive; `open` reads it both ways.
bool Compiler::exclusive_bound(std::string_view keyword, std::optional<Number>& inclusive,
                               std::optional<Number>& exclusive) {
  const json::Value value = find(keyword);
  const bool old = spot_.dialect == Dialect::draft04;
  if (value.is_boolean() && (old || spot_.dialect == Dialect::open)) {
    if (value.boolean()) std::swap(inclusive, exclusive);
    return true;
  }
  if (value && old) return malformed(keyword, "must be true or false in draft-04, is " + shown(value));
  return bound(keyword, exclusive);
}

bool Compiler::numbers(Node& node) {
  NumberChecks checks;
  if (!bound("minimum", checks.minimum) || !bound("maximum", checks.maximum) ||
      !exclusive_bound("exclusiveMinimum", checks.minimum, checks.exclusive_minimum) ||
      !exclusive_bound("exclusiveMaximum", checks.maximum, checks.exclusive_maximum)) {
    return false;
  }
  std::optional<Number> multiple;
  if (!bound("multipleOf", multiple)) return false;
  if (multiple) {
    checks.multiple_of_text = multiple->text();
    checks.multiple_of = Divisor::of(*multiple);
    if (*multiple <= Number("0")) return malformed("multipleOf", "must be greater than 0");
    if (!checks.multiple_of) {
      return wrong(Kind::unsupported, "multipleOf", "has more than 18 significant digits");
    }
  }
  if (!checks.minimum && !checks.maximum && !checks.exclusive_minimum && !checks.exclusive_maximum && !multiple) {
    return true;
  }
  node.numbers = static_cast<std::uint32_t>(program_.numbers.size());
  program_.numbers.push_back(checks);
  return true;
}

bool Compiler::count(std::string_view keyword, std::uint64_t& limit) {
  const json::Value value = find(keyword);
  if (!value) return true;
  const auto amount = value.is_number() ? base::Decimal::parse(value.number()) : std::nullopt;
  if (!amount || !amount->is_integer() || amount->is_negative()) {
    return malformed(keyword, "must be a whole number, 0 or more, is " + shown(value));
  }
  const auto whole = base::Amount::from(*amount);
  const __int128 most = unlimited;
  const __int128 counted = whole ? whole->raw() / base::Amount::scale : most;  // too large for an Amount
  limit = counted < most ? static_cast<std::uint64_t>(counted) : unlimited;
  return true;
}

bool Compiler::strings(Node& node) {
  StringChecks checks;
  if (!count("minLength", checks.min_length) || !count("maxLength", checks.max_length)) return false;
  const json::Value text = find("pattern");
  if (text && !text.is_string()) return malformed("pattern", "must be a string, is " + shown(text));
  checks.pattern_text = text.string();
  if (text && !pattern("pattern", text.string(), checks.pattern)) return false;
  if (checks.min_length == 0 && checks.max_length == unlimited && checks.pattern == nullptr) return true;
  node.strings = static_cast<std::uint32_t>(program_.strings.size());
  program_.strings.push_back(std::move(checks));
  return true;
}

bool Compiler::pattern(std::string_view keyword, std::string_view text, Pattern& out) {
  if (text.size() > options_.max_pattern_bytes) {
    return wrong(Kind::unsupported, keyword,
                 "is a pattern of more than " + std::to_string(options_.max_pattern_bytes) + " bytes");
  }
  Pattern& known = patterns_[std::string(text)];
  if (known == nullptr) {
    if (patterns_.size() > options_.max_patterns) {
      return wrong(Kind::unsupported, keyword,
                   "there are more than " + std::to_string(options_.max_patterns) + " patterns in the schema");
    }
    auto compiled = CompiledPattern::compile(text);
    if (!compiled) {
      return wrong(
          Kind::unsupported, keyword,
          "the pattern cannot be decided: " + base::printable(compiled.error()) + ": " + base::printable(text));
    }
    known = *compiled;
    pattern_size_ += known->size();
    if (pattern_size_ > options_.max_pattern_size) {
      return wrong(Kind::unsupported, keyword, "the patterns of the schema are too large together");
    }
  }
  out = known;
  return true;
}

}  // namespace schema
