// Dialling by name and address: which address is taken, what is said when none answers, and TLS. Loopback sockets, a
// hosts file of the test's own, and a clock that stands still.
#include "net/dialer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <optional>

#include "net/dns_server_testing.h"
#include "net/stream_testing.h"
#include "net/tls_testing.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// 127.0.0.2, .3 … as servers of one port each of which does what the test says.
class DialerTest : public ::testing::Test {
 protected:
  DialerTest() {
    resolving.hosts_file = files.directory() + "/hosts";
    resolving.resolv_conf = files.directory() + "/resolv.conf";
  }

  static SocketAddress address(const std::string& host, std::uint16_t port) {
    return SocketAddress::parse(host, port).value();
  }
  // Nobody listens on the port, and nobody else gets it.
  SocketAddress refusing(const std::string& host, std::uint16_t port = 0) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    const auto bytes = address(host, 0).in_v6();
    std::copy(bytes.begin() + 12, bytes.end(), reinterpret_cast<std::uint8_t*>(&in.sin_addr));
    sockets.push_back(Descriptor::own(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    EXPECT_EQ(::bind(sockets.back().fd(), reinterpret_cast<sockaddr*>(&in), sizeof in), 0) << host << ":" << port;
    return SocketAddress::local_of(sockets.back().fd()).value();
  }
  SocketAddress listening(const std::string& host, std::uint16_t port = 0) {
    auto socket = address(host, port).listen(8);
    EXPECT_TRUE(socket) << socket.error().message;
    sockets.push_back(std::move(*socket));
    return SocketAddress::local_of(sockets.back().fd()).value();
  }
  // Its queue is full: it takes no connection and refuses none.
  SocketAddress silent(const std::string& host) {
    auto socket = address(host, 0).listen(0);
    EXPECT_TRUE(socket) << socket.error().message;
    sockets.push_back(std::move(*socket));
    const auto there = SocketAddress::local_of(sockets.back().fd()).value();
    for (int i = 0; i < 4; ++i) sockets.push_back(std::move(*there.connect()));
    return there;
  }
  void hosts(const std::string& name, const std::vector<std::string>& addresses) {
    std::string text;
    for (const auto& a : addresses) text += a + " " + name + "\n";
    files.put("hosts", text);
  }

  std::unique_ptr<Dialer::Attempt> dial(const Endpoint& endpoint) {
    result.reset();
    if (!resolver) resolver = std::make_unique<Resolver>(loop, resolving);
    Dialer dialer(loop, *resolver, tls, options);
    return dialer.dial(endpoint, [this](auto r) {
      EXPECT_FALSE(result) << "once";
      result = std::move(r);
      if (*result) (**result)->set_handler(events);
    });
  }
  void until(const std::function<bool()>& done) {
    base::SystemClock real;
    const auto end = real.boot() + seconds(10);
    while (!done()) {
      ASSERT_LT(real.boot(), end) << "it does not happen";
      loop.run_once(milliseconds(10));
    }
  }
  void some_turns() {
    for (int i = 0; i < 10; ++i) loop.run_once(milliseconds(1));
  }
  static std::ptrdiff_t descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  }
  // The address that is connected, or "! " and the error.
  std::string outcome() {
    until([&] { return result.has_value(); });
    if (!result) return "nothing";
    return *result ? (**result)->peer().text() : "! " + result->error().message;
  }
  std::string outcome_of(const Endpoint& endpoint) {
    attempt = dial(endpoint);
    EXPECT_FALSE(result) << "not from within dial()";
    return outcome();
  }

  base::FakeClock clock;
  Loop loop{clock};
  CertificateFiles files;
  Resolver::Options resolving;
  std::unique_ptr<Resolver> resolver;
  std::shared_ptr<const TlsClient> tls;
  Dialer::Options options;
  std::vector<Descriptor> sockets;
  RecordingHandler events;
  std::optional<base::Result<std::unique_ptr<Stream>>> result;
  std::unique_ptr<Dialer::Attempt> attempt;
};

