// Requests and answers, byte for byte: kept connections, pipelining, content both ways, old clients.
#include "httpio/server.h"

#include "http/reader_testing.h"
#include "httpio/server_testing.h"

namespace httpio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ServerTest, AConnectionIsKept) {
  RawClient c = connect();
  echo();
  for (const std::string body : {R"({"id":1})", R"({"id":2})", "", R"({"id":3})"}) {
    send(c, post(body));
    expect(c, body.empty() ? "HTTP/1.1 200 OK\r\n" + std::string(date) + "Content-Length: 0\r\n\r\n" : answer(body));
  }
  expect_nothing(c);
  EXPECT_EQ(handler.heads.size(), 4u);
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerTest, TheHandlerSeesTheRequest) {
  peer = *net::SocketAddress::parse("2001:db8::1", 77);
  RawClient c = connect();
  int seen = 0;
  handler.at_head = [&](const Held& e) {
    ++seen;
    EXPECT_EQ(e->body(), "");
    EXPECT_FALSE(e->started() || e->complete() || e->closed() || e->half_closed());
    return http::unlimited;
  };
  handler.at_request = [&](const Held& e) {
    ++seen;
    EXPECT_EQ(e->head().method, http::Method::post);
    EXPECT_EQ(e->head().path, "/mcp");
    EXPECT_EQ(e->head().fields.find("x-a"), "b");
    EXPECT_EQ(e->peer().text(), "[2001:db8::1]:77");
    EXPECT_FALSE(e->is_tls());
    const std::string moved = std::move(e->body());
    EXPECT_EQ(moved, "{}");
  };
  send(c, post("{}", "X-A: b\r\n"));
  until([&] { return seen == 2; });
  some_turns();
  const Held e = handler.open.at(0);
  EXPECT_EQ(e->head().path, "/mcp") << "valid while it waits";
  const std::vector<http::Field> more{{"Mcp-Session-Id", "s"}};
  e->respond(200, "application/json", "[]", more);
  EXPECT_TRUE(e->started() && e->complete());
  EXPECT_FALSE(e->closed());
  EXPECT_EQ(e->head().path, "") << "no longer";
  EXPECT_EQ(e->peer().text(), "[2001:db8::1]:77");
  expect(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string(date) +
                "Mcp-Session-Id: s\r\nContent-Length: 2\r\n\r\n[]");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrderOneAtATime) {
  RawClient c = connect();
  send(c, post("1") + post("22") + post("333"));
  until([&] { return handler.open.size() == 1; });
  expect_nothing(c);
  EXPECT_EQ(handler.heads.size(), 1u) << "the second is not looked at";
  reply(handler.open.at(0), "a");
  EXPECT_EQ(handler.open.size(), 1u) << "the handler is not called within its own call";
  expect(c, answer("a"));
  until([&] { return handler.open.size() == 2; });
  EXPECT_EQ(handler.bodies.at(1), "22");
  reply(handler.open.at(0), "again");  // does nothing
  reply(handler.open.at(1), "b");
  until([&] { return handler.open.size() == 3; });
  reply(handler.open.at(2), "c");
  expect(c, answer("b") + answer("c"));
  expect_nothing(c);
}

TEST_F(ServerTest, ThousandsOfPipelinedRequestsAnsweredAtOnce) {
  RawClient c = connect();
  RawClient other = connect();
  echo();
  std::string requests, answers;
  for (int i = 0; i < 3000; ++i) {
    requests += post(std::to_string(i));
    answers += answer(std::to_string(i));
  }
  send(c, requests);
  send(other, post("me too"));
  std::size_t before = 0;
  until([&] { return take(other), !other.in.empty(); });
  before = handler.bodies.size();
  EXPECT_LT(before, 3000u) << "the other had to wait for all of them";
  EXPECT_EQ(receive(c, answers.size()), answers);
}

