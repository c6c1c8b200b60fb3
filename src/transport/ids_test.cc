// Ids: what is rewritten on the way there and back, for whom it is, and what is kept.
#include "transport/ids.h"

#include <gtest/gtest.h>

namespace transport {
namespace {

using Fit = Ids::Fit;
using Sent = Ids::Sent;
using Scopes = std::vector<std::uint64_t>;

struct IdsTest : testing::Test {
  // What the server gets; "" if nothing.
  std::string send(std::uint64_t scope, const std::string& text, Sent expected = Sent::written) {
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::strict)) << text;
    std::string out;
    EXPECT_EQ(ids.to_server(scope, document.root(), out), expected) << text;
    return line(out);
  }
  // What the client gets.
  std::string receive(const std::string& text, Fit expected = Fit::matched) {
    json::Document document;
    EXPECT_TRUE(document.read(text, json::Profile::tolerant)) << text;
    std::string out;
    received = ids.to_client(document.root(), out);
    EXPECT_EQ(received.fit, expected) << text;
    return line(out);
  }
  static std::string line(std::string out) {
    if (out.empty()) return out;
    EXPECT_EQ(out.back(), '\n');
    out.pop_back();
    EXPECT_EQ(out.find('\n'), std::string::npos);
    return out;
  }
  std::string call(std::uint64_t scope, const std::string& id, const std::string& token = "") {
    return send(scope, R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":"t")" +
                           (token.empty() ? "" : R"(,"_meta":{"a":1,"progressToken":)" + token + "}") + "}}");
  }
  static std::string answer(const std::string& id, const std::string& result = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}";
  }
  static std::string tick(const std::string& token) {
    return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
           R"(,"progress":0.50}})";
  }
  static std::string cancel(const std::string& id) {
    return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id + R"(,"reason":"r"}})";
  }
  Ids ids;
  Ids::Received received;
};

TEST_F(IdsTest, EqualIdsOfTwoScopesDoNotMeet) {
  EXPECT_EQ(call(7, "0"), R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})");
  EXPECT_EQ(call(8, "0"), R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t"}})");
  EXPECT_EQ(ids.in_flight(), 2u);
  EXPECT_EQ(receive(answer("2", R"({"b":1,"a":[1.50,"x"]})")), answer("0", R"({"b":1,"a":[1.50,"x"]})"));
  EXPECT_EQ(received.scopes, Scopes{8});
  EXPECT_TRUE(received.ends_request);
  EXPECT_EQ(receive(R"({"error":{"code":1,"message":"m"},"id":1,"jsonrpc":"2.0"})"),
            R"({"error":{"code":1,"message":"m"},"id":0,"jsonrpc":"2.0"})");
  EXPECT_EQ(received.scopes, Scopes{7});
  EXPECT_EQ(ids.kept(), 0u);
}

TEST_F(IdsTest, AnIdComesBackAsItWas) {
  const std::string spellings[] = {
      "0", "1.0", "1e2", "-5", "\"x\"", "\"1\"", "9007199254740993", "\"a\\\"\\u0000\xC3\xA9\""};
  std::uint64_t number = 0;
  for (const std::string& id : spellings) {
    call(1, id);
    EXPECT_EQ(receive(answer(std::to_string(++number))), answer(id));
  }
}

TEST_F(IdsTest, ANumberIsTakenByValueAndAnsweredOnce) {
  call(1, "5");
  EXPECT_EQ(receive(answer("\"1\""), Fit::nobody), "");
  EXPECT_EQ(receive(answer("2"), Fit::nobody), "");
  EXPECT_EQ(receive(answer("-1"), Fit::nobody), "");
  EXPECT_EQ(receive(answer("1e99"), Fit::nobody), "");
  EXPECT_EQ(receive(answer("null"), Fit::nobody), "");
  EXPECT_EQ(receive(R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})", Fit::nobody), "");
  EXPECT_EQ(receive(answer("1.0")), answer("5"));
  EXPECT_EQ(receive(answer("1"), Fit::nobody), "");
}

TEST_F(IdsTest, EverythingElseStaysAsTheWriterWritesIt) {
  EXPECT_EQ(send(1,
                 "{ \"params\" : {\"_meta\":{\"x\":{\"progressToken\":7}},\"progressToken\":7,\"id\":7,\"n\":1.0e0, "
                 "\"s\":\"\\u0041\\/\"},\"method\":\"m\",\"id\":7,\"jsonrpc\":\"2.0\",\"more\":[{}]}"),
            R"({"params":{"_meta":{"x":{"progressToken":7}},"progressToken":7,"id":7,"n":1.0e0,"s":"A/"},)"
            R"("method":"m","id":1,"jsonrpc":"2.0","more":[{}]})");
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/x","params":{"requestId":7,"progressToken":7}})";
  EXPECT_EQ(send(1, note), note);
}

