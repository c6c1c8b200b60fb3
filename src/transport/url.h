// The http and https URLs of servers: what --upstream names, what an `endpoint` event and a redirect refer to.
// What must stay true: a URL that was read is written back as one request target and one Host field which our own
// readers take; it never carries credentials. Nothing is decoded: two spellings of one path are two paths.
// Messages never hold the URL's query, where people put keys.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace transport {

inline constexpr std::size_t max_url_bytes = 8U << 10;

struct Url {
  bool tls = false;         // https
  std::string host;         // lower case; a name, an IPv4 address, or an IPv6 address in its brackets
  std::uint16_t port = 80;  // the scheme's own (80, 443) if the URL names none
  std::string path = "/";   // begins with "/"
  std::string query;        // after the first "?"
  bool has_query = false;   // "?" is there, perhaps with nothing after it

  std::string dial_host() const;  // the host without brackets, as a resolver and net::Endpoint take it
  std::string authority() const;  // the value of Host: the port only if it is not the scheme's own
  std::string origin() const;     // "https://example.test:8443"; what Origin would be
  std::string target() const;     // path and query, as a request line has them
  std::string text() const;       // all of it. Holds the query: not for logs
  std::string shown() const;      // for logs and messages: the query, if there is one, as "?…"
  bool operator==(const Url&) const = default;
};

// Reads an absolute URL. An error says what is wrong and how to write it: other schemes, user information (credentials
// belong into --header), fragments, spaces, control characters, bytes beyond ASCII (a host is written in its xn--
// form, a path in percent-escapes), bad ports, empty hosts, what http::parse_target refuses, more than max_url_bytes.
base::Result<Url> parse_url(std::string_view text);

// What `reference` means in a document from `from` (RFC 3986 section 5.2, dot segments included): absolute, "//host/x",
// "/x", "x", "?q" or "". A fragment is dropped, since it is never sent. Errors as parse_url's; a reference with user
// information or another scheme is one.
base::Result<Url> resolve(const Url& from, std::string_view reference);

// Scheme, host and port are the same (RFC 6454). Two spellings of one IPv6 address are held different: that keeps
// credentials back, never gives them away.
bool same_origin(const Url& a, const Url& b);

}  // namespace transport
