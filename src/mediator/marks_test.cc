// What the marks of the output say (line.h). That there is one for each line, and that it agrees with the line, is
// checked in all tests of the session (session_testing.h).
#include "mediator/session_testing.h"

namespace mediator {
namespace {

using What = Line::What;

constexpr std::string_view policy = R"(
tools:
  d: {rules: [{action: deny}]}
  i: {rules: [{idempotency_window: 1h}]}
  v: {rules: [{validate: {required_args: true}}]}
  l: {rules: [{rate_limit: 1/hour}]}
)";

Line only(const std::vector<Line>& lines) {
  EXPECT_EQ(lines.size(), 1U);
  return lines.empty() ? Line{} : lines[0];
}

std::string with_meta(std::string_view id, std::string_view method, std::string_view params) {
  return request(id, method, "{" + std::string(params) + "," + std::string(modern_meta) + "}");
}

TEST(Marks, AreNotKeptUnlessTheyAreWanted) {
  base::FakeClock clock;
  base::FakeRandom random;
  limits::MemoryStore store(clock);
  audit::Recorder recorder(clock, {audit::LogArgs::full, "i", "s", "local", "srv"}, "key");
  Session session({}, clock, random, store, recorder, snapshot(policy));
  EXPECT_TRUE(session.on_client(call("1", "a")));
  EXPECT_TRUE(session.on_client(call("2", "d")));
  EXPECT_TRUE(session.output().client_lines.empty() && session.output().server_lines.empty());
}

TEST(Marks, OfARequestOfTheClient) {
  Rig rig(policy);
  const Line m = only(rig.client(with_meta("\"x\"", "tools/call", R"("name":"a","arguments":{})"), 5).server_lines);
  EXPECT_EQ(m.what, What::request);
  EXPECT_EQ(m.scope, 5U);
  EXPECT_EQ(m.id_key, "sx");
  EXPECT_EQ(m.id_text, "\"x\"");
  EXPECT_FALSE(m.own);
  EXPECT_EQ(m.method, mcp::find_method("tools/call"));
  EXPECT_EQ(m.method_name, "tools/call");
  EXPECT_EQ(m.name, "a");
  EXPECT_TRUE(m.modern);
  EXPECT_EQ(m.revision, "2026-07-28");
  EXPECT_EQ(m.progress_token_text, "");
  const Line old = only(rig.client(call("2", "a", "{}", R"(,"_meta":{"progressToken":"p"})")).server_lines);
  EXPECT_FALSE(old.modern);
  EXPECT_EQ(old.revision, "");
  EXPECT_EQ(old.progress_token_text, "\"p\"");
}

TEST(Marks, NamesAreWhatTheHeaderRepeats) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"tools/call", R"("name":"a")", "a"},
      {"prompts/get", R"("name":"p")", "p"},
      {"resources/read", R"("uri":"file:///x")", "file:///x"},
      {"tasks/get", R"("taskId":"t1")", "t1"},
      {"tasks/cancel", R"("taskId":"t2")", "t2"},
      {"completion/complete", R"("ref":{"type":"ref/prompt","name":"p"})", ""},
      {"tools/list", R"("name":"a")", ""},
      {"vendor/x", R"("name":"a")", ""},
  };
  for (const auto& [method, params, name] : cases) {
    Rig rig(policy);
    EXPECT_EQ(only(rig.client(with_meta("1", method, params)).server_lines).name, name) << method;
  }
}

TEST(Marks, OfNotificationsOfBothSides) {
  Rig rig(policy);
  Line m =
      only(rig.client(notification("notifications/progress", R"({"progressToken":1.0,"progress":1})"), 4).server_lines);
  EXPECT_EQ(m.what, What::notification);
  EXPECT_EQ(m.scope, 4U);
  EXPECT_EQ(m.id_key + m.id_text, "");
  EXPECT_EQ(m.progress_token_text, "1.0");
  m = only(rig.client(cancel("\"z\""), 4).server_lines);
  EXPECT_EQ(m.cancelled_id_text, "\"z\"");
  m = only(rig.server(notification("notifications/progress", R"({"progressToken":"t","progress":1})"), 9).client_lines);
  EXPECT_EQ(m.scope, 9U);
  EXPECT_EQ(m.progress_token_text, "\"t\"");
  EXPECT_FALSE(m.own);
  m = only(rig.server(notification("notifications/resources/updated",
                                   R"({"uri":"a:b","_meta":{"io.modelcontextprotocol/subscriptionId":7.0}})"),
                      9)
               .client_lines);
  EXPECT_EQ(m.subscription_id_text, "7.0");
  EXPECT_EQ(m.method_name, "notifications/resources/updated");
}

