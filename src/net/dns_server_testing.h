// A DNS server for tests: UDP and TCP on one loopback port, on the loop of the test, with answers that the test writes.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/socket_address.h"

namespace net {

inline constexpr int dns_a = 1, dns_cname = 5, dns_aaaa = 28;

struct DnsQuestion {
  std::string id;       // 2 bytes
  std::string section;  // as it came
  std::string name;
  int type = 0;
  bool tcp = false;
};

struct DnsRecord {
  std::string name;
  int type = 0;
  std::string data;
};

inline std::string dns_number(unsigned n) { return {static_cast<char>(n >> 8U), static_cast<char>(n & 0xFFU)}; }

inline std::string dns_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    out += static_cast<char>(dot - at);
    out += name.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

// An A or AAAA record.
inline DnsRecord dns_address(const std::string& name, const std::string& address) {
  const auto a = SocketAddress::parse(address, 0).value();
  const auto bytes = a.in_v6();
  const std::string data(bytes.begin() + (a.is_v6() ? 0 : 12), bytes.end());
  return {name, a.is_v6() ? dns_aaaa : dns_a, data};
}

inline std::string dns_reply(const DnsQuestion& q, int code, const std::vector<DnsRecord>& records = {},
                             bool truncated = false) {
  std::string out = q.id;
  out += static_cast<char>(truncated ? 0x87 : 0x85);
  out += static_cast<char>(0x80 | code);
  out += dns_number(1) + dns_number(static_cast<unsigned>(records.size())) + dns_number(0) + dns_number(0);
  out += q.section;
  for (const DnsRecord& r : records)
    out += dns_name(r.name) + dns_number(static_cast<unsigned>(r.type)) + dns_number(1) + dns_number(0) +
           dns_number(60) + dns_number(static_cast<unsigned>(r.data.size())) + r.data;
  return out;
}

class DnsServer {
 public:
  // Gives the packets to send for a question; none: silence.
  using Answers = std::function<std::vector<std::string>(const DnsQuestion&)>;

  DnsServer(Loop& loop, Answers answers) : loop_(loop), answers_(std::move(answers)) {
    for (int i = 0; i < 100 && tcp_ < 0; ++i) bind_both();
    EXPECT_GE(tcp_, 0) << "no port that is free for UDP and TCP";
    udp_watch_ = std::make_unique<Watch>(loop_, udp_, [this](Watch::Ready) { datagram(); });
    udp_watch_->set(true, false);
    tcp_watch_ = std::make_unique<Watch>(loop_, tcp_, [this](Watch::Ready) { accept(); });
    tcp_watch_->set(true, false);
  }
  ~DnsServer() {
    udp_watch_.reset();
    tcp_watch_.reset();
    connections_.clear();
    ::close(udp_);
    ::close(tcp_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  SocketAddress address() const { return SocketAddress::local_of(udp_).value(); }
  // "name/type" of each question, and "+tcp".
  std::vector<std::string> asked;

 private:
  struct Connection {
    int fd;
    std::string got;
    std::unique_ptr<Watch> watch;
    ~Connection() {
      watch.reset();
      ::close(fd);
    }
  };

  void bind_both() {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (udp_ >= 0) ::close(udp_);
    udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ASSERT_GE(udp_, 0);
    ASSERT_EQ(::bind(udp_, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
    in.sin_port = htons(address().port());
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ASSERT_GE(fd, 0);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&in), sizeof in) == 0 && ::listen(fd, 8) == 0)
      tcp_ = fd;
    else
      ::close(fd);
  }

  DnsQuestion read(const std::string& packet, bool tcp) {
    DnsQuestion q;
    q.tcp = tcp;
    q.id = packet.substr(0, 2);
    std::size_t at = 12;
    while (packet.at(at) != 0) {
      const std::size_t size = static_cast<unsigned char>(packet.at(at));
      q.name += (q.name.empty() ? "" : ".") + packet.substr(at + 1, size);
      at += size + 1;
    }
    q.type = static_cast<unsigned char>(packet.at(at + 2));
    q.section = packet.substr(12, at + 5 - 12);
    asked.push_back(q.name + (q.type == dns_a ? "/A" : "/AAAA") + (tcp ? "+tcp" : ""));
    return q;
  }

  void datagram() {
    std::array<char, 4096> buffer;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;
    for (const std::string& packet : answers_(read({buffer.data(), static_cast<std::size_t>(got)}, false)))
      ::sendto(udp_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }

  void accept() {
    const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    auto& c = connections_.emplace_back(std::make_unique<Connection>());
    c->fd = fd;
    c->watch = std::make_unique<Watch>(loop_, fd, [this, connection = c.get()](Watch::Ready) { bytes(*connection); });
    c->watch->set(true, false);
  }

  void bytes(Connection& c) {
    std::array<char, 4096> buffer;
    const ssize_t got = ::recv(c.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return c.watch->set(false, false);
    c.got.append(buffer.data(), static_cast<std::size_t>(got));
    while (c.got.size() >= 2) {
      const std::size_t size = static_cast<unsigned char>(c.got[0]) * 256U + static_cast<unsigned char>(c.got[1]);
      if (c.got.size() < size + 2) return;
      for (const std::string& packet : answers_(read(c.got.substr(2, size), true))) {
        const std::string framed = dns_number(static_cast<unsigned>(packet.size())) + packet;
        ::send(c.fd, framed.data(), framed.size(), MSG_NOSIGNAL);
      }
      c.got.erase(0, size + 2);
    }
  }

  Loop& loop_;
  Answers answers_;
  int udp_ = -1, tcp_ = -1;
  std::unique_ptr<Watch> udp_watch_, tcp_watch_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace net
