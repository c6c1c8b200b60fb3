// Exchanges that end without an answer of the server, or with a status in place of one.
#include "limits/fickle_store_testing.h"
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy = R"(
tools:
  a: {rules: [{limits: [{counter: n, window: day, max: 1}]}]}
  e: {rules: [{limits: [{counter: e, window: day, max: 1, refund: on_error}]}]}
  c: {rules: [{concurrency: 1}]}
  i: {rules: [{idempotency_window: 1h}]}
  v: {rules: [{validate: {required_args: true}}]}
methods:
  sampling/createMessage: {rules: [{action: deny, reason: "No sampling"}]}
)";

class Exchanges : public testing::Test {
 protected:
  Turn unanswered(Scope scope, std::string_view key, bool delivered,
                  std::string_view how = "the connection to the server was lost") {
    EXPECT_TRUE(rig.session->on_unanswered(scope, key, delivered, how));
    return rig.turn();
  }
  Turn status(Scope scope, std::string_view key, unsigned code, std::string_view body) {
    EXPECT_TRUE(rig.session->on_status(scope, key, code, body));
    return rig.turn();
  }
  static std::string failed(std::string_view id, std::string_view text) {
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":40302,"message":")" + std::string(text) +
           "\"}}\n";
  }
  // The call can be made again: it holds and has used nothing.
  bool is_free(std::string_view tool) { return !rig.client(call("99", tool), 99).to_server.empty(); }
  Rig rig{policy};
};

