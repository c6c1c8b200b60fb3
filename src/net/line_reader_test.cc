// Lines over pipes, sockets and files, however they are cut; limits, memory, back-pressure.
#include "net/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

namespace net {
namespace {

// Writes down what a reader hands out.
class Collector : public LineReader::Handler {
 public:
  void on_line(LineReader& reader, std::string_view line) override {
    lines.emplace_back(line);
    if (lines.size() == close_at) reader.close();
  }
  void on_oversized(LineReader&, std::string_view prefix) override { oversized.emplace_back(prefix); }
  void on_end(LineReader&, std::string_view unterminated, int e) override {
    ++ends;
    rest = unterminated;
    error = e;
  }
  std::vector<std::string> lines, oversized;
  std::string rest;
  int ends = 0, error = 0;
  std::size_t close_at = 0;
};

enum class Kind : std::uint8_t { pipe, socket, own_pipe };

class LineReaderTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    int ends[2];
    if (GetParam() == Kind::socket) {
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    } else {
      ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    }
    read_end = ends[0];
    write_end = ends[1];
    fcntl(write_end, F_SETFL, O_NONBLOCK);
  }
  void TearDown() override { close_write_end(); }
  void close_write_end() {
    if (write_end >= 0) close(std::exchange(write_end, -1));
  }
  Descriptor descriptor() const {
    return GetParam() == Kind::own_pipe ? Descriptor::own(read_end)
                                        : Descriptor::adopt(read_end, Descriptor::Use::read);
  }
  void turn() { loop.run_once(base::Duration::zero()); }
  // Sends all of `text`, reading whenever there is no more room.
  void send(std::string_view text) {
    for (int stuck = 0; !text.empty() && stuck < 1000; ++stuck) {
      const ssize_t n = write(write_end, text.data(), text.size());
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n)), stuck = 0;
      turn();
    }
    ASSERT_TRUE(text.empty());
    for (int i = 0; i < 40; ++i) turn();
  }
  void read_to_end(LineReader& reader) {
    close_write_end();
    for (int i = 0; i < 100'000 && !reader.ended(); ++i) turn();
    ASSERT_TRUE(reader.ended());
  }

  base::SystemClock clock;
  Loop loop{clock};
  int read_end = -1, write_end = -1;
  Collector got;
};

TEST_P(LineReaderTest, HandsOutLinesHoweverTheyAreCut) {
  const std::string text = "one\n\r\n\ntwo \r\n\xE2\x80\xA8three\n" + std::string(10'000, 'x') + "\nlast\n";
  const std::vector<std::string> expected = {"one", "\r", "", "two \r", "\xE2\x80\xA8three", std::string(10'000, 'x'),
                                             "last"};
  LineReader reader(loop, descriptor(), got);
  reader.resume();
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4095}, text.size()}) {
    got.lines.clear();
    for (std::size_t i = 0; i < text.size(); i += step) send(std::string_view(text).substr(i, step));
    EXPECT_EQ(got.lines, expected) << "in steps of " << step;
  }
  read_to_end(reader);
  EXPECT_EQ(got.ends, 1);
  EXPECT_EQ(got.rest, "");
  EXPECT_EQ(got.error, 0);
}

TEST_P(LineReaderTest, SaysWhatStoodWithoutALineEnd) {
  LineReader reader(loop, descriptor(), got);
  reader.resume();
  send("whole\nhalf");
  read_to_end(reader);
  EXPECT_EQ(got.lines, std::vector<std::string>{"whole"});
  EXPECT_EQ(got.rest, "half");
}

