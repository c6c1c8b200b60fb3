// Conditions and amounts beside the input schemas of the tools that they are about: arguments that no schema has, types
// that cannot match, values that an enum does not list. Only what a schema says plainly is used; combinations,
// references to elsewhere and open objects are not guessed at.
#include <algorithm>
#include <bitset>

#include "base/decimal.h"
#include "policy/lint.h"
#include "policy/operators.h"

namespace policy {
namespace {

using Kind = Constant::Kind;
using json::Value;

constexpr int max_hops = 8;  // of $ref
constexpr std::size_t max_listed = 8;

enum Type : std::uint8_t { null_type, boolean_type, number_type, string_type, array_type, object_type, type_count };
using Types = std::bitset<type_count>;
constexpr std::string_view type_words[] = {"null", "boolean", "number", "string", "array", "object"};

void add_type(std::string_view word, Types& types) {
  if (word == "integer") word = "number";
  for (std::size_t i = 0; i < type_count; ++i)
    if (type_words[i] == word) types.set(i);
}

Type type_of(Value v) {
  return static_cast<Type>(std::ranges::find(type_words, json::type_name(v.type())) - type_words);
}

std::string spelled(const Types& types) {
  std::string out;
  for (std::size_t i = 0; i < type_count; ++i)
    if (types.test(i)) out += (out.empty() ? "" : " or ") + std::string(type_words[i]);
  return out;
}

// A schema with local references followed; absent if it cannot be read plainly.
Value resolved(Value root, Value schema) {
  for (int hop = 0; hop < max_hops; ++hop) {
    const Value ref = schema.find("$ref");
    if (!schema.is_object()) return {};
    if (!ref) return schema;
    std::string_view pointer = ref.string();
    if (!pointer.starts_with("#/") || pointer.find_first_of("~%") != std::string_view::npos) return {};
    pointer.remove_prefix(2);
    schema = root;
    while (!pointer.empty()) {
      const std::size_t slash = pointer.find('/');
      schema = schema.find(pointer.substr(0, slash));
      pointer.remove_prefix(slash == std::string_view::npos ? pointer.size() : slash + 1);
    }
  }
  return {};
}

bool combines(Value schema) {
  for (const char* key : {"allOf", "anyOf", "oneOf", "if", "not", "$dynamicRef", "$recursiveRef"})
    if (schema.find(key)) return true;
  return false;
}

Value branches(Value schema) {
  const Value any = schema.find("anyOf");
  return any ? any : schema.find("oneOf");
}

// Types that the schema admits; nothing if it does not say.
std::optional<Types> types_of(Value root, Value schema, int depth = 0) {
  schema = resolved(root, schema);
  if (!schema || depth > max_hops) return std::nullopt;
  Types types;
  if (const Value type = schema.find("type")) {
    add_type(type.string(), types);
    for (const Value word : type.elements()) add_type(word.string(), types);
    if (schema.find("nullable").boolean()) types.set(null_type);
    return types.any() ? std::optional(types) : std::nullopt;
  }
  if (const Value values = schema.find("enum"); values.is_array()) {
    for (const Value v : values.elements()) types.set(type_of(v));
    return types.any() ? std::optional(types) : std::nullopt;
  }
  if (const Value constant = schema.find("const")) return types.set(type_of(constant));
  const Value parts = branches(schema);
  if (!parts.is_array()) return std::nullopt;
  for (const Value part : parts.elements()) {
    const auto some = types_of(root, part, depth + 1);
    if (!some) return std::nullopt;
    types |= *some;
  }
  return types.any() ? std::optional(types) : std::nullopt;
}

// The values that the schema lists; nothing if it admits others.
std::optional<std::vector<Value>> values_of(Value root, Value schema, int depth = 0) {
  schema = resolved(root, schema);
  if (!schema || depth > max_hops) return std::nullopt;
  std::vector<Value> out;
  if (const Value values = schema.find("enum"); values.is_array()) {
    for (const Value v : values.elements()) out.push_back(v);
    return out;
  }
  if (const Value constant = schema.find("const")) return std::vector<Value>{constant};
  if (schema.find("type").string() == "null") return out;
  const Value parts = branches(schema);
  if (!parts.is_array()) return std::nullopt;
  for (const Value part : parts.elements()) {
    const auto some = values_of(root, part, depth + 1);
    if (!some) return std::nullopt;
    out.insert(out.end(), some->begin(), some->end());
  }
  return out;
}

// Where a path leads in a tool's schema.
struct Place {
  enum class State : std::uint8_t { found, missing, unclear } state = State::unclear;
  Value schema;
  Value properties;  // missing: what there is instead
  std::string key;
};

Place place_of(const tools::Definition& tool, const json::Path& path) {
  const Value root = tool.input_schema();
  Value schema = root;
  std::size_t first = 0;
  if (path.root == "params") {
    if (path.steps.size() < 2 || path.steps[0].kind != json::Step::Kind::key || path.steps[0].key != "arguments")
      return {};
    first = 1;
  }
  for (std::size_t i = first; i < path.steps.size(); ++i) {
    schema = resolved(root, schema);
    if (!schema) return {};
    if (path.steps[i].kind != json::Step::Kind::key) {
      const Value items = schema.find("items");
      if (!items.is_object() || schema.find("prefixItems") || combines(schema)) return {};
      schema = items;
      continue;
    }
    const std::string& key = path.steps[i].key;
    const Value properties = schema.find("properties");
    if (const Value property = properties.find(key)) {
      schema = property;
      continue;
    }
    const Value others = schema.find("additionalProperties");
    const bool closed = others ? others.is_boolean() && !others.boolean() : properties.is_object();
    if (!closed || schema.find("patternProperties") || combines(schema)) return {};
    return {Place::State::missing, {}, properties, key};
  }
  return {Place::State::found, schema, {}, ""};
}

struct Reading {
  const Condition& c;
  bool restricts;  // 5 and "5" match
  bool loose() const { return restricts || c.coerce; }

