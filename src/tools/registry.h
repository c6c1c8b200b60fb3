// What the server says its tools are: the definitions of the last complete tools/list, kept raw (before hiding), with
// what rules need of them. One registry per server and credential.
// Complete means: a chain of pages from the first (no cursor) to one without nextCursor. A list_changed notification,
// the list's ttlMs (or 5 minutes) ends its validity.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/decimal.h"
#include "json/document.h"

namespace tools {

struct Definition {
  std::string name;
  std::string text;                          // the tool's JSON, canonical writer's form
  std::unique_ptr<json::Document> document;  // of `text`
  std::vector<std::string> properties;       // names in inputSchema.properties
  struct Required {
    std::string name;
    bool admits_null =
        false;  // the property's schema admits null (type null, nullable, enum/const/anyOf with null, or no type)
  };
  std::vector<Required> required;   // inputSchema.required
  bool schema_readable = true;      // inputSchema is an object and required is an array of strings
  json::Value annotations() const;  // of the document, or absent
  json::Value input_schema() const;
};

class Registry {
 public:
  // A page of a tools/list answer. `cursor` is what the request sent ("" for the first page); `result` the result.
  // Pages of other chains, repeated names (first wins within one list; a repeated name is reported) and lists over
  // `max_tools` are handled here. Returns the names that occurred twice.
  std::vector<std::string> add_page(std::string_view cursor, json::Value result, base::BootTime now);
  // list_changed, or a new server process.
  void invalidate();
  // A complete list is held and still valid.
  bool current(base::BootTime now) const;
  // Names in the last complete list.
  template <class F>
  void each_name(F f) const {
    for (const auto& [name, definition] : tools_) f(std::string_view(name));
  }
  // Definition in the current list, or nullptr. Valid until the next non-const call.
  const Definition* find(std::string_view name) const;
  std::size_t size() const { return tools_.size(); }

  static constexpr std::size_t max_tools = 50'000;
  static constexpr std::size_t max_bytes = std::size_t{64} << 20;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  using Map = std::unordered_map<std::string, std::unique_ptr<Definition>, Hash, std::equal_to<>>;
  void add_tool(json::Value tool, std::vector<std::string>& repeated);

  Map tools_, partial_;
  std::size_t partial_bytes_ = 0;
  std::string expected_cursor_;
  bool chain_open_ = false, complete_ = false, overflow_ = false;
  base::BootTime expires_{}, chain_expires_{};
};

}  // namespace tools
