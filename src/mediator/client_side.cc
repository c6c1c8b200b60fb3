// What the client sends: read strictly, refused with a reason if it has not one meaning, else ruled.
#include <algorithm>

#include "base/strings.h"
#include "json/recover.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"
#include "mediator/subjects.h"

namespace mediator {
namespace {

constexpr auto client = mcp::Direction::client_to_server;
constexpr std::size_t max_id_bytes = std::size_t{64} << 10;  // ids are kept while a request is in flight
constexpr base::Duration cancelled_for = std::chrono::minutes(5);

// JSON that is complete but has two readings, or is over a limit, is an invalid request; the rest is no JSON.
int code_of(json::ErrorKind kind) {
  switch (kind) {
    case json::ErrorKind::duplicate_key:
    case json::ErrorKind::surrogate:
    case json::ErrorKind::too_deep:
    case json::ErrorKind::too_many_values:
    case json::ErrorKind::too_long:
      return mcp::invalid_request;
    default:
      return mcp::parse_error;
  }
}

Caller caller_of(const mcp::Message& m, Scope scope) { return {scope, &m.id, m.method, mcp::is_modern(m)}; }

}  // namespace

bool Session::Impl::on_client(std::string_view line, Scope scope) {
  inbox_.read(line, config_.client_budget);
  return on_client(inbox_, scope);
}

bool Session::Impl::on_client(const Inbox& read, Scope scope) {
  if (read.is_blank()) return true;
  if (read.text_error() != nullptr) return refuse_text(read, scope), true;
  if (read.message_error() != nullptr) return refuse_message(read, scope), true;
  const mcp::Message& m = read.message();
  switch (m.kind) {
    case mcp::Kind::request:
      return client_request(m, scope);
    case mcp::Kind::notification:
      return client_notification(m, scope);
    case mcp::Kind::result:
    case mcp::Kind::error:
      client_answer(m);
      break;
  }
  return true;
}

// The id of a request in flight must not be answered twice.
const mcp::Id* Session::Impl::answerable(const mcp::Id& id, Scope scope) const {
  return is_in_flight(scope, id.key) || id.text.size() > max_id_bytes ? nullptr : &id;
}

void Session::Impl::refuse_text(const Inbox& read, Scope scope) {
  const json::ReadError& error = *read.text_error();
  const auto recovered = json::certain_id(read.text());
  Caller to{scope};
  mcp::Id id;
  if (recovered) {
    json::Document document;
    if (document.read(recovered->id, json::Profile::strict) && mcp::read_id(document.root(), id) &&
        !is_in_flight(scope, id.key)) {
      // Without a method it was rather an answer: then the id is the server's, which waits.
      const bool answered = recovered->method.empty() && fail_ask(id.key, error.message);
      if (!answered) to.id = &id;
    }
  }
  to_client_.error(to, code_of(error.kind), "Message refused: " + error.message);
  notice("unreadable", "client", error.message);
  note(Level::warn, "a message of the client was refused: " + error.message);
}

void Session::Impl::on_client_oversized(std::string_view prefix, std::size_t limit, Scope scope) {
  (void)prefix;  // its id cannot be certain: another may follow in what was not kept
  const std::string why = "it is longer than the limit of " + std::to_string(limit) + " bytes";
  to_client_.error({scope}, mcp::invalid_request, "Message refused: " + why);
  notice("unreadable", "client", why);
  note(Level::warn, "a message of the client was refused: " + why);
}

void Session::Impl::refuse_message(const Inbox& read, Scope scope) {
  const mcp::MessageError& error = *read.message_error();
  notice("refused", "client", error.message);
  note(Level::warn, "a message of the client was refused: " + error.message);
  mcp::Id id;
  const bool has_id = mcp::read_id(read.root().find("id"), id);
  if (error.is_answer && has_id) fail_ask(id.key, error.message);
  if (!error.answerable) return;
  const bool certain = has_id && error.id_text == id.text;
  to_client_.error({scope, certain ? answerable(id, scope) : nullptr}, error.code, "Message refused: " + error.message);
}

// What the policy was not asked about is denied by nobody's rule.
void Session::Impl::refuse_client(const Inbox& read, Scope scope, int code, std::string_view reason_word,
                                  std::string text) {
  const mcp::Message& m = read.message();
  if (!read.is_message() || m.kind == mcp::Kind::result || m.kind == mcp::Kind::error) {
    notice("refused", "client", text);
    note(Level::warn, "a message of the client was refused: " + base::printable(text, 200));
    if (!read.is_message()) to_client_.error({scope}, code, text);
    return;
  }
  if (config_.sessionless) remember_client(m);
  verdict_.clear();
  lock_state_ = {};
  uncounted_.clear();
  known_ = known_from(m.method, client);
  collect_subjects(m, known_, m.params, subjects_);
  ++counts.calls, ++counts.denied;
  const Refused refused{reason_word, {}, std::move(text), std::nullopt, false};
  const std::string id = next_decision_id();
  record_decision(m, client, id, "deny", &refused);
  note_denial(m, refused, id);
  if (m.kind != mcp::Kind::request) return;
  Caller to = caller_of(m, scope);
  to.id = answerable(m.id, scope);
  to_client_.error(to, code, refused.message);
}

bool Session::Impl::client_request(const mcp::Message& m, Scope scope) {
  expire_cancelled();
  const bool is_ours = m.id.key.starts_with('s') && std::string_view(m.id.key).substr(1).starts_with(own_prefix_);
  if (is_in_flight(scope, m.id.key) || is_ours) {
    const std::string why = "the id " + base::printable(m.id.text, 60) + " is already in use by a request in flight";
    to_client_.error({scope}, mcp::invalid_request, "Message refused: " + why);
    notice("duplicate_id", "client", why);
    note(Level::warn, "a request of the client was refused: " + why);
    return true;
  }
  if (m.id.text.size() > max_id_bytes) {
    const std::string why = "an \"id\" of more than " + std::to_string(max_id_bytes) + " bytes";
    to_client_.error({scope}, mcp::invalid_request, "Message refused: " + why);
    notice("refused", "client", why);
    return true;
  }
  if (m.method != nullptr && m.method->notification) {
    to_client_.error(caller_of(m, scope), mcp::invalid_request,
                     "Message refused: " + std::string(m.method_name) + " is a notification and has no \"id\"");
    notice("refused", "client", "a notification with an id");
    return true;
  }
  if (server_gone_) {
    to_client_.error(caller_of(m, scope), mcp::answer_lost, "The server " + gone_how_);
    return true;
  }
  if (in_flight() >= config_.max_in_flight) {
    to_client_.error(caller_of(m, scope), mcp::invalid_request,
                     "Message refused: " + std::to_string(in_flight()) + " requests are in flight already");
    notice("refused", "client", "too many requests in flight");
    return true;
  }
  remember_client(m);
  return rule_call(m, scope, 0);
}

// Self-asserted, for records and for conditions on client.name. Where many clients share the session, what one says
// says nothing of the next.
void Session::Impl::remember_client(const mcp::Message& m) {
  json::Value info;
  if (m.method_name == "initialize") {
    info = m.params.find("clientInfo");
  } else if (m.meta) {
    info = m.meta.find("io.modelcontextprotocol/clientInfo");
  }
  const std::string_view name = info.find("name").string();
  if (config_.sessionless) client_name_.clear();
  if (!name.empty() && name != client_name_) client_name_ = name.substr(0, 256);
}

bool Session::Impl::client_notification(const mcp::Message& m, Scope scope) {
  if (m.method != nullptr && !m.method->notification) {
    const std::string why = base::printable(m.method_name, 60) + " is a request and needs an \"id\"";
    notice("refused", "client", why);
    note(Level::warn, "a message of the client was dropped: " + why);
    return true;
  }
  if (server_gone_) return true;
  if (config_.sessionless) remember_client(m);
  evaluate(m, client, m.params);
  if (verdict_.needs_store) return false;
  if (const auto refused = refusal_of_verdict(client)) return refuse(m, client, scope, *refused), true;
  if (!store_is_ready()) return false;
  Held held;
  if (const auto refused = reserve(held)) return refuse(m, client, scope, *refused), true;
  count_shadow(held);
  if (m.method_name == "notifications/cancelled" && !client_cancels(m, scope)) {
    settle(held, limits::Settlement::undelivered);
    return true;
  }
  if (m.method_name == "notifications/initialized") initialized_ = true;
  const bool ruled = is_ruled();
  std::vector<std::string> decisions;
  if (ruled) record_decision(m, client, decisions.emplace_back(next_decision_id()), "allow", nullptr);
  append_forwarded(m, client, scope, ruled, held, held.durable, std::move(decisions));
  return true;
}

bool Session::Impl::client_cancels(const mcp::Message& m, Scope scope) {
  mcp::Id id;
  if (!mcp::read_id(m.params.find("requestId"), id)) return true;
  const auto it = find_call(scope, id.key);
  return it == calls_.end() || cancel(it);
}

// The server may go on with a cancelled call and answer it, or do neither: for five minutes its leases are held, and
// identical calls wait for its result.
bool Session::Impl::cancel(StringMap<Call>::iterator it) {
  if (it->second.stage == Stage::forwarded) {
    if (std::exchange(it->second.cancelled, true)) return true;
    cancelled_.push_back({it->first, clock_.boot() + cancelled_for});
    expire_cancelled();
    return true;
  }
  const std::string key = it->first;
  const auto taken = take_call(it);
  const Call& call = taken.mapped();
  if (call.stage == Stage::needs_twin) replays_.stop_waiting(call.replay_key, key);
  if (call.ruled) record_outcome(call.decision_id, "cancelled", call.since, 0);
  std::erase_if(waiting_, [&](const Waiting& w) {
    if (w.key != key) return false;
    waiting_bytes_ -= w.line.size();
    return true;
  });
  return false;
}

bool Session::Impl::fail_ask(const std::string& id_key, const std::string& why) {
  const auto it = asks_.find(id_key);
  if (it == asks_.end()) return false;
  const Ask ask = std::move(it->second);
  asks_.erase(it);
  settle(ask.held, limits::Settlement::keep);
  if (ask.ruled) record_outcome(ask.decision_id, "lost", ask.since, 0);
  to_server_.error(ask.caller(), mcp::internal_error, "The client's answer was refused: " + why);
  return true;
}

void Session::Impl::client_answer(const mcp::Message& m) {
  const auto it = m.id.key.empty() ? asks_.end() : asks_.find(m.id.key);
  if (it == asks_.end()) {
    notice("unknown_answer", "client", "an answer to nothing that the server asked was dropped");
    note(Level::warn, "an answer of the client to nothing that the server asked was dropped");
    return;
  }
  const Ask ask = std::move(it->second);
  asks_.erase(it);
  const bool failed = m.kind == mcp::Kind::error;
  settle(ask.held, failed ? limits::Settlement::failed : limits::Settlement::keep);
  if (ask.ruled) record_outcome(ask.decision_id, failed ? "error" : "result", ask.since, m.root.raw().size());
  to_server_.forward_answer(m, ask.caller());
}

}  // namespace mediator
