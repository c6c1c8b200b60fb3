// What a head must be beyond its grammar: the rules that leave it one framing, one host and one value for every field
// that matters. Beast, and many servers, let pass what is refused here.
// What must stay true: a rule looks at the head alone, so the same head is always judged alike.
#pragma once
#include <optional>

#include "http/grammar.h"
#include "http/head.h"

namespace http {

// The request line, before the fields have come: HTTP/0.9 and HTTP/2 would leave us waiting for them. Without line end.
std::optional<Refusal> judge_request_line(std::string_view line);
std::optional<Refusal> judge_status_line(std::string_view line);

// Fills `out` from `raw`, or says why it is refused. `out` has views into `raw`'s fields.
std::optional<Refusal> judge_request(const RawHead& raw, const Limits& limits, RequestHead& out);

// `to_head`: the response is to a HEAD request. Content-Length is not held to the limit here.
std::optional<Refusal> judge_response(const RawHead& raw, bool to_head, ResponseHead& out);

}  // namespace http
