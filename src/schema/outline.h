// The outline of a schema's document: every place where a schema stands, with its dialect, the resource (`$id`) that it
// belongs to, and the names (`$id`, `$anchor`, `$dynamicAnchor`) that references may use. Internal to this room.
//
// Only keywords that hold schemas are followed: an `$id` in an `enum` or under an unknown keyword names nothing. What a
// JSON pointer leads to outside of them is outlined when it is first referred to.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/program.h"
#include "schema/schema.h"

namespace schema {

// What each keyword that holds schemas holds.
enum class Holds : std::uint8_t { nothing, schema, schemas, schema_map, schema_or_schemas, dependency_map };
Holds held_by(std::string_view keyword);

// Whether siblings of `$ref` are ignored: drafts 04, 06 and 07 say so. In `open` both count.
bool reference_stands_alone(Dialect dialect);

struct Spot {
  std::uint32_t place;
  std::uint32_t resource;
  Dialect dialect;
};

class Outline {
 public:
  Outline(Program& program, const CompileOptions& options) : program_(program), options_(options) {}
  // Outlines the document. Errors: names that are malformed or given twice, unknown dialects, budgets.
  std::expected<void, CompileError> read();
  // Of a schema that is outlined.
  const Spot& spot(json::Value schema) const { return spots_.at(schema.index()); }
  // What a reference from `from` leads to; it is outlined afterwards.
  struct Target {
    json::Value schema;
    std::uint32_t dynamic_anchor = no_table;  // it was named by this `$dynamicAnchor`
  };
  std::expected<Target, CompileError> find(const Spot& from, std::string_view keyword, std::string_view reference);
  // Index in Program::dynamic_anchors -> its schemas, by resource.
  struct Named {
    std::uint32_t resource;
    json::Value schema;
  };
  const std::vector<std::vector<Named>>& dynamic_anchors() const { return dynamic_; }

 private:
  struct Resource {
    std::string uri;
    json::Value root;
    std::unordered_map<std::string, Target> anchors;
  };
  struct Pending {
    json::Value schema;
    std::uint32_t parent;  // place
    std::string tokens;
    std::uint32_t resource;
    Dialect dialect;
  };
  using Done = std::expected<void, CompileError>;

  Done walk(Pending first);
  Done enter(const Pending& pending);
  void descend(json::Value schema, const Spot& spot);
  void push_all(json::Value map, const std::string& keyword, const Spot& spot);
  Done read_dialect(json::Value schema, Spot& spot);
  Done read_id(json::Value schema, Spot& spot);
  Done read_anchor(json::Value schema, const Spot& spot, std::string_view keyword);
  Done add_anchor(json::Value schema, const Spot& spot, std::string_view keyword, std::string_view name);
  json::Value step(json::Value from, const std::string& token);
  Done follow(const Spot& from, std::string_view keyword, json::Value root, std::string_view pointer, Target& target);
  CompileError error(CompileError::Kind kind, const Spot& spot, std::string_view keyword, std::string message) const;

  Program& program_;
  const CompileOptions& options_;
  std::unordered_map<std::uint32_t, Spot> spots_;  // by Value::index()
  std::vector<Resource> resources_;
  std::unordered_map<std::string, std::uint32_t> by_uri_;
  std::vector<std::vector<Named>> dynamic_;
  std::unordered_map<std::string, std::uint32_t> dynamic_names_;
  std::size_t searched_ = 0;
  std::vector<Pending> pending_;
};

}  // namespace schema
