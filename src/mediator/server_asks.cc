// Requests that travel inside other messages: inputRequests of a result or of a task, and the URLs of error -32042.
// Each is ruled and recorded as if the server had sent it by itself; if one is refused, the client sees none of them.
#include <algorithm>
#include <string>

#include "base/decimal.h"
#include "base/unicode.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {
namespace {

constexpr auto server = mcp::Direction::server_to_client;

bool asks_for_urls(json::Value error) {
  const json::Value code = error.find("code");
  if (!code.is_number()) return false;
  return base::Decimal::parse(code.number()) == base::Decimal::parse(std::to_string(mcp::url_elicitation_required));
}

// A key that a peer which ignores case would read as "method" or "params".
std::string_view look_alike_of(json::Value request) {
  for (const json::Member m : request.members()) {
    if (base::is_look_alike(m.key, "method") || base::is_look_alike(m.key, "params")) return m.key;
  }
  return {};
}

}  // namespace

bool Session::Impl::asks_inside(const mcp::Message& m) {
  if (m.kind == mcp::Kind::error) return asks_for_urls(m.error);
  const json::Value holder = m.kind == mcp::Kind::result ? m.result : m.params;
  for (const json::Member part : holder.members()) {
    if (base::equal_folded(part.key, "inputRequests")) return true;
  }
  return asks_for_urls(holder.find("error"));
}

Inner Session::Impl::rule_asks(const mcp::Message& m) {
  Inner inner;
  if (m.kind == mcp::Kind::error) {
    rule_urls(m.error, inner);
  } else {
    const json::Value holder = m.kind == mcp::Kind::result ? m.result : m.params;
    rule_input_requests(holder, inner);
    if (!inner.refused) rule_urls(holder.find("error"), inner);  // of a task that failed
  }
  const auto how = inner.refused ? limits::Settlement::undelivered : limits::Settlement::keep;
  for (const Held& held : inner.held) settle(held, how);
  return inner;
}

void Session::Impl::rule_input_requests(json::Value holder, Inner& inner) {
  for (const json::Member part : holder.members()) {
    if (!base::equal_folded(part.key, "inputRequests")) continue;
    for (const json::Member request : part.value.members()) {
      rule_inner(request.value.find("method").string(), request.value.find("params"), look_alike_of(request.value),
                 inner);
      if (inner.refused) return;
    }
  }
}

void Session::Impl::rule_urls(json::Value error, Inner& inner) {
  if (!asks_for_urls(error)) return;
  for (const json::Value elicitation : error.find("data").find("elicitations").elements()) {
    rule_inner("elicitation/create", elicitation, {}, inner);
    if (inner.refused) return;
  }
}

void Session::Impl::rule_inner(std::string_view method, json::Value params, std::string_view look_alike, Inner& inner) {
  mcp::Message m;
  m.kind = mcp::Kind::notification;  // it has no id of its own
  m.method_name = method;
  m.method = mcp::find_method(method);
  m.params = params.is_object() ? params : json::Value();
  evaluate(m, server, m.params);
  inner.ruled = true;
  inner.refused = refusal_of_verdict(server);
  if (!look_alike.empty()) {
    inner.refused = Refused{"wire", {}, "A request of the server has a key that only looks like one", std::nullopt, {}};
  }
  Held held;
  if (!inner.refused) inner.refused = reserve(held);
  if (!inner.refused) count_shadow(held);
  inner.held.push_back(held);
  std::string id = next_decision_id();
  record_decision(m, server, id, inner.refused ? "deny" : "allow", inner.refused ? &*inner.refused : nullptr);
  if (inner.refused)
    inner.decision_id = std::move(id);
  else
    inner.decisions.push_back(std::move(id));
}

}  // namespace mediator
