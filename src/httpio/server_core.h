// Internal to the server: what its connections have in common. Counts them, lends them readers and a buffer to write
// in, and does for them, later in the turn or in the next, what must not be done inside a call from elsewhere.
//
// What must stay true:
// - A connection is destroyed by settle() or with the server, never while one of its functions runs.
// - What is kept for reuse is bounded: a few readers that are lent, those of a number of connections, one buffer.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/reader.h"
#include "http/writer.h"
#include "httpio/server.h"

namespace httpio {

class ServedExchange;
class ServerConnection;

class ServerCore {
 public:
  ServerCore(net::Loop& loop, ServerHandler& handler, Server::Options options);
  ~ServerCore();
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;

  void serve(net::Descriptor socket, const net::SocketAddress& peer, std::shared_ptr<const net::TlsServer> tls);
  void drain(std::function<void()> done);
  void stop();
  std::size_t connections() const { return connections_.size(); }

  // For the connections.
  net::Loop& loop() const { return loop_; }
  ServerHandler& handler() const { return handler_; }
  const Server::Options& options() const { return options_; }
  base::BootTime now() const { return loop_.clock().boot(); }
  bool is_draining() const { return draining_; }
  // The value of Date (RFC 9110 section 6.6.1); valid until the next call.
  std::string_view date();
  // A buffer, empty, for what is written next. After its text was given to a stream: buffer_used().
  std::string& buffer() { return buffer_; }
  void buffer_used();
  // The head of the last response with a length.
  http::WrittenHead& written() { return written_; }
  // A connection may have a reader of its own, until it closes: a reader that has read a head knows it again
  // (RequestReader::forget). False: there are too many; it borrows one for each request.
  bool own_reader();
  // A reader that is between two messages, and its way back.
  http::RequestReader take_reader();
  void give_back(http::RequestReader reader);
  // Goes on with what the connection has kept.
  void read_later(ServerConnection& connection);
  // Sends what the connection has put off.
  void flush_later(ServerConnection& connection);
  // So many bytes of content are held for a request that is not complete. False: that would be too many.
  bool hold_content(std::size_t bytes);
  void release_content(std::size_t bytes) { receiving_ -= bytes; }
  // Its connection has no more to do with the exchange: what it calls back is called, if that is due, and let go of.
  void let_go(std::shared_ptr<ServedExchange> exchange);
  // The connection has closed: forgets and destroys it.
  void bury(ServerConnection& connection);

 private:
  struct Refusal {
    unsigned status = 0;  // 0: none
    std::string_view reason;
  };
  Refusal count(const std::string& address);
  void uncount(const ServerConnection& connection);
  void settle_later();
  void settle();

  net::Loop& loop_;
  ServerHandler& handler_;
  Server::Options options_;
  std::vector<std::unique_ptr<ServerConnection>> connections_;
  std::size_t refused_ = 0;    // of them; the others are counted in options_.connections
  std::size_t receiving_ = 0;  // bytes of content
  bool draining_ = false;
  std::function<void()> drained_;
  // For settle().
  bool settle_due_ = false;
  std::vector<ServerConnection*> to_read_, to_flush_;
  std::vector<std::shared_ptr<ServedExchange>> let_go_;
  std::vector<std::unique_ptr<ServerConnection>> dead_;
  // For reuse.
  std::vector<http::RequestReader> readers_;
  std::size_t owned_readers_ = 0;  // by connections that are open
  std::string buffer_;
  http::WrittenHead written_;
  std::string date_;
  std::chrono::sys_seconds date_at_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // posted work looks whether we are
};

// The body of a refusal: a JSON-RPC error without an id, which is what clients of MCP look for.
std::string refusal_body(std::string_view reason);

}  // namespace httpio
