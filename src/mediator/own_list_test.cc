// The session's own tools/list: when it may be sent, what it looks like, and what becomes of the calls that wait.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view needs_args = "tools:\n  \"*\": {rules: [{validate: {required_args: true}}]}\n";
constexpr std::string_view list_of_a =
    R"({"tools":[{"name":"a","inputSchema":{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]}}]})";

// The id of the session's request in `to_server`, as JSON text.
std::string own_id(const std::string& to_server) {
  const std::size_t begin = to_server.find("\"intercept:");
  EXPECT_NE(begin, std::string::npos) << to_server;
  return begin == std::string::npos ? "" : to_server.substr(begin, to_server.find('"', begin + 1) - begin + 1);
}

class OwnList : public testing::Test {
 protected:
  // A legacy session in which call 1 of tool a waits; gives the id of the request.
  std::string start(const std::string& first = call("1", "a", R"({"x":"y"})")) {
    rig.initialize();
    const Turn t = rig.client(first);
    EXPECT_EQ(t.to_client, "");
    EXPECT_EQ(t.record, "");
    const std::string id = own_id(t.to_server);
    EXPECT_EQ(t.to_server, line(request(id, "tools/list")));
    return id;
  }
  Rig rig{needs_args};
};

TEST_F(OwnList, IsAskedForOnceAndHidesFromTheClient) {
  const std::string id = start();
  EXPECT_EQ(rig.client(call("2", "a")).to_server, "") << "one list at a time";
  EXPECT_EQ(rig.session->in_flight(), 2U);
  const Turn t = rig.server(result(id, list_of_a));
  EXPECT_EQ(t.to_server, line(call("1", "a", R"({"x":"y"})")));
  EXPECT_EQ(lines(t.to_client), 1U);
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":2)"), HasSubstr("\\\"x\\\""), HasSubstr("isError")));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("reason":"validation")"), HasSubstr(R"("decision":"allow")")));
  EXPECT_EQ(rig.client(call("3", "a", R"({"x":"z"})")).to_server, line(call("3", "a", R"({"x":"z"})"))) << "known now";
  EXPECT_THAT(rig.client(call("4", "zzz")).to_client, HasSubstr("server does not list tool"));
  rig.clock.advance(std::chrono::minutes(5));
  EXPECT_THAT(rig.client(call("5", "a", R"({"x":"y"})")).to_server, HasSubstr("tools/list")) << "its time is over";
}

TEST_F(OwnList, IsNotAskedForBeforeTheHandshakeOfOldRevisions) {
  const Turn t = rig.client(call("1", "a", R"({"x":"y"})"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, HasSubstr("before notifications/initialized"));
  EXPECT_THAT(t.record, HasSubstr(R"("reason":"validation")"));
}

TEST_F(OwnList, CarriesTheMetaOfTheCallInNewRevisions) {
  const Turn t =
      rig.client(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"y"},)"
                 R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":5,"t":[1.0]}}})");
  const std::string id = own_id(t.to_server);
  EXPECT_EQ(t.to_server,
            line(request(id, "tools/list",
                         R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","t":[1.0]}})")));
  EXPECT_THAT(rig.server(result(id, list_of_a)).to_server, HasSubstr(R"("progressToken":5)"));
}

TEST_F(OwnList, TheClientsListServesAsWell) {
  rig.initialize();
  rig.client(request("9", "tools/list"));
  rig.server(result("9", list_of_a));
  EXPECT_EQ(rig.client(call("1", "a", R"({"x":"y"})")).to_server, line(call("1", "a", R"({"x":"y"})")));
}

TEST_F(OwnList, FollowsPages) {
  const std::string id = start();
  Turn t = rig.server(result(id, R"({"tools":[],"nextCursor":"p\"2"})"));
  const std::string second = own_id(t.to_server);
  EXPECT_NE(second, id);
  EXPECT_EQ(t.to_server, line(request(second, "tools/list", R"({"cursor":"p\"2"})")));
  t = rig.server(result(second, list_of_a));
  EXPECT_EQ(t.to_server, line(call("1", "a", R"({"x":"y"})")));
}

TEST_F(OwnList, EndsAfterAHundredPages) {
  std::string id = start();
  Turn t;
  int pages = 1;
  for (; pages < 200; ++pages) {
    t = rig.server(result(id, R"({"tools":[],"nextCursor":"more"})"));
    if (t.to_server.empty()) break;
    id = own_id(t.to_server);
  }
  EXPECT_EQ(pages, 100);
  EXPECT_THAT(t.to_client, HasSubstr("more than 100 pages"));
}

TEST_F(OwnList, ErrorsRefuseTheCallsThatWait) {
  const std::pair<std::string, std::string> bad[] = {{R"(,"error":{"code":-1,"message":"broken"}})", "broken"},
                                                     {R"(,"result":{}})", "without tools"},
                                                     {R"(,"result":{"tools":[NaN]}})", "cannot be read"}};
  for (const auto& [end, word] : bad) {
    Rig fresh(needs_args);
    fresh.initialize();
    const std::string id = own_id(fresh.client(call("1", "a", R"({"x":"y"})")).to_server);
    const Turn t = fresh.server(R"({"jsonrpc":"2.0","id":)" + id + end);
    EXPECT_EQ(t.to_server, "") << end;
    EXPECT_EQ(lines(t.to_client), 1U) << end;
    EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr("arguments cannot be checked"), HasSubstr(word)));
    EXPECT_EQ(fresh.session->in_flight(), 0U);
    EXPECT_THAT(fresh.client(call("2", "a")).to_server, HasSubstr("tools/list")) << "the next call asks again";
  }
}