  // A value of one of the types may equal the constant.
  bool may_equal(const Constant& v, const Types& types) const {
    const bool numeric = v.kind == Kind::string && base::Decimal::parse(v.text).has_value();
    switch (v.kind) {
      case Kind::null:
        return types.test(null_type);
      case Kind::boolean:
        return types.test(boolean_type) || (restricts && types.test(string_type));
      case Kind::number:
        return types.test(number_type) || (loose() && types.test(string_type));
      case Kind::string:
        return types.test(string_type) || (loose() && numeric && types.test(number_type)) ||
               (restricts && types.test(boolean_type));
      default:
        return true;
    }
  }

  bool equals(const Constant& v, Value listed) const {
    switch (v.kind) {
      case Kind::null:
        return listed.is_null();
      case Kind::boolean:
        return listed.is_boolean() ? listed.boolean() == v.boolean : restricts && listed.is_string();
      default:
        break;
    }
    const std::string text(listed.is_number() ? listed.number() : listed.string());
    if (listed.is_boolean()) return restricts;
    const bool same_kind = (v.kind == Kind::number) == listed.is_number();
    const auto a = base::Decimal::parse(v.text), b = base::Decimal::parse(text);
    if (a && b && (same_kind ? v.kind == Kind::number : loose())) return *a == *b;
    return same_kind && v.kind == Kind::string && listed.is_string() && v.text == text;
  }

  // What is wrong with the types, or "".
  std::string mismatch(const Types& types) const {
    const bool text = types.test(string_type);
    switch (c.op) {
      case Op::eq:
      case Op::neq:
        return may_equal(c.value, types) ? "" : "the value is another type";
      case Op::in:
      case Op::not_in:
        for (const Constant& v : c.value.items)
          if (!may_equal(v, types)) return quoted(v.text) + " is another type";
        return "";
      case Op::lt:
      case Op::lte:
      case Op::gt:
      case Op::gte:
      case Op::between:
        return types.test(number_type) || (text && loose()) ? "" : std::string(op_name(c.op)) + " compares numbers";
      case Op::contains:
        return text || types.test(array_type) ? "" : "contains reads text and arrays";
      case Op::length:
        return text || types.test(array_type) || types.test(object_type) ? "" : "it has no length";
      case Op::type: {
        Types asked;
        add_type(c.value.text, asked);
        return (asked & types).any() ? "" : "it is never " + c.value.text;
      }
      case Op::exists:
        return "";
      default:
        return text ? "" : std::string(op_name(c.op)) + " reads text";
    }
  }
};

std::string near_hint(const Place& place) {
  std::vector<std::string_view> names;
  for (const json::Member m : place.properties.members()) names.push_back(m.key);
  if (const std::string_view near = base::nearest(place.key, names); !near.empty())
    return "did you mean " + base::printable(near, 80) + "?";
  if (names.empty()) return "it has no arguments here";
  std::string out = "it has ";
  for (std::size_t i = 0; i < std::min(names.size(), max_listed); ++i)
    out += (i == 0 ? "" : ", ") + base::printable(names[i], 80);
  return names.size() > max_listed ? out + " and others" : out;
}

class SchemaLint {
 public:
  SchemaLint(const Entry& entry, const std::vector<const tools::Definition*>& matched, Problems& problems)
      : entry_(entry), matched_(matched), problems_(problems) {}

  void look() {
    each_site(entry_, Section::tools, [this](const Site& site) { condition(site); });
    for (const Rule& rule : entry_.rules)
      for (const Limit& limit : rule.limits) {
        if (limit.amount_from) amount(*limit.amount_from, limit.position);
        if (limit.currency_from) missing(*limit.currency_from, limit.position, "every call is refused");
      }
  }

