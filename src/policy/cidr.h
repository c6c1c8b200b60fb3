// IP addresses in every spelling that resolvers accept, and blocks of them.
// An IPv4 address inside IPv6 (::ffff:a.b.c.d) is the IPv4 address. A spelling that parsers read differently (010.0.0.1
// is 8.0.0.1 to some and 10.0.0.1 to others), a zone (fe80::1%eth0), and whatever is no address gives nothing: the
// condition is then undecided.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace policy {

struct Address {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  bool operator==(const Address&) const = default;
};

// Dotted decimal, also with fewer than four parts, hexadecimal and (unambiguous) octal parts: "127.1", "0x7f000001",
// "2130706433". No white space, signs or trailing dot.
std::optional<Address> parse_ipv4(std::string_view text);
// RFC 4291 text without brackets and zone. The IPv4-mapped block gives IPv4.
std::optional<Address> parse_ipv6(std::string_view text);
std::optional<Address> parse_address(std::string_view text);  // either; IPv6 also in brackets
// "127.0.0.1"; IPv6 as RFC 5952.
std::string address_text(const Address& address);

struct Cidr {
  Address address;
  unsigned bits = 0;
  bool contains(const Address& other) const;
};

// "10.0.0.0/8", "::1/128", or one address. Nothing if it is none, or if bits beyond the prefix are set.
std::optional<Cidr> parse_cidr(std::string_view text);

}  // namespace policy
