// The server's side of HTTP/1.1: connections that are accepted, their requests one after another, and the responses.
// Knows nothing of MCP: a handler judges and answers.
//
// What must stay true:
// - One request at a time is open on a connection; the next is read when its response is complete.
// - A message that is refused by http::RequestReader is answered with its status and a JSON body that says why, and the
//   connection is closed.
// - Slow heads and bodies are timed out; an answer in progress is not.
// - Nothing is unbounded: connections in all and per address, bytes of a head and a body, what waits to be written.
// - That the client has gone is noticed while its answer is in progress (exchange closed), unless it pipelines more
//   than 64 KiB. A client that sends its end (FIN) may have gone, or have closed its half only and still wait: it is
//   answered if no answer was begun (half_closed tells), while an event stream that has begun, or begins then, is over.
// - A connection is closed so that the client can read what was written: our end is sent, and what the client still
//   sends is thrown away for some seconds.
// Single-threaded; a handler may answer at once or at any later time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/head.h"
#include "http/reader.h"
#include "net/descriptor.h"
#include "net/loop.h"
#include "net/shared_counts.h"
#include "net/stream.h"
#include "net/tls.h"

namespace httpio {

// One request and its response. Held by shared_ptr: by its connection until the response is complete or the client has
// gone, and by whoever answers. All calls are allowed at any time, after the server's end too; they do nothing once it
// is closed or complete, and neither does a call out of order (a second respond, events that were not started).
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  // Valid until the response is complete or closed() is true; an empty head then. Copy what is needed longer.
  virtual const http::RequestHead& head() const = 0;
  // The whole content; may be moved away.
  virtual std::string& body() = 0;
  virtual const net::SocketAddress& peer() const = 0;
  virtual bool is_tls() const = 0;

  // Fields that the response carries, whatever it will be, beside those that it is given then.
  virtual void add_fields(std::vector<http::OwnedField> fields) = 0;
  // What the handler keeps with the exchange.
  std::shared_ptr<void> attached;

  // A whole response. `content_type` is ignored for an empty body. Date is added unless `more` has it; what belongs to
  // the connection is set here. A response that cannot be written (a value with a line end, content with 204) becomes
  // a 500 that says so. To HEAD no content is sent.
  virtual void respond(unsigned status, std::string_view content_type, std::string_view body,
                       std::span<const http::Field> more = {}) = 0;
  // Begins an event stream with status 200; then events (text as http's SSE writer makes it), then end. To HEAD its
  // head alone is sent, which completes the response.
  virtual void start_events(std::span<const http::Field> more = {}) = 0;
  virtual void write_events(std::string_view text) = 0;
  virtual void end_events() = 0;
  // Breaks the response off and closes the connection: the client must not take what it got for complete.
  virtual void abort() = 0;

  virtual bool started() const = 0;        // a head was written
  virtual bool complete() const = 0;       // the response is
  virtual bool closed() const = 0;         // the client has gone, or abort() was called
  virtual bool half_closed() const = 0;    // the client sends no more: it has gone, or waits for its answer
  virtual std::size_t queued() const = 0;  // bytes that wait for the client
  // Called once, from the loop, when the client goes before the response is complete, or is given up: time-outs,
  // Options::max_queued, content that is refused. Not for abort(), stop() and the server's end.
  virtual void on_closed(std::function<void()> callback) = 0;
  // Called once, from the loop, when half_closed() becomes true and the exchange goes on.
  virtual void on_half_closed(std::function<void()> callback) = 0;
  // Called from the loop each time the queue has become empty.
  virtual void on_drained(std::function<void()> callback) = 0;
};

class ServerHandler {
 public:
  virtual ~ServerHandler() = default;
  // The head is there, the content not yet. To refuse the request answer it here (respond): then its content is not
  // kept and on_request is not called. Gives how much content is allowed (413 beyond it, and beyond
  // Limits::body_bytes).
  virtual std::uint64_t on_head(const std::shared_ptr<ServerExchange>& exchange) = 0;
  // The request is complete.
  virtual void on_request(const std::shared_ptr<ServerExchange>& exchange) = 0;
  // A request was refused before the handler saw it, or a connection was (limits, TLS): for the log. Rate-limited by
  // the handler. Status 0: nothing could be answered, since TLS was not agreed on.
  virtual void on_refused(const net::SocketAddress& peer, unsigned status, std::string_view reason) = 0;
};

class Server {
 public:
  struct Options {
    http::Limits limits = {};                                // of requests
    std::size_t max_connections = 10'000;                    // 503 beyond it
    std::size_t max_per_address = 1'000;                     // 429 beyond it; SocketAddress::counting_key
    base::Duration head_timeout = std::chrono::seconds(10);  // from the first byte of a head to its end: 408; of the
                                                             // TLS handshake
    base::Duration body_timeout = std::chrono::seconds(30);  // in each such time 1 KiB/s on average, or the end: 408
    base::Duration idle_timeout = std::chrono::seconds(75);  // before the first request and between two: closed
    base::Duration write_timeout = std::chrono::minutes(2);  // a client that takes nothing of what waits: closed
    std::size_t max_receiving = 512U << 20;  // content of requests that are not complete, in all: 503 beyond it
    std::size_t max_queued = 64U << 20;      // waiting for one client: beyond it the exchange is aborted
    std::shared_ptr<net::SharedCounts> connections = {};  // of servers that share a port; null: this one is alone
  };
  // `handler` must outlive the server. The server must not be destroyed in a call of the handler or of an exchange.
  Server(net::Loop& loop, ServerHandler& handler, Options options);
  ~Server();

  // Takes over a connection. `tls` null: plain.
  void serve(net::Descriptor socket, const net::SocketAddress& peer, std::shared_ptr<const net::TlsServer> tls);
  // Graceful stop: idle connections are closed now, the others after their response (which says Connection: close if it
  // was not begun); a stream ends when the handler ends it. What is served from now on is refused with 503.
  // `done` is called once, from the loop, when none is left. The server may be destroyed in it.
  void drain(std::function<void()> done);
  // Closes everything at once.
  void stop();
  // Open ones, those that are being closed included.
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace httpio