TEST_F(IdsTest, ProgressTokens) {
  EXPECT_EQ(
      call(7, "0", "\"t\""),
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"a":1,"progressToken":1}}})");
  EXPECT_NE(call(8, "0", "4.0").find("\"progressToken\":2"), std::string::npos);
  call(9, "0");
  EXPECT_EQ(receive(tick("1")), tick("\"t\""));
  EXPECT_EQ(received.scopes, Scopes{7});
  EXPECT_FALSE(received.ends_request);
  EXPECT_EQ(receive(tick("2")), tick("4.0"));
  EXPECT_EQ(received.scopes, Scopes{8});
  EXPECT_EQ(receive(tick("3"), Fit::nobody), "");  // it asked for none
  EXPECT_EQ(receive(tick("\"t\""), Fit::nobody), "");
  receive(answer("1"));
  EXPECT_EQ(receive(tick("1"), Fit::nobody), "");
  // What is no token is not touched.
  EXPECT_NE(call(7, "1", "{\"x\":1}").find(R"("progressToken":{"x":1})"), std::string::npos);
}

TEST_F(IdsTest, ProgressOfATaskGoesOnAfterTheAnswer) {
  call(7, "0", "\"t\"");
  receive(answer("1", R"({"resultType":"task","taskId":"x"})"));
  EXPECT_EQ(ids.in_flight(), 0u);
  EXPECT_EQ(receive(tick("1")), tick("\"t\""));
  EXPECT_EQ(received.scopes, Scopes{7});
  EXPECT_EQ(receive(answer("1"), Fit::nobody), "");
  EXPECT_EQ(send(7, cancel("0"), Sent::dropped), "");
  ids.forget(7);
  EXPECT_EQ(receive(tick("1"), Fit::nobody), "");
  EXPECT_EQ(ids.kept(), 0u);
  call(7, "0");
  receive(answer("2", R"({"resultType":"task","taskId":"x"})"));  // without a token nothing goes on
  EXPECT_EQ(ids.kept(), 0u);
}

TEST_F(IdsTest, TokensOfTasksAreBoundedTheOldestGo) {
  ids = Ids({.max_requests = 10, .max_lingering = 2, .max_bytes = 1000});
  for (int i = 1; i <= 3; ++i) {
    call(1, std::to_string(i), "\"t" + std::to_string(i) + "\"");
    receive(answer(std::to_string(i), R"({"resultType":"task"})"));
  }
  EXPECT_EQ(receive(tick("1"), Fit::nobody), "");
  EXPECT_EQ(receive(tick("2")), tick("\"t2\""));
  EXPECT_EQ(receive(tick("3")), tick("\"t3\""));
  EXPECT_EQ(ids.kept(), 2u);
}

TEST_F(IdsTest, CancellationFindsItsOwn) {
  call(7, "0");
  call(8, "0");
  call(8, "\"0\"");
  EXPECT_EQ(send(8, cancel("0")), cancel("2"));
  EXPECT_EQ(send(8, cancel("0"), Sent::dropped), "");
  EXPECT_EQ(send(8, cancel("\"0\"")), cancel("3"));
  EXPECT_EQ(send(9, cancel("0"), Sent::dropped), "");
  EXPECT_EQ(send(7, cancel("1"), Sent::dropped), "");
  EXPECT_EQ(send(7, R"({"jsonrpc":"2.0","method":"notifications/cancelled"})", Sent::dropped), "");
  EXPECT_EQ(receive(answer("2"), Fit::nobody), "");
  EXPECT_EQ(receive(answer("1")), answer("0"));
  EXPECT_EQ(received.scopes, Scopes{7});
  EXPECT_EQ(ids.kept(), 0u);
}

constexpr const char* subscription = "io.modelcontextprotocol/subscriptionId";

