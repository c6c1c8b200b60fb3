// Requests as they are written, answers in every framing, and what becomes of the connection after them.
#include "httpio/client.h"

#include "httpio/client_testing.h"

namespace httpio {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

#define OK "HTTP/1.1 200 OK\r\n"

TEST_F(ClientTest, WritesTheRequestAndReadsTheAnswer) {
  make();
  Told told;
  const auto started = client->start(post(R"({"a":1})"), told);
  EXPECT_EQ(client->connections(), 1U);
  peer(0, post_text(R"({"a":1})")).send(answer("hello"));
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {hello} done");
  EXPECT_EQ(told.reason, "OK");
}

TEST_F(ClientTest, SaysTheLengthWhereOneIsExpected) {
  make();
  const std::string host = " HTTP/1.1\r\nHost: example.test\r\n";
  const auto text_of = [&](const std::string& method, const std::string& body) {
    Told told;
    const auto started = client->start({.method = method, .target = "/a?b=c", .fields = {}, .body = body}, told);
    EXPECT_TRUE(turn_until([&] { return !server.peers.empty() && server.peers[0]->got.ends_with("\r\n\r\n" + body); }));
    const std::string text = server.peers[0]->take();
    server.peers[0]->send("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_TRUE(turn_until_over(told));
    return text;
  };
  EXPECT_EQ(text_of("GET", ""), "GET /a?b=c" + host + "\r\n");
  EXPECT_EQ(text_of("DELETE", ""), "DELETE /a?b=c" + host + "\r\n");
  EXPECT_EQ(text_of("POST", ""), "POST /a?b=c" + host + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(text_of("POST", "x"), "POST /a?b=c" + host + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(text_of("DELETE", "x"), "DELETE /a?b=c" + host + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(server.peers.size(), 1U);
}

TEST_F(ClientTest, ToHeadThereIsNoContentAndTheNextAnswerHasItsOwn) {
  make();
  Told told;
  const auto started = client->start({.method = "HEAD", .target = "/", .fields = {}, .body = {}}, told);
  peer(0, "HEAD / HTTP/1.1\r\nHost: example.test\r\n\r\n").send(OK "Content-Length: 5\r\n\r\n");
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] done");
  exchange(0);
}

TEST_F(ClientTest, ARequestThatCannotBeWrittenFailsFromTheLoopAndUsesNoConnection) {
  make();
  for (const Request& bad : {Request{.target = "mcp", .fields = {}, .body = {}},
                             Request{.target = "/", .fields = {{"X", "a\r\nY: b"}}, .body = {}},
                             Request{.target = "/", .fields = {{"Content-Length", "7"}}, .body = {}},
                             Request{.target = "/", .fields = {{"Host", "other.test"}}, .body = {}}}) {
    Told told;
    const auto started = client->start(bad, told);
    EXPECT_EQ(told.story, "");
    EXPECT_EQ(client->connections(), 0U);
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_THAT(told.story, StartsWith("failed: " + server.origin() + ": the request cannot be sent: "));
    EXPECT_FALSE(told.failure.sent);
  }
  exchange(0);
}

TEST_F(ClientTest, ALargeBodyArrivesWhole) {
  make();
  std::string body(std::size_t{3} << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  Told told;
  const auto started = client->start(post(body), told);
  Peer& p = peer(0, post_text(body));
  p.send(answer(body));
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {3145728 bytes} done");
  EXPECT_EQ(told.body, body);
  exchange(0);
}

TEST_F(ClientTest, AKeptConnectionIsUsedAgain) {
  make();
  for (int i = 0; i < 5; ++i) exchange(0);
  EXPECT_EQ(client->connections(), 1U);
  EXPECT_EQ(server.peers.size(), 1U);
}

TEST_F(ClientTest, TheNextExchangeMayBeStartedInTheLastCallOnTheSameConnection) {
  make();
  Told first, second;
  std::unique_ptr<Exchange> a, b;
  first.at_end = [&](Exchange&) {
    a.reset();
    b = client->start(post(), second);
  };
  a = client->start(post(), first);
  peer(0).send(answer("1"));
  ASSERT_TRUE(turn_until_over(first));
  peer(0).send(answer("2"));
  ASSERT_TRUE(turn_until_over(second));
  EXPECT_EQ(second.story, "[200] {2} done");
  EXPECT_EQ(server.peers.size(), 1U);
}

struct Kept {
  const char* bytes;
  const char* story;
  bool kept;
};

TEST_F(ClientTest, EveryFramingAndWhatBecomesOfTheConnection) {
  const Kept cases[] = {
      {OK "Content-Length: 5\r\n\r\nhello", "[200] {hello} done", true},
      {OK "Content-Length: 0\r\n\r\n", "[200] done", true},
      {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "[200] {hello} done", true},
      {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "[202] done", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", "[204] done", true},
      {OK "Connection: close\r\nContent-Length: 5\r\n\r\nhello", "[200] {hello} done", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "[200] {hello} done", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "[200] {hello} done", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
       "[200] {a} done", true},
      // Bytes beyond the answer: it stands, but nothing else is read from this connection.
      {OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 1\r\n\r\nb", "[200] {a} done", false},
      {OK "Content-Length: 1\r\n\r\na\n", "[200] {a} done", false},
  };
  for (const Kept& c : cases) {
    SCOPED_TRACE(c.bytes);
    EXPECT_EQ(story_of(c.bytes), c.story);
    EXPECT_EQ(client->connections(), c.kept ? 1U : 0U);
  }
}

TEST_F(ClientTest, ContentUntilTheEndOfTheConnectionNeedsAnOrderlyEnd) {
  EXPECT_EQ(story_of(OK "\r\nhello", true), "[200] {hello} done");
  EXPECT_EQ(client->connections(), 0U);
  EXPECT_EQ(story_of(OK "\r\n", true), "[200] done");
  EXPECT_EQ(story_of("HTTP/1.0 200 OK\r\n\r\nhello", true), "[200] {hello} done");

  make();
  Told told;
  const auto started = client->start(post(), told);
  Peer& last = peer(server.peers.size());
  last.send(OK "\r\nhello");
  ASSERT_TRUE(turn_until([&] { return told.body == "hello"; }));
  last.stream->close(true);
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_THAT(told.story, StartsWith("[200] {hello} failed: " + server.origin() +
                                     ": the connection broke in the middle of its answer: "));
  EXPECT_THAT(told.story, HasSubstr(" sent in body"));
}

TEST_F(ClientTest, AnEventStreamComesInPiecesAsLongAsItLasts) {
  make({.limits = {.body_bytes = 10}});
  Told told;
  told.at_head = [](Exchange& e) { e.allow_body(http::unlimited); };
  const auto started = client->start(post(), told);
  Peer& p = peer(0);
  p.send(OK "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_TRUE(turn_until([&] { return told.story == "[200] "; }));
  std::string all;
  for (int i = 0; i < 20; ++i) {
    p.send("9\r\ndata: " + std::string(1, static_cast<char>('a' + i)) + "\n\n\r\n");
    all += "data: " + std::string(1, static_cast<char>('a' + i)) + "\n\n";
    ASSERT_TRUE(turn_until([&] { return told.body == all; }));
    EXPECT_FALSE(told.over);
  }
  p.send("0\r\n\r\n");
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(client->connections(), 1U) << "a stream that ended in order leaves its connection usable";
  exchange(0);
}

TEST_F(ClientTest, ByteByByteItIsTheSame) {
  make();
  for (const std::string& text : {answer("hello"), std::string(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0"
                                                                  "\r\n\r\n")}) {
    Told told;
    const auto started = client->start(post(), told);
    Peer& p = peer(0);
    for (const char c : text) {
      p.send(std::string(1, c));
      settle();
    }
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_EQ(told.story, "[200] {hello} done");
  }
}

TEST_F(ClientTest, TooMuchContentIsAFailure) {
  const std::string prefix = "failed: " + server.origin() + ": it answered with more than ";
  const Client::Options options{.limits = {.body_bytes = 10}};
  EXPECT_EQ(story_of(OK "Content-Length: 11\r\n\r\n", false, options), "[200] " + prefix + "10 bytes sent in body");
  EXPECT_EQ(story_of(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n", false, options),
            "[200] " + prefix + "10 bytes sent in body");
  EXPECT_EQ(story_of(OK "\r\n0123456789a", false, options), "[200] {0123456789} " + prefix + "10 bytes sent in body");
  EXPECT_EQ(client->connections(), 0U);
  EXPECT_EQ(story_of(OK "Content-Length: 16777217\r\n\r\n"), "[200] " + prefix + "16 MiB sent in body");
  EXPECT_EQ(story_of(OK "Content-Length: 2049\r\n\r\n", false, {}, [](Exchange& e) { e.allow_body(2048); }),
            "[200] " + prefix + "2 KiB sent in body");
  EXPECT_EQ(story_of(OK "Content-Length: 10\r\n\r\n0123456789", false, options), "[200] {0123456789} done");
  EXPECT_EQ(story_of(OK "Content-Length: 11\r\n\r\n0123456789a", false, options, [](Exchange& e) { e.allow_body(11); }),
            "[200] {0123456789a} done");
}

TEST_F(ClientTest, AMalformedAnswerIsAFailure) {
  const std::string prefix = "failed: " + server.origin() + ": its answer is malformed: ";
  for (const std::string bytes :
       {OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "ICY 200 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", OK "Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n\r\n"}) {
    const std::string story = story_of(bytes);
    EXPECT_THAT(story, StartsWith(prefix));
    EXPECT_THAT(story, testing::EndsWith(" sent"));
    EXPECT_EQ(client->connections(), 0U);
  }
  EXPECT_THAT(story_of(OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), StartsWith("[200] " + prefix));
}

}  // namespace
}  // namespace httpio
