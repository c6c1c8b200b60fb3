// The authority of a URI (RFC 3986 section 3.2), as it stands in Host and in absolute request targets.
// Deliberately narrower than the RFC: no user information, no empty host or port, no percent-encoding, no IPvFuture and
// no zone, since peers read those in different ways.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace http {

struct Authority {
  std::string_view host;              // a name, an IPv4 address, or an IPv6 address in its brackets
  std::optional<std::uint16_t> port;  // nothing: the scheme's own
};

// Reads "host", "host:port", "[v6]" or "[v6]:port"; nothing if it is anything else. The characters are checked, not
// whether a name or an address exists or is spelt canonically. The view is into `text`.
std::optional<Authority> parse_authority(std::string_view text);

// The same host (without case) and the same port, where none stands for `default_port`.
bool same_authority(const Authority& a, const Authority& b, std::uint16_t default_port);

// A request target taken apart. Views into the target.
struct Target {
  std::string_view scheme;     // of an absolute target: "http" or "https" in any case; else empty
  std::string_view authority;  // of an absolute target; else empty
  std::string_view path;       // begins with "/", or "*"
  std::string_view query;      // after the first "?"
};

// Reads origin-form ("/mcp?x"), absolute-form ("http://host/mcp?x") and "*"; nothing for everything else: fragments,
// control characters, spaces, bytes beyond ASCII, `"<>\`, a "%" without two hexadecimal digits, other schemes, and
// authority-form, which only CONNECT uses. Nothing is decoded: "/%6dcp" is not "/mcp".
std::optional<Target> parse_target(std::string_view text);

}  // namespace http
