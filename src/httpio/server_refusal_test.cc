// What is refused, by whom and how, and what each refusal leaves alone: requests that can be read in two ways, those
// that the handler does not want, slow ones, connections beyond the limits.
#include "httpio/server.h"
#include "httpio/server_testing.h"

namespace httpio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerRefusalTest : public ServerTest {
 protected:
  // The server answers `bytes` with this status and closes; the client, which goes on sending, can read it.
  void expect_refused(std::string_view bytes, std::string_view status, std::string_view reason) {
    SCOPED_TRACE(bytes);
    RawClient c = connect();
    send(c, bytes);
    send(c, std::string(3000, 'x'));
    const std::string got = receive_all(c);
    EXPECT_TRUE(got.starts_with("HTTP/1.1 " + std::string(status) + "\r\n")) << got;
    EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos) << got;
    EXPECT_NE(got.find(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":")"), std::string::npos) << got;
    EXPECT_NE(got.find(reason), std::string::npos) << got;
    ASSERT_FALSE(handler.refusals.empty());
    EXPECT_TRUE(handler.refusals.back().starts_with(status.substr(0, 3))) << handler.refusals.back();
    handler.refusals.clear();
  }
  void expect_answered(std::string_view bytes) {
    SCOPED_TRACE(bytes);
    RawClient c = connect();
    const std::size_t before = handler.bodies.size();
    send(c, bytes);
    until([&] { return take(c), c.in.starts_with("HTTP/1.1 200 OK\r\n"); });
    EXPECT_EQ(handler.bodies.size(), before + 1);
    EXPECT_TRUE(handler.refusals.empty());
  }
};

TEST_F(ServerRefusalTest, WhatCanBeReadInTwoWaysBesideItsNeighbour) {
  echo();
  expect_refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 "400 Bad Request", "Transfer-Encoding");
  expect_answered("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request", "Host");
  expect_refused("GET / HTTP/1.1\r\n\r\n", "400 Bad Request", "Host");
  expect_answered("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "400 Bad Request", "folded");
  expect_answered("GET / HTTP/1.1\r\nHost: a\r\nX: b c\r\n\r\n");
  expect_refused("GET / HTTP/1.1\nHost: a\n\n", "400 Bad Request", "CR");
  expect_refused("GET /\r\n\r\n", "400 Bad Request", "HTTP/1.1");
  expect_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported", "HTTP/2");
  expect_refused("\x16\x03\x01\x02", "400 Bad Request", "TLS");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
                 "501 Not Implemented", "websocket");
  expect_refused("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414 URI Too Long", "");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n",
                 "431 Request Header Fields Too Large", "65536");
  expect_answered("GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: a\r\nX: " + std::string(50'000, 'a') +
                  "\r\n\r\n");
  EXPECT_EQ(handler.bodies.size(), 4u) << "nothing of what was refused came through";
}

TEST_F(ServerRefusalTest, ARefusalIsWrittenExactlySo) {
  RawClient c = connect();
  send(c, "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n");
  expect_all(c,
             refusal("400 Bad Request", "a header line begins with a space or a tab: folded lines are not accepted"));
}

