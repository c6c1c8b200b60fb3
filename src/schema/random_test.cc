// Random schemas and instances against an evaluator that is slow and obvious: it reads the schema's JSON anew at every
// step, compares numbers as canonical text, and keeps the names of what was evaluated in sets. No compiled form, no
// frames, no tables, no hashes.
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "base/decimal.h"
#include "base/unicode.h"
#include "json/writer.h"
#include "schema/schema_testing.h"

namespace schema {
namespace {

using json::Value;

std::string canonical(Value value) {
  std::string out;
  json::write_canonical(out, value);
  return out;
}

class Oracle {
 public:
  explicit Oracle(Value root) : root_(root) {}
  // The members (by name) or elements (by index) that were evaluated, if `value` is valid.
  using Seen = std::optional<std::set<std::string>>;
  Seen evaluate(Value schema, Value value) const {
    if (schema.is_boolean()) return schema.boolean() ? Seen{std::in_place} : std::nullopt;
    std::set<std::string> seen;
    const bool good = type(schema, value) && scalars(schema, value) && in_object(schema, value, seen) &&
                      in_array(schema, value, seen) && in_place(schema, value, seen) && rest(schema, value, seen);
    return good ? Seen(seen) : std::nullopt;
  }
  bool holds(Value schema, Value value) const { return evaluate(schema, value).has_value(); }

