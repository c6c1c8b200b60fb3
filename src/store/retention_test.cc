// Dead instances are put on record and old logs removed: only those, once, and nothing that is not on record.
#include "store/retention.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "json/document.h"
#include "store/audit_dir.h"
#include "store/audit_testing.h"

namespace store {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* a_name = "aaaaaaaaaa";
constexpr const char* b_name = "bbbbbbbbbb";
constexpr const char* c_name = "cccccccccc";

struct RetentionTest : StateTest {
  // A process that dies after `decisions` of them.
  void crash(const std::string& name, int decisions, const AuditOptions& options = {}) {
    Process p(dir(), name, clock, options);
    for (int i = 0; i < decisions; ++i) EXPECT_TRUE(p.decide());
  }
  void session(const std::string& name, int decisions = 2, const AuditOptions& options = {}) {
    Process p(dir(), name, clock, options);
    for (int i = 0; i < decisions; ++i) EXPECT_TRUE(p.decide());
    EXPECT_TRUE(p.shutdown());
    EXPECT_THAT(p.notes, IsEmpty());
  }
  std::string log(const std::string& name) const { return read(logs() + "/" + name + ".jsonl"); }
  // When somebody looked for old logs.
  void looked_before(base::Duration time) const { set_time(dir() + "/run/retention", clock.wall() - time); }
  void age(const std::string& file, int days) const {
    set_time(logs() + "/" + file, clock.wall() - std::chrono::hours(24 * days));
  }
};

TEST_F(RetentionTest, TheDeadAreFoundOnce) {
  crash(a_name, 3);
  EXPECT_THAT(codes(), ElementsAre("crashed"));
  session(b_name);
  const std::string log_size = std::to_string(fs::file_size(logs() + "/aaaaaaaaaa.jsonl"));
  const std::string text = log(a_name);
  const std::size_t chain = text.rfind("\"chain\":\"") + 9;
  EXPECT_THAT(log(b_name), HasSubstr(R"("event":"found_dead","instance":"bbbbbbbbbb","dead":"aaaaaaaaaa",)"
                                     R"("log":"aaaaaaaaaa.jsonl","number":1,"bytes":)" +
                                     log_size + R"(,"end_chain":")" + text.substr(chain, 32) + R"(","chain":)"));
  EXPECT_THAT(names(dir() + "/run"), ElementsAre("retention"));
  session(c_name);
  EXPECT_THAT(log(c_name), Not(HasSubstr("found_dead")));
  EXPECT_THAT(codes(), ElementsAre("crashed"));
  // What is on record cannot be cut off.
  fs::resize_file(logs() + "/aaaaaaaaaa.jsonl", text.rfind('\n', text.size() - 2) + 1);
  EXPECT_THAT(codes(), Contains("pin_mismatch"));
}

// Processes are killed wherever they are: in a block, between two files, while they look after the house. The next ones
// put that on record, and nothing else is ever found.
TEST_F(RetentionTest, KilledAnywhere) {
  const base::SystemClock real;
  ASSERT_TRUE(load_or_create_key(dir(), random));
  AuditOptions small;
  small.max_bytes = 1'500;
  for (int i = 0; i < 40; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      Process p(dir(), std::to_string(1'000'000'000 + i), real, small);
      while (p.decide()) {
      }
      ::_exit(1);
    }
    ::usleep(static_cast<useconds_t>(300 + 131 * i));
    ::kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (i % 8 != 7) continue;
    Process p(dir(), std::to_string(2'000'000'000 + i), real);
    ASSERT_TRUE(p.decide());
    ASSERT_TRUE(p.shutdown());
    EXPECT_THAT(p.notes, IsEmpty());
    const audit::Report report = verify();
    for (const audit::Finding& f : report.findings) EXPECT_EQ(f.code, "crashed") << to_text(report);
  }
  EXPECT_THAT(names(dir() + "/run"), Not(Contains(testing::EndsWith(".json"))));
  EXPECT_THAT(names(logs()), Not(Contains(testing::EndsWith(".new"))));
}

TEST_F(RetentionTest, TheLivingAreNot) {
  Process a(dir(), a_name, clock);
  ASSERT_TRUE(a.decide());
  session(b_name);
  EXPECT_THAT(log(b_name), Not(HasSubstr("found_dead")));
  EXPECT_TRUE(instance_alive(dir(), a_name));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(RetentionTest, DeadInEveryWay) {
  crash(a_name, 3);
  std::ofstream(logs() + "/aaaaaaaaaa.jsonl", std::ios::app) << R"({"v":1,"time":"2027)";  // in the middle of a line
  AuditOptions small;
  small.max_bytes = 500;
  crash(b_name, 9, small);
  const std::uint64_t files = list_logs(dir())->size() - 2;
  const std::string last = log_name(b_name, files);
  fs::rename(logs() + "/bbbbbbbbbb.jsonl", logs() + "/" + next_log_draft(b_name, files + 1));  // between two files
  {
    Instance never(dir(), Process::info(c_name), random);  // recorded nothing
    ASSERT_TRUE(never.ensure());
  }
  write(dir() + "/run/eeeeeeeeee.json.0123456789abcdef", "");
  set_time(dir() + "/run/eeeeeeeeee.json.0123456789abcdef", clock.wall());
  session("dddddddddd");
  EXPECT_THAT(log("dddddddddd"), HasSubstr(R"("dead":"cccccccccc","bytes":0,"chain")"));
  EXPECT_THAT(log("dddddddddd"), HasSubstr("\"dead\":\"bbbbbbbbbb\",\"log\":\"" + last + "\""));
  EXPECT_THAT(codes(), ElementsAre("crashed", "crashed"));
  EXPECT_THAT(names(logs()), Not(Contains(testing::EndsWith(".new"))));
  EXPECT_THAT(names(dir() + "/run"), ElementsAre("eeeeeeeeee.json.0123456789abcdef", "retention"));
  set_time(dir() + "/run/eeeeeeeeee.json.0123456789abcdef", clock.wall() - std::chrono::hours(2));
  session("ffffffffff");
  EXPECT_THAT(names(dir() + "/run"), ElementsAre("retention"));
}

TEST_F(RetentionTest, AnEmptyLogOfTheDead) {
  write(logs() + "/aaaaaaaaaa.jsonl", "");
  {
    Instance dead(dir(), Process::info(a_name), random);
    ASSERT_TRUE(dead.ensure());
  }
  EXPECT_THAT(codes(), Contains("crashed"));
  session(b_name);
  EXPECT_THAT(codes(), ElementsAre("crashed"));
}

TEST_F(RetentionTest, WithoutARecordNothingIsRemoved) {
  crash(a_name, 1);
  session(b_name);
  age("bbbbbbbbbb.jsonl", 100);
  int events = 0;
  const AppendEvent failing = [&](std::string_view, std::span<const audit::Field>) -> base::Result<void> {
    ++events;
    return base::fail("disk full");
  };
  crash(c_name, 1);
  EXPECT_FALSE(record_dead(dir(), "dddddddddd", clock.wall(), failing));
  EXPECT_FALSE(remove_old_logs(dir(), "dddddddddd", {}, clock.wall(), failing, false));
  EXPECT_EQ(events, 2);
  EXPECT_THAT(names(dir() + "/run"), Contains("cccccccccc.json"));
  EXPECT_THAT(names(logs()), Contains("bbbbbbbbbb.jsonl"));
}

TEST_F(RetentionTest, OldLogsGoByAge) {
  AuditOptions small;
  small.max_bytes = 500;
  session(a_name, 9, small);
  const std::size_t files = names(logs()).size();
  ASSERT_GT(files, 3U);
  Process live(dir(), b_name, clock, small);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(live.decide());
  crash("eeeeeeeeee", 1);
  write(logs() + "/notes.txt", "");
  write(logs() + "/aaaaaaaaaa.jsonl.gz", "");
  write(logs() + "/0123456789.12.jsonl", "");
  for (const std::string& name : names(logs())) age(name, 89);
  looked_before(std::chrono::hours(2));
  session(c_name);
  EXPECT_THAT(log(c_name), Not(HasSubstr("\"retention\"")));
  for (const std::string& name : names(logs())) {
    if (!name.starts_with(c_name)) age(name, 91);
  }
  session("dddddddddd");
  EXPECT_THAT(log("dddddddddd"), Not(HasSubstr("\"retention\""))) << "somebody looked within the hour";
  looked_before(std::chrono::hours(1));
  const std::size_t before = names(logs()).size();
  session("ffffffffff");
  const std::vector<std::string> left = names(logs());
  // The finished ones of the living stay as long as they are not old; here they are, and go.
  EXPECT_THAT(left, AllOf(Contains("bbbbbbbbbb.jsonl"), Contains("notes.txt"), Contains("aaaaaaaaaa.jsonl.gz"),
                          Contains("0123456789.12.jsonl"), Contains("cccccccccc.jsonl"), Contains("dddddddddd.jsonl"),
                          Not(Contains("aaaaaaaaaa.jsonl")), Not(Contains("bbbbbbbbbb.0001.jsonl"))));
  EXPECT_LT(left.size(), before);
  const std::string text = log("ffffffffff");
  EXPECT_THAT(text, HasSubstr(R"("event":"retention","instance":"ffffffffff","why":"age","removed":[{"file":)"));
  EXPECT_THAT(text, HasSubstr(R"("file":"aaaaaaaaaa.0001.jsonl","instance":"aaaaaaaaaa","number":1,"bytes":)"));
  EXPECT_THAT(codes(), IsEmpty());
  ASSERT_TRUE(live.decide());
  ASSERT_TRUE(live.shutdown());
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(RetentionTest, AClockThatJumpsAheadCostsNothing) {
  session(a_name);
  const base::WallTime now = clock.wall();
  clock.set_wall(now + std::chrono::hours(24 * 3'000));
  session(b_name);  // nobody has looked for years
  clock.set_wall(now);
  session(c_name);  // somebody has looked in years to come
  EXPECT_EQ(names(logs()).size(), 3U);
  clock.set_wall(now + std::chrono::hours(24 * 3'000));
  session("dddddddddd");
  EXPECT_EQ(names(logs()).size(), 4U);
  clock.advance(std::chrono::hours(1));  // so it is true
  session("eeeeeeeeee");
  EXPECT_THAT(names(logs()), ElementsAre("eeeeeeeeee.jsonl"));
}

TEST_F(RetentionTest, OldestGoBeyondSoManyBytes) {
  for (const char* name : {a_name, b_name, c_name}) session(name);
  age("aaaaaaaaaa.jsonl", 1);
  age("bbbbbbbbbb.jsonl", 3);
  age("cccccccccc.jsonl", 2);
  AuditOptions options;
  options.keep.bytes = 2 * fs::file_size(logs() + "/aaaaaaaaaa.jsonl");
  looked_before(std::chrono::hours(2));
  session("dddddddddd", 2, options);
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.jsonl", "dddddddddd.jsonl"));
  EXPECT_THAT(log("dddddddddd"), HasSubstr("\"why\":\"bytes\""));
  const std::string text = log("dddddddddd");
  EXPECT_LT(text.find("\"file\":\"bbbbbbbbbb"), text.find("\"file\":\"cccccccccc"));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(RetentionTest, ADeadLogIsNotRemovedBeforeItIsOnRecord) {
  crash(a_name, 1);
  age("aaaaaaaaaa.jsonl", 200);
  const AppendEvent any = [](std::string_view, std::span<const audit::Field>) { return base::Result<void>(); };
  ASSERT_TRUE(remove_old_logs(dir(), b_name, {}, clock.wall(), any, false));
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.jsonl"));
  looked_before(std::chrono::hours(2));
  session(b_name);  // first the one, then the other
  EXPECT_THAT(names(logs()), ElementsAre("bbbbbbbbbb.jsonl"));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(RetentionTest, AThousandAtATime) {
  session(a_name);
  const std::string text = log(a_name);
  for (int i = 0; i < 1'100; ++i) {
    const std::string name = std::to_string(1'000'000'000 + i);
    write(logs() + "/" + name + ".jsonl", text);
    age(name + ".jsonl", 100);
  }
  std::vector<std::size_t> removed;
  const AppendEvent count = [&](std::string_view, std::span<const audit::Field> fields) {
    json::Document list;
    EXPECT_TRUE(list.read(fields[1].value, json::Profile::strict));
    removed.push_back(list.root().size());
    return base::Result<void>();
  };
  ASSERT_TRUE(remove_old_logs(dir(), b_name, {}, clock.wall(), count, false));
  ASSERT_TRUE(remove_old_logs(dir(), b_name, {}, clock.wall(), count, false));
  ASSERT_TRUE(remove_old_logs(dir(), b_name, {}, clock.wall(), count, false));
  EXPECT_THAT(removed, ElementsAre(1'000U, 100U));
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.jsonl"));
}

TEST_F(RetentionTest, NoDirectories) {
  const AppendEvent never = [](std::string_view, std::span<const audit::Field>) -> base::Result<void> {
    ADD_FAILURE();
    return {};
  };
  EXPECT_TRUE(record_dead(dir(), a_name, clock.wall(), never));
  EXPECT_TRUE(remove_old_logs(dir(), a_name, {}, clock.wall(), never, false));
}

}  // namespace
}  // namespace store
