// Access-Control-* fields.
#include "transport/cors.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/chars.h"

namespace transport {
namespace {

constexpr std::array<std::string_view, 11> known{
    "Accept",     "Authorization", "Content-Type",   "Last-Event-ID", "MCP-Protocol-Version",
    "Mcp-Method", "Mcp-Name",      "Mcp-Session-Id", "traceparent",   "tracestate",
    "baggage"};
constexpr std::size_t max_asked = 64;
constexpr std::size_t max_asked_bytes = 4096;

}  // namespace

bool is_preflight(const http::RequestHead& head) {
  return head.method == http::Method::options && head.fields.find("Origin") &&
         head.fields.find("Access-Control-Request-Method");
}

void add_cors(std::vector<http::OwnedField>& out, std::string_view origin) {
  out.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  out.push_back({"Access-Control-Expose-Headers",
                 "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Last-Event-ID, Retry-After"});
}

void add_preflight(std::vector<http::OwnedField>& out, const http::RequestHead& head, std::string_view methods) {
  std::string headers;
  for (const std::string_view name : known) headers.append(headers.empty() ? "" : ", ").append(name);
  std::string_view asked = head.fields.value_or("Access-Control-Request-Headers", "");
  std::size_t count = 0;
  while (const auto name = http::next_element(asked)) {
    const bool is_known = std::ranges::any_of(known, [&](auto k) { return http::equal_ignoring_case(k, *name); });
    if (is_known || !http::is_token(*name) || *name == "*") continue;
    if (++count > max_asked || headers.size() + name->size() > max_asked_bytes) break;
    headers.append(", ").append(*name);
  }
  out.push_back({"Access-Control-Allow-Methods", std::string(methods)});
  out.push_back({"Access-Control-Allow-Headers", std::move(headers)});
  out.push_back({"Access-Control-Max-Age", "600"});
  // A page of the internet calls an address of a private network: browsers ask for leave by this name.
  if (head.fields.value_or("Access-Control-Request-Private-Network", "") == "true") {
    out.push_back({"Access-Control-Allow-Private-Network", "true"});
  }
}

bool is_cors(std::string_view name) { return http::starts_with_ignoring_case(name, "Access-Control-"); }

}  // namespace transport
