// Accepting: addresses, sharing, bounded rounds, and what happens when descriptors run out.
#include "net/tcp_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

namespace net {
namespace {

// Free, as what is done while no descriptor is left must be: the sanitizer needs one for its first look at an object.
void turns(Loop& loop, int n) {
  for (int i = 0; i < n; ++i) loop.run_once(std::chrono::milliseconds(1));
}

class TcpListenerTest : public ::testing::Test {
 protected:
  std::unique_ptr<TcpListener> listen(const std::string& host = "127.0.0.1", std::uint16_t port = 0) {
    auto made = TcpListener::listen(loop, *SocketAddress::parse(host, port));
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : nullptr;
  }
  void start(TcpListener& listener) {
    listener.start([this](Descriptor d, const SocketAddress& peer) { take(std::move(d), peer); },
                   [&told = troubles](const std::string& text) { told.push_back(text); });
  }
  void take(Descriptor d, const SocketAddress& peer) {
    accepted.push_back(std::move(d));
    peers.push_back(peer);
  }
  // A connection that the kernel has completed.
  Descriptor dial(const SocketAddress& address) {
    auto made = address.connect();
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return {};
    bool writable = false;
    Watch watch(loop, made->fd(), [&](Watch::Ready) { writable = true; });
    watch.set(false, true);
    for (int i = 0; i < 1000 && !writable; ++i) loop.run_once(std::chrono::milliseconds(10));
    EXPECT_TRUE(writable);
    return std::move(*made);
  }
  void until(std::size_t connections) {
    for (int i = 0; i < 1000 && accepted.size() < connections; ++i) loop.run_once(std::chrono::milliseconds(10));
    ASSERT_EQ(accepted.size(), connections);
  }