TEST_F(Exchanges, WhatWasNotDeliveredIsGivenBack) {
  rig.client(call("1", "a"), 5);
  const Turn t = unanswered(5, "n1", false, "cannot reach example.test: connection refused");
  EXPECT_EQ(t.to_client, failed("1", "Cannot reach example.test: connection refused; the request was not delivered"));
  EXPECT_EQ(t.client_lines.at(0).scope, 5U);
  EXPECT_TRUE(t.client_lines.at(0).own);
  EXPECT_THAT(t.lazy, HasSubstr(R"("id":"i-1","outcome":"undelivered")"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.store.reservations(), 0U);
  EXPECT_TRUE(is_free("a"));
}

TEST_F(Exchanges, WhatMayHaveBeenCarriedOutStaysCharged) {
  rig.client(call("1", "a"), 5);
  const Turn t = unanswered(5, "n1", true);
  EXPECT_EQ(t.to_client, failed("1", "The connection to the server was lost; the request may have been carried out"));
  EXPECT_THAT(t.lazy, HasSubstr(R"("id":"i-1","outcome":"lost")"));
  EXPECT_EQ(rig.store.reservations(), 0U);
  EXPECT_FALSE(is_free("a"));
}

TEST_F(Exchanges, WhatIsNotInFlightIsNothing) {
  rig.client(call("1", "a"), 5);
  for (const Scope scope : {0U, 4U}) {
    const Turn t = unanswered(scope, "n1", true);
    EXPECT_EQ(t.to_client + t.to_server + t.lazy, "");
  }
  EXPECT_EQ(unanswered(5, "s1", true).to_client, "");
  rig.server(result("1"), 5);
  const Turn t = unanswered(5, "n1", true);
  EXPECT_EQ(t.to_client + t.to_server + t.lazy, "");
}

TEST_F(Exchanges, ACallThatWaitsHasNoExchange) {
  rig.client(call("1", "i"), 5);
  rig.client(call("1", "i"), 6);
  EXPECT_EQ(unanswered(6, "n1", true).to_client, "");
  EXPECT_EQ(status(6, "n1", 500, "").to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 2U);
}

TEST_F(Exchanges, WhoWaitsForALostCallGetsTheReason) {
  rig.client(call("1", "i"), 5);
  rig.client(call("2", "i"), 6);
  Turn t = unanswered(5, "n1", true);
  EXPECT_EQ(lines(t.to_client), 2U);
  EXPECT_THAT(t.to_client, HasSubstr("An identical call came to no result: The connection to the server was lost"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_THAT(rig.client(call("3", "i"), 7).to_client, HasSubstr("its outcome is unknown"));
}

TEST_F(Exchanges, WhoWaitsForACallThatNeverRanMayRunItNow) {
  rig.client(call("1", "i"), 5);
  rig.client(call("2", "i"), 6);
  EXPECT_EQ(lines(unanswered(5, "n1", false).to_client), 2U);
  EXPECT_EQ(rig.client(call("3", "i"), 7).to_server, line(call("3", "i")));
}

TEST_F(Exchanges, ACallOfThisTurnCanFailInIt) {
  EXPECT_TRUE(rig.session->on_client(call("1", "a"), 5));
  EXPECT_TRUE(rig.session->on_unanswered(5, "n1", false, "no"));
  rig.session->record_failed("full");
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server, "") << "nothing reaches the server without its record";
  EXPECT_EQ(lines(t.to_client), 1U);
}

TEST_F(Exchanges, TheOwnListFailsAndRefusesWhoWaits) {
  rig.initialize();
  const Line asked = rig.client(call("1", "v"), 5).server_lines.at(0);
  EXPECT_EQ(unanswered(4, asked.id_key, true).to_client, "") << "it is in no client's scope";
  const Turn t = unanswered(0, asked.id_key, true);
  EXPECT_THAT(t.to_client, AllOf(HasSubstr("arguments cannot be checked"), HasSubstr("the connection to the server")));
  EXPECT_EQ(t.client_lines.at(0).scope, 5U);
  EXPECT_THAT(t.record, HasSubstr(R"("reason":"validation")"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_FALSE(rig.session->deadline().has_value());
  EXPECT_EQ(unanswered(0, asked.id_key, true).to_client, "");
  EXPECT_THAT(rig.client(call("2", "v"), 6).to_server, HasSubstr("tools/list")) << "the next call asks again";
}

TEST_F(Exchanges, AStatusWithTheAnswerIsThatAnswer) {
  rig.client(call("1", "a"), 5);
  const std::string answer = error("1", "-32602");
  const Turn t = status(5, "n1", 400, answer + "\n");
  EXPECT_EQ(t.to_client, line(answer));
  EXPECT_EQ(t.client_lines.at(0).id_key, "n1");
  EXPECT_FALSE(t.client_lines.at(0).own);
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("outcome":"error")"), HasSubstr("-32602")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(Exchanges, AnErrorWithoutAnIdIsPassedAsItCame) {
  for (const char* body : {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32020,"message":"no","data":[1.0]}})",
                           R"({"jsonrpc":"2.0","error":{"code":-32020,"message":"no"}})"}) {
    rig.client(call("1", "e"), 5);
    const Turn t = status(5, "n1", 400, body);
    EXPECT_EQ(t.to_client, line(body));
    ASSERT_EQ(t.client_lines.size(), 1U);
    EXPECT_EQ(t.client_lines[0].scope, 5U);
    EXPECT_EQ(t.client_lines[0].id_key, "n1");
    EXPECT_EQ(t.client_lines[0].id_text, "1");
    EXPECT_FALSE(t.client_lines[0].own);
    EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("outcome":"error")"), HasSubstr("-32020")));
    EXPECT_EQ(rig.session->in_flight(), 0U);
    EXPECT_EQ(rig.store.reservations(), 0U);
  }
  EXPECT_TRUE(is_free("e")) << "failed calls are given back";
}

TEST_F(Exchanges, AnErrorWithoutAnIdIsGivenOneForAClientThatNeedsIt) {
  Config config;
  config.answer_by_id = true;
  Rig stdio(policy, config);
  stdio.client(call("\"x\"", "a"));
  EXPECT_TRUE(stdio.session->on_status(0, "sx", 400, R"({"id":null,"jsonrpc":"2.0","error":{"code":-1.0,"v":1}})"));
  EXPECT_EQ(stdio.turn().to_client, line(R"({"jsonrpc":"2.0","id":"x","error":{"code":-1.0,"v":1}})"));
  const std::string nameless = error("null");
  EXPECT_EQ(stdio.server(nameless).to_client, line(nameless)) << "that answers nothing";
}

TEST_F(Exchanges, AnyOtherBodyIsAnErrorThatShowsIt) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},
      {" \n", ""},
      {"<html>\n<b>nope</b>", R"(: <html>\\u{A}<b>nope</b>)"},
      {result("2"), R"(: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}})"},
      {R"({"jsonrpc":"2.0","id":null,"error":"x"})", R"(: {\"jsonrpc\":\"2.0\",\"id\":null,\"error\":\"x\"})"},
      {request("1", "ping"), R"(: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"})"},
      {std::string(100'000, 'x'), ": " + std::string(200, 'x') + "…"},
  };
  for (const auto& [body, shown] : cases) {
    rig.client(call("1", "e"), 5);
    const Turn t = status(5, "n1", 404, body);
    EXPECT_EQ(t.to_client, failed("1", "The server answered with HTTP 404 (Not Found)" + shown));
    EXPECT_TRUE(t.client_lines.at(0).own);
    EXPECT_EQ(t.client_lines.at(0).scope, 5U);
    EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("outcome":"error")"), Not(HasSubstr("error_code"))));
    EXPECT_EQ(rig.session->in_flight(), 0U);
  }
  EXPECT_TRUE(is_free("e")) << "failed calls are given back";
  EXPECT_THAT(status(99, "n99", 599, "").to_client, HasSubstr("answered with HTTP 599\""));
}

TEST_F(Exchanges, AnAnswerToAnotherCallDoesNotPassInAStatus) {
  rig.client(call("1", "a"));
  rig.client(call("2", "b"));
  const Turn t = status(0, "n1", 500, result("2"));
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":1,"error")"));
  EXPECT_EQ(lines(t.to_client), 1U);
  EXPECT_EQ(rig.server(result("2")).to_client, line(result("2")));
}

TEST_F(Exchanges, AStatusForNothingIsDropped) {
  const Turn t = status(5, "n1", 500, error("null"));
  EXPECT_EQ(t.to_client + t.to_server, "");
  EXPECT_THAT(t.lazy, HasSubstr("unknown_answer"));
}

