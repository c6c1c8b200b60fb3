// For tests of the server: a handler that writes down what it is told, and raw sockets as clients on the same loop.
// The clock stands still unless a test moves it, so every Date is the same and no time-out comes by itself.
#pragma once
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "httpio/server.h"
#include "net/socket_address.h"

namespace httpio {

using Held = std::shared_ptr<ServerExchange>;

class RecordingServerHandler : public ServerHandler {
 public:
  std::uint64_t on_head(const Held& exchange) override {
    heads.push_back(std::string(exchange->head().method_name) + " " + std::string(exchange->head().target));
    return at_head ? at_head(exchange) : http::unlimited;
  }
  void on_request(const Held& exchange) override {
    bodies.push_back(exchange->body());
    open.push_back(exchange);
    if (at_request) at_request(exchange);
  }
  void on_refused(const net::SocketAddress&, unsigned status, std::string_view reason) override {
    refusals.push_back(std::to_string(status) + " " + std::string(reason));
    if (at_refusal) at_refusal();
  }

  std::vector<std::string> heads, bodies, refusals;
  std::vector<Held> open;  // all that came to on_request
  std::function<std::uint64_t(const Held&)> at_head;
  std::function<void(const Held&)> at_request;
  std::function<void()> at_refusal;
};

// A client: a socket, and what has come from it.
struct RawClient {
  net::Descriptor socket;
  std::string in;
  bool ended = false;
  bool broken = false;
};

class ServerTest : public ::testing::Test {
 protected:
  static constexpr std::string_view date = "Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n";

  void make(Server::Options options = {}) { server = std::make_unique<Server>(loop, handler, options); }

  RawClient connect(int receive_buffer = 0) {
    if (!server) make();
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || socket < 0) std::abort();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener, generic, size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, generic, &size), 0);
    if (receive_buffer > 0) ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    EXPECT_EQ(::connect(socket, generic, size), 0);
    const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) std::abort();
    ::close(listener);
    const int yes = 1;  // as net::TcpListener and net::SocketAddress do
    for (const int fd : {socket, accepted}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    server->serve(net::Descriptor::own(accepted), peer, tls);
    return {net::Descriptor::own(socket), {}, false, false};
  }

  // All of it, although the server may have to read before there is room for more.
  void send(RawClient& client, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(client.socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN) {
        client.broken = true;
        return;
      }
      if (n < 0) turn();
      bytes.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
    }
  }
  static void half_close(RawClient& client) { ::shutdown(client.socket.fd(), SHUT_WR); }
  static void reset(RawClient& client) {
    const linger now{1, 0};
    ::setsockopt(client.socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client.socket.close();
  }
  void turn() { loop.run_once(std::chrono::milliseconds(1)); }
  void some_turns() {
    for (int i = 0; i < 6; ++i) turn();
  }
  // Turns the loop until `done`.
  void until(const std::function<bool()>& done) {
    const base::SystemClock real;
    const auto end = real.boot() + std::chrono::seconds(20);
    while (!done()) {
      ASSERT_LT(real.boot(), end) << "it does not happen";
      loop.run_once(std::chrono::milliseconds(5));
    }
  }
  // Takes what has come.
  static void take(RawClient& client) {
    std::array<char, 65536> buffer;
    while (!client.ended && !client.broken) {
      const ssize_t n = ::recv(client.socket.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0) client.in.append(buffer.data(), static_cast<std::size_t>(n));
      if (n == 0) client.ended = true;
      if (n < 0 && errno != EAGAIN) client.broken = true;
      if (n < 0) return;
    }
  }
  // What comes until it is `size` bytes.
  std::string receive(RawClient& client, std::size_t size) {
    until([&] { return take(client), client.in.size() >= size || client.ended || client.broken; });
    std::string out = client.in.substr(0, size);
    client.in.erase(0, size);
    return out;
  }
  void expect(RawClient& client, std::string_view bytes) { EXPECT_EQ(receive(client, bytes.size()), bytes); }
  void expect_nothing(RawClient& client) {
    some_turns();
    take(client);
    EXPECT_EQ(client.in, "");
    EXPECT_FALSE(client.ended || client.broken);
  }
  // What comes until the server ends, orderly.
  std::string receive_all(RawClient& client) {
    until([&] { return take(client), client.ended || client.broken; });
    EXPECT_FALSE(client.broken) << "the connection was reset after \"" << client.in << '"';
    return std::exchange(client.in, {});
  }
  void expect_all(RawClient& client, std::string_view bytes) { EXPECT_EQ(receive_all(client), bytes); }

  static std::string get(std::string_view target, std::string_view more = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
  }
  static std::string post(std::string_view body, std::string_view more = {}) {
    return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more) + "\r\n" + std::string(body);
  }
  // What the server writes for respond(200, "application/json", body).
  static std::string answer(std::string_view body, bool close = false) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string(date) +
           (close ? "Connection: close\r\n" : "") + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }
  static std::string refusal(std::string_view status, std::string_view reason, std::string_view more = {}) {
    const std::string body =
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":")" + std::string(reason) + "\"}}";
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: application/json\r\n" + std::string(date) +
           std::string(more) + "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  static std::string stream_head(bool close = false) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache, no-transform\r\n"
           "X-Accel-Buffering: no\r\n" +
           std::string(date) + "Transfer-Encoding: chunked\r\n" + (close ? "Connection: close\r\n" : "") + "\r\n";
  }
  static void reply(const Held& exchange, std::string_view body) { exchange->respond(200, "application/json", body); }
  // From now on each request is answered with its own content.
  void echo() {
    handler.at_request = [](const Held& e) { reply(e, e->body()); };
  }

  base::FakeClock clock;
  net::Loop loop{clock};
  RecordingServerHandler handler;
  net::SocketAddress peer = *net::SocketAddress::parse("192.0.2.1", 4000);
  std::shared_ptr<const net::TlsServer> tls;
  std::unique_ptr<Server> server;
};

}  // namespace httpio