TEST(Marks, OfAnswersOfTheServer) {
  Rig rig(policy);
  rig.client(modern_call("1.0", "a"), 5);
  Line m = only(rig.server(result("1", R"({"_meta":{"io.modelcontextprotocol/subscriptionId":3}})"), 5).client_lines);
  EXPECT_EQ(m.what, What::answer);
  EXPECT_EQ(m.scope, 5U);
  EXPECT_EQ(m.id_key, "n1");
  EXPECT_FALSE(m.own);
  EXPECT_TRUE(m.modern);
  EXPECT_EQ(m.method->name, "tools/call");
  EXPECT_EQ(m.method_name + m.name + m.revision, "");
  EXPECT_EQ(m.subscription_id_text, "3");
  m = only(rig.server(result("1"), 5).client_lines);
  EXPECT_EQ(m.id_key, "n1");
  EXPECT_EQ(m.method, nullptr) << "nobody asked for it";
  m = only(rig.server(error("null"), 6).client_lines);
  EXPECT_EQ(m.what, What::answer);
  EXPECT_EQ(m.scope, 6U);
  EXPECT_EQ(m.id_key + m.id_text, "");
}

TEST(Marks, OfAFilteredList) {
  Rig rig("hide: [b]\n");
  rig.client(request("1", "tools/list"), 5);
  const Turn t = rig.server(result("1", R"({"tools":[{"name":"b"}]})"), 5);
  EXPECT_EQ(t.to_client, line(result("1", R"({"tools":[]})")));
  EXPECT_FALSE(only(t.client_lines).own);
}

TEST(Marks, OfRefusals) {
  Rig rig(policy);
  const auto refused = [&](const std::string& text) { return only(rig.client(text, 5).client_lines); };
  for (const std::string& text : {call("1", "d"), request("1", "notifications/initialized"),
                                  std::string(R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})"),
                                  std::string(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,"a":2}})")}) {
    const Line m = refused(text);
    EXPECT_EQ(m.what, What::answer) << text;
    EXPECT_EQ(m.scope, 5U) << text;
    EXPECT_EQ(m.id_key, "n1") << text;
    EXPECT_TRUE(m.own) << text;
  }
  EXPECT_TRUE(refused(modern_call("1", "d")).modern);
  for (const char* text : {"nonsense", "[]", R"({"jsonrpc":"2.0","id":null,"method":"x"})"}) {
    const Line m = refused(text);
    EXPECT_EQ(m.scope, 5U) << text;
    EXPECT_EQ(m.id_key + m.id_text, "") << text;
    EXPECT_TRUE(m.own) << text;
  }
  rig.session->on_client_oversized("{", 100, 6);
  EXPECT_EQ(only(rig.turn().client_lines).scope, 6U);
}

TEST(Marks, OfWhatTheServerAsks) {
  Rig rig("methods:\n  sampling/createMessage: {rules: [{action: deny}]}\n");
  Line m = only(rig.server(request("1", "roots/list", R"({"_meta":{"progressToken":4}})"), 8).client_lines);
  EXPECT_EQ(m.what, What::request);
  EXPECT_EQ(m.scope, 8U);
  EXPECT_EQ(m.id_key, "n1");
  EXPECT_EQ(m.progress_token_text, "4");
  m = only(rig.client(result("1.0", R"({"roots":[]})"), 30).server_lines);
  EXPECT_EQ(m.what, What::answer);
  EXPECT_EQ(m.scope, 8U) << "where the server asked";
  EXPECT_EQ(m.id_text, "1");
  EXPECT_FALSE(m.own);
  m = only(rig.server(request("2", "sampling/createMessage", "{}"), 8).server_lines);
  EXPECT_EQ(m.what, What::answer);
  EXPECT_EQ(m.scope, 8U);
  EXPECT_EQ(m.id_key, "n2");
  EXPECT_TRUE(m.own);
  rig.server(request("3", "roots/list"), 8);
  m = only(rig.client(R"({"jsonrpc":"2.0","id":3,"result":{},"error":{}})", 31).server_lines);
  EXPECT_EQ(m.id_key, "n3");
  EXPECT_EQ(m.scope, 8U);
  EXPECT_TRUE(m.own);
  m = only(rig.server(R"({"jsonrpc":"2.0","id":4,"method":"ping","params":[]})", 8).server_lines);
  EXPECT_EQ(m.id_key, "n4");
}

