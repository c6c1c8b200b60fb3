// Hosts and URLs in one reading; see url.h for what is refused and why.
#include "policy/url.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "policy/punycode.h"

namespace policy {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

// Controls, space, DEL and the white space beyond ASCII that parsers strip (no-break space, U+2028, BOM ...) are all
// reasons to give up.
bool has_white_space(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) <= 0xA0) return true;
    if (c == 0xE2 && (text.substr(i, 2) == "\xE2\x80" || text.substr(i, 3) == "\xE2\x81\x9F")) return true;
    if (c == 0xE3 && text.substr(i, 3) == "\xE3\x80\x80") return true;
    if (c == 0xEF && text.substr(i, 3) == "\xEF\xBB\xBF") return true;
  }
  return false;
}

std::int32_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return -1;
}

// "" gives -1 and true.
bool read_port(std::string_view text, std::int32_t& port) {
  port = -1;
  if (text.empty()) return true;
  if (text.size() > 5) return false;
  std::int32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  port = value;
  return value <= 65535;
}

// The last label makes the whole host an IPv4 address to browsers if it looks like a number.
bool ends_in_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == npos ? host : host.substr(dot + 1);
  if (last.empty()) return false;
  if (std::all_of(last.begin(), last.end(), is_digit)) return true;
  return last.size() >= 2 && last[0] == '0' && lower(last[1]) == 'x';
}

std::optional<std::string> normal_label(std::string_view label) {
  if (label.empty() || label.size() > 252) return std::nullopt;
  const bool ascii = std::all_of(label.begin(), label.end(), [](char c) { return (c & 0x80) == 0; });
  if (!ascii) return label_to_ascii(label);
  std::string out = lower(label);
  const bool valid = out.size() <= 63 && std::all_of(out.begin(), out.end(), [](char c) {
                       return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
                     });
  if (!valid || (out.starts_with("xn--") && !is_canonical_ace(out))) return std::nullopt;
  return out;
}

struct Parts {
  std::string_view scheme, authority, rest;  // rest: from the path on
  bool has_authority = false;
};

std::optional<Parts> split(std::string_view text) {
  const std::size_t colon = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
  if (colon == npos || colon == 0 || text[colon] != ':' || !is_alpha(text[0])) return std::nullopt;
  Parts p;
  p.scheme = text.substr(0, colon);
  p.rest = text.substr(colon + 1);
  if (!p.rest.starts_with("//")) return p;
  p.has_authority = true;
  p.rest.remove_prefix(2);
  const std::size_t end = std::min(p.rest.find_first_of("/?#"), p.rest.size());
  p.authority = p.rest.substr(0, end);
  p.rest.remove_prefix(end);
  return p;
}

struct HostPort {
  std::string_view host, port;
};

