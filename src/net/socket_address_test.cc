// Addresses: what is one and what is not, how they read, and connecting to them on loopback.
#include "net/socket_address.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace net {
namespace {

using namespace std::string_view_literals;

SocketAddress address(std::string_view host, std::uint16_t port = 0) {
  const auto a = SocketAddress::parse(host, port);
  EXPECT_TRUE(a) << host;
  return a.value_or(SocketAddress());
}

TEST(SocketAddressTest, ReadsAddressesInFull) {
  EXPECT_EQ(address("127.0.0.1", 80).text(), "127.0.0.1:80");
  EXPECT_EQ(address("0.0.0.0").host(), "0.0.0.0");
  EXPECT_EQ(address("255.255.255.255", 65535).text(), "255.255.255.255:65535");
  EXPECT_EQ(address("::1", 80).text(), "[::1]:80");
  EXPECT_EQ(address("[::1]", 80), address("::1", 80));
  EXPECT_EQ(address("2001:DB8:0:0:0:0:0:1").host(), "2001:db8::1");
  EXPECT_EQ(address("64:ff9b::192.0.2.1").host(), "64:ff9b::c000:201");
  EXPECT_TRUE(address("::").is_v6());
  EXPECT_FALSE(address("0.0.0.0").is_v6());
  EXPECT_EQ(SocketAddress(), address("0.0.0.0"));
}

TEST(SocketAddressTest, ReadsNothingElse) {
  for (const std::string_view host : {"",
                                      "localhost",
                                      "127.1",
                                      "127.0.1",
                                      "2130706433",
                                      "0x7f.0.0.1",
                                      "0177.0.0.1",
                                      "127.0.0.01",
                                      "127.0.0.256",
                                      "127.0.0.1.",
                                      "127.0.0.1 ",
                                      " 127.0.0.1",
                                      "+127.0.0.1",
                                      "127.0.0.1:80",
                                      "127..0.1",
                                      "[127.0.0.1]",
                                      "[::1",
                                      "::1]",
                                      "[]",
                                      "[",
                                      "]",
                                      "[[::1]]",
                                      "fe80::1%eth0",
                                      "fe80::1%1",
                                      "1::2::3",
                                      ":::",
                                      "12345::",
                                      "::1/64",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "::127.1",
                                      "::ffff:127.0.0.01",
                                      "１27.0.0.1"})
    EXPECT_FALSE(SocketAddress::parse(host, 1)) << host;
  EXPECT_FALSE(SocketAddress::parse("127.0.0.1\0"sv, 1));
  EXPECT_FALSE(SocketAddress::parse("127.0.0.1\0.example.org"sv, 1));
  EXPECT_FALSE(SocketAddress::parse(std::string(100'000, ':'), 1));
}

TEST(SocketAddressTest, IsMadeOfBytes) {
  EXPECT_EQ(SocketAddress::v4({192, 0, 2, 7}, 443).text(), "192.0.2.7:443");
  EXPECT_EQ(SocketAddress::v4({192, 0, 2, 7}, 443), address("192.0.2.7", 443));
  EXPECT_EQ(SocketAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, 443),
            address("2001:db8::9", 443));
  EXPECT_NE(address("::1", 1), address("::1", 2));
  EXPECT_NE(address("127.0.0.1", 1), address("::ffff:127.0.0.1", 1));
}

TEST(SocketAddressTest, KnowsLoopbackAndAny) {
  for (const auto* host : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:127.9.9.9"})
    EXPECT_TRUE(address(host).is_loopback()) << host;
  for (const auto* host : {"128.0.0.1", "126.255.255.255", "0.0.0.0", "::", "::2", "::127.0.0.1", "::ffff:128.0.0.1",
                           "1::1", "7f00::", "fe80::1"})
    EXPECT_FALSE(address(host).is_loopback()) << host;
  for (const auto* host : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) EXPECT_TRUE(address(host).is_any()) << host;
  for (const auto* host : {"0.0.0.1", "1.0.0.0", "::1", "1::", "::ffff:0.0.0.1", "::ffff:0:0:0"})
    EXPECT_FALSE(address(host).is_any()) << host;
}

TEST(SocketAddressTest, AnIpv4AddressInIpv6ReadsAsIpv4) {
  EXPECT_EQ(address("::ffff:192.0.2.1", 8).text(), "192.0.2.1:8");
  EXPECT_EQ(address("::ffff:c000:201").host(), "192.0.2.1");
  EXPECT_EQ(address("::fffe:192.0.2.1", 8).text(), "[::fffe:c000:201]:8");
}

TEST(SocketAddressTest, WhatIsCountedIsTheAddressOrTheNetwork) {
  EXPECT_EQ(address("192.0.2.1", 8).counting_key(), "192.0.2.1");
  EXPECT_EQ(address("::ffff:192.0.2.1", 9).counting_key(), "192.0.2.1");
  EXPECT_EQ(address("2001:db8:1:2:3:4:5:6", 8).counting_key(), "2001:db8:1:2::/64");
  EXPECT_EQ(address("2001:db8:1:2:ffff::1").counting_key(), "2001:db8:1:2::/64");
  EXPECT_EQ(address("2001:db8:1:3::1").counting_key(), "2001:db8:1:3::/64");
}

// A socket on a port that the system chose; -1 where the family is not available. One that does not listen refuses.
int bound_socket(bool v6, bool listening) {
  const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = in6addr_loopback;
  const int bound = v6 ? bind(fd, reinterpret_cast<sockaddr*>(&in6), sizeof in6)
                       : bind(fd, reinterpret_cast<sockaddr*>(&in), sizeof in);
  if (bound == 0 && (!listening || listen(fd, 4) == 0)) return fd;
  close(fd);
  return -1;
}

void writable(int fd) {
  pollfd p{fd, POLLOUT, 0};
  ASSERT_EQ(poll(&p, 1, 10'000), 1);
}

void connects_to(const SocketAddress& to) {
  const auto socket = to.connect();
  ASSERT_TRUE(socket) << socket.error().message;
  writable(socket->fd());
  EXPECT_EQ(connect_error(socket->fd()), "");
  EXPECT_EQ(SocketAddress::peer_of(socket->fd())->text(), to.text());
  EXPECT_TRUE(SocketAddress::local_of(socket->fd())->is_loopback());
  EXPECT_NE(SocketAddress::local_of(socket->fd())->port(), 0);
  EXPECT_NE(fcntl(socket->fd(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(socket->fd(), F_GETFL) & O_NONBLOCK, 0);
  int on = 0;
  socklen_t size = sizeof on;
  EXPECT_EQ(getsockopt(socket->fd(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  EXPECT_NE(on, 0);
}

TEST(SocketAddressTest, Connects) {
  const int server = bound_socket(false, true);
  const auto bound = SocketAddress::local_of(server);
  ASSERT_TRUE(bound);
  connects_to(*bound);
  connects_to(address("::ffff:127.0.0.1", bound->port()));  // by IPv4
  close(server);
}

TEST(SocketAddressTest, ConnectsByIpv6) {
  const int server = bound_socket(true, true);
  if (server < 0) GTEST_SKIP() << "no IPv6 here";
  connects_to(SocketAddress::local_of(server).value_or(SocketAddress()));
  close(server);
}

TEST(SocketAddressTest, KnowsWhereAConnectionWouldComeFrom) {
  const auto source = address("127.0.0.1", 9).source();
  ASSERT_TRUE(source);
  EXPECT_EQ(source->host(), "127.0.0.1");
  EXPECT_TRUE(address("::ffff:127.0.0.1", 9).source());
  EXPECT_FALSE(address("255.255.255.255", 9).source());  // broadcast: not without asking for it
}

TEST(SocketAddressTest, EveryAddressHasOneInIpv6) {
  EXPECT_EQ(address("192.0.2.1").in_v6(), address("::ffff:192.0.2.1").in_v6());
  EXPECT_EQ(SocketAddress::v6(address("2001:db8::9").in_v6(), 7), address("2001:db8::9", 7));
}

TEST(SocketAddressTest, SaysWhyItDoesNotConnect) {
  const int deaf = bound_socket(false, false);
  const auto socket = SocketAddress::local_of(deaf).value_or(SocketAddress()).connect();
  if (socket) writable(socket->fd());
  EXPECT_EQ(socket ? connect_error(socket->fd()) : socket.error().message, "connection refused");
  close(deaf);
  EXPECT_EQ(connect_error(-1), "bad file descriptor");
}

TEST(SocketAddressTest, ThereIsNoneOfWhatIsNoConnectedSocket) {
  EXPECT_FALSE(SocketAddress::local_of(-1));
  EXPECT_FALSE(SocketAddress::peer_of(-1));
  const int unconnected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_FALSE(SocketAddress::peer_of(unconnected));
  EXPECT_TRUE(SocketAddress::local_of(unconnected));
  close(unconnected);
  int local[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, local), 0);
  EXPECT_FALSE(SocketAddress::local_of(local[0]));
  close(local[0]);
  close(local[1]);
}

}  // namespace
}  // namespace net
