// Which arguments of a tool its server wants mirrored into HTTP header fields: properties of the inputSchema that are
// annotated "x-mcp-header" (MCP 2026-07-28, Streamable HTTP, SEP-2243).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace tools {

struct ParamHeader {
  enum class Type : std::uint8_t { string, integer, number, boolean };
  std::vector<std::string> path;  // of keys, from the arguments
  std::string name;               // the whole header name: "Mcp-Param-Region"
  Type type = Type::string;
};

struct ParamHeaders {
  std::vector<ParamHeader> list;  // in the schema's order
  std::string problem;            // an annotation that the specification forbids, printable; "" if there is none

  // The field of this name mirrors an argument, or a program that takes "_" for "-" could think so. Without case.
  bool names(std::string_view header) const;
};

inline constexpr std::string_view param_header_prefix = "Mcp-Param-";
// More annotations than a request of any HTTP server has room for.
inline constexpr std::size_t max_param_headers = 64;

// Reads the annotations of a schema (absent: none). An annotation is valid on a property that is reached by a chain of
// "properties" alone, with a "type" of string, integer or boolean, and with a name that is a token (RFC 9110) and
// unique without case. Any other annotation, wherever a schema may stand, makes the definition invalid: the list is
// then empty and `problem` says why. A client that keeps to the specification does not use such a tool, the official
// server checks none of its headers; so neither do we, and what a client sends for it passes as it is. One exception,
// as in the official SDK: "number" is a problem too, but servers check it, so the list is kept.
// Recursion is bounded by the depth of the document.
ParamHeaders read_param_headers(json::Value input_schema);

}  // namespace tools
