// The list of nodes to fill, and what all keywords share.
#include "schema/compiler.h"

#include <algorithm>

namespace schema {

std::expected<void, CompileError> Compiler::run() {
  if (auto outlined = outline_.read(); !outlined) return outlined;
  program_.root = node_of(program_.document.root());
  if (!fill_all()) return std::unexpected(std::move(*error_));
  for (DynamicAnchor& anchor : program_.dynamic_anchors) {
    std::sort(anchor.targets.begin(), anchor.targets.end(),
              [](const auto& a, const auto& b) { return a.resource < b.resource; });
  }
  const std::uint32_t place = find_cycle(program_);
  if (place == no_table) return {};
  return std::unexpected(CompileError{Kind::unsupported, program_.pointer(place),
                                      "refers to itself without going into the instance: it can never be decided"});
}

bool Compiler::fill_all() {
  // Filling may name new nodes, and dynamic references may name whole resources.
  std::size_t filled = 0;
  do {
    for (; filled < schemas_.size(); ++filled) {
      if (!fill(static_cast<NodeId>(filled), schemas_[filled])) return false;
    }
    if (program_.has_dynamic_references) fill_dynamic_anchors();
  } while (filled < schemas_.size());
  return true;
}

void Compiler::fill_dynamic_anchors() {
  for (std::size_t i = 0; i < program_.dynamic_anchors.size(); ++i) {
    auto& targets = program_.dynamic_anchors[i].targets;
    const auto& named = outline_.dynamic_anchors()[i];
    for (std::size_t n = targets.size(); n < named.size(); ++n) {
      targets.push_back({named[n].resource, node_of(named[n].schema)});
    }
  }
}

NodeId Compiler::node_of(json::Value schema) {
  const auto [known, is_new] = known_.emplace(schema.index(), static_cast<NodeId>(program_.nodes.size()));
  if (is_new) {
    program_.nodes.emplace_back();
    schemas_.push_back(schema);
  }
  return known->second;
}

bool Compiler::fill(NodeId id, json::Value schema) {
  schema_ = schema;
  spot_ = outline_.spot(schema);
  Node node;
  node.place = spot_.place;
  node.resource = spot_.resource;
  bool good = true;
  if (schema.is_boolean()) {
    node.never = !schema.boolean();
  } else if (reference_stands_alone(spot_.dialect) && find("$ref")) {
    good = applied(node);
  } else {
    good =
        types(node) && values(node) && numbers(node) && strings(node) && arrays(node) && objects(node) && applied(node);
  }
  program_.nodes[id] = node;
  return good;
}

bool Compiler::subschema(std::string_view keyword, json::Value value, NodeId& node) {
  if (!value) return true;
  if (!value.is_object() && !value.is_boolean()) {
    return malformed(keyword, "must be a schema (an object, true or false)");
  }
  node = node_of(value);
  return true;
}

bool Compiler::subschemas(std::string_view keyword, json::Value value, std::vector<NodeId>& nodes) {
  if (!value.is_array() || value.elements().begin() == value.elements().end()) {
    return malformed(keyword, "must be a list of one or more schemas");
  }
  std::size_t index = 0;
  for (const json::Value element : value.elements()) {
    const std::string tokens = std::string(keyword) + "/" + std::to_string(index++);
    if (!subschema(tokens, element, nodes.emplace_back(no_node))) return false;
  }
  return true;
}

bool Compiler::wrong(Kind kind, std::string_view keyword, std::string message) {
  if (!error_) error_ = CompileError{kind, program_.pointer(spot_.place, keyword), std::move(message)};
  return false;
}

}  // namespace schema