  base::FakeClock clock;
  Loop loop{clock};
  std::vector<Descriptor> accepted;
  std::vector<SocketAddress> peers;
  std::vector<std::string> troubles;
};

TEST_F(TcpListenerTest, HandsOutConnectionsReadyForUse) {
  auto listener = listen();
  EXPECT_NE(listener->address().port(), 0);
  EXPECT_EQ(listener->address().host(), "127.0.0.1");
  start(*listener);
  const Descriptor client = dial(listener->address());
  until(1);
  EXPECT_EQ(peers[0], *SocketAddress::local_of(client.fd()));
  const int fd = accepted[0].fd();
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
  EXPECT_TRUE(troubles.empty());
}

TEST_F(TcpListenerTest, AcceptsNothingBeforeStartNorAfterStop) {
  auto listener = listen();
  const Descriptor first = dial(listener->address());
  turns(loop, 3);
  EXPECT_TRUE(accepted.empty());
  start(*listener);
  until(1);
  listener->stop();
  listener->stop();
  const auto refused = listener->address().connect();
  if (refused) {
    turns(loop, 1);
    EXPECT_EQ(connect_error(refused->fd()), "connection refused");
  }
  turns(loop, 3);
  EXPECT_EQ(accepted.size(), 1u);
}

TEST_F(TcpListenerTest, ListensOnIpv6WhereThereIsOne) {
  auto made = TcpListener::listen(loop, *SocketAddress::parse("::1", 0));
  if (!made) GTEST_SKIP() << made.error().message;
  start(**made);
  const Descriptor client = dial((*made)->address());
  until(1);
  EXPECT_EQ(peers[0].host(), "::1");
}

TEST_F(TcpListenerTest, AnyIpv6AddressTakesIpv4Too) {
  auto made = TcpListener::listen(loop, *SocketAddress::parse("::", 0));
  if (!made) GTEST_SKIP() << made.error().message;
  start(**made);
  const Descriptor client = dial(*SocketAddress::parse("127.0.0.1", (*made)->address().port()));
  until(1);
  EXPECT_EQ(peers[0].host(), "127.0.0.1");
  EXPECT_TRUE(peers[0].is_loopback());
}

TEST_F(TcpListenerTest, APortIsTakenOnce) {
  auto first = listen();
  const auto second = TcpListener::listen(loop, first->address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "cannot listen on " + first->address().text() + ": address already in use");
}

TEST_F(TcpListenerTest, APortIsFreeAgainAtOnce) {
  auto listener = listen();
  const SocketAddress address = listener->address();
  start(*listener);
  Descriptor client = dial(address);
  until(1);
  accepted.clear();  // we close first: the connection lingers in the system
  client.close();
  listener.reset();
  EXPECT_NE(listen("127.0.0.1", address.port()), nullptr);
}

TEST_F(TcpListenerTest, ATurnAcceptsABoundedNumber) {
  auto listener = listen();
  std::vector<Descriptor> clients;
  clients.reserve(100);
  for (int i = 0; i < 100; ++i) clients.push_back(dial(listener->address()));
  start(*listener);
  loop.run_once(std::chrono::milliseconds(10));
  EXPECT_EQ(accepted.size(), 64u);
  until(100);
}

TEST_F(TcpListenerTest, MayBeDestroyedOrStoppedWhenAConnectionComes) {
  for (const bool destroyed : {true, false}) {
    auto listener = listen();
    const Descriptor a = dial(listener->address()), b = dial(listener->address());
    int calls = 0;
    listener->start(
        [&](Descriptor, const SocketAddress&) {
          ++calls;
          if (destroyed) {
            listener.reset();
          } else {
            listener->stop();
          }
        },
        [](const std::string&) {});
    turns(loop, 3);
    EXPECT_EQ(calls, 1);
  }
}

// Leaves numbers for `spare` more descriptors while it lives.
class NoDescriptors {
 public:
  explicit NoDescriptors(rlim_t spare = 0) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next) + spare;
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(TcpListenerTest, WithoutDescriptorsConnectionsAreClosedAndTheLoopDoesNotSpin) {
  auto listener = listen();
  std::vector<Descriptor> clients;
  clients.reserve(100);
  for (int i = 0; i < 3; ++i) clients.push_back(dial(listener->address()));
  start(*listener);
  Loop& loop = this->loop;
  base::FakeClock& clock = this->clock;
  const std::vector<std::string>& troubles = this->troubles;
  const std::vector<Descriptor>& accepted = this->accepted;
  {
    const NoDescriptors none;
    turns(loop, 5);
    EXPECT_TRUE(accepted.empty());
    ASSERT_EQ(troubles.size(), 1u) << "once a second";
    EXPECT_EQ(troubles[0], "cannot accept a connection on " + listener->address().text() + ": too many open files");
    for (const Descriptor& client : clients) {
      char byte = 0;
      EXPECT_EQ(::recv(client.fd(), &byte, 1, MSG_DONTWAIT), 0) << "closed";
    }
    // Nobody waits: no trouble, and nothing to do.
    clock.advance(std::chrono::seconds(2));
    turns(loop, 5);
    EXPECT_EQ(troubles.size(), 1u);
  }
  const Descriptor late = dial(listener->address());
  until(1);
}

TEST_F(TcpListenerTest, WithoutAReserveItRestsForAWhile) {
  auto client = SocketAddress::parse("127.0.0.1", 0)->listen(1);  // keeps a number for later
  ASSERT_TRUE(client);
  std::unique_ptr<TcpListener> listener;
  Descriptor waiting;
  Loop& loop = this->loop;
  base::FakeClock& clock = this->clock;
  std::vector<std::string> told;
  std::size_t came = 0;
  {
    const NoDescriptors none(1);  // for the socket alone
    listener = std::move(*TcpListener::listen(loop, *SocketAddress::parse("127.0.0.1", 0)));
    client->close();
    waiting = std::move(*listener->address().connect());
    listener->start([&came](Descriptor, const SocketAddress&) { ++came; },
                    [&told](const std::string& text) { told.push_back(text); });
    turns(loop, 5);
    EXPECT_EQ(told.size(), 1u);
    clock.advance(std::chrono::milliseconds(99));
    turns(loop, 2);
  }
  turns(loop, 2);
  EXPECT_EQ(came, 0u) << "it rests";
  clock.advance(std::chrono::milliseconds(1));
  for (int i = 0; i < 1000 && came == 0; ++i) loop.run_once(std::chrono::milliseconds(10));
  EXPECT_EQ(came, 1u);
}

TEST_F(TcpListenerTest, TroublesAreToldOnceASecond) {
  auto listener = listen();
  start(*listener);
  Loop& loop = this->loop;
  for (const std::size_t told : {1u, 1u, 2u}) {
    const Descriptor client = dial(listener->address());
    accepted.clear();
    turns(loop, 2);
    accepted.clear();
    Descriptor late;
    {
      auto made = listener->address().connect();
      ASSERT_TRUE(made);
      const NoDescriptors none;
      turns(loop, 5);
      late = std::move(*made);
    }
    EXPECT_EQ(troubles.size(), told);
    clock.advance(std::chrono::milliseconds(600));
  }
}

}  // namespace
}  // namespace net
