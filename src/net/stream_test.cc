// Plain TCP between two streams of one loop, or a stream and a raw socket.
#include "net/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/stream_testing.h"

namespace net {
namespace {

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>((i * 2654435761u) >> 13);
  return out;
}

class StreamTest : public StreamPairTest {
 protected:
  // The client is read at once; the server only if asked for.
  void connect(bool server_reads = true) {
    auto [c, s] = sockets();
    client = Stream::tcp(loop, std::move(c), client_events);
    server = Stream::tcp(loop, std::move(s), server_events);
    client->resume();
    if (server_reads) server->resume();
  }
  // A stream whose peer is a raw socket.
  Descriptor raw() {
    auto [c, s] = sockets();
    client = Stream::tcp(loop, std::move(c), client_events);
    return std::move(s);
  }
  void send_raw(const Descriptor& socket, const std::string& data) {
    ASSERT_EQ(::send(socket.fd(), data.data(), data.size(), MSG_NOSIGNAL), static_cast<ssize_t>(data.size()));
  }
  static void reset(Descriptor& socket) {
    const linger now{1, 0};
    ASSERT_EQ(::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    socket.close();
  }
  // More than the kernel takes: the queue stays.
  void fill(Stream& stream) {
    write(stream, std::string(24 << 20, 'x'));
    some_turns();
    for (std::uint64_t before = 0; before != stream.written(); some_turns()) before = stream.written();
    ASSERT_GT(stream.queued(), 0u);
  }
};

TEST_F(StreamTest, BytesGoBothWaysInOrder) {
  connect();
  write(*client, "hello ");
  write(*client, "world");
  EXPECT_EQ(client->written(), 11u);
  EXPECT_EQ(client->queued(), 0u);
  until([&] { return server_events.bytes == "hello world"; });
  write(*server, "and back");
  until([&] { return client_events.bytes == "and back"; });
  EXPECT_TRUE(client->peer().is_loopback());
  EXPECT_EQ(&client->loop(), &loop);
  EXPECT_EQ(client_events.drained, 0) << "nothing was ever queued";
  EXPECT_EQ(client_events.secured, 0);
}

TEST_F(StreamTest, BigTransfersBothWaysAtOnceAreTakenInPieces) {
  connect();
  const std::string up = pattern(9'000'001), down = pattern(7'000'003);
  write(*client, up);
  write(*server, down);
  EXPECT_GT(client->queued(), 0u);
  EXPECT_EQ(client->written() + client->queued(), up.size());
  until([&] { return server_events.bytes.size() == up.size() && client_events.bytes.size() == down.size(); });
  EXPECT_TRUE(server_events.bytes == up);
  EXPECT_TRUE(client_events.bytes == down);
  EXPECT_LE(server_events.largest, 64u << 10);
  EXPECT_EQ(client->written(), up.size());
  until([&] { return client_events.drained == 1 && server_events.drained == 1; });
}

TEST_F(StreamTest, OneThatFloodsIsReadInTurns) {
  connect(false);
  std::size_t in_this_turn = 0, most = 0;
  server_events.then = [&](const std::string& event) {
    if (event == "bytes") in_this_turn += std::exchange(server_events.bytes, {}).size();
  };
  write(*client, pattern(4 << 20));
  some_turns();
  server->resume();
  for (std::size_t total = 0; total < 4u << 20; total += in_this_turn) {
    in_this_turn = 0;
    loop.run_once(std::chrono::milliseconds(10));
    most = std::max(most, in_this_turn);
  }
  EXPECT_LE(most, 64u << 10);
}

TEST_F(StreamTest, APeerThatDoesNotReadFillsTheQueueAndThenTheKernelTakesNoMore) {
  connect(false);
  fill(*client);
  some_turns();
  // The kernel's buffers may still grow.
  const auto total = [&] { return client->written() + client->queued(); };
  const std::uint64_t before = total();
  some_turns();
  EXPECT_EQ(total(), before);
  write(*client, "more");
  EXPECT_EQ(total(), before + 4);
  EXPECT_GT(client->queued(), 4u);
  EXPECT_EQ(client_events.drained, 0);
  server->resume();
  until([&] { return client_events.drained == 1; });
  EXPECT_EQ(client->queued(), 0u);
  until([&] { return server_events.bytes.size() == client->written(); });
  EXPECT_TRUE(server_events.bytes.ends_with("more"));
}

TEST_F(StreamTest, NothingIsReadBeforeResumeNorAfterPause) {
  connect(false);
  write(*client, "early");
  some_turns();
  EXPECT_EQ(server_events.bytes, "");
  server->resume();
  until([&] { return server_events.bytes == "early"; });
  server->pause();
  write(*client, "late");
  some_turns();
  EXPECT_EQ(server_events.bytes, "early");
  server->resume();
  until([&] { return server_events.bytes == "earlylate"; });
}

TEST_F(StreamTest, PausingWithinOnBytesHolds) {
  connect();
  server_events.then = [&](const std::string&) { server->pause(); };
  write(*client, pattern(300'000));
  until([&] { return !server_events.bytes.empty(); });
  const std::size_t got = server_events.bytes.size();
  some_turns();
  EXPECT_EQ(server_events.bytes.size(), got);
}

TEST_F(StreamTest, AfterTheEndOfOneDirectionTheOtherGoesOn) {
  connect();
  write(*client, "request");
  client->finish();
  EXPECT_EQ(client_events.drained, 0) << "never from within the call";
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.bytes, "request");
  EXPECT_EQ(server_events.ends, std::vector<std::string>{""});
  EXPECT_EQ(client_events.drained, 1) << "the end was sent";
  EXPECT_TRUE(server->is_open());
  std::string dropped = "too late";
  client->write(dropped);
  EXPECT_EQ(dropped, "");
  const std::string answer = pattern(3'000'000);
  write(*server, answer);
  server->finish();
  until([&] { return !client_events.ends.empty(); });
  EXPECT_TRUE(client_events.bytes == answer);
  EXPECT_EQ(client_events.ends, std::vector<std::string>{""});
  EXPECT_EQ(server_events.bytes, "request");
  until([&] { return server_events.drained == 1; });
  some_turns();
  EXPECT_EQ(server_events.ends.size(), 1u) << "both directions ended in order";
}

TEST_F(StreamTest, FinishWaitsForTheQueue) {
  connect(false);
  fill(*client);
  const std::size_t all = client->queued() + client->written();
  client->finish();
  client->finish();
  some_turns();
  EXPECT_EQ(client_events.drained, 0);
  server->resume();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.bytes.size(), all);
  EXPECT_EQ(client_events.drained, 1);
}

TEST_F(StreamTest, CloseLosesTheQueueAndIsSilent) {
  connect(false);
  fill(*client);
  client->close();
  EXPECT_FALSE(client->is_open());
  EXPECT_EQ(client->queued(), 0u);
  server->resume();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_TRUE(client_events.ends.empty());
  client->close();
  client->resume();
  client->finish();
  write(*client, "x");
  some_turns();
  EXPECT_TRUE(client_events.ends.empty());
  EXPECT_EQ(client_events.drained, 0);
}

TEST_F(StreamTest, AResetIsABrokenEndForThePeer) {
  connect();
  client->close(true);
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends, std::vector<std::string>{"connection reset by peer"});
  EXPECT_FALSE(server->is_open());
}

TEST_F(StreamTest, APausedStreamHearsOfAResetButNotOfAnOrderlyEnd) {
  Descriptor peer = raw();
  some_turns();
  reset(peer);
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends, std::vector<std::string>{"connection reset by peer"});

