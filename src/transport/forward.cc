// The lists of what ends here.
#include "transport/forward.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/chars.h"
#include "http/name_set.h"
#include "transport/cors.h"
#include "transport/mirrors.h"

namespace transport {
namespace {

// In both directions: what speaks about the bytes of the content, and the session, which has another id on each side.
constexpr http::NameSet content(std::to_array<std::string_view>({"expect", "content-encoding", "content-digest",
                                                                 "repr-digest", "digest", "content-md5",
                                                                 "content-length", "content-range", "mcp-session-id"}));

constexpr http::NameSet of_requests(std::to_array<std::string_view>(
    {"host", "accept-encoding", "range", "if-range", "want-digest", "want-content-digest", "want-repr-digest",
     // Another origin's: ours is not the server's.
     "cookie",
     // Who called, from where. Servers judge the caller by these: what they see is us.
     "origin", "referer", "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
     "cf-connecting-ip",
     // Another method or URL than was judged.
     "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"}));
constexpr std::array<std::string_view, 4> of_requests_by_prefix{"x-forwarded-", "sec-fetch-", "access-control-",
                                                                "sec-websocket-"};

constexpr http::NameSet of_responses(
    std::to_array<std::string_view>({"set-cookie", "content-type", "location", "content-location", "refresh", "alt-svc",
                                     "strict-transport-security", "clear-site-data", "accept-ranges"}));
constexpr http::NameSet of_streams(std::to_array<std::string_view>({"cache-control", "x-accel-buffering", "pragma"}));

// With hyphens. `scratch` is written over for each field that needs it.
std::string_view plain(std::string_view name, std::string& scratch) {
  if (!name.contains('_')) return name;
  scratch.assign(name);
  std::ranges::replace(scratch, '_', '-');
  return scratch;
}

// As it is spelt, and as it is read by who takes "_" for "-".
bool is_hop_by_hop(const http::Fields& fields, std::string_view name, std::string_view plain_name) {
  return fields.is_hop_by_hop(name) || (plain_name.data() != name.data() && fields.is_hop_by_hop(plain_name));
}

bool is_named_by(std::span<const http::OwnedField> fields, std::string_view plain_name, std::string& scratch) {
  return std::ranges::any_of(
      fields, [&](const http::OwnedField& f) { return http::same_name(plain(f.name, scratch), plain_name); });
}

bool ends_here(std::string_view name, const ForwardRules& rules, const tools::ParamHeaders* params) {
  if (content.contains(name) || of_requests.contains(name) || is_mirror(name, params)) return true;
  if (http::same_name(name, "authorization") || http::same_name(name, "dpop")) return !rules.client_authorization;
  return std::ranges::any_of(of_requests_by_prefix,
                             [&](auto prefix) { return http::starts_with_ignoring_case(name, prefix); });
}

}  // namespace

std::vector<http::OwnedField> to_server(const http::Fields& from_client, const ForwardRules& rules,
                                        std::span<const http::OwnedField> mirrors, const tools::ParamHeaders* params) {
  std::vector<http::OwnedField> out;
  out.reserve(from_client.size() + mirrors.size() + rules.own.size() + 1);
  std::string scratch, other;
  for (const http::Field& field : from_client) {
    const std::string_view name = plain(field.name, scratch);
    if (ends_here(name, rules, params) || (name.data() != field.name.data() && is_mirror(field.name, params))) continue;
    if (is_hop_by_hop(from_client, field.name, name)) continue;
    if (is_named_by(mirrors, name, other) || is_named_by(rules.own, name, other)) continue;
    out.push_back({std::string(field.name), std::string(field.value)});
  }
  out.insert(out.end(), mirrors.begin(), mirrors.end());
  out.insert(out.end(), rules.own.begin(), rules.own.end());
  out.push_back({"Accept-Encoding", "identity"});
  return out;
}

std::vector<http::OwnedField> to_client(const http::Fields& from_server, bool is_stream) {
  std::vector<http::OwnedField> out;
  out.reserve(from_server.size());
  std::string scratch;
  for (const http::Field& field : from_server) {
    const std::string_view name = plain(field.name, scratch);
    if (content.contains(name) || of_responses.contains(name) || is_cors(name)) continue;
    if (is_stream && of_streams.contains(name)) continue;
    if (is_hop_by_hop(from_server, field.name, name)) continue;
    out.push_back({std::string(field.name), std::string(field.value)});
  }
  return out;
}

}  // namespace transport
