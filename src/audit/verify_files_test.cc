// Files missing, renamed, swapped, cut off; claims of one log about another; anchors. Each with its legitimate
// neighbour: a rotation, a crash, a removal on record, a log that is being written.
#include "audit/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/verify_testing.h"

namespace audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

using VerifyFilesTest = VerifyFixture;

TEST_F(VerifyFilesTest, FilesMissingRenamedSwapped) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  directory.files.erase(a.numbered(2));
  EXPECT_THAT(problems(), ElementsAre("gap"));
  directory = intact;
  directory.files.erase(a.numbered(1));
  EXPECT_THAT(problems(), ElementsAre("gap"));
  directory = intact;
  directory.files.erase(a.name());  // the last: what is left does not end
  EXPECT_THAT(problems(), ElementsAre("unfinished"));
  directory = intact;
  std::swap(file(a.numbered(1)), file(a.numbered(2)));
  EXPECT_THAT(problems(), IsSupersetOf({"wrong_name", "wrong_name"}));
  directory = intact;
  directory.files["bbbbbbbbbb.jsonl"] = file(a.name());
  directory.files.erase(a.name());
  EXPECT_THAT(problems(), IsSupersetOf({"wrong_name", "unfinished"}));
  directory = intact;
  directory.files[a.numbered(3)] = file(a.name());
  EXPECT_THAT(problems(), testing::Contains("number"));
  directory = intact;
  file(a.numbered(1)).clear();
  EXPECT_THAT(problems(), IsSupersetOf({"no_file_line"}));
}

// A whole file in the middle is written anew by somebody who has the key, or is of another run: the next does not
// follow.
TEST_F(VerifyFilesTest, AFileOfAnotherRunInItsPlace) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  TestDirectory other;
  LogWriter b(other, clock, a_name, &key);
  b.decide();
  b.rotate();
  file(a.numbered(1)) = other.files.at(b.numbered(1));
  EXPECT_THAT(problems(), ElementsAre("previous"));
}

// Without a line end it is no line: what stands behind the end is found all the same.
TEST_F(VerifyFilesTest, BytesBehindTheEnd) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  EXPECT_THAT(problems(), IsEmpty());
  for (const std::string& name : {a.numbered(1), a.numbered(2), a.name()}) {
    directory = intact;
    file(name) += R"({"v":1,"event":"decision")";
    EXPECT_THAT(problems(), ElementsAre(name == a.name() ? "unfinished" : "after_end")) << name;
  }
}

TEST_F(VerifyFilesTest, CutOff) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  const std::vector<std::string> lines = lines_of(a.text());
  for (std::size_t keep = 0; keep < lines.size(); ++keep) {  // at a line's end
    a.text() = joined({lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(keep)});
    EXPECT_FALSE(problems().empty()) << keep;
  }
  const std::string whole = joined(lines);
  for (std::size_t keep = 1; keep < whole.size(); keep += 13) {  // in the middle of one
    a.text() = whole.substr(0, keep);
    EXPECT_FALSE(problems().empty()) << keep;
  }
  directory = intact;
  std::string& first = file(a.numbered(1));
  first.resize(first.rfind('\n', first.size() - 2) + 1);
  EXPECT_THAT(problems(), ElementsAre("no_end"));
}

TEST_F(VerifyFilesTest, ALogThatIsBeingWritten) {
  LogWriter a = three_files();
  const std::vector<std::string> lines = lines_of(a.text());
  directory.alive = {a_name};
  const std::string whole = joined(lines);
  for (std::size_t keep = 0; keep < whole.size(); ++keep) {
    a.text() = whole.substr(0, keep);
    const Report report = directory.verify(&key);
    EXPECT_THAT(report.findings, IsEmpty()) << keep << to_text(report);
    EXPECT_LE(report.unchecked_bytes, 700U);
  }
}

