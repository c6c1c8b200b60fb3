// intercept pause: ruled messages are refused at once, with the reason, on record; plumbing and answers go on.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view why = "Paused by an operator: looking into something";

TEST(Pause, RuledMessagesAreRefusedUntilItIsOver) {
  Rig rig("tools: {t: {rules: [{idempotency_window: 1m}]}}");
  rig.client(call("1", "t"));
  rig.pause.text = why;
  Turn t = rig.client(call("2", "t"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(t.to_client, denied("2", std::string(why), "i-2", "(paused)"));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("event":"paused")"), HasSubstr(R"("decision":"deny")"),
                              HasSubstr(R"("reason":"paused")")));
  ASSERT_EQ(t.notes.size(), 2U);
  EXPECT_EQ(t.notes[0].text, why);
  t = rig.client(request("3", "resources/read", R"({"uri":"file:///x"})"));
  EXPECT_THAT(t.to_client, HasSubstr("-3"));
  EXPECT_EQ(t.to_server, "");
  t = rig.client(request("4", "vendor/method"));
  EXPECT_EQ(t.to_server, "");
  rig.pause.text.clear();
  t = rig.client(call("5", "u"));
  EXPECT_EQ(t.to_server, line(call("5", "u")));
  EXPECT_THAT(t.record, HasSubstr(R"("event":"resumed")"));
}

// Start leaves no state behind: nobody looks for a pause before a message is ruled.
TEST(Pause, IsAskedForByRuledMessagesOnly) {
  Rig rig("version: 1");
  rig.client(request("1", "initialize"));
  rig.initialize();
  rig.client(request("2", "tools/list"));
  rig.server(notification("notifications/message", R"({"level":"info","data":1})"));
  EXPECT_EQ(rig.pause.asked, 0);
  rig.client(call("3", "t"));
  EXPECT_EQ(rig.pause.asked, 1);
}

TEST(Pause, AnswersAndPlumbingGoOn) {
  Rig rig("version: 1");
  rig.client(call("1", "t"));
  rig.pause.text = why;
  EXPECT_EQ(rig.server(result("1")).to_client, line(result("1")));
  EXPECT_EQ(rig.client(request("2", "ping")).to_server, line(request("2", "ping")));
  EXPECT_EQ(rig.client(request("3", "tools/list")).to_server, line(request("3", "tools/list")));
  EXPECT_THAT(rig.client(cancel("2")).to_server, HasSubstr("cancelled"));
}

TEST(Pause, WhatTheServerAsksIsRefusedToo) {
  Rig rig("version: 1");
  rig.pause.text = why;
  const Turn t = rig.server(request("1", "sampling/createMessage", "{}"));
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.to_server, HasSubstr(std::string(why)));
}

TEST(Pause, AHiddenToolIsNotToldApart) {
  Rig rig("hide: [h]\non_hidden: unknown");
  rig.pause.text = why;
  EXPECT_EQ(rig.client(call("1", "h")).to_client, denied("1", std::string(why), "i-1", "(paused)"));
}

}  // namespace
}  // namespace mediator
