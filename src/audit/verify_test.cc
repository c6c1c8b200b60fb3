// Every manipulation of a log's lines, seals and macs is found, and its legitimate neighbour (a clock set forward, a
// torn line that is explained) is not one. What concerns several files: verify_files_test.cc.
#include "audit/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "audit/file_check.h"
#include "audit/verify_testing.h"
#include "base/random.h"

namespace audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using VerifyTest = VerifyFixture;

TEST_F(VerifyTest, AnIntactDirectory) {
  three_files();
  for (const std::size_t piece : {1U, 7U, 100'000U}) {
    const Report report = directory.verify(&key, nullptr, piece);
    EXPECT_THAT(report.findings, IsEmpty()) << to_text(report);
    EXPECT_EQ(report.files, 3U);
    EXPECT_EQ(report.lines, 51U);
    EXPECT_EQ(report.blocks, 33U);
    EXPECT_GE(report.checkpoints, 6U);
    EXPECT_TRUE(report.ok());
    EXPECT_TRUE(report.keyed);
  }
  EXPECT_THAT(to_text(directory.verify(&key)), HasSubstr("3 files, 51 lines, 33 blocks"));
  EXPECT_THAT(to_text(directory.verify(&key)), HasSubstr("intact"));
}

TEST_F(VerifyTest, NothingToVerify) {
  EXPECT_THAT(codes(), IsEmpty());
  EXPECT_THAT(directory.verify(nullptr).findings, IsEmpty());
}

// Each manipulation of one line, at the first, a middle and the last line of each file.
TEST_F(VerifyTest, LinesChangedRemovedAddedSwappedDuplicated) {
  three_files();
  const TestDirectory intact = directory;
  using Edit = std::function<void(std::vector<std::string>&, std::size_t)>;
  const std::vector<std::pair<const char*, Edit>> edits = {
      {"changed", [](auto& lines, std::size_t i) { lines[i].replace(lines[i].find("2027"), 4, "2028"); }},
      {"removed", [](auto& lines, std::size_t i) { lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i)); }},
      {"added",
       [](auto& lines, std::size_t i) {
         std::string line = R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":"notice","instance":"aaaaaaaaaa"})";
         lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i), line + "\n");
       }},
      {"duplicated",
       [](auto& lines, std::size_t i) { lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i), lines[i]); }},
      {"swapped", [](auto& lines, std::size_t i) { std::swap(lines[i], lines[i + 1 < lines.size() ? i + 1 : i - 1]); }},
  };
  for (const auto& [what, edit] : edits) {
    for (const auto& [name, text] : intact.files) {
      std::vector<std::string> lines = lines_of(text);
      for (const std::size_t at : {std::size_t{0}, lines.size() / 2, lines.size() - 1}) {
        std::vector<std::string> edited = lines;
        edit(edited, at);
        directory = intact;
        directory.files[name] = joined(edited);
        EXPECT_FALSE(problems().empty()) << what << " " << name << ":" << at;
      }
    }
  }
}

TEST_F(VerifyTest, ThePlaceOfAChangeIsNamed) {
  LogWriter a = three_files();
  std::vector<std::string> lines = lines_of(a.text());
  const std::size_t offset = lines[0].size() + lines[1].size() + lines[2].size();
  lines[4].replace(lines[4].find("read_file"), 9, "walk_file");
  a.text() = joined(lines);
  const Report report = directory.verify(&key);
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].code, "chain");
  EXPECT_EQ(report.findings[0].file, "aaaaaaaaaa.jsonl");
  EXPECT_EQ(report.findings[0].line, 5U) << to_text(report);
  EXPECT_GT(report.findings[0].offset, offset);
  EXPECT_THAT(report.findings[0].message, HasSubstr("lines 5 to 6"));
}

TEST_F(VerifyTest, AChangedSealAloneIsOneFinding) {
  LogWriter a = three_files();
  std::vector<std::string> lines = lines_of(a.text());
  char& digit = lines[6][lines[6].find("\"chain\":\"") + 9];
  digit = digit == '0' ? '1' : '0';
  a.text() = joined(lines);
  EXPECT_THAT(codes(), ElementsAre("chain"));
}

