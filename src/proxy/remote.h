// The remote MCP server behind this process: where it is, what every request to it carries, and one exchange with it,
// read as MCP: messages out of JSON bodies and event streams (mcp specification, "Streamable HTTP" and "HTTP+SSE").
//
// What must stay true:
// - An exchange tells its handler everything once and in order: the head, messages and blocks, its end. Nothing after
//   the end.
// - What the server sends is text for the mediator; nothing here decides about it.
// - Fixed header fields (--header) go to the server's own origin only. A redirect to another origin is an error.
// - A request is sent once, but for two cases in which the server did not carry it out or it does not matter: after a
//   redirect (307, 308) within the origin it is sent to the new place; a GET or DELETE (idempotent, RFC 9110 section
//   9.2.2) is sent a second time if the server closed a kept connection without a byte of an answer. A POST never is.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.h"
#include "httpio/client.h"
#include "transport/url.h"

namespace proxy {

struct RemoteOptions {
  transport::Url url;
  std::vector<http::OwnedField> fixed;  // --header; override what is sent under the same name
  std::size_t max_message = 80 << 20;   // bytes of one message of the server
};

class Remote;

inline bool is_success(unsigned status) { return status >= 200 && status <= 299; }

// How an exchange ended.
struct ExchangeEnd {
  enum class How : std::uint8_t {
    complete,  // the response came whole
    cut,       // its head came, its end did not
    failed,    // no response came
  };
  How how = How::complete;
  bool sent = true;     // the server may have got the request
  unsigned status = 0;  // 0: no response
  std::string what;     // cut, failed: for people. complete with an error status: "" or why nothing can be made of it
  std::string body;     // of a response that is neither a message nor an event stream; at most 64 KiB of it

  // The response came whole, can be used, and its status is one of success.
  bool succeeded() const { return how == How::complete && what.empty() && is_success(status); }
};

// The end of a first POST says that the server may speak the older HTTP+SSE only (2025-11-25, "Backwards
// Compatibility"). One that answers with a JSON-RPC error does not.
bool may_speak_older(const ExchangeEnd& end);

// One POST, GET or DELETE. Destroying it gives it up and closes its connection.
class RemoteExchange final : httpio::ResponseHandler {
 public:
  enum class Content : std::uint8_t {
    message,  // one JSON-RPC message (or an error status whatever it carries: see ExchangeEnd)
    events,   // an event stream
    none,     // nothing to be read as MCP
  };
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_head(RemoteExchange& exchange, const http::ResponseHead& head, Content content) = 0;
    // A message. `event`: what it came in, or null for a JSON body.
    virtual void on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent* event) = 0;
    // An event of another type than "message", or one without data (a primer, a retry).
    virtual void on_event(RemoteExchange& exchange, const http::SseEvent& event) = 0;
    virtual void on_comment(RemoteExchange& exchange, std::string_view comment) = 0;
    // The last call; the exchange may be destroyed in it (as in all of them).
    virtual void on_end(RemoteExchange& exchange, const ExchangeEnd& end) = 0;
  };

  RemoteExchange(Remote& remote, httpio::Request request, Handler& handler);
  ~RemoteExchange() override;

  void pause();
  void resume();
  // The last event id of the stream, and the server's wish for reconnecting, in milliseconds.
  const std::string& last_event_id() const { return events_.last_event_id(); }
  std::optional<std::uint64_t> retry() const { return events_.retry(); }
  unsigned status() const { return status_; }
  Content content() const { return content_; }

 private:
  void on_head(httpio::Exchange& exchange, const http::ResponseHead& head) override;
  void on_body(httpio::Exchange& exchange, std::string_view bytes) override;
  void on_done(httpio::Exchange& exchange) override;
  void on_failed(httpio::Exchange& exchange, const httpio::Failure& failure) override;
  void read_events(std::string_view bytes);
  void begin();
  bool redirected(const http::ResponseHead& head);
  void end(const ExchangeEnd& how);

  Remote& remote_;
  std::shared_ptr<httpio::Request> request_;
  Handler& handler_;
  std::unique_ptr<httpio::Exchange> exchange_;
  http::SseReader events_;
  std::string body_;
  Content content_ = Content::none;
  unsigned status_ = 0;
  int redirects_ = 0;
  bool paused_ = false;
  bool repeated_ = false;  // it was sent a second time, since the server had closed the connection unheard
  bool follow_ = false;    // the response that is being read is a redirect to request_.target
  std::string unusable_;   // why its content cannot be used
  bool over_ = false;
  bool* gone_ = nullptr;  // set while a callback runs: tells it that we were destroyed
};

class Remote {
 public:
  enum class Speaks : std::uint8_t { unknown, streamable, sse };

  // `dialer` must outlive it.
  Remote(net::Loop& loop, net::Dialer& dialer, RemoteOptions options);

  // Makes a request to the server's own URL (or, for the older transport, to `target` at its origin): `fields` and the
  // fixed ones, which win.
  httpio::Request request(std::string_view method, std::vector<http::OwnedField> fields, std::string body,
                          std::string_view target = {}) const;
  const RemoteOptions& options() const { return options_; }
  httpio::Client& client() { return client_; }
  net::Loop& loop() { return loop_; }
  // "https://example.test/mcp", for people.
  const std::string& name() const { return name_; }

  // What was found out about it; kept for later sessions.
  Speaks speaks = Speaks::unknown;

 private:
  net::Loop& loop_;
  RemoteOptions options_;
  std::string name_, target_;
  httpio::Client client_;
};

}  // namespace proxy
