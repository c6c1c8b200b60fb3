// Clients that close the stream on which they wait, servers that forget the session, and sessions without sessions.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy = R"(
tools:
  a: {rules: [{limits: [{counter: n, window: day, max: 1}]}]}
  c: {rules: [{concurrency: 1}]}
  i: {rules: [{idempotency_window: 1h}]}
  v: {rules: [{validate: {required_args: true}}]}
methods:
  elicitation/create: {rules: [{concurrency: 1}]}
)";
constexpr std::string_view list_of_v =
    R"({"tools":[{"name":"v","description":"d","inputSchema":{"type":"object","required":["x"]}}]})";

class ClientGone : public testing::Test {
 protected:
  Turn gone(Scope scope, std::string_view key, bool server_has_it, bool tell = false) {
    EXPECT_EQ(rig.session->on_client_gone(scope, key, tell), server_has_it);
    return rig.turn();
  }
  Rig rig{policy};
};

TEST_F(ClientGone, IsACancellation) {
  rig.client(modern_call("1", "c"), 5);
  const Turn t = gone(5, "n1", true);
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_TRUE(rig.session->is_idle());
  EXPECT_THAT(rig.client(modern_call("2", "c"), 6).to_client, HasSubstr("At most 1 call at a time"))
      << "the server may go on with it";
  EXPECT_THAT(rig.after(std::chrono::minutes(5)).lazy, HasSubstr(R"("id":"i-1","outcome":"cancelled")"));
  EXPECT_NE(rig.client(modern_call("3", "c"), 7).to_server, "");
}

TEST_F(ClientGone, ConcernsItsScopeOnly) {
  rig.client(modern_call("1", "a"), 5);
  gone(6, "n1", false);
  gone(5, "s1", false);
  gone(0, "n1", false);
  EXPECT_EQ(rig.session->in_flight(), 1U);
  rig.server(result("1"), 5);
  gone(5, "n1", false);
}

TEST_F(ClientGone, TheServerOfAPipeIsTold) {
  rig.client(modern_call("\"x\"", "a"), 5);
  const Turn t = gone(5, "sx", true, true);
  EXPECT_EQ(t.to_server, line(cancel("\"x\"")));
  ASSERT_EQ(t.server_lines.size(), 1U);
  EXPECT_EQ(t.server_lines[0].scope, 5U);
  EXPECT_EQ(t.server_lines[0].what, Line::What::notification);
  EXPECT_EQ(t.server_lines[0].cancelled_id_text, "\"x\"");
  EXPECT_TRUE(t.server_lines[0].own && t.server_lines[0].modern);
  EXPECT_EQ(gone(5, "sx", true, true).to_server, "") << "once";
}

TEST_F(ClientGone, WhatWaitsIsForgotten) {
  rig.initialize();
  rig.client(call("1", "i"), 5);
  rig.client(call("1", "i"), 6);
  EXPECT_THAT(gone(6, "n1", false, true).lazy, HasSubstr(R"("outcome":"cancelled")"));
  EXPECT_EQ(lines(rig.server(result("1"), 5).to_client), 1U);
  const Line asked = rig.client(call("1", "v", R"({"x":1})"), 7).server_lines.at(0);
  const Turn t = gone(7, "n1", false, true);
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.server(result(asked.id_text, list_of_v)).to_server, "");
}

TEST_F(ClientGone, WhenTheExchangeIsClosedTwinsAreToldAndLeasesStay) {
  rig.client(modern_call("1", "i"), 5);
  rig.client(modern_call("1", "i"), 6);
  gone(5, "n1", true);
  EXPECT_TRUE(rig.session->on_unanswered(5, "n1", true, "closed"));
  Turn t = rig.turn();
  ASSERT_EQ(t.client_lines.size(), 1U);
  EXPECT_EQ(t.client_lines[0].scope, 6U);
  EXPECT_THAT(t.to_client, HasSubstr("it was cancelled"));
  EXPECT_THAT(t.lazy, Not(HasSubstr("i-1")));
  EXPECT_THAT(rig.after(std::chrono::minutes(5)).lazy, HasSubstr(R"("id":"i-1","outcome":"cancelled")"));
  rig.client(modern_call("1", "c"), 7);
  gone(7, "n1", true);
  EXPECT_TRUE(rig.session->on_unanswered(7, "n1", true, "closed"));
  EXPECT_THAT(rig.client(modern_call("2", "c"), 8).to_client, HasSubstr("At most 1 call at a time"));
  // Had the server never seen it, there would be nothing to wait for.
  EXPECT_TRUE(rig.session->on_unanswered(7, "n1", false, "closed"));
  t = rig.turn();
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"undelivered")"));
  EXPECT_NE(rig.client(modern_call("3", "c"), 9).to_server, "");
}