TEST_F(VerifyTest, BlocksMergedAndSplit) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  std::vector<std::string> lines = lines_of(a.text());
  const auto seal = find_seal(std::string_view(lines[3]).substr(0, lines[3].size() - 1));
  ASSERT_TRUE(seal);
  std::vector<std::string> merged = lines;
  merged[3] = merged[3].substr(0, seal->begin) + "}\n";
  a.text() = joined(merged);
  EXPECT_THAT(problems(), testing::Contains("chain"));

  directory = intact;
  std::vector<std::string> split = lines;
  split[4].insert(split[4].size() - 2, lines[5].substr(lines[5].find(",\"chain\""), 44));  // another's seal
  a.text() = joined(split);
  EXPECT_THAT(problems(), testing::Contains("chain"));
}

TEST_F(VerifyTest, RecomputedWithoutTheKey) {
  // Somebody writes the file anew, chain and all, but has no key: no macs, old macs, or macs by a key of his own.
  three_files();
  const TestDirectory intact = directory;
  const CheckpointKey other(std::string(32, 'x'));
  for (const CheckpointKey* forger : {static_cast<const CheckpointKey*>(nullptr), &other}) {
    directory.files.clear();
    LogWriter a(directory, clock, a_name, forger);
    a.decide();
    a.shutdown();
    EXPECT_THAT(codes(), ElementsAre(forger == nullptr ? "no_macs" : "other_key"));
    EXPECT_TRUE(directory.verify(forger).ok());
  }
}

TEST_F(VerifyTest, OneMacIsWrong) {
  LogWriter a = three_files();
  const std::size_t at = a.text().rfind("\"mac\":\"") + 7;
  a.text()[at] = a.text()[at] == '0' ? '1' : '0';
  EXPECT_THAT(codes(), ElementsAre("mac"));
}

// Without its macs nothing would show that lines were changed and the chain recomputed.
TEST_F(VerifyTest, MacsTakenOut) {
  LogWriter a = three_files();
  const TestDirectory intact = directory;
  const auto without_mac = [](std::string line) {
    const std::size_t at = line.find(",\"mac\":");
    return at == std::string::npos ? line : line.substr(0, at) + "}\n";
  };
  const std::vector<std::string> lines = lines_of(a.text());
  for (std::size_t i = 0; i < lines.size(); ++i) {  // the first block's, one in the middle, the last
    if (lines[i].find(",\"mac\":") == std::string::npos) continue;
    std::vector<std::string> edited = lines;
    edited[i] = without_mac(edited[i]);
    a.text() = joined(edited);
    const Report report = directory.verify(&key);
    EXPECT_FALSE(report.findings.empty()) << i;
  }
  std::vector<std::string> edited = lines;
  edited.back() = without_mac(edited.back());
  a.text() = joined(edited);
  EXPECT_THAT(problems(), ElementsAre("mac_missing"));
  edited = lines;
  edited[2] = without_mac(edited[2]);
  a.text() = joined(edited);
  EXPECT_THAT(problems(), ElementsAre("other_key", "mac_missing"));  // those behind it stand elsewhere now
  edited = lines;
  for (std::string& line : edited) line = without_mac(line);
  a.text() = joined(edited);
  EXPECT_THAT(problems(), ElementsAre("no_macs"));
}

TEST_F(VerifyTest, MacsTakenOutOfALogThatIsStillWritten) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 10; ++i) {
    a.decide();
    clock.advance(std::chrono::seconds(3));
  }
  directory.alive = {a_name};
  EXPECT_THAT(codes(), IsEmpty());
  std::vector<std::string> lines = lines_of(a.text());
  for (std::size_t i = 6; i < lines.size(); ++i) lines[i] = lines[i].substr(0, lines[i].find(",\"mac\":")) + "}\n";
  a.text() = joined(lines);
  EXPECT_THAT(problems(), ElementsAre("mac_missing"));
}

TEST_F(VerifyTest, TheClockSetForwardIsNoProblem) {
  LogWriter a = writer(a_name);
  a.decide();
  clock.step_wall(std::chrono::hours(5));
  a.decide();
  clock.advance(std::chrono::milliseconds(100));
  a.decide();
  clock.advance(std::chrono::seconds(2));
  a.decide();
  clock.step_wall(std::chrono::hours(-9));
  a.decide();
  a.shutdown();
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(codes(), ElementsAre("mac_late"));
}

