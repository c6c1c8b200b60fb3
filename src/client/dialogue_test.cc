// What is asked of servers of every kind, and what is made of their answers.
#include "client/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A dialogue, and what it asked since it was last looked at.
struct Asked {
  Dialogue dialogue{"1.0"};
  std::vector<std::string> texts;

  explicit Asked(bool probe = true) { dialogue.begin(probe); }
  std::vector<std::string> methods() {
    std::vector<std::string> out;
    texts.clear();
    for (const Dialogue::Message& m : dialogue.take_outgoing()) {
      out.push_back(m.method);
      texts.push_back(m.text);
      EXPECT_EQ(m.text.find('\n'), std::string::npos);
    }
    return out;
  }
  void say(const std::string& text) { dialogue.on_text(text); }
  // Answers the request with this number.
  void result(int id, const std::string& json) {
    say(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + json + "}");
  }
  void error(int id, int code, const std::string& message, const std::string& data = "null") {
    say(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"error":{"code":)" + std::to_string(code) +
        R"(,"message":")" + message + R"(","data":)" + data + "}}");
  }
  std::string failure() const { return dialogue.failure().value_or("none"); }
};

constexpr const char* discovered =
    R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"prompts":{}},"instructions":"Be kind.",)"
    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"n","version":"2"}}})";
constexpr const char* initialized =
    R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"old","title":"Old"}})";

TEST(Dialogue, ANewServerIsAskedTheNewWay) {
  Asked a;
  EXPECT_THAT(a.methods(), ElementsAre("server/discover"));
  EXPECT_THAT(a.texts[0], HasSubstr(R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28")"));
  a.result(1, discovered);
  EXPECT_THAT(a.methods(), ElementsAre("tools/list"));
  EXPECT_THAT(a.texts[0], HasSubstr("io.modelcontextprotocol/clientCapabilities"));
  a.result(2, R"({"tools":[{"name":"a","x":1.0}],"nextCursor":"c\"1"})");
  EXPECT_THAT(a.methods(), ElementsAre("tools/list"));
  EXPECT_THAT(a.texts[0], HasSubstr(R"("cursor":"c\"1")"));
  a.result(3, R"({"tools":[{"name":"b"}]})");
  EXPECT_THAT(a.methods(), ElementsAre("prompts/list"));
  a.result(4, R"({"prompts":[{"name":"p"}]})");
  ASSERT_TRUE(a.dialogue.done()) << a.failure();
  const Listing l = a.dialogue.take_listing();
  EXPECT_EQ(l.name, "n");
  EXPECT_EQ(l.version, "2");
  EXPECT_EQ(l.protocol, "2026-07-28");
  EXPECT_EQ(l.instructions, "Be kind.");
  EXPECT_EQ(l.capabilities, R"({"tools":{},"prompts":{}})");
  EXPECT_THAT(l.tools, ElementsAre(R"({"name":"a","x":1.0})", R"({"name":"b"})"));
  EXPECT_THAT(l.prompts, ElementsAre(R"({"name":"p"})"));
  EXPECT_THAT(l.notes, IsEmpty());
}

TEST(Dialogue, AnOldServerIsAskedTheOldWay) {
  Asked a;
  EXPECT_TRUE(a.dialogue.probing());
  a.methods();
  a.error(1, -32601, "Method not found");
  EXPECT_THAT(a.methods(), ElementsAre("initialize"));
  EXPECT_THAT(a.texts[0], HasSubstr(R"("protocolVersion":"2025-11-25")"));
  a.result(2, initialized);
  EXPECT_THAT(a.methods(), ElementsAre("notifications/initialized", "tools/list"));
  EXPECT_EQ(a.texts[1], R"({"jsonrpc":"2.0","id":3,"method":"tools/list"})");
  a.result(3, R"({"tools":[]})");
  ASSERT_TRUE(a.dialogue.done()) << a.failure();
  EXPECT_EQ(a.dialogue.take_listing().protocol, "2025-06-18");
}

