// Names to addresses, by c-ares on the loop: /etc/hosts, then DNS by /etc/resolv.conf. "localhost" and names below it are
// the loopback addresses without a question (RFC 6761). Never the C library's resolver, which a static binary must not
// use. Results are not kept: servers move.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/loop.h"
#include "net/socket_address.h"

namespace net {

class Resolver {
 public:
  explicit Resolver(Loop& loop);
  ~Resolver();

  class Query {
   public:
    virtual ~Query() = default;
  };
  // `done` is called once, from the loop and never from within resolve(), with at least one address (IPv6 and IPv4 in
  // the order to try them, RFC 6724 as far as c-ares does) or an error for people. Destroying the query gives it up.
  // A literal address needs no question. Started at the first name: no socket, no file before.
  std::unique_ptr<Query> resolve(const std::string& host, std::uint16_t port,
                                 std::function<void(base::Result<std::vector<SocketAddress>>)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
