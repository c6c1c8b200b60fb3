// Which header fields go on, in both directions. Everything does that is not listed here: a client's trace ids, keys
// reach its server as if nobody stood between. What must stay true: a field that belongs to one connection,
// that speaks about bytes which we write anew, or that tells who called from where, ends here; a field that the
// operator set (--header) is the only one of its name. Names are compared without case and with "_" for "-", since
// programs behind gateways read them so. Pure.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "http/fields.h"
#include "tools/param_headers.h"

namespace transport {

struct ForwardRules {
  // The client's own Authorization (and DPoP) is sent on: there is no listener token and no --header Authorization.
  bool client_authorization = false;
  std::vector<http::OwnedField> own;  // --header, with their values; each name once
};

// What a request to the server has of what the client sent, then `mirrors`, then the rules' own, then
// Accept-Encoding: identity. Not Host, Content-Length and Mcp-Session-Id, which the caller knows.
//
// Not sent on: what is hop by hop or named by Connection; Content-Encoding and digests of the content; Expect; Range;
// the session's id (ours is another); mirrored fields (transport/mirrors.h; `params` as there); Origin, Referer and
// what browsers add about the page (the caller's page is judged here); Forwarded, X-Forwarded-* and what else names the
// client's address; what asks for another method or URL than was judged; cookies,
// which belong to one origin.
std::vector<http::OwnedField> to_server(const http::Fields& from_client, const ForwardRules& rules,
                                        std::span<const http::OwnedField> mirrors, const tools::ParamHeaders* params);

// What a response to the client has of what the server sent. Not Content-Type, which the caller passes on by itself,
// and with `is_stream` nothing that the head of an event stream says already (http::write_sse_head).
//
// Not passed on: cookies; what is hop by hop or named by Connection; Content-Encoding and digests; the session's id;
// what would lead the client or its browser around us or act on our origin (Location, Alt-Svc,
// Strict-Transport-Security, Access-Control-*, Clear-Site-Data).
std::vector<http::OwnedField> to_client(const http::Fields& from_server, bool is_stream);

}  // namespace transport
