// The rules of a response's head. A server is not an attacker of itself, but one that an attacker writes to may be made
// to split its answers: what has two readings is refused here too, and becomes an error for the call.
#include "http/chars.h"
#include "http/rules.h"
#include "http/rules_fields.h"

namespace http {
namespace {

bool has_no_content(unsigned status, bool to_head) { return to_head || status < 200 || status == 204 || status == 304; }

// A status that has no content must not announce one; those to HEAD and 304 say what GET would have brought.
std::optional<Refusal> judge_announced(const RawHead& raw, const Facts& facts) {
  const bool announced = facts.has.has(Name::transfer_encoding) || facts.length > 0;
  if ((raw.status < 200 || raw.status == 204) && announced) {
    return refuse(502, "a response of status ", std::to_string(raw.status), " announces content, which it cannot have");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> judge_response(const RawHead& raw, bool to_head, ResponseHead& out) {
  out = {};
  Facts facts;
  if (raw.status < 100 || raw.status > 599) {
    return refuse(502, "status ", std::to_string(raw.status), " does not exist");
  }
  if (raw.status == 101) return Refusal{502, "the server switches protocols, which it was not asked to"};
  if (auto refusal = judge_framing_fields(raw, facts)) return refusal;
  if (auto refusal = judge_announced(raw, facts)) return refusal;
  out.status = raw.status;
  out.reason = raw.reason;
  out.minor_version = raw.minor_version;
  out.fields = Fields(raw.fields);
  out.content_length = facts.length;
  if (has_no_content(raw.status, to_head)) {
    out.framing = Framing::none;
  } else if (facts.has.has(Name::transfer_encoding)) {
    out.framing = Framing::chunked;
  } else if (facts.has.has(Name::content_length)) {
    out.framing = facts.length > 0 ? Framing::length : Framing::none;
  } else {
    out.framing = Framing::until_close;
  }
  out.keep_alive = out.framing != Framing::until_close && stays_open(raw, facts);
  return std::nullopt;
}

}  // namespace http
