// Reading, resolving and writing URLs.
#include "transport/url.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/strings.h"
#include "http/authority.h"
#include "http/chars.h"

namespace transport {
namespace {

constexpr auto npos = std::string_view::npos;

constexpr std::uint16_t own_port(bool tls) { return tls ? 443 : 80; }

// "" if every character may stand in a URL of ours, else what is wrong.
std::string bad_character(std::string_view text) {
  if (text.empty()) return "the URL is empty";
  if (text.size() > max_url_bytes) return "the URL is longer than " + std::to_string(max_url_bytes) + " bytes";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80) {
      return "the URL has a character beyond ASCII: write the host in its punycode form (xn--…) and the rest in "
             "percent-escapes";
    }
    if (c == ' ') return "the URL has a space in it: write %20";
    if (u < 0x20 || u == 0x7F) return "the URL has a control character in it";
    if (c == '\\') return "the URL has a backslash in it: write /";
  }
  return {};
}

// What stands before "://" or ":", if that is a scheme (RFC 3986 section 3.1); else npos.
std::size_t scheme_end(std::string_view text) {
  const std::size_t colon = text.find_first_of(":/?#");
  if (colon == npos || colon == 0 || text[colon] != ':' || !http::is_alpha(text[0])) return npos;
  const bool is_scheme = std::ranges::all_of(text.substr(0, colon), [](char c) {
    return http::is_alpha(c) || http::is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return is_scheme ? colon : npos;
}

std::string bad_scheme(std::string_view text, std::size_t end) {
  // Without "//" after it, what looks like a scheme is more likely a host with its port.
  if (end == npos || (!text.substr(end).starts_with("://") && text.find("//") == npos)) {
    return "the URL must begin with http:// or https://";
  }
  return "the URL's scheme \"" + base::printable(text.substr(0, end), 20) + "\" is not supported: write http or https";
}

// The authority of "//authority/path?query" without the slashes, and what is left.
std::string_view take_authority(std::string_view& rest) {
  const std::size_t end = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(authority.size());
  return authority;
}

std::string bad_authority(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  if (bracket == npos && std::ranges::count(authority, ':') > 1) {
    return "the URL's host looks like an IPv6 address: write it in brackets, as in http://[::1]:8080/mcp";
  }
  if (authority.empty() || authority.starts_with(':')) return "the URL has no host";
  const std::size_t colon = authority.rfind(':');
  if (colon != npos && (bracket == npos || colon > bracket) && http::parse_authority(authority.substr(0, colon))) {
    return "the URL's port must be a number from 1 to 65535, without leading zeros";
  }
  return "the URL's host must be a name, an IPv4 address, or an IPv6 address in brackets";
}

// Host and port into `out`, or what is wrong. Never shows the text: it may hold a password.
std::string read_authority(std::string_view authority, Url& out) {
  if (authority.find('@') != npos) {
    return "the URL has a user name or password in it: take it out and send it with --header \"Authorization: …\"";
  }
  const auto read = http::parse_authority(authority);
  if (!read) return bad_authority(authority);
  out.host.clear();
  std::ranges::transform(read->host, std::back_inserter(out.host), http::lower);
  out.port = read->port.value_or(own_port(out.tls));
  return {};
}

// Section 5.2.4, for a path that begins with "/".
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (end == npos) out += '/';
    } else {
      out += segment;
    }
    path.remove_prefix(end == npos ? path.size() : end);
  }
  return out;
}

void set_query(Url& url, std::string_view text) {
  url.has_query = text.starts_with('?');
  url.query = url.has_query ? text.substr(1) : text;
}

// What stands after the authority, with the path made whole, into `out`; or what is wrong.
std::string set_target(Url& out, std::string path, std::string_view query) {
  out.path = std::move(path);
  set_query(out, query);
  const std::string target = out.target();
  const auto read = http::parse_target(target);
  if (!read || read->path != out.path) {
    return "the URL's path or query has a character that must be percent-escaped, or a \"%\" without two hexadecimal "
           "digits after it";
  }
  return {};
}

// "//authority…" of `out`'s scheme.
std::string read_rest(std::string_view rest, bool remove_dots, Url& out) {
  rest.remove_prefix(2);
  if (std::string wrong = read_authority(take_authority(rest), out); !wrong.empty()) return wrong;
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  std::string path = mark == 0 ? "/" : std::string(rest.substr(0, mark));
  return set_target(out, remove_dots ? without_dots(path) : std::move(path), rest.substr(mark));
}

// A scheme that we speak is taken off `text`, which then begins with "//".
bool take_scheme(std::string_view& text, Url& out) {
  for (const bool tls : {false, true}) {
    const std::string_view scheme = tls ? "https:" : "http:";
    if (!http::starts_with_ignoring_case(text, scheme) || !text.substr(scheme.size()).starts_with("//")) continue;
    out.tls = tls;
    text.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

// Section 5.2.3: `from` has an authority and a path.
std::string merged(const Url& from, std::string_view path) {
  return without_dots(from.path.substr(0, from.path.rfind('/') + 1).append(path));
}

base::Result<Url> done(std::string wrong, Url url) {
  if (!wrong.empty()) return base::fail(std::move(wrong));
  if (url.text().size() > max_url_bytes) return base::fail("the URL is too long");
  return url;
}

}  // namespace

std::string Url::dial_host() const { return host.starts_with('[') ? host.substr(1, host.size() - 2) : host; }

std::string Url::authority() const { return port == own_port(tls) ? host : host + ":" + std::to_string(port); }

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

std::string Url::target() const { return has_query ? path + "?" + query : path; }

std::string Url::text() const { return origin() + target(); }

std::string Url::shown() const { return origin() + path + (has_query ? "?…" : ""); }

base::Result<Url> parse_url(std::string_view text) {
  if (std::string wrong = bad_character(text); !wrong.empty()) return base::fail(std::move(wrong));
  Url url;
  std::string_view rest = text;
  if (!take_scheme(rest, url)) return base::fail(bad_scheme(text, scheme_end(text)));
  if (text.find('#') != npos) return base::fail("the URL has a fragment (#…), which is never sent: take it out");
  std::string wrong = read_rest(rest, false, url);
  return done(std::move(wrong), std::move(url));
}

base::Result<Url> resolve(const Url& from, std::string_view reference) {
  if (reference.empty()) return from;
  if (std::string wrong = bad_character(reference); !wrong.empty()) return base::fail(std::move(wrong));
  std::string_view rest = reference.substr(0, reference.find('#'));
  Url url = from;
  if (take_scheme(rest, url) || rest.starts_with("//")) {
    std::string wrong = read_rest(rest, true, url);
    return done(std::move(wrong), std::move(url));
  }
  if (const std::size_t end = scheme_end(rest); end != npos) {
    return base::fail("the URL's scheme \"" + base::printable(rest.substr(0, end), 20) +
                      "\" is not supported, or no host follows it");
  }
  if (rest.empty()) return url;
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  const std::string_view path = rest.substr(0, mark);
  std::string whole = path.empty() ? from.path : path.starts_with('/') ? without_dots(path) : merged(from, path);
  std::string wrong = set_target(url, std::move(whole), rest.substr(mark));
  return done(std::move(wrong), std::move(url));
}

bool same_origin(const Url& a, const Url& b) { return a.tls == b.tls && a.host == b.host && a.port == b.port; }

}  // namespace transport
