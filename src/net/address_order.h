// The order in which the addresses of a name are tried: RFC 6724, section 6.
// What must stay true: the order decides which address is tried first, never which addresses are tried.
#pragma once
#include <optional>
#include <vector>

#include "net/socket_address.h"

namespace net {

struct Destination {
  SocketAddress address;
  std::optional<SocketAddress> source;  // what a connection would come from; none: there is no way to the address
};

// Rules 1, 2, 5, 6 and 8 with the default policy table; addresses that these do not tell apart keep their order (rule
// 10), because servers that share load rotate it. (Rule 9, the longest prefix in common, would undo that; rules 3, 4
// and 7 need what the system does not tell.)
void order(std::vector<Destination>& destinations);

// The same with the sources that the system would choose.
std::vector<SocketAddress> in_order_to_try(const std::vector<SocketAddress>& addresses);

}  // namespace net
