// Back-pressure: a paused exchange hears nothing, holds nearly nothing, and loses nothing.
#include "httpio/client_testing.h"

namespace httpio {
namespace {

using testing::StartsWith;

#define OK "HTTP/1.1 200 OK\r\n"

class ClientPauseTest : public ClientTest {
 protected:
  Told told;
  std::unique_ptr<Exchange> started;
  Peer& ask() {
    make();
    started = client->start(post(), told);
    return peer(0);
  }
};

TEST_F(ClientPauseTest, NothingIsReadWhilePaused) {
  Peer& p = ask();
  const std::string body(std::size_t{32} << 20, 'x');
  told.at_head = [](Exchange& e) {
    e.allow_body(http::unlimited);
    e.pause();
  };
  p.send(answer(body));
  ASSERT_TRUE(turn_until([&] { return told.story == "[200] "; }));
  settle();
  EXPECT_EQ(told.pieces, 0);
  EXPECT_GT(p.stream->queued(), std::size_t{8} << 20) << "what does not fit into the kernel's buffers waits there";
  started->resume();
  EXPECT_EQ(told.pieces, 0) << "not from within resume()";
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.body.size(), body.size());
  exchange(0);
}

TEST_F(ClientPauseTest, PausedAfterEachPiece) {
  Peer& p = ask();
  const std::string body(std::size_t{1} << 20, 'y');
  told.at_head = told.at_body = [](Exchange& e) { e.pause(); };
  p.send(answer(body));
  int pieces = 0;
  while (!told.over) {
    ASSERT_TRUE(turn_until([&] { return told.pieces > pieces || told.story == "[200] "; }));
    settle();
    EXPECT_LE(told.pieces, pieces + 1);
    pieces = told.pieces;
    started->resume();
    settle();
  }
  EXPECT_EQ(told.body, body);
  exchange(0);
}

TEST_F(ClientPauseTest, AnAnswerInOnePacketIsHeldWhereItWasPaused) {
  Peer& p = ask();
  told.at_head = told.at_body = [](Exchange& e) { e.pause(); };
  p.send(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return told.story == "[200] "; }));
  settle();
  EXPECT_EQ(told.body, "");
  started->resume();
  settle();
  EXPECT_EQ(told.body, "a");
  started->resume();
  settle();
  EXPECT_EQ(told.body, "ab");
  EXPECT_FALSE(told.over);
  started->resume();
  settle();
  EXPECT_EQ(told.story, "[200] {ab} done");
  exchange(0);
}

TEST_F(ClientPauseTest, AnAnswerWithoutContentEndsAfterResume) {
  Peer& p = ask();
  told.at_head = [](Exchange& e) { e.pause(); };
  p.send(OK "Content-Length: 0\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return told.story == "[200] "; }));
  settle();
  EXPECT_FALSE(told.over);
  started->resume();
  ASSERT_TRUE(turn_until_over(told));
  exchange(0);
}

TEST_F(ClientPauseTest, PausedAndResumedInOneCallback) {
  Peer& p = ask();
  told.at_head = told.at_body = [](Exchange& e) {
    e.pause();
    e.resume();
  };
  p.send(answer("hello"));
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {hello} done");
  exchange(0);
}

TEST_F(ClientPauseTest, PausedFromTheBegin) {
  make();
  started = client->start(post(), told);
  started->pause();
  peer(0).send(answer());
  settle();
  EXPECT_EQ(told.story, "");
  started->resume();
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {ok} done");
  Told second;
  started = client->start(post(), second);  // on a connection that is there
  started->pause();
  peer(0).send(answer());
  settle();
  EXPECT_EQ(second.story, "");
  started->resume();
  ASSERT_TRUE(turn_until_over(second));
}

TEST_F(ClientPauseTest, AnOrderlyEndWaits) {
  Peer& p = ask();
  told.at_body = [](Exchange& e) { e.pause(); };
  p.send(OK "\r\nhello");
  p.stream->finish();
  ASSERT_TRUE(turn_until([&] { return told.body == "hello"; }));
  settle();
  EXPECT_FALSE(told.over);
  started->resume();
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {hello} done");
}

TEST_F(ClientPauseTest, ABrokenEndWaits) {
  Peer& p = ask();
  told.at_body = [](Exchange& e) { e.pause(); };
  p.send(OK "\r\nhello");
  ASSERT_TRUE(turn_until([&] { return told.body == "hello"; }));
  p.stream->close(true);
  settle();
  EXPECT_FALSE(told.over);
  started->resume();
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_THAT(told.story, StartsWith("[200] {hello} failed: " + server.origin() +
                                     ": the connection broke in the middle of its answer: "));
  EXPECT_EQ(client->connections(), 0U);
}

TEST_F(ClientPauseTest, GivenUpWhilePausedOrDueToGoOn) {
  for (const bool resumed : {false, true}) {
    Told t;
    make();
    const std::size_t n = server.peers.size();
    t.at_head = [](Exchange& e) { e.pause(); };
    auto e = client->start(post(), t);
    peer(n).send(answer());
    ASSERT_TRUE(turn_until([&] { return t.story == "[200] "; }));
    if (resumed) e->resume();
    e.reset();
    settle();
    EXPECT_EQ(t.body, "");
    EXPECT_EQ(client->connections(), 0U);
  }
}

TEST_F(ClientPauseTest, PausedAgainBeforeItWentOn) {
  Peer& p = ask();
  told.at_head = [](Exchange& e) { e.pause(); };
  p.send(answer());
  ASSERT_TRUE(turn_until([&] { return told.story == "[200] "; }));
  started->resume();
  started->pause();
  settle();
  EXPECT_EQ(told.body, "");
  started->resume();
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {ok} done");
}

}  // namespace
}  // namespace httpio
