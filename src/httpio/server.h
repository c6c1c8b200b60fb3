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
//   than 64 KiB.
// Single-threaded; a handler may answer at once or at any later time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/head.h"
#include "http/reader.h"
#include "net/descriptor.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/tls.h"

namespace httpio {

// One request and its response. Held by shared_ptr: by its connection until the response is complete or the client has
// gone, and by whoever answers. All calls are allowed at any time; they do nothing once it is closed or complete.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  // Valid until the response is complete or closed() is true.
  virtual const http::RequestHead& head() const = 0;
  // The whole content; may be moved away.
  virtual std::string& body() = 0;
  virtual const net::SocketAddress& peer() const = 0;
  virtual bool is_tls() const = 0;

  // A whole response. `content_type` is ignored for an empty body.
  virtual void respond(unsigned status, std::string_view content_type, std::string_view body,
                       std::span<const http::Field> more = {}) = 0;
  // Begins an event stream with status 200; then events (text as http's SSE writer makes it), then end.
  virtual void start_events(std::span<const http::Field> more = {}) = 0;
  virtual void write_events(std::string_view text) = 0;
  virtual void end_events() = 0;
  // Breaks the response off: the client must not take what it got for complete.
  virtual void abort() = 0;

  virtual bool started() const = 0;    // a head was written
  virtual bool complete() const = 0;   // the response is
  virtual bool closed() const = 0;     // the client has gone, or abort() was called
  virtual std::size_t queued() const = 0;  // bytes that wait for the client
  // Called once, from the loop, when the client goes before the response is complete.
  virtual void on_closed(std::function<void()> callback) = 0;
  // Called from the loop each time the queue has become empty.
  virtual void on_drained(std::function<void()> callback) = 0;
};

class ServerHandler {
 public:
  virtual ~ServerHandler() = default;
  // The head is there, the content not yet. To refuse the request answer it here (respond): then its content is not
  // kept and on_request is not called. Gives how much content is allowed (413 beyond it).
  virtual std::uint64_t on_head(const std::shared_ptr<ServerExchange>& exchange) = 0;
  // The request is complete.
  virtual void on_request(const std::shared_ptr<ServerExchange>& exchange) = 0;
  // A request was refused before the handler saw it, or a connection was (limits, TLS): for the log. Rate-limited by
  // the handler.
  virtual void on_refused(const net::SocketAddress& peer, unsigned status, std::string_view reason) = 0;
};

class Server {
 public:
  struct Options {
    http::Limits limits;                        // of requests
    std::size_t max_connections = 10'000;       // 503 beyond it
    std::size_t max_per_address = 1'000;        // 429 beyond it; SocketAddress::counting_key
    base::Duration head_timeout = std::chrono::seconds(10);   // from the first byte of a head to its end: 408
    base::Duration body_timeout = std::chrono::seconds(30);   // without progress of 1 KiB/s on average: 408
    base::Duration idle_timeout = std::chrono::seconds(75);   // between requests: closed
    base::Duration write_timeout = std::chrono::minutes(2);   // a client that takes nothing of what waits: closed
    std::size_t max_queued = 64U << 20;         // waiting for one client: beyond it the exchange is aborted
  };
  // `handler` must outlive the server.
  Server(net::Loop& loop, ServerHandler& handler, Options options);
  ~Server();

  // Takes over a connection. `tls` null: plain.
  void serve(net::Descriptor socket, const net::SocketAddress& peer, std::shared_ptr<const net::TlsServer> tls);
  // Graceful stop: idle connections are closed now, the others after their response (which says Connection: close).
  // `done` is called when none is left.
  void drain(std::function<void()> done);
  // Closes everything.
  void stop();
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace httpio