  client_events.ends.clear();
  peer = raw();
  client->finish();
  until([&] { return client_events.drained == 1; });
  peer.close();
  some_turns();
  EXPECT_TRUE(client_events.ends.empty()) << "it is paused";
  client->resume();
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends, std::vector<std::string>{""});
}

TEST_F(StreamTest, AHangUpOfBothDirectionsDoesNotSpin) {
  Descriptor peer = raw();
  client->finish();
  peer.close();
  some_turns();
  const auto before = clock.boot();
  loop.run_once(std::chrono::milliseconds(30));
  EXPECT_GE(clock.boot() - before, std::chrono::milliseconds(25));
}

// A server may answer and close before it has taken the whole request: its answer is not to be lost.
TEST_F(StreamTest, WhatThePeerSentBeforeWritingFailedIsDelivered) {
  Descriptor peer = raw();
  fill(*client);
  send_raw(peer, "413 too much");
  reset(peer);
  client->resume();
  until([&] { return !client_events.ends.empty(); });
  ASSERT_EQ(client_events.ends.size(), 1u);
  EXPECT_NE(client_events.ends[0], "");
  EXPECT_EQ(client_events.bytes, "413 too much");
  EXPECT_FALSE(client->is_open());
  EXPECT_EQ(client->queued(), 0u);
}

