// A limits' store that must be waited for, cannot be had, or cannot commit: nothing passes uncounted, what needs no
// limit passes all the same, and every request gets one answer.
#include "limits/fickle_store_testing.h"
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy = R"(
tools:
  free: {rules: [{require: {path: args.x, op: exists, value: false}}]}
  asked: {rules: [{action: require_approval}]}
  counted: {rules: [{rate_limit: 5/hour}]}
  session: {rules: [{rate_limit: {max: 5, window: 60}}]}
  twice: {rules: [{idempotency_window: 1m, limits: [{counter: n, window: hour, max: 5}]}]}
  reader: {rules: [{state: {counter: n, window: hour}}, {when: {path: state.reader.n, op: gt, value: 2}, action: deny}]}
methods:
  sampling/createMessage: {rules: [{rate_limit: 2/hour}]}
  elicitation/create: {rules: [{rate_limit: 3/hour}]}
  notifications/message: {rules: [{rate_limit: 3/hour}]}
  notifications/roots/list_changed: {rules: [{rate_limit: 3/hour}]}
)";

struct StoreFailed : testing::Test {
  base::FakeClock clock;
  limits::FickleStore store{clock};
  Rig rig{policy, {}, &store};
  // A turn as the driver makes it.
  Turn turn() {
    if (store.pending()) {
      if (const auto done = store.commit(); !done) rig.session->store_failed(done.error().message);
    }
    return rig.turn();
  }
  Turn client(std::string_view line) {
    EXPECT_TRUE(rig.session->on_client(line));
    return turn();
  }
  std::string error(const std::string& id, const std::string& why) {
    return R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"error":{"code":40303,"message":"Refused: the limits cannot be kept ()" + why + ")\"}}\n";
  }
};

TEST_F(StoreFailed, AMessageWaitsUntilTheStoreIsReady) {
  store.must_wait = true;
  EXPECT_FALSE(rig.session->on_client(call("1", "counted")));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.session->output().record + rig.session->output().to_server, "");
  EXPECT_FALSE(rig.session->on_client(call("1", "counted")));
  store.prepare();
  const Turn t = client(call("1", "counted"));
  EXPECT_EQ(t.to_server, line(call("1", "counted")));
  EXPECT_EQ(lines(t.record), 1U);
  EXPECT_EQ(rig.session->counts().calls, 1U);
}

TEST_F(StoreFailed, WhatNeedsNoStoreDoesNotWait) {
  store.must_wait = true;
  EXPECT_THAT(client(call("9", "asked")).to_client, HasSubstr("A human has to approve this"));
  EXPECT_TRUE(rig.session->on_client(call("1", "free")));
  EXPECT_TRUE(rig.session->on_client(call("3", "free", R"({"x":1})")));
  EXPECT_TRUE(rig.session->on_client(request("4", "tools/list")));
  EXPECT_TRUE(rig.session->on_server(result("1")));
  EXPECT_TRUE(rig.session->on_server(request("1", "roots/list")));
  EXPECT_FALSE(rig.session->on_client(call("5", "twice")));
  EXPECT_FALSE(rig.session->on_client(notification("notifications/roots/list_changed")));
  EXPECT_FALSE(rig.session->on_server(request("2", "sampling/createMessage", "{}")));
  EXPECT_FALSE(rig.session->on_server(notification("notifications/message", R"({"level":"info","data":1})")));
  EXPECT_FALSE(rig.session->on_server(result("2", R"({"inputRequests":{"a":{"method":"elicitation/create"}}})")));
  EXPECT_EQ(store.prepared, 0);
}

TEST_F(StoreFailed, ARepetitionIsNotLookedUpBeforeTheStoreIsReady) {
  store.must_wait = true;
  EXPECT_FALSE(rig.session->on_client(call("1", "twice")));
  store.prepare();
  EXPECT_THAT(client(call("1", "twice")).to_server, HasSubstr("twice"));
}

TEST_F(StoreFailed, AConditionOnACounterNeedsIt) {
  store.must_wait = true;
  EXPECT_FALSE(rig.session->on_client(call("1", "reader")));
  EXPECT_EQ(rig.session->output().record, "");
  store.prepare();
  EXPECT_THAT(client(call("1", "reader")).to_server, HasSubstr("reader"));
}

