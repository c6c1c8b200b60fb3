// From the outline to the program: each schema that the root reaches becomes a node, filled from a list (references may
// chain as long as they like, nothing recurses). Internal to this room.
//
// The first thing that is wrong ends the compilation; the methods give false once it is known.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/outline.h"
#include "schema/program.h"
#include "schema/schema.h"

namespace schema {

class Compiler {
 public:
  Compiler(Program& program, const CompileOptions& options)
      : program_(program), options_(options), outline_(program, options) {}
  std::expected<void, CompileError> run();

 private:
  using Kind = CompileError::Kind;

  // compiler.cc
  bool fill_all();
  bool fill(NodeId id, json::Value schema);
  NodeId node_of(json::Value schema);
  void fill_dynamic_anchors();
  bool subschema(std::string_view keyword, json::Value value, NodeId& node);
  bool subschemas(std::string_view keyword, json::Value value, std::vector<NodeId>& nodes);
  bool wrong(Kind kind, std::string_view keyword, std::string message);
  bool malformed(std::string_view keyword, std::string message) {
    return wrong(Kind::malformed, keyword, std::move(message));
  }

  // compile_scalars.cc
  bool types(Node& node);
  bool values(Node& node);
  bool numbers(Node& node);
  bool bound(std::string_view keyword, std::optional<Number>& limit);
  bool exclusive_bound(std::string_view keyword, std::optional<Number>& inclusive, std::optional<Number>& exclusive);
  bool strings(Node& node);
  bool count(std::string_view keyword, std::uint64_t& limit);
  bool pattern(std::string_view keyword, std::string_view text, Pattern& out);

  // compile_containers.cc
  bool arrays(Node& node);
  bool elements(ArrayChecks& checks);
  bool objects(Node& node);
  bool properties(ObjectChecks& checks);
  bool pattern_properties(ObjectChecks& checks);
  bool dependents(ObjectChecks& checks, const char* keyword);
  bool names(std::string_view keyword, json::Value list, std::vector<std::string_view>& out);

  // compile_applied.cc
  bool applied(Node& node);
  bool reference(std::vector<Application>& list, std::string_view keyword);
  bool combined(std::vector<Application>& list, std::string_view keyword, Application::Kind kind);
  bool negation(std::vector<Application>& list);
  bool conditional(std::vector<Application>& list);

  json::Value find(std::string_view keyword) const { return schema_.find(keyword); }
  Program& program_;
  const CompileOptions& options_;
  Outline outline_;
  std::optional<CompileError> error_;
  std::unordered_map<std::uint32_t, NodeId> known_;  // by Value::index()
  std::vector<json::Value> schemas_;                 // by NodeId
  std::unordered_map<std::string, Pattern> patterns_;
  std::size_t pattern_size_ = 0;
  json::Value schema_;  // being filled
  Spot spot_{};         // its spot
};

// Finds a cycle of references and combinations that never goes into the instance; gives the place of a schema on it, or
// no_table.
std::uint32_t find_cycle(const Program& program);

// The object levels of an instance, and whether they are all (Schema::levels).
std::vector<Schema::Level> object_levels(const Program& program, bool& complete);

}  // namespace schema