TEST_F(StreamTest, AFailureOfWritingIsReportedFromTheLoop) {
  Descriptor peer = raw();
  reset(peer);
  write(*client, "x");
  write(*client, "x");
  EXPECT_TRUE(client_events.ends.empty());
  until([&] { return !client_events.ends.empty(); });
  some_turns();
  EXPECT_EQ(client_events.ends.size(), 1u);
  EXPECT_FALSE(client->is_open());
}

TEST_F(StreamTest, AfterAnOrderlyEndWritingMayStillBreak) {
  Descriptor peer = raw();
  client->resume();
  ::shutdown(peer.fd(), SHUT_WR);
  until([&] { return !client_events.ends.empty(); });
  reset(peer);
  until([&] { return client_events.ends.size() == 2; });
  EXPECT_EQ(client_events.ends[0], "");
  EXPECT_NE(client_events.ends[1], "");
}

TEST_F(StreamTest, IsQuietUntilSomethingArrives) {
  Descriptor peer = raw();
  EXPECT_TRUE(client->is_quiet());
  send_raw(peer, "x");
  EXPECT_FALSE(client->is_quiet());
  client->resume();
  until([&] { return client_events.bytes == "x"; });
  EXPECT_TRUE(client->is_quiet()) << "it was taken";
  client->pause();
  peer.close();
  EXPECT_FALSE(client->is_quiet()) << "an end is something";
  Descriptor other = raw();
  reset(other);
  EXPECT_FALSE(client->is_quiet()) << "so is a reset";
  client->close();
  EXPECT_FALSE(client->is_quiet());
}

TEST_F(StreamTest, TheHandlerMayBeReplaced) {
  connect();
  RecordingHandler other;
  server->set_handler(other);
  write(*client, "x");
  until([&] { return other.bytes == "x"; });
  EXPECT_EQ(server_events.bytes, "");
}

// Destroys or closes the stream in its own callback `event`, which `cause` makes happen.
class StreamGoneTest : public StreamTest, public ::testing::WithParamInterface<bool> {
 protected:
  void in(const std::string& event) {
    client_events.then = [this, event](const std::string& e) {
      if (e != event) return;
      ++times;
      if (GetParam()) {
        client.reset();
      } else {
        client->close();
      }
    };
  }
  void expect_once() {
    until([&] { return times > 0; });
    some_turns();
    EXPECT_EQ(times, 1);
  }
  int times = 0;
};

INSTANTIATE_TEST_SUITE_P(DestroyedOrClosed, StreamGoneTest, ::testing::Bool());

TEST_P(StreamGoneTest, OnBytes) {
  connect();
  in("bytes");
  write(*server, pattern(500'000));
  server->finish();
  expect_once();
  EXPECT_TRUE(client_events.ends.empty());
}

TEST_P(StreamGoneTest, OnOrderlyEnd) {
  connect();
  in("end");
  server->finish();
  expect_once();
}

TEST_P(StreamGoneTest, OnBrokenEnd) {
  connect();
  in("end");
  server->close(true);
  expect_once();
}

TEST_P(StreamGoneTest, OnBrokenEndOfWriting) {
  Descriptor peer = raw();
  in("end");
  reset(peer);
  write(*client, "x");
  expect_once();
}

TEST_P(StreamGoneTest, OnTheRestAfterWritingFailed) {
  Descriptor peer = raw();
  in("bytes");
  client->resume();
  send_raw(peer, "x");
  reset(peer);
  write(*client, "x");
  expect_once();
  EXPECT_TRUE(client_events.ends.empty());
}

TEST_P(StreamGoneTest, OnDrained) {
  connect();
  in("drained");
  write(*client, pattern(4 << 20));
  write(*server, "x");
  expect_once();
}

TEST_P(StreamGoneTest, OnDrainedAfterFinish) {
  connect();
  in("drained");
  client->finish();
  expect_once();
}

TEST_F(StreamTest, ALoopMayGoWithWhatWasPosted) {
  auto own = std::make_unique<Loop>(clock);
  auto [c, s] = sockets();
  client = Stream::tcp(*own, std::move(c), client_events);
  client->finish();
  client.reset();
  own.reset();
  EXPECT_EQ(client_events.drained, 0);
}

}  // namespace
}  // namespace net
