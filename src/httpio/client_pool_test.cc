// Many exchanges: who gets which connection, who waits, which connections are kept, and what giving up does.
#include "httpio/client_testing.h"

namespace httpio {
namespace {

#define OK "HTTP/1.1 200 OK\r\n"

class ClientPoolTest : public ClientTest {
 protected:
  // Starts `n` exchanges; the content of each is its number.
  void start(std::size_t n) {
    for (; n > 0; --n) {
      const std::size_t i = told.size();
      told.push_back(std::make_unique<Told>());
      started.push_back(client->start(post(std::to_string(i)), *told.back()));
    }
  }
  // The exchange that was started as `i`th is on connection `n`: answers it.
  void answer_on(std::size_t n, std::size_t i) {
    peer(n, post_text(std::to_string(i))).send(answer("to " + std::to_string(i)));
    ASSERT_TRUE(turn_until_over(*told[i]));
    EXPECT_EQ(told[i]->story, "[200] {to " + std::to_string(i) + "} done");
  }
  std::vector<std::unique_ptr<Told>> told;
  std::vector<std::unique_ptr<Exchange>> started;
};

TEST_F(ClientPoolTest, ManyAtOnceDoNotMixUp) {
  make({.max_idle = 10});
  start(50);
  ASSERT_TRUE(turn_until([&] { return server.peers.size() == 50; }));
  EXPECT_EQ(client->connections(), 50U);
  ASSERT_TRUE(turn_until(
      [&] { return std::ranges::all_of(server.peers, [](const auto& p) { return p->got.contains("\r\n\r\n"); }); }));
  for (std::size_t i = 50; i-- > 0;) {
    const std::string text = server.peers[i]->take();
    server.peers[i]->send(answer("to " + text.substr(text.find("\r\n\r\n") + 4)));
  }
  for (std::size_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(turn_until_over(*told[i]));
    EXPECT_EQ(told[i]->story, "[200] {to " + std::to_string(i) + "} done");
  }
  EXPECT_EQ(client->connections(), 10U);
}

TEST_F(ClientPoolTest, BeyondMaxConnectionsExchangesWaitInOrder) {
  make({.max_connections = 2});
  start(5);
  EXPECT_EQ(client->connections(), 2U);
  answer_on(0, 0);
  answer_on(0, 2);
  answer_on(1, 1);
  answer_on(1, 4);
  answer_on(0, 3);
  EXPECT_EQ(server.peers.size(), 2U);
}

TEST_F(ClientPoolTest, WhoWaitsGetsTheConnectionBeforeWhoComesInTheLastCall) {
  make({.max_connections = 1});
  start(2);
  told[0]->at_end = [&](Exchange&) { start(1); };
  answer_on(0, 0);
  answer_on(0, 1);
  answer_on(0, 2);
}

TEST_F(ClientPoolTest, AClosedConnectionMakesRoomForWhoWaits) {
  make({.max_connections = 1});
  start(4);
  peer(0, post_text("0")).send(OK "Connection: close\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(turn_until_over(*told[0]));
  peer(1, post_text("1")).stream->close();
  ASSERT_TRUE(turn_until_over(*told[1]));
  peer(2, post_text("2"));
  started[2].reset();
  answer_on(3, 3);
}

TEST_F(ClientPoolTest, BeyondMaxWaitingTheyFailFromTheLoop) {
  make({.max_connections = 1, .max_waiting = 2});
  start(4);
  EXPECT_EQ(told[3]->story, "");
  ASSERT_TRUE(turn_until_over(*told[3]));
  EXPECT_EQ(told[3]->story, "failed: " + server.origin() + ": 2 requests wait for a connection already");
  EXPECT_FALSE(told[3]->failure.sent);
  for (std::size_t i = 0; i < 3; ++i) answer_on(0, i);
}

TEST_F(ClientPoolTest, TheConnectionUsedLastIsUsedFirst) {
  make();
  start(3);
  answer_on(1, 1);
  answer_on(2, 2);
  answer_on(0, 0);
  start(2);
  answer_on(0, 3);
  answer_on(2, 4);
  EXPECT_EQ(server.peers.size(), 3U);
}

TEST_F(ClientPoolTest, TheLongestIdleIsClosedBeyondMaxIdle) {
  make({.max_idle = 2});
  start(3);
  for (std::size_t i = 0; i < 3; ++i) answer_on(i, i);
  EXPECT_EQ(client->connections(), 2U);
  ASSERT_TRUE(turn_until([&] { return server.peers[0]->ended; }));
  EXPECT_EQ(server.peers[0]->error, "") << "closed in order";
  EXPECT_FALSE(server.peers[1]->ended);
  make({.max_idle = 0});
  exchange(3);
  EXPECT_EQ(client->connections(), 0U);
}

TEST_F(ClientPoolTest, IdleConnectionsAreClosedAfterTheirTime) {
  make({.idle_timeout = std::chrono::seconds(10)});
  start(2);
  answer_on(0, 0);
  clock.advance(std::chrono::seconds(6));
  answer_on(1, 1);
  clock.advance(std::chrono::seconds(4));
  ASSERT_TRUE(turn_until([&] { return server.peers[0]->ended; }));
  EXPECT_EQ(client->connections(), 1U);
  exchange(1);
  clock.advance(std::chrono::milliseconds(9999));
  settle();
  EXPECT_EQ(client->connections(), 1U);
  clock.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(turn_until([&] { return client->connections() == 0; }));
}

TEST_F(ClientPoolTest, AServerThatKeepsConnectionsForLessIsNotMetAtItsClose) {
  const struct {
    const char* field;
    int milliseconds;
  } cases[] = {
      {"timeout=5, max=100", 4000}, {"max=7, timeout=20", 19'000}, {"timeout=1", 500}, {"timeout=500", 50'000},
      {"timeout=", 50'000},         {"timeout=-1", 50'000},        {"5", 50'000},      {"timeout=99999999999", 50'000},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.field);
    EXPECT_EQ(story_of(OK "Keep-Alive: " + std::string(c.field) + "\r\nContent-Length: 0\r\n\r\n"), "[200] done");
    clock.advance(std::chrono::milliseconds(c.milliseconds - 1));
    settle();
    EXPECT_EQ(client->connections(), 1U);
    clock.advance(std::chrono::milliseconds(1));
    settle();
    EXPECT_EQ(client->connections(), 0U);
  }
  EXPECT_EQ(story_of(OK "Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n"), "[200] done");
  clock.advance(std::chrono::seconds(4));
  exchange(server.peers.size());  // the loop was late
  EXPECT_EQ(story_of(OK "Keep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n"), "[200] done");
  exchange(server.peers.size());
}

TEST_F(ClientPoolTest, AnExchangeInProgressIsNotIdle) {
  make({.idle_timeout = std::chrono::seconds(10)});
  exchange(0);
  start(1);
  Peer& p = peer(0, post_text("0"));
  clock.advance(std::chrono::hours(1));
  settle();
  p.send(answer());
  ASSERT_TRUE(turn_until_over(*told[0]));
  EXPECT_EQ(told[0]->story, "[200] {ok} done");
}

TEST_F(ClientPoolTest, CloseIdleLeavesExchangesAlone) {
  make();
  start(2);
  answer_on(0, 0);
  client->close_idle();
  EXPECT_EQ(client->connections(), 1U);
  answer_on(1, 1);
  client->close_idle();
  EXPECT_EQ(client->connections(), 0U);
}

TEST_F(ClientPoolTest, CloseIdleMayBeCalledInTheLastCall) {
  make();
  start(1);
  told[0]->at_end = [&](Exchange&) { client->close_idle(); };
  answer_on(0, 0);
  EXPECT_EQ(client->connections(), 0U);
  exchange(1);
}

TEST_F(ClientPoolTest, GivingUpWhileItsConnectionIsOpenedLeavesNothing) {
  make();
  start(1);
  started[0].reset();
  EXPECT_EQ(client->connections(), 0U);
  settle();
  EXPECT_EQ(told[0]->story, "");
  EXPECT_TRUE(server.peers.empty() || server.peers[0]->got.empty());
}

TEST_F(ClientPoolTest, GivingUpHandsTheConnectionToWhoWaits) {
  make({.max_connections = 1});
  start(4);
  started[2].reset();
  started[0].reset();
  EXPECT_EQ(client->connections(), 1U);
  answer_on(0, 1);
  answer_on(0, 3);
  EXPECT_EQ(server.peers.size(), 1U);
}

TEST_F(ClientPoolTest, WhoIsServedByAFreeConnectionLeavesTheOpenedOneToOthers) {
  make({.max_connections = 2});
  exchange(0);
  start(1);
  peer(0, post_text("0")).send(answer("to 0"));  // is there when the second connection is
  start(1);
  told[0]->at_end = [&](Exchange&) { start(1); };
  ASSERT_TRUE(turn_until([&] { return told[0]->over && server.peers.size() == 2; }));
  settle();
  // The second exchange and the third are on the two connections, in either order.
  std::string both;
  ASSERT_TRUE(turn_until([&] {
    both += server.peers[0]->take() + server.peers[1]->take();
    return both.size() >= 2 * post_text("0").size();
  }));
  for (const auto& p : server.peers) p->send(answer());
  ASSERT_TRUE(turn_until([&] { return told[1]->over && told[2]->over; }));
  EXPECT_EQ(client->connections(), 2U);
}

TEST_F(ClientPoolTest, GivingUpAnExchangeResetsItsConnection) {
  make();
  start(2);
  peer(0, post_text("0")).send(OK "Content-Length: 9\r\n\r\nhalf");
  peer(1, post_text("1"));
  ASSERT_TRUE(turn_until([&] { return told[0]->body == "half"; }));
  started.clear();
  EXPECT_EQ(client->connections(), 0U);
  for (const auto& p : server.peers) {
    ASSERT_TRUE(turn_until([&] { return p->ended; }));
    EXPECT_NE(p->error, "");
  }
  EXPECT_EQ(told[0]->story, "[200] ");
  EXPECT_EQ(told[1]->story, "");
}

TEST_F(ClientPoolTest, AnExchangeMayBeDestroyedInEachOfItsCallbacks) {
  enum class In : std::uint8_t { head, body, done, failed };
  for (const In in : {In::head, In::body, In::done, In::failed}) {
    make();
    const std::size_t n = server.peers.size();
    Told t;
    std::unique_ptr<Exchange> e;
    const auto destroy = [&](Exchange&) { e.reset(); };
    if (in == In::head) t.at_head = destroy;
    if (in == In::body) t.at_body = destroy;
    if (in == In::done || in == In::failed) t.at_end = destroy;
    e = client->start(post(), t);
    peer(n).send(in == In::failed ? "nonsense\r\n\r\n" : answer());
    ASSERT_TRUE(turn_until([&] { return e == nullptr; }));
    settle();
    EXPECT_EQ(client->connections(), in == In::done ? 1U : 0U);
    EXPECT_EQ(t.over, in == In::done || in == In::failed);
    exchange(in == In::done ? n : n + 1);
  }
}

TEST_F(ClientPoolTest, AnExchangeMayDestroyAnother) {
  make();
  start(2);
  told[0]->at_head = [&](Exchange&) { started[1].reset(); };
  peer(1, post_text("1")).send(answer());
  server.peers[1]->stream->pause();
  peer(0, post_text("0")).send(answer());
  ASSERT_TRUE(turn_until_over(*told[0]));
  settle();
  EXPECT_EQ(client->connections(), told[1]->over ? 2U : 1U);
}

// The client goes with everything in it; nobody hears of it.
TEST_F(ClientPoolTest, TheClientMayBeDestroyedInACallback) {
  enum class In : std::uint8_t { head, body, done, closed, malformed, refused, early };
  for (const In in : {In::head, In::body, In::done, In::closed, In::malformed, In::refused, In::early}) {
    make({.max_connections = 2, .max_waiting = 1});
    const std::size_t n = server.peers.size();
    if (in == In::refused) server.stop();
    Told t, connected, waiting, rejected;
    std::unique_ptr<Exchange> e[4];
    const auto destroy = [&](Exchange&) {
      for (auto& one : e) one.reset();
      client.reset();
    };
    Told& doomed = in == In::early ? rejected : t;
    if (in == In::head) doomed.at_head = destroy;
    if (in == In::body) doomed.at_body = destroy;
    if (in != In::head && in != In::body) doomed.at_end = destroy;
    e[0] = client->start(post(), t);
    e[1] = client->start(post(), connected);
    e[2] = client->start(post(), waiting);
    e[3] = in == In::early ? client->start(post(), rejected) : nullptr;
    if (in != In::refused && in != In::early) {
      Peer& p = peer(n);
      if (in == In::closed) {
        p.stream->close();
      } else {
        p.send(in == In::malformed ? "nonsense\r\n\r\n" : answer());
      }
    }
    ASSERT_TRUE(turn_until([&] { return client == nullptr; }));
    settle();
    EXPECT_FALSE(connected.over || waiting.over);
    if (in == In::refused) break;
  }
}

TEST_F(ClientPoolTest, ADestroyedClientCallsNobodyAndItsExchangesMayStay) {
  make({.max_connections = 2, .max_waiting = 1});
  exchange(0);
  start(4);
  peer(0, post_text("0")).send(OK "Content-Length: 9\r\n\r\nhalf");
  ASSERT_TRUE(turn_until([&] { return told[0]->body == "half"; }));
  start(2);
  client.reset();
  started[0]->pause();
  started[0]->resume();
  settle();
  EXPECT_EQ(told[0]->story, "[200] ");
  EXPECT_EQ(told[1]->story + told[2]->story + told[4]->story, "");
}

}  // namespace
}  // namespace httpio
