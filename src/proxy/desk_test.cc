// The end of a turn for several sessions at once: one commit, one append, and only then what each side gets; what fails
// refuses what depended on it, and nothing else.
#include "proxy/desk.h"

#include "proxy/desk_testing.h"

namespace proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_F(DeskTest, ATurnOfAllSessionsIsCommittedAndAppendedOnce) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  FakeMember& idle = join("idle");
  give(b, call("1", "pay"));
  give(a, call("1", "pay"));
  give(b, call("2", "read"));
  sink.then = [&] { EXPECT_EQ(a.to_server + b.to_server, ""); };
  pass();
  sink.then = nullptr;
  EXPECT_EQ(store.committed, 1);
  ASSERT_THAT(sink.appends, SizeIs(1));
  const std::string& record = sink.appends[0];
  EXPECT_THAT(record, StartsWith("START\n"));
  EXPECT_EQ(count(record, R"("event":"decision")"), 3U);
  EXPECT_LT(record.find(R"("id":"i-2-1")"), record.find(R"("id":"i-1-1")"));
  EXPECT_EQ(mediator::lines(a.to_server), 1U);
  EXPECT_EQ(mediator::lines(b.to_server), 2U);
  EXPECT_EQ(idle.turns, 0);

  give(a, call("2", "read"));  // the start line comes once
  pass();
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_THAT(sink.appends[1], StartsWith(R"({"v":1)"));
  EXPECT_EQ(b.turns, 1);
  EXPECT_EQ(away, 0);
}

TEST_F(DeskTest, EachLineNamesItsSessionWhichIsNobodysSecret) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  EXPECT_EQ(a.made->name.size(), 32U);
  EXPECT_NE(a.made->name, b.made->name);
  give(a, call("1", "read"));
  give(b, call("1", "secret"));
  give(b, "nonsense", false);
  pass();
  ASSERT_THAT(sink.appends, SizeIs(1));
  const std::string& all = sink.appends[0];
  const auto named = [](const FakeMember& m) {
    return R"("session":")" + m.made->name + R"(","identity":"ann","server":"srv")";
  };
  EXPECT_EQ(count(all, named(a)), 1U);
  EXPECT_EQ(count(all, named(b)), 2U);
  EXPECT_THAT(all, HasSubstr(R"("what":"server_noise")"));
}

TEST_F(DeskTest, AnAppendThatFailsRefusesWhatItSpokeOf) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  FakeMember& plumbing = join("plumbing");
  sink.fails = true;
  give(a, call("1", "read"));
  give(plumbing, mediator::request("1", "ping"));
  give(b, call("7", "read"));
  pass();
  for (const FakeMember* m : {&a, &b}) {
    EXPECT_EQ(m->to_server, "");
    EXPECT_THAT(m->to_client, HasSubstr("the audit record cannot be written"));
  }
  EXPECT_EQ(mediator::lines(plumbing.to_server), 1U);
  EXPECT_EQ(plumbing.to_client, "");
  EXPECT_THAT(notes, testing::Contains("audit: disk full"));
  EXPECT_THAT(notes, testing::Contains(StartsWith("athe record cannot be written")));
  EXPECT_FALSE(desk->record_begun());

  sink.fails = false;
  give(b, call("8", "read"));
  pass();
  EXPECT_EQ(mediator::lines(b.to_server), 1U);
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_THAT(sink.appends[0], AllOf(StartsWith("START\n"), Not(HasSubstr(R"("request_id":7)"))));
}

TEST_F(DeskTest, ACommitThatFailsRefusesWhatWasCharged) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  store.commit_fails = true;
  give(a, call("1", "pay"));
  give(b, call("1", "pay"));
  give(b, call("2", "read"));
  pass();
  EXPECT_EQ(a.to_server, "");
  EXPECT_THAT(a.to_client, HasSubstr("the limits cannot be kept"));
  EXPECT_THAT(b.to_client, HasSubstr("the limits cannot be kept"));
  EXPECT_THAT(b.to_server, AllOf(HasSubstr("read"), Not(HasSubstr("pay"))));
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_EQ(count(sink.appends[0], R"("what":"state_failed")"), 2U);
  EXPECT_EQ(count(sink.appends[0], R"("outcome":"undelivered")"), 2U);

  store.commit_fails = false;
  give(a, call("3", "pay"));
  pass();
  EXPECT_EQ(mediator::lines(a.to_server), 1U);
}