TEST(Marks, OfRepetitions) {
  Rig rig(policy);
  rig.client(call("1", "i"), 5);
  EXPECT_TRUE(rig.client(call("1", "i"), 6).server_lines.empty()) << "it waits for its twin";
  const Turn t = rig.server(result("1"), 5);
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope, 6U);
  EXPECT_TRUE(t.client_lines[0].own);
  EXPECT_EQ(t.client_lines[1].scope, 5U);
  EXPECT_FALSE(t.client_lines[1].own);
  const Line again = only(rig.client(call("\"n\"", "i"), 7).client_lines);
  EXPECT_EQ(again.scope, 7U);
  EXPECT_EQ(again.id_key, "sn");
  EXPECT_TRUE(again.own);
}

TEST(Marks, OfTheOwnListAndOfCallsThatWaitedForIt) {
  Rig rig(policy);
  const Line asked = only(rig.client(modern_call("1", "v", R"({"x":1})"), 5).server_lines);
  EXPECT_EQ(asked.what, What::request);
  EXPECT_EQ(asked.scope, 0U);
  EXPECT_TRUE(asked.own && asked.modern);
  EXPECT_EQ(asked.method_name, "tools/list");
  EXPECT_EQ(asked.revision, "2026-07-28");
  EXPECT_THAT(asked.id_key, testing::StartsWith("sintercept:"));
  rig.client(modern_call("1", "v", "{}"), 6);
  const Turn t =
      rig.server(result(asked.id_text, R"({"tools":[{"name":"v","inputSchema":{"type":"object","required":["x"]}}]})"));
  const Line passed = only(t.server_lines), refused = only(t.client_lines);
  EXPECT_EQ(passed.scope, 5U);
  EXPECT_FALSE(passed.own);
  EXPECT_EQ(refused.scope, 6U);
  EXPECT_EQ(refused.id_key, "n1");
}

TEST(Marks, OfAnnouncements) {
  Rig rig("hide: [b]\n");
  rig.initialize();
  rig.client(with_meta("\"7\"", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"), 5);
  const Turn t = rig.reload("hide: [a]\n");
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope, 0U);
  EXPECT_EQ(t.client_lines[0].subscription_id_text, "");
  EXPECT_EQ(t.client_lines[1].scope, 5U);
  EXPECT_EQ(t.client_lines[1].subscription_id_text, "\"7\"");
  EXPECT_TRUE(t.client_lines[1].own);
  EXPECT_EQ(t.client_lines[1].method_name, "notifications/tools/list_changed");
}

TEST(Marks, GoWithWhatIsTakenBack) {
  Rig rig(policy);
  EXPECT_TRUE(rig.session->on_client(call("1", "a"), 5));
  EXPECT_TRUE(rig.session->on_client(request("2", "ping"), 5));
  EXPECT_TRUE(rig.session->on_client(call("1", "a"), 6));
  EXPECT_TRUE(rig.session->on_server(request("9", "roots/list"), 7));
  EXPECT_EQ(rig.session->output().server_lines.size(), 3U);
  rig.session->record_failed("full");
  const Turn t = rig.turn();
  EXPECT_EQ(t.to_server.substr(0, request("2", "ping").size() + 1), line(request("2", "ping")));
  ASSERT_EQ(t.server_lines.size(), 2U);
  EXPECT_EQ(t.server_lines[0].id_key, "n2");
  EXPECT_EQ(t.server_lines[1].id_key, "n9") << "the server's request is refused";
  EXPECT_EQ(t.server_lines[1].scope, 7U);
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope, 5U);
  EXPECT_EQ(t.client_lines[1].scope, 6U);
  EXPECT_TRUE(t.client_lines[1].own);
}

TEST(Marks, AnAnswerThatIsTakenBackIsRefusedWhereItBelongs) {
  Rig rig(policy);
  rig.client(modern_call("1", "a"), 5);
  rig.client(modern_call("1", "a"), 6);
  EXPECT_TRUE(rig.session->on_server(result("1", R"({"inputRequests":{"a":{"method":"elicitation/create"}}})"), 6));
  EXPECT_TRUE(rig.session->on_server(result("1"), 5));
  rig.session->record_failed("full");
  const Turn t = rig.turn();
  ASSERT_EQ(t.client_lines.size(), 2U);
  EXPECT_EQ(t.client_lines[0].scope, 5U);
  EXPECT_FALSE(t.client_lines[0].own);
  EXPECT_EQ(t.client_lines[1].scope, 6U);
  EXPECT_TRUE(t.client_lines[1].own && t.client_lines[1].modern);
  EXPECT_EQ(t.client_lines[1].id_key, "n1");
}

}  // namespace
}  // namespace mediator
