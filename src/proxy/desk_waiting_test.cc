// What waits: for the helper thread, for a turn's end, for its place in the order; and members that leave meanwhile.
#include "proxy/desk_testing.h"

namespace proxy {
namespace {

TEST_F(DeskTest, AStoreThatMustWaitIsPreparedAndNothingOvertakes) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  store.must_wait = true;
  give(a, call("1", "pay"));
  EXPECT_TRUE(desk->busy());
  EXPECT_EQ(away, 1);
  give(a, call("2", "read"));
  give(b, call("3", "read"));
  std::vector<std::string> order;
  desk->with(b, [&] { order.push_back("with " + std::to_string(mediator::lines(b.session().output().to_server))); });
  give(b, call("4", "pay"));
  EXPECT_THAT(order, IsEmpty());
  EXPECT_EQ(a.turns + b.turns, 0);
  wait();
  EXPECT_THAT(order, ElementsAre("with 1"));
  EXPECT_EQ(store.prepared, 1);
  EXPECT_EQ(store.committed, 1);
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_LT(a.to_server.find(R"("id":1)"), a.to_server.find(R"("id":2)"));
  EXPECT_LT(b.to_server.find(R"("id":3)"), b.to_server.find(R"("id":4)"));

  give(a, call("5", "pay"));  // the next turn waits anew
  wait();
  EXPECT_EQ(store.prepared, 2);
  EXPECT_EQ(mediator::lines(a.to_server), 3U);
}

TEST_F(DeskTest, AStoreThatCannotBePreparedRefuses) {
  FakeMember& a = join("a");
  store.must_wait = true;
  store.cannot = limits::Why::busy;
  give(a, call("1", "pay"));
  wait();
  EXPECT_EQ(a.to_server, "");
  EXPECT_EQ(mediator::lines(a.to_client), 1U);
}

TEST_F(DeskTest, ASlowCommitIsTheHelpersAndInputWaits) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  store.commits_slowly = true;
  give(a, call("1", "pay"));
  desk->settle();
  EXPECT_TRUE(desk->busy());
  EXPECT_EQ(a.turns, 0);
  give(b, call("1", "read"));
  give(a, call("2", "read"));
  int after = 0;
  a.on_after = [&] { ++after; };
  wait();
  EXPECT_EQ(away, 1);  // without a charge there is nothing to commit
  EXPECT_EQ(after, 2);
  EXPECT_EQ(mediator::lines(a.to_server), 2U);
  EXPECT_EQ(mediator::lines(b.to_server), 1U);
  EXPECT_THAT(sink.appends, SizeIs(2));
}

TEST_F(DeskTest, ASlowAppendIsTheHelpers) {
  FakeMember& a = join("a");
  sink.slow = true;
  give(a, mediator::request("1", "ping"));  // without a record: at once
  pass();
  EXPECT_EQ(a.turns, 1);
  EXPECT_EQ(away, 0);
  give(a, call("1", "read"));
  desk->settle();
  EXPECT_EQ(a.turns, 1);
  wait();
  EXPECT_EQ(a.turns, 2);
  EXPECT_THAT(sink.appends, ElementsAre(StartsWith("START\n")));
}

TEST_F(DeskTest, TheEndWaitsForTheHelper) {
  FakeMember& a = join("a");
  sink.slow = true;
  give(a, call("1", "read"));
  bool ended = false;
  desk->when_settled([&] {
    ended = true;
    sink.slow = false;
    desk->finish({"SIGTERM", std::nullopt, 1, 0});
  });
  desk->record_lazy() += "MEANWHILE\n";
  EXPECT_FALSE(ended);
  wait();
  EXPECT_TRUE(ended);
  EXPECT_EQ(a.turns, 1);
  ASSERT_THAT(sink.appends, SizeIs(2));
  EXPECT_THAT(sink.appends[1], AllOf(StartsWith("MEANWHILE\n"), HasSubstr(R"("event":"shutdown")")));
}

TEST_F(DeskTest, TheEndWaitsForALockToWriteWhatIsOwed) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  store.owes = store.locked = true;
  const int prepared = store.prepared;
  bool ended = false;
  desk->when_settled([&] { ended = true; });
  EXPECT_FALSE(ended);
  wait();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(store.owes);
  EXPECT_EQ(store.prepared, prepared + 1);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(DeskTest, TheEndSaysWhatCouldNotBeWritten) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  store.owes = store.locked = true;
  store.cannot = limits::Why::busy;
  desk->when_settled([&] { desk->finish({"SIGTERM", std::nullopt, 1, 0}); });
  wait();
  EXPECT_EQ(store.prepared, 1);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("stays charged")));
  EXPECT_THAT(sink.appends.back(), AllOf(HasSubstr("refunds_lost"), HasSubstr(R"("event":"shutdown")")));
}

