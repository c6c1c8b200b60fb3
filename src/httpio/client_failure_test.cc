// What goes wrong: connections that are dead, die, or answer too early; servers that are not there or say nothing. What
// may have reached the server is never sent a second time.
#include <sys/socket.h>

#include "httpio/client_testing.h"

namespace httpio {
namespace {

using testing::StartsWith;

#define OK "HTTP/1.1 200 OK\r\n"

class ClientFailureTest : public ClientTest {
 protected:
  // The client's socket of a connection.
  int socket_of(const Peer& peer) {
    for (int fd = 3; fd < 1024; ++fd) {
      const auto local = net::SocketAddress::local_of(fd);
      if (local && *local == peer.stream->peer()) return fd;
    }
    ADD_FAILURE() << "no such socket";
    return -1;
  }
  std::string failed(const std::string& what) const { return "failed: " + server.origin() + ": " + what; }
};

TEST_F(ClientFailureTest, AnEndOnAnIdleConnectionClosesIt) {
  make();
  exchange(0);
  server.peers[0]->stream->finish();
  ASSERT_TRUE(turn_until([&] { return client->connections() == 0; }));
  exchange(1);
  server.peers[1]->stream->close(true);
  ASSERT_TRUE(turn_until([&] { return client->connections() == 0; }));
  exchange(2);
}

TEST_F(ClientFailureTest, BytesOnAnIdleConnectionCloseItAndAreNoAnswer) {
  make();
  exchange(0);
  server.peers[0]->send(answer("poison"));
  ASSERT_TRUE(turn_until([&] { return client->connections() == 0; }));
  exchange(1);
}

TEST_F(ClientFailureTest, AKeptConnectionIsLookedAtBeforeItIsUsed) {
  make();
  exchange(0);
  const std::function<void(Peer&)> spoil[] = {[](Peer& p) { p.stream->close(); },
                                              [](Peer& p) { p.stream->close(true); },
                                              [](Peer& p) { p.send(answer("poison")); }};
  std::size_t n = 0;
  for (const auto& how : spoil) {
    how(*server.peers[n++]);
    exchange(n);  // the loop has not seen what happened
    EXPECT_EQ(client->connections(), 1U);
    EXPECT_EQ(server.peers[n - 1]->got, "");
  }
}

TEST_F(ClientFailureTest, AKeptConnectionThatTakesNotOneByteIsReplaced) {
  make();
  exchange(0);
  const int fd = socket_of(*server.peers[0]);
  ASSERT_EQ(::shutdown(fd, SHUT_WR), 0);  // quiet, but writing fails
  exchange(1);
  EXPECT_EQ(server.peers[0]->got, "");
  EXPECT_EQ(client->connections(), 1U);
}

TEST_F(ClientFailureTest, AnotherKeptConnectionReplacesIt) {
  make();
  Told a, b, c;
  auto one = client->start(post(), a);
  auto two = client->start(post(), b);
  peer(0).send(answer());
  ASSERT_TRUE(turn_until_over(a));
  peer(1).send(answer());
  ASSERT_TRUE(turn_until_over(b));
  ASSERT_EQ(::shutdown(socket_of(*server.peers[1]), SHUT_WR), 0);
  const std::string body(100'000, 'x');
  const auto three = client->start(post(body), c);
  peer(0, post_text(body)).send(answer());
  ASSERT_TRUE(turn_until_over(c));
  EXPECT_EQ(c.story, "[200] {ok} done");
  EXPECT_EQ(server.peers.size(), 2U);
}

TEST_F(ClientFailureTest, ARequestThatWasSentIsNeverSentAgain) {
  for (const bool kept : {false, true}) {
    for (const bool reset : {false, true}) {
      make();
      const std::size_t n = server.peers.size();
      if (kept) exchange(n);
      Told told;
      const auto started = client->start(post(), told);
      Peer& p = peer(n);
      if (reset) {
        p.stream->close(true);
      } else {
        p.stream->close();
      }
      ASSERT_TRUE(turn_until_over(told));
      EXPECT_THAT(told.story, StartsWith(failed(reset ? "the connection broke before it answered: "
                                                      : "the connection was closed before it answered")));
      EXPECT_TRUE(told.failure.sent);
      EXPECT_FALSE(told.failure.in_body);
      settle();
      EXPECT_EQ(server.peers.size(), n + 1);
      EXPECT_EQ(p.got, "");
      EXPECT_EQ(client->connections(), 0U);
    }
  }
}

TEST_F(ClientFailureTest, AnAnswerThatIsCutOffIsAFailure) {
  const std::string closed = "the connection was closed ";
  EXPECT_EQ(story_of("", true), failed(closed + "before it answered sent"));
  EXPECT_EQ(story_of(OK "Content-Le", true), failed(closed + "before it answered sent"));
  EXPECT_EQ(story_of("HTTP/1.1 100 Continue\r\n\r\n", true), failed(closed + "before it answered sent"));
  const std::string middle = failed(closed + "in the middle of its answer sent in body");
  EXPECT_EQ(story_of(OK "Content-Length: 6\r\n\r\nhello", true), "[200] {hello} " + middle);
  EXPECT_EQ(story_of(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true), "[200] {hello} " + middle);
  EXPECT_EQ(story_of(OK "Content-Length: 6\r\n\r\nhello!", true), "[200] {hello!} done");
}

// 8 MiB that nobody reads do not fit into the kernel's buffers.
TEST_F(ClientFailureTest, AnAnswerBeforeTheRequestWasWrittenIsDelivered) {
  server.reads = false;
  enum class Then : std::uint8_t { stays, closes, resets };
  for (const Then then : {Then::stays, Then::closes}) {
    for (const std::string head : {"HTTP/1.1 413 Content Too Large\r\n", "HTTP/1.1 401 Unauthorized\r\n"}) {
      make();
      const std::size_t n = server.peers.size();
      Told told;
      const auto started = client->start(post(std::string(std::size_t{8} << 20, 'x')), told);
      ASSERT_TRUE(turn_until([&] { return server.peers.size() == n + 1; }));
      settle();
      server.peers[n]->send(head + "Content-Length: 3\r\n\r\nbig");
      if (then == Then::closes) server.peers[n]->stream->close();  // with bytes unread: the kernel resets
      ASSERT_TRUE(turn_until_over(told));
      EXPECT_EQ(told.story.substr(5), " {big} done");
      EXPECT_EQ(client->connections(), 0U) << "the rest of the request will not be sent";
    }
  }
}

TEST_F(ClientFailureTest, NobodyListens) {
  make();
  server.stop();
  Told told, second;
  const auto started = client->start(post(), told);
  EXPECT_EQ(told.story, "");
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "failed: " + server.origin() + ": connection refused");
  EXPECT_FALSE(told.failure.sent);
  EXPECT_EQ(client->connections(), 0U);
  const auto again = client->start(post(), second);
  ASSERT_TRUE(turn_until_over(second));
  EXPECT_EQ(second.story, told.story);
}

TEST_F(ClientFailureTest, WhereNobodyListensNobodyWaits) {
  make({.max_connections = 2});
  server.stop();
  Told told[7];
  std::vector<std::unique_ptr<Exchange>> started;
  for (Told& t : told) started.push_back(client->start(post(), t));
  for (Told& t : told) {
    ASSERT_TRUE(turn_until_over(t));
    EXPECT_THAT(t.story, StartsWith("failed: "));
  }
  EXPECT_EQ(client->connections(), 0U);
}

TEST_F(ClientFailureTest, AServerThatNeverAnswersIsTimedOut) {
  make({.head_timeout = std::chrono::seconds(5)});
  Told told, other;
  const auto started = client->start(post(), told);
  Peer& p = peer(0);
  p.send("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-");
  settle();
  clock.advance(std::chrono::milliseconds(4999));
  const auto later = client->start(post(), other);
  peer(1).send(OK "Content-Length: 3\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return other.story == "[200] "; }));
  EXPECT_EQ(told.story, "");
  clock.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, failed("it did not answer within 5 s sent"));
  ASSERT_TRUE(turn_until([&] { return p.ended; }));
  EXPECT_NE(p.error, "") << "reset: it need not go on";

  clock.advance(std::chrono::seconds(60));  // the head came in time; the content takes what it takes
  settle();
  EXPECT_FALSE(other.over);
  server.peers[1]->send("end");
  ASSERT_TRUE(turn_until_over(other));
  EXPECT_EQ(other.story, "[200] {end} done");
}

TEST_F(ClientFailureTest, WhoGetsNoConnectionIsTimedOutToo) {
  make({.max_connections = 1, .head_timeout = std::chrono::milliseconds(1500)});
  Told first, waiting;
  auto one = client->start(post(), first);
  first.at_head = [](Exchange&) {};
  peer(0).send(OK "Content-Length: 3\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return first.story == "[200] "; }));
  const auto two = client->start(post(), waiting);
  clock.advance(std::chrono::milliseconds(1500));
  ASSERT_TRUE(turn_until_over(waiting));
  EXPECT_EQ(waiting.story, failed("there was no connection within 1500 ms"));
  server.peers[0]->send("end");
  ASSERT_TRUE(turn_until_over(first));
  exchange(0);
}

}  // namespace
}  // namespace httpio
