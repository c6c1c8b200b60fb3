// Whom and what a listener serves: decided from a request's head alone, before a byte of its content is looked at.
// What must stay true: a request that no rule of here lets in is answered with a refusal; the refusal tells nothing
// that a stranger does not know (no path, no name, no token). Only the endpoint, the two paths of HTTP+SSE and the two
// OAuth metadata documents exist. Pure and immutable: one guard may serve several threads.
//
// The order: Host (403), Origin (403), path (404), preflights (204), method (405), token (401), content (400, 415),
// Accept (406).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "http/fields.h"
#include "http/head.h"
#include "transport/callers.h"
#include "transport/tokens.h"

namespace transport {

// What a path is. Paths are compared byte for byte: nothing is decoded, "/mcp/" is not "/mcp".
enum class Route : std::uint8_t {
  none,
  endpoint,              // Streamable HTTP: POST, GET, DELETE
  sse,                   // HTTP+SSE: GET of the stream
  message,               // HTTP+SSE: POST of a message to the endpoint that we minted
  protected_resource,    // GET /.well-known/oauth-protected-resource (RFC 9728)
  authorization_server,  // GET /.well-known/oauth-authorization-server (RFC 8414)
};

struct GuardOptions {
  std::string endpoint_path = "/mcp";
  std::string sse_path;         // "": HTTP+SSE is not served
  std::string message_path;     // with sse_path
  bool oauth_metadata = false;  // the two documents exist (the server speaks HTTP and gets the client's Authorization)
  std::vector<std::string> allow_hosts;    // --allow-host
  std::vector<std::string> allow_origins;  // --allow-origin
  ListenerTokens tokens;                   // --listen-token-file
  // Refuse a POST to the endpoint that does not accept JSON and event streams, and a GET that does not accept event
  // streams. Off where the server judges it itself (its Accept is forwarded). Unlike the official SDK's servers we
  // let "*/*" and no Accept at all count for both: whoever sends that takes what comes.
  bool judge_accept = true;
};

struct Caller {
  std::uint16_t port = 0;          // the listener's
  bool bound_to_loopback = false;  // the listener is
  bool peer_is_loopback = false;   // the connection comes from this machine
  std::string_view local_host;     // as Arrival::local_host
  bool is_tls = false;
};

struct Admission {
  unsigned status = 0;  // 0: serve it; else answer with this, without looking at the content
  std::string reason;   // of a refusal, for people: says what was found and which flag lets it in
  Route route = Route::none;
  bool with_path = false;  // of the two documents: the endpoint's path follows ("/.well-known/…/mcp")
  // To be added to whatever is answered, by us or from the server: CORS, Allow, WWW-Authenticate.
  std::vector<http::OwnedField> fields;
  // To which a session is bound: the digest of the listener token, or else of Authorization.
  std::optional<base::Digest> credential;

  bool served() const { return status == 0; }
};

class Guard {
 public:
  // Errors name the flag and the entry.
  static base::Result<Guard> make(const GuardOptions& options);
  Admission judge(const http::RequestHead& head, const Caller& caller) const;

 private:
  explicit Guard(const GuardOptions& options) : options_(options) {}
  void judge_host(const http::RequestHead& head, const Caller& caller, Admission& out) const;
  void judge_origin(const http::RequestHead& head, const Caller& caller, Admission& out) const;
  void find_route(const http::RequestHead& head, Admission& out) const;
  void judge_method(const http::RequestHead& head, Admission& out) const;
  void judge_token(const http::RequestHead& head, Admission& out) const;
  void judge_content(const http::RequestHead& head, Admission& out) const;
  void judge_accept(const http::RequestHead& head, Admission& out) const;

  GuardOptions options_;
  AllowedHosts hosts_;
  AllowedOrigins origins_;
};

// How open a listener may be: an address that other machines reach needs TLS and a token. An error says which of both
// is missing, how to set it, and that --insecure-public insists.
base::Result<void> check_exposure(bool bound_to_loopback, bool has_tls, bool has_tokens, bool insecure_public);

}  // namespace transport
