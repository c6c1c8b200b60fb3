// The directory of logs read: names, ends, all lines in order, following, verification while logs are written.
#include "store/log_reader.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "audit/entry.h"
#include "store/audit_testing.h"
#include "store/local_time.h"

namespace store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* a_name = "aaaaaaaaaa";
constexpr const char* b_name = "bbbbbbbbbb";

struct LogReaderTest : StateTest {
  // "<first letter of the instance><last digits of the id>" or the event.
  static std::string short_name(std::string_view line) {
    audit::Entry e;
    if (e.read(line) != audit::Entry::Status::ok) return "?";
    return e.is_decision() ? std::string(e.id.substr(0, 1)) + std::string(e.id.substr(e.id.size() - 2))
                           : std::string(e.event);
  }
  std::vector<std::string> all(const ReadOptions& options = {}) const {
    auto reader = LogReader::open(dir(), options);
    EXPECT_TRUE(reader);
    std::vector<std::string> out;
    audit::Merge::Line line;
    while (reader->next(line)) out.push_back(short_name(line.text));
    EXPECT_THAT(reader->troubles(), IsEmpty());
    return out;
  }
  static std::vector<std::string> poll(Follower& follower) {
    std::vector<std::string> out;
    const auto more = follower.poll([&](std::string_view line, bool) { out.push_back(short_name(line)); });
    EXPECT_TRUE(more);
    return out;
  }
};

