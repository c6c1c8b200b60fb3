// The audit file on a real file system: what is created when, the chain in it, full disks, and a disk that fails at any
// call.
#include "store/audit_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "audit/chain.h"
#include "store/audit_dir.h"
#include "store/audit_testing.h"

namespace store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* a_name = "aaaaaaaaaa";

using AuditFileTest = StateTest;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t end = text.find('\n', pos);
    lines.push_back(text.substr(pos, end - pos + 1));
    pos = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

TEST_F(AuditFileTest, NothingIsCreatedBeforeTheFirstAppend) {
  {
    Process p(dir(), a_name, clock);
    EXPECT_TRUE(p.log.append(""));
    EXPECT_TRUE(fs::is_empty(root));
    EXPECT_EQ(p.log.path(), dir() + "/audit/aaaaaaaaaa.jsonl");
    ASSERT_TRUE(p.log.append(p.line("start") + p.decision()));
    EXPECT_EQ(mode(p.log.path()), 0600U);
    EXPECT_EQ(mode(dir()), 0700U);
    EXPECT_EQ(mode(logs()), 0700U);
    EXPECT_EQ(mode(dir() + "/run"), 0700U);
    EXPECT_EQ(mode(dir() + "/run/aaaaaaaaaa.json"), 0600U);
    EXPECT_TRUE(instance_alive(dir(), a_name));
    EXPECT_THAT(p.notes, IsEmpty());
    ASSERT_TRUE(p.shutdown());
  }
  EXPECT_FALSE(instance_alive(dir(), a_name));
  EXPECT_THAT(names(dir() + "/run"), ElementsAre("retention"));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(AuditFileTest, AProcessWithoutARecordLeavesNothing) {
  {
    Process p(dir(), a_name, clock);
    const FullDisk full(0);
    EXPECT_FALSE(p.decide());
  }
  EXPECT_THAT(names(logs()), IsEmpty());
  EXPECT_THAT(names(dir() + "/run"), IsEmpty());
}

TEST_F(AuditFileTest, TheFormat) {
  Process p(dir(), a_name, clock);
  const std::string first = p.line("start") + p.decision();
  const std::string second = p.decision();
  ASSERT_TRUE(p.log.append(first));
  ASSERT_TRUE(p.log.append(second));
  const std::string head =
      R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":"file","instance":"aaaaaaaaaa","file":1})"
      "\n";
  audit::Chain chain(a_name, 1, "");
  const audit::CheckpointKey key(*load_key(dir()).value());
  const base::Digest h1 = chain.end(head + first);
  std::string expected = head + first;
  expected.resize(expected.size() - 2);
  audit::append_seal(expected, base::to_hex(h1, 16), key.checkpoint(a_name, 1, 0, h1));
  expected += "}\n";
  chain.accept(h1);
  const base::Digest h2 = chain.end(second);
  expected += second.substr(0, second.size() - 2);
  audit::append_seal(expected, base::to_hex(h2, 16), "");
  expected += "}\n";
  EXPECT_EQ(read(p.log.path()), expected);
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(p.decide());  // a second later: a checkpoint
  EXPECT_THAT(lines_of(read(p.log.path())).back(), HasSubstr("\"mac\":"));
  for (int i = 0; i < 999; ++i) ASSERT_TRUE(p.decide());
  EXPECT_THAT(lines_of(read(p.log.path())).back(), Not(HasSubstr("\"mac\":")));
  ASSERT_TRUE(p.decide());  // a thousand lines later
  EXPECT_THAT(lines_of(read(p.log.path())).back(), HasSubstr("\"mac\":"));
  ASSERT_TRUE(p.shutdown());
  EXPECT_THAT(lines_of(read(p.log.path())).back(), HasSubstr("\"mac\":"));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(AuditFileTest, OnlyLinesAreTaken) {
  Process p(dir(), a_name, clock);
  for (const char* bad : {"x", "x\n", "{\"a\":1}", "{\"a\":1}\n\n"}) EXPECT_FALSE(p.log.append(bad)) << bad;
  EXPECT_THAT(names(logs()), IsEmpty());
}

TEST_F(AuditFileTest, WithoutAKeyThereAreNoMacs) {
  write(dir() + "/key", "too short");
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  ASSERT_TRUE(p.shutdown());
  EXPECT_THAT(read(p.log.path()), Not(HasSubstr("\"mac\":")));
  ASSERT_EQ(p.notes.size(), 1U);
  EXPECT_THAT(p.notes[0], HasSubstr("no checkpoints"));
  fs::remove(dir() + "/key");
  EXPECT_THAT(codes(), ElementsAre("no_key"));
}

TEST_F(AuditFileTest, FullDiskLeavesNoHalfLine) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  const std::string before = read(p.log.path());
  {
    const FullDisk full(before.size() + 100);
    const auto failed = p.log.append(p.decision());
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("aaaaaaaaaa.jsonl: File too large"));
    EXPECT_EQ(read(p.log.path()), before);
  }
  EXPECT_TRUE(p.decide());
  EXPECT_TRUE(p.shutdown());
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(AuditFileTest, WhatCannotBeTakenBackIsSaid) {
  for (const int quarters : {1, 2, 3, 4, FaultyIo::all_but_one}) {
    fs::remove_all(dir());
    FaultyIo io;
    AuditOptions options;
    options.sync_always = quarters == 4;  // all is written, and then it cannot be made durable
    Process p(dir(), a_name, clock, options, &io);
    ASSERT_TRUE(p.decide());
    io.quarters = quarters;
    const int now = io.calls;
    io.fails = {now, now + 1, now + 2};  // the write (or its sync), taking it back, and once more
    if (quarters == 4) io.fails = {now + 1, now + 2, now + 3};
    EXPECT_FALSE(p.decide());
    EXPECT_TRUE(p.decide());
    EXPECT_TRUE(p.decide());
    EXPECT_TRUE(p.shutdown());
    EXPECT_THAT(codes(), ElementsAre("torn")) << quarters << "\n" << read(p.log.path());
    EXPECT_THAT(read(p.log.path()), HasSubstr(R"("event":"torn","instance":"aaaaaaaaaa","bytes":)"));
  }
}

TEST_F(AuditFileTest, RefusesStrangeAuditFiles) {
  write(root / "target", "");
  fs::create_directories(logs());
  fs::create_symlink(root / "target", logs() + "/aaaaaaaaaa.jsonl");
  EXPECT_FALSE(Process(dir(), a_name, clock).decide());
  EXPECT_EQ(read(root / "target"), "");
  write(logs() + "/bbbbbbbbbb.jsonl", "");
  Process b(dir(), "bbbbbbbbbb", clock);
  const auto failed = b.log.append(b.decision());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("exists"));
  ASSERT_EQ(::mkfifo((logs() + "/cccccccccc.jsonl").c_str(), 0600), 0);
  EXPECT_FALSE(Process(dir(), "cccccccccc", clock).decide());
  fs::create_directory(logs() + "/dddddddddd.jsonl");
  EXPECT_FALSE(Process(dir(), "dddddddddd", clock).decide());
}

