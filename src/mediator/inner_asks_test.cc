// Requests inside other messages: inputRequests, -32042, statuses of tasks.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view no_sampling = R"(
methods:
  sampling/createMessage: {rules: [{action: deny, reason: "No sampling"}]}
  elicitation/create:
    rules:
      - action: deny
        when: [{path: params.url, op: exists, value: true}, {not: {path: params.url, op: url_host_in, value: [good.example]}}]
        reason: "Not that host"
)";

std::string asks(std::string_view method, std::string_view params = "{}") {
  return R"({"resultType":"input_required","inputRequests":{"a":{"method":")" + std::string(method) + R"(","params":)" +
         std::string(params) + R"(}},"requestState":"s1"})";
}

TEST(InnerAsks, ARefusedRequestReplacesTheAnswer) {
  Rig rig(no_sampling);
  rig.client(modern_call("1", "a"));
  const Turn t = rig.server(result("1", asks("sampling/createMessage")));
  EXPECT_EQ(t.to_client,
            denied("1", "No sampling", "i-2", "methods/sampling/createMessage/rules/0", R"("resultType":"complete",)"));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("id":"i-2")"), HasSubstr(R"("direction":"server")"),
                              HasSubstr(R"("method":"sampling/createMessage")"), HasSubstr(R"("decision":"deny")")));
  EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"refused")"));
}

TEST(InnerAsks, AnAllowedRequestPassesUntouchedAndIsRecorded) {
  Rig rig(no_sampling);
  rig.client(modern_call("1", "a"));
  const std::string answer = result("1", asks("elicitation/create", R"({"message":"?"})"));
  const Turn t = rig.server(answer);
  EXPECT_EQ(t.to_client, line(answer));
  EXPECT_THAT(t.record, AllOf(HasSubstr(R"("method":"elicitation/create")"), HasSubstr(R"("decision":"allow")")));
}

TEST(InnerAsks, KeysThatALenientClientWouldReadAreRuledToo) {
  for (const char* body : {R"({"InputRequests":{"a":{"method":"sampling/createMessage"}}})",
                           R"({"inputRequests":{"a":{"method":"ping","Method":"sampling/createMessage"}}})",
                           R"({"inputRequests":{"a":{"Method":"sampling/createMessage"}}})"}) {
    Rig rig(no_sampling);
    rig.client(modern_call("1", "a"));
    EXPECT_THAT(rig.server(result("1", body)).to_client, HasSubstr(R"("isError":true)")) << body;
  }
}

TEST(InnerAsks, UrlsOfTheErrorAreRuled) {
  const auto answer = [](std::string_view code, std::string_view url) {
    return R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::string(code) +
           R"(,"message":"log in","data":{"elicitations":[{"mode":"url","url":")" + std::string(url) + R"("}]}}})";
  };
  for (const char* code : {"-32042", "-32042.0", "-3.2042e4"}) {
    Rig rig(no_sampling);
    rig.client(call("1", "a"));
    EXPECT_THAT(rig.server(answer(code, "https://evil.example/")).to_client, HasSubstr("Not that host")) << code;
  }
  Rig rig(no_sampling);
  rig.client(call("1", "a"));
  const std::string good = answer("-32042", "https://good.example/");
  EXPECT_EQ(rig.server(good).to_client, line(good));
  rig.client(call("1", "a"));
  EXPECT_EQ(rig.server(answer("-32043", "https://evil.example/")).to_client,
            line(answer("-32043", "https://evil.example/")));
}

TEST(InnerAsks, AnswersToNothingAreRuledToo) {
  Rig rig(no_sampling);
  EXPECT_EQ(rig.server(result("9", asks("sampling/createMessage"))).to_client, "");
  EXPECT_NE(rig.server(result("9", asks("roots/list"))).to_client, "");
}

TEST(InnerAsks, TasksAreRuledToo) {
  Rig rig(no_sampling);
  const std::string note = notification(
      "notifications/tasks",
      R"({"taskId":"t","status":"input_required","inputRequests":{"a":{"method":"sampling/createMessage"}}})");
  Turn t = rig.server(note);
  EXPECT_EQ(t.to_client, "");
  EXPECT_THAT(t.record, HasSubstr(R"("decision":"deny")"));
  rig.client(request("1", "tasks/get", R"({"taskId":"t"})"));
  t = rig.server(result("1", R"({"taskId":"t","inputRequests":{"a":{"method":"sampling/createMessage"}}})"));
  EXPECT_THAT(t.to_client, HasSubstr(R"("id":1,"error":{"code":40301)"));
}

TEST(InnerAsks, RefusedTogetherChargedNot) {
  Rig rig(R"(
methods:
  elicitation/create: {rules: [{rate_limit: 1/hour}]}
  sampling/createMessage: {rules: [{action: deny}]}
)");
  rig.client(modern_call("1", "a"));
  rig.server(result(
      "1", R"({"inputRequests":{"a":{"method":"elicitation/create"},"b":{"method":"sampling/createMessage"}}})"));
  rig.client(modern_call("2", "a"));
  EXPECT_THAT(rig.server(result("2", asks("elicitation/create"))).to_client, HasSubstr("input_required"));
  rig.client(modern_call("3", "a"));
  EXPECT_THAT(rig.server(result("3", asks("elicitation/create"))).to_client, HasSubstr("Rate limit of 1 per hour"));
}

}  // namespace
}  // namespace mediator
