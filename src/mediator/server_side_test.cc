// What a server sends: matched, ruled, filtered; noise ends nothing, and no call is left without an answer.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view open_policy = "version: \"1\"\n";

TEST(ServerSide, NoiseGoesToTheLog) {
  Rig rig(open_policy);
  for (const char* noise : {"Server listening on stdio", "{\"a\":", "7", "null", "{}", "\xFF\xFE", "[]",
                            R"({"jsonrpc":"2.0"})", R"({"id":1})"}) {
    const Turn t = rig.server(noise);
    EXPECT_EQ(t.to_client + t.to_server, "") << noise;
    EXPECT_THAT(t.lazy, HasSubstr("server_noise")) << noise;
  }
  EXPECT_EQ(rig.server("\r").lazy, "");
}

TEST(ServerSide, AnAnswerThatCannotBeReadFailsItsCall) {
  for (const char* bad :
       {R"({"jsonrpc":"2.0","id":1,"result":{"a":NaN}})", R"({"jsonrpc":"2.0","id":1,"result":{"a":"cut)",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", R"({"jsonrpc":"2.0","id":1})",
        R"([{"jsonrpc":"2.0","id":1,"result":{}}])", R"({"jsonrpc":"2.0","id":1,"Result":{}})"}) {
    Rig rig(open_policy);
    rig.client(call("1", "a"));
    const Turn t = rig.server(bad);
    EXPECT_EQ(lines(t.to_client), 1U) << bad;
    EXPECT_THAT(t.to_client, HasSubstr(R"({"jsonrpc":"2.0","id":1,"error":{"code":40302)")) << bad;
    EXPECT_EQ(t.to_server, "") << bad;
    EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"lost")")) << bad;
    EXPECT_EQ(rig.session->in_flight(), 0U) << bad;
  }
}

TEST(ServerSide, AnOversizedAnswerFailsItsCall) {
  Rig rig(open_policy);
  rig.client(request("\"a\"", "x"));
  EXPECT_TRUE(rig.session->on_server_oversized(R"({"jsonrpc":"2.0","id":"a","result":{"x":")", 1000));
  EXPECT_THAT(rig.turn().to_client, AllOf(HasSubstr(R"("id":"a","error")"), HasSubstr("limit of 1000 bytes")));
}

TEST(ServerSide, AnUnreadableRequestOfTheServerFailsNoCall) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  rig.server(R"({"jsonrpc":"2.0","method":"ping","id":1,"params":{"a":NaN}})");
  rig.server(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}})");
  const Turn t = rig.server(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})");
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.to_server, HasSubstr(R"("id":1,"error")"));
  EXPECT_EQ(rig.session->in_flight(), 1U);
}

TEST(ServerSide, SurrogatesAndDuplicatesAreTolerated) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  EXPECT_EQ(rig.server(R"({"jsonrpc":"2.0","id":1,"result":{"a":"\uD800","b":1,"b":2}})").to_client,
            line(R"({"jsonrpc":"2.0","id":1,"result":{"a":"\ud800","b":2}})"));
}

TEST(ServerSide, LateAndRepeatedAnswersPassButAnswerNothingElse) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  EXPECT_EQ(rig.server(result("\"1\"")).to_client, line(result("\"1\"")));
  EXPECT_EQ(rig.session->in_flight(), 1U);
  rig.server(result("1"));
  const Turn t = rig.server(result("1"));
  EXPECT_EQ(t.to_client, line(result("1")));
  EXPECT_THAT(t.lazy, HasSubstr(R"("what":"unknown_answer","direction":"server")"));
  const std::string nameless = error("null");
  EXPECT_EQ(rig.server(nameless).to_client, line(nameless));
}

TEST(ServerSide, IdsOfTheTwoSidesAreApart) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  EXPECT_EQ(rig.server(request("1", "roots/list")).to_client, line(request("1", "roots/list")));
  EXPECT_EQ(rig.client(result("1", R"({"roots":[]})")).to_server, line(result("1", R"({"roots":[]})")));
  EXPECT_EQ(rig.session->in_flight(), 1U);
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
}

