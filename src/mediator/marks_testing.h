// For tests and fuzzing: whether marks say of each line what stands in it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "mcp/message.h"
#include "mediator/session.h"

namespace mediator {

inline std::string text_of(json::Value value) {
  std::string text;
  if (value) json::write(text, value);
  return text;
}

// "" or what is wrong with the mark of one line (without its line feed) that `sender` is to be taken for.
inline std::string mark_problem(std::string_view text, const Line& mark, mcp::Direction sender) {
  json::Document document;
  mcp::Message m;
  if (!document.read(text, json::Profile::tolerant)) return "not readable";
  if (!mcp::read_message(document.root(), sender, m)) return "no message";
  if (mark.method_name.empty() != m.method_name.empty() || mark.method_name != m.method_name) return "method";
  const std::string subscription = text_of(m.meta.find("io.modelcontextprotocol/subscriptionId"));
  if (mark.subscription_id_text != subscription) return "subscription";
  if (m.kind == mcp::Kind::result || m.kind == mcp::Kind::error) {
    if (mark.what != Line::What::answer) return "it is an answer";
    // An error of the server that answers a call without naming it is the one exception.
    if (mark.id_key != m.id.key && !(m.id.key.empty() && !mark.own)) return "id of an answer";
    return mark.id_key.empty() == mark.id_text.empty() ? "" : "text of an id";
  }
  const bool request = m.kind == mcp::Kind::request;
  if ((mark.what == Line::What::request) != request) return "request or notification";
  if (mark.what == Line::What::answer) return "it is no answer";
  if (mark.id_key != m.id.key || mark.id_text != m.id.text) return "id of a request";
  if (mark.method != m.method || mark.name != mirrored_name(m)) return "name";
  if (request && (mark.modern != mcp::is_modern(m) || mark.revision != mcp::declared_revision(m))) return "revision";
  std::string token;
  if (request) token = text_of(m.meta.find("progressToken"));
  if (m.method_name == "notifications/progress") token = text_of(m.params.find("progressToken"));
  if (mark.progress_token_text != token) return "progress token";
  const bool cancels = m.method_name == "notifications/cancelled";
  return mark.cancelled_id_text == (cancels ? text_of(m.params.find("requestId")) : "") ? "" : "cancelled id";
}

inline std::string marks_problem(std::string_view text, const std::vector<Line>& marks, mcp::Direction sender) {
  std::size_t at = 0;
  for (const Line& mark : marks) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos || mark.end != end + 1) return "a mark does not end where a line ends";
    const std::string_view line = text.substr(at, end - at);
    if (std::string why = mark_problem(line, mark, sender); !why.empty()) return why + ": " + std::string(line);
    at = mark.end;
  }
  return at == text.size() ? "" : "a line without a mark: " + std::string(text.substr(at));
}

// Of a session with Config::mark_lines.
inline std::string marks_problem(const Output& out) {
  std::string why = marks_problem(out.to_server, out.server_lines, mcp::Direction::client_to_server);
  return why.empty() ? marks_problem(out.to_client, out.client_lines, mcp::Direction::server_to_client) : why;
}

}  // namespace mediator