TEST_F(VerifyFilesTest, Crashed) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 3; ++i) a.decide();
  EXPECT_THAT(problems(), ElementsAre("unfinished"));
  directory.run = {a_name};  // it left its run file
  EXPECT_THAT(codes(), ElementsAre("crashed"));
  a.text() += a.line("notice", {}) + R"({"v":1,"ti)";  // in the middle of a block
  EXPECT_THAT(codes(), ElementsAre("crashed"));
  EXPECT_THAT(to_text(directory.verify(&key)), HasSubstr("1 lines are not sealed; 10 bytes at its end are no line"));

  LogWriter b = writer(b_name);
  b.found_dead(a);
  b.shutdown();
  directory.run.clear();
  EXPECT_THAT(codes(), ElementsAre("crashed"));
}

TEST_F(VerifyFilesTest, WhatWasPinnedIsChanged) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 3; ++i) a.decide();
  LogWriter b = writer(b_name);
  b.found_dead(a);
  b.decide();
  b.shutdown();
  EXPECT_THAT(codes(), ElementsAre("crashed"));
  const TestDirectory intact = directory;
  std::vector<std::string> lines = lines_of(a.text());
  lines.pop_back();
  a.text() = joined(lines);
  EXPECT_THAT(problems(), ElementsAre("pin_mismatch"));
  directory = intact;
  a.text() += a.line("notice", {});
  EXPECT_THAT(problems(), ElementsAre("pin_mismatch"));
  directory = intact;
  a.decide();  // by somebody who has the key
  EXPECT_THAT(problems(), ElementsAre("pin_mismatch"));
  directory = intact;
  directory.files.erase(a.name());
  EXPECT_THAT(problems(), ElementsAre("pin_missing"));
  directory = intact;
  b.text().resize(b.text().find("found_dead") - 60);  // the pin itself is gone
  EXPECT_THAT(problems(), IsSupersetOf({"unfinished", "unfinished"}));
}

// A claim stands only where the chain and a mac prove it.
TEST_F(VerifyFilesTest, ForgedClaimsExplainNothing) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 3; ++i) a.decide();
  LogWriter forger = writer(b_name, false);
  forger.found_dead(a);
  forger.shutdown();
  EXPECT_THAT(problems(), IsSupersetOf({"unfinished"}));
  EXPECT_EQ(directory.verify(nullptr).problems, 0U);  // without the key it cannot be told
}

TEST_F(VerifyFilesTest, RemovedByRetention) {
  LogWriter a = three_files();
  LogWriter b = writer(b_name);
  b.remove(a, 1, "2027-01-15T08:00:01.500Z");
  b.shutdown();
  EXPECT_THAT(codes(), IsEmpty());
  const TestDirectory one_gone = directory;
  directory.files.erase(a.numbered(2));  // not on record
  EXPECT_THAT(problems(), ElementsAre("gap"));
  directory = one_gone;
  directory.files.erase(b.name());  // nor is the first one now
  EXPECT_THAT(problems(), ElementsAre("gap"));
}