TEST(LogName, Form) {
  EXPECT_EQ(log_name(a_name, 0), "aaaaaaaaaa.jsonl");
  EXPECT_EQ(log_name(a_name, 7), "aaaaaaaaaa.0007.jsonl");
  EXPECT_EQ(log_name(a_name, 12'345), "aaaaaaaaaa.12345.jsonl");
  for (const std::uint64_t number : {0U, 1U, 9'999U, 10'000U, 4'000'000'000U}) {
    const auto parsed = parse_log_name(log_name(a_name, number));
    ASSERT_TRUE(parsed) << number;
    EXPECT_EQ(parsed->instance, a_name);
    EXPECT_EQ(parsed->number, number);
  }
  for (const char* bad :
       {"", ".jsonl", "aaaaaaaaa.jsonl", "aaaaaaaaaa.json", "aaaaaaaaaa.1.jsonl", "aaaaaaaaaa.0000.jsonl",
        "aaaaaaaaaa.00001.jsonl", "aaaaaaaaaa.0001.jsonl.gz", "aaaaaaaaaa.-001.jsonl", "aaaaaaaaaa.000x.jsonl",
        "aaaaaaaaaa..0001.jsonl", ".aaaaaaaaaa.0002.jsonl.new", "aaaaaaaaaa.99999999999999999999.jsonl"}) {
    EXPECT_FALSE(parse_log_name(bad)) << bad;
  }
}

TEST(LocalTime, OfTheZone) {
  const char* before = ::getenv("TZ");
  const std::string zone = before != nullptr ? before : "";
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  ::tzset();
  EXPECT_EQ(local_offset(1'800'000'000), 3'600);  // January
  EXPECT_EQ(local_offset(1'815'000'000), 7'200);  // July
  before != nullptr ? ::setenv("TZ", zone.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

TEST_F(LogReaderTest, EndsOfLogs) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  ASSERT_TRUE(p.log.append(p.line("notice", {audit::Field::name_of("detail", std::string(900, 'x'))})));
  const std::string text = read(p.log.path());
  auto end = find_log_end(p.log.path());
  ASSERT_TRUE(end);
  EXPECT_EQ(end->number, 1U);
  EXPECT_EQ(end->complete_bytes, text.size());
  EXPECT_EQ(end->sealed_bytes, text.size());
  EXPECT_EQ(end->chain, text.substr(text.rfind("\"chain\":\"") + 9, 32));
  EXPECT_EQ(end->begun, 1'800'000'000'000'000'000);
  // The seal lies anywhere before, across what is read at a time.
  for (const std::size_t more : {1U, 100U, 65'400U, 65'500U, 65'536U, 65'600U, 300'000U}) {
    write(root / "log", text + std::string(more - 1, 'x') + "\n" + "torn");
    end = find_log_end((root / "log").string());
    ASSERT_TRUE(end);
    EXPECT_EQ(end->complete_bytes, text.size() + more) << more;
    EXPECT_EQ(end->sealed_bytes, text.size()) << more;
    EXPECT_EQ(end->chain.size(), 32U);
  }
  for (const char* nothing : {"", "x", "x\n\n"}) {
    write(root / "log", nothing);
    end = find_log_end((root / "log").string());
    ASSERT_TRUE(end);
    EXPECT_EQ(end->sealed_bytes, 0U);
    EXPECT_EQ(end->number, 0U);
    EXPECT_EQ(end->complete_bytes, std::string_view(nothing).rfind('\n') + 1);
  }
  EXPECT_FALSE(find_log_end((root / "missing").string()));
  EXPECT_FALSE(find_log_end(dir()));
}

TEST_F(LogReaderTest, AllLogsByTime) {
  AuditOptions small;
  small.max_bytes = 700;
  Process a(dir(), a_name, clock, small);
  Process b(dir(), b_name, clock);
  EXPECT_THAT(all(), IsEmpty());
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(a.decide());
    clock.advance(std::chrono::milliseconds(10));
    ASSERT_TRUE(b.decide());
    clock.advance(std::chrono::milliseconds(10));
  }
  std::ofstream(b.log.path(), std::ios::app) << "{\"v\":1,\"ti";  // being written
  EXPECT_THAT(all(),
              ElementsAre("file", "a01", "file", "b01", "a02", "b02", "a03", "b03", "file_end", "file", "a04", "b04"));
  EXPECT_THAT(all({{}, b_name, 0}), ElementsAre("file", "b01", "b02", "b03", "b04"));
  EXPECT_THAT(all({{}, b_name, 2}), ElementsAre("b03", "b04"));
  EXPECT_THAT(all({{}, "", 1}), ElementsAre("file_end", "a04", "b04"));
  set_time(logs() + "/aaaaaaaaaa.jsonl", clock.wall());
  set_time(logs() + "/aaaaaaaaaa.0001.jsonl", clock.wall() - std::chrono::hours(2));
  const std::int64_t since = (clock.wall() - std::chrono::minutes(1)).time_since_epoch().count();
  EXPECT_THAT(all({since, a_name, 0}), ElementsAre("file", "a04"));
}

TEST_F(LogReaderTest, LongLinesAreCut) {
  write(logs() + "/aaaaaaaaaa.jsonl",
        std::string(5 << 20, 'x') + "\nshort\n" + std::string(audit::max_line, 'y') + "\n");
  auto reader = LogReader::open(dir());
  audit::Merge::Line line;
  ASSERT_TRUE(reader->next(line));
  EXPECT_EQ(line.text, std::string(audit::max_line, 'x'));
  EXPECT_TRUE(line.cut);
  EXPECT_EQ(reader->file(line.source), "aaaaaaaaaa.jsonl");
  ASSERT_TRUE(reader->next(line));
  EXPECT_EQ(line.text, "short");
  EXPECT_FALSE(line.cut);
  ASSERT_TRUE(reader->next(line));
  EXPECT_EQ(line.text.size(), audit::max_line);
  EXPECT_FALSE(line.cut);
  EXPECT_FALSE(reader->next(line));
}

TEST_F(LogReaderTest, ALogThatWasRotatedOrRemovedMeanwhile) {
  AuditOptions small;
  small.max_bytes = 700;
  Process a(dir(), a_name, clock, small);
  ASSERT_TRUE(a.decide());
  auto reader = LogReader::open(dir());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(a.decide());
  audit::Merge::Line line;
  ASSERT_TRUE(reader->next(line));
  EXPECT_EQ(short_name(line.text), "file");
  EXPECT_THAT(std::string(line.text), HasSubstr("\"file\":1"));
  EXPECT_THAT(reader->troubles(), IsEmpty());
  auto other = LogReader::open(dir(), {{}, b_name, 0});
  EXPECT_FALSE(other->next(line));
  auto gone = LogReader::open(dir());
  fs::remove_all(logs());
  EXPECT_FALSE(gone->next(line));
  EXPECT_EQ(gone->troubles().size(), 2U);
}

TEST_F(LogReaderTest, OneDecision) {
  AuditOptions small;
  small.max_bytes = 600;
  Process a(dir(), a_name, clock, small);
  ASSERT_TRUE(a.log.append(a.line("start", {audit::Field::word_of("version", "1")}) + a.decision()));
  ASSERT_TRUE(a.decide());
  const std::string id = "aaaaaaaaaa-1002";
  auto found = find_decision(dir(), id);
  ASSERT_TRUE(found && *found);
  EXPECT_THAT((*found)->decision, HasSubstr(id));
  EXPECT_THAT((*found)->start, HasSubstr("\"version\":\"1\""));
  EXPECT_EQ((*found)->outcome, "");
  ASSERT_TRUE(
      a.log.append(a.line("outcome", {audit::Field::word_of("id", id), audit::Field::word_of("outcome", "lost")})));
  found = find_decision(dir(), id);
  ASSERT_TRUE(found && *found);
  EXPECT_THAT((*found)->outcome, HasSubstr("lost"));
  EXPECT_FALSE((*found)->cut);
  EXPECT_EQ((*found)->file, "aaaaaaaaaa.0001.jsonl");
  for (const char* none : {"aaaaaaaaaa-9", "bbbbbbbbbb-1", "", "x", "../../etc/passwd-1"}) {
    EXPECT_EQ(find_decision(dir(), none).value(), std::nullopt) << none;
  }
}

TEST_F(LogReaderTest, Following) {
  Follower follower(dir());
  ASSERT_TRUE(follower.start());
  EXPECT_THAT(poll(follower), IsEmpty());
  AuditOptions small;
  small.max_bytes = 900;
  Process a(dir(), a_name, clock, small);
  ASSERT_TRUE(a.decide());
  EXPECT_THAT(poll(follower), ElementsAre("file", "a01"));
  EXPECT_THAT(poll(follower), IsEmpty());
  Process b(dir(), b_name, clock);
  ASSERT_TRUE(b.decide());
  clock.advance(std::chrono::milliseconds(5));
  ASSERT_TRUE(a.decide());
  EXPECT_THAT(poll(follower), ElementsAre("file", "b01", "a02"));
  for (int i = 3; i < 20; ++i) ASSERT_TRUE(a.decide());  // rotates several times between two looks
  std::vector<std::string> decisions;
  for (const std::string& name : poll(follower)) {
    if (name.starts_with("a")) decisions.push_back(name);
  }
  ASSERT_EQ(decisions.size(), 17U);
  EXPECT_EQ(decisions.front(), "a03");
  EXPECT_EQ(decisions.back(), "a19");
  ASSERT_TRUE(a.shutdown());
  EXPECT_THAT(poll(follower), ElementsAre("shutdown"));

  Follower late(dir());
  ASSERT_TRUE(late.start());
  ASSERT_TRUE(b.decide());
  std::ofstream(b.log.path(), std::ios::app) << R"({"v":1,"time":)";
  EXPECT_THAT(poll(late), ElementsAre("b02")) << "from now on, whole lines only";
  std::ofstream(b.log.path(), std::ios::app) << R"("2027-01-15T08:00:00.000Z","event":"x"})"
                                             << "\n";
  EXPECT_THAT(poll(late), ElementsAre("x"));
}

// Nothing is missed of who comes, begins new files and goes between two looks.
TEST_F(LogReaderTest, FollowingWhoIsQuick) {
  AuditOptions small;
  small.max_bytes = 900;
  Follower follower(dir());
  auto a = std::make_unique<Process>(dir(), a_name, clock, small);
  ASSERT_TRUE(a->decide());
  ASSERT_TRUE(follower.start());
  for (int i = 2; i < 20; ++i) ASSERT_TRUE(a->decide());
  a.reset();
  auto b = std::make_unique<Process>(dir(), b_name, clock, small);
  for (int i = 1; i < 20; ++i) ASSERT_TRUE(b->decide());
  b.reset();
  auto followed = poll(follower), recorded = all();
  std::erase_if(followed, [](const std::string& name) { return name.starts_with("f"); });
  std::erase_if(recorded, [](const std::string& name) { return name.starts_with("f") || name == "a01"; });
  std::ranges::sort(followed);
  std::ranges::sort(recorded);
  EXPECT_EQ(followed, recorded);
  EXPECT_EQ(followed.size(), 37U);
  EXPECT_THAT(poll(follower), IsEmpty());
}

TEST_F(LogReaderTest, FollowingALotAtOnce) {
  Follower follower(dir());
  ASSERT_TRUE(follower.start());
  Process a(dir(), a_name, clock);
  std::string lines;
  for (int i = 0; i < 70'000; ++i) lines += a.decision();
  ASSERT_GT(lines.size(), std::size_t{8} << 20);
  ASSERT_TRUE(a.log.append(lines));
  std::size_t got = 0;
  int polls = 0;
  bool more = true;
  while (more) {
    ++polls;
    more = follower.poll([&](std::string_view, bool) { ++got; }).value();
  }
  EXPECT_EQ(got, 70'001U);
  EXPECT_GE(polls, 3);
}

// A process writes and rotates, others come and go, while the directory is verified again and again: no false alarm.
TEST_F(LogReaderTest, VerificationWhileLogsAreWritten) {
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    AuditOptions small;
    small.max_bytes = 20'000;
    const base::SystemClock real;
    Process a(dir(), a_name, real, small);
    for (int i = 0; !stop; ++i) {
      if (!a.decide()) ADD_FAILURE();
      written = i;
      if (i % 50 == 0) {
        Process other(dir(), std::to_string(1'000'000'000 + i), real);
        if (!other.decide() || (i % 100 == 0 && !other.shutdown())) ADD_FAILURE();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // sanitizers verify slowly
      }
    }
    if (!a.shutdown()) ADD_FAILURE();
  });
  for (int i = 0; i < 30 || written < 3'000; ++i) {
    const audit::Report report = verify();
    for (const audit::Finding& f : report.findings) {
      EXPECT_TRUE(f.code == "crashed" || f.code == "no_key") << to_text(report);  // no key: before the first append
    }
    if (HasFailure()) break;
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(verify().ok());
}

TEST_F(LogReaderTest, AnchorsOfADirectory) {
  AuditOptions small;
  small.max_bytes = 700;
  const auto decided = [&](const std::string& name) {
    Process p(dir(), name, clock, small);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(p.decide());
    EXPECT_TRUE(p.shutdown());
  };
  decided(a_name);
  Process live(dir(), b_name, clock, small);
  ASSERT_TRUE(live.decide());
  const auto key = load_checkpoint_key(dir());
  ASSERT_TRUE(key && *key);
  const auto made = make_anchor(dir(), clock.wall());
  ASSERT_TRUE(made);
  write(root / "anchor", audit::write_anchor(*made, &**key));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(live.decide());  // rotates
  decided("cccccccccc");
  const auto anchor = audit::read_anchor(read_anchor_file((root / "anchor").string()).value(), &**key);
  ASSERT_TRUE(anchor) << anchor.error().message;
  EXPECT_EQ(anchor->mac, audit::Anchor::Mac::right);
  const audit::Report report = verify(&*anchor);
  EXPECT_THAT(report.findings, IsEmpty()) << to_text(report);
  EXPECT_EQ(report.anchored, made->files.size());
  fs::remove(logs() + "/aaaaaaaaaa.jsonl");
  fs::remove(logs() + "/aaaaaaaaaa.0001.jsonl");
  fs::remove(logs() + "/aaaaaaaaaa.0002.jsonl");
  EXPECT_FALSE(verify(&*anchor).ok());
  EXPECT_FALSE(read_anchor_file((root / "missing").string()));
}

}  // namespace
}  // namespace store