TEST_F(IdsTest, Subscriptions) {
  const auto note = [](const std::string& id) {
    return std::string(
               R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"u","_meta":{")") +
           subscription + "\":" + id + R"(,"k":1}}})";
  };
  EXPECT_NE(send(7, R"({"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{}}})"), "");
  send(8, R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{}}})");
  EXPECT_EQ(receive(note("1")), note("\"l\""));
  EXPECT_EQ(received.scopes, Scopes{7});
  EXPECT_EQ(receive(note("2")), note("1"));
  EXPECT_EQ(received.scopes, Scopes{8});
  EXPECT_EQ(receive(note("3"), Fit::nobody), "");
  EXPECT_EQ(receive(note("\"l\""), Fit::nobody), "");
  const auto end = [](const std::string& id, const std::string& own) {
    return answer(id, std::string(R"({"resultType":"complete","_meta":{")") + subscription + "\":" + own + "}}");
  };
  EXPECT_EQ(receive(end("1", "1")), end("\"l\"", "\"l\""));
  EXPECT_TRUE(received.ends_request);
  EXPECT_EQ(receive(note("1"), Fit::nobody), "");
  EXPECT_EQ(receive(cancel("2")), cancel("1"));
  EXPECT_EQ(received.scopes, Scopes{8});
  EXPECT_TRUE(received.ends_request);
  EXPECT_EQ(receive(cancel("2"), Fit::nobody), "");
  EXPECT_EQ(ids.kept(), 0u);
}

TEST_F(IdsTest, LogsGoToThoseWhoAskedForThem) {
  const std::string log = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"d"}})";
  const auto asks = [&](std::uint64_t scope) {
    send(scope, R"({"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"t",
        "_meta":{"io.modelcontextprotocol/logLevel":"debug"}}})");
  };
  asks(9);
  asks(7);
  asks(7);
  call(8, "0");
  EXPECT_EQ(receive(log), log);
  EXPECT_EQ(received.scopes, (Scopes{7, 9}));
  ids.forget(7);
  receive(answer("1"));
  EXPECT_EQ(receive(log), log);
  EXPECT_TRUE(received.scopes.empty());
}

TEST_F(IdsTest, WhatNamesNobodyIsSaidToBeSo) {
  const std::string changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
  EXPECT_EQ(receive(changed, Fit::unscoped), changed);
  const std::string asked = R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})";
  EXPECT_EQ(receive(asked, Fit::unscoped), asked);
  EXPECT_TRUE(received.scopes.empty());
  EXPECT_EQ(receive("[1]", Fit::nobody), "");
  EXPECT_EQ(receive("7", Fit::nobody), "");
}

TEST_F(IdsTest, AClientsAnswersAndWhatIsNoMessageAreDropped) {
  EXPECT_EQ(send(1, answer("1"), Sent::dropped), "");
  EXPECT_EQ(send(1, "[1]", Sent::dropped), "");
  EXPECT_EQ(send(1, R"({"jsonrpc":"2.0","id":null,"method":"m"})", Sent::dropped), "");
  EXPECT_EQ(send(1, R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", Sent::dropped), "");
}

TEST_F(IdsTest, IsBounded) {
  ids = Ids({.max_requests = 2, .max_lingering = 1, .max_bytes = 100});
  call(1, "0");
  call(1, "1");
  const std::string request = R"({"jsonrpc":"2.0","id":2,"method":"m"})";
  EXPECT_EQ(send(2, request, Sent::full), "");
  EXPECT_NE(send(2, R"({"jsonrpc":"2.0","method":"m"})"), "");
  receive(answer("1"));
  EXPECT_NE(send(2, request), "");
  receive(answer("2"));
  receive(answer("3"));
  const std::string large = R"({"jsonrpc":"2.0","id":")" + std::string(60, 'x') + R"(","method":"m"})";
  EXPECT_EQ(send(1, large, Sent::full), "");
  EXPECT_EQ(ids.kept(), 0u);
}

TEST_F(IdsTest, ForgettingEndsAScopeAndNoOther) {
  for (std::uint64_t scope = 0; scope < 3; ++scope) {
    call(scope, "0", "0");
    call(scope, "1");
  }
  ids.forget(1);
  ids.forget(5);
  EXPECT_EQ(ids.in_flight(), 4u);
  EXPECT_EQ(receive(answer("3"), Fit::nobody), "");
  EXPECT_EQ(receive(tick("3"), Fit::nobody), "");
  EXPECT_EQ(receive(answer("5")), answer("0"));
  EXPECT_EQ(received.scopes, Scopes{2});
  // A number is never given again.
  EXPECT_NE(call(1, "0").find("\"id\":7,"), std::string::npos);
}

}  // namespace
}  // namespace transport
