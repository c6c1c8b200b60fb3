// Keywords that look into arrays and objects.
#include <algorithm>

#include "base/strings.h"
#include "schema/compiler.h"

namespace schema {

bool Compiler::arrays(Node& node) {
  ArrayChecks checks;
  if (!count("minItems", checks.min_items) || !count("maxItems", checks.max_items) || !elements(checks)) return false;
  const json::Value unique = find("uniqueItems");
  if (unique && !unique.is_boolean()) return malformed("uniqueItems", "must be true or false");
  checks.unique = unique.boolean();
  if (!subschema("contains", find("contains"), checks.contains) || !count("minContains", checks.min_contains) ||
      !count("maxContains", checks.max_contains) ||
      !subschema("unevaluatedItems", find("unevaluatedItems"), node.unevaluated_items)) {
    return false;
  }
  checks.contains_marks = spot_.dialect != Dialect::draft2019;
  if (checks.min_items == 0 && checks.max_items == unlimited && !checks.unique && checks.prefix.empty() &&
      checks.rest == no_node && checks.contains == no_node) {
    return true;
  }
  node.arrays = static_cast<std::uint32_t>(program_.arrays.size());
  program_.arrays.push_back(std::move(checks));
  return true;
}

// `prefixItems` and `items`; or, before 2020-12, a list of `items` and `additionalItems`.
bool Compiler::elements(ArrayChecks& checks) {
  const json::Value prefix = find("prefixItems");
  const json::Value items = find("items");
  if (prefix && !subschemas("prefixItems", prefix, checks.prefix)) return false;
  if (prefix && !items) {  // half of either spelling: what it means is no secret
    checks.rest_keyword = "additionalItems";
    return subschema("additionalItems", find("additionalItems"), checks.rest);
  }
  if (!items.is_array()) return subschema("items", items, checks.rest);
  if (prefix) return malformed("items", "must be a schema where there is prefixItems");
  if (items.elements().begin() != items.elements().end() && !subschemas("items", items, checks.prefix)) return false;
  checks.rest_keyword = "additionalItems";
  return subschema("additionalItems", find("additionalItems"), checks.rest);
}

bool Compiler::objects(Node& node) {
  ObjectChecks checks;
  if (!count("minProperties", checks.min_properties) || !count("maxProperties", checks.max_properties) ||
      !properties(checks) || !pattern_properties(checks) ||
      !subschema("additionalProperties", find("additionalProperties"), checks.additional) ||
      !subschema("propertyNames", find("propertyNames"), checks.property_names) ||
      !subschema("unevaluatedProperties", find("unevaluatedProperties"), node.unevaluated_properties) ||
      !dependents(checks, "dependentRequired") || !dependents(checks, "dependentSchemas") ||
      !dependents(checks, "dependencies")) {
    return false;
  }
  if (checks.min_properties == 0 && checks.max_properties == unlimited && checks.properties.empty() &&
      checks.patterns.empty() && checks.additional == no_node && checks.property_names == no_node &&
      checks.dependents.empty()) {
    return true;
  }
  node.objects = static_cast<std::uint32_t>(program_.objects.size());
  program_.objects.push_back(std::move(checks));
  return true;
}

// `properties` and `required` share a table of names.
bool Compiler::properties(ObjectChecks& checks) {
  const json::Value map = find("properties");
  const json::Value list = find("required");
  if (map && !map.is_object()) return malformed("properties", "must be an object of schemas");
  std::vector<std::string_view> required;
  if (list && !names("required", list, required)) return false;
  std::vector<std::string_view> all = required;
  for (const json::Member member : map.members()) all.push_back(member.key);
  checks.names.assign(std::move(all));
  checks.properties.resize(checks.names.size());
  for (std::uint32_t i = 0; i < checks.names.size(); ++i) checks.properties[i].name = checks.names.text(i);
  for (const std::string_view name : required) {
    Property& one = checks.properties[checks.names.find(name)];
    if (!one.required) ++checks.required;
    one.required = true;
  }
  for (const json::Member member : map.members()) {
    NodeId& node = checks.properties[checks.names.find(member.key)].node;
    if (!subschema("properties/" + pointer_token(member.key), member.value, node)) return false;
  }
  return true;
}

bool Compiler::names(std::string_view keyword, json::Value list, std::vector<std::string_view>& out) {
  if (!list.is_array()) return malformed(keyword, "must be a list of property names");
  for (const json::Value name : list.elements()) {
    if (!name.is_string()) return malformed(keyword, "must be a list of property names");
    out.push_back(name.string());
  }
  return true;
}

bool Compiler::pattern_properties(ObjectChecks& checks) {
  const json::Value map = find("patternProperties");
  if (map && !map.is_object()) return malformed("patternProperties", "must be an object of schemas");
  for (const json::Member member : map.members()) {
    const std::string tokens = "patternProperties/" + pointer_token(member.key);
    PatternProperty one{.pattern = nullptr, .node = no_node};
    if (!subschema(tokens, member.value, one.node) || !pattern(tokens, member.key, one.pattern)) return false;
    checks.patterns.push_back(std::move(one));
  }
  return true;
}

bool Compiler::dependents(ObjectChecks& checks, const char* keyword) {
  const std::string_view name = keyword;
  const json::Value map = find(name);
  if (!map) return true;
  if (!map.is_object()) return malformed(name, "must be an object");
  for (const json::Member member : map.members()) {
    const std::string tokens = std::string(name) + "/" + pointer_token(member.key);
    Dependent one{.trigger = member.key, .keyword = keyword, .required = {}};
    const bool is_list = name == "dependentRequired" || (name == "dependencies" && member.value.is_array());
    const bool good = is_list ? names(tokens, member.value, one.required) : subschema(tokens, member.value, one.node);
    if (!good) return false;
    checks.dependents.push_back(std::move(one));
  }
  return true;
}

}  // namespace schema
