// A message that is read before a session sees it is ruled as one that the session reads itself.
#include "mediator/inbox.h"

#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view policy = "tools:\n  d: {rules: [{action: deny}]}\n";

TEST(Inbox, ShowsAMessage) {
  Inbox in;
  EXPECT_TRUE(in.is_blank());
  const std::string text = " " + modern_call("1.0", "a") + "\r\n";
  in.read(text, {});
  ASSERT_TRUE(in.is_message());
  EXPECT_TRUE(in.is_request());
  EXPECT_FALSE(in.is_blank());
  EXPECT_EQ(in.message().id.text, "1.0");
  EXPECT_EQ(in.message().method_name, "tools/call");
  EXPECT_EQ(in.revision(), "2026-07-28");
  EXPECT_TRUE(in.is_modern());
  EXPECT_EQ(in.text(), modern_call("1.0", "a"));
  EXPECT_EQ(in.text_error(), nullptr);
  EXPECT_EQ(in.message_error(), nullptr);
  in.read(notification("notifications/initialized"), {});
  EXPECT_TRUE(in.is_message());
  EXPECT_FALSE(in.is_request());
  EXPECT_FALSE(in.is_modern());
  EXPECT_EQ(in.revision(), "");
}

TEST(Inbox, SaysWhyItIsNoMessage) {
  Inbox in;
  in.read(R"({"jsonrpc":"2.0","id":1,"id":2,"method":"x"})", {});
  ASSERT_NE(in.text_error(), nullptr);
  EXPECT_EQ(in.text_error()->kind, json::ErrorKind::duplicate_key);
  EXPECT_FALSE(in.is_message() || in.is_blank() || in.is_modern());
  in.read("[]", {});
  ASSERT_NE(in.message_error(), nullptr);
  EXPECT_THAT(in.message_error()->message, HasSubstr("batches"));
  EXPECT_EQ(in.text_error(), nullptr);
  EXPECT_EQ(in.revision(), "");
  in.read(" \r\n", {});
  EXPECT_TRUE(in.is_blank());
  EXPECT_EQ(in.message_error(), nullptr);
}

TEST(Inbox, KeepsToItsBudget) {
  Inbox in;
  json::Budget budget;
  budget.depth = 2;
  in.read(request("1", "x", R"({"a":{"b":1}})"), budget);
  ASSERT_NE(in.text_error(), nullptr);
  EXPECT_EQ(in.text_error()->kind, json::ErrorKind::too_deep);
  in.read(request("1", "x", "{}"), budget);
  EXPECT_TRUE(in.is_message());
}

TEST(Inbox, ShrinkingEndsTheReading) {
  Inbox in;
  in.read(request("1", "x"), {});
  in.shrink(std::size_t{1} << 20);
  EXPECT_TRUE(in.is_blank());
  in.read(request("1", "x"), {});
  EXPECT_TRUE(in.is_message());
}

TEST(Inbox, IsRuledAsALine) {
  const std::string lines_of_a_client[] = {
      "",
      "nonsense",
      R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"a":1,"a":2}})",
      R"({"jsonrpc":"2.0","id":7,"method":"x","params":[]})",
      R"({"jsonrpc":"2.0","id":4,"result":{},"error":{}})",
      R"({"jsonrpc":"2.0","id":4,"result":{"a":1,"a":2}})",
      "[]",
      call("1", "a"),
      call("1", "a"),
      modern_call("2", "d"),
      request("3", "notifications/initialized"),
      notification("notifications/initialized"),
      notification("tools/call"),
      cancel("1"),
      result("4"),
      result("5"),
  };
  Rig by_line(policy), by_inbox(policy);
  Inbox in;
  for (Rig* rig : {&by_line, &by_inbox}) rig->server(request("4", "roots/list"));
  for (const std::string& text : lines_of_a_client) {
    const Turn expected = by_line.client(text);
    in.read(text, {});
    EXPECT_TRUE(by_inbox.session->on_client(in));
    const Turn t = by_inbox.turn();
    EXPECT_EQ(t.to_server, expected.to_server) << text;
    EXPECT_EQ(t.to_client, expected.to_client) << text;
    EXPECT_EQ(t.record, expected.record) << text;
    EXPECT_EQ(t.lazy, expected.lazy) << text;
    EXPECT_EQ(t.notes.size(), expected.notes.size()) << text;
  }
}

