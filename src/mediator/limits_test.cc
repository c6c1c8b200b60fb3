// Limits of calls: the first call too many, what is given back and when, leases, approvals, shadow.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view ten = "tools:\n  a: {rules: [{action: allow, rate_limit: {max: 10, window: 60}}]}\n";
constexpr std::string_view one_at_a_time = "tools:\n  a: {rules: [{concurrency: 1}]}\n";

std::string once(std::string_view refund = "") {
  return "tools:\n  a: {rules: [{limits: [{counter: n, window: hour, max: 1" +
         (refund.empty() ? std::string() : ", refund: " + std::string(refund)) + "}]}]}\n";
}

TEST(Limits, TheEleventhCallIsRefused) {
  Rig rig(ten);
  for (int i = 1; i <= 10; ++i) EXPECT_NE(rig.client(call(std::to_string(i), "a")).to_server, "") << i;
  rig.clock.advance(std::chrono::milliseconds(20'500));
  const Turn t = rig.client(call("11", "a"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(t.to_client, denied("11", "Rate limit of 10 per minute reached. Try again in 40 s.", "i-b",
                                "tools/a/rules/0", "", ",\"retry_after_ms\":39500"));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("reason":"limit")"), HasSubstr(R"("rule":"tools/a/rules/0")")));
  rig.clock.advance(std::chrono::milliseconds(39'499));
  EXPECT_EQ(rig.client(call("12", "a")).to_server, "");
  rig.clock.advance(std::chrono::milliseconds(1));
  EXPECT_NE(rig.client(call("12", "a")).to_server, "");
}

TEST(Limits, ABurstInOneTurnAdmitsNoneTooMany) {
  Rig rig(ten);
  for (int i = 1; i <= 50; ++i) EXPECT_TRUE(rig.session->on_client(call(std::to_string(i), "a")));
  const Turn t = rig.turn();
  EXPECT_EQ(lines(t.to_server), 10U);
  EXPECT_EQ(lines(t.to_client), 40U);
  EXPECT_EQ(lines(t.record), 50U);
  EXPECT_EQ(rig.session->counts().calls, 50U);
  EXPECT_EQ(rig.session->counts().denied, 40U);
}

TEST(Limits, ASecondSessionStartsAfresh) {
  Rig first(ten), second(ten);
  for (int i = 1; i <= 11; ++i) first.client(call(std::to_string(i), "a"));
  EXPECT_NE(second.client(call("1", "a")).to_server, "");
}

TEST(Limits, TheDecisionNamesWhatItCharged) {
  Rig rig(once());
  const Turn t = rig.client(call("1", "a", R"({"k":"v"})"));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("charged":[{"counter":)"), HasSubstr(R"("amount":"1","max":"1")"),
                              HasSubstr(R"("args":{"k":"v"})")));
}

TEST(Limits, TheRecordOfARefusalSaysWhatItRestsOn) {
  Rig rig("tools: {t: {rules: [{rate_limit: {max: 1, window: 60}}, {require: {path: args.n, op: lte, value: 5}}]}}");
  rig.client(call("1", "t", R"({"n":1})"));
  EXPECT_THAT(rig.client(call("2", "t", R"({"n":9})")).record,
              AllOf(HasSubstr(R"("condition":"args.n lte 5")"), Not(HasSubstr(R"("limit":{)"))));
  rig.clock.advance(std::chrono::seconds(10));
  const Turn t = rig.client(call("3", "t", R"({"n":1})"));
  EXPECT_THAT(t.record,
              AllOf(HasSubstr(R"("limit":{)"), HasSubstr(R"("held":"1")"), HasSubstr(R"("amount":"1")"),
                    HasSubstr(R"("max":"1")"), HasSubstr(R"("retry_after_ms":50000)"), Not(HasSubstr("condition"))));
}

TEST(Limits, AnErrorIsGivenBackOnlyIfThePolicySaysSo) {
  for (const bool as_error : {true, false}) {
    const std::string answer = as_error ? error("1") : result("1", R"({"content":[],"isError":true})");
    Rig plain(once());
    plain.client(call("1", "a"));
    plain.server(answer);
    EXPECT_EQ(plain.client(call("2", "a")).to_server, "");
    Rig refunding(once("on_error"));
    refunding.client(call("1", "a"));
    refunding.server(answer);
    EXPECT_NE(refunding.client(call("2", "a")).to_server, "");
    refunding.server(result("2"));
    EXPECT_EQ(refunding.client(call("3", "a")).to_server, "") << "a success stays charged";
  }
}

TEST(Limits, AnUnreadableAnswerStaysCharged) {
  Rig rig(once("on_error"));
  rig.client(call("1", "a"));
  rig.server(R"({"jsonrpc":"2.0","id":1,"error":NaN})");
  EXPECT_EQ(rig.client(call("2", "a")).to_server, "");
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(Limits, ALeaseEndsWithTheAnswer) {
  Rig rig(one_at_a_time);
  rig.client(call("1", "a"));
  const Turn t = rig.client(call("2", "a"));
  EXPECT_EQ(t.to_client, denied("2", "At most 1 call at a time", "i-2", "tools/a/rules/0"));
  rig.server(result("1"));
  EXPECT_NE(rig.client(call("2", "a")).to_server, "");
  rig.server(error("2"));
  EXPECT_NE(rig.client(call("3", "a")).to_server, "");
  rig.server("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":");
  EXPECT_NE(rig.client(call("4", "a")).to_server, "");
}

TEST(Limits, ACancelledCallHoldsItsLeaseUntilItIsAnswered) {
  Rig rig(one_at_a_time);
  rig.client(call("1", "a"));
  EXPECT_EQ(rig.client(cancel("1")).to_server, line(cancel("1")));
  EXPECT_EQ(rig.client(cancel("1")).to_server, line(cancel("1"))) << "twice makes no difference";
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.client(call("2", "a")).to_server, "") << "the server may go on with it";
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
  EXPECT_NE(rig.client(call("2", "a")).to_server, "");
}

TEST(Limits, ACancelledCallThatIsNeverAnsweredIsGivenUp) {
  Rig rig(one_at_a_time);
  rig.client(call("1", "a"));
  rig.client(cancel("1"));
  ASSERT_TRUE(rig.session->deadline().has_value());
  rig.clock.advance(std::chrono::minutes(5) - std::chrono::nanoseconds(1));
  EXPECT_EQ(rig.client(call("2", "a")).to_server, "");
  const Turn t = rig.after(std::chrono::nanoseconds(1));
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("id":"i-1")"), HasSubstr(R"("outcome":"cancelled")")));
  EXPECT_EQ(t.to_client, "");
  EXPECT_NE(rig.client(call("3", "a")).to_server, "");
}

TEST(Limits, CancelledCallsDoNotFillTheTable) {
  Config config;
  config.max_in_flight = 10;
  Rig rig("version: \"1\"\n", config);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_NE(rig.client(request(std::to_string(i), "x")).to_server, "") << i;
    rig.client(cancel(std::to_string(i)));
  }
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_NE(rig.client(request("0", "x")).to_server, "") << "the oldest are forgotten";
}

TEST(Limits, ApprovalsAreNotConfigured) {
  Rig rig(R"(
tools:
  a:
    rules:
      - {action: require_approval, conditions: [{path: args.n, op: gt, value: 5}], on_deny: "Too much"}
      - {rate_limit: 1/hour}
)");
  EXPECT_THAT(rig.client(call("1", "a", R"({"n":6})")).to_client,
              HasSubstr("Too much. A human has to approve this, and approvals are not configured"));
  EXPECT_NE(rig.client(call("2", "a", R"({"n":5})")).to_server, "") << "the refusal charged nothing";
  EXPECT_THAT(rig.client(call("3", "a", R"({"n":6})")).to_client, HasSubstr("Rate limit of 1 per hour"))
      << "limits first: nobody is asked about what cannot go";
}

TEST(Limits, ShadowRulesOnlyLeaveFindings) {
  Rig rig(R"(
tools:
  a:
    rules:
      - {mode: shadow, rate_limit: 1/hour}
      - {mode: shadow, concurrency: 1}
      - {mode: shadow, action: deny, reason: "Never"}
methods:
  tools/list: {rules: [{mode: shadow, rate_limit: 1/hour}]}
)");
  Turn t = rig.client(call("1", "a"));
  EXPECT_EQ(t.to_server, line(call("1", "a")));
  EXPECT_THAT(t.record,
              AllOf(HasSubstr("would be denied: Never"), Not(HasSubstr("Rate limit")), Not(HasSubstr("At most"))));
  t = rig.client(call("2", "a"));
  EXPECT_EQ(t.to_server, line(call("2", "a")));
  EXPECT_THAT(t.record, AllOf(HasSubstr("Rate limit of 1 per hour"), HasSubstr("At most 1 call")));
  rig.server(result("1"));
  rig.server(result("2"));
  EXPECT_THAT(rig.client(call("3", "a")).record, Not(HasSubstr("At most 1 call"))) << "both leases ended";
  rig.server(result("3"));
  EXPECT_EQ(rig.store.reservations(), 0U);
  rig.client(request("4", "tools/list"));
  EXPECT_THAT(rig.client(request("5", "tools/list")).record, HasSubstr("Rate limit of 1 per hour"));
}

TEST(Limits, PlumbingIsRuledByName) {
  Rig rig("methods:\n  tools/list: {rules: [{rate_limit: 1/hour}]}\n");
  const Turn t = rig.client(request("1", "tools/list"));
  EXPECT_EQ(t.to_server, line(request("1", "tools/list")));
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"allow")"));
  EXPECT_THAT(rig.client(request("2", "tools/list")).to_client,
              AllOf(HasSubstr(R"("id":2,"error":{"code":40301)"), HasSubstr("Rate limit of 1 per hour"),
                    HasSubstr(R"("retry_after_ms":)")));
}

TEST(Limits, AFullStoreIsNotALimit) {
  base::FakeClock clock;
  limits::MemoryStore tiny(clock, 0);
  base::FakeRandom random;
  audit::Recorder recorder(clock, {}, "key");
  Config config;
  config.instance = "i";
  Session session(config, clock, random, tiny, recorder, snapshot(ten));
  EXPECT_TRUE(session.on_client(call("1", "a")));
  EXPECT_EQ(session.output().to_server, "");
  EXPECT_THAT(session.output().record, HasSubstr(R"("reason":"state")"));
}

}  // namespace
}  // namespace mediator
