// Lists of hosts and origins.
#include "transport/callers.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "http/authority.h"
#include "http/chars.h"

namespace transport {
namespace {

constexpr std::array<std::string_view, 3> loopback_names{"localhost", "127.0.0.1", "[::1]"};

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), http::lower);
  return out;
}

// "2001:db8::1" as "[2001:db8::1]".
bool is_address(std::string_view host, std::string_view address) {
  if (!address.contains(':')) return http::equal_ignoring_case(host, address);
  return host.size() == address.size() + 2 && host.starts_with('[') &&
         http::equal_ignoring_case(host.substr(1, address.size()), address);
}

std::string quoted(std::string_view text) { return '"' + base::printable(text, 80) + '"'; }

}  // namespace

base::Result<AllowedHosts> AllowedHosts::make(const std::vector<std::string>& entries) {
  AllowedHosts out;
  for (const std::string& entry : entries) {
    const auto read = http::parse_authority(entry);
    if (!read) {
      return base::fail("--allow-host " + quoted(entry) +
                        ": write a host name or an address, perhaps with a port; wildcards and URLs are not taken");
    }
    out.entries_.push_back({lowered(read->host), read->port});
  }
  return out;
}

bool AllowedHosts::allow(std::string_view authority, const Arrival& arrival) const {
  const auto read = http::parse_authority(authority);
  if (!read) return false;
  const auto same_host = [&](std::string_view name) { return http::equal_ignoring_case(read->host, name); };
  if (!read->port || *read->port == arrival.port) {
    if (arrival.loopback_names && std::ranges::any_of(loopback_names, same_host)) return true;
    if (!arrival.local_host.empty() && is_address(read->host, arrival.local_host)) return true;
  }
  const std::uint16_t port = read->port.value_or(arrival.is_tls ? 443 : 80);
  return std::ranges::any_of(entries_,
                             [&](const Entry& e) { return same_host(e.host) && (!e.port || *e.port == port); });
}

std::optional<std::string> canonical_origin(std::string_view origin) {
  const std::size_t end = origin.find("://");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  std::string scheme = lowered(origin.substr(0, end));
  const bool is_scheme = http::is_alpha(scheme[0]) && std::ranges::all_of(scheme, [](char c) {
                           return http::is_alpha(c) || http::is_digit(c) || c == '+' || c == '-' || c == '.';
                         });
  const auto authority = http::parse_authority(origin.substr(end + 3));
  if (!is_scheme || !authority) return std::nullopt;
  const unsigned own = scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
  std::string out = std::move(scheme) + "://" + lowered(authority->host);
  if (authority->port && *authority->port != own) out += ":" + std::to_string(*authority->port);
  return out;
}

base::Result<AllowedOrigins> AllowedOrigins::make(const std::vector<std::string>& entries) {
  AllowedOrigins out;
  for (const std::string& entry : entries) {
    auto origin = canonical_origin(entry);
    if (!origin) {
      return base::fail(
          "--allow-origin " + quoted(entry) +
          ": write scheme://host or scheme://host:port, without a path; \"*\" and \"null\" are not taken, "
          "since every page would be let in");
    }
    out.origins_.push_back(std::move(*origin));
  }
  return out;
}

bool AllowedOrigins::allow(std::string_view origin) const {
  if (origins_.empty()) return false;
  const auto read = canonical_origin(origin);
  return read && std::ranges::find(origins_, *read) != origins_.end();
}

bool is_own_origin(std::string_view origin, std::string_view authority, bool is_tls) {
  const auto theirs = canonical_origin(origin);
  return theirs && theirs == canonical_origin((is_tls ? "https://" : "http://") + std::string(authority));
}

}  // namespace transport
