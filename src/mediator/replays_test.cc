// Idempotency: an identical call is answered with the first one's result, waits for it, or is refused; never run twice.
#include "mediator/replays.h"

#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy_text =
    "tools:\n  a: {rules: [{idempotency_window: 10m, limits: [{counter: n, window: day, max: 2}]}]}\n";

class Repeats : public testing::Test {
 protected:
  Rig rig{policy_text};
};

TEST_F(Repeats, AreAnsweredWithTheFirstResultUnderTheirOwnId) {
  rig.client(call("1", "a", R"({"x":1,"y":"z"})"));
  rig.server(result("1", R"({"content":[],"n":1.0})"));
  const Turn t = rig.client(call("\"two\"", "a", R"({"y":"z","x":1.0})"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(t.to_client, line(result("\"two\"", R"({"content":[],"n":1.0})")));
  EXPECT_THAT(t.record,
              AllOf(HasSubstr(R"("id":"i-2")"), HasSubstr(R"("decision":"replay")"), Not(HasSubstr("charged"))));
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"replayed")"));
  EXPECT_NE(rig.client(call("3", "a", R"({"x":2})")).to_server, "") << "only one was charged";
  EXPECT_EQ(rig.client(call("4", "a", R"({"x":3})")).to_server, "");
}

TEST_F(Repeats, AreNewCallsAfterTheWindow) {
  rig.client(call("1", "a"));
  rig.server(result("1"));
  rig.clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(rig.client(call("2", "a")).to_server, line(call("2", "a")));
}

TEST_F(Repeats, ErrorsAreRepeatedToo) {
  rig.client(call("1", "a"));
  rig.server(error("1"));
  EXPECT_EQ(rig.client(call("2", "a")).to_client, line(error("2")));
}

TEST_F(Repeats, WaitForTheOneThatRuns) {
  rig.client(call("1", "a"));
  const Turn t = rig.client(call("2", "a"));
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"replay")"));
  rig.client(call("3", "a"));
  EXPECT_EQ(rig.session->in_flight(), 3U);
  EXPECT_EQ(rig.server(result("2")).to_client, "") << "the server never saw this id";
  const Turn all = rig.server(result("1", R"({"content":[]})"));
  EXPECT_EQ(lines(all.to_client), 3U);
  for (const char* id : {"1", "2", "3"}) EXPECT_THAT(all.to_client, HasSubstr(result(id, R"({"content":[]})")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Repeats, ThatAreCancelledWaitNoLonger) {
  rig.client(call("1", "a"));
  rig.client(call("2", "a"));
  const Turn t = rig.client(cancel("2"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"cancelled")"));
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
}

TEST_F(Repeats, ThatAreCancelledLeaveTheirIdToOthers) {
  rig.client(call("1", "a"));
  rig.client(call("2", "a"));
  rig.client(cancel("2"));
  rig.client(request("2", "ping"));
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1"))) << "2 is another request now";
  EXPECT_EQ(rig.server(result("2")).to_client, line(result("2")));
}

TEST_F(Repeats, OfACancelledCallStillWaitForItsResult) {
  rig.client(call("1", "a"));
  rig.client(cancel("1"));
  EXPECT_EQ(rig.client(call("2", "a")).to_server, "");
  EXPECT_THAT(rig.server(result("1", R"({"k":1})")).to_client, HasSubstr(result("2", R"({"k":1})")));
}

TEST_F(Repeats, OfACancelledCallThatIsNeverAnsweredGetAnError) {
  rig.client(call("1", "a"));
  rig.client(cancel("1"));
  rig.client(call("2", "a"));
  const Turn t = rig.after(std::chrono::minutes(5));
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":2,"error":{"code":40302)"), HasSubstr("it was cancelled")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_THAT(rig.client(call("3", "a")).to_client, HasSubstr("may already have run"));
}

TEST_F(Repeats, OfALostCallAreRefused) {
  rig.client(call("1", "a"));
  rig.client(call("2", "a"));
  const Turn lost = rig.server(R"({"jsonrpc":"2.0","id":1,"result":NaN})");
  EXPECT_EQ(lines(lost.to_client), 2U);
  const Turn t = rig.client(call("3", "a"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, HasSubstr("may already have run"));
  EXPECT_THAT(t.record, HasSubstr(R"("reason":"idempotency")"));
}

TEST_F(Repeats, OfACallThatWasRefusedAreNewCalls) {
  rig.client(call("1", "a", R"({"x":1})"));
  rig.client(call("2", "a", R"({"x":2})"));
  EXPECT_THAT(rig.client(call("3", "a", R"({"x":3})")).to_client, HasSubstr("reached"));
  EXPECT_THAT(rig.client(call("4", "a", R"({"x":3})")).to_client, HasSubstr("reached")) << "not: may have run";
}

TEST_F(Repeats, WithAResultTooLargeToKeepAreRefused) {
  rig.client(call("1", "a"));
  rig.server(result("1", "{\"x\":\"" + std::string(Replays::max_result_bytes, 'x') + "\"}"));
  EXPECT_THAT(rig.client(call("2", "a")).to_client, HasSubstr("too large to keep"));
}

TEST_F(Repeats, InAnotherFormAreRefused) {
  rig.client(call("1", "a"));
  EXPECT_THAT(rig.client(modern_call("2", "a")).to_client, HasSubstr("another form"));
  rig.server(result("1"));
  EXPECT_THAT(rig.client(call("3", "a", "{}", R"(,"task":{})")).to_client, HasSubstr("another form"));
  EXPECT_EQ(rig.client(call("4", "a")).to_client, line(result("4")));
}

TEST_F(Repeats, TooManyThatWaitAreRefused) {
  rig.client(call("0", "a"));
  Turn t;
  for (int i = 1; i <= 257; ++i) t = rig.client(call(std::to_string(i), "a"));
  EXPECT_THAT(t.to_client, HasSubstr("Too many identical"));
  EXPECT_EQ(rig.session->in_flight(), 257U);
}

TEST_F(Repeats, OfACallThatAsksForInput) {
  rig.client(modern_call("1", "a"));
  rig.client(modern_call("2", "a"));
  const Turn t = rig.server(result("1", R"({"resultType":"input_required","requestState":"s"})"));
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":2,"error")"), HasSubstr("it asks for input")));
  EXPECT_THAT(rig.client(modern_call("3", "a")).to_client, HasSubstr("may already have run"));
  rig.client(modern_call("4", "a", "{}", R"(,"requestState":"s")"));
  rig.server(result("4", R"({"resultType":"complete","content":[]})"));
  EXPECT_EQ(rig.client(modern_call("5", "a")).to_client,
            line(result("5", R"({"resultType":"complete","content":[]})")));
}