TEST_F(StoreFailed, BusyAndUnavailableAreRefusedAsSuch) {
  store.must_wait = true;
  store.cannot = limits::Why::busy;
  store.prepare();
  Turn t = client(call("1", "counted"));
  EXPECT_THAT(t.to_client,
              AllOf(HasSubstr("busy"), HasSubstr("says nothing about the limit"), HasSubstr("(decision i-1)")));
  EXPECT_THAT(t.record, HasSubstr(R"("reason":"state")"));
  store.cannot = limits::Why::unavailable;
  store.prepare();
  t = client(call("2", "counted"));
  EXPECT_THAT(t.to_client, HasSubstr("cannot be used"));
  EXPECT_EQ(t.to_server, "");
  store.cannot.reset();
  store.prepare();
  EXPECT_THAT(client(call("3", "counted")).to_server, HasSubstr("counted"));
  EXPECT_EQ(rig.session->counts().denied, 2U);
}

TEST_F(StoreFailed, AFailedCommitTakesBackWhatRestsOnIt) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_client(call("1", "free")));
  EXPECT_TRUE(rig.session->on_client(call("2", "counted")));
  EXPECT_TRUE(rig.session->on_client(request("3", "ping")));
  EXPECT_TRUE(rig.session->on_client(call("4", "session")));
  EXPECT_TRUE(rig.session->on_client(call("5", "twice")));
  Turn t = turn();
  EXPECT_EQ(t.to_server, line(call("1", "free")) + line(request("3", "ping")) + line(call("4", "session")));
  EXPECT_EQ(t.to_client, error("2", "disk full") + error("5", "disk full"));
  // The decisions stand, and what came of them.
  EXPECT_EQ(lines(t.record), 5U);  // four decisions and a notice
  EXPECT_THAT(t.record, HasSubstr("state_failed"));
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("id":"i-2","outcome":"undelivered")"),
                            HasSubstr(R"("id":"i-4","outcome":"undelivered")")));
  EXPECT_EQ(rig.session->in_flight(), 3U);
  store.commit_fails = false;
  t = client(call("2", "counted"));
  EXPECT_EQ(t.to_server, line(call("2", "counted")));
  EXPECT_THAT(client(call("6", "twice")).to_server, HasSubstr("twice"));
}

// Where the calls that stay begin decides later which of them was delivered.
TEST_F(StoreFailed, WhatStaysBeginsEarlier) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_client(call("1", "counted")));
  EXPECT_TRUE(rig.session->on_client(call("2", "free")));
  turn();
  const Turn t = rig.gone(1);
  EXPECT_THAT(t.to_client, HasSubstr("may have been carried out"));
  EXPECT_EQ(lines(t.to_client), 1U);
}

TEST_F(StoreFailed, TheRecordMayFailToo) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_client(call("1", "counted")));
  EXPECT_TRUE(rig.session->on_client(call("2", "free")));
  EXPECT_TRUE(rig.session->on_client(call("3", "session")));
  const auto done = store.commit();
  rig.session->store_failed(done.error().message);
  rig.session->record_failed("also full");
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(lines(t.to_client), 3U);
  EXPECT_EQ(t.record, "");
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(store.inner.reservations(), 0U);
}

TEST_F(StoreFailed, WhatTheServerAsked) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_server(request("7", "sampling/createMessage", "{}")));
  EXPECT_TRUE(rig.session->on_server(notification("notifications/message", R"({"level":"info","data":1})")));
  EXPECT_TRUE(rig.session->on_server(request("8", "roots/list")));
  Turn t = turn();
  EXPECT_EQ(t.to_client, line(request("8", "roots/list")));
  EXPECT_EQ(t.to_server, error("7", "disk full"));
  EXPECT_THAT(t.lazy, AllOf(HasSubstr(R"("id":"i-1","outcome":"undelivered")"),
                            HasSubstr(R"("id":"i-2","outcome":"undelivered")")));
  store.commit_fails = false;
  EXPECT_THAT(client(call("1", "free")).to_server, HasSubstr("free"));
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_server(result("1", R"({"inputRequests":{"a":{"method":"elicitation/create"}}})")));
  t = turn();
  EXPECT_EQ(t.to_client, error("1", "disk full"));
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

