// What a client sends: read strictly, answered when it is refused, forwarded as it was understood.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view open_policy = "version: \"1\"\n";

TEST(ClientSide, ForwardsARequestAndItsAnswerByteForByte) {
  Rig rig(open_policy);
  const std::string ask =
      R"({"id":1e0,"jsonrpc":"2.0","vendor":[1.0,{"b":2,"a":1}],"method":"x/y","params":{"n":1.50,"s":"é"}})";
  const Turn there = rig.client(ask);
  EXPECT_EQ(there.to_server, line(ask));
  EXPECT_EQ(there.to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 1U);
  const std::string answer = R"({"vendor":1,"result":{"z":1,"a":[1.0]},"id":1,"jsonrpc":"2.0"})";
  const Turn back = rig.server(answer);
  EXPECT_EQ(back.to_client, line(answer));
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST(ClientSide, WhiteSpaceAndBlankLinesAreNothing) {
  Rig rig(open_policy);
  EXPECT_EQ(rig.client("  \t\r").to_client, "");
  EXPECT_EQ(rig.client(" {\"jsonrpc\":\"2.0\" ,\r \"id\":1,\"method\":\"ping\"}\r").to_server,
            line(request("1", "ping")));
}

TEST(ClientSide, UnreadableTextGetsAnErrorAndReachesNobody) {
  const std::pair<std::string, int> bad[] = {
      {"nonsense", -32700},
      {R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"a":NaN}})", -32700},
      {R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"a":1,"a":2}})", -32600},
      {R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"a":"\ud800"}})", -32600},
      {"\xEF\xBB\xBF{}", -32700},
      {R"({"jsonrpc":"2.0","id":7,"method":"x"} {})", -32700},
  };
  for (const auto& [text, code] : bad) {
    Rig rig(open_policy);
    const Turn t = rig.client(text);
    EXPECT_EQ(t.to_server, "") << text;
    EXPECT_THAT(t.to_client, HasSubstr("\"error\":{\"code\":" + std::to_string(code))) << text;
    EXPECT_THAT(t.record, HasSubstr(R"("what":"unreadable","direction":"client")")) << text;
    EXPECT_EQ(t.notes.size(), 1U);
  }
}

TEST(ClientSide, ACertainIdIsAnsweredUnlessItIsInFlight) {
  Rig rig(open_policy);
  const std::string twice = R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"a":1,"a":2}})";
  EXPECT_THAT(rig.client(twice).to_client, HasSubstr(R"("id":7,)"));
  EXPECT_THAT(rig.client(R"({"jsonrpc":"2.0","id":7,"id":7,"method":"x"})").to_client, HasSubstr(R"("id":null)"));
  rig.client(request("7", "x"));
  EXPECT_THAT(rig.client(twice).to_client, HasSubstr(R"("id":null)"));
  EXPECT_EQ(rig.server(result("7")).to_client, line(result("7")));
}

TEST(ClientSide, OversizedMessagesAreAnsweredWithoutAnId) {
  Rig rig(open_policy);
  rig.session->on_client_oversized(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{)", 1000);
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":null)"), HasSubstr("limit of 1000 bytes")));
}

TEST(ClientSide, MessagesWithoutOneMeaningAreRefused) {
  const std::pair<std::string, std::string> bad[] = {
      {"[]", "batches"},
      {"7", "object"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", "batches"},
      {R"({"jsonrpc":"2.0","id":1})", "needs"},
      {R"({"jsonrpc":"1.0","id":1,"method":"x"})", "jsonrpc"},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", "method"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","Method":"tools/call"})", "looks like"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})", "params"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}})", "name"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":[]}})", "arguments"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}})", "looks like"},
      {R"({"jsonrpc":"2.0","id":null,"method":"x"})", "id"},
      {R"({"jsonrpc":"2.0","id":{},"method":"x"})", "id"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"x"})", "id"},
  };
  for (const auto& [text, word] : bad) {
    Rig rig(open_policy);
    const Turn t = rig.client(text);
    EXPECT_EQ(t.to_server, "") << text;
    EXPECT_EQ(lines(t.to_client), 1U) << text;
    EXPECT_THAT(t.to_client, AllOf(HasSubstr("\"error\""), HasSubstr(word))) << text;
    EXPECT_THAT(t.record, HasSubstr(R"("what":"refused")")) << text;
  }
}

TEST(ClientSide, ARefusedMessageNeverAnswersACallInFlight) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  EXPECT_THAT(rig.client(R"({"jsonrpc":"2.0","id":1.0,"method":"x","params":[]})").to_client,
              HasSubstr(R"("id":null)"));
}

