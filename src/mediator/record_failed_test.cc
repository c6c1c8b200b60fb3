// The record cannot be written: what a decision would have let pass is taken back, charges too; plumbing goes on.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy_text = R"(
tools:
  a: {rules: [{limits: [{counter: n, window: day, max: 1, refund: never}]}]}
  b: {rules: [{limits: [{counter: n, window: day, max: 1}]}]}
  c: {rules: [{concurrency: 1}]}
  i: {rules: [{idempotency_window: 1h}]}
  "*": {rules: [{rate_limit: 100/hour}]}
methods:
  elicitation/create: {rules: [{concurrency: 1}]}
  notifications/roots/list_changed: {rules: [{rate_limit: 1/hour}]}
)";

std::string refused(const std::string& id) {
  return "{\"jsonrpc\":\"2.0\",\"id\":" + id +
         ",\"error\":{\"code\":40303,\"message\":\"Refused: the audit record cannot be written (disk full)\"}}\n";
}

class RecordFailed : public testing::Test {
 protected:
  Turn fail() {
    rig.session->record_failed("disk full");
    return rig.turn();
  }
  Rig rig{policy_text};
};

TEST_F(RecordFailed, RuledMessagesAreTakenBackAndPlumbingGoesOn) {
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  EXPECT_TRUE(rig.session->on_client(request("2", "ping")));
  EXPECT_TRUE(rig.session->on_client(call("3", "c")));
  EXPECT_TRUE(rig.session->on_client(notification("notifications/roots/list_changed")));
  EXPECT_TRUE(rig.session->on_client(request("4", "tools/list")));
  const Turn t = fail();
  EXPECT_EQ(t.to_server, line(request("2", "ping")) + line(request("4", "tools/list")));
  EXPECT_EQ(t.to_client, refused("1") + refused("3"));
  EXPECT_EQ(t.record, "");
  ASSERT_EQ(t.notes.size(), 1U);
  EXPECT_EQ(t.notes[0].level, Level::error);
  EXPECT_EQ(rig.session->in_flight(), 2U);
  EXPECT_EQ(rig.store.reservations(), 0U);
  for (const std::string& again : {call("1", "b"), call("3", "c"), notification("notifications/roots/list_changed")}) {
    EXPECT_EQ(rig.client(again).to_server, line(again)) << "nothing stayed charged";
  }
}

TEST_F(RecordFailed, DenialsAreStillAnswered) {
  rig.client(call("1", "b"));
  EXPECT_TRUE(rig.session->on_client(call("2", "b")));
  EXPECT_THAT(fail().to_client, HasSubstr("\"id\":2,\"result\":{\"content\""));
}

TEST_F(RecordFailed, WhatIsLeftBeginsEarlier) {
  EXPECT_TRUE(rig.session->on_client(call("1", "b", R"({"long":")" + std::string(100, 'x') + "\"}")));
  EXPECT_TRUE(rig.session->on_client(request("2", "vendor/x")));
  EXPECT_TRUE(rig.session->on_client(request("3", "tools/list")));
  const Turn t = fail();
  EXPECT_EQ(t.to_server, line(request("3", "tools/list")));
  const Turn gone = rig.gone(1);
  EXPECT_EQ(lines(gone.to_client), 1U);
  EXPECT_THAT(gone.to_client, AllOf(HasSubstr(R"("id":3)"), HasSubstr("may have been carried out")));
}

TEST_F(RecordFailed, WhatTheServerAsksIsTakenBack) {
  EXPECT_TRUE(rig.session->on_server(request("1", "elicitation/create", "{}")));
  EXPECT_TRUE(rig.session->on_server(notification("notifications/message", "{}")));
  const Turn t = fail();
  EXPECT_EQ(t.to_client, line(notification("notifications/message", "{}")));
  EXPECT_EQ(t.to_server, refused("1"));
  EXPECT_EQ(rig.client(result("1")).to_server, "") << "it is not in flight";
  EXPECT_NE(rig.server(request("1", "elicitation/create", "{}")).to_client, "") << "the lease is free";
}

