// Two tables: dialects by their URI, and keywords by what they hold. The second serves all dialects: a keyword that one
// dialect does not know is asserted all the same (docs/json-schema.md, "Dialects").
#include "schema/dialect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/outline.h"

namespace schema {

std::optional<Dialect> dialect_of(std::string_view uri) {
  constexpr std::array<std::pair<std::string_view, Dialect>, 6> known{{
      {"json-schema.org/draft/2020-12/schema", Dialect::draft2020},
      {"json-schema.org/draft/2019-09/schema", Dialect::draft2019},
      {"json-schema.org/draft-07/schema", Dialect::draft07},
      {"json-schema.org/draft-06/schema", Dialect::draft06},
      {"json-schema.org/draft-04/schema", Dialect::draft04},
      {"json-schema.org/schema", Dialect::open},  // "the latest"
  }};
  if (uri.ends_with('#')) uri.remove_suffix(1);
  if (uri.starts_with("https://")) {
    uri.remove_prefix(8);
  } else if (uri.starts_with("http://")) {
    uri.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const auto* const it =
      std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == uri; });
  if (it == known.end()) return std::nullopt;
  return it->second;
}

Holds held_by(std::string_view keyword) {
  using enum Holds;
  constexpr std::array<std::pair<std::string_view, Holds>, 23> known{{
      {"properties", schema_map},
      {"items", schema_or_schemas},
      {"additionalProperties", schema},
      {"anyOf", schemas},
      {"oneOf", schemas},
      {"allOf", schemas},
      {"$defs", schema_map},
      {"definitions", schema_map},
      {"not", schema},
      {"if", schema},
      {"then", schema},
      {"else", schema},
      {"prefixItems", schemas},
      {"contains", schema},
      {"patternProperties", schema_map},
      {"propertyNames", schema},
      {"dependentSchemas", schema_map},
      {"dependencies", dependency_map},
      {"additionalItems", schema},
      {"unevaluatedProperties", schema},
      {"unevaluatedItems", schema},
      {"contentSchema", schema},
      {"dependentRequired", nothing},
  }};
  const auto* const it =
      std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == keyword; });
  return it == known.end() ? nothing : it->second;
}

bool reference_stands_alone(Dialect dialect) {
  return dialect == Dialect::draft04 || dialect == Dialect::draft06 || dialect == Dialect::draft07;
}

}  // namespace schema