TEST_F(AuditFileTest, NoDirectoryNoRecord) {
  write(root / "file", "");
  Process p((root / "file/x").string(), a_name, clock);
  const auto failed = p.log.append(p.decision());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot create"));
  fs::remove(root / "file");
  EXPECT_TRUE(p.decide());  // tries again
}

TEST_F(AuditFileTest, SyncAlways) {
  FaultyIo io;
  AuditOptions options;
  options.sync_always = true;
  Process p(dir(), a_name, clock, options, &io);
  EXPECT_TRUE(p.log.append_blocks());
  ASSERT_TRUE(p.decide());  // open, write, sync, sync of the directory
  EXPECT_EQ(io.calls, 4);
  ASSERT_TRUE(p.decide());  // write, sync
  EXPECT_EQ(io.calls, 6);
}

TEST_F(AuditFileTest, Rotation) {
  AuditOptions options;
  options.max_bytes = 2'000;
  Process p(dir(), a_name, clock, options);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(p.decide());
  const auto found = list_logs(dir());
  ASSERT_TRUE(found);
  ASSERT_GT(found->size(), 4U);
  for (const LogInfo& log : *found) EXPECT_LE(log.bytes, 2'300U) << log.name;
  EXPECT_EQ((*found)[0].name, "aaaaaaaaaa.0001.jsonl");
  EXPECT_EQ(found->back().name, "aaaaaaaaaa.jsonl");
  const std::vector<std::string> lines = lines_of(read(logs() + "/aaaaaaaaaa.0002.jsonl"));
  const std::vector<std::string> before = lines_of(read(logs() + "/aaaaaaaaaa.0001.jsonl"));
  EXPECT_THAT(before.back(), HasSubstr(R"("event":"file_end","instance":"aaaaaaaaaa","file":1,"chain":)"));
  EXPECT_THAT(before.back(), HasSubstr("\"mac\":"));
  const std::string_view last = before.back();
  const auto seal = audit::find_seal(last.substr(0, last.size() - 1));
  EXPECT_THAT(lines.front(), HasSubstr(R"("event":"file","instance":"aaaaaaaaaa","file":2,"previous":")" +
                                       std::string(seal->chain) + "\"}"));
  EXPECT_THAT(codes(), IsEmpty());
  ASSERT_TRUE(p.shutdown());
  EXPECT_THAT(codes(), IsEmpty());
  EXPECT_THAT(p.notes, IsEmpty());
}