TEST_P(LineReaderTest, PausedItReadsNothing) {
  LineReader reader(loop, descriptor(), got);
  send("one\n");
  EXPECT_TRUE(got.lines.empty()) << "it starts paused";
  reader.resume();
  turn();
  reader.pause();
  send("two\n");
  close_write_end();
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(got.lines.size(), 1u);
  EXPECT_EQ(got.ends, 0);
  reader.resume();
  read_to_end(reader);
  EXPECT_EQ(got.lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(reader.total(), 8u);
}

TEST_P(LineReaderTest, ALineOverTheLimitIsItsBeginningOnceAndTheNextLivesOn) {
  LineReader::Options options;
  options.max_line = 100'000;
  options.prefix = 5000;
  LineReader reader(loop, descriptor(), got, options);
  reader.resume();
  std::string huge(1'000'000, 'y');
  huge[0] = 'Y';
  send("before\n" + huge + "\nafter\n");
  EXPECT_EQ(got.lines, (std::vector<std::string>{"before", "after"}));
  ASSERT_EQ(got.oversized.size(), 1u);
  EXPECT_EQ(got.oversized[0], huge.substr(0, 5000));
  EXPECT_LT(reader.capacity(), 3 * options.max_line + (1u << 19));
}

TEST_P(LineReaderTest, TheLimitIsExact) {
  LineReader::Options options;
  options.max_line = 10;
  LineReader reader(loop, descriptor(), got, options);
  reader.resume();
  send("0123456789\n0123456789a\n0123456789\n");
  EXPECT_EQ(got.lines, (std::vector<std::string>{"0123456789", "0123456789"}));
  EXPECT_EQ(got.oversized, (std::vector<std::string>{"0123456789a"}));
}

TEST_P(LineReaderTest, AnOversizedLineThatNeverEndsIsReportedOnceAndNotKept) {
  LineReader::Options options;
  options.max_line = 1000;
  LineReader reader(loop, descriptor(), got, options);
  reader.resume();
  send(std::string(500'000, 'z'));
  read_to_end(reader);
  EXPECT_EQ(got.oversized.size(), 1u);
  EXPECT_EQ(got.ends, 1);
  EXPECT_EQ(got.rest, "") << "it is the rest of what was refused already";
}

TEST_P(LineReaderTest, MemoryIsGivenBackAfterALongLine) {
  LineReader reader(loop, descriptor(), got);
  reader.resume();
  std::string huge(8 << 20, 'x');
  huge += '\n';
  send(huge);
  ASSERT_EQ(got.lines.size(), 1u);
  EXPECT_EQ(got.lines[0].size(), huge.size() - 1);
  EXPECT_LE(reader.capacity(), 8u << 10);
  send(std::string(1 << 20, 'y') + "\n");
  EXPECT_LE(reader.capacity(), 4u << 20) << "kept for the next";
  reader.trim();
  EXPECT_LE(reader.capacity(), 8u << 10);
  send("and on\n");
  EXPECT_EQ(got.lines.back(), "and on");
}

TEST_P(LineReaderTest, AHandlerMayCloseTheReaderInTheMiddleOfAChunk) {
  got.close_at = 2;
  LineReader reader(loop, descriptor(), got);
  reader.resume();
  ASSERT_EQ(write(write_end, "1\n2\n3\n4\n", 8), 8);
  turn();
  turn();
  EXPECT_EQ(got.lines, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(got.ends, 0);
  EXPECT_TRUE(reader.ended());
}

INSTANTIATE_TEST_SUITE_P(Kinds, LineReaderTest, ::testing::Values(Kind::pipe, Kind::socket, Kind::own_pipe));

TEST(LineReaderFileTest, ReadsFilesFromWhereTheyAreAndDevNull) {
  base::SystemClock clock;
  Loop loop(clock);
  std::string path = testing::TempDir() + "intercept-reader-test-XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  unlink(path.c_str());
  const std::string text = "read before\nfirst\nsecond\nno end";
  ASSERT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_EQ(lseek(file, 12, SEEK_SET), 12);
  Collector got;
  LineReader reader(loop, Descriptor::adopt(file, Descriptor::Use::read), got);
  reader.resume();
  for (int i = 0; i < 100 && !reader.ended(); ++i) loop.run_once(base::Duration::zero());
  EXPECT_EQ(got.lines, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(got.rest, "no end");

  Collector nothing;
  LineReader null(loop, Descriptor::adopt(open("/dev/null", O_RDONLY), Descriptor::Use::read), nothing);
  null.resume();
  for (int i = 0; i < 3; ++i) loop.run_once(base::Duration::zero());
  EXPECT_EQ(nothing.ends, 1);
}

TEST(LineReaderFileTest, ADirectoryIsAnError) {
  base::SystemClock clock;
  Loop loop(clock);
  Collector got;
  LineReader reader(loop, Descriptor::adopt(open("/", O_RDONLY), Descriptor::Use::read), got);
  reader.resume();
  loop.run_once(base::Duration::zero());
  EXPECT_EQ(got.ends, 1);
  EXPECT_EQ(got.error, EISDIR);
}

}  // namespace
}  // namespace net