TEST_F(DeskTest, NotesAreShownWithTheNameOfTheirSession) {
  FakeMember& a = join("session a: ");
  give(a, "nonsense", false);
  pass();
  EXPECT_THAT(notes, ElementsAre(StartsWith("session a: ")));
}

TEST_F(DeskTest, OutcomesRideWithTheNextAppendOrWaitTheirTime) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  give(a, call("1", "read"));
  pass();
  give(a, answer("1"), false);
  pass();
  EXPECT_EQ(mediator::lines(a.to_client), 1U);
  EXPECT_THAT(sink.appends, SizeIs(1));
  give(b, call("1", "read"));  // of another session
  pass();
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_LT(sink.appends[1].find(R"("event":"outcome")"), sink.appends[1].find(R"("event":"decision")"));

  pass(milliseconds(100));  // nothing waits
  give(b, answer("1"), false);
  pass(milliseconds(99));
  EXPECT_THAT(sink.appends, SizeIs(2));
  pass(milliseconds(99));
  EXPECT_THAT(sink.appends, SizeIs(2));
  pass(milliseconds(1));
  ASSERT_THAT(sink.appends, SizeIs(3));
  EXPECT_EQ(count(sink.appends[2], R"("event":"outcome")"), 1U);
}

TEST_F(DeskTest, WhatMayWaitBeginsNoLog) {
  FakeMember& a = join("a");
  give(a, "a banner", false);
  pass();
  pass(milliseconds(200));
  EXPECT_THAT(sink.appends, IsEmpty());
  desk->finish({"client closed", std::nullopt, 0, 0});
  EXPECT_THAT(sink.appends, IsEmpty());
  give(a, call("1", "read"));
  pass();
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_LT(sink.appends[0].find("server_noise"), sink.appends[0].find(R"("event":"decision")"));
}

TEST_F(DeskTest, WhatMayNotWaitBeginsTheLog) {
  join("a");
  desk->record_now() += "refused\n";
  pass();
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_EQ(sink.appends[0], "START\nrefused\n");
  desk->finish({"client closed", std::nullopt, 0, 0});
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_EQ(count(sink.appends[1], R"("event":"shutdown")"), 1U);
}

TEST_F(DeskTest, ManyOutcomesDoNotWait) {
  FakeMember& a = join("a");
  desk->record_lazy() += std::string(std::size_t{64} << 10, 'x');
  give(a, mediator::request("1", "ping"));
  pass();
  EXPECT_THAT(sink.appends, IsEmpty());
  desk->record_lazy() += "\n";
  pass();
  ASSERT_THAT(sink.appends, SizeIs(1));
}

TEST_F(DeskTest, OutcomesThatCannotBeWrittenAreKeptWithinBounds) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  sink.fails = true;
  desk->record_lazy() += std::string(std::size_t{1} << 20, 'x');
  pass();
  EXPECT_THAT(notes, ElementsAre("audit: disk full"));
  desk->record_lazy() += "y";
  pass();
  EXPECT_THAT(notes, ElementsAre("audit: disk full", HasSubstr("outcome records were lost")));
  sink.fails = false;
  pass(milliseconds(100));
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_THAT(sink.appends[1], AllOf(HasSubstr("records_lost"), Not(HasSubstr("x\""))));
}

TEST_F(DeskTest, OutcomesThatWereNotWrittenComeFirstAfterwards) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  give(a, answer("1"), false);
  pass();
  sink.fails = true;
  give(a, call("2", "read"));
  pass();
  sink.fails = false;
  pass(milliseconds(100));  // without any input
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_EQ(count(sink.appends[1], R"("event":"outcome")"), 1U);
  EXPECT_EQ(mediator::lines(sink.appends[1]), 1U);
}

