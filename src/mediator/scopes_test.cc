// Ids of the client's requests count within their scope: many exchanges share a session and none is taken for another.
#include "mediator/pending.h"
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy = R"(
tools:
  c: {rules: [{concurrency: 2}]}
  i: {rules: [{idempotency_window: 1h}]}
  v: {rules: [{validate: {required_args: true}}]}
)";

class Scopes : public testing::Test {
 protected:
  Rig rig{policy};
};

TEST(CallKeys, AreDifferentForDifferentCalls) {
  EXPECT_EQ(call_key(0, "n1"), "n1");
  EXPECT_NE(call_key(1, "n1"), call_key(0, "n1"));
  EXPECT_NE(call_key(1, "n1"), call_key(2, "n1"));
  EXPECT_NE(call_key(1, "n1"), call_key(256, "n1"));
  EXPECT_EQ(call_key(std::uint64_t{1} << 63, "n1"), call_key(std::uint64_t{1} << 63, "n1"));
  // An id cannot be chosen so that it looks like another's key in another scope.
  const std::string twin = "s" + call_key(5, "n1");
  EXPECT_NE(call_key(0, twin), call_key(5, "n1"));
}

TEST(CallKeys, AreMadeOfScopeAndIdAndNothingElse) {
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string id(length, 'n');
    const std::string key = call_key(7, id);
    EXPECT_EQ(key.size(), 1 + sizeof(Scope) + length);
    EXPECT_TRUE(key.ends_with(id));
    EXPECT_EQ(key, call_key(7, id));
  }
}

TEST_F(Scopes, TheSameIdsDoNotMeet) {
  for (const Scope scope : {0U, 1U, 2U}) {
    EXPECT_EQ(rig.client(call("1", "a"), scope).to_server, line(call("1", "a"))) << scope;
  }
  EXPECT_EQ(rig.session->in_flight(), 3U);
  EXPECT_THAT(rig.client(call("1.0", "a"), 1).to_client, AllOf(HasSubstr(R"("id":null)"), HasSubstr("already in use")));
  for (const Scope scope : {2U, 0U, 1U}) {
    const Turn t = rig.server(result("1"), scope);
    EXPECT_EQ(t.to_client, line(result("1")));
    EXPECT_EQ(t.client_lines.at(0).scope, scope);
    EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"result")"));
  }
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Scopes, AnAnswerComesOnTheExchangeOfItsRequest) {
  rig.client(call("1", "a"), 1);
  for (const Scope scope : {0U, 2U}) {
    const Turn t = rig.server(result("1"), scope);
    EXPECT_THAT(t.lazy, HasSubstr("unknown_answer"));
    EXPECT_EQ(t.client_lines.at(0).scope, scope) << "not to the call's client";
  }
  EXPECT_EQ(rig.session->in_flight(), 1U);
  EXPECT_EQ(rig.server(result("1"), 1).to_client, line(result("1")));
}

