// The server's side of one session, whatever it is: a remote server whose streams we keep (RemoteServer), a child
// process (ChildServer). Messages go in; what comes of them comes back through the handler, as input for the session's
// mediator.
//
// What must stay true of every implementation:
// - A message is handed to the server once. Order is kept where the transport has one.
// - Every request comes to an answer, or to one of the calls that end it (status, unanswered, session lost, gone).
// - What is queued is bounded.
// - Nothing calls back from within send() but on_server_unanswered, for what cannot even be queued.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/fields.h"
#include "mediator/session.h"

namespace proxy {

// A message on its way to the server.
struct ToServer {
  std::string text;  // one JSON text without a line end
  bool request = false;
  mediator::Scope scope = 0;
  std::string id_key;   // of a request
  std::string method;   // "" for an answer
  std::string name;     // what it names (a resource's URI)
  std::string cancels;  // of notifications/cancelled: the key of the request's id
  bool modern = false;
  std::vector<http::OwnedField> mirrors;  // header fields that repeat what is in it (2026-07-28)
};

class ServerLink {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // A message of the server. `scope`: of the exchange that it came on; 0: the session's own.
    virtual void on_server_message(std::string_view text, mediator::Scope scope) = 0;
    virtual void on_server_oversized(std::string_view prefix, std::size_t limit) = 0;
    virtual void on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status,
                                  std::string body) = 0;
    virtual void on_server_unanswered(mediator::Scope scope, const std::string& id_key, bool delivered,
                                      std::string how) = 0;
    // The server has forgotten the session; it is being made anew.
    virtual void on_server_session_lost(std::string how) = 0;
    // Nothing will come of this server any more: "exited with status 1". `written`: bytes of the lines sent that it
    // got.
    virtual void on_server_gone(std::string how, std::uint64_t written) = 0;
    virtual void note(mediator::Level level, std::string_view text) = 0;
    // Does `work` when all that was given to the calls above has been taken in.
    virtual void after_messages(std::function<void()> work) = 0;
    // The request is not answered yet. Asked from within after_messages only.
    virtual bool is_waiting(mediator::Scope scope, const std::string& id_key) = 0;
  };

  virtual ~ServerLink() = default;
  virtual void send(ToServer message) = 0;
  // 2026-07-28: the client has closed the stream of this request.
  virtual void give_up(mediator::Scope scope, const std::string& id_key) = 0;
  // True if cancelling a request takes a message (stdio); false if give_up() is enough.
  virtual bool cancels_by_message() const = 0;
  // The session ends. `done` is called from the loop when the server was told, or after `limit`; no other call back
  // comes after end(). Also from within a call back.
  virtual void end(base::Duration limit, std::function<void()> done) = 0;
  // Back-pressure: the client does not take what the server sends.
  virtual void hold(bool held) = 0;
  virtual std::size_t queued_bytes() const = 0;
};

}  // namespace proxy
