// One look-up of a name by DNS: asks for IPv6 and IPv4 at once, for one candidate after the other. The only place that
// knows c-ares.
//
// c-ares brings the servers of resolv.conf, the questions by UDP and TCP, trying again, and reading answers. Its own
// getaddrinfo is not used: in Debian 12's release (1.18) it reads only /etc/hosts, makes questions that can be guessed
// where there is no /dev/urandom, waits for the slower family to the end, and says "not reachable" of a server that
// failed. What it refers to in the C library is in no_resolver.cc.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/socket_address.h"

namespace net {

class DnsLookup {
 public:
  // `name` is one (host_name.h). `done` is called once, from the loop and never from within the constructor, with 1 to
  // 32 addresses in the order of the answers, IPv6 first, or why there is none. Destroying the look-up gives it up;
  // that may be done in `done`. Reads resolv.conf and opens a socket: a look-up has its own, so that its port and the
  // questions' identifiers say nothing of others'. `limit` and `other_family` are measured by the loop's clock,
  // `try_timeout` by c-ares, which has the system's.
  DnsLookup(Loop& loop, const Resolver::Options& options, const std::string& name, std::uint16_t port,
            std::function<void(base::Result<std::vector<SocketAddress>>)> done);
  ~DnsLookup();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace net
