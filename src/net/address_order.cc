// The rules are compared one after the other; the first that tells two addresses apart decides.
#include "net/address_order.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace net {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

bool has_prefix(const Bytes& bytes, const Bytes& prefix, unsigned bits) {
  for (std::size_t i = 0; i < bytes.size() && bits > 0; ++i) {
    const unsigned here = std::min(bits, 8U);
    const unsigned mask = 0xFFU << (8 - here);
    if (((bytes[i] ^ prefix[i]) & mask) != 0) return false;
    bits -= here;
  }
  return true;
}

struct Policy {
  Bytes prefix;
  unsigned bits;
  int precedence;
  int label;
};

// RFC 6724, 2.1. The longest prefix comes first.
constexpr std::array<Policy, 9> policies{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},  // ::1
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},         // IPv4
    {{}, 96, 1, 3},                                                  // IPv4-compatible
    {{0x20, 0x01}, 32, 5, 5},                                        // Teredo
    {{0x20, 0x02}, 16, 30, 2},                                       // 6to4
    {{0x3f, 0xfe}, 16, 1, 12},                                       // 6bone
    {{0xfe, 0xc0}, 10, 1, 11},                                       // site-local
    {{0xfc}, 7, 3, 13},                                              // unique local
    {{}, 0, 40, 1},                                                  // the rest
}};

const Policy& policy_of(const Bytes& bytes) {
  return *std::find_if(policies.begin(), policies.end(),
                       [&](const Policy& p) { return has_prefix(bytes, p.prefix, p.bits); });
}

enum Scope { link_local = 2, site_local = 5, global = 14 };

Scope scope_of(const SocketAddress& address) {
  const Bytes bytes = address.in_v6();
  if (address.is_loopback()) return link_local;
  if (has_prefix(bytes, {0xfe, 0x80}, 10)) return link_local;
  if (has_prefix(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254}, 112)) return link_local;
  return has_prefix(bytes, {0xfe, 0xc0}, 10) ? site_local : global;
}

using Rank = std::tuple<bool, bool, bool, int, int>;

// What comes first is smaller.
Rank rank(const Destination& d) {
  const Policy& policy = policy_of(d.address.in_v6());
  const Scope scope = scope_of(d.address);
  const bool other_scope = d.source && scope_of(*d.source) != scope;
  const bool other_label = d.source && policy_of(d.source->in_v6()).label != policy.label;
  return {!d.source, other_scope, other_label, -policy.precedence, static_cast<int>(scope)};
}

}  // namespace

void order(std::vector<Destination>& destinations) {
  std::vector<std::tuple<Rank, std::size_t>> ranked;  // and where it stood
  ranked.reserve(destinations.size());
  for (const Destination& d : destinations) ranked.emplace_back(rank(d), ranked.size());
  std::sort(ranked.begin(), ranked.end());
  std::vector<Destination> ordered;
  ordered.reserve(ranked.size());
  for (const auto& [r, at] : ranked) ordered.push_back(destinations[at]);
  destinations = std::move(ordered);
}

std::vector<SocketAddress> in_order_to_try(const std::vector<SocketAddress>& addresses) {
  if (addresses.size() < 2) return addresses;
  std::vector<Destination> destinations;
  destinations.reserve(addresses.size());
  for (const SocketAddress& a : addresses) destinations.push_back({a, a.source()});
  order(destinations);
  std::vector<SocketAddress> ordered;
  ordered.reserve(destinations.size());
  for (const Destination& d : destinations) ordered.push_back(d.address);
  return ordered;
}

}  // namespace net
