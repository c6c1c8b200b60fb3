// Leases of calls that become tasks, in both designs.
#include "mediator/session_testing.h"

namespace mediator {
namespace {

constexpr std::string_view one_at_a_time = "tools:\n  a: {rules: [{concurrency: 1}]}\n";

class Tasks : public testing::Test {
 protected:
  bool free() {
    const Turn t = rig.client(call("99", "a"));
    if (t.to_server.empty()) return false;
    rig.server(result("99"));
    return true;
  }
  void start_legacy() {
    const std::string made = result("1", R"({"task":{"taskId":"t1","status":"working","ttl":60000}})");
    rig.client(call("1", "a", "{}", R"(,"task":{"ttl":60000})"));
    const Turn t = rig.server(made);
    EXPECT_EQ(t.to_client, line(made));
    EXPECT_THAT(t.lazy, HasSubstr(R"("outcome":"task")"));
    EXPECT_FALSE(free());
  }
  void start_modern() {
    rig.client(modern_call("1", "a"));
    rig.server(result("1", R"({"resultType":"task","taskId":"t1","status":"working","ttlMs":60000})"));
    EXPECT_FALSE(free());
  }
  void ask(const char* method, std::string_view body) {
    rig.client(request("5", method, R"({"taskId":"t1"})"));
    rig.server(result("5", body));
  }
  Rig rig{one_at_a_time};
};

TEST_F(Tasks, ALegacyTaskEndsWithItsStatus) {
  for (const char* status : {"completed", "failed", "cancelled"}) {
    start_legacy();
    ask("tasks/get", R"({"taskId":"t1","status":"working"})");
    ask("tasks/get", R"({"taskId":"t1","status":"input_required"})");
    rig.server(notification("notifications/tasks/status", R"({"taskId":"t2","status":"completed"})"));
    EXPECT_FALSE(free());
    ask("tasks/get", R"({"taskId":"t1","status":")" + std::string(status) + "\"}");
    EXPECT_TRUE(free()) << status;
  }
}

TEST_F(Tasks, ALegacyTaskEndsWithItsResult) {
  start_legacy();
  ask("tasks/result", R"({"content":[]})");
  EXPECT_TRUE(free());
}

TEST_F(Tasks, ANotificationEndsATask) {
  start_legacy();
  rig.server(notification("notifications/tasks/status", R"({"taskId":"t1","status":"failed"})"));
  EXPECT_TRUE(free());
}

TEST_F(Tasks, ACancelledTaskEnds) {
  start_legacy();
  ask("tasks/cancel", R"({"taskId":"t1","status":"cancelled"})");
  EXPECT_TRUE(free());
}

TEST_F(Tasks, AModernTaskEndsWithItsStatus) {
  start_modern();
  ask("tasks/get", R"({"resultType":"complete","taskId":"t1","status":"working"})");
  EXPECT_FALSE(free());
  ask("tasks/get", R"({"resultType":"complete","taskId":"t1","status":"completed","result":{}})");
  EXPECT_TRUE(free());
}

TEST_F(Tasks, AModernNotificationEndsATask) {
  start_modern();
  rig.server(notification("notifications/tasks", R"({"taskId":"t1","status":"completed"})"));
  EXPECT_TRUE(free());
}

TEST_F(Tasks, TheEndOfTheServerEndsItsTasks) {
  start_legacy();
  rig.gone(rig.sent);
  EXPECT_EQ(rig.store.reservations(), 0U);
}

TEST_F(Tasks, DenialsOfCallsInTaskFormAreErrors) {
  start_legacy();
  EXPECT_THAT(rig.client(call("2", "a", "{}", R"(,"task":{})")).to_client,
              AllOf(HasSubstr(R"("id":2,"error":{"code":40301)"), HasSubstr("At most 1 call at a time")));
}

}  // namespace
}  // namespace mediator