TEST_F(Repeats, AreRuledFirst) {
  rig.client(call("1", "a"));
  rig.server(result("1"));
  rig.reload("hide: [a]\n" + std::string(policy_text));
  EXPECT_THAT(rig.client(call("2", "a")).to_client, HasSubstr("is hidden by policy"));
}

TEST(ReplayTable, IsBoundedAndForgetsNothingThatHolds) {
  Replays table;
  const base::BootTime start{};
  const auto window = std::chrono::minutes(1);
  for (std::size_t i = 0; i < Replays::max_entries; ++i) {
    ASSERT_EQ(table.look(std::to_string(i), {}, window, start).state, Replays::State::first);
    table.delivered(std::to_string(i), "\"result\":{}");
  }
  EXPECT_EQ(table.look("more", {}, window, start).state, Replays::State::full);
  EXPECT_EQ(table.look("0", {}, window, start).state, Replays::State::delivered);
  EXPECT_EQ(table.look("more", {}, window, start + window).state, Replays::State::first);
  EXPECT_EQ(table.size(), 1U);
}

TEST(ReplayTable, BytesOfReplacedResultsAreGivenBack) {
  Replays table;
  const base::BootTime start{};
  const std::string large(Replays::max_result_bytes, 'x');
  table.look("a", {}, std::chrono::minutes(1), start);
  for (int i = 0; i < 100; ++i) table.delivered("a", large);
  EXPECT_EQ(table.look("a", {}, std::chrono::minutes(1), start).state, Replays::State::delivered);
  table.forget("a");
  for (std::size_t i = 0; i < Replays::max_total_bytes / large.size(); ++i) {
    table.look(std::to_string(i), {}, std::chrono::minutes(1), start);
    table.delivered(std::to_string(i), large);
    EXPECT_EQ(table.look(std::to_string(i), {}, std::chrono::minutes(1), start).state, Replays::State::delivered);
  }
  table.look("z", {}, std::chrono::minutes(1), start);
  table.delivered("z", large);
  EXPECT_EQ(table.look("z", {}, std::chrono::minutes(1), start).state, Replays::State::too_large);
}

}  // namespace
}  // namespace mediator
