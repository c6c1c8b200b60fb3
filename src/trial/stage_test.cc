// The stage: what is seen of a message, who sends it, time, reload, and that it is the same every time.
#include "trial/stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "policy/load.h"

namespace trial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const policy::Snapshot> snapshot(std::string_view yaml) {
  const policy::Loaded loaded = policy::load("policy.yaml", yaml);
  if (!loaded.policy) return nullptr;
  auto lowered = policy::lower(*loaded.policy, {"srv"});
  return lowered ? *lowered : nullptr;
}

Decision decide(Stage& stage, std::string_view tool, std::string_view arguments = "{}") {
  const Seen& seen = stage.call(tool, arguments);
  EXPECT_THAT(seen.broken, IsEmpty());
  return seen.decision;
}

TEST(Stage, SeesWhatTheRecordSays) {
  Stage stage({"srv"}, snapshot(R"(
tools:
  pay:
    rules:
      - {name: small, require: [{path: args.n, op: lte, value: 5}], on_deny: Too much}
      - {name: twice, rate_limit: 2/hour}
      - {name: watch, mode: shadow, action: deny, on_deny: Watched}
)"));
  const Seen& seen = stage.call("pay", R"({"n":6})");
  EXPECT_EQ(seen.decision, Decision::deny);
  EXPECT_EQ(seen.rule, "tools/pay/rules/small");
  EXPECT_EQ(seen.reason, "rule");
  EXPECT_EQ(seen.condition, "args.n lte 5");
  EXPECT_EQ(seen.message, "Too much");
  EXPECT_THAT(seen.line, HasSubstr("[INTERCEPT POLICY DENIED] Too much"));
  EXPECT_THAT(seen.sent, HasSubstr(R"("n":6)"));
  EXPECT_FALSE(seen.id.empty());

  EXPECT_EQ(stage.call("pay", R"({"n":1})").decision, Decision::allow);
  ASSERT_EQ(seen.charged.size(), 1U);
  EXPECT_EQ(seen.charged[0].amount, "1");
  EXPECT_EQ(seen.charged[0].max, "2");
  ASSERT_EQ(seen.shadow.size(), 1U);
  EXPECT_EQ(seen.shadow[0].rule, "tools/pay/rules/watch");
  EXPECT_THAT(seen.line, HasSubstr(R"("method":"tools/call")"));

  stage.advance(std::chrono::minutes(10));
  EXPECT_EQ(stage.call("pay", R"({"n":1})").decision, Decision::allow);
  EXPECT_EQ(stage.call("pay", R"({"n":1})").decision, Decision::deny);
  EXPECT_EQ(seen.reason, "limit");
  EXPECT_EQ(seen.retry_after_ms, 50 * 60 * 1000);
  ASSERT_TRUE(seen.limit);
  EXPECT_EQ(seen.limit->max, "2");
  EXPECT_EQ(seen.limit_held, "2");
  EXPECT_THAT(seen.broken, IsEmpty());
}

TEST(Stage, ApprovalIsADecisionOfItsOwn) {
  Stage stage({}, snapshot("tools: {a: {rules: [{action: require_approval}]}}"));
  EXPECT_EQ(decide(stage, "a"), Decision::approval);
}

TEST(Stage, SessionsShareTheStoreAndNotTheirOwnLimits) {
  Stage stage(
      {}, snapshot("tools: {a: {rules: [{rate_limit: 2/hour}]}, b: {rules: [{rate_limit: {max: 1, window: 60}}]}}"));
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::deny);
  stage.enter_session("second");
  EXPECT_EQ(decide(stage, "b"), Decision::allow);
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
  stage.enter_identity("other");
  EXPECT_EQ(decide(stage, "a"), Decision::deny);
  stage.reset();
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
}

TEST(Stage, TheServerAnswersAsItIsTold) {
  Stage stage({}, snapshot("tools: {a: {rules: [{concurrency: 1}]}, b: {rules: [{limits: [{counter: n, window: day, "
                           "max: 1, refund: on_error}]}]}}"));
  EXPECT_EQ(stage.call("a", "{}", Answer::none).decision, Decision::allow);
  EXPECT_EQ(decide(stage, "a"), Decision::deny);
  EXPECT_TRUE(stage.finish(Answer::ok));
  EXPECT_FALSE(stage.finish(Answer::ok));
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
  EXPECT_EQ(stage.call("b", "{}", Answer::is_error).decision, Decision::allow);
  EXPECT_EQ(stage.call("b", "{}", Answer::error).decision, Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::deny);
}

TEST(Stage, TheServerListsItsTools) {
  Stage stage(
      {.tools = R"([{"name":"a","inputSchema":{"required":["x"],"properties":{"x":{"type":"string"}}}},{"name":"b"}])"},
      snapshot("hide: [b]\ntools: {a: {rules: [{validate: {required_args: true}}]}}"));
  EXPECT_THAT(stage.listed_tools(), ElementsAre("a"));
  EXPECT_EQ(decide(stage, "a"), Decision::deny);
  EXPECT_EQ(decide(stage, "a", R"({"x":"1"})"), Decision::allow);
  stage.enter_session("which asks the server itself");
  EXPECT_EQ(decide(stage, "a", R"({"x":"1"})"), Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::deny);
  EXPECT_EQ(stage.request(R"("method":"tools/list")").decision, Decision::allow);
}