TEST(Inbox, MayBeGivenAgainWhenTheStoreIsReady) {
  base::FakeClock clock;
  struct Slow final : limits::Store {
    explicit Slow(const base::Clock& c) : inner(c) {}
    bool open = false;
    limits::MemoryStore inner;
    bool ready(std::span<const limits::Charge> charges) override { return charges.empty() || open; }
    bool ready() override { return open; }
    std::expected<limits::ReservationId, limits::Refusal> reserve(std::span<const limits::Charge> charges) override {
      return inner.reserve(charges);
    }
    std::optional<limits::Refusal> check(std::span<const limits::Charge> charges) override {
      return inner.check(charges);
    }
    void settle(limits::ReservationId id, limits::Settlement how) override { inner.settle(id, how); }
    void settle_keep_leases(limits::ReservationId id, limits::Settlement how) override {
      inner.settle_keep_leases(id, how);
    }
    void free_leases(limits::ReservationId id) override { inner.free_leases(id); }
    std::optional<base::Amount> value(const limits::Charge& counter) override { return inner.value(counter); }
  } store{clock};
  Rig rig("tools: {a: {rules: [{rate_limit: 5/hour}]}}", {}, &store);
  Inbox in;
  const std::string text = call("1", "a");
  in.read(text, {});
  EXPECT_FALSE(rig.session->on_client(in, 3));
  EXPECT_EQ(rig.session->in_flight(), 0U);
  store.open = true;
  EXPECT_TRUE(rig.session->on_client(in, 3));
  EXPECT_EQ(rig.turn().to_server, line(text));
}

TEST(Inbox, ReadWithALargerBudgetIsRefusedWhenItIsReadAgain) {
  Config config;
  config.client_budget.depth = 4;
  Rig rig("tools: {v: {rules: [{validate: {required_args: true}}]}}", config);
  rig.initialize();
  Inbox in;
  const std::string text = call("1", "v", R"({"a":{"b":{}}})");
  in.read(text, {});
  EXPECT_TRUE(rig.session->on_client(in, 3));
  const Line asked = rig.turn().server_lines.at(0);
  const Turn t = rig.server(result(asked.id_text, R"({"tools":[]})"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_THAT(t.to_client, AllOf(HasSubstr(R"("id":1,"error")"), HasSubstr("limits of the session")));
  EXPECT_EQ(t.client_lines.at(0).scope, 3U);
  EXPECT_EQ(rig.session->in_flight(), 0U);
}

class RefuseClient : public testing::Test {
 protected:
  Turn refuse(const std::string& text, Scope scope = 7) {
    Inbox in;
    in.read(text, {});
    rig.session->refuse_client(in, scope, -32020, "headers", "Mcp-Name is \"b\", the body says \"a\"");
    return rig.turn();
  }
  const std::string end = R"(,"error":{"code":-32020,"message":"Mcp-Name is \"b\", the body says \"a\""}})"
                          "\n";
  Rig rig{policy};
};

TEST_F(RefuseClient, ARequestIsAnsweredAndOnRecordAsADenial) {
  const Turn t = refuse(modern_call("1.0", "a"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(t.to_client, R"({"jsonrpc":"2.0","id":1.0)" + end);
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("decision":"deny","reason":"headers")"), HasSubstr(R"("tool":"a")"),
                              HasSubstr("the body says"), HasSubstr(R"("direction":"client")")));
  ASSERT_EQ(t.client_lines.size(), 1U);
  EXPECT_EQ(t.client_lines[0].scope, 7U);
  EXPECT_EQ(t.client_lines[0].id_key, "n1");
  EXPECT_TRUE(t.client_lines[0].own && t.client_lines[0].modern);
  EXPECT_EQ(t.notes.size(), 1U);
  EXPECT_EQ(rig.session->in_flight(), 0U);
  EXPECT_EQ(rig.session->counts().denied, 1U);
  EXPECT_EQ(rig.client(modern_call("1", "a"), 7).to_server, line(modern_call("1", "a"))) << "the neighbour";
}

TEST_F(RefuseClient, ACallInFlightIsNotAnsweredByIt) {
  rig.client(call("1", "a"), 7);
  EXPECT_EQ(refuse(call("1", "a")).to_client, R"({"jsonrpc":"2.0","id":null)" + end);
  EXPECT_EQ(refuse(call("1", "a"), 8).to_client, R"({"jsonrpc":"2.0","id":1)" + end) << "another exchange";
}

TEST_F(RefuseClient, NotificationsAndAnswersGetNothing) {
  Turn t = refuse(notification("notifications/initialized"));
  EXPECT_EQ(t.to_client + t.to_server, "");
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"deny")"));
  rig.server(request("4", "roots/list"));
  t = refuse(result("4"));
  EXPECT_EQ(t.to_client + t.to_server, "");
  EXPECT_THAT(t.record, HasSubstr(R"("what":"refused","direction":"client")"));
  EXPECT_EQ(rig.client(result("4")).to_server, line(result("4"))) << "the server still waits";
}

TEST_F(RefuseClient, WhatIsNoMessageIsAnsweredWithoutAnId) {
  for (const char* text : {"nonsense", "[]", ""}) {
    const Turn t = refuse(text);
    EXPECT_EQ(t.to_client, R"({"jsonrpc":"2.0","id":null)" + end) << text;
    EXPECT_EQ(t.client_lines.at(0).scope, 7U);
    EXPECT_THAT(t.record, HasSubstr(R"("what":"refused")"));
  }
}

}  // namespace
}  // namespace mediator
