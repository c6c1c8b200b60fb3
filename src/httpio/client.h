// The client's side of HTTP/1.1: requests to one origin over connections that are kept and reused.
//
// What must stay true:
// - A request is written to one connection, once. It is written again to another only if not one byte of it can have
//   left us.
// - A kept connection is used only if it is quiet (nothing arrived, not ended) at that moment.
// - A response that cannot be read without doubt is a failure of its exchange, and its connection is closed.
// - Memory: one request and what the handler does not take at once; connections and waiting exchanges are bounded.
// Single-threaded; callbacks come from the loop, never from within start(); an exchange may be destroyed in any of its
// callbacks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/fields.h"
#include "http/head.h"
#include "http/reader.h"
#include "net/dialer.h"

namespace httpio {

using http::OwnedField;

struct Request {
  std::string method = "POST";
  std::string target;              // "/mcp?x=1"
  std::vector<OwnedField> fields;  // without Host, Content-Length, Connection, which the client sets
  std::string body;                // none for ""
};

// Why an exchange came to nothing.
struct Failure {
  std::string what;      // for people: names the origin
  bool sent = false;     // the server may have got some of the request: it may have been carried out
  bool in_body = false;  // the response's head had come
  // The connection had been kept from an earlier exchange and ended without a byte of the response: the server was most
  // likely closing it when the request came. What is idempotent may be sent again (RFC 9112 section 9.3.1).
  bool unheard = false;
};

class Exchange;

class ResponseHandler {
 public:
  virtual ~ResponseHandler() = default;
  // The final response's head. Views are valid until the exchange ends, and in its last call until another exchange is
  // started. May call allow_body and pause.
  virtual void on_head(Exchange& exchange, const http::ResponseHead& head) = 0;
  virtual void on_body(Exchange& exchange, std::string_view bytes) = 0;
  // The response is complete. The last call.
  virtual void on_done(Exchange& exchange) = 0;
  // The last call.
  virtual void on_failed(Exchange& exchange, const Failure& failure) = 0;
};

// One request and its response. Destroying it before its end gives it up: its connection is closed, unless the request
// has not been written yet.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // In on_head: how much content is allowed; http::unlimited for an event stream.
  virtual void allow_body(std::uint64_t bytes) = 0;
  // Stops and goes on reading the response (back-pressure). From pause() on the handler hears nothing of the response,
  // not even that its connection broke, until resume(); only that head_timeout is over.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

class Client {
 public:
  struct Options {
    std::size_t max_connections = 1024;                      // beyond it exchanges wait
    std::size_t max_waiting = 10'000;                        // beyond it they fail at once (from the loop)
    std::size_t max_idle = 32;                               // connections that are kept
    base::Duration idle_timeout = std::chrono::seconds(50);  // of these; less if the server says Keep-Alive: timeout
    http::Limits limits = {};                                // of responses
    base::Duration head_timeout = base::Duration{0};  // from start() to the response's head; 0: none (a call takes as
                                                      // long as it takes)
  };
  // `host_field`: the value of Host ("example.test", "127.0.0.1:8080", "[::1]:80"). `dialer` must outlive the client.
  Client(net::Loop& loop, net::Dialer& dialer, net::Endpoint origin, std::string host_field, Options options);
  // Gives up what is left without callbacks; exchanges must be gone before.
  ~Client();

  // `handler` must outlive the exchange. The request is shared, not copied: it stays as it is while the exchange lives.
  std::unique_ptr<Exchange> start(std::shared_ptr<Request> request, ResponseHandler& handler);
  std::unique_ptr<Exchange> start(Request request, ResponseHandler& handler);
  // Closes the connections that wait for a request.
  void close_idle();
  std::size_t connections() const;  // open or being opened

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace httpio
