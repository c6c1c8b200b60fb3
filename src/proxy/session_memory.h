// What makes a session of the older revisions, as its client sent it: to be sent again after the server has forgotten
// the session. Nothing else is ever repeated. What must stay true: bounded; the texts are those that the mediator put
// out, so they were ruled.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/remote.h"
#include "proxy/server_link.h"

namespace proxy {

struct SessionMemory {
  std::string initialize, level;
  std::map<std::string, std::string> subscriptions;  // by URI
  bool initialized = false;

  // A message on its way to the server.
  void remember(const ToServer& message);
  // What is to be sent, in order: initialize first.
  std::deque<std::string> steps() const;
};

// protocolVersion of an answer to initialize, or "".
std::string revision_of(std::string_view answer);

// Sends the steps to a server of Streamable HTTP, one after another.
class SessionRemaker final : public RemoteExchange::Handler {
 public:
  struct Made {
    bool done = false;
    std::string session, revision;  // Mcp-Session-Id, negotiated
    std::string why;                // not done: what stood in the way
  };
  // `fields`: of every request. `over` is called once, from the loop; the remaker may be destroyed in it.
  SessionRemaker(Remote& remote, std::vector<http::OwnedField> fields, std::deque<std::string> steps,
                 std::function<void(const Made&)> over);

 private:
  void next();
  void on_head(RemoteExchange& exchange, const http::ResponseHead& head, RemoteExchange::Content content) override;
  void on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent* event) override;
  void on_event(RemoteExchange&, const http::SseEvent&) override {}
  void on_comment(RemoteExchange&, std::string_view) override {}
  void on_end(RemoteExchange& exchange, const ExchangeEnd& end) override;

  Remote& remote_;
  const std::vector<http::OwnedField> fields_;
  std::deque<std::string> steps_;
  std::function<void(const Made&)> over_;
  std::unique_ptr<RemoteExchange> exchange_;
  bool first_ = true;
  Made made_;
};

}  // namespace proxy