TEST_F(AuditFileTest, RotationByAge) {
  AuditOptions options;
  options.max_age = std::chrono::hours(24);
  Process p(dir(), a_name, clock, options);
  ASSERT_TRUE(p.decide());
  clock.step_wall(std::chrono::hours(100));  // the boot clock counts
  ASSERT_TRUE(p.decide());
  EXPECT_EQ(names(logs()).size(), 1U);
  clock.advance(std::chrono::hours(24));
  ASSERT_TRUE(p.decide());
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.0001.jsonl", "aaaaaaaaaa.jsonl"));
}

TEST_F(AuditFileTest, ABlockLargerThanAFileHasAFileOfItsOwn) {
  AuditOptions options;
  options.max_bytes = 1'000;
  Process p(dir(), a_name, clock, options);
  const std::string text(5'000, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(p.log.append(p.line("notice", {audit::Field::name_of("detail", text)})));
  EXPECT_EQ(names(logs()).size(), 3U);
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(AuditFileTest, ARotationThatFailsGoesOnAndIsToldOnce) {
  AuditOptions options;
  options.max_bytes = 1'000;
  Process p(dir(), a_name, clock, options);
  ASSERT_TRUE(p.decide());
  write(logs() + "/aaaaaaaaaa.0001.jsonl", "in the way");
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(p.decide());
    clock.advance(std::chrono::seconds(30));  // it is tried again
  }
  ASSERT_EQ(p.notes.size(), 1U);
  EXPECT_THAT(p.notes[0], HasSubstr("cannot rename"));
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.0001.jsonl", "aaaaaaaaaa.jsonl"));
  fs::remove(logs() + "/aaaaaaaaaa.0001.jsonl");
  clock.advance(std::chrono::seconds(60));
  ASSERT_TRUE(p.decide());
  ASSERT_TRUE(p.shutdown());
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.0001.jsonl", "aaaaaaaaaa.jsonl"));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(AuditFileTest, ALogThatIsRemovedIsNotWrittenToForLong) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  fs::remove(p.log.path());
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(p.decide());
  ASSERT_EQ(p.notes.size(), 1U);
  EXPECT_THAT(p.notes[0], HasSubstr("somebody removed"));
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.jsonl"));
  EXPECT_THAT(read(p.log.path()), HasSubstr(R"("file":2,"previous":")"));
  ASSERT_TRUE(p.shutdown());
  EXPECT_THAT(codes(), ElementsAre("gap"));
}

TEST_F(AuditFileTest, ALogThatIsReplaced) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  fs::remove(p.log.path());
  write(p.log.path(), "mine\n");
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(p.decide());
  ASSERT_TRUE(p.shutdown());
  EXPECT_EQ(read(logs() + "/aaaaaaaaaa.0001.jsonl"), "mine\n");
  EXPECT_THAT(codes(), Contains("no_file_line"));
}

TEST_F(AuditFileTest, ALogThatOthersWriteToIsLeft) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  std::ofstream(p.log.path(), std::ios::app) << "{\"v\":1}\n";
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(p.decide());
  ASSERT_TRUE(p.shutdown());
  ASSERT_EQ(p.notes.size(), 1U);
  EXPECT_THAT(p.notes[0], HasSubstr("somebody wrote to"));
  EXPECT_THAT(names(logs()), ElementsAre("aaaaaaaaaa.0001.jsonl", "aaaaaaaaaa.jsonl"));
  const audit::Report report = verify();
  for (const audit::Finding& f : report.findings) EXPECT_EQ(f.file, "aaaaaaaaaa.0001.jsonl") << to_text(report);
  EXPECT_FALSE(report.ok());
}

