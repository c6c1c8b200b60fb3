// For tests of streams: a handler that records what it is told, connected pairs over the loopback address, and turning
// the loop until something has happened.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/stream.h"
#include "net/tcp_listener.h"

namespace net {

// Writes down what it is told. `then` is called after each event, with its name.
class RecordingHandler : public Stream::Handler {
 public:
  void on_bytes(Stream&, std::string_view more) override {
    bytes += more;
    largest = std::max(largest, more.size());
    happened("bytes");
  }
  void on_end(Stream&, std::string_view what) override {
    ends.emplace_back(what);
    happened("end");
  }
  void on_drained(Stream&) override {
    ++drained;
    happened("drained");
  }
  void on_secured(Stream&) override {
    ++secured;
    happened("secured");
  }

  std::string bytes;
  std::size_t largest = 0;        // of one on_bytes
  std::vector<std::string> ends;  // the errors
  int drained = 0;
  int secured = 0;
  std::function<void(const std::string& event)> then;

 private:
  void happened(const char* event) {
    if (const auto call = then) call(event);
  }
};

class StreamPairTest : public ::testing::Test {
 protected:
  // Turns the loop until `done`; fails after ten seconds of real time.
  void until(const std::function<bool()>& done) {
    const base::BootTime end = clock.boot() + std::chrono::seconds(10);
    while (!done()) {
      ASSERT_LT(clock.boot(), end) << "it does not happen";
      loop.run_once(std::chrono::milliseconds(10));
    }
  }
  // A few turns in which nothing is expected.
  void some_turns() {
    for (int i = 0; i < 5; ++i) loop.run_once(std::chrono::milliseconds(1));
  }
  // Both ends of a connection.
  std::pair<Descriptor, Descriptor> sockets() {
    auto listener = TcpListener::listen(loop, *SocketAddress::parse("127.0.0.1", 0));
    EXPECT_TRUE(listener) << listener.error().message;
    std::optional<Descriptor> accepted;
    (*listener)->start([&](Descriptor d, const SocketAddress&) { accepted = std::move(d); }, [](const std::string&) {});
    auto connected = (*listener)->address().connect();
    EXPECT_TRUE(connected) << connected.error().message;
    until([&] { return accepted.has_value(); });
    return {std::move(*connected), std::move(*accepted)};
  }

  base::SystemClock clock;
  Loop loop{clock};
  RecordingHandler client_events, server_events;
  std::unique_ptr<Stream> client, server;
};

// The descriptor of this process whose socket is bound to `local`: for doing to a stream what it must not know of.
inline int socket_to(const SocketAddress& local) {
  for (int fd = 3; fd < 1024; ++fd) {
    if (SocketAddress::local_of(fd) == local) return fd;
  }
  return -1;
}

inline void write(Stream& stream, std::string data) {
  stream.write(data);
  EXPECT_EQ(data, "");
}

}  // namespace net