TEST_F(StoreFailed, ANotificationIsTakenBackInSilence) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_client(notification("notifications/roots/list_changed")));
  const Turn t = turn();
  EXPECT_EQ(t.to_server + t.to_client, "");
  EXPECT_THAT(t.lazy, HasSubstr(R"("id":"i-1","outcome":"undelivered")"));
}

TEST_F(StoreFailed, ItIsSaidOnceUntilItWorksAgain) {
  store.commit_fails = true;
  const auto said = [](const Turn& t) {
    return std::ranges::count_if(t.notes,
                                 [](const Note& n) { return n.text.find("cannot be kept") != std::string::npos; });
  };
  EXPECT_EQ(said(client(call("1", "counted"))), 1);
  EXPECT_EQ(said(client(call("2", "counted"))), 0);
  store.commit_fails = false;
  EXPECT_EQ(said(client(call("3", "counted"))), 0);
  store.commit_fails = true;
  EXPECT_EQ(said(client(call("4", "counted"))), 1);
}

struct StoreFailOpen : testing::Test {
  base::FakeClock clock;
  limits::FickleStore store{clock};
  Rig rig{policy,
          [] {
            Config c;
            c.state_fail_open = true;
            return c;
          }(),
          &store};
};

TEST_F(StoreFailOpen, WhatCannotBeCountedPassesAndTheRecordSaysSo) {
  store.must_wait = true;
  store.cannot = limits::Why::unavailable;
  store.prepare();
  EXPECT_TRUE(rig.session->on_client(call("1", "counted")));
  Turn t = rig.turn();
  EXPECT_EQ(t.to_server, line(call("1", "counted")));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("decision":"allow")"), HasSubstr(R"("note":"not counted: )"),
                              Not(HasSubstr("charged"))));
  ASSERT_TRUE(store.commit());
  // A limit that is reached is reached.
  store.cannot.reset();
  for (int i = 2; i <= 7; ++i) {
    store.prepare();
    EXPECT_TRUE(rig.session->on_client(call(std::to_string(i), "counted")));
    ASSERT_TRUE(store.commit());
  }
  t = rig.turn();
  EXPECT_EQ(lines(t.to_server), 5U);
  EXPECT_THAT(t.to_client, HasSubstr("Rate limit of 5 per hour"));
}

TEST_F(StoreFailOpen, AFailedCommitTakesNothingBack) {
  store.commit_fails = true;
  EXPECT_TRUE(rig.session->on_client(call("1", "counted")));
  rig.session->store_failed(store.commit().error().message);
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server, line(call("1", "counted")));
  EXPECT_THAT(t.record, HasSubstr("state_failed"));
}

TEST_F(StoreFailed, CallsThatWaitForTheToolsAreRuledWhenTheStoreIsReady) {
  Rig other("tools: {t: {rules: [{rate_limit: 5/hour, validate: {required_args: true}}]}}", {}, &store);
  other.initialize();
  EXPECT_TRUE(other.session->on_client(call("1", "t", R"({"a":1})")));
  if (store.pending()) ASSERT_TRUE(store.commit());
  const Turn asked = other.turn();
  const std::size_t at = asked.to_server.find("\"id\":") + 5;
  const std::string id = asked.to_server.substr(at, asked.to_server.find(',', at) - at);
  store.must_wait = true;
  const std::string answer = result(id, R"({"tools":[{"name":"t","inputSchema":{"type":"object","required":["a"]}}]})");
  EXPECT_FALSE(other.session->on_server(answer));
  EXPECT_FALSE(other.session->on_timer());
  store.prepare();
  EXPECT_TRUE(other.session->on_server(answer));
  ASSERT_TRUE(store.commit());
  EXPECT_EQ(other.turn().to_server, line(call("1", "t", R"({"a":1})")));
}

}  // namespace
}  // namespace mediator
