// Connects to a server by name: resolves it (resolver.h), tries its addresses, and completes TLS.
// What must stay true: an attempt is bounded in time; no name is resolved by the C library.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"

namespace net {

struct Endpoint {
  std::string host;  // a name or an address; an IPv6 address without brackets
  std::uint16_t port = 0;
  bool tls = false;
  bool operator==(const Endpoint&) const = default;
};

class Dialer {
 public:
  struct Options {
    base::Duration timeout = std::chrono::seconds(15);             // of the whole attempt, TLS included
    base::Duration next_address = std::chrono::milliseconds(250);  // RFC 8305: the next address is tried beside
  };
  // `tls` may be null if no endpoint has tls.
  Dialer(Loop& loop, Resolver& resolver, std::shared_ptr<const TlsClient> tls, Options options);
  ~Dialer();

  // An attempt; destroying it gives it up.
  class Attempt {
   public:
    virtual ~Attempt() = default;
  };
  // `done` is called once, from the loop and never from within dial(), with a stream that is connected and secured and
  // not being read, or with an error that names host and port and says what happened: "cannot resolve example.test: no
  // such name", "127.0.0.1:81: connection refused", "example.test:443: the server's certificate has expired". Where
  // several addresses failed the error tells of each reason with the first addresses that have it. The attempt may be
  // destroyed in `done`, and may outlive the dialer.
  //
  // Call set_handler in `done`, then resume: until then the stream's events are told to nobody. A stream whose peer was
  // gone before resume() reports that then; one that broke without a handler is closed (is_open).
  //
  // The addresses are tried alternating between IPv6 and IPv4 (RFC 8305, 4), the next one when the one before fails or
  // has taken `next_address`; at most 16. The first that is connected is taken, the others are closed; TLS is tried
  // with that one alone, with the name without a dot at its end. `endpoint.tls` needs the dialer's `tls`.
  std::unique_ptr<Attempt> dial(const Endpoint& endpoint,
                                std::function<void(base::Result<std::unique_ptr<Stream>>)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