TEST_F(OwnList, HasTenSeconds) {
  const std::string id = start();
  ASSERT_TRUE(rig.session->deadline().has_value());
  EXPECT_EQ(*rig.session->deadline() - rig.clock.boot(), std::chrono::seconds(10));
  EXPECT_EQ(rig.after(std::chrono::seconds(9)).to_client, "");
  const Turn t = rig.after(std::chrono::seconds(1));
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr("in time")));
  EXPECT_FALSE(rig.session->deadline().has_value());
  const Turn late = rig.server(result(id, list_of_a));
  EXPECT_EQ(late.to_client + late.to_server, "") << "nobody else shall see it";
}

TEST_F(OwnList, StartsAgainIfTheListChangesMeanwhile) {
  std::string id = start();
  id = own_id(rig.server(result(id, R"({"tools":[],"nextCursor":"2"})")).to_server);
  rig.server(notification("notifications/tools/list_changed"));
  Turn t = rig.server(result(id, list_of_a));
  id = own_id(t.to_server);
  EXPECT_EQ(t.to_server, line(request(id, "tools/list"))) << "from the first page";
  EXPECT_EQ(rig.server(result(id, list_of_a)).to_server, line(call("1", "a", R"({"x":"y"})")));
}

TEST_F(OwnList, GivesUpIfTheListNeverHoldsStill) {
  std::string id = start();
  Turn t;
  for (int i = 0; i < 10 && !id.empty(); ++i) {
    t = rig.server(result(id, R"({"tools":[],"nextCursor":"2"})"));
    id = own_id(t.to_server);
    rig.server(notification("notifications/tools/list_changed"));
    t = rig.server(result(id, list_of_a));
    id = t.to_server.empty() ? "" : own_id(t.to_server);
  }
  EXPECT_THAT(t.to_client, HasSubstr("keeps changing"));
}

TEST_F(OwnList, ACancelledCallIsForgotten) {
  const std::string id = start();
  const Turn t = rig.client(cancel("1"));
  EXPECT_EQ(t.to_server + t.to_client, "") << "the server never heard of it";
  EXPECT_EQ(rig.session->in_flight(), 0U);
  const Turn late = rig.server(result(id, list_of_a));
  EXPECT_EQ(late.to_server + late.to_client, "");
}

TEST_F(OwnList, AnAnswerToACallThatWaitsIsDropped) {
  start();
  EXPECT_EQ(rig.server(result("1")).to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 1U);
}

TEST_F(OwnList, CallsThatWaitAreBounded) {
  start();
  Turn t;
  for (int i = 2; i < 300; ++i) t = rig.client(call(std::to_string(i), "a"));
  EXPECT_THAT(t.to_client, HasSubstr("too many calls are waiting"));
}

TEST_F(OwnList, WaitingCallsMeetThePolicyOfTheirMoment) {
  const std::string id = start();
  rig.reload("tools:\n  a: {rules: [{action: deny, reason: changed}]}\n");
  EXPECT_THAT(rig.server(result(id, list_of_a)).to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr("changed")));
}

TEST_F(OwnList, ItsIdsAreNotTheClients) {
  const std::string id = start();
  const Turn t = rig.client(request(id, "ping"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":null)"));
}

TEST_F(OwnList, ListChangedEndsWhatIsKnownEvenIfTheClientMayNotSeeIt) {
  const std::string id = start();
  rig.server(result(id, list_of_a));
  rig.reload(std::string(needs_args) + "methods:\n  notifications/tools/list_changed: {rules: [{action: deny}]}\n");
  EXPECT_EQ(rig.server(notification("notifications/tools/list_changed")).to_client, "");
  EXPECT_THAT(rig.client(call("2", "a")).to_server, HasSubstr("tools/list"));
}

}  // namespace
}  // namespace mediator