TEST_F(VerifyFilesTest, RetentionOfEverything) {
  LogWriter a = three_files();
  LogWriter b = writer(b_name);
  const std::string time = "2027-01-15T08:00:01.500Z";
  b.remove(a, 1, time);
  b.remove(a, 2, time);
  b.remove(a, 3, time);
  b.shutdown();
  EXPECT_THAT(codes(), IsEmpty());
  // Of the older files only the last one that is gone must be explained: what explained the others is gone too.
  directory.files.clear();
  LogWriter c = writer("cccccccccc");
  for (int i = 0; i < 3; ++i) c.decide(), c.rotate();
  c.decide();
  c.shutdown();
  directory.files.erase(c.numbered(1));
  LogWriter d = writer("dddddddddd");
  d.remove(c, 2, time);
  d.shutdown();
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(VerifyFilesTest, ARemovedFileWasAnother) {
  LogWriter a = three_files();
  TestDirectory other;
  LogWriter x(other, clock, a_name, &key);
  x.decide();
  x.rotate();
  x.decide();
  file(a.numbered(1)) = other.files.at(x.numbered(1));
  LogWriter b = writer(b_name);
  b.remove(a, 1, "2027-01-15T08:00:01.500Z");
  b.shutdown();
  EXPECT_THAT(problems(), ElementsAre("previous"));
}

// What explains a gap may be so old that it was removed itself.
TEST_F(VerifyFilesTest, ExplanationsGrowOldToo) {
  LogWriter a = writer(a_name);
  a.decide();
  a.rotate();
  clock.advance(std::chrono::hours(1));
  a.decide();
  directory.files.erase(a.numbered(1));
  directory.alive = {a_name};
  EXPECT_THAT(problems(), ElementsAre("gap"));
  clock.advance(std::chrono::hours(24 * 200));
  LogWriter b = writer(b_name);
  b.decide();
  b.shutdown();
  LogWriter c = writer("cccccccccc");
  c.remove(b, 1, "2027-05-01T00:00:00.000Z");
  c.shutdown();
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(codes(), ElementsAre("explanation_gone"));
}

TEST_F(VerifyFilesTest, Anchors) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 4; ++i) a.decide();
  directory.alive = {a_name};
  const Anchor older = directory.anchor(clock.wall().time_since_epoch().count());
  const TestDirectory then = directory;
  a.decide();
  a.rotate();  // it has another name now
  a.decide();
  EXPECT_THAT(codes(&older), IsEmpty());
  EXPECT_EQ(directory.verify(&key, &older).anchored, 1U);
  const Anchor newer = directory.anchor(clock.wall().time_since_epoch().count());
  EXPECT_THAT(codes(&newer), IsEmpty());
  EXPECT_EQ(directory.verify(&key, &newer).anchored, 2U);

  directory = then;  // the log as it was, or cut off: nothing but the anchor shows it
  EXPECT_THAT(codes(), IsEmpty());
  EXPECT_THAT(problems(&newer), ElementsAre("anchor_cut", "anchor_missing"));
  EXPECT_THAT(problems(&older), IsEmpty());

  directory.files.clear();
  EXPECT_THAT(codes(), IsEmpty());
  EXPECT_THAT(problems(&older), ElementsAre("anchor_missing"));
}

TEST_F(VerifyFilesTest, AnchorsOfLogsWrittenAnew) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 4; ++i) a.decide();
  directory.alive = {a_name};
  const Anchor anchor = directory.anchor(clock.wall().time_since_epoch().count());
  directory.files.clear();
  clock.advance(std::chrono::seconds(1));
  LogWriter again = writer(a_name);  // by somebody who has the key: the same lines at another time
  for (int i = 0; i < 4; ++i) again.decide();
  EXPECT_THAT(codes(), IsEmpty());
  const std::vector<std::string> with = problems(&anchor);
  ASSERT_EQ(with.size(), 1U);
  EXPECT_THAT(with[0], testing::AnyOf("anchor_chain", "anchor_block"));
}

TEST_F(VerifyFilesTest, AnchoredLogsThatRetentionRemoved) {
  LogWriter a = three_files();
  const Anchor anchor = directory.anchor(clock.wall().time_since_epoch().count());
  LogWriter b = writer(b_name);
  b.remove(a, 1, "2027-01-15T08:00:01.500Z");
  b.shutdown();
  EXPECT_THAT(codes(&anchor), IsEmpty());
  EXPECT_EQ(directory.verify(&key, &anchor).anchored, 2U);
}

TEST_F(VerifyFilesTest, AnchorWithAWrongMac) {
  three_files();
  Anchor anchor = directory.anchor(clock.wall().time_since_epoch().count());
  anchor.mac = Anchor::Mac::wrong;
  EXPECT_THAT(problems(&anchor), ElementsAre("anchor_mac"));
}

}  // namespace
}  // namespace audit