TEST_F(DialerTest, ConnectsToAnAddress) {
  const auto server = listening("127.0.0.1");
  EXPECT_EQ(outcome_of({"127.0.0.1", server.port()}), server.text());
  EXPECT_TRUE((**result)->is_open());
}

TEST_F(DialerTest, ConnectsByIpv6) {
  auto socket = address("::1", 0).listen(8);
  if (!socket) GTEST_SKIP() << "no IPv6 here: " << socket.error().message;
  const auto server = SocketAddress::local_of(socket->fd()).value();
  EXPECT_EQ(outcome_of({"::1", server.port()}), server.text());
  EXPECT_EQ(outcome_of({"localhost", server.port()}), server.text());
}

TEST_F(DialerTest, LocalhostIsAlsoIpv4) {
  const auto server = listening("127.0.0.1");
  EXPECT_EQ(outcome_of({"localhost", server.port()}), server.text());
}

TEST_F(DialerTest, TheStreamIsReadOnlyWhenItsOwnerSaysSo) {
  const auto server = listening("127.0.0.1");
  ASSERT_EQ(outcome_of({"127.0.0.1", server.port()}), server.text());
  const int accepted = ::accept(sockets[0].fd(), nullptr, nullptr);
  ASSERT_EQ(::send(accepted, "hello", 5, 0), 5);
  ::close(accepted);
  some_turns();
  EXPECT_EQ(events.bytes, "");
  EXPECT_TRUE(events.ends.empty());
  (**result)->resume();
  until([&] { return !events.ends.empty(); });
  EXPECT_EQ(events.bytes, "hello");
  EXPECT_EQ(events.ends, std::vector<std::string>{""});
}

TEST_F(DialerTest, SaysWhichAddressRefused) {
  const auto gone = refusing("127.0.0.1");
  EXPECT_EQ(outcome_of({"127.0.0.1", gone.port()}), "! " + gone.text() + ": connection refused");
  EXPECT_EQ(outcome_of({"::ffff:127.0.0.1", gone.port()}), "! " + gone.text() + ": connection refused");
}

TEST_F(DialerTest, SaysWhyANameIsNotResolved) {
  DnsServer server(loop, [](const DnsQuestion& q) { return std::vector{dns_reply(q, 3)}; });
  resolving.servers = {server.address()};
  EXPECT_EQ(outcome_of({"example.test", 81}), "! cannot resolve example.test: no such name");
  EXPECT_EQ(outcome_of({"127.1", 81}),
            "! cannot resolve 127.1: it is not a valid name: it ends in a number, but is no address");
  EXPECT_EQ(outcome_of({"a\nb", 81}).find('\n'), std::string::npos);
}

TEST_F(DialerTest, AnAddressThatRefusesIsFollowedByTheNextAtOnce) {
  const auto gone = refusing("127.0.0.2");
  const auto server = listening("127.0.0.3", gone.port());
  hosts("one.test", {"127.0.0.2", "127.0.0.3"});
  EXPECT_EQ(outcome_of({"one.test", server.port()}), server.text());
}

TEST_F(DialerTest, AnAddressThatIsSilentIsJoinedByTheNext) {
  const auto black = silent("127.0.0.2");
  const auto server = listening("127.0.0.3", black.port());
  hosts("one.test", {"127.0.0.2", "127.0.0.3"});
  const auto before = descriptors();
  attempt = dial({"one.test", server.port()});
  some_turns();
  clock.advance(milliseconds(249));
  some_turns();
  EXPECT_FALSE(result);
  EXPECT_EQ(descriptors(), before + 1);
  clock.advance(milliseconds(1));
  EXPECT_EQ(outcome(), server.text());
  EXPECT_EQ(descriptors(), before + 1);  // the silent one is closed
}

