// The names under which a listener may be called (Host), and the pages that may call it (Origin). A browser is made to
// call a listener on this machine by a page that has its own name resolve to 127.0.0.1 (DNS rebinding) or that simply
// sends: both say so in these fields, which a page cannot forge.
// What must stay true: what is not listed is refused; nothing is listed by a wildcard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace transport {

// Where a connection ends, as far as the fields can name it.
struct Arrival {
  std::uint16_t port = 0;  // ours
  bool loopback_names =
      false;  // localhost, 127.0.0.1 and [::1] are us: bound to loopback, or the peer is on this machine
  std::string_view local_host;  // our address on this connection or the one we are bound to: "192.0.2.1",
                                // "2001:db8::1"; empty if it is not known
  bool is_tls = false;
};

class AllowedHosts {
 public:
  AllowedHosts() = default;
  // --allow-host: "name" (at any port) or "name:port"; IPv6 addresses in brackets. An error names the entry.
  static base::Result<AllowedHosts> make(const std::vector<std::string>& entries);
  // `authority`: a Host field. Besides the entries: the loopback names and our own address, where they apply, with our
  // port or none. Without case; "localhost." and "127.1" are other names.
  bool allow(std::string_view authority, const Arrival& arrival) const;

 private:
  struct Entry {
    std::string host;                   // lower case
    std::optional<std::uint16_t> port;  // nothing: any
  };
  std::vector<Entry> entries_;
};

class AllowedOrigins {
 public:
  AllowedOrigins() = default;
  // --allow-origin: "scheme://host" or "scheme://host:port", nothing after it. Not "*" and not "null". An error names
  // the entry.
  static base::Result<AllowedOrigins> make(const std::vector<std::string>& entries);
  bool empty() const { return origins_.empty(); }
  // Listed; scheme and host without case, the default ports of http and https as none.
  bool allow(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;  // in the one spelling of canonical_origin
};

// `origin` is the listener's own: its scheme, and the host and port of `authority` (the Host field, judged before).
// Nobody else can have that origin, since the name in it leads to us; MCP's own conformance suite sends it.
bool is_own_origin(std::string_view origin, std::string_view authority, bool is_tls);

// An origin (RFC 6454 section 7) in one spelling; nothing if it is none: "null", lists, paths, user information.
std::optional<std::string> canonical_origin(std::string_view origin);

}  // namespace transport
