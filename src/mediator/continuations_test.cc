// Retries of input_required calls: what counts as a continuation, and that it is charged once.
#include "mediator/continuations.h"

#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view one = "tools:\n  a: {rules: [{limits: [{counter: n, window: day, max: 1}]}]}\n";
constexpr std::string_view roots = R"({"r":{"method":"roots/list"}})";

std::string asks(std::string_view id, std::string_view state = "s1") {
  return result(id, R"({"resultType":"input_required","inputRequests":)" + std::string(roots) +
                        (state.empty() ? "" : R"(,"requestState":")" + std::string(state) + "\"") + "}");
}
std::string retry(std::string_view id, std::string_view state = "s1", std::string_view arguments = "{}",
                  std::string_view name = "a") {
  return modern_call(id, name, arguments,
                     R"(,"inputResponses":{"r":{"roots":[]}})" +
                         (state.empty() ? "" : R"(,"requestState":")" + std::string(state) + "\""));
}

class Retries : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_NE(rig.client(modern_call("1", "a", R"({"x":1,"y":2})")).to_server, "");
    rig.server(asks("1"));
  }
  bool passes(const std::string& text) { return !rig.client(text).to_server.empty(); }
  Rig rig{one};
};

TEST_F(Retries, AreChargedOnceAndNameTheFirstDecision) {
  const Turn t = rig.client(retry("2", "s1", R"({"y":2.0,"x":1})"));
  EXPECT_NE(t.to_server, "") << "the order of keys and the spelling of numbers do not matter";
  EXPECT_THAT(t.record,
              AllOf(HasSubstr(R"("decision":"allow")"), HasSubstr(R"("continues":"i-1")"), Not(HasSubstr("charged"))));
}

TEST_F(Retries, OtherArgumentsAreANewCall) { EXPECT_FALSE(passes(retry("2", "s1", R"({"x":1,"y":3})"))); }
TEST_F(Retries, AnotherStateIsANewCall) { EXPECT_FALSE(passes(retry("2", "s2", R"({"x":1,"y":2})"))); }
TEST_F(Retries, NoStateIsANewCall) { EXPECT_FALSE(passes(retry("2", "", R"({"x":1,"y":2})"))); }
TEST_F(Retries, NeitherStateNorResponsesIsANewCall) { EXPECT_FALSE(passes(modern_call("2", "a", R"({"x":1,"y":2})"))); }
TEST_F(Retries, AnOldRevisionKnowsNone) {
  EXPECT_FALSE(passes(call("2", "a", R"({"x":1,"y":2})", R"(,"requestState":"s1")")));
}

TEST_F(Retries, AStateIsGoodOnce) {
  EXPECT_TRUE(passes(retry("2", "s1", R"({"x":1,"y":2})")));
  EXPECT_FALSE(passes(retry("3", "s1", R"({"x":1,"y":2})")));
}

TEST_F(Retries, AStateExpires) {
  rig.clock.advance(std::chrono::minutes(59));
  rig.client(retry("2", "s1", R"({"x":1,"y":2})"));
  rig.server(asks("2"));
  rig.clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(passes(retry("3", "s1", R"({"x":1,"y":2})")));
}

TEST_F(Retries, AreSixteenAtMost) {
  for (int i = 2; i <= 17; ++i) {
    const Turn t = rig.client(retry(std::to_string(i), "s1", R"({"x":1,"y":2})"));
    ASSERT_NE(t.to_server, "") << i;
    EXPECT_THAT(t.record, HasSubstr(R"("continues":"i-1")"));
    rig.server(asks(std::to_string(i)));
  }
  EXPECT_FALSE(passes(retry("18", "s1", R"({"x":1,"y":2})")));
}

TEST_F(Retries, AreRuledAgain) {
  rig.reload("tools:\n  a: {rules: [{action: deny, reason: closed}]}\n");
  EXPECT_THAT(rig.client(retry("2", "s1", R"({"x":1,"y":2})")).to_client, HasSubstr("closed"));
  rig.reload(one);
  EXPECT_TRUE(passes(retry("3", "s1", R"({"x":1,"y":2})"))) << "the refusal used nothing up";
}

TEST_F(Retries, AreTiedToTheirTool) {
  rig.reload(std::string(one) + "  b: {rules: [{limits: [{counter: n, window: day, max: 0}]}]}\n");
  EXPECT_FALSE(passes(retry("2", "s1", R"({"x":1,"y":2})", "b")));
}

TEST(RetriesWithoutState, AreFoundByTheNamesOfWhatWasAsked) {
  Rig rig(one);
  rig.client(modern_call("1", "a"));
  rig.server(asks("1", ""));
  EXPECT_EQ(rig.client(modern_call("2", "a", "{}", R"(,"inputResponses":{"other":{}})")).to_server, "");
  EXPECT_NE(rig.client(retry("3", "")).to_server, "");
}

TEST(RetriesOfLeases, HoldALeaseAgain) {
  Rig rig("tools:\n  a: {rules: [{concurrency: 1}]}\n");
  rig.client(modern_call("1", "a"));
  rig.server(asks("1"));
  EXPECT_NE(rig.client(modern_call("2", "a", R"({"other":1})")).to_server, "") << "free while the client thinks";
  const Turn busy = rig.client(retry("3"));
  EXPECT_EQ(busy.to_server, "");
  EXPECT_THAT(busy.to_client, HasSubstr("At most 1 call"));
  rig.server(result("2"));
  EXPECT_THAT(rig.client(retry("4")).record, HasSubstr(R"("continues":"i-1")"));
  EXPECT_EQ(rig.client(modern_call("5", "a", R"({"other":1})")).to_server, "") << "it holds one";
  rig.server(result("4"));
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST(RetriesOfPromptsAndResources, AreContinuationsToo) {
  for (const auto& [method, target] :
       {std::pair{"prompts/get", R"("name":"p")"}, std::pair{"resources/read", R"("uri":"x://y")"}}) {
    Rig rig("prompts: {\"*\": {rules: [{rate_limit: 1/day}]}}\nresources: {\"*\": {rules: [{rate_limit: 1/day}]}}\n");
    const std::string params = "{" + std::string(target) + "," + std::string(modern_meta);
    rig.client(request("1", method, params + "}"));
    rig.server(asks("1"));
    EXPECT_NE(rig.client(request("2", method, params + R"(,"requestState":"s1"})")).to_server, "") << method;
    EXPECT_EQ(rig.client(request("3", method, params + "}")).to_server, "") << method;
  }
}

TEST(ContinuationTable, IsBounded) {
  Continuations table;
  json::Document document;
  std::string text;  // the document refers to it
  const base::Digest call = base::sha256("call");
  const base::BootTime now{};
  for (int i = 0; i < 5000; ++i) {
    text = R"({"requestState":"s)" + std::to_string(i) + "\"}";
    ASSERT_TRUE(document.read(text, json::Profile::strict).has_value());
    table.issue(document.root(), call, "i-1", "", 0, now);
  }
  EXPECT_EQ(table.open(), Continuations::max_open);
  EXPECT_TRUE(table.find(document.root(), call, now).has_value());
  for (int i = 0; i < 5000; ++i) table.issue(document.root(), call, "i-1", "", 0, now);
  EXPECT_EQ(table.open(), Continuations::max_open) << "the same state again forgets no other";
  table.use(document.root(), call);
  EXPECT_FALSE(table.find(document.root(), call, now).has_value());
}

}  // namespace
}  // namespace mediator
