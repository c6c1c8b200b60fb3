// JSON Schema over our documents: a schema is compiled once into a flat program (program.h) and instances are held
// against it. Three answers: valid, invalid, undecided. What cannot be decided is never valid, so a caller that refuses
// all but `valid` fails closed. What is asserted, the dialects, the patterns and the budgets: docs/json-schema.md.
//
// Sources: JSON Schema draft-07 (validation and core) and 2020-12; RFC 6901 (pointers), RFC 3986 (references).
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.h"

namespace schema {

// The rules that a schema without `$schema` is read by, or that its `$schema` names. `open` is what MCP asks for,
// 2020-12, with the spellings of draft-07 and draft-04 that 2020-12 has no meaning for asserted as well.
enum class Dialect : std::uint8_t { open, draft04, draft06, draft07, draft2019, draft2020 };

struct CompileOptions {
  Dialect dialect = Dialect::open;               // for a schema that has no `$schema`
  std::size_t max_bytes = std::size_t{4} << 20;  // of the schema, as written by json::write
  std::size_t max_nodes = 50'000;                // schemas within it, counted once however often they are referred to
  std::uint32_t max_depth = 128;                 // nested JSON containers
  std::size_t max_patterns = 200;                // distinct ones
  std::size_t max_pattern_bytes = 4'096;         // of one pattern
  std::size_t max_pattern_size = 200'000;        // instructions of all automata together
  std::size_t max_search = 20'000'000;           // keys looked at to find what references name
};

struct CompileError {
  enum class Kind : std::uint8_t {
    malformed,    // not a schema: whoever wrote it must mend it
    unsupported,  // may be a schema, but nothing can be decided by it
  };
  Kind kind;
  std::string pointer;  // JSON pointer to the keyword in the schema, "" = the whole. Holds keys as they are
  std::string message;  // "must be one of ..., is "strin"": short, printable
  // "at /properties/a/type: ..." for people, printable.
  std::string text() const;
};

// Paths hold the keys as they are: make them printable (base::printable) before showing them. Messages are printable.
struct Failure {
  std::string path;         // where in the instance, as policies spell it: "items[0].price"; "" = the whole
  std::string schema_path;  // JSON pointer into the schema: "/properties/a/minimum"
  std::string message;      // "must be at most 10, is 12": names the limit, shows the value cut and printable
};

enum class Result : std::uint8_t { valid, invalid, undecided };

// Memory that check() uses again and again. One per thread (or per session); not synchronised.
class Scratch {
 public:
  Scratch() = default;
  // If more than `bytes` are held, gives them back. Call after an unusually large value.
  void shrink(std::size_t bytes);

 private:
  friend class Evaluator;
  struct Hashed {
    std::uint64_t hash;
    json::Value value;
  };
  std::vector<std::uint8_t> marks;       // which members or elements are evaluated, in stacked frames
  std::vector<std::uint32_t> resources;  // the dynamic scope
  std::vector<Hashed> hashed;            // uniqueItems
};

// What one check may cost. A step is about one schema on one value, one key or 64 bytes of text.
struct CheckBudget {
  std::uint64_t steps = 1'000'000;
  std::uint32_t depth = 400;  // schemas within schemas on the way to a value
};

struct Program;

// Immutable; one Schema may be shared by any number of threads.
class Schema {
 public:
  // Copies what it needs: `schema` and its document may die. Never throws; what is wrong is one CompileError, the first
  // found. An absent value is malformed.
  static std::expected<std::shared_ptr<const Schema>, CompileError> compile(json::Value schema,
                                                                            const CompileOptions& options = {});
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // Allocates nothing once `scratch` is warm (and RE2's automata are). `instance` must be present.
  Result check(json::Value instance, Scratch& scratch, const CheckBudget& budget = {}) const;

  // The same answer as check(), with why: `failures` gets each failing path (at least one if invalid, at most
  // `max_failures`), `undecided_reason` a sentence if undecided. Both are cleared first. Allocates.
  Result explain(json::Value instance, std::vector<Failure>& failures, std::string& undecided_reason,
                 std::size_t max_failures = 20, const CheckBudget& budget = {}) const;

  // One object level of the instance whose property names the schema knows: for finding keys that look alike.
  struct Level {
    std::string path;                // as in Failure, with [*] for elements; "" = the whole
    std::vector<std::string> names;  // sorted, each once
    bool closed = false;             // a name that is not among them is refused (and no patternProperties admits more)
  };
  // The levels that `properties`, `items`, `prefixItems`, local `$ref` and `allOf` lead to, the root's first, nearer
  // ones before farther ones. At most 200 levels, 16 deep, and (but for the root's) 20,000 names.
  std::span<const Level> levels() const { return levels_; }
  // No level was left out for these bounds. A schema that contains itself has levels without end.
  bool levels_complete() const { return levels_complete_; }
  // Of the root's level.
  std::span<const std::string> property_names() const;
  bool refuses_unknown_properties() const;

 private:
  explicit Schema(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
  std::vector<Level> levels_;
  bool levels_complete_ = true;
};

}  // namespace schema
