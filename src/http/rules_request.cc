// The rules of a request's head.
#include <algorithm>
#include <array>

#include "http/authority.h"
#include "http/chars.h"
#include "http/rules.h"
#include "http/rules_fields.h"

namespace http {
namespace {

Method method_of(std::string_view name) {
  if (name == "POST") return Method::post;
  if (name == "GET") return Method::get;
  if (name == "DELETE") return Method::delete_;
  if (name == "OPTIONS") return Method::options;
  if (name == "HEAD") return Method::head;
  if (name == "PUT") return Method::put;
  if (name == "PATCH") return Method::patch;
  return Method::other;
}

std::optional<Refusal> judge_host(const Facts& facts, const Target& target) {
  if (!facts.has.has(Name::host)) return Refusal{400, "the request has no Host header"};
  const auto host = parse_authority(facts.value(Name::host));
  if (!host)
    return refuse(400, "Host must be a name or an address and perhaps a port, not \"", facts.value(Name::host), "\"");
  if (target.authority.empty()) return std::nullopt;
  const auto named = parse_authority(target.authority);
  const std::uint16_t port = target.scheme.size() == 5 ? 443 : 80;
  if (!named || !same_authority(*named, *host, port)) {
    return refuse(400, "the request target names another host (", target.authority, ") than the Host header");
  }
  return std::nullopt;
}

std::optional<Refusal> judge_target(const RawHead& raw, const Limits& limits, RequestHead& out, Target& target) {
  out.method_name = raw.method;
  out.method = method_of(raw.method);
  if (raw.target.size() > limits.target_bytes) return Refusal{414, "the request target is too long"};
  if (raw.method == "CONNECT") return Refusal{501, "CONNECT is not implemented: this is not a tunnel"};
  const auto read = parse_target(raw.target);
  if (!read) {
    return refuse(400, "the request target must be a path or an http URL of this host, without a fragment, not \"",
                  raw.target, "\"");
  }
  if (read->path == "*" && out.method != Method::options) {
    return Refusal{400, "the request target \"*\" exists for OPTIONS alone"};
  }
  target = *read;
  out.target = raw.target;
  out.path = target.path;
  out.query = target.query;
  return std::nullopt;
}

// Names in Connection are stripped by whoever forwards the message. A request that names a field that it needs wants
// somebody behind us to see less than we did.
std::optional<Refusal> judge_connection(const Fields& fields) {
  constexpr std::array<std::string_view, 3> more{"accept", "mcp-session-id", "forwarded"};
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Connection")) continue;
    std::string_view rest = field.value;
    while (const auto option = next_element(rest)) {
      if (option->empty()) continue;
      if (!is_token(*option)) return refuse(400, "Connection has an element that is no token: \"", *option, "\"");
      const Name name = name_of(*option);
      const bool needed = (name != Name::other && name != Name::upgrade) || is_disguised(*option) ||
                          std::ranges::any_of(more, [&](auto m) { return equal_ignoring_case(m, *option); });
      if (needed) return refuse(400, "Connection names ", *option, ", which must not be removed on the way");
    }
  }
  return std::nullopt;
}

std::optional<Refusal> judge_expectations(const Fields& fields, const Facts& facts) {
  if (facts.has.has(Name::expect) && !equal_ignoring_case(facts.value(Name::expect), "100-continue")) {
    return refuse(417, "Expect must be \"100-continue\", not \"", facts.value(Name::expect), "\"");
  }
  if (!facts.has.has(Name::upgrade)) return std::nullopt;
  // Clients that would like HTTP/2 ask with every request (Java's do); going on in HTTP/1.1 is an answer to that.
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Upgrade") || equal_ignoring_case(field.value, "h2c")) continue;
    return refuse(501, "upgrading to ", field.value, " is not supported");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> judge_request(const RawHead& raw, const Limits& limits, RequestHead& out) {
  out = {};
  Facts facts;
  Target target;
  out.minor_version = raw.minor_version;
  out.fields = Fields(raw.fields);
  if (auto refusal = judge_target(raw, limits, out, target)) return refusal;
  if (auto refusal = judge_framing_fields(raw, facts)) return refusal;
  if (auto refusal = judge_host(facts, target)) return refusal;
  if (auto refusal = facts.names_fields ? judge_connection(out.fields) : std::nullopt) return refusal;
  if (auto refusal = judge_expectations(out.fields, facts)) return refusal;
  if (facts.length > limits.body_bytes) {
    return Refusal{413, "Content-Length is " + std::to_string(facts.length) + ", the limit " +
                            std::to_string(limits.body_bytes) + " bytes"};
  }
  out.authority = facts.value(Name::host);
  out.content_length = facts.length;
  out.framing = facts.has.has(Name::transfer_encoding) ? Framing::chunked
                : facts.length > 0                     ? Framing::length
                                                       : Framing::none;
  out.keep_alive = stays_open(raw, facts);
  out.expects_continue = facts.has.has(Name::expect) && raw.minor_version == 1 && out.framing != Framing::none;
  return std::nullopt;
}

}  // namespace http
