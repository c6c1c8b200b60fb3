// Hidden tools: gone from every list, refused on call; list_changed when a reload changes what is visible.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view hides_b = "hide: [b, \"x*\"]\n";

std::string page(std::string_view id, std::string_view tools, std::string_view more = "") {
  return result(id, R"({"before":1,"tools":[)" + std::string(tools) + "]" + std::string(more) + "}");
}
constexpr std::string_view a = R"({"name":"a","vendor":{"z":1}})", b = R"({"name":"b"})", x1 = R"({"name":"x1"})";

std::string tools(std::initializer_list<std::string_view> list) {
  std::string out;
  for (std::string_view tool : list) out.append(out.empty() ? "" : ",").append(tool);
  return out;
}

TEST(Lists, HiddenToolsAreGoneAndEverythingElseSurvives) {
  Rig rig(hides_b);
  rig.client(request("1", "tools/list"));
  EXPECT_EQ(rig.server(page("1", tools({a, b, x1}), R"(,"nextCursor":"p2","_meta":{"k":1})")).to_client,
            line(page("1", a, R"(,"nextCursor":"p2","_meta":{"k":1})")));
  rig.client(request("2", "tools/list", R"({"cursor":"p2"})"));
  EXPECT_EQ(rig.server(page("2", b)).to_client, line(page("2", "")));
}

TEST(Lists, UnaskedListsAreFilteredByTheirShape) {
  Rig rig(hides_b);
  EXPECT_EQ(rig.server(page("77", tools({a, b}))).to_client, line(page("77", a)));
  rig.client(request("1", "tools/list"));
  EXPECT_EQ(rig.server(page("\"1\"", tools({a, b}))).to_client, line(page("\"1\"", a))) << "the id's type changed";
}

TEST(Lists, TheScopeOfAFilteredListIsPrivate) {
  Rig rig(hides_b);
  rig.client(request("1", "tools/list"));
  EXPECT_THAT(rig.server(page("1", a, R"(,"ttlMs":1000,"cacheScope":"public")")).to_client,
              HasSubstr(R"("ttlMs":1000,"cacheScope":"private")"));
  Rig open("version: \"1\"\n");
  open.client(request("1", "tools/list"));
  const std::string answer = page("1", a, R"(,"cacheScope":"public")");
  EXPECT_EQ(open.server(answer).to_client, line(answer));
}

TEST(Lists, AShadowHidesNothing) {
  Rig rig("mode: shadow\nhide: [b]\n");
  rig.client(request("1", "tools/list"));
  EXPECT_EQ(rig.server(page("1", tools({a, b}))).to_client, line(page("1", tools({a, b}))));
  const Turn t = rig.client(call("2", "b"));
  EXPECT_EQ(t.to_server, line(call("2", "b")));
  EXPECT_THAT(t.record, AllOf(HasSubstr("would be denied"), HasSubstr("is hidden by policy")));
}

TEST(Lists, HiddenToolsAreRefused) {
  Rig rig(hides_b);
  const Turn t = rig.client(call("1", "b"));
  EXPECT_EQ(t.to_server, "");
  EXPECT_EQ(t.to_client, denied("1", R"(Tool \"b\" is hidden by policy)", "i-1", "(hidden)"));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("reason":"hidden")"), HasSubstr(R"("tool":"b")")));
  EXPECT_THAT(rig.client(modern_call("1", "xyz")).to_client, HasSubstr(R"("result":{"resultType":"complete",)"));
  EXPECT_THAT(rig.client(call("\"t\"", "b", "{}", R"(,"task":{"ttl":1})")).to_client,
              AllOf(HasSubstr(R"("id":"t","error":{"code":40301)"), HasSubstr("\"rule\":\"(hidden)\"")));
}

TEST(Lists, OnHiddenUnknownAnswersAsTheServerWould) {
  Rig rig("hide: [b]\non_hidden: unknown\n");
  const Turn t = rig.client(call("1", "b"));
  EXPECT_EQ(t.to_client, line(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool: b"}})"));
  EXPECT_THAT(t.record, HasSubstr(R"("reason":"hidden")"));
}

TEST(Lists, RepeatedNamesAreReported) {
  Rig rig("version: \"1\"\n");
  rig.client(request("1", "tools/list"));
  EXPECT_EQ(rig.server(page("1", tools({a, a}))).to_client, line(page("1", tools({a, a}))));
  const Turn t = rig.client(call("2", "a"));  // lists are looked into when one of their tools is called
  EXPECT_THAT(t.lazy, HasSubstr("repeated_tool"));
}

TEST(Lists, AReloadAnnouncesItselfBeforeTheListIsKnown) {
  Rig rig(hides_b);
  EXPECT_EQ(rig.reload("hide: [a]\n").to_client, "") << "not before notifications/initialized";
  rig.initialize();
  EXPECT_EQ(rig.reload(hides_b).to_client, line(notification("notifications/tools/list_changed")));
  Rig open("version: \"1\"\n");
  open.initialize();
  EXPECT_EQ(open.reload("default: allow\n").to_client, "") << "nothing was or is hidden";
}

TEST(Lists, AReloadAnnouncesItselfIfAKnownToolChanges) {
  Rig rig(hides_b);
  rig.initialize();
  rig.client(request("1", "tools/list"));
  rig.server(page("1", tools({a, b})));
  EXPECT_EQ(rig.reload("hide: [b, other]\n").to_client, "") << "the server has no such tool";
  EXPECT_EQ(rig.reload("hide: [a]\n").to_client, line(notification("notifications/tools/list_changed")));
  rig.server(notification("notifications/tools/list_changed"));
  EXPECT_NE(rig.reload("hide: [a, c]\n").to_client, "") << "the list is not known any more";
}

TEST(Lists, SubscribersAreToldWithTheIdOfTheirSubscription) {
  Rig rig(hides_b);
  const auto listen = [](std::string_view id, std::string_view wanted) {
    return request(id, "subscriptions/listen",
                   "{" + std::string(modern_meta) + R"(,"notifications":)" + std::string(wanted) + "}");
  };
  rig.client(listen("\"7\"", R"({"toolsListChanged":true})"));
  rig.client(listen("8", R"({"promptsListChanged":true})"));
  const std::string told =
      notification("notifications/tools/list_changed", R"({"_meta":{"io.modelcontextprotocol/subscriptionId":"7"}})");
  EXPECT_EQ(rig.reload("hide: [a]\n").to_client, line(told));
  const Turn ended = rig.server(cancel("\"7\""));
  EXPECT_EQ(ended.to_client, line(cancel("\"7\"")));
  EXPECT_THAT(ended.lazy, HasSubstr(R"("outcome":"cancelled")"));
  EXPECT_EQ(rig.reload(hides_b).to_client, "");
  rig.client(listen("9.0", R"({"toolsListChanged":true})"));
  EXPECT_THAT(rig.reload("hide: [a]\n").to_client, HasSubstr(R"("io.modelcontextprotocol/subscriptionId":9.0)"));
  rig.client(cancel("9"));
  EXPECT_EQ(rig.reload(hides_b).to_client, "") << "the client has ended it";
}

}  // namespace
}  // namespace mediator
