// Names to addresses: /etc/hosts, then DNS by /etc/resolv.conf (c-ares on the loop). "localhost" and names below it are
// the loopback addresses without a question (RFC 6761). Never the C library's resolver, which a static binary must not
// use. Results are not kept: servers move.
//
// What must stay true: a look-up is bounded in time, in the questions it asks and in the addresses it yields; what is
// no name is never asked for.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/socket_address.h"

namespace net {

class Resolver {
 public:
  struct Options {
    std::string hosts_file = "/etc/hosts";
    std::string resolv_conf = "/etc/resolv.conf";
    std::vector<SocketAddress> servers;                    // asked instead of resolv_conf's
    base::Duration try_timeout = std::chrono::seconds(2);  // of the first round of questions; then doubled
    int tries = 3;                                         // rounds: questions to each server
    base::Duration limit = std::chrono::seconds(10);       // of the whole look-up
    base::Duration other_family =
        std::chrono::milliseconds(500);  // RFC 8305, 3: addresses of one family wait for the other
    std::size_t at_once = 64;            // questions of DNS at one time
  };
  explicit Resolver(Loop& loop);
  Resolver(Loop& loop, Options options);
  ~Resolver();

  class Query {
   public:
    virtual ~Query() = default;
  };
  // `done` is called once, from the loop and never from within resolve(), with 1 to 32 addresses (IPv6 and IPv4 in the
  // order to try them, RFC 6724) or an error that says why there is none, for people: "no such name", "the name server
  // did not answer in time". Destroying the query gives it up; that may be done in `done`. A query may outlive the
  // resolver.
  //
  // A literal address needs no question; other notations of addresses ("127.1") are no names. The hosts file and
  // resolv.conf are read anew for each name, and nothing is opened before the first: what the machine's network is
  // may change. Short names are completed as resolv.conf(5) says (`search`, `ndots`; in the environment LOCALDOMAIN,
  // RES_OPTIONS), as people with clusters expect; a dot at the end of a name says that it is complete. A domain is
  // passed over only if the name server says that the name is not there, never because it failed: trouble must not
  // lead to another host. 0.0.0.0 and :: are no addresses of a server and are left out, except as literals.
  std::unique_ptr<Query> resolve(const std::string& host, std::uint16_t port,
                                 std::function<void(base::Result<std::vector<SocketAddress>>)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