 private:
  static bool is_type(std::string_view name, Value value) {
    if (name == "integer") return value.is_number() && base::Decimal::parse(value.number())->is_integer();
    return name == json::type_name(value.type());
  }
  static bool type(Value schema, Value value) {
    const Value wanted = schema.find("type");
    if (!wanted) return true;
    if (wanted.is_string()) return is_type(wanted.string(), value);
    for (const Value one : wanted.elements()) {
      if (is_type(one.string(), value)) return true;
    }
    return false;
  }
  static bool in_list(Value list, Value value) {
    for (const Value one : list.elements()) {
      if (canonical(one) == canonical(value)) return true;
    }
    return false;
  }
  static std::size_t count(Value schema, const char* keyword, std::size_t otherwise) {
    const Value value = schema.find(keyword);
    return value ? std::stoul(std::string(value.number())) : otherwise;
  }
  static bool between(Value schema, const char* least, const char* most, std::size_t n) {
    return n >= count(schema, least, 0) && n <= count(schema, most, 1'000'000);
  }
  static bool scalars(Value schema, Value value) {
    if (schema.find("enum") && !in_list(schema.find("enum"), value)) return false;
    if (schema.find("const") && canonical(schema.find("const")) != canonical(value)) return false;
    if (value.is_string()) return between(schema, "minLength", "maxLength", base::code_points(value.string()));
    if (!value.is_number()) return true;
    const auto number = *base::Decimal::parse(value.number());
    const auto limit = [&](const char* keyword) { return base::Decimal::parse(schema.find(keyword).number()); };
    return (!schema.find("minimum") || number >= *limit("minimum")) &&
           (!schema.find("exclusiveMaximum") || number < *limit("exclusiveMaximum"));
  }
  bool in_object(Value schema, Value value, std::set<std::string>& seen) const {
    if (!value.is_object()) return true;
    if (!between(schema, "minProperties", "maxProperties", value.size())) return false;
    for (const Value name : schema.find("required").elements()) {
      if (!value.find(name.string())) return false;
    }
    for (const json::Member one : schema.find("dependentRequired").members()) {
      for (const Value name : one.value.elements()) {
        if (value.find(one.key) && !value.find(name.string())) return false;
      }
    }
    for (const json::Member member : value.members()) {
      bool known = false;
      const auto hold = [&](Value sub) {
        known = true;
        return holds(sub, member.value);
      };
      const Value property = schema.find("properties").find(member.key);
      if (property && !hold(property)) return false;
      for (const json::Member one : schema.find("patternProperties").members()) {  // patterns here are single letters
        if (member.key.find(one.key) != std::string_view::npos && !hold(one.value)) return false;
      }
      if (!known && schema.find("additionalProperties") && !hold(schema.find("additionalProperties"))) return false;
      if (schema.find("propertyNames") && !holds(schema.find("propertyNames"), member.key_value)) return false;
      if (known) seen.insert(std::string(member.key));
    }
    return true;
  }
  bool in_array(Value schema, Value value, std::set<std::string>& seen) const {
    if (!value.is_array()) return true;
    if (!between(schema, "minItems", "maxItems", value.size())) return false;
    const std::size_t prefix = schema.find("prefixItems").size();
    std::set<std::string> all;
    std::size_t found = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Value sub = i < prefix ? schema.find("prefixItems").at(i) : schema.find("items");
      if (sub && !holds(sub, value.at(i))) return false;
      if (sub) seen.insert(std::to_string(i));
      all.insert(canonical(value.at(i)));
      if (schema.find("contains") && holds(schema.find("contains"), value.at(i))) {
        ++found;
        seen.insert(std::to_string(i));
      }
    }
    if (schema.find("uniqueItems").boolean() && all.size() != value.size()) return false;
    return !schema.find("contains") ||
           (found >= count(schema, "minContains", 1) && found <= count(schema, "maxContains", 1'000'000));
  }
  bool in_place(Value schema, Value value, std::set<std::string>& seen) const {
    std::map<std::string, std::size_t> held;
    for (const char* keyword : {"allOf", "anyOf", "oneOf"}) {
      for (const Value sub : schema.find(keyword).elements()) {
        const Seen more = evaluate(sub, value);
        if (!more) continue;
        ++held[keyword];
        seen.insert(more->begin(), more->end());
      }
    }
    if (schema.find("allOf") && held["allOf"] != schema.find("allOf").size()) return false;
    if (schema.find("anyOf") && held["anyOf"] == 0) return false;
    if (schema.find("oneOf") && held["oneOf"] != 1) return false;
    if (schema.find("not") && holds(schema.find("not"), value)) return false;
    std::vector<Value> must;
    if (const Value condition = schema.find("if"); condition) {
      const Seen more = evaluate(condition, value);
      if (more) seen.insert(more->begin(), more->end());
      must.push_back(schema.find(more ? "then" : "else"));
    }
    for (const json::Member one : schema.find("dependentSchemas").members()) {
      if (value.find(one.key)) must.push_back(one.value);
    }
    if (const Value reference = schema.find("$ref"); reference) {  // "#/$defs/x"
      must.push_back(root_.find("$defs").find(reference.string().substr(8)));
    }
    for (const Value sub : must) {
      if (!sub) continue;
      const Seen more = evaluate(sub, value);
      if (!more) return false;
      seen.insert(more->begin(), more->end());
    }
    return true;
  }
  bool rest(Value schema, Value value, std::set<std::string>& seen) const {
    const Value members = schema.find("unevaluatedProperties");
    for (const json::Member member : value.members()) {
      if (!members || !seen.insert(std::string(member.key)).second) continue;
      if (!holds(members, member.value)) return false;
    }
    const Value elements = schema.find("unevaluatedItems");
    for (std::size_t i = 0; elements && value.is_array() && i < value.size(); ++i) {
      if (seen.insert(std::to_string(i)).second && !holds(elements, value.at(i))) return false;
    }
    return true;
  }
  Value root_;
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string schema(int depth) {
    if (roll(8) == 0) return roll(4) == 0 ? "false" : "true";
    std::string out = "{";
    const int count = 1 + roll(4);
    std::set<std::string> used;
    for (int i = 0; i < count; ++i) {
      const auto [key, value] = keyword(depth);
      if (!used.insert(key).second) continue;
      out += (out.size() == 1 ? "\"" : ",\"") + key + "\":" + value;
    }
    return out + "}";
  }
  std::string instance(int depth) {
    switch (roll(depth > 0 ? 9 : 5)) {
      case 0:
        return "null";
      case 1:
        return roll(2) == 0 ? "true" : "false";
      case 2:
      case 3:
        return number();
      case 4:
        return pick({"\"\"", "\"a\"", "\"bb\"", "\"é\""});
      case 5:
      case 6: {
        std::string out = "[";
        for (int i = roll(4); i > 0; --i) out += (out.size() == 1 ? "" : ",") + instance(depth - 1);
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (const char* name : {"a", "b", "ab", "c"}) {
          if (roll(2) == 0) out += (out.size() == 1 ? "\"" : ",\"") + std::string(name) + "\":" + instance(depth - 1);
        }
        return out + "}";
      }
    }
  }
  std::string root() {
    // A definition refers to later ones only: no cycles.
    std::string defs;
    for (int i = 0; i < 3; ++i) {
      first_reference_ = i + 1;
      defs += (i == 0 ? "\"d" : ",\"d") + std::to_string(i) + "\":" + schema(2);
    }
    first_reference_ = 0;
    const std::string main = schema(3);
    return main[0] != '{'
               ? main
               : main.substr(0, main.size() - 1) + (main.size() == 2 ? "" : ",") + "\"$defs\":{" + defs + "}}";
  }