TEST_F(VerifyTest, ManyLinesInASecond) {
  LogWriter a = writer(a_name);
  for (int i = 0; i < 2'500; ++i) a.decide();
  a.shutdown();
  EXPECT_THAT(codes(), IsEmpty());
  std::vector<std::string> lines = lines_of(a.text());
  for (std::size_t i = 5; i < lines.size() - 1; ++i) {
    const std::size_t at = lines[i].find(",\"mac\":");
    if (at != std::string::npos) lines[i] = lines[i].substr(0, at) + "}\n";
  }
  a.text() = joined(lines);
  EXPECT_THAT(problems(), ElementsAre("mac_missing", "mac"));
}

TEST_F(VerifyTest, WithoutAKeyOnlyTheChainIsChecked) {
  three_files();
  const Report report = directory.verify(nullptr);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].code, "no_key");
  EXPECT_THAT(report.findings[0].message, HasSubstr("can recompute"));
  EXPECT_TRUE(report.ok());
  EXPECT_FALSE(report.keyed);
  EXPECT_EQ(report.checkpoints, 0U);
}

TEST_F(VerifyTest, DuplicateDecisions) {
  LogWriter a = writer(a_name);
  const std::string first = a.decision();
  a.block(first);
  a.decide();
  a.rotate();
  a.block(first);  // also in another file
  a.shutdown();
  EXPECT_THAT(codes(), ElementsAre("duplicate_id"));
}

