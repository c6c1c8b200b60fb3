// Header fields that repeat what stands in the body (MCP 2026-07-28, Streamable HTTP; SEP-2243, SEP-2663):
// MCP-Protocol-Version, Mcp-Method, Mcp-Name, and Mcp-Param-* for the arguments that a tool's schema annotates.
// What must stay true: the body is the truth. What a client's fields say is held against it, and towards the server the
// fields are written from the body: nobody behind us can be told another name than the one that was ruled.
// What is required follows the official TypeScript SDK's server.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/fields.h"
#include "mcp/message.h"
#include "tools/param_headers.h"

namespace transport {

// A request that is refused with HTTP status 400 and this JSON-RPC error.
struct MirrorFault {
  int code = 0;        // mcp::header_mismatch or mcp::invalid_params
  std::string reason;  // names the field and what is expected; printable; holds no value of an argument
};

// Holds the fields of a POST against its body, which mcp::read_message read. Nothing: they agree.
//
// The era is the body's: a message that declares a revision in _meta must not have another one in
// MCP-Protocol-Version, nor another method in Mcp-Method. A request of 2026-07-28 or later needs both fields, and
// Mcp-Name where its method has a source for it. A request whose header names a modern revision and whose body declares
// none is refused; so is a declaration that is no string. Other messages of earlier revisions have no mirrors: whatever
// they carry passes, and is_mirror keeps it from the server. Answers have none either.
//
// `params`: what the called tool's current schema asks for (tools::Definition::param_headers), or null if we do not
// hold it: then Mcp-Param-* are not judged. A listed argument that is a string, a boolean or a number needs its field;
// where it is absent, null, an object or an array, a field is not looked at. Whole and other numbers compare by value
// where the schema has a number (42.0 is 42), and a number that JavaScript cannot hold exactly need not be mirrored,
// since official clients leave it out. Unlisted Mcp-Param-* pass.
std::optional<MirrorFault> check_mirrors(const http::Fields& fields, const mcp::Message& message,
                                         const tools::ParamHeaders* params);

// What is sent to the server with a request or notification that declares a revision: the fields above, from the body.
// Nothing for other messages: their MCP-Protocol-Version is the session's. Names come in a fixed order; values are
// legal for http::HeadWriter.
std::vector<http::OwnedField> mirrors_of(const mcp::Message& message, const tools::ParamHeaders* params);

// A client's field of this name is never forwarded: mirrors_of writes it, or nobody does. Not MCP-Protocol-Version,
// which sessions of earlier revisions have too. `params` as above, of the message that is forwarded.
bool is_mirror(std::string_view name, const tools::ParamHeaders* params);

// The parameter that Mcp-Name repeats: "name", "uri", "taskId", or "" for methods that have none.
std::string_view name_source(std::string_view method);

}  // namespace transport
