// A compiled schema: a flat list of nodes, one for each schema in the document that the root can reach, and tables of
// what they assert, a table for each type of instance. Nodes name each other by index, so a cycle of references is no
// cycle of owners. Immutable once compiled.
//
// What must stay true: the text of `document` is what every string_view and Value in here refers to.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "schema/key_table.h"
#include "schema/number.h"

namespace schema {

class CompiledPattern;  // pattern.h

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = std::numeric_limits<NodeId>::max();
inline constexpr std::uint32_t no_table = std::numeric_limits<std::uint32_t>::max();

// Types of instances, as bits.
using TypeSet = std::uint8_t;
inline constexpr TypeSet type_null = 1;
inline constexpr TypeSet type_boolean = 2;
inline constexpr TypeSet type_integer = 4;   // a number that is whole
inline constexpr TypeSet type_fraction = 8;  // a number that is not
inline constexpr TypeSet type_number = type_integer | type_fraction;
inline constexpr TypeSet type_string = 16;
inline constexpr TypeSet type_array = 32;
inline constexpr TypeSet type_object = 64;
inline constexpr TypeSet type_any = 127;

// Where a schema stands in its document: the pointer's last tokens, escaped ("properties/a"), and what they hang on.
struct Place {
  std::uint32_t parent = no_table;
  std::string tokens;
};

struct Node {
  TypeSet types = type_any;
  bool never = false;               // the schema `false`
  std::uint32_t values = no_table;  // each an index in the table of that name
  std::uint32_t strings = no_table;
  std::uint32_t numbers = no_table;
  std::uint32_t arrays = no_table;
  std::uint32_t objects = no_table;
  std::uint32_t applied = no_table;
  NodeId unevaluated_properties = no_node;
  NodeId unevaluated_items = no_node;
  std::uint32_t resource = 0;
  std::uint32_t place = 0;
};

// `enum` and `const`.
struct ValueChecks {
  bool has_enum = false;
  KeyTable strings;                 // the strings of `enum`
  std::vector<json::Value> others;  // the rest of `enum`
  json::Value constant;             // absent: no `const`
  json::Value enumeration;          // for messages
};

struct NumberChecks {
  std::optional<Number> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<Divisor> multiple_of;
  std::string_view multiple_of_text;
};

using Pattern = std::shared_ptr<const CompiledPattern>;

inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

struct StringChecks {
  std::uint64_t min_length = 0;  // code points
  std::uint64_t max_length = unlimited;
  Pattern pattern;
  std::string_view pattern_text;
};

struct ArrayChecks {
  std::uint64_t min_items = 0, max_items = unlimited;
  bool unique = false;
  std::vector<NodeId> prefix;
  NodeId rest = no_node;  // for elements after the prefix
  const char* rest_keyword = "items";
  NodeId contains = no_node;
  std::uint64_t min_contains = 1, max_contains = unlimited;
  bool contains_marks = true;  // what `contains` admits is evaluated (2020-12)
};

struct Property {
  std::string_view name;
  NodeId node = no_node;  // no_node: named by `required` alone
  bool required = false;
};

struct PatternProperty {
  Pattern pattern;
  NodeId node;
};

// `dependentRequired`, `dependentSchemas`, `dependencies`.
struct Dependent {
  std::string_view trigger;
  const char* keyword;
  std::vector<std::string_view> required;
  NodeId node = no_node;
};

struct ObjectChecks {
  std::uint64_t min_properties = 0, max_properties = unlimited;
  KeyTable names;                    // numbers index `properties`
  std::vector<Property> properties;  // of `properties` and `required`
  std::uint32_t required = 0;        // how many of them are required
  std::vector<PatternProperty> patterns;
  NodeId additional = no_node;
  NodeId property_names = no_node;
  std::vector<Dependent> dependents;
};

// Applied to the same instance.
struct Application {
  enum class Kind : std::uint8_t { reference, dynamic_reference, all_of, any_of, one_of, negation, conditional };
  Kind kind;
  std::vector<NodeId> nodes;  // conditional: if, then, else (the latter two may be no_node)
  std::uint32_t anchor = 0;   // dynamic_reference: index in Program::dynamic_anchors; nodes[0] if no scope has one
};

// The schemas that a `$dynamicAnchor` of one name stands in, by resource.
struct DynamicAnchor {
  struct Target {
    std::uint32_t resource;
    NodeId node;
  };
  std::vector<Target> targets;  // sorted by resource
};

struct Program {
  std::string text;
  json::Document document;
  NodeId root = 0;
  bool has_dynamic_references = false;
  std::vector<Node> nodes;
  std::vector<Place> places;
  std::vector<ValueChecks> values;
  std::vector<StringChecks> strings;
  std::vector<NumberChecks> numbers;
  std::vector<ArrayChecks> arrays;
  std::vector<ObjectChecks> objects;
  std::vector<std::vector<Application>> applied;
  std::vector<DynamicAnchor> dynamic_anchors;

  // JSON pointer to the place, then "/" and the keyword if there is one.
  std::string pointer(std::uint32_t place, std::string_view keyword = {}) const;
};

// As a token of a JSON pointer (RFC 6901): "~" and "/" escaped.
std::string pointer_token(std::string_view text);

}  // namespace schema