TEST_F(Exchanges, ACancelledCallIsNotAnsweredByAStatus) {
  rig.client(call("1", "e"), 5);
  rig.client(cancel("1"), 5);
  const Turn t = status(5, "n1", 502, "");
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"error")"));
  EXPECT_FALSE(rig.session->deadline().has_value());
}

TEST_F(Exchanges, WhatAnErrorAsksOfTheClientIsRuled) {
  Rig strict("methods:\n  elicitation/create: {rules: [{action: deny, reason: Never}]}\n");
  strict.client(call("1", "a"), 5);
  EXPECT_TRUE(strict.session->on_status(
      5, "n1", 400,
      R"({"jsonrpc":"2.0","error":{"code":-32042,"message":"","data":{"elicitations":[{"url":"https://x/"}]}}})"));
  const Turn t = strict.turn();
  EXPECT_THAT(t.to_client, AllOf(HasSubstr("Never"), Not(HasSubstr("https://x/")), HasSubstr(R"("id":1)")));
}

TEST_F(Exchanges, TwinsOfACallThatAStatusEnded) {
  rig.client(call("1", "i"), 5);
  rig.client(call("2", "i"), 6);
  const Turn t = status(5, "n1", 503, "later");
  EXPECT_EQ(lines(t.to_client), 2U);
  EXPECT_THAT(t.to_client, HasSubstr("An identical call came to no result: The server answered with HTTP 503"));
  EXPECT_THAT(rig.client(call("3", "i"), 7).to_client, HasSubstr("its outcome is unknown"));
  // The server's own error is its answer, as over a pipe.
  rig.client(call("1", "i", R"({"n":2})"), 5);
  rig.client(call("2", "i", R"({"n":2})"), 6);
  EXPECT_EQ(status(5, "n1", 400, R"({"jsonrpc":"2.0","error":{"code":-1,"message":"x"}})").to_client,
            line(R"({"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"x"}})") +
                line(R"({"jsonrpc":"2.0","error":{"code":-1,"message":"x"}})"));
}

TEST_F(Exchanges, AStatusForTheOwnList) {
  const std::pair<std::string, std::string> cases[] = {
      {"gone", "the server answered tools/list with HTTP 404 (Not Found): gone"},
      {R"({"jsonrpc":"2.0","error":{"code":-1,"message":"broken"}})", "tools/list with an error: broken"},
  };
  rig.initialize();
  for (const auto& [body, words] : cases) {
    const Line asked = rig.client(call("1", "v"), 5).server_lines.at(0);
    const Turn t = status(0, asked.id_key, 404, body);
    EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1)"), HasSubstr(words)));
    EXPECT_EQ(rig.session->in_flight(), 0U);
  }
  const Line asked = rig.client(call("1", "v"), 5).server_lines.at(0);
  EXPECT_THAT(status(0, asked.id_key, 400,
                     R"({"jsonrpc":"2.0","id":)" + asked.id_text + R"(,"error":{"code":-1,"message":"named"}})")
                  .to_client,
              HasSubstr("tools/list with an error: named"));
}

TEST(ExchangesAndTheStore, WhatMayRuleACallWaitsForTheStore) {
  base::FakeClock clock;
  limits::FickleStore store{clock};
  Rig rig("tools: {v: {rules: [{rate_limit: 5/hour, validate: {required_args: true}}]}}", {}, &store);
  rig.initialize();
  EXPECT_TRUE(rig.session->on_client(call("1", "v"), 5));
  if (store.pending()) ASSERT_TRUE(store.commit());
  const Line asked = rig.turn().server_lines.at(0);
  store.must_wait = true;
  EXPECT_FALSE(rig.session->on_unanswered(0, asked.id_key, true, "no"));
  EXPECT_FALSE(rig.session->on_status(0, asked.id_key, 500, ""));
  EXPECT_EQ(rig.session->output().to_client, "");
  EXPECT_EQ(rig.session->in_flight(), 1U);
  store.prepare();
  EXPECT_TRUE(rig.session->on_status(0, asked.id_key, 500, ""));
  EXPECT_THAT(rig.turn().to_client, HasSubstr("HTTP 500 (Internal Server Error)"));
  ASSERT_TRUE(store.commit());
  // What an error asks of the client is ruled, too.
  EXPECT_TRUE(rig.session->on_client(request("1", "x"), 6));
  rig.turn();
  const char* urls = R"({"jsonrpc":"2.0","error":{"code":-32042,"message":"","data":{"elicitations":[{"url":"u:"}]}}})";
  EXPECT_FALSE(rig.session->on_status(6, "n1", 400, urls));
  EXPECT_EQ(rig.session->in_flight(), 1U);
  store.prepare();
  EXPECT_TRUE(rig.session->on_status(6, "n1", 400, urls));
  EXPECT_EQ(lines(rig.turn().to_client), 1U);
}

}  // namespace
}  // namespace mediator