TEST_F(ClientGone, ASubscriptionEndsWithItsExchange) {
  Rig ruled("methods:\n  subscriptions/listen: {rules: [{concurrency: 1}]}\n");
  const std::string listen = request("1", "subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})");
  ruled.client(listen, 5);
  EXPECT_TRUE(ruled.session->on_client_gone(5, "n1", false));
  EXPECT_TRUE(ruled.session->on_unanswered(5, "n1", true, "closed"));
  EXPECT_EQ(ruled.turn().to_client, "");
  EXPECT_EQ(ruled.store.reservations(), 0U);
  EXPECT_FALSE(ruled.session->deadline().has_value());
  EXPECT_EQ(ruled.client(listen, 6).to_server, line(listen));
}

TEST_F(ClientGone, InTheTurnOfTheCall) {
  EXPECT_TRUE(rig.session->on_client(modern_call("1", "a"), 5));
  EXPECT_TRUE(rig.session->on_client_gone(5, "n1", true));
  rig.session->record_failed("full");
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_client, "");
  EXPECT_EQ(t.to_server, line(cancel("1"))) << "harmless";
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.store.reservations(), 0U);
}

class SessionLost : public testing::Test {
 protected:
  Turn lost() {
    rig.session->on_session_lost("it answered with HTTP 404 (Not Found)");
    return rig.turn();
  }
  Rig rig{policy};
};

TEST_F(SessionLost, EveryCallIsAnsweredAndTheSessionGoesOn) {
  rig.initialize();
  rig.client(call("1", "a"));
  rig.client(request("2", "ping"));
  rig.client(call("3", "v"));  // waits for the tools
  rig.client(call("4", "i"));
  rig.client(call("5", "i"));  // waits for its twin
  rig.client(request("6", "x"));
  rig.client(cancel("6"));
  const Turn t = lost();
  EXPECT_EQ(lines(t.to_client), 5U);
  EXPECT_THAT(t.to_client,
              AllOf(HasSubstr(R"({"jsonrpc":"2.0","id":1,"error":{"code":40302,"message":"The server has lost the )"
                              R"(session: it answered with HTTP 404 (Not Found); the request may have been carried )"
                              R"(out"}})"),
                    HasSubstr(R"("id":2,"error")"), HasSubstr(R"("id":3,"error")"), HasSubstr("was not delivered"),
                    HasSubstr(R"("id":4,"error")"), HasSubstr(R"("id":5,"error")")));
  EXPECT_THAT(t.lazy, HasSubstr(R"("id":"i-1","outcome":"lost")"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.store.reservations(), 0U);
  EXPECT_FALSE(rig.session->deadline().has_value());
  EXPECT_TRUE(rig.session->is_idle());
  EXPECT_EQ(rig.client(request("1", "initialize", "{}")).to_server, line(request("1", "initialize", "{}")));
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
}

TEST_F(SessionLost, WhatTheServerAskedIsForgotten) {
  rig.server(request("1", "elicitation/create", "{}"));
  EXPECT_FALSE(rig.session->is_idle());
  EXPECT_THAT(lost().lazy, HasSubstr(R"("outcome":"lost")"));
  EXPECT_TRUE(rig.session->is_idle());
  EXPECT_EQ(rig.client(result("1")).to_server, "");
  EXPECT_NE(rig.server(request("1", "elicitation/create", "{}")).to_client, "") << "the lease is free";
}

TEST_F(SessionLost, ToolsAndTasksAreForgotten) {
  rig.client(request("1", "tools/list"));
  rig.server(result("1", list_of_v));
  EXPECT_NE(rig.session->known_tool("v"), nullptr);
  rig.client(call("2", "c", "{}", R"(,"task":{"ttl":60000})"));
  rig.server(result("2", R"({"task":{"taskId":"t1","status":"working","ttl":60000}})"));
  EXPECT_EQ(rig.client(call("3", "c")).to_server, "");
  lost();
  EXPECT_EQ(rig.session->known_tool("v"), nullptr);
  EXPECT_NE(rig.client(call("3", "c")).to_server, "");
}

TEST_F(SessionLost, WhatTheServerHasNotSeenStays) {
  rig.client(call("1", "i"));
  EXPECT_TRUE(rig.session->on_client(request("2", "ping")));
  EXPECT_TRUE(rig.session->on_client(call("3", "i")));  // waits for the one that is lost
  EXPECT_TRUE(rig.session->on_client(call("4", "i", R"({"n":1})")));
  EXPECT_TRUE(rig.session->on_client(call("5", "i", R"({"n":1})")));  // waits for one that is not
  const Turn t = lost();
  EXPECT_EQ(lines(t.to_server), 2U);
  EXPECT_EQ(lines(t.to_client), 2U);
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr(R"("id":3)")));
  EXPECT_EQ(rig.session->in_flight(), 3U);
  EXPECT_EQ(rig.server(result("2")).to_client, line(result("2")));
  EXPECT_EQ(lines(rig.server(result("4")).to_client), 2U);
}