TEST_F(RecordFailed, AnswersThatAskForSomethingAreTakenBack) {
  rig.client(modern_call("1", "z"));
  EXPECT_TRUE(rig.session->on_server(result("1", R"({"inputRequests":{"a":{"method":"elicitation/create"}}})")));
  const Turn t = fail();
  EXPECT_EQ(t.to_client, refused("1"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(RecordFailed, WhoWaitsForACallThatIsTakenBackGetsTheError) {
  EXPECT_TRUE(rig.session->on_client(call("1", "i")));
  EXPECT_TRUE(rig.session->on_client(call("2", "i")));
  Turn t = fail();
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(lines(t.to_client), 2U);
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr(R"("id":2)")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.client(call("3", "i")).to_server, line(call("3", "i"))) << "it never ran";
  EXPECT_TRUE(rig.session->on_client(call("4", "i")));
  t = fail();
  EXPECT_EQ(t.to_client, refused("4"));
  EXPECT_EQ(rig.server(result("3")).to_client, line(result("3")));
  EXPECT_TRUE(rig.session->on_client(call("5", "i")));
  EXPECT_EQ(fail().to_client, refused("5")) << "a repetition is a decision, too";
}

TEST_F(RecordFailed, ACancelledCallGetsNoAnswer) {
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  EXPECT_TRUE(rig.session->on_client(cancel("1")));
  EXPECT_EQ(fail().to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_FALSE(rig.session->deadline().has_value());
}

TEST_F(RecordFailed, AnIdThatWasAnsweredAheadOfTimeIsNotMistaken) {
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  EXPECT_TRUE(rig.session->on_server(result("1")));
  EXPECT_TRUE(rig.session->on_client(request("1", "ping")));
  const Turn t = fail();
  EXPECT_EQ(t.to_client, line(result("1")));
  EXPECT_EQ(t.to_server, line(request("1", "ping")));
  EXPECT_EQ(rig.session->in_flight(), 1U);
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
}

TEST_F(RecordFailed, TheNextTurnIsAsAlways) {
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  fail();
  const Turn t = rig.client(call("2", "b"));
  EXPECT_EQ(t.to_server, line(call("2", "b")));
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"allow")"));
  EXPECT_EQ(rig.server(result("2")).to_client, line(result("2")));
}

TEST_F(RecordFailed, OutcomesThatCannotBeWrittenAreBounded) {
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(rig.session->on_server("noise"));
    rig.session->record_failed("disk full");
    rig.session->end_turn(true);
    ASSERT_LT(rig.session->output().record_lazy.size(), std::size_t{300} << 10);
  }
  EXPECT_THAT(rig.session->output().record_lazy, HasSubstr("records_lost"));
}

TEST(RecordFailOpen, EverythingGoesOn) {
  Config config;
  config.record_fail_open = true;
  Rig rig(policy_text, config);
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  rig.session->record_failed("disk full");
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server, line(call("1", "b")));
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.notes.at(0).text, HasSubstr("audit-fail-mode"));
}

TEST_F(RecordFailed, IsSaidOnceUntilARecordIsWrittenAgain) {
  const auto errors = [](const Turn& t) {
    return std::count_if(t.notes.begin(), t.notes.end(), [](const Note& n) { return n.level == Level::error; });
  };
  EXPECT_TRUE(rig.session->on_client(call("1", "b")));
  EXPECT_EQ(errors(fail()), 1);
  EXPECT_TRUE(rig.session->on_client(call("2", "b")));
  EXPECT_EQ(errors(fail()), 0);
  rig.client(call("3", "b"));
  EXPECT_TRUE(rig.session->on_client(call("4", "c")));
  EXPECT_EQ(errors(fail()), 1);
}

}  // namespace
}  // namespace mediator
