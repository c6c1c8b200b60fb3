// Sets of parts, as a process with several loops has them: each on a thread of its own, one directory for all.
#include "cli/run_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct OneMember final : proxy::Desk::Member {
  explicit OneMember(std::unique_ptr<proxy::SessionMaker::Made> of) : made(std::move(of)) {}
  mediator::Session& session() override { return made->session; }
  void write_out(mediator::Output& out) override {
    allowed += std::ranges::count(out.to_server, '\n');
    refused += std::ranges::count(out.to_client, '\n');
  }
  std::unique_ptr<proxy::SessionMaker::Made> made;
  std::ptrdiff_t allowed = 0, refused = 0;
};

class RunPartsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-parts-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    arguments_.log_level = mediator::Level::error;
    arguments_.config = (root_ / "p.yaml").string();
    std::ofstream(arguments_.config)
        << "tools:\n  a: {rules: [{rate_limit: {max: 30, window: hour, scope: global}}]}\n";
    fs::permissions(arguments_.config, fs::perms(0644));
    policy_ = load_policy({.path = arguments_.config, .server_name = {}, .counter_server = "srv"});
    ASSERT_NE(policy_.loaded.snapshot, nullptr) << policy_.loaded.problems;
    place_ = find_state_place((root_ / "state").string(), true);
  }
  void TearDown() override { fs::remove_all(root_); }

  RunParts::About about(RunParts::Sessions sessions) const {
    return {arguments_, place_, policy_, "srv", sessions == RunParts::Sessions::one ? "stdio" : "http", sessions};
  }
  // A loop with one session that makes `calls` calls, one a turn.
  std::pair<std::ptrdiff_t, std::ptrdiff_t> drive(RunParts& parts, int calls) const {
    audit::Start start;
    start.listen = "127.0.0.1:1";
    net::Loop loop(parts.clock);
    proxy::Desk desk(loop, parts.for_desk(std::move(start)));
    loop.on_wake([&desk] { desk.wake(); });
    loop.on_turn_end([&desk] { desk.settle(); });
    proxy::SessionMaker maker(parts.for_sessions(), policy_.loaded.snapshot);
    OneMember member(maker.make("ann"));
    desk.join(member);
    for (int i = 1; i <= calls; ++i) {
      const std::string line = R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
                               R"(,"method":"tools/call","params":{"name":"a","arguments":{}}})";
      desk.touch(member);
      if (!member.session().on_client(line)) {
        desk.later(member, [&member, line] { return member.session().on_client(line); });
      }
      desk.settle();
      while (member.allowed + member.refused < i || desk.busy()) loop.run_once(std::chrono::milliseconds(100));
    }
    desk.finish({"SIGTERM", std::nullopt, 0, 0});
    desk.leave(member);
    return {member.allowed, member.refused};
  }
  std::string log(const RunParts& parts) const {
    std::ifstream file(root_ / "state/audit" / (parts.config.instance + ".jsonl"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  fs::path root_;
  RunArguments arguments_;
  SourcedPolicy policy_;
  StatePlace place_;
};

TEST_F(RunPartsTest, OfOneSessionTheProcessHasItsNameAndIdentity) {
  RunParts parts(about(RunParts::Sessions::one));
  EXPECT_EQ(parts.config.session.size(), 32U);
  EXPECT_THAT(parts.start_line({}),
              AllOf(HasSubstr(R"("session":")" + parts.config.session + R"(","identity":"local")"),
                    HasSubstr(R"("transport":"stdio")")));
  EXPECT_FALSE(fs::exists(root_ / "state")) << "nothing is made before it is needed";
}

TEST_F(RunPartsTest, SetsOfSeveralThreadsCountTogetherAndKeepLogsOfTheirOwn) {
  constexpr std::size_t loops = 3;
  std::vector<std::unique_ptr<RunParts>> parts;
  for (std::size_t i = 0; i < loops; ++i) parts.push_back(std::make_unique<RunParts>(about(RunParts::Sessions::many)));
  std::array<std::pair<std::ptrdiff_t, std::ptrdiff_t>, loops> counts;
  std::vector<std::thread> threads;
  threads.reserve(loops);
  for (std::size_t i = 0; i < loops; ++i) threads.emplace_back([&, i] { counts[i] = drive(*parts[i], 20); });
  for (std::thread& thread : threads) thread.join();
  std::ptrdiff_t allowed = 0, refused = 0;
  for (const auto& [a, r] : counts) allowed += a, refused += r;
  EXPECT_EQ(allowed, 30);
  EXPECT_EQ(refused, 30);
  for (const auto& p : parts) {
    const std::string text = log(*p);
    EXPECT_THAT(
        text, AllOf(HasSubstr(R"("event":"start","instance":")" + p->config.instance + R"(","server":"srv","version")"),
                    HasSubstr(R"("transport":"http","listen":"127.0.0.1:1")"),
                    HasSubstr(R"("id":")" + p->config.instance + R"(-1-k")"), HasSubstr(R"("identity":"ann")"),
                    HasSubstr(R"("event":"shutdown")")));
  }
}

}  // namespace
}  // namespace cli