TEST_F(ServerTest, WhoPipelinesTooMuchWaits) {
  RawClient c = connect();
  std::string flood;
  while (flood.size() < (8U << 20)) flood += post(std::string(1000, 'x'));
  const std::size_t count = flood.size() / post(std::string(1000, 'x')).size();
  // As much as goes without the server's taking it.
  std::size_t sent = 0;
  for (int idle = 0; idle < 20; ++idle) {
    const ssize_t n = ::send(c.socket.fd(), flood.data() + sent, flood.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
      idle = 0;
    }
    turn();
  }
  ASSERT_LT(sent, flood.size()) << "the stream is paused";
  ASSERT_EQ(handler.open.size(), 1u);
  echo();
  reply(handler.open.at(0), handler.open.at(0)->body());
  until([&] {
    if (sent < flood.size()) {
      const ssize_t n = ::send(c.socket.fd(), flood.data() + sent, flood.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      sent += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    take(c);
    return c.in.size() == count * answer(std::string(1000, 'x')).size();
  });
  EXPECT_EQ(handler.bodies.size(), count);
}

TEST_F(ServerTest, AnyCutOfTheInputMeansTheSame) {
  echo();
  const std::string chunked =
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  const std::string bytes = post("one") + chunked + get("/x") + post(std::string(300, 'y'));
  const std::string expected = answer("one") + answer("hello world") + "HTTP/1.1 200 OK\r\n" + std::string(date) +
                               "Content-Length: 0\r\n\r\n" + answer(std::string(300, 'y'));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    http::Cuts cut(seed);
    RawClient c = connect();
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t piece = seed == 0 ? 1 : cut() * (seed % 5 + 1);
      send(c, std::string_view(bytes).substr(at, piece));
      loop.run_once(base::Duration::zero());
      at += piece;
    }
    expect(c, expected);
    expect_nothing(c);
  }
}

TEST_F(ServerTest, AMebibyteBothWays) {
  RawClient c = connect();
  echo();
  std::string body(1U << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 26);
  for (int i = 0; i < 3; ++i) {
    send(c, post(body));
    EXPECT_TRUE(receive(c, answer(body).size()) == answer(body));
  }
}

TEST_F(ServerTest, ContentIsAskedForWhereTheClientWaitsForThat) {
  RawClient c = connect();
  echo();
  const std::string request = post("hello", "Expect: 100-continue\r\n");
  send(c, request.substr(0, request.size() - 5));
  expect(c, "HTTP/1.1 100 Continue\r\n\r\n");
  send(c, "hello");
  expect(c, answer("hello"));
  // Not if it is refused: what comes then may be content or not.
  handler.at_head = [](const Held& e) {
    e->respond(404, "text/plain", "no");
    return 0U;
  };
  send(c, request.substr(0, request.size() - 5));
  expect_all(c, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n" + std::string(date) +
                    "Connection: close\r\nContent-Length: 2\r\n\r\nno");
}

TEST_F(ServerTest, WhoAsksForItIsClosed) {
  echo();
  RawClient c = connect();
  send(c, post("x", "Connection: close\r\n") + post("never"));
  expect_all(c, answer("x", true));
  RawClient old = connect();
  send(old, "POST /mcp HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx");
  expect_all(old, answer("x", true));
  EXPECT_EQ(handler.bodies.size(), 2u);
  EXPECT_EQ(server->connections(), 2u) << "until the clients end, or some seconds";
  c.socket.close();
  until([&] { return server->connections() == 1; });
  clock.advance(seconds(6));
  until([&] { return server->connections() == 0; });
}

