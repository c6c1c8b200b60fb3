// A reader that is quick, slow, or gone; what is counted, kept and reported.
#include "net/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace net {
namespace {

class Events : public LineWriter::Handler {
 public:
  void on_drained(LineWriter&) override { ++drained; }
  void on_broken(LineWriter&, int e) override { ++broken, error = e; }
  int drained = 0, broken = 0, error = 0;
};

class LineWriterTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (GetParam()) {
      ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    } else {
      ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    }
    read_end = ends[0];
    fcntl(read_end, F_SETFL, O_NONBLOCK);
    writer.emplace(loop, Descriptor::adopt(ends[1], Descriptor::Use::write), events,
                   LineWriter::Options{.watch_peer = true});
  }
  void TearDown() override { close_read_end(); }
  void close_read_end() {
    if (read_end >= 0) close(std::exchange(read_end, -1));
  }
  void turn() { loop.run_once(base::Duration::zero()); }
  void write(std::string text) {
    writer->write(text);
    EXPECT_TRUE(text.empty());
  }
  std::string read_some(std::size_t most) {
    std::string text(most, '\0');
    const ssize_t n = ::read(read_end, text.data(), text.size());
    ended = n == 0;
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }

  base::SystemClock clock;
  Loop loop{clock};
  int read_end = -1;
  bool ended = false;
  Events events;
  std::optional<LineWriter> writer;
};

TEST_P(LineWriterTest, WritesAtOnceWhatFits) {
  write("one\n");
  EXPECT_EQ(writer->queued(), 0u);
  EXPECT_EQ(writer->written(), 4u);
  EXPECT_EQ(read_some(100), "one\n");
  turn();
  EXPECT_EQ(events.drained, 0) << "there was no queue";
}

TEST_P(LineWriterTest, ASlowReaderGetsEverythingInOrder) {
  std::string expected, got;
  for (int i = 0; i < 40; ++i) {
    std::string line(50'000, static_cast<char>('a' + i % 26));
    line += '\n';
    expected += line;
    write(line);
    EXPECT_EQ(writer->written() + writer->queued(), expected.size());
    got += read_some(7777);
    turn();
  }
  EXPECT_GT(writer->queued(), 1'000'000u);
  for (int i = 0; i < 100'000 && got.size() < expected.size(); ++i) {
    got += read_some(60'000);
    turn();
  }
  EXPECT_TRUE(got == expected);
  EXPECT_EQ(writer->queued(), 0u);
  EXPECT_EQ(writer->written(), expected.size());
  EXPECT_EQ(events.drained, 1);
}

TEST_P(LineWriterTest, FinishFlushesThenCloses) {
  const std::string text(2'000'000, 'x');
  write(text);
  writer->finish();
  write("too late\n");
  EXPECT_TRUE(writer->is_open());
  std::string got;
  for (int i = 0; i < 100'000 && !ended; ++i) {
    got += read_some(1 << 16);
    turn();
  }
  EXPECT_TRUE(got == text);
  EXPECT_FALSE(writer->is_open());
}

TEST_P(LineWriterTest, FinishWithNothingQueuedClosesAtOnce) {
  writer->finish();
  EXPECT_FALSE(writer->is_open());
  read_some(1);
  EXPECT_TRUE(ended);
}

TEST_P(LineWriterTest, CloseLosesTheQueue) {
  write(std::string(2'000'000, 'x'));
  const auto written = writer->written();
  writer->close();
  EXPECT_EQ(writer->queued(), 0u);
  EXPECT_EQ(writer->written(), written);
  std::size_t got = 0;
  while (!ended) got += read_some(1 << 20).size();
  EXPECT_EQ(got, written);
}

TEST_P(LineWriterTest, AReaderThatGoesIsReportedOnceFromTheLoop) {
  close_read_end();
  write("one\n");
  EXPECT_EQ(events.broken, 0) << "not from within write()";
  write("two\n");
  turn();
  turn();
  EXPECT_EQ(events.broken, 1);
  EXPECT_EQ(events.error, EPIPE);
  EXPECT_EQ(writer->written(), 0u);
  EXPECT_FALSE(writer->is_open());
}

TEST_P(LineWriterTest, AReaderThatGoesIsNoticedWithoutWriting) {
  turn();
  EXPECT_EQ(events.broken, 0);
  close_read_end();
  turn();
  turn();
  EXPECT_EQ(events.broken, 1);
}

TEST_P(LineWriterTest, AReaderThatGoesWhileMuchIsQueued) {
  write(std::string(2'000'000, 'x'));
  close_read_end();
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(events.broken, 1);
  EXPECT_EQ(writer->queued(), 0u);
}

TEST_P(LineWriterTest, DestroyedBeforeItsFailureIsReported) {
  close_read_end();
  write("one\n");
  writer.reset();
  turn();
  EXPECT_EQ(events.broken, 0);
}

INSTANTIATE_TEST_SUITE_P(PipeAndSocket, LineWriterTest, ::testing::Bool());

}  // namespace
}  // namespace net