TEST(Dialogue, ASlowServerGetsBothAndTheFirstGoodAnswerCounts) {
  Asked old;
  old.methods();
  old.dialogue.probe_is_silent();
  EXPECT_THAT(old.methods(), ElementsAre("initialize"));
  old.error(1, -32601, "no");
  EXPECT_THAT(old.methods(), IsEmpty());
  old.result(2, initialized);
  EXPECT_THAT(old.methods(), ElementsAre("notifications/initialized", "tools/list"));

  Asked modern;
  modern.dialogue.probe_is_silent();
  modern.methods();
  modern.result(1, discovered);
  EXPECT_THAT(modern.methods(), ElementsAre("tools/list"));
  modern.error(2, -32022, "initialize is not of this revision");
  EXPECT_FALSE(modern.dialogue.failure());
}

TEST(Dialogue, RevisionsAreNegotiatedDown) {
  Asked a;
  a.methods();
  a.error(1, -32022, "unsupported", R"({"supported":["2024-11-05","2025-03-26"]})");
  EXPECT_THAT(a.methods(), ElementsAre("initialize"));
  EXPECT_THAT(a.texts[0], HasSubstr("2025-03-26"));
  a.error(2, -32602, "Unsupported protocol version");
  a.methods();
  EXPECT_THAT(a.texts[0], HasSubstr("2025-11-25"));
  a.error(3, -32602, "Unsupported protocol version");
  a.error(4, -32602, "Unsupported protocol version");
  a.methods();
  EXPECT_THAT(a.texts.back(), HasSubstr("2024-11-05"));
  a.error(5, -32602, "Unsupported protocol version");
  EXPECT_THAT(a.failure(), HasSubstr("refused initialize"));

  Asked none;
  none.error(1, -32022, "unsupported", R"({"supported":["2030-01-01"]})");
  EXPECT_EQ(none.failure(), "no revision is common: the server speaks 2030-01-01");
}

TEST(Dialogue, WhatTheServerAsksIsAnsweredOrRefused) {
  Asked a(false);
  a.methods();
  a.say(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  a.say(R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}})");
  a.say(R"({"jsonrpc":"2.0","method":"notifications/message","params":{}})");
  EXPECT_THAT(a.methods(), ElementsAre("", ""));
  EXPECT_EQ(a.texts[0], R"({"jsonrpc":"2.0","id":"p","result":{}})");
  EXPECT_THAT(a.texts[1], HasSubstr("-32601"));
  a.result(1, initialized);
  EXPECT_THAT(a.methods(), ElementsAre("notifications/initialized", "tools/list"));
}

TEST(Dialogue, NoiseIsNotedAndOtherListsMayFail) {
  Asked a(false);
  a.say("Server is running");
  a.say(R"({"level":"info"})");
  a.say("");
  a.result(1, R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{},"prompts":{}}})");
  a.result(2, R"({"tools":[{"name":"t"},{"title":"x"},7]})");
  a.error(3, -32603, "no database");
  a.error(4, -32601, "Method not found");
  a.result(5, R"({"prompt":[]})");
  ASSERT_TRUE(a.dialogue.done()) << a.failure();
  const Listing l = a.dialogue.take_listing();
  EXPECT_THAT(l.tools, ElementsAre(R"({"name":"t"})"));
  EXPECT_THAT(l.notes, ElementsAre("tools/list: 2 entries are no objects with a name",
                                   "resources/list: it answered \"no database\" (-32603)",
                                   "prompts/list: its answer holds no list \"prompts\"",
                                   "2 lines of its output are no messages; the first: Server is running"));
}

TEST(Dialogue, ListsWithoutEndAreErrors) {
  Asked a(false);
  a.result(1, initialized);
  a.result(2, R"({"tools":[],"nextCursor":"x"})");
  a.result(3, R"({"tools":[],"nextCursor":"x"})");
  EXPECT_THAT(a.failure(), HasSubstr("the cursor \"x\" came twice"));

  Asked b(false);
  b.result(1, initialized);
  for (int i = 2; i < 200 && !b.dialogue.failure(); ++i)
    b.result(i, R"({"tools":[],"nextCursor":")" + std::to_string(i) + "\"}");
  EXPECT_THAT(b.failure(), HasSubstr("more than 100 pages"));

  Asked c(false);  // "" for "no more"
  c.result(1, initialized);
  c.result(2, R"({"tools":[{"name":"a"}],"nextCursor":""})");
  c.result(3, R"({"tools":[{"name":"a"}],"nextCursor":""})");
  ASSERT_TRUE(c.dialogue.done()) << c.failure();
  EXPECT_THAT(c.dialogue.take_listing().tools, ElementsAre(R"({"name":"a"})"));
}

