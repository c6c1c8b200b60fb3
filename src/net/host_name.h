// Names of hosts: which texts are one, which of them are this machine, and what a hosts file says of them.
// What must stay true: nothing that reads like an address in any notation is taken for a name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/socket_address.h"

namespace net {

// "" or what is wrong with `name`, for people. A name has at most 253 characters in labels of 1 to 63 letters, digits,
// "-" and "_" (which DNS allows, and container networks use); no label begins with "-"; the last label is no number
// ("127.1", "0x7f.1": RFC 1123, 2.1). One dot at the end is allowed: the name is complete.
std::string name_error(std::string_view name);

// "localhost" and the names below it (RFC 6761, 6.3), in any case, with or without a dot at the end.
bool is_localhost(std::string_view name);

// What is asked of DNS for `name`, in this order, as resolv.conf(5) says: a complete name as it is, without its dot;
// one with at least `ndots` dots as it is, then below each search domain; any other one below the domains first.
// At most 16; what would be no name is left out.
std::vector<std::string> names_to_ask(std::string_view name, const std::vector<std::string>& domains, int ndots);

// All addresses that a file like /etc/hosts gives to `name` (in any case, without a dot at the end), in its order, at
// most 32, none twice. None if there is no such file. Reads at most 8 MiB, of a regular file only: a local file that is
// usually in the page cache, the one thing here that may wait for a disk.
std::vector<SocketAddress> addresses_in_hosts(const std::string& path, std::string_view name, std::uint16_t port);

}  // namespace net