TEST_F(DeskTest, ASlowCommitThatFailsIsRecordedAsWhatItIs) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  give(b, call("1", "read"));
  pass();
  give(b, answer("1"), false);
  pass();
  store.commits_slowly = store.commit_fails = true;
  store.notes = {"counters were lost"};
  give(a, call("1", "pay"));
  desk->settle();
  desk->record_lazy() += "MEANWHILE\n";
  wait();
  EXPECT_EQ(a.to_server, "");
  EXPECT_THAT(a.to_client, HasSubstr("the limits cannot be kept"));
  ASSERT_THAT(sink.appends, SizeIs(2));
  const std::string& record = sink.appends[1];
  EXPECT_EQ(mediator::lines(record), 6U) << record;
  EXPECT_LT(record.find(R"("outcome":"result")"), record.find("MEANWHILE"));
  EXPECT_THAT(record, AllOf(HasSubstr("state_failed"), HasSubstr("state_lost"), HasSubstr("undelivered")));
}

TEST_F(DeskTest, ASlowAppendThatFailsRefuses) {
  FakeMember& a = join("a");
  sink.slow = sink.fails = true;
  give(a, call("1", "read"));
  wait();
  EXPECT_EQ(a.to_server, "");
  EXPECT_THAT(a.to_client, HasSubstr("the audit record cannot be written"));
  sink.fails = false;
  give(a, call("2", "read"));
  wait();
  EXPECT_THAT(sink.appends, ElementsAre(StartsWith("START\n")));
  EXPECT_EQ(mediator::lines(a.to_server), 1U);
}

// What a session learns while a turn is written belongs to the next: it was not committed nor recorded.
TEST_F(DeskTest, InputThatComesWhileATurnIsWrittenIsOfTheNextTurn) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  a.on_write = [&] {
    if (a.turns == 1) give(b, call("2", "read"));
  };
  give(a, call("1", "read"));
  give(b, call("1", "read"));
  desk->settle();
  EXPECT_EQ(mediator::lines(b.to_server), 1U);
  EXPECT_TRUE(desk->busy());
  loop.run_once(std::chrono::hours(1));  // does not wait for anything to happen
  EXPECT_EQ(mediator::lines(b.to_server), 2U);
  EXPECT_THAT(sink.appends, SizeIs(2));
}

TEST_F(DeskTest, InputGivenAfterATurnDoesNotWaitForAnEvent) {
  FakeMember& a = join("a");
  a.on_after = [&] {
    if (a.turns < 3) give(a, call(std::to_string(10 + a.turns), "read"));
  };
  give(a, call("1", "read"));
  desk->settle();
  EXPECT_FALSE(desk->busy());
  loop.run_once(std::chrono::hours(1));
  loop.run_once(std::chrono::hours(1));
  EXPECT_EQ(mediator::lines(a.to_server), 3U);
}

TEST_F(DeskTest, ATimerThatNeedsTheStoreWaitsForIt) {
  maker->on_policy(mediator::snapshot(R"(
default: allow
tools:
  pay: {rules: [{validate: {required_args: true}}, {rate_limit: 100/hour}]}
)"));
  FakeMember& a = join("a");
  give(a, mediator::notification("notifications/initialized"));
  give(a, call("1", "pay", R"({"x":"y"})"));
  pass();
  ASSERT_THAT(a.to_server, HasSubstr("tools/list"));
  ASSERT_TRUE(a.session().deadline().has_value());
  store.must_wait = true;
  pass(std::chrono::seconds(10));
  EXPECT_TRUE(desk->busy());
  EXPECT_EQ(a.to_client, "");
  give(a, call("2", "read"));
  wait();
  EXPECT_THAT(a.to_client, HasSubstr("did not answer tools/list in time"));
  EXPECT_THAT(a.to_server, HasSubstr("read"));
  EXPECT_FALSE(a.session().deadline().has_value());
}

TEST_F(DeskTest, WhoeverLeavesIsForgottenAndItsRecordKept) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  give(a, call("1", "read"));  // not settled yet
  give(b, call("1", "read"));
  desk->leave(a);
  EXPECT_EQ(desk->members(), 1U);
  pass();
  EXPECT_EQ(a.turns, 0);
  ASSERT_THAT(sink.appends, SizeIs(1));
  EXPECT_THAT(sink.appends[0], AllOf(HasSubstr(R"("id":"i-1-1")"), HasSubstr(R"("id":"i-2-1")")));

  give(b, answer("1"), false);
  pass();
  desk->leave(b);
  pass(std::chrono::milliseconds(100));  // its outcome
  EXPECT_THAT(sink.appends, SizeIs(2));
}