TEST_F(VerifyTest, DecisionsOutOfOrder) {
  UsedNumbers used;
  EXPECT_TRUE(used.use(5));
  EXPECT_TRUE(used.use(3));
  EXPECT_TRUE(used.use(70'000));
  EXPECT_FALSE(used.use(70'000));
  EXPECT_FALSE(used.use(4)) << "too far back to know";
  EXPECT_TRUE(used.use(69'999));
  EXPECT_FALSE(used.use(69'999));
  EXPECT_TRUE(used.use(~std::uint64_t{0}));
  EXPECT_FALSE(used.use(~std::uint64_t{0}));
}

TEST_F(VerifyTest, TornLines) {
  LogWriter a = writer(a_name);
  a.decide();
  const std::string torn = R"({"v":1,"time":"2027-01-15T08:00)";
  const auto notice = [&](std::int64_t bytes) { return a.line("torn", {Field::number_of("bytes", bytes)}); };
  a.block(torn + "\n" + notice(static_cast<std::int64_t>(torn.size()) + 1) + a.decision());
  a.shutdown();
  EXPECT_THAT(codes(), ElementsAre("torn"));
  // Without the notice, or with one that reaches less far, nothing explains it.
  directory.files.clear();
  LogWriter b = writer(a_name);
  b.decide();
  b.block(torn + "\n" + b.decision());
  b.block(torn + "\n" + notice(5) + b.decision());
  b.shutdown();
  EXPECT_THAT(codes(), ElementsAre("unreadable", "torn", "unreadable"));
}

// The line that ends a file was left by a write that failed, and the file went on.
TEST_F(VerifyTest, ATornEnd) {
  LogWriter a = writer(a_name);
  a.decide();
  const std::size_t before = a.text().size();
  a.block(a.line("file_end", {Field::number_of("file", 1)}), true);
  const TestDirectory ended = directory;
  const auto left = static_cast<std::int64_t>(a.text().size() - before);
  const std::string torn = R"({"v":1,"time":"2027-01-15T08:00)"
                           "\n";
  const auto more = static_cast<std::int64_t>(torn.size());
  a.block(torn + a.line("torn", {Field::number_of("bytes", left + more)}) + a.decision(), true);
  a.shutdown();
  EXPECT_THAT(codes(), ElementsAre("torn"));
  directory.files.clear();
  LogWriter b = writer(a_name);
  b.decide();
  b.block(b.line("file_end", {Field::number_of("file", 1)}), true);
  b.block(torn + b.line("torn", {Field::number_of("bytes", more)}) + b.decision(), true);
  b.shutdown();
  EXPECT_THAT(codes(), ElementsAre("torn", "after_end"));
}

TEST_F(VerifyTest, OtherThingsThatDoNotBelong) {
  LogWriter a = writer(a_name);
  a.decide();
  std::string foreign = a.decision();
  foreign.replace(foreign.find(a_name), 10, b_name);
  a.block(foreign);
  a.block(a.line("file", {Field::number_of("file", 2)}));
  a.block("{\"v\":2,\"x\":1}\n");
  a.block(a.line("file_end", {}), true);
  a.decide();
  a.shutdown();
  EXPECT_THAT(codes(), ElementsAre("foreign_line", "misplaced", "version", "after_end"));
}

TEST_F(VerifyTest, NotALogOfThisVersion) {
  directory.files["aaaaaaaaaa.jsonl"] = R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":"start"})"
                                        "\n";
  EXPECT_THAT(problems(), ElementsAre("no_file_line"));
  directory.files["aaaaaaaaaa.jsonl"] = std::string(3 << 20, 'x');
  EXPECT_THAT(problems(), ElementsAre("unfinished"));
  directory.files["aaaaaaaaaa.jsonl"] += "\n";
  EXPECT_THAT(problems(), ElementsAre("no_file_line"));
}

TEST_F(VerifyTest, LongLinesAreHashedAsTheyCome) {
  LogWriter a = writer(a_name);
  a.decide();
  const std::string huge(3 << 20, 'h');
  std::string line = a.decision();
  line.insert(line.size() - 2, R"(,"args":{"x":")" + huge + "\"}");
  a.block(line);
  a.block(line.replace(line.find("\"id\""), 4, "\"di\"") + a.decision());
  a.shutdown();
  for (const std::size_t piece : {1'000U, 100'000U, 10'000'000U}) {
    EXPECT_THAT(directory.verify(&key, nullptr, piece).findings, IsEmpty());
  }
  a.text()[a.text().size() / 3] = 'i';
  EXPECT_THAT(problems(), testing::Contains("chain"));
}

// Random logs, and every single byte of them changed, removed or added: nothing passes.
TEST_F(VerifyTest, EveryEditOfAnyByteIsFound) {
  base::FakeRandom random(7);
  const auto below = [&](std::size_t n) {
    std::array<std::byte, 4> raw;
    random.fill(raw);
    std::size_t value = 0;
    for (const std::byte b : raw) value = value << 8 | std::to_integer<std::size_t>(b);
    return value % n;
  };
  for (int round = 0; round < 4; ++round) {
    directory.files.clear();
    LogWriter a = writer(a_name);
    const std::size_t blocks = 3 + below(6);
    for (std::size_t i = 0; i < blocks; ++i) {
      clock.advance(std::chrono::milliseconds(below(1'500)));
      std::string lines;
      for (std::size_t n = 1 + below(3); n > 0; --n) lines += a.decision();
      a.block(lines);
      if (i > 0 && below(4) == 0) a.rotate();
    }
    a.decide();
    a.shutdown();
    ASSERT_THAT(codes(), IsEmpty());
    const TestDirectory intact = directory;
    for (const auto& [name, text] : intact.files) {
      for (std::size_t at = 0; at < text.size(); ++at) {
        std::string edited = text;
        switch (below(3)) {
          case 0:
            edited[at] = static_cast<char>(edited[at] ^ static_cast<char>(1U << below(8)));
            break;
          case 1:
            edited.erase(at, 1 + below(3));
            break;
          default:
            edited.insert(at, 1, static_cast<char>(below(256)));
        }
        if (edited == text) continue;
        directory.files[name] = edited;
        ASSERT_FALSE(directory.verify(&key).ok()) << name << " byte " << at;
        directory.files[name] = text;
      }
    }
  }
}

TEST(Report, TextAndJson) {
  Report report;
  report.files = 1;
  report.add({Severity::problem, "chain", "a\x1b.jsonl", 3, 99, "x\ny"});
  report.add({Severity::warning, "no_key", "", 0, 0, "w"});
  EXPECT_EQ(to_text(report),
            "problem: a\\u{1B}.jsonl:3 (byte 99): x\\u{A}y [chain]\n"
            "warning: w [no_key]\n"
            "1 file, 0 lines, 0 blocks, 0 checkpoints (no key): 1 problem, 1 warning\n");
  EXPECT_EQ(to_json(report),
            R"({"ok":false,"files":1,"lines":0,"blocks":0,"checkpoints":0,"bytes":0,"unchecked_bytes":0,"anchored":0,)"
            R"("keyed":false,"problems":1,"warnings":1,"findings":[{"severity":"problem","code":"chain",)"
            R"("file":"a\u001b.jsonl","line":3,"offset":99,"message":"x\ny"},{"severity":"warning","code":"no_key",)"
            R"("message":"w"}]})");
  for (int i = 0; i < 2'000; ++i) report.add({Severity::problem, "chain", "f", 1, 0, "m"});
  EXPECT_EQ(report.findings.size(), Report::max_findings);
  EXPECT_EQ(report.problems, 2'001U);
  EXPECT_THAT(to_text(report), HasSubstr("… and 1002 more"));
  EXPECT_THAT(to_json(report), HasSubstr(R"("findings_left_out":1002)"));
}

}  // namespace
}  // namespace audit