TEST(ClientSide, ADuplicateIdIsNotForwardedAndNotAnswered) {
  Rig rig(open_policy);
  rig.client(request("1", "x"));
  for (const char* id : {"1", "1.0", "10e-1"}) {
    const Turn t = rig.client(request(id, "y"));
    EXPECT_EQ(t.to_server, "") << id;
    EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":null)"), HasSubstr("already in use"))) << id;
    EXPECT_THAT(t.record, HasSubstr("duplicate_id"));
  }
  EXPECT_EQ(rig.client(request("\"1\"", "y")).to_server, line(request("\"1\"", "y")));
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
  EXPECT_EQ(rig.client(request("1", "y")).to_server, line(request("1", "y"))) << "free again";
}

TEST(ClientSide, IdsAreNotLongerThanWhatIsKept) {
  Rig rig(open_policy);
  const std::string id = '"' + std::string(70'000, 'x') + '"';
  const Turn t = rig.client(request(id, "x"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":null)"));
  EXPECT_LT(t.to_client.size(), 1000U);
}

TEST(ClientSide, RequestsAndNotificationsAreNotConfused) {
  Rig rig(open_policy);
  Turn t = rig.client(request("1", "notifications/initialized"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1,)"), HasSubstr("is a notification")));
  t = rig.client(notification("tools/call", R"({"name":"a"})"));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_THAT(t.record, HasSubstr("needs an"));
}

TEST(ClientSide, RequestsInFlightAreBounded) {
  Config config;
  config.max_in_flight = 2;
  Rig rig(open_policy, config);
  rig.client(request("1", "x"));
  rig.client(request("2", "x"));
  const Turn t = rig.client(request("3", "x"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":3,)"), HasSubstr("2 requests are in flight")));
  rig.server(result("1"));
  EXPECT_NE(rig.client(request("3", "x")).to_server, "");
}

TEST(ClientSide, AnswersThatNobodyAskedForAreDropped) {
  Rig rig(open_policy);
  for (const std::string& text : {result("9"), error("9"), error("null")}) {
    const Turn t = rig.client(text);
    EXPECT_EQ(t.to_server + t.to_client, "") << text;
    EXPECT_THAT(t.record, HasSubstr(R"("what":"unknown_answer","direction":"client")"));
  }
}

TEST(ClientSide, AnAnswerThatIsRefusedFailsWhatTheServerAsked) {
  Rig rig(open_policy);
  for (const char* bad :
       {R"({"jsonrpc":"2.0","id":4,"result":{},"error":{}})", R"({"jsonrpc":"2.0","id":4,"result":{"a":1,"a":2}})",
        R"({"jsonrpc":"2.0","id":4,"error":7})"}) {
    EXPECT_EQ(rig.server(request("4", "roots/list")).to_client, line(request("4", "roots/list")));
    const Turn t = rig.client(bad);
    EXPECT_THAT(t.to_server, HasSubstr(R"({"jsonrpc":"2.0","id":4,"error":{"code":-32603)")) << bad;
    EXPECT_THAT(t.to_client, Not(HasSubstr(R"("id":4)"))) << bad;
  }
}

TEST(ClientSide, DenialsOfNotificationsAreSilent) {
  Rig rig(R"(
methods:
  notifications/roots/list_changed: {rules: [{action: deny, reason: no}]}
default: {methods: deny}
)");
  Turn t = rig.client(notification("notifications/roots/list_changed"));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("decision":"deny")"), HasSubstr("notifications/roots/list_changed")));
  t = rig.client(notification("vendor/thing"));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_THAT(t.record, HasSubstr("default_deny"));
  EXPECT_EQ(rig.session->counts().denied, 2U);
}

TEST(ClientSide, LimitsOfNotificationsHold) {
  Rig rig("methods:\n  notifications/progress: {rules: [{rate_limit: 2/minute}]}\n");
  const std::string tick = notification("notifications/progress", R"({"progressToken":1,"progress":1})");
  EXPECT_EQ(rig.client(tick).to_server, line(tick));
  const Turn second = rig.client(tick);
  EXPECT_EQ(second.to_server, line(tick));
  EXPECT_THAT(second.record, HasSubstr(R"("decision":"allow")"));
  EXPECT_EQ(rig.client(tick).to_server, "");
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(ClientSide, TheClientsNameIsRemembered) {
  Rig rig(open_policy);
  rig.client(request("1", "initialize", R"({"clientInfo":{"name":"tester","version":"1"}})"));
  EXPECT_THAT(rig.client(call("2", "a")).record, HasSubstr(R"("client_name":"tester")"));
}

}  // namespace
}  // namespace mediator
