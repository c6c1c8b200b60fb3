// The lists of what ends here.
#include "transport/forward.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/chars.h"
#include "transport/cors.h"
#include "transport/mirrors.h"

namespace transport {
namespace {

// In both directions: what speaks about the bytes of the content, and the session, which has another id on each side.
constexpr std::array<std::string_view, 9> content{"expect",         "content-encoding", "content-digest",
                                                  "repr-digest",    "digest",           "content-md5",
                                                  "content-length", "content-range",    "mcp-session-id"};

constexpr std::array<std::string_view, 21> of_requests{
    "host", "accept-encoding", "range", "if-range", "want-digest", "want-content-digest", "want-repr-digest",
    // Another origin's: ours is not the server's.
    "cookie",
    // Who called, from where. Servers judge the caller by these: what they see is us.
    "origin", "referer", "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
    "cf-connecting-ip",
    // Another method or URL than was judged.
    "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"};
constexpr std::array<std::string_view, 4> of_requests_by_prefix{"x-forwarded-", "sec-fetch-", "access-control-",
                                                                "sec-websocket-"};

constexpr std::array<std::string_view, 9> of_responses{"set-cookie",
                                                       "content-type",
                                                       "location",
                                                       "content-location",
                                                       "refresh",
                                                       "alt-svc",
                                                       "strict-transport-security",
                                                       "clear-site-data",
                                                       "accept-ranges"};
constexpr std::array<std::string_view, 3> of_streams{"cache-control", "x-accel-buffering", "pragma"};

// In lower case, with hyphens. Written over for each field: no allocation once it has grown.
std::string_view plain(std::string_view name, std::string& scratch) {
  scratch.assign(name);
  for (char& c : scratch) c = c == '_' ? '-' : http::lower(c);
  return scratch;
}

template <class List>
bool is_in(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_named_by(std::span<const http::OwnedField> fields, std::string_view plain_name, std::string& scratch) {
  return std::ranges::any_of(fields, [&](const http::OwnedField& f) { return plain(f.name, scratch) == plain_name; });
}

bool ends_here(std::string_view name, const ForwardRules& rules, const tools::ParamHeaders* params) {
  if (is_in(content, name) || is_in(of_requests, name) || is_mirror(name, params)) return true;
  if (name == "authorization" || name == "dpop") return !rules.client_authorization;
  return std::ranges::any_of(of_requests_by_prefix, [&](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<http::OwnedField> to_server(const http::Fields& from_client, const ForwardRules& rules,
                                        std::span<const http::OwnedField> mirrors, const tools::ParamHeaders* params) {
  std::vector<http::OwnedField> out;
  out.reserve(from_client.size() + mirrors.size() + rules.own.size() + 1);
  std::string name, other;
  for (const http::Field& field : from_client) {
    plain(field.name, name);
    if (ends_here(name, rules, params) || is_mirror(field.name, params)) continue;
    if (from_client.is_hop_by_hop(field.name) || from_client.is_hop_by_hop(name)) continue;
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
  std::string name;
  for (const http::Field& field : from_server) {
    plain(field.name, name);
    if (is_in(content, name) || is_in(of_responses, name) || is_cors(name)) continue;
    if (is_stream && is_in(of_streams, name)) continue;
    if (from_server.is_hop_by_hop(field.name) || from_server.is_hop_by_hop(name)) continue;
    out.push_back({std::string(field.name), std::string(field.value)});
  }
  return out;
}

}  // namespace transport