TEST_F(DialerTest, TellsOfEveryReasonBriefly) {
  const auto gone = refusing("127.0.0.2");
  for (const auto* host : {"127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"}) refusing(host, gone.port());
  const std::string port = std::to_string(gone.port());
  hosts("one.test", {"127.0.0.2"});
  EXPECT_EQ(outcome_of({"one.test", gone.port()}), "! one.test:" + port + ": connection refused (127.0.0.2)");
  hosts("one.test", {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "255.255.255.255"});
  const std::string error = outcome_of({"one.test", gone.port()});
  EXPECT_NE(error.find("connection refused (127.0.0.2, 127.0.0.3, 127.0.0.4 and 2 more)"), std::string::npos) << error;
  EXPECT_NE(error.find(" (255.255.255.255)"), std::string::npos) << error;
}

TEST_F(DialerTest, AtMostSixteenAddressesAreTried) {
  const auto gone = refusing("127.0.0.2");
  std::vector<std::string> addresses;
  for (int i = 0; i < 20; ++i) addresses.push_back("127.0.1." + std::to_string(i + 1));
  hosts("one.test", addresses);
  const std::string error = outcome_of({"one.test", gone.port()});
  EXPECT_NE(error.find("127.0.1.3 and 13 more)"), std::string::npos) << error;
}

TEST_F(DialerTest, FamiliesAlternate) {
  if (!address("::1", 0).listen(1)) GTEST_SKIP() << "no IPv6 here";
  const auto gone = refusing("127.0.0.2");
  DnsServer server(loop, [](const DnsQuestion& q) {
    std::vector<DnsRecord> records;
    for (int i = 1; i < 13; ++i)
      records.push_back(dns_address(q.name, (q.type == dns_a ? "127.0.2." : "::ffff:127.0.3.") + std::to_string(i)));
    return std::vector{dns_reply(q, 0, records)};
  });
  resolving.servers = {server.address()};
  const std::string error = outcome_of({"one.test", gone.port()});
  EXPECT_NE(error.find(" and 13 more)"), std::string::npos) << error;
  EXPECT_NE(error.find("127.0.2.1"), std::string::npos) << error;
  EXPECT_NE(error.find("127.0.3.1"), std::string::npos) << error;
}

