// The end of the server or of the session: each call in flight is answered once, and settled by what was written.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy_text = R"(
tools:
  a: {rules: [{limits: [{counter: n, window: day, max: 2}]}]}
  c: {rules: [{concurrency: 1}]}
  i: {rules: [{idempotency_window: 1h}]}
  v: {rules: [{validate: {required_args: true}}]}
methods:
  elicitation/create: {rules: [{concurrency: 1}]}
)";

TEST(Ends, UndeliveredIsGivenBackAndLostIsNot) {
  Rig rig(policy_text);
  const std::uint64_t first = rig.client(call("1", "a")).to_server.size();
  rig.client(call("2", "a"));
  const Turn t = rig.gone(first);
  EXPECT_EQ(lines(t.to_client), 2U);
  EXPECT_THAT(t.to_client,
              HasSubstr(R"({"jsonrpc":"2.0","id":1,"error":{"code":40302,"message":"The server exited with)"
                        R"( status 1 before it answered; it may have been carried out"}})"));
  EXPECT_THAT(t.to_client,
              HasSubstr(R"("id":2,"error":{"code":40302,"message":"The server exited with status 1 before )"
                        R"(it answered; the request was not delivered"}})"));
  EXPECT_THAT(t.lazy,
              AllOf(HasSubstr(R"("id":"i-1","outcome":"lost")"), HasSubstr(R"("id":"i-2","outcome":"undelivered")")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(Ends, AByteOfACallIsEnoughToLoseIt) {
  Rig rig(policy_text);
  const std::uint64_t first = rig.client(call("1", "a")).to_server.size();
  rig.client(call("2", "a"));
  EXPECT_THAT(rig.gone(first + 1).lazy, Not(HasSubstr("undelivered")));
}

TEST(Ends, CallsOfTheSameTurnAreUndelivered) {
  Rig rig(policy_text);
  EXPECT_TRUE(rig.session->on_client(call("1", "a")));
  rig.session->on_server_gone("exited with status 1", 0);
  const Turn t = rig.turn();
  EXPECT_THAT(t.to_client, HasSubstr("was not delivered"));
}

TEST(Ends, EveryKindOfCallIsAnsweredOnce) {
  Rig rig(policy_text);
  rig.initialize();
  rig.client(call("1", "i"));
  rig.client(call("2", "i"));        // waits for its twin
  rig.client(call("3", "v"));        // waits for the tools
  rig.client(request("4", "ping"));  // plumbing
  rig.client(request("5", "subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})"));
  rig.client(request("6", "vendor/x"));
  rig.client(cancel("6"));  // expects no answer
  rig.server(request("1", "elicitation/create", "{}"));
  const Turn t = rig.gone(rig.sent);
  EXPECT_EQ(lines(t.to_client), 5U);
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    EXPECT_THAT(t.to_client, HasSubstr(R"("id":)" + std::string(id) + R"(,"error":{"code":40302)"));
  }
  EXPECT_THAT(t.lazy, HasSubstr("lost"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.store.reservations(), 0U) << "what the server asked is settled, too";
  EXPECT_FALSE(rig.session->deadline().has_value());
}

TEST(Ends, LaterRequestsAreAnsweredAtOnce) {
  Rig rig(policy_text);
  rig.gone(0);
  Turn t = rig.client(call("1", "a"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":1,"error":{"code":40302,"message":"The server exited with status 1"}})"));
  t = rig.client(notification("notifications/progress", "{}"));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_EQ(rig.gone(0).to_client, "") << "only once";
  EXPECT_EQ(rig.server(request("1", "elicitation/create", "{}")).to_client, "");
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(Ends, TheEndOfTheSessionSettlesWithoutAnswers) {
  Rig rig(policy_text);
  rig.client(call("1", "a"));
  rig.client(call("2", "c"));
  rig.session->on_end(rig.sent);
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_client + t.to_server, "");
  EXPECT_EQ(lines(t.lazy), 2U);
  EXPECT_THAT(t.lazy, Not(HasSubstr("undelivered")));
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(Ends, ARecordThatFailsAfterTheServerIsGoneAnswersNobodyTwice) {
  Rig rig(policy_text);
  EXPECT_TRUE(rig.session->on_client(call("1", "a")));
  rig.session->on_server_gone("exited with status 1", 0);
  rig.session->record_failed("disk full");
  EXPECT_EQ(lines(rig.turn().to_client), 1U);
}

}  // namespace
}  // namespace mediator
