// An IP address with its port, version 4 or 6. A value; no look-ups.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/descriptor.h"

namespace net {

class SocketAddress {
 public:
  SocketAddress() = default;  // 0.0.0.0:0
  // "127.0.0.1", "::1", "[::1]"; no names, no zones, no short forms ("127.1"). Nothing if it is anything else.
  static std::optional<SocketAddress> parse(std::string_view host, std::uint16_t port);
  // From the 4 or 16 bytes of an address in network order.
  static SocketAddress v4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port);
  static SocketAddress v6(const std::array<std::uint8_t, 16>& bytes, std::uint16_t port);
  // What a socket is bound or connected to.
  static std::optional<SocketAddress> local_of(int fd);
  static std::optional<SocketAddress> peer_of(int fd);

  bool is_v6() const { return v6_; }
  std::uint16_t port() const { return port_; }
  bool is_loopback() const;  // 127.0.0.0/8, ::1, and ::ffff:127.0.0.0/104
  bool is_any() const;       // 0.0.0.0, ::
  std::string host() const;  // "127.0.0.1", "::1": an IPv4 address in IPv6 (::ffff:…) as IPv4
  std::string text() const;  // "127.0.0.1:80", "[::1]:80"
  // The address without its port, an IPv4 address in IPv6 as IPv4; for IPv6 the /64: what limits per address count.
  std::string counting_key() const;
  // The 16 bytes of the address in IPv6, an IPv4 address as ::ffff:….
  std::array<std::uint8_t, 16> in_v6() const;
  bool operator==(const SocketAddress&) const = default;

  // The address of ours that a connection would come from, by the system's routes; nothing if there is no way to the
  // address. Sends nothing.
  std::optional<SocketAddress> source() const;
  // A new TCP socket, close-on-exec and non-blocking, that is being connected to the address; writable when done, then
  // connect_error. IPv6 and IPv4. TCP_NODELAY is set.
  base::Result<Descriptor> connect() const;
  // A new TCP socket that listens here, close-on-exec and non-blocking. The address may be in use by connections that
  // are over (SO_REUSEADDR). "::" takes IPv4 too. The error is the system's reason.
  base::Result<Descriptor> listen(int backlog) const;

 private:
  base::Result<Descriptor> connecting(int type) const;

  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 0;
  bool v6_ = false;
};

// The system's words for errno's `error`, for the middle of a sentence: "connection refused".
std::string error_words(int error);
// For a connected TCP socket: small writes go at once, and a peer that has vanished without a word (a cable, a machine)
// is noticed after some two minutes although nothing is sent.
void set_up_connection(int fd);

// After a connecting socket became writable: "" or what went wrong ("connection refused").
std::string connect_error(int fd);

}  // namespace net
