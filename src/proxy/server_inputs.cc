// See the header.
#include "proxy/server_inputs.h"

#include <memory>
#include <utility>

#include "json/document.h"
#include "mcp/message.h"
#include "transport/mirrors.h"

namespace proxy {

void ServerInputs::on_server_message(std::string_view text, mediator::Scope scope) {
  if (!desk_.busy()) {
    desk_.touch(member_);
    before_input(scope);
    if (member_.session().on_server(text, scope)) return;
  }
  desk_.later(member_, [this, scope, kept = std::string(text)] {
    before_input(scope);
    return member_.session().on_server(kept, scope);
  });
}

void ServerInputs::on_server_oversized(std::string_view prefix, std::size_t limit) {
  input([this, limit, kept = std::string(prefix)] {
    before_input(0);
    return member_.session().on_server_oversized(kept, limit);
  });
}

void ServerInputs::on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status,
                                    std::string body) {
  input([this, scope, id_key, status, body = std::move(body)] {
    before_input(scope);
    return member_.session().on_status(scope, id_key, status, body);
  });
}

void ServerInputs::on_server_unanswered(mediator::Scope scope, const std::string& id_key, bool delivered,
                                        std::string how) {
  input([this, scope, id_key, delivered, how = std::move(how)] {
    before_input(scope);
    return member_.session().on_unanswered(scope, id_key, delivered, how);
  });
}

void ServerInputs::on_server_session_lost(std::string how) {
  input([this, how = std::move(how)] {
    before_input(0);
    member_.session().on_session_lost(how);
    return true;
  });
}

void ServerInputs::on_server_gone(std::string how, std::uint64_t written) {
  input([this, written, how = std::move(how)] {
    before_input(0);
    member_.session().on_server_gone(how, written);
    return true;
  });
}

void ServerInputs::after_messages(std::function<void()> work) {
  desk_.with(member_, [work = std::move(work)] { work(); });
}

// The text was read strictly before it was written by our own writer: reading it again cannot fail.
Outgoing outgoing(std::string_view line, const mediator::Line& mark, mediator::Session& session) {
  Outgoing out;
  ToServer& m = out.message;
  m.text = line;
  m.request = mark.what == mediator::Line::What::request;
  m.scope = mark.scope;
  if (m.request) m.id_key = mark.id_key;
  if (mark.what != mediator::Line::What::answer) m.method = mark.method_name;
  m.name = mark.name;
  m.modern = mark.modern;
  if (!mark.cancelled_id_text.empty()) {
    json::Document document;
    mcp::Id id;
    if (document.read(mark.cancelled_id_text, json::Profile::strict) && mcp::read_id(document.root(), id))
      m.cancels = id.key;
    return out;
  }
  if (mark.revision.empty() || mark.what == mediator::Line::What::answer) return out;
  json::Document document;
  mcp::Message message;
  if (!document.read(line, json::Profile::strict)) return out;
  if (!mcp::read_message(document.root(), mcp::Direction::client_to_server, message)) return out;
  if (mark.method != nullptr && mark.method->ruling == mcp::Ruling::tool) {
    const tools::Definition* tool = session.known_tool(mcp::target_name(message));
    if (tool != nullptr) out.params = &tool->param_headers();
  }
  m.mirrors = transport::mirrors_of(message, out.params);
  return out;
}

}  // namespace proxy