 private:
  int roll(int sides) { return static_cast<int>(random_() % static_cast<std::uint64_t>(sides)); }
  std::string pick(std::initializer_list<const char*> all) { return all.begin()[roll(static_cast<int>(all.size()))]; }
  std::string number() {
    return pick({"0", "1", "1.0", "10e-1", "2", "3", "-1", "1.5", "100000000000000000000", "1e20"});
  }
  std::string name() { return "\"" + pick({"a", "b", "ab", "c"}) + "\""; }
  std::string small() { return std::to_string(roll(4)); }
  std::string list(int depth) {
    std::string out = "[" + schema(depth - 1);
    for (int i = roll(3); i > 0; --i) out += "," + schema(depth - 1);
    return out + "]";
  }
  std::string map(int depth) {
    return "{\"a\":" + schema(depth - 1) + (roll(2) == 0 ? ",\"b\":" + schema(depth - 1) : "") + "}";
  }
  std::pair<std::string, std::string> keyword(int depth) {
    const int first_deep = 10;
    switch (roll(depth > 0 ? 29 : first_deep)) {
      case 0:
        return {"type",
                pick({"\"object\"", "\"array\"", "\"integer\"", "[\"string\",\"number\"]", "[\"object\",\"array\"]"})};
      case 1:
        return {"enum", "[" + instance(1) + "," + instance(1) + ",\"a\"]"};
      case 2:
        return {"const", instance(1)};
      case 3:
        return {"minimum", number()};
      case 4:
        return {"exclusiveMaximum", number()};
      case 5:
        return {pick({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}), small()};
      case 6:
        return {"required", "[" + name() + "]"};
      case 7:
        return {"dependentRequired", "{" + name() + ":[" + name() + "]}"};
      case 8:
        return {"uniqueItems", "true"};
      case 9:
        return first_reference_ < 3
                   ? std::pair<std::string, std::string>{"$ref", "\"#/$defs/d" +
                                                                     std::to_string(first_reference_ +
                                                                                    roll(3 - first_reference_)) +
                                                                     "\""}
                   : std::pair<std::string, std::string>{"minimum", number()};
      case 10:
      case 11:
        return {"properties", map(depth)};
      case 12:
        return {"patternProperties", map(depth)};
      case 13:
        return {"additionalProperties", schema(depth - 1)};
      case 14:
        return {"propertyNames", schema(depth - 1)};
      case 15:
        return {"dependentSchemas", map(depth)};
      case 16:
        return {"prefixItems", list(depth)};
      case 17:
        return {"items", schema(depth - 1)};
      case 18:
        return {"contains", schema(depth - 1)};
      case 19:
        return {pick({"minContains", "maxContains"}), small()};
      case 20:
        return {"not", schema(depth - 1)};
      case 21:
        return {"if", schema(depth - 1)};
      case 22:
        return {"then", schema(depth - 1)};
      case 23:
        return {"else", schema(depth - 1)};
      case 24:
      case 25:
        return {pick({"allOf", "anyOf", "oneOf"}), list(depth)};
      case 26:
        return {"unevaluatedItems", schema(depth - 1)};
      default:
        return {"unevaluatedProperties", schema(depth - 1)};
    }
  }
  std::mt19937_64 random_;
  int first_reference_ = 0;
};

TEST(Random, AgreesWithTheObviousEvaluator) {
  std::array<std::size_t, 3> answers{};
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    Maker make(seed);
    const Instance schema_text(make.root());
    const auto schema = Schema::compile(schema_text.root());
    ASSERT_TRUE(schema) << seed << " " << schema_text.text << " " << schema.error().text();
    const Oracle oracle(schema_text.root());
    for (int i = 0; i < 8; ++i) {
      const Instance value(make.instance(3));
      const Result result = checked(**schema, value.text);
      const Result wanted = oracle.holds(schema_text.root(), value.root()) ? Result::valid : Result::invalid;
      ASSERT_EQ(static_cast<int>(result), static_cast<int>(wanted)) << seed << "\n"
                                                                    << schema_text.text << "\n"
                                                                    << value.text;
      ++answers.at(static_cast<std::size_t>(result));
    }
  }
  EXPECT_GT(answers.at(0), 5'000U);
  EXPECT_GT(answers.at(1), 5'000U);
}

}  // namespace
}  // namespace schema