TEST_F(DeskTest, TheRecordOfWhoLeftDoesNotWaitForTheNextInput) {
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  desk->leave(a);
  pass();
  EXPECT_THAT(sink.appends, ElementsAre(HasSubstr(R"("event":"decision")")));
}

TEST_F(DeskTest, QueuedWorkOfWhoLeftIsDropped) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  store.must_wait = true;
  give(a, call("1", "pay"));
  give(b, call("1", "read"));
  bool ran = false;
  // The last that holds something may be the work itself.
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = held;
  desk->with(a, [&ran, kept = std::move(held)] { ran = true; });
  desk->leave(a);
  EXPECT_TRUE(seen.expired());
  members.erase(members.begin());
  wait();
  EXPECT_FALSE(ran);
  EXPECT_EQ(mediator::lines(b.to_server), 1U);
}

TEST_F(DeskTest, OneMayLeaveWhileTheHelperHasItsTurn) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  store.commits_slowly = true;
  for (const bool fails : {false, true}) {
    FakeMember& gone = join("gone");
    store.commit_fails = fails;
    give(a, call("1", "pay"));
    give(gone, call("1", "pay"));
    give(b, call("1", "read"));
    desk->settle();
    desk->leave(gone);
    members.pop_back();
    wait();
  }
  EXPECT_EQ(mediator::lines(b.to_server), 1U);  // the second has the id of one that is in flight
  EXPECT_EQ(mediator::lines(a.to_server), 1U);
}

TEST_F(DeskTest, OneMayLeaveAndBeDestroyedInAnyCallback) {
  FakeMember& a = join("a");
  FakeMember& b = join("b");
  FakeMember& c = join("c");
  FakeMember& d = join("d");
  const auto end = [this](const std::string& name) {
    const auto it = std::ranges::find_if(members, [&](const auto& m) { return m->name == name; });
    desk->leave(**it);
    members.erase(it);
  };
  // b ends c, before c was written; d ends itself, then b afterwards.
  b.on_write = [&end] { end("c"); };
  c.on_write = [] { ADD_FAILURE() << "it has left"; };
  a.on_after = [&end] { end("b"); };
  b.on_after = [] { ADD_FAILURE() << "it has left"; };
  d.on_after = [&end] {
    const auto copy = end;  // what is called is destroyed by it
    copy("d");
  };
  for (FakeMember* m : {&a, &b, &c, &d}) give(*m, call("1", "read"));
  pass();
  EXPECT_EQ(desk->members(), 1U);
  give(a, answer("1"), false);
  a.on_after = [] {};
  pass();
  EXPECT_EQ(mediator::lines(a.to_client), 1U);
}

TEST_F(DeskTest, OneMayLeaveInItsOwnQueuedWork) {
  FakeMember& a = join("a");
  store.must_wait = true;
  give(a, call("1", "pay"));
  desk->later(a, [this, &a] { return desk->leave(a), false; });
  FakeMember& b = join("b");
  give(b, call("1", "read"));
  wait();
  EXPECT_EQ(a.turns, 0);
  EXPECT_EQ(mediator::lines(b.to_server), 1U);
}

TEST_F(DeskTest, SessionsThatAreIdleCostNothing) {
  for (int i = 0; i < 1000; ++i) join("idle").on_write = [] { ADD_FAILURE() << "it was not touched"; };
  FakeMember& a = join("a");
  give(a, call("1", "read"));
  pass();
  EXPECT_EQ(a.turns, 1);
}

TEST_F(DeskTest, BuffersAreGivenBack) {
  FakeMember& a = join("a");
  desk->record_lazy() += std::string(std::size_t{200} << 10, 'x') + "\n";
  give(a, call("1", "read"));
  pass();
  EXPECT_GT(desk->capacity(), std::size_t{200} << 10);
  desk->trim();
  EXPECT_LT(desk->capacity(), 100U);
}

}  // namespace
}  // namespace proxy