 private:
  std::string whose() const {
    return matched_.size() == 1 ? quoted(matched_[0]->name) + " has no argument "
                                : "no tool that " + quoted(entry_.pattern) + " matches has an argument ";
  }

  // True if the path is plainly there in all tools; reports it if it is plainly in none.
  bool missing(const json::Path& path, Position at, const std::string& consequence) {
    std::size_t found = 0, absent = 0;
    Place first;
    for (const tools::Definition* tool : matched_) {
      Place place = place_of(*tool, path);
      found += place.state == Place::State::found ? 1 : 0;
      absent += place.state == Place::State::missing ? 1 : 0;
      if (place.state == Place::State::missing && first.key.empty()) first = std::move(place);
    }
    if (absent == matched_.size())
      problems_.warn("unknown-argument", at,
                     whose() + base::printable(path.text(), 80) + (consequence.empty() ? "" : ": " + consequence),
                     near_hint(first));
    return found == matched_.size();
  }

  void condition(const Site& site) {
    const Condition& c = site.condition;
    if ((c.path.root != "args" && c.path.root != "params") || c.path.steps.empty()) return;
    const bool negative = is_negative(c);
    std::string consequence;
    if (!negative && !site.nested && site.sense == Sense::admits) consequence = "no call that fits the schema passes";
    if (!negative && !site.nested && site.sense == Sense::denies)
      consequence = "no call that fits the schema is refused by this rule";
    if (!missing(c.path, c.position, consequence)) return;
    const Reading reading{c, site.restricts};
    if (!mismatch(reading)) not_listed(reading);
  }

  bool mismatch(const Reading& reading) {
    std::string wrong;
    Types types;
    for (const tools::Definition* tool : matched_) {
      const auto own = types_of(tool->input_schema(), place_of(*tool, reading.c.path).schema);
      if (!own) return false;
      const std::string message = reading.mismatch(*own);
      if (message.empty()) return false;
      if (wrong.empty()) wrong = message, types = *own;
    }
    problems_.warn(
        "type-mismatch", reading.c.position,
        base::printable(reading.c.path.text(), 80) + " is " + spelled(types) + " in the schema, and " + wrong,
        is_negative(reading.c.op) ? "no value of that type equals it: the condition says nothing"
                                  : "no value of that type meets the condition");
    return true;
  }

  void not_listed(const Reading& reading) {
    const Condition& c = reading.c;
    const bool list = c.op == Op::in || c.op == Op::not_in;
    if (!list && c.op != Op::eq && c.op != Op::neq) return;
    const std::size_t count = list ? c.value.items.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const Constant& v = list ? c.value.items[i] : c.value;
      std::vector<Value> values;
      bool listed = false;
      for (const tools::Definition* tool : matched_) {
        const auto own = values_of(tool->input_schema(), place_of(*tool, c.path).schema);
        listed = listed || !own || std::ranges::any_of(*own, [&](Value x) { return reading.equals(v, x); });
        if (own && values.empty()) values = *own;
      }
      if (!listed) return report_unlisted(c, v, values);
    }
  }

  void report_unlisted(const Condition& c, const Constant& v, const std::vector<Value>& values) {
    std::vector<std::string_view> texts;
    for (const Value x : values)
      if (!x.is_null()) texts.push_back(x.is_string() ? x.string() : x.raw());
    const std::string_view near = base::nearest(v.text, texts);
    std::string list;
    for (std::size_t i = 0; i < std::min(texts.size(), max_listed); ++i)
      list += (i == 0 ? "" : ", ") + base::printable(texts[i], 80);
    if (texts.size() > max_listed) list += " and others";
    const std::string written = v.kind == Kind::boolean ? (v.boolean ? "true" : "false") : v.text;
    problems_.warn(
        "not-in-enum", c.position,
        quoted(written) + " is none of the values that the schema lists for " + base::printable(c.path.text(), 80),
        near.empty() ? "it lists " + list : "did you mean " + base::printable(near, 80) + "?");
  }

  void amount(const json::Path& path, Position at) {
    if (!missing(path, at, "every call is refused, since an amount that is missing is never zero")) return;
    Types types;
    for (const tools::Definition* tool : matched_) {
      const auto own = types_of(tool->input_schema(), place_of(*tool, path).schema);
      if (!own || own->test(number_type)) return;
      types = *own;
    }
    problems_.warn("type-mismatch", at,
                   "the amount " + base::printable(path.text(), 80) + " is " + spelled(types) + " in the schema",
                   "an amount is a number; every call is refused");
  }

  const Entry& entry_;
  const std::vector<const tools::Definition*>& matched_;
  Problems& problems_;
};

}  // namespace

void lint_arguments(const Entry& entry, const std::vector<const tools::Definition*>& matched, Problems& problems) {
  SchemaLint(entry, matched, problems).look();
}

}  // namespace policy