TEST_F(SessionLost, AListOfTheLostSessionIsNobodys) {
  rig.initialize();
  const Line asked = rig.client(call("1", "v", R"({"x":1})")).server_lines.at(0);
  lost();
  const Turn t = rig.server(result(asked.id_text, list_of_v));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_EQ(rig.session->known_tool("v"), nullptr);
  EXPECT_THAT(rig.client(call("1", "v", R"({"x":1})")).to_server, HasSubstr("tools/list"));
}

TEST(KnownTool, IsKnownWhileTheListIs) {
  Rig rig(policy);
  EXPECT_EQ(rig.session->known_tool("v"), nullptr);
  rig.client(request("1", "tools/list"));
  rig.server(result("1", list_of_v));
  ASSERT_NE(rig.session->known_tool("v"), nullptr);
  EXPECT_EQ(rig.session->known_tool("v")->name, "v");
  EXPECT_EQ(rig.session->known_tool("w"), nullptr);
  rig.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(rig.session->known_tool("v"), nullptr);
}

TEST(Idle, IsNothingInFlightEitherWay) {
  Rig rig(policy);
  EXPECT_TRUE(rig.session->is_idle());
  rig.client(request("1", "ping"));
  EXPECT_FALSE(rig.session->is_idle());
  rig.server(result("1"));
  EXPECT_TRUE(rig.session->is_idle());
  rig.server(request("1", "roots/list"));
  EXPECT_FALSE(rig.session->is_idle());
  rig.client(result("1"));
  rig.initialize();
  const Line asked = rig.client(call("1", "v")).server_lines.at(0);
  rig.client(cancel("1"));
  EXPECT_FALSE(rig.session->is_idle()) << "its own list is in flight";
  rig.server(result(asked.id_text, list_of_v));
  EXPECT_TRUE(rig.session->is_idle());
}

class Sessionless : public testing::Test {
 protected:
  static Config config() {
    Config c;
    c.sessionless = true;
    return c;
  }
  static std::string named(std::string_view id, std::string_view tool, std::string_view client) {
    return call(id, tool, "{}",
                R"(,"_meta":{"io.modelcontextprotocol/clientInfo":{"name":")" + std::string(client) + R"("}})");
  }
};

TEST_F(Sessionless, TheToolsAreAskedForWithoutAHandshake) {
  Rig rig(policy, config());
  const Turn t = rig.client(call("1", "v", R"({"x":1})"), 5);
  const Line asked = t.server_lines.at(0);
  EXPECT_EQ(t.to_server, line(request(asked.id_text, "tools/list")));
  EXPECT_FALSE(asked.modern);
  EXPECT_EQ(rig.server(result(asked.id_text, list_of_v)).server_lines.at(0).scope, 5U);
}

TEST_F(Sessionless, ModernListsCarryTheMetaOfTheCall) {
  Rig rig(policy, config());
  const Turn t = rig.client(modern_call("1", "v", R"({"x":1})"), 5);
  EXPECT_EQ(t.to_server,
            line(request(t.server_lines.at(0).id_text, "tools/list", "{" + std::string(modern_meta) + "}")));
}

TEST_F(Sessionless, AClientsNameIsItsOwn) {
  Rig rig("tools:\n  v: {rules: [{validate: {required_args: true}}]}\n", config());
  EXPECT_THAT(rig.client(named("1", "a", "one"), 1).record, HasSubstr(R"("client_name":"one")"));
  EXPECT_THAT(rig.client(call("1", "a"), 2).record, Not(HasSubstr("one")));
  // Also when it had to wait, and when its answer asks for something.
  const Line asked = rig.client(named("1", "v", "three"), 3).server_lines.at(0);
  rig.client(named("1", "a", "four"), 4);
  EXPECT_THAT(rig.server(result(asked.id_text, R"({"tools":[{"name":"v","inputSchema":{"type":"object"}}]})")).record,
              HasSubstr(R"("client_name":"three")"));
  EXPECT_THAT(rig.server(result("1", R"({"inputRequests":{"q":{"method":"roots/list"}}})"), 4).record,
              AllOf(HasSubstr("roots/list"), HasSubstr(R"("client_name":"four")")));
  Rig session("version: \"1\"\n");
  session.client(named("1", "a", "one"));
  EXPECT_THAT(session.client(call("2", "a")).record, HasSubstr(R"("client_name":"one")"));
}

}  // namespace
}  // namespace mediator