TEST(Stage, OtherMessages) {
  Stage stage({}, snapshot("methods: {sampling/createMessage: {rules: [{action: deny}]}}\ndefault: {resources: deny}"));
  EXPECT_EQ(stage.request(R"("method":"resources/read","params":{"uri":"x://y"})").decision, Decision::deny);
  EXPECT_EQ(stage.server_request(R"("method":"sampling/createMessage","params":{})").decision, Decision::deny);
  EXPECT_EQ(stage.server_request(R"("method":"ping")").decision, Decision::allow);
  EXPECT_EQ(stage.client_line("{").decision, Decision::error);
  EXPECT_EQ(stage.server_line("noise").decision, Decision::nothing);
  EXPECT_EQ(stage.notify(R"("method":"notifications/roots/list_changed")").decision, Decision::allow);
  const Seen& raw = stage.client_line(R"({"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"a"}})");
  EXPECT_EQ(raw.decision, Decision::allow);
  EXPECT_THAT(raw.broken, IsEmpty());
}

TEST(Stage, TimeAndReload) {
  using std::chrono::sys_days;
  const base::WallTime noon = sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(12);
  Stage stage({.start = noon}, snapshot("tools: {a: {rules: [{require: [{path: time.hour, op: eq, value: 12}]}]}}"));
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
  EXPECT_TRUE(stage.advance_to(noon + std::chrono::hours(1)));
  EXPECT_EQ(decide(stage, "a"), Decision::deny);
  const auto back = stage.advance_to(noon);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr("2026-11-25T13:00:00"));
  stage.reload(snapshot("tools: {}"));
  EXPECT_EQ(decide(stage, "a"), Decision::allow);
}

TEST(Stage, AnswersOutOfOrderEndsSessionsAndGoesBackInTime) {
  using std::chrono::sys_days;
  const base::WallTime noon = sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(12);
  Stage stage({.start = noon}, snapshot("tools: {a: {rules: [{concurrency: 2}]}, b: {rules: [{rate_limit: 1/hour}]}}"));
  const auto send = [&](const std::string& id) {
    const std::string line = R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":"a"}})";
    return stage.client_line(line, Answer::none).decision;
  };
  EXPECT_EQ(send("1"), Decision::allow);
  EXPECT_EQ(send("\"x\""), Decision::allow);
  EXPECT_EQ(send("3"), Decision::deny);
  EXPECT_TRUE(stage.finish("\"x\"", Answer::ok));
  EXPECT_FALSE(stage.finish("\"x\"", Answer::ok));
  EXPECT_EQ(send("4"), Decision::allow);
  stage.end_session("nobody");
  stage.end_session("first");
  EXPECT_FALSE(stage.finish("1", Answer::ok));
  EXPECT_EQ(send("5"), Decision::allow);
  EXPECT_EQ(send("6"), Decision::allow);
  EXPECT_EQ(decide(stage, "b"), Decision::allow);
  stage.end_session("first");
  EXPECT_EQ(decide(stage, "b"), Decision::deny);  // what is counted for all outlives a session
  stage.advance(std::chrono::minutes(30));
  stage.reset(noon - std::chrono::hours(48));
  EXPECT_EQ(stage.now(), noon - std::chrono::hours(48));
  EXPECT_EQ(decide(stage, "b"), Decision::allow);
}

TEST(Stage, IsTheSameEveryTime) {
  const auto policy =
      snapshot("tools: {a: {rules: [{rate_limit: 5/hour}, {require: [{path: args.n, op: lte, value: 7}]}]}}");
  std::string first;
  for (int round = 0; round < 2; ++round) {
    Stage stage({}, policy);
    std::string all;
    for (int i = 0; i < 20; ++i) {
      const Seen& seen = stage.call("a", "{\"n\":" + std::to_string(i % 10) + "}");
      all.append(seen.id).append(seen.rule).append(seen.line).append("\n");
    }
    if (round == 0) first = all;
    EXPECT_EQ(all, first);
  }
}

// `diff` decides thousands of calls under two policies. A floor with room for slow machines and debug builds.
TEST(Stage, IsCheap) {
  const auto policy = snapshot("tools: {a: {rules: [{require: [{path: args.n, op: lte, value: 50000}]}]}}");
  Stage stage({}, policy);
  const auto begin = std::chrono::steady_clock::now();
  constexpr int calls = 20'000;
  int denied = 0;
  for (int i = 0; i < calls; ++i) {
    denied += stage.call("a", i % 2 == 0 ? R"({"n":50000})" : R"({"n":50001})").decision == Decision::deny ? 1 : 0;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(denied, calls / 2);
  RecordProperty("calls_per_second", std::to_string(static_cast<int>(calls / took.count())));
  EXPECT_LT(took.count(), 20.0);
}

}  // namespace
}  // namespace trial
