// From a document to a JSON-RPC message with one meaning.
// What a client sends must be exactly one well-formed message: an object, "jsonrpc":"2.0", a request, a notification or
// an answer and nothing of two; no key that looks like one that matters (Envelope, the method's params,
// io.modelcontextprotocol/* in _meta) without being it; params an object (MCP: never an array) if present; names that
// are strings. What a server sends is read with the same eyes, but the caller decides what a violation means.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "json/document.h"
#include "mcp/id.h"
#include "mcp/methods.h"

namespace mcp {

enum class Kind : std::uint8_t { request, notification, result, error };

struct Message {
  Kind kind = Kind::request;
  Id id;                                    // requests and answers
  std::string_view method_name;             // requests and notifications; decoded
  const Method* method = nullptr;           // null: unknown to every revision
  json::Value root, params, result, error;  // absent where not present
  json::Value meta;                         // params._meta (requests, notifications), result._meta (answers)
};

struct MessageError {
  int code = 0;             // mcp::invalid_request or mcp::invalid_params
  std::string message;      // names the key or value and how to mend it
  std::string id_text;      // JSON text of the request's id if it is certain, else "null"
  bool answerable = false;  // it was a request (or could have been one): an error must be sent
  bool is_answer = false;   // it was meant as an answer (result or error present, no method)
};

// `sender` tells whose message it is. Reuses the memory of `out`.
std::expected<void, MessageError> read_message(json::Value root, Direction sender, Message& out);

// Revision that the message declares in _meta["io.modelcontextprotocol/protocolVersion"], or "".
std::string_view declared_revision(const Message& message);
// True if it declares 2026-07-28 or later: results then carry resultType, and server requests do not exist.
bool is_modern(const Message& message);

// What the message names, following Method::ruling. Empty view if it names nothing.
std::string_view target_name(const Message& message);

}  // namespace mcp