TEST_F(DeskTest, WhatTheStoreHasToSayIsShownAndRecordedAtOnce) {
  FakeMember& a = join("a");
  store.notes = {"counters were lost"};
  store.trouble = "no space";
  give(a, mediator::request("9", "tools/list"));
  pass();
  EXPECT_THAT(notes, IsEmpty());  // the store was not asked
  give(a, call("1", "pay"));
  pass();
  EXPECT_THAT(notes, ElementsAre("counters were lost", "limits cannot be checked: no space"));
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_THAT(sink.appends[0],
              AllOf(HasSubstr(R"("event":"state_lost","instance":"i","server":"srv","detail":"counters were lost")"),
                    HasSubstr(R"("what":"state_unusable","detail":"no space")")));
}

TEST_F(DeskTest, WhatWasSettledAndNotCommittedIsTriedAgainLessAndLessOften) {
  FakeMember& a = join("a");
  store.owes = store.locked = true;
  give(a, mediator::request("1", "ping"));
  pass();
  EXPECT_EQ(store.committed, 1);
  give(a, mediator::request("2", "ping"));
  pass();  // not in every turn
  EXPECT_EQ(store.committed, 1);
  pass(milliseconds(2));
  EXPECT_EQ(store.committed, 2);
  pass(milliseconds(2));
  EXPECT_EQ(store.committed, 2);
  pass(milliseconds(2));
  EXPECT_EQ(store.committed, 3);
  store.locked = false;
  pass(milliseconds(8));
  EXPECT_EQ(store.committed, 4);
  pass(seconds(1));
  EXPECT_EQ(store.committed, 4);
}

TEST_F(DeskTest, TheEarliestDeadlineIsKeptForEverySession) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  FakeMember& c = join("c");
  const auto cancel_one = [&](FakeMember& m) {
    give(m, call("1", "read"));
    give(m, mediator::cancel("1"));
    pass();
  };
  cancel_one(b);
  const base::BootTime first = b.session().deadline().value();
  clock.advance(seconds(1));
  cancel_one(a);
  clock.advance(seconds(1));
  cancel_one(c);
  desk->leave(a);
  const int turns = c.turns;
  pass(first - clock.boot());
  EXPECT_FALSE(b.session().deadline().has_value());
  EXPECT_EQ(c.turns, turns);
  pass(seconds(1));
  EXPECT_TRUE(a.session().deadline().has_value());  // who has left is not asked
  pass(seconds(1));
  EXPECT_FALSE(c.session().deadline().has_value());
}

TEST_F(DeskTest, APolicyGoesToAllSessionsAndToThoseToCome) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  for (FakeMember* m : {&a, &b}) give(*m, mediator::notification("notifications/initialized"));
  pass();
  const auto policy = mediator::snapshot("default: deny\n");
  desk->with([&] {
    maker->on_policy(policy);
    desk->on_policy(policy);
  });
  pass();
  FakeMember& c = join("c");
  for (FakeMember* m : {&a, &b, &c}) {
    give(*m, call("1", "read"));
    pass();
    EXPECT_THAT(m->to_client, HasSubstr("INTERCEPT POLICY DENIED")) << m->name;
    EXPECT_EQ(count(m->to_client, "notifications/tools/list_changed"), m == &c ? 0U : 1U);
  }
}

TEST_F(DeskTest, TheLastAppendHasWhatWaitsAndTheShutdown) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  give(a, answer("1"), false);
  pass();
  desk->finish({"SIGTERM", std::nullopt, 1, 0});
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_LT(sink.appends[1].find(R"("event":"outcome")"), sink.appends[1].find(R"("event":"shutdown")"));
  EXPECT_THAT(sink.appends[1], HasSubstr(R"("reason":"SIGTERM","calls":1,"denied":0)"));
}

}  // namespace
}  // namespace proxy
