// URLs as conditions read them, and URIs in the normal form by which resources are ruled.
// parse_url is strict: where two common parsers could name different hosts it gives nothing and the condition is
// undecided (backslashes, white space, controls, several @, percent-encoded or unusual hosts, http:host, spellings of
// numbers that are read in two ways).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/cidr.h"

namespace policy {

// A host in one spelling: lower-case ASCII, international labels as xn--, one trailing dot removed, addresses normal.
struct Host {
  std::string text;                // "example.com", "127.0.0.1", "::1"; "" for file:///p
  std::optional<Address> address;  // if the host is one
};

// Nothing if the text is no host, or one that parsers read differently. IPv6 only in brackets, without zone.
std::optional<Host> normal_host(std::string_view text);

// Scheme in lower case: "https" of "HTTPS://x". Nothing without one, or if white space or controls occur.
std::optional<std::string> url_scheme(std::string_view text);

struct Url {
  std::string scheme;
  Host host;
  std::int32_t port = -1;  // explicit or the scheme's default; -1: none
};

// scheme://[userinfo@]host[:port][/path][?query][#fragment]. Nothing for anything else.
std::optional<Url> parse_url(std::string_view text);

// An entry of url_host_in: a host, "*.domain" for every host below a domain (not itself), either with ":port".
// Without a port every port matches.
struct HostPattern {
  Host host;
  bool below = false;
  std::int32_t port = -1;
  bool matches(const Url& url) const;
};
std::optional<HostPattern> parse_host_pattern(std::string_view text);

// RFC 3986 section 6.2.2 and 6.2.3: scheme and host in lower case, escapes in upper case, those of unreserved
// characters decoded, dot segments removed, default port and empty port dropped. Text without a scheme is only
// normalised in its escapes. Never fails.
std::string normal_uri(std::string_view uri);

}  // namespace policy
