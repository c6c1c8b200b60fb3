// The decision, rule by rule.
#include "transport/guard.h"

#include "base/strings.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/media.h"
#include "transport/cors.h"

namespace transport {
namespace {

constexpr std::string_view protected_resource_path = "/.well-known/oauth-protected-resource";
constexpr std::string_view authorization_server_path = "/.well-known/oauth-authorization-server";

void refuse(Admission& out, unsigned status, std::string reason) {
  out.status = status;
  out.reason = std::move(reason);
}

std::string quoted(std::string_view text) { return '"' + base::printable(text, 80) + '"'; }

std::string_view methods_of(Route route) {
  switch (route) {
    case Route::endpoint:
      return "GET, POST, DELETE, OPTIONS";
    case Route::message:
      return "POST, OPTIONS";
    default:
      return "GET, OPTIONS";
  }
}

bool serves(Route route, http::Method method) {
  switch (method) {
    case http::Method::get:
      return route != Route::message;
    case http::Method::post:
      return route == Route::endpoint || route == Route::message;
    case http::Method::delete_:
      return route == Route::endpoint;
    case http::Method::options:
      return true;
    default:
      return false;
  }
}

// application/json, in UTF-8 if it says anything about it (RFC 8259 section 8.1 knows nothing else).
bool is_json(std::string_view content_type) {
  const auto media = http::MediaType::parse(content_type);
  if (!media || !media->is("application/json")) return false;
  const auto charset = media->parameter("charset");
  return !charset || http::equal_ignoring_case(*charset, "utf-8") || http::equal_ignoring_case(*charset, "utf8");
}

bool is_path(std::string_view path) {
  const auto target = http::parse_target(path);
  return target && target->scheme.empty() && target->path == path && path.starts_with('/');
}

}  // namespace

base::Result<Guard> Guard::make(const GuardOptions& options) {
  Guard guard(options);
  for (const std::string* path : {&options.endpoint_path, &options.sse_path, &options.message_path}) {
    if (path != &options.endpoint_path && path->empty()) continue;
    if (!is_path(*path)) return base::fail("the path " + quoted(*path) + " must begin with / and have no query");
  }
  auto hosts = AllowedHosts::make(options.allow_hosts);
  if (!hosts) return std::unexpected(hosts.error());
  auto origins = AllowedOrigins::make(options.allow_origins);
  if (!origins) return std::unexpected(origins.error());
  guard.hosts_ = std::move(*hosts);
  guard.origins_ = std::move(*origins);
  return guard;
}

Admission Guard::judge(const http::RequestHead& head, const Caller& caller) const {
  Admission out;
  judge_host(head, caller, out);
  if (out.served()) judge_origin(head, caller, out);
  if (out.served()) find_route(head, out);
  if (out.served()) judge_method(head, out);
  if (out.served()) judge_token(head, out);
  if (out.served()) judge_content(head, out);
  if (out.served() && options_.judge_accept) judge_accept(head, out);
  return out;
}

void Guard::judge_host(const http::RequestHead& head, const Caller& caller, Admission& out) const {
  const Arrival arrival{.port = caller.port,
                        .loopback_names = caller.bound_to_loopback || caller.peer_is_loopback,
                        .local_host = caller.local_host,
                        .is_tls = caller.is_tls};
  if (hosts_.allow(head.authority, arrival)) return;
  refuse(out, 403,
         "Host " + quoted(head.authority) +
             " is not a name of this listener (protection against DNS rebinding): call it by the address it listens "
             "on, or allow the name with --allow-host");
}

// A page's request has Origin, unless it asks in a way that the page cannot read (an image, a link): then the browser
// says by Sec-Fetch-Site that another site asked. A server would be started for that, or a stream opened.
void Guard::judge_origin(const http::RequestHead& head, const Caller& caller, Admission& out) const {
  if (!origins_.empty()) out.fields.push_back({"Vary", "Origin"});
  const auto origin = head.fields.find("Origin");
  if (!origin) {
    const std::string_view site = head.fields.value_or("Sec-Fetch-Site", "none");
    if (site == "none" || site == "same-origin") return;
    return refuse(out, 403, "a page of another site may not call this listener");
  }
  if (origins_.allow(*origin)) return add_cors(out.fields, *origin);
  if (is_own_origin(*origin, head.authority, caller.is_tls)) return;
  refuse(out, 403,
         "Origin " + quoted(*origin) + " may not call this listener: pages that may are listed with --allow-origin");
}

void Guard::find_route(const http::RequestHead& head, Admission& out) const {
  const auto document = [&](std::string_view path) {
    if (!options_.oauth_metadata || !head.path.starts_with(path)) return false;
    const std::string_view rest = head.path.substr(path.size());
    out.with_path = !rest.empty();
    return rest.empty() || rest == options_.endpoint_path;
  };
  if (head.path == options_.endpoint_path) {
    out.route = Route::endpoint;
  } else if (!options_.sse_path.empty() && head.path == options_.sse_path) {
    out.route = Route::sse;
  } else if (!options_.message_path.empty() && head.path == options_.message_path) {
    out.route = Route::message;
  } else if (document(protected_resource_path)) {
    out.route = Route::protected_resource;
  } else if (document(authorization_server_path)) {
    out.route = Route::authorization_server;
  } else {
    refuse(out, 404, "there is nothing at this path");
  }
}

void Guard::judge_method(const http::RequestHead& head, Admission& out) const {
  const std::string_view allowed = methods_of(out.route);
  if (head.method == http::Method::options) {
    out.status = 204;
    if (is_preflight(head)) {
      add_preflight(out.fields, head, allowed);
    } else {
      out.fields.push_back({"Allow", std::string(allowed)});
    }
    return;
  }
  if (serves(out.route, head.method)) return;
  out.fields.push_back({"Allow", std::string(allowed)});
  refuse(out, 405, quoted(head.method_name) + " is not served here: " + std::string(allowed) + " are");
}

void Guard::judge_token(const http::RequestHead& head, Admission& out) const {
  if (options_.tokens.empty()) {
    out.credential = credential_of(head.fields);
    return;
  }
  out.credential = options_.tokens.match(head.fields);
  if (out.credential) return;
  const bool sent = head.fields.find("Authorization").has_value();
  out.fields.push_back({"WWW-Authenticate", sent ? "Bearer error=\"invalid_token\"" : "Bearer"});
  refuse(out, 401,
         sent ? "the token is not one that this listener takes"
              : "this listener asks for a token: send \"Authorization: Bearer …\"");
}

void Guard::judge_content(const http::RequestHead& head, Admission& out) const {
  const auto encoding = head.fields.find("Content-Encoding");
  if (encoding && !http::equal_ignoring_case(*encoding, "identity")) {
    out.fields.push_back({"Accept-Encoding", "identity"});
    return refuse(out, 415, "Content-Encoding " + quoted(*encoding) + " is not taken: send the content as it is");
  }
  if (head.method != http::Method::post) {
    if (head.framing != http::Framing::none) refuse(out, 400, quoted(head.method_name) + " has no content here");
    return;
  }
  const auto type = head.fields.find("Content-Type");
  if (type && is_json(*type)) return;
  refuse(out, 415,
         type ? "Content-Type must be application/json in UTF-8, not " + quoted(*type)
              : "Content-Type is missing: send application/json");
}

void Guard::judge_accept(const http::RequestHead& head, Admission& out) const {
  const bool streams = http::accepts(head.fields, "text/event-stream");
  if (head.method == http::Method::get && (out.route == Route::endpoint || out.route == Route::sse)) {
    if (!streams) refuse(out, 406, "Accept must list text/event-stream");
    return;
  }
  if (head.method != http::Method::post || out.route != Route::endpoint) return;
  if (streams && http::accepts(head.fields, "application/json")) return;
  refuse(out, 406, "Accept must list both application/json and text/event-stream");
}

base::Result<void> check_exposure(bool bound_to_loopback, bool has_tls, bool has_tokens, bool insecure_public) {
  if (bound_to_loopback || insecure_public || (has_tls && has_tokens)) return {};
  std::string missing = has_tls ? "" : "TLS (a certificate with its key)";
  if (!has_tokens) missing += std::string(missing.empty() ? "" : " and ") + "a token (--listen-token-file)";
  return base::fail("an address that other machines can reach needs " + missing +
                    ": set what is missing, bind to 127.0.0.1, or insist with --insecure-public");
}

}  // namespace transport