TEST_F(AuditFileTest, ARunFileThatIsRemovedComesAgain) {
  Process p(dir(), a_name, clock);
  ASSERT_TRUE(p.decide());
  fs::remove(dir() + "/run/aaaaaaaaaa.json");
  EXPECT_FALSE(instance_alive(dir(), a_name));
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(p.decide());
  EXPECT_TRUE(instance_alive(dir(), a_name));
}

// Any one call fails, or two or three in a row, while logs are written and rotated: what was acknowledged is in the
// logs, once, and verification finds nothing but what failed writes left.
TEST_F(AuditFileTest, ADiskThatFailsAtAnyCall) {
  const auto run = [&](FaultyIo& io, bool sync) {
    fs::remove_all(dir());
    AuditOptions options;
    options.max_bytes = 900;
    options.sync_always = sync;
    std::set<std::string> acknowledged;
    {
      Process p(dir(), a_name, clock, options, &io);
      for (int i = 0; i < 14; ++i) {
        const std::string line = p.decision();
        if (p.log.append(line)) acknowledged.insert(line.substr(0, line.size() - 2));
        clock.advance(std::chrono::seconds(31));
      }
      io.fails.clear();
      const std::string line = p.decision();
      EXPECT_TRUE(p.log.append(line));
      EXPECT_TRUE(p.shutdown());
    }
    std::string all;
    for (const std::string& name : names(logs())) all += read(logs() + "/" + name);
    for (const std::string& line : acknowledged) {
      const std::size_t first = all.find(line);
      EXPECT_NE(first, std::string::npos) << line;
      EXPECT_EQ(all.find(line, first + 1), std::string::npos) << line;
    }
    const audit::Report report = verify();
    EXPECT_TRUE(report.ok()) << to_text(report) << all;
    for (const audit::Finding& f : report.findings) EXPECT_EQ(f.code, "torn") << to_text(report);
    return acknowledged.size();
  };
  for (const bool sync : {false, true}) {
    FaultyIo good;
    EXPECT_EQ(run(good, sync), 14U);
    for (int first = 0; first < good.calls; ++first) {
      for (const int in_a_row : {1, 2, 3, 8}) {
        for (const int quarters : {0, 2, FaultyIo::all_but_one, FaultyIo::mixed, FaultyIo::mixed + 3}) {
          FaultyIo io;
          io.seed = quarters;
          io.quarters = std::min(quarters, FaultyIo::mixed);
          for (int i = 0; i < in_a_row; ++i) io.fails.insert(first + i);
          SCOPED_TRACE(std::to_string(first) + " +" + std::to_string(in_a_row) + " quarters " +
                       std::to_string(quarters) + (sync ? " sync" : ""));
          run(io, sync);
          if (HasFailure()) return;
        }
      }
    }
  }
}

}  // namespace
}  // namespace store
