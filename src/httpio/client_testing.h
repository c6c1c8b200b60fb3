// For tests of the client: a server that does what the test says, byte by byte, on the same loop, and a handler that
// tells a story of what it heard.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "httpio/client.h"
#include "net/dialer.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tcp_listener.h"

namespace httpio {

// A connection as the server sees it.
class Peer : public net::Stream::Handler {
 public:
  Peer(net::Loop& loop, net::Descriptor socket, const std::shared_ptr<const net::TlsServer>& tls, bool reads)
      : stream(tls ? net::Stream::tls_server(loop, std::move(socket), *this, tls)
                   : net::Stream::tcp(loop, std::move(socket), *this)) {
    if (reads) stream->resume();
  }
  void send(std::string text) const { stream->write(text); }
  // What was received since the last call.
  std::string take() { return std::exchange(got, {}); }

  std::unique_ptr<net::Stream> stream;
  std::string got;
  bool ended = false;
  std::string error;  // of the end

 private:
  void on_bytes(net::Stream&, std::string_view bytes) override { got += bytes; }
  void on_end(net::Stream&, std::string_view e) override { ended = true, error = e; }
  void on_drained(net::Stream&) override {}
};

class ScriptedServer {
 public:
  explicit ScriptedServer(net::Loop& loop, std::shared_ptr<const net::TlsServer> tls = nullptr) {
    auto listener = net::TcpListener::listen(loop, *net::SocketAddress::parse("127.0.0.1", 0));
    if (!listener) throw std::runtime_error(listener.error().message);
    listener_ = std::move(*listener);
    listener_->start(
        [this, &loop, tls = std::move(tls)](net::Descriptor socket, const net::SocketAddress&) {
          peers.push_back(std::make_unique<Peer>(loop, std::move(socket), tls, reads));
        },
        [](const std::string& trouble) { ADD_FAILURE() << trouble; });
  }
  std::uint16_t port() const { return listener_->address().port(); }
  std::string origin() const { return "127.0.0.1:" + std::to_string(port()); }
  void stop() { listener_->stop(); }

  bool reads = true;  // what connections send; else their resume() must be called
  std::vector<std::unique_ptr<Peer>> peers;

 private:
  std::unique_ptr<net::TcpListener> listener_;
};

// "[200] {body} done"; a failure is "failed: text", with " sent" and " in body" behind it.
class Told : public ResponseHandler {
 public:
  void on_head(Exchange& exchange, const http::ResponseHead& head) override {
    story += "[" + std::to_string(head.status) + "] ";
    head_ = &head;
    if (at_head) at_head(exchange);
  }
  void on_body(Exchange& exchange, std::string_view bytes) override {
    body += bytes;
    ++pieces;
    if (at_body) at_body(exchange);
  }
  void on_done(Exchange& exchange) override {
    tell_body();
    story += "done";
    reason = head_->reason;  // the head is still there
    over = true;
    if (at_end) at_end(exchange);
  }
  void on_failed(Exchange& exchange, const Failure& f) override {
    tell_body();
    failure = f;
    story += "failed: " + f.what + (f.sent ? " sent" : "") + (f.in_body ? " in body" : "");
    if (f.in_body) reason = head_->reason;
    over = true;
    if (at_end) at_end(exchange);
  }

  std::function<void(Exchange&)> at_head, at_body, at_end;
  std::string story, body, reason;
  Failure failure;
  int pieces = 0;
  bool over = false;

 private:
  void tell_body() {
    EXPECT_FALSE(over) << "nothing comes after the last call";
    if (body.size() > 200) {
      story += "{" + std::to_string(body.size()) + " bytes} ";
    } else if (!body.empty()) {
      story += "{" + body + "} ";
    }
  }
  const http::ResponseHead* head_ = nullptr;
};

inline Request post(std::string body = "{}") {
  return {.target = "/mcp", .fields = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

inline std::string post_text(const std::string& body = "{}") {
  return "POST /mcp HTTP/1.1\r\nHost: example.test\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string answer(const std::string& body = "ok") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ClientTest : public testing::Test {
 protected:
  // Turns the loop until `condition` holds. The clock stands still.
  template <class F>
  bool turn_until(F condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < end) loop.run_once(std::chrono::milliseconds(100));
    return condition();
  }
  bool turn_until_over(const Told& told) {
    return turn_until([&] { return told.over; });
  }
  // Lets everything happen that is under way.
  void settle() {
    for (int i = 0; i < 10; ++i) loop.run_once(base::Duration::zero());
  }
  void make(const Client::Options& options = {}) { client = make_for(server.port(), options); }
  std::unique_ptr<Client> make_for(std::uint16_t port, const Client::Options& options = {}) {
    return std::make_unique<Client>(loop, dialer, net::Endpoint{"127.0.0.1", port, false}, "example.test", options);
  }
  // The `n`th connection, once it has got `text`, which is taken.
  Peer& peer(std::size_t n, const std::string& text = post_text()) {
    EXPECT_TRUE(turn_until([&] { return server.peers.size() > n && server.peers[n]->got.size() >= text.size(); }));
    EXPECT_EQ(server.peers.at(n)->take(), text);
    return *server.peers[n];
  }
  // One request and its answer on connection `n`.
  void exchange(std::size_t n) {
    Told told;
    const auto started = client->start(post(), told);
    peer(n).send(answer());
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_EQ(told.story, "[200] {ok} done");
  }
  // A client that asks on a connection of its own and gets `bytes` for an answer, then the end if `finish`.
  std::string story_of(const std::string& bytes, bool finish = false, const Client::Options& options = {},
                       std::function<void(Exchange&)> at_head = {}) {
    make(options);
    Told told;
    told.at_head = std::move(at_head);
    const auto started = client->start(post(), told);
    Peer& last = peer(server.peers.size());
    last.send(bytes);
    if (finish) last.stream->finish();
    EXPECT_TRUE(turn_until_over(told));
    return told.story;
  }

  base::FakeClock clock;
  net::Loop loop{clock};
  net::Resolver resolver{loop};
  net::Dialer dialer{loop, resolver, nullptr, {}};
  ScriptedServer server{loop};
  std::unique_ptr<Client> client;
};

}  // namespace httpio