TEST_F(ServerRefusalTest, WhatWasPipelinedBeforeIsAnswered) {
  echo();
  RawClient c = connect();
  send(c, post("x") + "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + post("never"));
  const std::string got = receive_all(c);
  EXPECT_TRUE(got.starts_with(answer("x") + "HTTP/1.1 400 ")) << got;
  EXPECT_EQ(handler.bodies.size(), 1u);
}

TEST_F(ServerRefusalTest, ContentBeyondTheLimitOfServerOrHandler) {
  make({.limits = {.body_bytes = 100}});
  echo();
  expect_answered(post(std::string(100, 'x')));
  expect_refused(post(std::string(101, 'x')), "413 Content Too Large", "100");
  handler.at_head = [](const Held&) { return 10U; };
  expect_answered(post(std::string(10, 'x')));
  expect_refused(post(std::string(11, 'x')), "413 Content Too Large", "10 bytes");
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect_answered(chunked + "a\r\n0123456789\r\n0\r\n\r\n");
  // Who held the exchange since its head hears of it.
  Held held;
  int told = 0;
  handler.at_head = [&](const Held& e) {
    held = e;
    e->on_closed([&] { ++told; });
    return 10U;
  };
  expect_refused(chunked + "b\r\n0123456789a\r\n0\r\n\r\n", "413 Content Too Large", "");
  EXPECT_TRUE(held->closed());
  EXPECT_EQ(told, 1);
}

TEST_F(ServerRefusalTest, ContentOfAllThatIsHeld) {
  make({.max_receiving = 10'000});
  echo();
  RawClient a = connect(), b = connect(), c = connect(), d = connect();
  const std::string request = post(std::string(6000, 'x'));
  const auto part = std::string_view(request).substr(0, request.size() - 10);
  send(a, part);
  some_turns();
  send(b, part);
  EXPECT_TRUE(receive_all(b).starts_with("HTTP/1.1 503 "));
  send(a, request.substr(part.size()));
  expect(a, answer(std::string(6000, 'x')));
  // One that ends in another way gives back as well.
  send(a, part);
  some_turns();
  reset(a);
  until([&] { return server->connections() == 3; });
  send(c, part);
  some_turns();
  send(d, request);  // is there at once
  expect(d, answer(std::string(6000, 'x')));
  send(c, request.substr(part.size()));
  expect(c, answer(std::string(6000, 'x')));
}

// The client sends all of its content before it looks for an answer, as most do.
TEST_F(ServerRefusalTest, TheAnswerIsReadBySomebodyWhoGoesOnSending) {
  RawClient c = connect();
  const std::string request = post(std::string(20U << 20, 'x'));
  send(c, request);
  EXPECT_FALSE(c.broken);
  EXPECT_TRUE(receive_all(c).starts_with("HTTP/1.1 413 "));
}

TEST_F(ServerRefusalTest, ButNotWithoutEnd) {
  RawClient c = connect();
  const std::string request = post(std::string(20U << 20, 'x'));
  send(c, request);
  for (int i = 0; i < 100 && !c.broken; ++i) send(c, std::string(1U << 20, 'x'));
  EXPECT_TRUE(c.broken);
  RawClient slow = connect();
  send(slow, request.substr(0, 1000));
  until([&] { return take(slow), slow.ended; });
  EXPECT_EQ(server->connections(), 1u);
  clock.advance(seconds(6));
  until([&] { return server->connections() == 0; });
}

TEST_F(ServerRefusalTest, TheHandlerRefusesAtTheHead) {
  RawClient c = connect();
  echo();
  handler.at_head = [](const Held& e) {
    if (e->head().path != "/mcp") e->respond(404, "text/plain", "no");
    return e->head().path == "/mcp" ? 100U : 0U;
  };
  const std::string no =
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n" + std::string(date) + "Content-Length: 2\r\n\r\nno";
  const std::string post_elsewhere = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  // Without content, or with all of it there, the connection can be kept.
  send(c, get("/x"));
  expect(c, no);
  send(c, post_elsewhere + post("x"));
  expect(c, no + answer("x"));
  EXPECT_EQ(handler.bodies, std::vector<std::string>({"x"})) << "on_request is for what was not answered";
  // Else not: it is not waited for.
  send(c, post_elsewhere.substr(0, post_elsewhere.size() - 1));
  expect_all(c, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n" + std::string(date) +
                    "Connection: close\r\nContent-Length: 2\r\n\r\nno");
  send(c, "o" + post("never"));
  some_turns();
  EXPECT_EQ(handler.bodies.size(), 1u);
  c.socket.close();
  until([&] { return server->connections() == 0; });
  RawClient chunked = connect();
  send(chunked, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(receive_all(chunked).starts_with("HTTP/1.1 404 "));
}

TEST_F(ServerRefusalTest, TheHandlerRefusesWhileTheContentComes) {
  RawClient c = connect();
  Held held;
  handler.at_head = [&](const Held& e) {
    held = e;
    return 100U;
  };
  const std::string request = post("hello");
  send(c, request.substr(0, request.size() - 1));
  until([&] { return held != nullptr; });
  some_turns();
  held->respond(403, "", "");
  send(c, "o" + post("never"));
  expect_all(c, "HTTP/1.1 403 Forbidden\r\n" + std::string(date) + "Connection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(handler.bodies.empty());
}

TEST_F(ServerRefusalTest, TheHandlerBreaksOffAtTheHead) {
  RawClient c = connect();
  handler.at_head = [](const Held& e) {
    e->abort();
    EXPECT_TRUE(e->closed());
    e->respond(200, "text/plain", "x");
    return 100U;
  };
  send(c, post("hello") + post("hello"));
  until([&] { return take(c), c.ended || c.broken; });
  EXPECT_EQ(c.in, "");
  EXPECT_EQ(handler.heads.size(), 1u);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerRefusalTest, ARequestThatIsCutOff) {
  for (const char* part : {"POST / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"}) {
    RawClient c = connect();
    send(c, part);
    half_close(c);
    expect_all(c, refusal("400 Bad Request", "the connection was closed in the middle of the message"));
    until([&] { return server->connections() == 0; });
  }
  EXPECT_TRUE(handler.bodies.empty());
}

TEST_F(ServerRefusalTest, ASlowHead) {
  echo();
  RawClient c = connect();
  clock.advance(seconds(60));  // silent: that is another time-out
  some_turns();
  send(c, "GET / HTTP/1.1\r\n");
  some_turns();
  for (int i = 0; i < 9; ++i) {
    clock.advance(seconds(1));
    send(c, "X: y\r\n");
    some_turns();
  }
  clock.advance(milliseconds(999));
  expect_nothing(c);
  clock.advance(milliseconds(1));
  EXPECT_TRUE(receive_all(c).starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_EQ(handler.refusals, std::vector<std::string>({"408 the header took longer than 10 s"}));
}

TEST_F(ServerRefusalTest, ASlowBody) {
  make({.body_timeout = seconds(10)});
  RawClient slow = connect(), steady = connect();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
  send(slow, head);
  send(steady, head);
  some_turns();
  for (int i = 0; i < 30; ++i) {
    clock.advance(seconds(1));
    send(steady, std::string(1025, 'x'));
    if (i < 10) send(slow, std::string(1000, 'x'));
    some_turns();
  }
  EXPECT_TRUE(receive_all(slow).starts_with("HTTP/1.1 408 "));
  expect_nothing(steady);
  EXPECT_EQ(handler.refusals, std::vector<std::string>({"408 the content came with less than 1 KiB/s for 10 s"}));
}

TEST_F(ServerRefusalTest, SilenceBetweenRequests) {
  echo();
  RawClient fresh = connect(), used = connect();
  clock.advance(seconds(50));
  send(used, post("x"));
  expect(used, "HTTP/1.1 200 OK");
  clock.advance(seconds(25));
  until([&] { return take(fresh), fresh.ended; });
  EXPECT_EQ(server->connections(), 1u);
  clock.advance(seconds(49));
  some_turns();
  EXPECT_EQ(server->connections(), 1u);
  clock.advance(seconds(1));
  until([&] { return take(used), used.ended; });
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(handler.refusals.empty());
}

TEST_F(ServerRefusalTest, AnAnswerMayTakeAsLongAsItTakes) {
  RawClient c = connect();
  send(c, post("x"));
  until([&] { return handler.open.size() == 1; });
  for (int i = 0; i < 10; ++i) {
    clock.advance(std::chrono::hours(1));
    some_turns();
  }
  EXPECT_FALSE(handler.open.at(0)->closed());
  handler.open.at(0)->respond(202, "", "");
  expect(c, "HTTP/1.1 202 Accepted");
}

TEST_F(ServerRefusalTest, TooManyConnections) {
  make({.max_connections = 2});
  echo();
  RawClient a = connect(), b = connect(), beyond = connect();
  expect_all(beyond, refusal("503 Service Unavailable", "too many connections", "Retry-After: 5\r\n"));
  EXPECT_EQ(handler.refusals, std::vector<std::string>({"503 too many connections"}));
  send(a, post("x"));
  expect(a, answer("x"));
  b.socket.close();
  until([&] { return server->connections() == 2; });  // one of them the refused one
  RawClient next = connect();
  send(next, post("y"));
  expect(next, answer("y"));
}

TEST_F(ServerRefusalTest, TooManyConnectionsFromOneAddress) {
  make({.max_per_address = 2});
  echo();
  RawClient a = connect();
  peer = *net::SocketAddress::parse("192.0.2.1", 5000);
  RawClient b = connect(), beyond = connect();
  send(beyond, post("x"));
  expect_all(beyond, refusal("429 Too Many Requests", "too many connections from this address", "Retry-After: 5\r\n"));
  peer = *net::SocketAddress::parse("192.0.2.2", 5000);
  RawClient other = connect();
  send(other, post("x"));
  expect(other, answer("x"));
  EXPECT_TRUE(handler.bodies.size() == 1);
  a.socket.close();
  until([&] { return server->connections() == 3; });
  peer = *net::SocketAddress::parse("192.0.2.1", 5001);
  RawClient again = connect();
  send(again, post("y"));
  expect(again, answer("y"));
}

TEST_F(ServerRefusalTest, AFloodOfConnectionsIsNotHeld) {
  make({.max_connections = 1});
  RawClient a = connect();
  std::vector<RawClient> flood;
  for (int i = 0; i < 400; ++i) flood.push_back(connect());
  EXPECT_LE(server->connections(), 300u);
  EXPECT_EQ(handler.refusals.size(), 400u);
  clock.advance(seconds(11));
  until([&] { return server->connections() == 1; });
}

TEST_F(ServerRefusalTest, TheHandlerMayStopTheServerAtARefusal) {
  RawClient c = connect();
  handler.at_refusal = [&] { server->stop(); };
  send(c, "nonsense\r\n\r\n");
  until([&] { return take(c), c.ended || c.broken; });
  EXPECT_EQ(c.in, "");
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace httpio