TEST_F(Scopes, AnUnreadableAnswerFailsTheCallOfItsExchange) {
  rig.client(call("1", "a"), 1);
  rig.client(call("1", "a"), 2);
  Turn t = rig.server(R"({"jsonrpc":"2.0","id":1,"result":{"a":NaN}})", 2);
  EXPECT_EQ(t.client_lines.at(0).scope, 2U);
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":1,"error":{"code":40302)"));
  t = rig.server(R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", 3);
  EXPECT_EQ(t.to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 1U);
  EXPECT_TRUE(rig.session->on_server_oversized(R"({"jsonrpc":"2.0","id":1,"result":{"x":")", 1000, 1));
  EXPECT_EQ(rig.turn().client_lines.at(0).scope, 1U);
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Scopes, ACancellationIsForItsOwnScope) {
  rig.client(call("1", "c"), 1);
  rig.client(call("1", "c"), 2);
  EXPECT_EQ(rig.client(cancel("1"), 3).to_server, line(cancel("1")));
  EXPECT_EQ(rig.session->in_flight(), 2U);
  EXPECT_EQ(rig.client(cancel("1"), 2).to_server, line(cancel("1")));
  EXPECT_EQ(rig.session->in_flight(), 1U);
  const Turn t = rig.after(std::chrono::minutes(5));
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("id":"i-2","outcome":"cancelled")"), Not(HasSubstr("i-1"))));
  EXPECT_EQ(rig.server(result("1"), 1).to_client, line(result("1")));
}

TEST_F(Scopes, AServersEndOfASubscriptionIsForItsOwnScope) {
  const std::string listen = request("1", "subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})");
  rig.client(listen, 1);
  rig.client(listen, 2);
  rig.server(cancel("1"), 2);
  EXPECT_EQ(rig.session->in_flight(), 1U);
  rig.server(cancel("1"), 3);
  EXPECT_EQ(rig.session->in_flight(), 1U);
  rig.server(cancel("1"), 1);
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Scopes, WhatTheServerAsksIsAnsweredFromAnywhere) {
  EXPECT_EQ(rig.server(request("1", "roots/list"), 4).client_lines.at(0).scope, 4U);
  EXPECT_EQ(rig.server(request("1", "ping"), 5).to_client, "") << "one id space";
  EXPECT_EQ(rig.client(result("1"), 77).to_server, line(result("1")));
}

TEST_F(Scopes, TheMaximumIsForAllTogether) {
  Config config;
  config.max_in_flight = 2;
  Rig small(policy, config);
  small.client(request("1", "x"), 1);
  small.client(request("1", "x"), 2);
  EXPECT_THAT(small.client(request("1", "x"), 3).to_client, HasSubstr("2 requests are in flight"));
}

TEST_F(Scopes, WaitersOfARepetitionAreCancelledInTheirScope) {
  rig.client(call("1", "i"), 1);
  rig.client(call("1", "i"), 2);
  rig.client(call("1", "i"), 3);
  EXPECT_EQ(rig.client(cancel("1"), 2).to_server, "") << "the server never heard of it";
  const Turn t = rig.server(result("1"), 1);
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope, 3U);
  EXPECT_EQ(t.client_lines[1].scope, 1U);
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Scopes, WaitersOfACallThatIsTakenBackGetTheErrorInTheirScope) {
  EXPECT_TRUE(rig.session->on_client(call("1", "i"), 1));
  EXPECT_TRUE(rig.session->on_client(call("1", "i"), 2));
  rig.session->record_failed("full");
  const Turn t = rig.turn();
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope + t.client_lines[1].scope, 3U);
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Scopes, CallsThatWaitForTheToolsKeepTheirScope) {
  rig.initialize();
  const Line asked = rig.client(call("1", "v", R"({"x":1})"), 1).server_lines.at(0);
  rig.client(call("1", "v", R"({"x":2})"), 2);
  rig.client(call("1", "v", R"({"x":3})"), 3);
  EXPECT_EQ(rig.client(cancel("1"), 2).to_server, "");
  const std::string list =
      result(asked.id_text, R"({"tools":[{"name":"v","inputSchema":{"type":"object","required":["x"]}}]})");
  const Turn other = rig.server(list, 1);
  EXPECT_EQ(other.to_client + other.to_server, "") << "the list is the session's, not a client's";
  const Turn t = rig.server(list);
  EXPECT_EQ(t.to_server, line(call("1", "v", R"({"x":1})")) + line(call("1", "v", R"({"x":3})")));
  EXPECT_EQ(t.server_lines.at(0).scope, 1U);
  EXPECT_EQ(t.server_lines.at(1).scope, 3U);
  EXPECT_EQ(rig.session->in_flight(), 2U);
}

TEST_F(Scopes, AtTheEndOfTheServerEachIsAnsweredInItsScope) {
  rig.client(call("1", "a"), 1);
  rig.client(call("1", "a"), 2);
  const Turn t = rig.gone(rig.sent);
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope + t.client_lines[1].scope, 3U);
}

TEST_F(Scopes, AnUnreadableMessageSparesTheIdsOfItsScopeOnly) {
  const std::string bad = R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,"a":2}})";
  rig.client(call("1", "a"), 1);
  EXPECT_THAT(rig.client(bad, 1).to_client, HasSubstr(R"("id":null)"));
  EXPECT_THAT(rig.client(bad, 2).to_client, HasSubstr(R"("id":1)"));
}

}  // namespace
}  // namespace mediator
