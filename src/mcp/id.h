// JSON-RPC ids (JSON-RPC 2.0 section 4; MCP: string or number, never null for requests).
// An id is kept as it came (type and text) and is answered with that text; it is correlated by value: 1 and 1.0 are the
// same id, 1 and "1" are not.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace mcp {

struct Id {
  std::string text;  // JSON text as it came (a number) or as our writer writes it (a string)
  std::string key;   // equal for equal ids, different for different ones
  bool operator==(const Id& o) const { return key == o.key; }
};

// The id of a request or answer: a string, or a number that is whole (1, 1.0, 1e2; any size). Others: nullopt.
std::optional<Id> read_id(json::Value value);
// Same, writing into an existing Id to reuse its memory; false if it is no id.
bool read_id(json::Value value, Id& out);

}  // namespace mcp
