// Event streams and the ends of connections: clients that go or do not read, draining, stopping, exchanges that outlive
// their connection and their server.
#include "httpio/server.h"
#include "httpio/server_testing.h"

namespace httpio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerStreamTest : public ServerTest {
 protected:
  // A client whose request has come to the handler.
  Held ask(RawClient& c, std::string_view request) {
    const std::size_t before = handler.open.size();
    send(c, request);
    until([&] { return handler.open.size() == before + 1; });
    Held held = handler.open.back();
    handler.open.clear();
    return held;
  }
  Held stream(RawClient& c) {
    Held held = ask(c, get("/mcp"));
    held->start_events();
    expect(c, stream_head());
    return held;
  }
  // More than the kernel takes.
  void fill(const Held& e) {
    const std::string event = "data: " + std::string(100'000, 'x') + "\n\n";
    for (int i = 0; i < 200 && e->queued() == 0; ++i) e->write_events(event);
    ASSERT_GT(e->queued(), 0u);
  }
};

TEST_F(ServerStreamTest, EventsAreWrittenAsTheyComeAndTheConnectionGoesOn) {
  RawClient c = connect();
  const Held e = stream(c);
  EXPECT_TRUE(e->started());
  EXPECT_FALSE(e->complete());
  expect_nothing(c);
  e->write_events("data: 1\n\n");
  expect(c, "9\r\ndata: 1\n\n\r\n");
  e->write_events("");
  e->start_events();
  e->respond(200, "text/plain", "x");
  expect_nothing(c);
  e->write_events(": x\n\n");
  e->end_events();
  e->end_events();
  e->write_events("data: 2\n\n");
  EXPECT_TRUE(e->complete());
  expect(c, "5\r\n: x\n\n\r\n0\r\n\r\n");
  expect_nothing(c);
  echo();
  send(c, post("x"));
  expect(c, answer("x"));
}

TEST_F(ServerStreamTest, CallsOutOfOrderDoNothing) {
  RawClient c = connect();
  const Held e = ask(c, get("/"));
  e->write_events("data: 1\n\n");
  e->end_events();
  EXPECT_FALSE(e->started());
  expect_nothing(c);
  reply(e, "x");
  e->start_events();
  e->abort();
  EXPECT_FALSE(e->closed()) << "it was complete";
  expect(c, answer("x"));
  expect_nothing(c);
}

TEST_F(ServerStreamTest, AStreamStartedAtTheHead) {
  RawClient c = connect();
  Held held;
  handler.at_head = [&](const Held& e) {
    held = e;
    e->start_events();
    return 0U;
  };
  send(c, get("/mcp"));
  expect(c, stream_head());
  held->write_events("data: 1\n\n");
  held->end_events();
  expect(c, "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
  EXPECT_TRUE(handler.open.empty());
  // With content to come the connection is not kept.
  send(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  expect(c, stream_head(true));
  send(c, "hello" + get("/never"));
  some_turns();
  held->write_events("data: 1\n\n");
  held->end_events();
  expect_all(c, "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
}

TEST_F(ServerStreamTest, AClientThatGoesIsNoticed) {
  for (const bool orderly : {true, false}) {
    RawClient c = connect();
    const Held e = stream(c);
    int told = 0;
    e->on_closed([&] { ++told; });
    orderly ? c.socket.close() : reset(c);
    until([&] { return told > 0; });
    EXPECT_TRUE(e->closed());
    EXPECT_FALSE(e->complete());
    EXPECT_EQ(e->queued(), 0u);
    e->write_events("data: 1\n\n");
    e->end_events();
    e->abort();
    some_turns();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(server->connections(), 0u);
  }
}

TEST_F(ServerStreamTest, AClientThatGoesWhileAnAnswerIsMade) {
  RawClient c = connect();
  const Held e = ask(c, post("x"));
  int told = 0, half = 0;
  e->on_closed([&] { ++told; });
  e->on_half_closed([&] { ++half; });
  reset(c);
  until([&] { return told == 1; });
  EXPECT_TRUE(e->closed());
  reply(e, "x");
  EXPECT_FALSE(e->complete());
  // One that has closed in order may be waiting: it is gone when the answer is a stream, or has been sent in vain.
  RawClient d = connect();
  const Held f = ask(d, post("x"));
  f->on_closed([&] { ++told; });
  f->on_half_closed([&] { ++half; });
  d.socket.close();
  until([&] { return half == 1; });
  f->start_events();
  EXPECT_TRUE(f->closed());
  EXPECT_EQ(told, 1) << "from the loop";
  until([&] { return told == 2; });
  RawClient g = connect();
  const Held h = ask(g, post("x"));
  g.socket.close();
  until([&] { return h->half_closed(); });
  reply(h, "x");
  until([&] { return server->connections() == 0; });
}

TEST_F(ServerStreamTest, HalfClosedMayBeTakenForGone) {
  RawClient c = connect();
  const Held e = ask(c, post("x"));
  int told = 0;
  e->on_half_closed([&] {
    ++told;
    e->abort();
  });
  e->on_closed([] { ADD_FAILURE() << "not for abort()"; });
  c.socket.close();
  until([&] { return told == 1; });
  some_turns();
  EXPECT_TRUE(e->closed());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerStreamTest, BreakingOffIsNoEnd) {
  RawClient c = connect();
  Held e = stream(c);
  e->write_events("data: 1\n\n");
  e->abort();
  EXPECT_TRUE(e->closed());
  until([&] { return take(c), c.ended || c.broken; });
  EXPECT_EQ(c.in, "9\r\ndata: 1\n\n\r\n") << "no last chunk";
  // Where the end of the connection is the end of the content, it is a reset.
  RawClient old = connect();
  e = ask(old, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  e->start_events();
  e->write_events("data: 1\n\n");
  e->abort();
  until([&] { return take(old), old.ended || old.broken; });
  EXPECT_TRUE(old.broken);
}

TEST_F(ServerStreamTest, ASlowReaderIsToldOf) {
  RawClient c = connect(4096);
  const Held e = stream(c);
  int drained = 0;
  e->on_drained([&] {
    EXPECT_EQ(e->queued(), 0u);
    if (++drained == 1) fill(e);
  });
  fill(e);
  some_turns();
  EXPECT_EQ(drained, 0);
  until([&] { return take(c), drained == 2; });
  EXPECT_FALSE(e->closed());
  e->on_drained([&, e] {  // holds itself, which must not last
    e->end_events();
    e->on_drained({});
  });
  fill(e);
  until([&] { return take(c), c.in.ends_with("\r\n0\r\n\r\n"); });
  EXPECT_TRUE(e->complete());
}

TEST_F(ServerStreamTest, TheNextRequestIsReadWhenTheAnswerWasTaken) {
  RawClient c = connect(4096);
  Held e = ask(c, get("/1") + get("/2"));
  reply(e, std::string(20U << 20, 'x'));
  EXPECT_TRUE(e->complete());
  some_turns();
  EXPECT_EQ(handler.heads.size(), 1u);
  std::size_t got = 0;
  until([&] {
    take(c);
    got += std::exchange(c.in, {}).size();
    return handler.heads.size() == 2;
  });
  EXPECT_GT(got, 10U << 20);
}

TEST_F(ServerStreamTest, WhoTakesNothingIsGivenUp) {
  RawClient stuck = connect(4096), slow = connect(4096);
  const Held e = stream(stuck), f = stream(slow);
  int told = 0;
  e->on_closed([&] { ++told; });
  for (const Held& held : {e, f}) {
    for (int i = 0; i < 3; ++i) fill(held), held->write_events(std::string(10U << 20, 'x'));
  }
  for (int i = 0; i < 15; ++i) {
    EXPECT_EQ(e->closed(), i >= 12) << i;
    clock.advance(seconds(10));
    some_turns();
    take(slow);
    some_turns();
  }
  EXPECT_TRUE(e->closed());
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(f->closed()) << "it takes something";
  RawClient json = connect(4096);
  reply(ask(json, get("/")), std::string(20U << 20, 'x'));
  EXPECT_EQ(server->connections(), 2u);
  for (int i = 0; i < 16; ++i) {
    clock.advance(seconds(10));
    some_turns();
    take(slow);
    some_turns();
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerStreamTest, TooMuchForOneClient) {
  make({.max_queued = 1U << 20});
  RawClient c = connect(4096);
  const Held e = stream(c);
  int told = 0;
  e->on_closed([&] { ++told; });
  fill(e);
  e->write_events(std::string(2U << 20, 'x'));
  EXPECT_TRUE(e->closed());
  EXPECT_EQ(told, 0) << "from the loop";
  until([&] { return told == 1; });
  RawClient d = connect(4096);
  const Held f = ask(d, get("/"));
  reply(f, std::string(20U << 20, 'x'));
  EXPECT_TRUE(f->closed());
  EXPECT_FALSE(f->complete());
  until([&] { return take(d), d.ended || d.broken; });
}

TEST_F(ServerStreamTest, Draining) {
  RawClient idle = connect(), begun = connect(), waiting = connect(), streaming = connect(), used = connect();
  send(begun, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
  const Held answer_due = ask(waiting, post("w"));
  const Held events = stream(streaming);
  reply(ask(used, get("/")), "x");
  expect(used, answer("x"));
  int done = 0;
  server->drain([&] {
    ++done;
    server.reset();
  });
  EXPECT_EQ(server->connections(), 3u);
  expect_all(idle, "");
  expect_all(used, "");
  RawClient late = connect();
  expect_all(late, refusal("503 Service Unavailable", "the server is being stopped", "Retry-After: 5\r\n"));
  late.socket.close();
  reply(answer_due, "w");
  expect_all(waiting, answer("w", true));
  echo();
  send(begun, "y");
  expect_all(begun, answer("xy", true));
  events->write_events("data: 1\n\n");
  expect(streaming, "9\r\ndata: 1\n\n\r\n");
  for (RawClient* c : {&waiting, &begun}) c->socket.close();
  some_turns();
  EXPECT_EQ(done, 0);
  EXPECT_EQ(server->connections(), 1u);
  events->end_events();
  expect_all(streaming, "0\r\n\r\n");
  until([&] { return done == 1; });
  EXPECT_EQ(server, nullptr);
}

TEST_F(ServerStreamTest, DrainingNothing) {
  make();
  int done = 0;
  server->drain([&] { ++done; });
  EXPECT_EQ(done, 0) << "from the loop";
  until([&] { return done == 1; });
  some_turns();
  EXPECT_EQ(done, 1);
}

TEST_F(ServerStreamTest, StoppingEndsADrain) {
  RawClient c = connect();
  const Held e = stream(c);
  e->on_closed([] { ADD_FAILURE() << "who stops knows"; });
  int done = 0;
  server->drain([&] { ++done; });
  some_turns();
  EXPECT_EQ(done, 0);
  server->stop();
  EXPECT_TRUE(e->closed());
  EXPECT_EQ(server->connections(), 0u);
  until([&] { return done == 1; });
  until([&] { return take(c), c.ended || c.broken; });
}

TEST_F(ServerStreamTest, TheHandlerMayStopTheServerInARequest) {
  RawClient c = connect();
  connect();
  handler.at_request = [&](const Held& e) {
    server->stop();
    reply(e, "x");
  };
  send(c, post("1") + post("2"));
  until([&] { return take(c), c.ended || c.broken; });
  EXPECT_EQ(c.in, "");
  EXPECT_EQ(handler.bodies.size(), 1u);
}

TEST_F(ServerStreamTest, ExchangesOutliveTheirServer) {
  RawClient a = connect(), b = connect(), c = connect();
  const Held e = ask(a, post("x")), f = stream(b);
  f->on_closed([] { ADD_FAILURE(); });
  f->on_drained([f] {});  // holds itself
  send(c, "GET / HT");
  some_turns();
  server.reset();
  for (const Held& held : {e, f}) {
    EXPECT_TRUE(held->closed());
    EXPECT_EQ(held->head().path, "");
    reply(held, "x");
    held->start_events();
    held->write_events("x");
    held->end_events();
    held->abort();
    EXPECT_EQ(held->queued(), 0u);
  }
  EXPECT_EQ(e->body(), "x");
  some_turns();
  f->on_drained({});
}

// Whoever is called back may hold the exchange that calls: that must end with it.
TEST_F(ServerStreamTest, CallbacksAreLetGoOf) {
  std::weak_ptr<ServerExchange> first, second;
  RawClient c = connect();
  for (std::weak_ptr<ServerExchange>* weak : {&first, &second}) {
    Held e = ask(c, get("/"));
    *weak = e;
    e->on_closed([e] {});
    e->on_drained([e] {});
    e->on_half_closed([e] {});
    weak == &first ? reply(e, "x") : c.socket.close();
  }
  until([&] { return first.expired(); });
  second.lock()->abort();
  until([&] { return second.expired(); });
}

}  // namespace
}  // namespace httpio
