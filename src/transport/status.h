// HTTP statuses of JSON-RPC answers, and the body of a refusal that answers no JSON-RPC request.
// What must stay true: a denial is an answer like any other (200): clients of all eras show it to their model, and none
// takes it for a reason to try another transport or era.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/fields.h"
#include "json/document.h"

namespace transport {

// error.code of an answer, as far as it is a whole number that fits; 0 for results and everything else.
int error_code_of(json::Value answer);

// The status of an answer that we made ourselves to a POST. `modern`: the request declared 2026-07-28 or later.
//   -32700, -32600                        400 in every era
//   -32602, -32020, -32021, -32022        400 in the modern one: what is wrong with fields and _meta
//   -32601                                404 in the modern one
//   results, denials, everything else     200
unsigned status_of_own(int error_code, bool modern);

// The status of an answer that a server gave over stdio, which has none. As the official SDK's servers do it: an error
// of a handler is an answer like any other, so -32602 (an unknown tool, say) is 200 here.
unsigned status_of_servers(int error_code, bool modern);

// {"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":…}}: what the official SDK's servers send with 4xx and
// 5xx. The code belongs to no era. `reason` may hold anything; it is made printable. No line feed.
std::string refusal_body(std::string_view reason);

// Retry-After for 429 and 503: `wait` in whole seconds, rounded up, from 1 to an hour. Nothing for other statuses.
std::optional<http::OwnedField> retry_after(unsigned status, base::Duration wait);

}  // namespace transport
