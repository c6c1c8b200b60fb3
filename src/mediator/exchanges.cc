// What only HTTP can tell: an exchange ends without an answer, a status stands in for one, a client closes the stream
// on which it waits, a server forgets the session. Each leaves every call answered or cancelled, settled and recorded,
// as the same end over a pipe would.
#include <string>
#include <vector>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {
namespace {

constexpr std::size_t shown_of_body = 200;  // code points

// RFC 9110 section 15, RFC 6585: what servers and what stands before them really answer.
std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 511:
      return "Network Authentication Required";
    default:
      return {};
  }
}

std::string status_text(unsigned status) {
  const std::string_view phrase = phrase_of(status);
  std::string text = "HTTP " + std::to_string(status);
  if (!phrase.empty()) text.append(" (").append(phrase).append(")");
  return text;
}

// ": " and the beginning of the body, or nothing.
std::string beginning_of(std::string_view body) {
  body = base::trimmed(body.substr(0, 8 * shown_of_body));
  return body.empty() ? std::string() : ": " + base::printable(body, shown_of_body);
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace

bool Session::Impl::on_unanswered(Scope scope, std::string_view id_key, bool delivered, std::string_view how) {
  if (list_needs_store()) return false;
  if (is_own_list(scope, id_key)) {
    fail_own_list("the server did not answer tools/list: " + std::string(how));
    return true;
  }
  const auto it = find_call(scope, id_key);
  if (it == calls_.end() || it->second.stage != Stage::forwarded) return true;
  if (it->second.cancelled && delivered && !it->second.listens()) {
    const std::string replay_key = std::exchange(it->second.replay_key, {});
    if (!replay_key.empty()) finish_replay(replays_.lost(replay_key), {}, "it was cancelled");
    return true;
  }
  const auto taken = take_call(it);
  const Call& call = taken.mapped();
  const std::string text =
      capitalised(how) + (delivered ? "; the request may have been carried out" : "; the request was not delivered");
  settle_unanswered(call, !delivered);
  if (!call.replay_key.empty()) {
    finish_replay(delivered ? replays_.lost(call.replay_key) : replays_.forget(call.replay_key), {}, text);
  }
  if (!call.cancelled) to_client_.error(call.caller(), mcp::answer_lost, text);
  return true;
}

// Null if the body is not one JSON-RPC answer.
const mcp::Message* Session::Impl::read_answer(std::string_view body) {
  mcp::Message& m = server_message_;
  if (!server_document_.read(base::trimmed(body), json::Profile::tolerant, config_.server_budget)) return nullptr;
  if (!mcp::read_message(server_document_.root(), mcp::Direction::server_to_client, m)) return nullptr;
  return m.kind == mcp::Kind::result || m.kind == mcp::Kind::error ? &m : nullptr;
}

bool Session::Impl::on_status(Scope scope, std::string_view id_key, unsigned status, std::string_view body) {
  if (server_gone_) return true;
  if (list_needs_store()) return false;
  const mcp::Message* m = read_answer(body);
  if (m != nullptr && policy_->uses_store() && asks_inside(*m) && !store_.ready()) return false;
  if (config_.sessionless) client_name_.clear();
  const bool nameless = m != nullptr && m->id.key.empty() && m->error.is_object();
  if (is_own_list(scope, id_key)) {
    if (m != nullptr && (nameless || m->id.key == id_key)) return own_list_answered(*m), true;
    fail_own_list("the server answered tools/list with " + status_text(status) + beginning_of(body));
    return true;
  }
  const auto it = find_call(scope, id_key);
  if (it == calls_.end() || it->second.stage != Stage::forwarded) {
    notice("unknown_answer", "server", "an answer to no request in flight was dropped");
    return true;
  }
  auto taken = take_call(it);
  Call& call = taken.mapped();
  if (nameless || (m != nullptr && m->id.key == id_key)) {
    deliver(*m, call);
  } else {
    fail_by_status(call, status_text(status), body);
  }
  return true;
}

void Session::Impl::fail_by_status(const Call& call, const std::string& status, std::string_view body) {
  const std::string text = "The server answered with " + status + beginning_of(body);
  settle(call.held, limits::Settlement::failed);
  if (call.ruled) record_outcome(call.decision_id, "error", call.since, body.size());
  // Whoever answered, nobody knows what had happened before.
  if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, text);
  if (!call.cancelled) to_client_.error(call.caller(), mcp::answer_lost, text);
  notice("unreadable", "server", status);
}

bool Session::Impl::on_client_gone(Scope scope, std::string_view id_key, bool tell_server) {
  const auto it = find_call(scope, id_key);
  if (it == calls_.end()) return false;
  const Call& call = it->second;
  if (tell_server && call.stage == Stage::forwarded && !call.cancelled) {
    Line line;
    line.scope = scope;
    line.method_name = "notifications/cancelled";
    line.method = mcp::find_method(line.method_name);
    line.modern = call.modern;
    line.cancelled_id_text = call.id.text;
    to_server_.own(std::move(line), [&](std::string& text) {
      json::Composer c(text);
      c.open().member("jsonrpc", "2.0").member("method", "notifications/cancelled").key("params").open();
      c.key("requestId").raw(call.id.text).close().close();
      text += '\n';
    });
  }
  return cancel(it);
}

void Session::Impl::on_session_lost(std::string_view how) {
  if (server_gone_) return;
  const std::string text = "The server has lost the session: " + std::string(how);
  // What waits is answered, not ruled again: nobody knows the tools of the session to come.
  own_list_.reset();
  waiting_.clear();
  waiting_bytes_ = 0;
  std::vector<std::string> lost;
  for (const auto& [key, call] : calls_) {
    if (call.stage == Stage::needs_tools || (call.stage == Stage::forwarded && call.begins_at < sent_before_turn_)) {
      lost.push_back(key);
    }
  }
  for (const std::string& key : lost) {
    const auto it = calls_.find(key);
    if (it == calls_.end()) continue;
    const auto taken = take_call(it);
    const Call& call = taken.mapped();
    const bool undelivered = call.stage != Stage::forwarded;
    const std::string what =
        undelivered ? "; the request was not delivered" : "; the request may have been carried out";
    settle_unanswered(call, undelivered);
    if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, text + what);  // and its twins
    if (!call.cancelled) to_client_.error(call.caller(), mcp::answer_lost, text + what);
  }
  for (const auto& [key, ask] : asks_) {
    settle(ask.held, limits::Settlement::keep);
    if (ask.ruled) record_outcome(ask.decision_id, "lost", ask.since, 0);
  }
  asks_.clear();
  registry_.invalidate();
  while (!task_leases_.empty()) end_task(std::string(task_leases_.begin()->first));
}

}  // namespace mediator