TEST(Dialogue, WhatIsCutShortAfterTheToolsIsAListing) {
  Asked a(false);
  a.result(1, R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{}}})");
  a.result(2, R"({"tools":[{"name":"t"}]})");
  a.dialogue.cut_short("it is gone");
  ASSERT_TRUE(a.dialogue.done()) << a.failure();
  const Listing l = a.dialogue.take_listing();
  EXPECT_EQ(l.tools.size(), 1U);
  EXPECT_THAT(l.notes, ElementsAre(HasSubstr("it is gone; ")));

  Asked b(false);
  b.result(1, initialized);
  b.dialogue.cut_short("it is gone");
  EXPECT_EQ(b.failure(), "it is gone");
}

TEST(Dialogue, WrongShapesAreErrorsThatSayWhich) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"jsonrpc":"2.0","id":2,"result":{"tools":{}}})", "holds no list \"tools\""},
      {R"({"jsonrpc":"2.0","id":2,"result":{"tools":[],"nextCursor":5}})", "nextCursor is no string"},
      {R"({"jsonrpc":"2.0","id":2,"result":[]})", "did not give its tools"},
      {R"({"id":2,"result":{"tools":[]}})", "no JSON-RPC message"},
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}})", "Parse error"},
      {R"({"jsonrpc":"2.0","id":2,"error":{"code":-32603,"message":"no \u0007 key"}})", "no \\u{7} key"},
  };
  for (const auto& [text, expected] : cases) {
    Asked a(false);
    a.result(1, initialized);
    a.say(text);
    EXPECT_THAT(a.failure(), HasSubstr(expected)) << text;
  }
  Asked a(false);
  a.result(1, R"({"capabilities":{}})");
  EXPECT_EQ(a.failure(), "the server's answer to initialize names no protocolVersion");
}

TEST(Dialogue, WithoutCapabilitiesTheToolsAreAskedFor) {
  Asked a(false);
  a.result(1, R"({"protocolVersion":"2025-11-25"})");
  a.result(2, R"({"tools":[{"name":"t"},{}]})");
  ASSERT_TRUE(a.dialogue.done()) << a.failure();
  EXPECT_THAT(a.dialogue.take_listing().notes, ElementsAre(HasSubstr("says nothing of its capabilities"),
                                                           "tools/list: 1 entry is no object with a name"));

  Asked b(false);
  b.result(1, R"({"protocolVersion":"2025-11-25","capabilities":{"prompts":{}}})");
  EXPECT_THAT(b.methods(), ElementsAre("initialize", "notifications/initialized", "prompts/list"));
}

TEST(Dialogue, HttpStatusIsSaid) {
  Asked a;
  const std::string first = a.dialogue.take_outgoing().at(0).id_key;
  a.dialogue.on_status(first, 400, "Bad Request: no session");
  const auto initialize = a.dialogue.take_outgoing();
  ASSERT_EQ(initialize.size(), 1U);
  EXPECT_EQ(initialize[0].method, "initialize");
  a.dialogue.on_status(initialize[0].id_key, 502, "");
  EXPECT_EQ(a.failure(), "the server refused initialize: it answered with HTTP 502");

  Asked b;
  b.dialogue.on_status(first, 401, "");
  EXPECT_THAT(b.failure(), HasSubstr("wants other credentials (HTTP 401)"));

  Asked c;
  c.dialogue.on_unanswered(first, false, "127.0.0.1:1: connection refused");
  EXPECT_EQ(c.failure(), "127.0.0.1:1: connection refused");
}

}  // namespace
}  // namespace client
