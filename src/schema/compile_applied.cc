// Keywords that apply schemas to the same instance: references and combinations.
#include "base/strings.h"
#include "schema/compiler.h"

namespace schema {

bool Compiler::applied(Node& node) {
  std::vector<Application> list;
  if (find("$recursiveRef")) {
    return wrong(Kind::unsupported, "$recursiveRef", "is not implemented (2020-12 has $dynamicRef for it)");
  }
  if (!reference(list, "$ref")) return false;
  const bool alone = reference_stands_alone(spot_.dialect) && find("$ref");
  if (!alone) {
    using Which = Application::Kind;
    if (!reference(list, "$dynamicRef") || !combined(list, "allOf", Which::all_of) ||
        !combined(list, "anyOf", Which::any_of) || !combined(list, "oneOf", Which::one_of) || !negation(list) ||
        !conditional(list)) {
      return false;
    }
  }
  if (list.empty()) return true;
  node.applied = static_cast<std::uint32_t>(program_.applied.size());
  program_.applied.push_back(std::move(list));
  return true;
}

bool Compiler::reference(std::vector<Application>& list, std::string_view keyword) {
  const json::Value text = find(keyword);
  if (!text) return true;
  if (!text.is_string()) return malformed(keyword, "must be a string");
  const Spot from = spot_;
  auto target = outline_.find(from, keyword, text.string());
  if (!target) {
    if (!error_) error_ = std::move(target.error());
    return false;
  }
  Application one{.kind = Application::Kind::reference, .nodes = {node_of(target->schema)}};
  if (keyword == "$dynamicRef" && target->dynamic_anchor != no_table) {
    one.kind = Application::Kind::dynamic_reference;
    one.anchor = target->dynamic_anchor;
    program_.has_dynamic_references = true;
  }
  list.push_back(std::move(one));
  return true;
}

bool Compiler::combined(std::vector<Application>& list, std::string_view keyword, Application::Kind kind) {
  const json::Value value = find(keyword);
  if (!value) return true;
  Application one{.kind = kind, .nodes = {}};
  if (!subschemas(keyword, value, one.nodes)) return false;
  list.push_back(std::move(one));
  return true;
}

bool Compiler::negation(std::vector<Application>& list) {
  NodeId node = no_node;
  if (!subschema("not", find("not"), node)) return false;
  if (node != no_node) list.push_back({.kind = Application::Kind::negation, .nodes = {node}});
  return true;
}

bool Compiler::conditional(std::vector<Application>& list) {
  NodeId condition = no_node, then = no_node, otherwise = no_node;
  if (!subschema("if", find("if"), condition) || !subschema("then", find("then"), then) ||
      !subschema("else", find("else"), otherwise)) {
    return false;
  }
  if (condition == no_node) return true;  // without `if` the other two mean nothing
  list.push_back({.kind = Application::Kind::conditional, .nodes = {condition, then, otherwise}});
  return true;
}

}  // namespace schema