TEST_F(ServerTest, AStreamForAnOldClientEndsWithTheConnection) {
  RawClient c = connect();
  handler.at_request = [](const Held& e) {
    e->start_events();
    e->write_events("data: 1\n\n");
    e->end_events();
  };
  send(c, "GET /mcp HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const std::string got = receive_all(c);
  EXPECT_NE(got.find("Connection: close\r\n\r\ndata: 1\n\n"), std::string::npos) << got;
  EXPECT_EQ(got.find("chunked"), std::string::npos);
}

TEST_F(ServerTest, ToHeadNoContentIsSent) {
  RawClient c = connect();
  handler.at_request = [](const Held& e) {
    if (e->head().path == "/stream") {
      e->start_events();
      EXPECT_TRUE(e->complete());
      return e->write_events("data: x\n\n");
    }
    e->respond(200, "application/json", "hello");
  };
  const std::string head = answer("hello").substr(0, answer("hello").size() - 5);
  send(c, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/"));
  expect(c, head + stream_head() + answer("hello"));
}

TEST_F(ServerTest, AnswersWithoutContent) {
  RawClient c = connect();
  handler.at_request = [](const Held& e) { e->respond(e->head().path == "/202" ? 202 : 204, "text/plain", {}); };
  send(c, get("/202") + get("/204"));
  expect(c, "HTTP/1.1 202 Accepted\r\n" + std::string(date) + "Content-Length: 0\r\n\r\nHTTP/1.1 204 No Content\r\n" +
                std::string(date) + "\r\n");
}

TEST_F(ServerTest, AnAnswerThatCannotBeWrittenIsA500) {
  RawClient c = connect();
  int which = 0;
  handler.at_request = [&](const Held& e) {
    const std::vector<http::Field> evil{{"Mcp-Session-Id", "a\r\nSet-Cookie: b"}};
    const std::vector<http::Field> framing{{"Content-Length", "5"}};
    switch (which++) {
      case 0:
        return e->respond(200, "application/json", "hello", evil);
      case 1:
        return e->respond(204, "application/json", "hello");
      case 2:
        return e->respond(100, "", "");
      case 3:
        return e->start_events(framing);
      default:
        return e->respond(200, "application/json", "hello");
    }
  };
  for (int i = 0; i < 4; ++i) {
    send(c, get("/"));
    const std::string got = receive(c, 34);
    EXPECT_EQ(got, "HTTP/1.1 500 Internal Server Error");
    until([&] { return take(c), c.in.ends_with("}}"); });
    EXPECT_EQ(c.in.find("Set-Cookie"), std::string::npos);
    c.in.clear();
  }
  send(c, get("/"));
  expect(c, answer("hello"));
}

TEST_F(ServerTest, TheDateIsTheClocksUnlessTheAnswerHasOne) {
  clock.set_wall(base::WallTime(seconds(784111777)));  // RFC 9110 section 5.6.7
  RawClient c = connect();
  handler.at_request = [](const Held& e) { e->respond(202, "", ""); };
  send(c, get("/"));
  expect(c, "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
  clock.advance(milliseconds(1000));
  send(c, get("/"));
  expect(c, "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\nContent-Length: 0\r\n\r\n");
  handler.at_request = [](const Held& e) {
    const std::vector<http::Field> more{{"date", "Mon, 07 Nov 1994 08:49:37 GMT"}};
    e->respond(202, "", "", more);
  };
  send(c, get("/"));
  expect(c, "HTTP/1.1 202 Accepted\r\ndate: Mon, 07 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ServerTest, AClientThatClosesItsHalfIsAnswered) {
  RawClient c = connect();
  send(c, post("1") + post("2"));
  half_close(c);
  until([&] { return handler.open.size() == 1; });
  const Held first = handler.open.at(0);
  int told = 0;
  first->on_half_closed([&] { ++told; });
  until([&] { return first->half_closed(); });
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(first->closed());
  expect_nothing(c);
  reply(first, "a");
  until([&] { return handler.open.size() == 2; });
  EXPECT_TRUE(handler.open.at(1)->half_closed());
  reply(handler.open.at(1), "b");
  expect_all(c, answer("a") + answer("b", true));
  until([&] { return server->connections() == 0; });
}

TEST_F(ServerTest, AClientThatClosesBetweenRequestsIsForgotten) {
  echo();
  RawClient silent = connect(), used = connect(), blank = connect();
  send(used, post("x"));
  expect(used, answer("x"));
  send(blank, "\r\n");  // one empty line is no request
  some_turns();
  send(blank, post("y"));
  expect(blank, answer("y"));
  send(blank, "\r\n" + post("z") + "\r\n");
  expect(blank, answer("z"));
  some_turns();
  for (RawClient* c : {&silent, &used, &blank}) c->socket.close();
  until([&] { return server->connections() == 0; });
  EXPECT_TRUE(handler.refusals.empty());
}

}  // namespace
}  // namespace httpio
