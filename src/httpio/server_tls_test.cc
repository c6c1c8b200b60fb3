// The server over TLS: the same requests and answers; handshakes that fail or do not come.
#include "httpio/server_testing.h"
#include "net/stream_testing.h"
#include "net/tls_testing.h"

namespace httpio {
namespace {

using std::chrono::seconds;

class ServerTlsTest : public ServerTest {
 protected:
  void SetUp() override {
    const net::Identity identity = net::make_identity({});
    auto made =
        net::TlsServer::make(files.put("c.pem", identity.certificate_pem()), files.put("k.pem", identity.key_pem()));
    ASSERT_TRUE(made) << made.error().message;
    tls = *made;
    auto client = net::TlsClient::make({.ca_file = "", .insecure = true}, "");
    ASSERT_TRUE(client) << client.error().message;
    client_side = *client;
  }
  std::unique_ptr<net::Stream> secure(net::RecordingHandler& events) {
    RawClient raw = connect();
    auto stream = net::Stream::tls_client(loop, std::move(raw.socket), events, client_side, "example.test");
    stream->resume();
    return stream;
  }

  net::CertificateFiles files;
  std::shared_ptr<const net::TlsClient> client_side;
};

TEST_F(ServerTlsTest, RequestsAndAnswers) {
  net::RecordingHandler events;
  const auto client = secure(events);
  handler.at_request = [](const Held& e) {
    EXPECT_TRUE(e->is_tls());
    reply(e, e->body());
  };
  net::write(*client, post("hello") + post(std::string(1U << 20, 'x')));
  const std::string expected = answer("hello") + answer(std::string(1U << 20, 'x'));
  until([&] { return events.bytes.size() >= expected.size(); });
  EXPECT_TRUE(events.bytes == expected);
  // A stream, and a client that goes.
  handler.at_request = {};
  net::write(*client, get("/"));
  until([&] { return handler.open.size() == 3; });
  const Held e = handler.open.back();
  int told = 0;
  e->on_closed([&] { ++told; });
  e->start_events();
  e->write_events("data: 1\n\n");
  until([&] { return events.bytes.ends_with("9\r\ndata: 1\n\n\r\n"); });
  client->close();
  until([&] { return told == 1; });
  EXPECT_TRUE(handler.refusals.empty());
}

TEST_F(ServerTlsTest, AnEndThatCanBeRead) {
  net::RecordingHandler events;
  const auto client = secure(events);
  net::write(*client, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + std::string(1U << 20, 'x'));
  until([&] { return !events.ends.empty(); });
  EXPECT_TRUE(events.bytes.starts_with("HTTP/1.1 400 ")) << events.bytes;
  EXPECT_EQ(events.ends.front(), "") << "in order";
}

TEST_F(ServerTlsTest, WhatIsNoHandshake) {
  RawClient plain = connect();
  send(plain, get("/"));
  until([&] { return handler.refusals.size() == 1; });
  EXPECT_TRUE(handler.refusals.back().starts_with("0 ")) << handler.refusals.back();
  RawClient silent = connect(), gone = connect();
  gone.socket.close();
  until([&] { return handler.refusals.size() == 2; });
  EXPECT_TRUE(handler.refusals.back().starts_with("0 ")) << handler.refusals.back();
  clock.advance(seconds(10));
  until([&] { return handler.refusals.size() == 3; });
  EXPECT_EQ(handler.refusals.back(), "0 the TLS handshake took longer than 10 s");
  some_turns();
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTlsTest, RefusedConnectionsAreToldWhy) {
  make({.max_connections = 1});
  RawClient first = connect();
  net::RecordingHandler events;
  const auto client = secure(events);
  until([&] { return !events.ends.empty(); });
  EXPECT_EQ(events.bytes, refusal("503 Service Unavailable", "too many connections", "Retry-After: 5\r\n"));
  client->close();
  until([&] { return server->connections() == 1; });
  // One that does not shake hands is not waited for.
  RawClient silent = connect();
  clock.advance(seconds(6));
  until([&] { return take(silent), silent.ended || silent.broken; });
  // While it is being stopped a handshake is not waited for.
  server->drain({});
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace httpio
