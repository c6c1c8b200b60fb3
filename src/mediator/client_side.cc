// What the client sends: read strictly, refused with a reason if it has not one meaning, else ruled.
#include <algorithm>

#include "base/strings.h"
#include "json/recover.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

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

}  // namespace

bool Session::Impl::on_client(std::string_view line) {
  line = base::trimmed(line);
  if (line.empty()) return true;
  if (const auto read = client_document_.read(line, json::Profile::strict, config_.client_budget); !read) {
    refuse_text(line, read.error());
    return true;
  }
  mcp::Message& m = client_message_;
  if (const auto parsed = mcp::read_message(client_document_.root(), mcp::Direction::client_to_server, m); !parsed) {
    refuse_message(parsed.error());
    return true;
  }
  switch (m.kind) {
    case mcp::Kind::request:
      return client_request(m);
    case mcp::Kind::notification:
      return client_notification(m);
    case mcp::Kind::result:
    case mcp::Kind::error:
      client_answer(m);
      break;
  }
  return true;
}

void Session::Impl::refuse_text(std::string_view line, const json::ReadError& error) {
  const auto recovered = json::certain_id(line);
  // The id of a request in flight must not be answered twice.
  std::string id_text = "null";
  if (recovered) {
    json::Document document;
    mcp::Id id;
    if (document.read(recovered->id, json::Profile::strict) && mcp::read_id(document.root(), id) &&
        !calls_.contains(id.key)) {
      // Without a method it was rather an answer: then the id is the server's, which waits.
      const bool answered = recovered->method.empty() && fail_ask(id.key, error.message);
      if (!answered) id_text = id.text;
    }
  }
  mcp::append_error(out.to_client, id_text, code_of(error.kind), "Message refused: " + error.message);
  notice("unreadable", "client", error.message);
  note(Level::warn, "a message of the client was refused: " + error.message);
}

void Session::Impl::on_client_oversized(std::string_view prefix, std::size_t limit) {
  (void)prefix;  // its id cannot be certain: another may follow in what was not kept
  const std::string why = "it is longer than the limit of " + std::to_string(limit) + " bytes";
  mcp::append_error(out.to_client, "null", mcp::invalid_request, "Message refused: " + why);
  notice("unreadable", "client", why);
  note(Level::warn, "a message of the client was refused: " + why);
}

void Session::Impl::refuse_message(const mcp::MessageError& error) {
  notice("refused", "client", error.message);
  note(Level::warn, "a message of the client was refused: " + error.message);
  mcp::Id read;
  const bool has_id = mcp::read_id(client_document_.root().find("id"), read);
  if (error.is_answer && has_id) fail_ask(read.key, error.message);
  if (!error.answerable) return;
  std::string_view id_text = error.id_text;
  if (has_id && (calls_.contains(read.key) || read.text.size() > max_id_bytes)) id_text = "null";
  mcp::append_error(out.to_client, id_text, error.code, "Message refused: " + error.message);
}

bool Session::Impl::client_request(const mcp::Message& m) {
  expire_cancelled();
  const bool is_ours = m.id.key.starts_with('s') && std::string_view(m.id.key).substr(1).starts_with(own_prefix_);
  if (calls_.contains(m.id.key) || is_ours) {
    const std::string why = "the id " + base::printable(m.id.text, 60) + " is already in use by a request in flight";
    mcp::append_error(out.to_client, "null", mcp::invalid_request, "Message refused: " + why);
    notice("duplicate_id", "client", why);
    note(Level::warn, "a request of the client was refused: " + why);
    return true;
  }
  if (m.id.text.size() > max_id_bytes) {
    const std::string why = "an \"id\" of more than " + std::to_string(max_id_bytes) + " bytes";
    mcp::append_error(out.to_client, "null", mcp::invalid_request, "Message refused: " + why);
    notice("refused", "client", why);
    return true;
  }
  if (m.method != nullptr && m.method->notification) {
    mcp::append_error(out.to_client, m.id.text, mcp::invalid_request,
                      "Message refused: " + std::string(m.method_name) + " is a notification and has no \"id\"");
    notice("refused", "client", "a notification with an id");
    return true;
  }
  if (server_gone_) {
    mcp::append_error(out.to_client, m.id.text, mcp::answer_lost, "The server " + gone_how_);
    return true;
  }
  if (in_flight() >= config_.max_in_flight) {
    mcp::append_error(out.to_client, m.id.text, mcp::invalid_request,
                      "Message refused: " + std::to_string(in_flight()) + " requests are in flight already");
    notice("refused", "client", "too many requests in flight");
    return true;
  }
  remember_client(m);
  return rule_call(m, 0);
}

// Self-asserted, for records and for conditions on client.name.
void Session::Impl::remember_client(const mcp::Message& m) {
  json::Value info;
  if (m.method_name == "initialize") {
    info = m.params.find("clientInfo");
  } else if (m.meta) {
    info = m.meta.find("io.modelcontextprotocol/clientInfo");
  }
  const std::string_view name = info.find("name").string();
  if (!name.empty() && name != client_name_) client_name_ = name.substr(0, 256);
}

bool Session::Impl::client_notification(const mcp::Message& m) {
  if (m.method != nullptr && !m.method->notification) {
    const std::string why = base::printable(m.method_name, 60) + " is a request and needs an \"id\"";
    notice("refused", "client", why);
    note(Level::warn, "a message of the client was dropped: " + why);
    return true;
  }
  if (server_gone_) return true;
  evaluate(m, client, m.params);
  if (verdict_.needs_store) return false;
  if (const auto refused = refusal_of_verdict(client)) return refuse(m, client, *refused), true;
  if (!store_is_ready()) return false;
  Held held;
  if (const auto refused = reserve(held)) return refuse(m, client, *refused), true;
  count_shadow(held);
  if (m.method_name == "notifications/cancelled" && !client_cancels(m)) {
    settle(held, limits::Settlement::undelivered);
    return true;
  }
  if (m.method_name == "notifications/initialized") initialized_ = true;
  const bool ruled = is_ruled();
  std::vector<std::string> decisions;
  if (ruled) record_decision(m, client, decisions.emplace_back(next_decision_id()), "allow", nullptr);
  append_forwarded(m, client, ruled, held, held.durable, std::move(decisions));
  return true;
}

// The server may go on with a cancelled call and answer it, or do neither: for five minutes its leases are held, and
// identical calls wait for its result.
bool Session::Impl::client_cancels(const mcp::Message& m) {
  mcp::Id id;
  const auto it = mcp::read_id(m.params.find("requestId"), id) ? calls_.find(id.key) : calls_.end();
  if (it == calls_.end()) return true;
  if (it->second.stage == Stage::forwarded) {
    if (std::exchange(it->second.cancelled, true)) return true;
    cancelled_.push_back({id.key, clock_.boot() + cancelled_for});
    expire_cancelled();
    return true;
  }
  const Call call = take_call(it);
  if (call.stage == Stage::needs_twin) replays_.stop_waiting(call.replay_key, id.key);
  if (call.ruled) record_outcome(call.decision_id, "cancelled", call.since, 0);
  std::erase_if(waiting_, [&](const Waiting& w) {
    if (w.id_key != id.key) return false;
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
  mcp::append_error(out.to_server, ask.id.text, mcp::internal_error, "The client's answer was refused: " + why);
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
  append_forwarded(m, client, false, {}, false);
}

}  // namespace mediator
