// Where a line of the output belongs. With one pipe a side nobody has to ask; over HTTP each line has an exchange or a
// stream of its own, and header fields that repeat what stands in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "mcp/message.h"

namespace mediator {

// Within a scope the ids of the client's requests are unique.
//   0        the session's own: stdio, and HTTP sessions (an answer may come on another stream than its request)
//   another  one HTTP exchange, where many clients share a session here and each exchange has ids of its own
//            (2026-07-28, servers without sessions): an answer can only come on the exchange of its request
using Scope = std::uint64_t;

// One line of Output::to_server or to_client.
struct Line {
  enum class What : std::uint8_t { request, notification, answer };
  std::size_t end = 0;  // offset behind its line feed; it begins where the line before it ends
  What what = What::notification;
  std::uint64_t tag = 0;  // of the input that brought it about (Session::set_tag)
  // Forwarded: where it came from. Answers: the scope of the request that is answered. The session's own tools/list: 0.
  Scope scope = 0;
  std::string id_key;  // mcp::Id::key of the request, or of the request that is answered; "" if there is none (id null)
  std::string id_text;  // JSON text of that id, or ""
  bool own = false;     // made here (refusals, errors, replays, announcements, the own tools/list), not forwarded
  // Of a request or notification; of an answer: the method of what is answered, if that is known, and no name of it.
  const mcp::Method* method = nullptr;
  std::string method_name;
  std::string name;  // what the header field Mcp-Name repeats (mirrored_name), or ""
  // It declares 2026-07-28 or later; of an answer: what is answered did.
  bool modern = false;
  std::string revision;  // declared in _meta, or ""
  // JSON texts, or "".
  std::string progress_token_text;   // requests: _meta.progressToken; notifications/progress: params.progressToken
  std::string cancelled_id_text;     // notifications/cancelled: params.requestId
  std::string subscription_id_text;  // _meta["io.modelcontextprotocol/subscriptionId"]
};

// What Mcp-Name repeats (2026-07-28, Streamable HTTP): params.name of tools/call and prompts/get, params.uri of what
// names a resource, params.taskId of tasks/*. "" for everything else. Valid as long as the message.
std::string_view mirrored_name(const mcp::Message& message);

}  // namespace mediator