std::optional<HostPort> split_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == npos) return std::nullopt;
    const std::string_view after = text.substr(close + 1);
    if (!after.empty() && after[0] != ':') return std::nullopt;
    return HostPort{text.substr(0, close + 1), after.substr(after.empty() ? 0 : 1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == npos) return HostPort{text, {}};
  if (text.find(':', colon + 1) != npos) return std::nullopt;
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::optional<Host> normal_host(std::string_view text) {
  Host host;
  if (text.starts_with('[')) {
    if (text.size() < 4 || text.back() != ']') return std::nullopt;
    host.address = parse_ipv6(text.substr(1, text.size() - 2));
    if (!host.address) return std::nullopt;
    host.text = address_text(*host.address);
    return host;
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  if (ends_in_number(text)) {
    host.address = parse_ipv4(text);
    if (!host.address) return std::nullopt;
    host.text = address_text(*host.address);
    return host;
  }
  while (true) {
    const std::size_t dot = text.find('.');
    const auto label = normal_label(text.substr(0, dot));
    if (!label) return std::nullopt;
    host.text += *label;
    if (dot == npos) break;
    host.text += '.';
    text.remove_prefix(dot + 1);
  }
  if (host.text.size() > 253) return std::nullopt;
  return host;
}

std::optional<std::string> url_scheme(std::string_view text) {
  if (has_white_space(text)) return std::nullopt;
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  return lower(parts->scheme);
}

std::optional<Url> parse_url(std::string_view text) {
  if (has_white_space(text) || text.find('\\') != npos) return std::nullopt;
  const auto parts = split(text);
  if (!parts || !parts->has_authority) return std::nullopt;
  Url url;
  url.scheme = lower(parts->scheme);
  std::string_view authority = parts->authority;
  if (const std::size_t at = authority.find('@'); at != npos) {
    if (authority.find('@', at + 1) != npos) return std::nullopt;
    authority.remove_prefix(at + 1);
    if (authority.empty()) return std::nullopt;
  }
  if (authority.empty()) {
    // Only file has URLs without a host; browsers read http:///host as http://host.
    if (url.scheme == "file") return url;
    return std::nullopt;
  }
  const auto split_authority = split_port(authority);
  if (!split_authority || !read_port(split_authority->port, url.port)) return std::nullopt;
  auto host = normal_host(split_authority->host);
  if (!host) return std::nullopt;
  url.host = std::move(*host);
  if (url.port < 0) url.port = default_port(url.scheme);
  return url;
}

bool HostPattern::matches(const Url& url) const {
  if (port >= 0 && port != url.port) return false;
  if (!below) return host.text == url.host.text && !url.host.text.empty();
  const std::string& name = url.host.text;
  return !url.host.address && name.size() > host.text.size() + 1 && name.ends_with(host.text) &&
         name[name.size() - host.text.size() - 1] == '.';
}

std::optional<HostPattern> parse_host_pattern(std::string_view text) {
  HostPattern pattern;
  if (text.starts_with("*.")) {
    pattern.below = true;
    text.remove_prefix(2);
  }
  // A bare IPv6 address needs no brackets here.
  if (auto address = parse_ipv6(text); address && !pattern.below) {
    pattern.host.text = address_text(*address);
    pattern.host.address = address;
    return pattern;
  }
  const auto parts = split_port(text);
  if (!parts || (parts->port.empty() && text.ends_with(':')) || !read_port(parts->port, pattern.port))
    return std::nullopt;
  auto host = normal_host(parts->host);
  if (!host || (pattern.below && host->address)) return std::nullopt;
  pattern.host = std::move(*host);
  return pattern;
}

namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string normal_escapes(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    const unsigned byte = static_cast<unsigned>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2])) & 0xFFU;
    i += 2;
    if (byte < 0x80 && is_unreserved(static_cast<char>(byte))) {
      out += static_cast<char>(byte);
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

// RFC 3986 section 5.2.4, for a path that begins with a slash. ".." never climbs above the root.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    assert(path.front() == '/');
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(1, end - 1);
    path.remove_prefix(end);
    if (segment == "." || segment == "..") {
      if (segment == "..") out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (path.empty()) out += '/';
      continue;
    }
    (out += '/') += segment;
  }
  return out;
}

std::string normal_authority(std::string_view scheme, const std::string& authority) {
  const std::size_t at = authority.rfind('@');
  const std::size_t from = at == std::string::npos ? 0 : at + 1;
  std::string out = authority.substr(0, from);
  const std::string_view host_port = std::string_view(authority).substr(from);
  const auto parts = split_port(host_port);
  if (!parts) return out + lower(host_port);
  // lower() also lowers escapes of the host; they go back to upper case.
  out += normal_escapes(lower(parts->host));
  std::int32_t port = -1;
  const bool drop = parts->port.empty() || (read_port(parts->port, port) && port == default_port(scheme));
  if (!drop) (out += ':') += parts->port;
  return out;
}

}  // namespace

std::string normal_uri(std::string_view uri) {
  const auto parts = split(uri);
  if (!parts) return normal_escapes(uri);
  const std::string scheme = lower(parts->scheme);
  std::string out = scheme + ':';
  if (parts->has_authority) (out += "//") += normal_authority(scheme, normal_escapes(parts->authority));
  const std::size_t end = std::min(parts->rest.find_first_of("?#"), parts->rest.size());
  std::string path = normal_escapes(parts->rest.substr(0, end));
  if (path.starts_with('/')) path = without_dot_segments(path);
  const bool web = default_port(scheme) >= 0;
  if (path.empty() && parts->has_authority && web) path = "/";
  out += path;
  out += normal_escapes(parts->rest.substr(end));
  return out;
}

}  // namespace policy