TEST(ServerSide, ADuplicateIdOfTheServerIsDropped) {
  Rig rig(open_policy);
  rig.server(request("1", "roots/list"));
  const Turn t = rig.server(request("1.0", "ping"));
  EXPECT_EQ(t.to_client + t.to_server, "");
  EXPECT_THAT(t.lazy, HasSubstr(R"("what":"duplicate_id","direction":"server")"));
}

TEST(ServerSide, RequestsOfTheServerAreBounded) {
  Config config;
  config.max_in_flight = 1;
  Rig rig(open_policy, config);
  rig.server(request("1", "ping"));
  EXPECT_THAT(rig.server(request("2", "ping")).to_server, HasSubstr(R"("id":2,"error")"));
}

TEST(ServerSide, RequestsAndNotificationsAreNotConfused) {
  Rig rig(open_policy);
  Turn t = rig.server(notification("sampling/createMessage", "{}"));
  EXPECT_EQ(t.to_client + t.to_server, "");
  t = rig.server(request("1", "notifications/tools/list_changed"));
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.to_server, AllOf(HasSubstr(R"("id":1,"error")"), HasSubstr("is a notification")));
}

TEST(ServerSide, WhatTheServerAsksIsRuledAndRecorded) {
  Rig rig(R"(
methods:
  sampling/createMessage: {rules: [{action: deny, reason: "No sampling"}]}
  elicitation/create: {rules: [{rate_limit: 1/minute}]}
)");
  Turn t = rig.server(request("1", "sampling/createMessage", R"({"messages":[]})"));
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.to_server, AllOf(HasSubstr(R"("id":1,"error":{"code":40301)"), HasSubstr("No sampling (decision i-1)"),
                                 HasSubstr(R"("rule":"methods/sampling/createMessage/rules/0")")));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("direction":"server")"), HasSubstr(R"("decision":"deny")")));
  const std::string ask = request("2", "elicitation/create", R"({"message":"?"})");
  t = rig.server(ask);
  EXPECT_EQ(t.to_client, line(ask));
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"allow")"));
  t = rig.client(result("2", R"({"action":"decline"})"));
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("id":"i-2")"), HasSubstr(R"("outcome":"result")")));
  EXPECT_EQ(rig.store.reservations(), 0U);
  EXPECT_THAT(rig.server(request("3", "elicitation/create", "{}")).to_server, HasSubstr("Rate limit of 1 per minute"));
}

TEST(ServerSide, WhatTheServerTakesBackIsSettled) {
  Rig rig("methods:\n  elicitation/create: {rules: [{concurrency: 1}]}\n");
  rig.server(request("1", "elicitation/create", "{}"));
  EXPECT_THAT(rig.server(request("2", "elicitation/create", "{}")).to_server, HasSubstr("At most 1 call at a time"));
  const Turn t = rig.server(cancel("1"));
  EXPECT_EQ(t.to_client, line(cancel("1")));
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"cancelled")"));
  EXPECT_EQ(rig.store.reservations(), 0U);
  EXPECT_NE(rig.server(request("1", "elicitation/create", "{}")).to_client, "") << "the id is free";
}

TEST(ServerSide, UnknownMethodsOfTheServerFollowTheDefault) {
  Rig open(open_policy);
  EXPECT_EQ(open.server(request("1", "vendor/x")).to_client, line(request("1", "vendor/x")));
  EXPECT_EQ(open.server(request("2", "tools/call", "{}")).to_client, line(request("2", "tools/call", "{}")));
  Rig closed("default: {methods: deny}\n");
  for (const char* method : {"vendor/x", "tools/call"}) {
    const Turn t = closed.server(request("1", method));
    EXPECT_EQ(t.to_client, "");
    EXPECT_THAT(t.to_server, HasSubstr("is not permitted by policy"));
  }
}

TEST(ServerSide, ErrorsAreRecordedWithTheirCode) {
  Rig rig(open_policy);
  rig.client(call("1", "a"));
  EXPECT_THAT(rig.server(error("1", "-32603")).lazy, AllOf(HasSubstr(R"("outcome":"error")"), HasSubstr("-32603")));
  rig.client(call("2", "a"));
  EXPECT_THAT(rig.server(result("2", R"({"isError":true,"content":[]})")).lazy, HasSubstr(R"("outcome":"tool_error")"));
}

}  // namespace
}  // namespace mediator
