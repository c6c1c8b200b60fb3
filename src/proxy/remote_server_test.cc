// The server's side of a session whose server is remote, against a server that does what the test says, byte by byte:
// who is asked what and in which order, what is repeated and what never is, and that every request comes to an end.
#include "proxy/remote_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "httpio/client_testing.h"

namespace proxy {
namespace {

using httpio::Peer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view session_head = "HTTP/1.1 200 OK\r\nMcp-Session-Id: s1\r\nContent-Type: application/json\r\n";
constexpr std::string_view stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

// What would be the mediator: it waits for what it was told to, until the answer comes.
struct Heard : ServerLink::Handler {
  std::vector<std::string> story;
  std::set<std::string> waiting;  // ids' keys

  void on_server_message(std::string_view text, mediator::Scope) override {
    story.push_back("message " + std::string(text));
    for (const std::string& id : waiting) {
      if (!text.contains(R"("id":)" + id)) continue;
      waiting.erase(id);
      break;
    }
  }
  void on_server_oversized(std::string_view, std::size_t) override { story.emplace_back("oversized"); }
  void on_server_status(mediator::Scope, const std::string& id, unsigned status, std::string body) override {
    story.push_back("status " + id + " " + std::to_string(status) + " " + body);
    waiting.erase(id);
  }
  void on_server_unanswered(mediator::Scope, const std::string& id, bool delivered, std::string how) override {
    story.push_back("unanswered " + id + (delivered ? " delivered: " : " not delivered: ") + how);
    waiting.erase(id);
  }
  void on_server_session_lost(std::string how) override {
    story.push_back("lost " + how);
    waiting.clear();
  }
  void on_server_gone(std::string how, std::uint64_t) override { story.push_back("gone " + how); }
  void note(mediator::Level, std::string_view) override {}
  void after_messages(std::function<void()> work) override { work(); }
  bool is_waiting(mediator::Scope, const std::string& id) override { return waiting.contains(id); }
};

class RemoteServerTest : public httpio::ClientTest {
 protected:
  RemoteServerTest() { begin(); }
  void begin(RemoteServer::Options options = {}) {
    link.reset();
    RemoteOptions where;
    where.url = *transport::parse_url("http://" + server.origin() + "/mcp");
    remote = std::make_unique<Remote>(loop, dialer, std::move(where));
    link = std::make_unique<RemoteServer>(*remote, heard, options);
  }
  void request(const std::string& id, const std::string& method = "tools/call") {
    heard.waiting.insert(id);
    ToServer m;
    m.text = R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + "\"}";
    m.request = true;
    m.id_key = id;
    m.method = method;
    link->send(std::move(m));
  }
  void notify(const std::string& method) {
    ToServer m;
    m.text = R"({"jsonrpc":"2.0","method":")" + method + "\"}";
    m.method = method;
    link->send(std::move(m));
  }
  // The connection that has got something with `text` in it, which is taken; null if none gets it.
  Peer* asked(std::string_view text) {
    Peer* found = nullptr;
    turn_until([&] {
      for (const auto& p : server.peers) {
        if (p->got.contains(text)) found = p.get();
      }
      return found != nullptr;
    });
    if (found != nullptr) last = found->take();
    return found;
  }
  // Nothing on its way has `text` in it.
  bool nobody_asks(std::string_view text) {
    settle();
    return std::ranges::none_of(server.peers, [&](const auto& p) { return p->got.contains(text); });
  }
  static std::string result(const std::string& id, const std::string& value = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + value + "}";
  }
  static std::string json(std::string_view head, const std::string& body) {
    return std::string(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string event(const std::string& data, const std::string& id = {}) {
    return (id.empty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
  }
  bool heard_of(std::string_view text) {
    return turn_until(
        [&] { return std::ranges::any_of(heard.story, [&](const auto& s) { return s.contains(text); }); });
  }
  // Asks with id 1 and gets the beginning of an event stream, which then ends.
  void cut_after(const std::string& events) {
    request("1");
    Peer* peer = asked(R"("id":1)");
    peer->send(std::string(stream_head) + events);
    settle();
    peer->stream->finish();
  }
  // The handshake, with a server that offers no standalone stream.
  void shake_hands() {
    request("0", "initialize");
    asked("initialize")->send(json(session_head, result("0", R"({"protocolVersion":"2025-11-25"})")));
    ASSERT_TRUE(heard_of("message"));
    notify("notifications/initialized");
    asked("notifications/initialized")->send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    asked("GET /mcp")->send("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
    settle();
    heard.story.clear();
  }

  Heard heard;
  std::unique_ptr<Remote> remote;
  std::unique_ptr<RemoteServer> link;
  std::string last;  // what asked() took
};

TEST_F(RemoteServerTest, WhatMakesTheSessionGoesAloneAndItsIdIsSentFromThenOn) {
  request("0", "initialize");
  request("1");
  Peer* first = asked("initialize");
  ASSERT_NE(first, nullptr);
  EXPECT_THAT(last, Not(HasSubstr("Mcp-Session-Id")));
  EXPECT_TRUE(nobody_asks("tools/call"));
  first->send(json(session_head, result("0", R"({"protocolVersion":"2025-06-18"})")));
  ASSERT_NE(asked("tools/call"), nullptr);
  EXPECT_THAT(last, HasSubstr("Mcp-Session-Id: s1\r\n"));
  EXPECT_THAT(last, HasSubstr("MCP-Protocol-Version: 2025-06-18\r\n"));
}

TEST_F(RemoteServerTest, AnAnswerMakesTheSessionThoughItsStreamGoesOn) {
  request("0", "initialize");
  asked("initialize")->send(std::string(stream_head) + event(result("0", R"({"protocolVersion":"2025-11-25"})")));
  request("1");
  EXPECT_NE(asked("tools/call"), nullptr);
}

TEST_F(RemoteServerTest, CallsDoNotWaitForEachOther) {
  shake_hands();
  request("1");
  Peer* first = asked(R"("id":1)");
  request("2");
  Peer* second = asked(R"("id":2)");
  ASSERT_NE(first, second);
  second->send(json("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", result("2")));
  first->send(json("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", result("1")));
  ASSERT_TRUE(heard_of(R"("id":1)"));
  EXPECT_THAT(heard.story, ElementsAre("message " + result("2"), "message " + result("1")));
}

TEST_F(RemoteServerTest, TheEndOfAnAnsweredStreamIsNotThatOfALaterRequestWithTheSameId) {
  shake_hands();
  request("7");
  Peer* first = asked(R"("id":7)");
  first->send(std::string(stream_head) + event(result("7"), "e1"));
  ASSERT_TRUE(heard_of(R"("id":7)"));
  request("7");
  Peer* second = asked(R"("id":7)");
  ASSERT_NE(second, nullptr);
  first->stream->finish();
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(nobody_asks("Last-Event-ID"));
  EXPECT_THAT(heard.story, SizeIs(1));
  EXPECT_TRUE(heard.waiting.contains("7"));
}

TEST_F(RemoteServerTest, ACutStreamIsResumedAndTheCallNotSentAgain) {
  shake_hands();
  cut_after("id: e1\nretry: 20\ndata:\n\n");
  EXPECT_TRUE(nobody_asks("Last-Event-ID"));
  clock.advance(std::chrono::milliseconds(20));
  Peer* again = asked("GET /mcp");
  ASSERT_NE(again, nullptr);
  EXPECT_THAT(last, HasSubstr("Last-Event-ID: e1\r\n"));
  again->send(std::string(stream_head) + event(result("1"), "e2"));
  ASSERT_TRUE(heard_of(R"("id":1)"));
  EXPECT_TRUE(nobody_asks("POST"));
  EXPECT_THAT(heard.story, ElementsAre("message " + result("1")));
}

TEST_F(RemoteServerTest, ACutStreamThatCannotBeResumedIsAnEnd) {
  shake_hands();
  cut_after(": nothing yet\n\n");
  ASSERT_TRUE(heard_of("unanswered 1 delivered"));
  EXPECT_TRUE(nobody_asks("HTTP/1.1"));
}

TEST_F(RemoteServerTest, AGetMayMeetTheEndOfAKeptConnectionAndIsAskedAnew) {
  shake_hands();
  request("1");
  Peer* kept = asked(R"("id":1)");
  kept->send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1a\r\nid: 1/1\nretry: 20\ndata: \n\n\r\n0\r\n\r\n");
  settle();
  clock.advance(std::chrono::milliseconds(20));
  ASSERT_EQ(asked("GET /mcp"), kept);
  kept->stream->finish();
  Peer* anew = asked("GET /mcp");
  ASSERT_NE(anew, nullptr);
  EXPECT_NE(anew, kept);
  EXPECT_THAT(last, HasSubstr("Last-Event-ID: 1/1\r\n"));
  EXPECT_THAT(heard.story, IsEmpty());
}

TEST_F(RemoteServerTest, APostThatMeetsTheEndOfAKeptConnectionIsNotSentAgain) {
  shake_hands();
  request("1");
  Peer* kept = asked(R"("id":1)");
  kept->stream->finish();
  ASSERT_TRUE(heard_of("unanswered 1 delivered"));
  EXPECT_TRUE(nobody_asks("POST"));
}

TEST_F(RemoteServerTest, ErrorsOfHttpReachTheirRequest) {
  shake_hands();
  request("1");
  asked(R"("id":1)")->send(json("HTTP/1.1 429 Slow\r\n", "later"));
  ASSERT_TRUE(heard_of("status 1 429 later"));
}

TEST_F(RemoteServerTest, AServerThatIsNotThereIsSaidWithEveryRequest) {
  server.stop();
  request("0", "initialize");
  ASSERT_TRUE(heard_of("unanswered 0 not delivered"));
  request("1");
  ASSERT_TRUE(heard_of("unanswered 1 not delivered"));
}

TEST_F(RemoteServerTest, ALostSessionIsMadeAnewAndNoCallIsRepeated) {
  shake_hands();
  request("1");
  asked(R"("id":1)")->send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  Peer* anew = asked("initialize");
  ASSERT_NE(anew, nullptr);
  EXPECT_THAT(last, Not(HasSubstr("Mcp-Session-Id")));
  EXPECT_THAT(heard.story, ElementsAre(HasSubstr("lost the server has lost the session (HTTP 404)")));
  request("2");
  EXPECT_TRUE(nobody_asks("tools/call"));
  anew->send(json("HTTP/1.1 200 OK\r\nMcp-Session-Id: s2\r\nContent-Type: application/json\r\n",
                  result("0", R"({"protocolVersion":"2025-11-25"})")));
  asked("notifications/initialized")->send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  ASSERT_NE(asked(R"("id":2)"), nullptr);
  EXPECT_THAT(last, HasSubstr("Mcp-Session-Id: s2\r\n"));
  EXPECT_TRUE(nobody_asks(R"("id":1)"));
}

TEST_F(RemoteServerTest, ALostSessionIsTheEndIfToldSo) {
  begin({.replay_session = false});
  shake_hands();
  request("1");
  asked(R"("id":1)")->send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(heard_of("gone"));
  request("2");
  EXPECT_THAT(heard.story.back(), HasSubstr("unanswered 2 not delivered"));
}

TEST_F(RemoteServerTest, TheOlderTransportIsFoundOut) {
  request("0", "initialize");
  asked("POST /mcp")->send("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
  Peer* stream = asked("GET /mcp");
  ASSERT_NE(stream, nullptr);
  stream->send(std::string(stream_head) + "event: endpoint\ndata: /post?s=1\n\n");
  Peer* post = asked("POST /post?s=1");
  ASSERT_NE(post, nullptr);
  EXPECT_THAT(last, HasSubstr("initialize"));
  post->send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  stream->send(event(result("0")));
  ASSERT_TRUE(heard_of("message " + result("0")));
}

TEST_F(RemoteServerTest, APlaceForMessagesElsewhereIsNotUsed) {
  request("0", "initialize");
  asked("POST /mcp")->send("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
  asked("GET /mcp")->send(std::string(stream_head) + "event: endpoint\ndata: http://elsewhere.test/post\n\n");
  ASSERT_TRUE(heard_of("status 0 405"));
  EXPECT_TRUE(nobody_asks("POST"));
}

TEST_F(RemoteServerTest, WhatWaitsIsBounded) {
  request("0", "initialize");
  ASSERT_NE(asked("initialize"), nullptr);
  for (int i = 1; i <= 10'001; ++i) request(std::to_string(i));
  EXPECT_THAT(heard.story, ElementsAre(HasSubstr("unanswered 10001 not delivered: too many messages wait")));
}

TEST_F(RemoteServerTest, TheServerIsToldOfTheEnd) {
  shake_hands();
  bool done = false;
  link->end(std::chrono::seconds(1), [&] { done = true; });
  Peer* told = asked("DELETE /mcp");
  ASSERT_NE(told, nullptr);
  EXPECT_THAT(last, HasSubstr("Mcp-Session-Id: s1\r\n"));
  EXPECT_FALSE(done);
  told->send("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_TRUE(turn_until([&] { return done; }));
  EXPECT_THAT(heard.story, IsEmpty());
}

TEST_F(RemoteServerTest, TheEndDoesNotWaitForAServerThatIsSilent) {
  shake_hands();
  bool done = false;
  link->end(std::chrono::seconds(1), [&] { done = true; });
  ASSERT_NE(asked("DELETE /mcp"), nullptr);
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(turn_until([&] { return done; }));
}

}  // namespace
}  // namespace proxy