TEST_F(DialerTest, TheAttemptIsBoundedWhileConnecting) {
  const auto black = silent("127.0.0.2");
  refusing("127.0.0.3", black.port());
  hosts("one.test", {"127.0.0.3", "127.0.0.2"});
  attempt = dial({"one.test", black.port()});
  some_turns();
  clock.advance(milliseconds(14'999));
  some_turns();
  EXPECT_FALSE(result);
  clock.advance(milliseconds(1));
  EXPECT_EQ(outcome(), "! one.test:" + std::to_string(black.port()) +
                           ": no connection after 15 s; before: connection refused (127.0.0.3)");
}

TEST_F(DialerTest, TheAttemptIsBoundedWhileResolving) {
  DnsServer server(loop, [](const DnsQuestion&) { return std::vector<std::string>{}; });
  resolving.servers = {server.address()};
  resolving.limit = seconds(100);
  options.timeout = milliseconds(1500);
  attempt = dial({"example.test", 81});
  some_turns();
  clock.advance(milliseconds(1500));
  EXPECT_EQ(outcome(), "! cannot resolve example.test: no answer after 1500 ms");
}

TEST_F(DialerTest, AnAttemptThatIsDestroyedIsNotHeardOfAndKeepsNothing) {
  const auto black = silent("127.0.0.2");
  const auto before = descriptors();
  attempt = dial({"127.0.0.2", black.port()});
  some_turns();
  EXPECT_EQ(descriptors(), before + 1);
  attempt.reset();
  EXPECT_EQ(descriptors(), before);
  attempt = dial({"127.0.0.2", black.port()});
  attempt.reset();
  clock.advance(seconds(20));
  some_turns();
  EXPECT_FALSE(result);
}

TEST_F(DialerTest, AnAttemptMayBeDestroyedInItsResult) {
  const auto server = listening("127.0.0.1");
  const auto gone = refusing("127.0.0.2");
  Resolver r(loop, resolving);
  auto dialer = std::make_unique<Dialer>(loop, r, nullptr, options);
  int calls = 0;
  std::unique_ptr<Dialer::Attempt> good, bad, unknown;
  good = dialer->dial({"127.0.0.1", server.port()}, [&](auto) { ++calls, good.reset(); });
  bad = dialer->dial({"127.0.0.2", gone.port()}, [&](auto) { ++calls, bad.reset(); });
  unknown = dialer->dial({"127.1", gone.port()}, [&](auto) { ++calls, unknown.reset(); });
  dialer.reset();
  until([&] { return calls == 3; });
}

class DialerTlsTest : public DialerTest {
 protected:
  // A server that shows `identity` at 127.0.0.1 to a client that trusts the authority.
  SocketAddress serve(const Identity& identity) {
    tls = TlsClient::make({files.put("ca.pem", ca.certificate_pem()), false}, "").value();
    of_server =
        TlsServer::make(files.put("c.pem", identity.certificate_pem()), files.put("k.pem", identity.key_pem())).value();
    listener = TcpListener::listen(loop, address("127.0.0.1", 0)).value();
    listener->start(
        [this](Descriptor d, const SocketAddress&) {
          server = Stream::tls_server(loop, std::move(d), server_events, of_server);
        },
        [](const std::string&) {});
    hosts("example.test", {"127.0.0.1"});
    return listener->address();
  }
  Identity ca = make_identity({.name = "Test CA", .alternatives = "", .authority = true});
  std::shared_ptr<const TlsServer> of_server;
  std::unique_ptr<TcpListener> listener;
  RecordingHandler server_events;
  std::unique_ptr<Stream> server;
};

TEST_F(DialerTlsTest, TheStreamIsSecured) {
  const auto there = serve(make_identity({.issuer = &ca}));
  for (const auto* name : {"example.test", "example.test."}) {
    EXPECT_EQ(outcome_of({name, there.port(), true}), there.text());
    (**result)->resume();
    write(***result, "request");
    until([&] { return server_events.secured > 0; });
    server->resume();
    until([&] { return server_events.bytes == "request"; });
    server_events = {};
  }
}

TEST_F(DialerTlsTest, SaysWhyTheServerIsNotTrusted) {
  const auto there = serve(make_identity({.issuer = &ca, .from = -7200, .to = -3600}));
  const std::string error = outcome_of({"example.test", there.port(), true});
  EXPECT_EQ(error.substr(0, error.rfind(':')), "! example.test:" + std::to_string(there.port()));
  EXPECT_NE(error.find("expired"), std::string::npos) << error;
}

TEST_F(DialerTlsTest, ANameThatTheCertificateDoesNotHaveIsRefused) {
  const auto there = serve(make_identity({.issuer = &ca}));
  EXPECT_EQ(outcome_of({"127.0.0.1", there.port(), true}).substr(0, there.text().size() + 4),
            "! " + there.text() + ": ");
}

TEST_F(DialerTlsTest, TlsIsPartOfWhatIsBounded) {
  serve(make_identity({.issuer = &ca}));
  const auto mute = listening("127.0.0.1");
  attempt = dial({"127.0.0.1", mute.port(), true});
  const int accepted = [&] {
    int fd = -1;
    until([&] { return (fd = ::accept(sockets[0].fd(), nullptr, nullptr)) >= 0; });
    return fd;
  }();
  some_turns();
  EXPECT_FALSE(result);
  clock.advance(seconds(15));
  EXPECT_EQ(outcome(), "! " + mute.text() + ": TLS was not complete after 15 s");
  ::close(accepted);
}

TEST_F(DialerTlsTest, AServerThatLeavesInTheHandshakeIsNamed) {
  serve(make_identity({.issuer = &ca}));
  const auto mute = listening("127.0.0.1");
  attempt = dial({"127.0.0.1", mute.port(), true});
  int accepted = -1;
  until([&] { return (accepted = ::accept(sockets[0].fd(), nullptr, nullptr)) >= 0; });
  ::close(accepted);
  EXPECT_EQ(outcome().substr(0, mute.text().size() + 4), "! " + mute.text() + ": ");
}

}  // namespace
}  // namespace net
