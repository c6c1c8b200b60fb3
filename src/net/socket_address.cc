// Addresses are kept in network order, IPv4 in the first four bytes. The C library's inet_pton and inet_ntop read and
// write them; they ask nobody.
#include "net/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace net {
namespace {

// ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 16> v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool is_mapped(const std::array<std::uint8_t, 16>& bytes) {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
}

std::array<std::uint8_t, 4> mapped_v4(const std::array<std::uint8_t, 16>& bytes) {
  return {bytes[12], bytes[13], bytes[14], bytes[15]};
}

std::string print(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, bytes, text.data(), text.size()) == nullptr ? "?" : text.data();
}

struct Raw {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Raw raw_of(bool v6, const std::array<std::uint8_t, 16>& bytes, std::uint16_t port) {
  Raw raw;
  if (v6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, bytes.data(), 16);
    std::memcpy(&raw.storage, &in, raw.size = sizeof in);
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, bytes.data(), 4);
    std::memcpy(&raw.storage, &in, raw.size = sizeof in);
  }
  return raw;
}

base::Result<Descriptor> new_socket(bool v6, int type) {
  const int fd = ::socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return base::fail(error_words(errno));
  return Descriptor::own(fd);
}

std::optional<SocketAddress> from(const Raw& raw) {
  if (raw.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &raw.storage, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return SocketAddress::v4(bytes, ntohs(in.sin_port));
  }
  if (raw.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &raw.storage, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return SocketAddress::v6(bytes, ntohs(in.sin6_port));
  }
  return std::nullopt;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::parse(std::string_view host, std::uint16_t port) {
  if (host.size() >= INET6_ADDRSTRLEN + 2 || host.find('\0') != std::string_view::npos) return std::nullopt;
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  const std::string text(host);
  SocketAddress address;
  address.port_ = port;
  if (!brackets && inet_pton(AF_INET, text.c_str(), address.bytes_.data()) == 1) return address;
  address.bytes_ = {};
  address.v6_ = true;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

SocketAddress SocketAddress::v4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port) {
  SocketAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.port_ = port;
  return address;
}

SocketAddress SocketAddress::v6(const std::array<std::uint8_t, 16>& bytes, std::uint16_t port) {
  SocketAddress address;
  address.bytes_ = bytes;
  address.port_ = port;
  address.v6_ = true;
  return address;
}

std::optional<SocketAddress> SocketAddress::local_of(int fd) {
  Raw raw;
  if (getsockname(fd, raw.get(), &raw.size) != 0) return std::nullopt;
  return from(raw);
}

std::optional<SocketAddress> SocketAddress::peer_of(int fd) {
  Raw raw;
  if (getpeername(fd, raw.get(), &raw.size) != 0) return std::nullopt;
  return from(raw);
}

bool SocketAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  return bytes_ == v6_loopback || (is_mapped(bytes_) && bytes_[12] == 127);
}

bool SocketAddress::is_any() const {
  const std::size_t first = v6_ && is_mapped(bytes_) ? mapped_prefix.size() : 0;
  return std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(first), bytes_.end(), [](auto b) { return b == 0; });
}

std::string SocketAddress::host() const {
  if (!v6_) return print(AF_INET, bytes_.data());
  if (is_mapped(bytes_)) return print(AF_INET, mapped_v4(bytes_).data());
  return print(AF_INET6, bytes_.data());
}

std::string SocketAddress::text() const {
  const std::string port = ":" + std::to_string(port_);
  return v6_ && !is_mapped(bytes_) ? "[" + host() + "]" + port : host() + port;
}

std::string SocketAddress::counting_key() const {
  if (!v6_ || is_mapped(bytes_)) return host();
  std::array<std::uint8_t, 16> network = bytes_;
  std::fill(network.begin() + 8, network.end(), std::uint8_t{0});
  return print(AF_INET6, network.data()) + "/64";
}

std::array<std::uint8_t, 16> SocketAddress::in_v6() const {
  if (v6_) return bytes_;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
  std::copy_n(bytes_.begin(), 4, bytes.begin() + mapped_prefix.size());
  return bytes;
}

// An IPv4 address in IPv6 is connected to by IPv4, so that it works where there is no IPv6.
base::Result<Descriptor> SocketAddress::connecting(int type) const {
  if (v6_ && is_mapped(bytes_)) return v4(mapped_v4(bytes_), port_).connecting(type);
  Raw raw = raw_of(v6_, bytes_, port_);
  base::Result<Descriptor> socket = new_socket(v6_, type);
  if (!socket) return socket;
  const int fd = socket->fd();
  if (type == SOCK_STREAM) set_up_connection(fd);
  // A non-blocking connect that a signal interrupts goes on, as EINPROGRESS says.
  if (::connect(fd, raw.get(), raw.size) != 0 && errno != EINPROGRESS && errno != EINTR)
    return base::fail(error_words(errno));
  return socket;
}

base::Result<Descriptor> SocketAddress::connect() const { return connecting(SOCK_STREAM); }

std::optional<SocketAddress> SocketAddress::source() const {
  const auto socket = connecting(SOCK_DGRAM);
  return socket ? local_of(socket->fd()) : std::nullopt;
}

base::Result<Descriptor> SocketAddress::listen(int backlog) const {
  Raw raw = raw_of(v6_, bytes_, port_);
  base::Result<Descriptor> socket = new_socket(v6_, SOCK_STREAM);
  if (!socket) return socket;
  const int fd = socket->fd(), on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (v6_) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd, raw.get(), raw.size) != 0 || ::listen(fd, backlog) != 0) return base::fail(error_words(errno));
  return socket;
}

std::string error_words(int error) {
  if (error == EPIPE) return "connection closed by peer";
  std::string text = std::strerror(error);
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? "" : error_words(error);
}

void set_up_connection(int fd) {
  const int on = 1, idle = 60, interval = 15, count = 4;  // seconds
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

}  // namespace net
