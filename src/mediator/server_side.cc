// What the server sends: answers to calls in flight, requests and notifications of its own, and noise. Nothing of it
// ends the session, and a call whose answer cannot be read is answered with an error, never with silence.
#include <string>

#include "base/decimal.h"
#include "base/strings.h"
#include "json/recover.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"
#include "tools/instructions.h"
#include "tools/list_filter.h"

namespace mediator {
namespace {

constexpr auto server = mcp::Direction::server_to_client;
constexpr std::size_t max_tasks = 10'000;  // whose leases are followed

std::optional<std::int64_t> code_of(json::Value error) {
  const auto number = base::Decimal::parse(error.find("code").number());
  if (!number || !number->is_integer()) return std::nullopt;
  const auto amount = base::Amount::from(*number);
  if (!amount) return std::nullopt;
  return static_cast<std::int64_t>(amount->raw() / base::Amount::scale);
}

bool is_tool_list(json::Value result) { return static_cast<bool>(result.find("tools")); }

// Its answer says who the server is, and what it tells the model about itself.
bool introduces(const mcp::Method* method) {
  return method != nullptr && (method->name == "initialize" || method->name == "server/discover");
}

std::string_view outcome_of(const mcp::Message& m) {
  if (m.kind == mcp::Kind::error) return "error";
  const std::string_view type = m.result.find("resultType").string();
  if (type == "input_required") return "input_required";
  if (type == "task" || m.result.find("task").find("taskId").is_string()) return "task";
  return m.result.find("isError").boolean() ? "tool_error" : "result";
}

}  // namespace

bool Session::Impl::on_server(std::string_view line, Scope scope) {
  line = base::trimmed(line);
  if (line.empty() || server_gone_) return true;
  // It may be what calls are waiting for, which are ruled again then.
  if (list_needs_store()) return false;
  if (config_.sessionless) client_name_.clear();  // whose it is, an answer's call says
  if (const auto read = server_document_.read(line, json::Profile::tolerant, config_.server_budget); !read) {
    unreadable_text(line, scope, read.error().message);
    return true;
  }
  mcp::Message& m = server_message_;
  if (const auto parsed = mcp::read_message(server_document_.root(), server, m); !parsed) {
    unreadable_message(parsed.error(), scope);
    return true;
  }
  if (policy_->uses_store() && asks_inside(m) && !store_.ready()) return false;
  switch (m.kind) {
    case mcp::Kind::request:
      return server_request(m, scope);
    case mcp::Kind::notification:
      return server_notification(m, scope);
    case mcp::Kind::result:
    case mcp::Kind::error:
      server_answer(m, scope);
      break;
  }
  return true;
}

bool Session::Impl::on_server_oversized(std::string_view prefix, std::size_t limit, Scope scope) {
  if (server_gone_) return true;
  if (list_needs_store()) return false;
  unreadable_text(prefix, scope, "it is longer than the limit of " + std::to_string(limit) + " bytes");
  return true;
}

void Session::Impl::server_noise(std::string_view line, std::string_view why) {
  const std::string shown = base::printable(line, 200);
  notice("server_noise", "server", why);
  note(Level::info, "the server wrote something that is no message (" + std::string(why) + "): " + shown);
}

void Session::Impl::unreadable_text(std::string_view line, Scope scope, std::string_view why) {
  const auto recovered = json::likely_id(line);
  json::Document document;
  mcp::Id id;
  const bool tied = recovered && recovered->method.empty() && document.read(recovered->id, json::Profile::tolerant) &&
                    mcp::read_id(document.root(), id) && fail_call(scope, id.key, why);
  if (!tied) server_noise(line, why);
}

void Session::Impl::unreadable_message(const mcp::MessageError& error, Scope scope) {
  const json::Value root = server_document_.root();
  const auto fail_element = [&](json::Value v) {
    mcp::Id id;
    return v.is_object() && !v.find("method") && mcp::read_id(v.find("id"), id) &&
           fail_call(scope, id.key, error.message);
  };
  bool tied = false;
  if (root.is_array()) {
    for (const json::Value v : root.elements()) tied |= fail_element(v);
  } else {
    tied = fail_element(root);
  }
  if (tied) return;
  server_noise(root.raw(), error.message);
  mcp::Id id;
  if (root.is_object() && root.find("method") && error.id_text != "null" && mcp::read_id(root.find("id"), id)) {
    to_server_.error({scope, &id}, error.code, "Message refused: " + error.message);
  }
}

bool Session::Impl::fail_call(Scope scope, std::string_view id_key, std::string_view why) {
  if (is_own_list(scope, id_key)) {
    fail_own_list("the server's answer to tools/list cannot be read: " + std::string(why));
    return true;
  }
  const auto it = find_call(scope, id_key);
  if (it == calls_.end() || it->second.stage != Stage::forwarded) return false;
  const auto taken = take_call(it);
  const Call& call = taken.mapped();
  const std::string text = "The server's answer cannot be read: " + std::string(why);
  settle(call.held, limits::Settlement::keep);
  if (call.ruled) record_outcome(call.decision_id, "lost", call.since, 0);
  if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, text);
  if (!call.cancelled) to_client_.error(call.caller(), mcp::answer_lost, text);
  notice("unreadable", "server", why);
  note(Level::warn, "an answer of the server cannot be read; the call got an error: " + std::string(why));
  return true;
}

void Session::Impl::server_answer(const mcp::Message& m, Scope scope) {
  if (own_answer(m, scope)) return;
  const auto it = m.id.key.empty() ? calls_.end() : find_call(scope, m.id.key);
  if (it == calls_.end()) {
    // Late, repeated, or an error that belongs to no request. The client ignores it or reports it, as it would without
    // us; a list is filtered and what it asks for is ruled all the same.
    notice("unknown_answer", "server", "an answer to no request in flight");
    // The driver ties answers to exchanges, and this one came on that of another request: it is none of the client's.
    if (config_.answer_by_id && !m.id.key.empty()) return;
    const Inner inner = rule_asks(m);
    const Caller to{scope, m.id.key.empty() ? nullptr : &m.id};
    Cut cut = Cut::nothing;
    if (is_tool_list(m.result)) {
      compare_page(true, m.result, tools::LockCheck::For::client);
      cut = Cut::hidden_tools;
    } else if (m.result.find("instructions") && refuses_instructions(m.result)) {
      cut = Cut::instructions;
    }
    if (!inner.refused) forward_to_client(m, cut, inner, to, false);
    return;
  }
  if (it->second.stage != Stage::forwarded) {
    notice("unknown_answer", "server", "an answer to a request that was not forwarded was dropped");
    return;
  }
  auto taken = take_call(it);
  Call& call = taken.mapped();
  deliver(m, call);
}

void Session::Impl::deliver(const mcp::Message& m, Call& call) {
  if (call.client_name) client_name_ = *call.client_name;
  const Inner inner = rule_asks(m);
  if (const auto& refused = inner.refused) {
    settle(call.held, limits::Settlement::keep);
    if (call.ruled) record_outcome(call.decision_id, "refused", call.since, m.root.raw().size());
    if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, refused->message);
    if (call.cancelled) return;
    const bool plain_call = call.method != nullptr && call.method->name == "tools/call" && !call.in_task_form;
    const Denial denial{refused->message, refused->rule, inner.decision_id, refused->retry_after};
    to_client_.answer(call.caller(),
                      [&](std::string& text) { append_denial(text, call.id.text, {plain_call, call.modern}, denial); });
    return;
  }
  Cut cut = Cut::nothing;
  if (call.method != nullptr && call.method->name == "tools/list") {
    cut = Cut::hidden_tools;
    if (m.kind == mcp::Kind::result) take_page(call.cursor, m.result, tools::LockCheck::For::client);
  } else if (m.kind == mcp::Kind::result && introduces(call.method) && refuses_instructions(m.result)) {
    cut = Cut::instructions;
  }
  const std::string_view outcome = outcome_of(m);
  settle_answered(m, call, outcome);
  if (call.ruled) {
    record_outcome(call.decision_id, outcome, call.since, m.root.raw().size(),
                   m.kind == mcp::Kind::error ? code_of(m.error) : std::nullopt);
  }
  forward_to_client(m, cut, inner, call.caller(), !call.cancelled);
}

void Session::Impl::settle_answered(const mcp::Message& m, Call& call, std::string_view outcome) {
  if (outcome == "task") {
    follow_task(m, call);
  } else {
    const bool failed = outcome == "error" || outcome == "tool_error";
    settle(call.held, failed ? limits::Settlement::failed : limits::Settlement::keep);
  }
  if (call.method != nullptr && call.method->name.starts_with("tasks/") && m.kind == mcp::Kind::result) {
    if (call.method->name == "tasks/result") {
      end_task(call.target);
    } else {
      watch_task(call.target, m.result.find("status").string());
    }
  }
  if (outcome == "input_required") {
    if (call.call_digest) {
      continuations_.issue(m.result, *call.call_digest, call.first(), call.replay_key, call.continuation,
                           clock_.boot());
    }
    if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, "it asks for input");
  } else if (!call.replay_key.empty()) {
    std::string answer = m.kind == mcp::Kind::error ? "\"error\":" : "\"result\":";
    json::write(answer, m.kind == mcp::Kind::error ? m.error : m.result);
    finish_replay(replays_.delivered(call.replay_key, answer), answer, {});
  }
}

void Session::Impl::forward_to_client(const mcp::Message& m, Cut cut, const Inner& inner, const Caller& to,
                                      bool awaited) {
  const std::size_t begin = to_client_.size();
  to_client_.forward_answer(m, to, [&](std::string& text) {
    if (cut == Cut::instructions) {
      tools::write_without_instructions(text, m.root);
    } else if (cut == Cut::hidden_tools && m.result && policy_->hides_anything()) {
      tools::filter_list(text, m.root, [this](std::string_view name) { return policy_->hides(name); }, true);
    } else if (config_.answer_by_id && m.id.key.empty() && to.id != nullptr) {
      json::Composer(text)
          .open()
          .member("jsonrpc", "2.0")
          .key("id")
          .raw(to.id->text)
          .key("error")
          .value(m.error)
          .close();
    } else {
      json::write(text, m.root);
    }
    text += '\n';
  });
  if (!inner.ruled) return;
  Forwarded f{.what = Forwarded::What::answer, .direction = server, .begin = begin, .end = to_client_.size()};
  if (awaited) f.to = std::make_unique<Answered>(to.scope, *to.id, to.method, to.modern);
  f.durable = inner.is_durable();
  f.decisions = inner.decisions;
  turn_.push_back(std::move(f));
}

bool Session::Impl::server_request(const mcp::Message& m, Scope scope) {
  const Caller sender{scope, &m.id, m.method, false};
  if (asks_.contains(m.id.key)) {
    notice("duplicate_id", "server", "a request with the id of one in flight was dropped");
    note(Level::warn, "a request of the server was dropped: its id is already in use by a request in flight");
    return true;
  }
  if (asks_.size() >= config_.max_in_flight) {
    to_server_.error(sender, mcp::invalid_request, "Message refused: too many requests in flight");
    notice("refused", "server", "too many requests in flight");
    return true;
  }
  if (m.method != nullptr && m.method->notification) {
    to_server_.error(sender, mcp::invalid_request,
                     "Message refused: " + std::string(m.method_name) + " is a notification and has no \"id\"");
    server_noise(m.root.raw(), "a notification with an \"id\"");
    return true;
  }
  evaluate(m, server, m.params);
  if (verdict_.needs_store) return false;
  Ask ask;
  ask.id = m.id;
  ask.scope = scope;
  ask.method = m.method;
  ask.since = clock_.boot();
  std::optional<Refused> refused = refusal_of_verdict(server);
  if (!refused && !store_is_ready()) return false;
  if (!refused) refused = reserve(ask.held);
  if (refused) return refuse(m, server, scope, *refused), true;
  count_shadow(ask.held);
  ask.ruled = is_ruled();
  if (ask.ruled) {
    ask.decision_id = next_decision_id();
    record_decision(m, server, ask.decision_id, "allow", nullptr);
  }
  append_forwarded(m, server, scope, ask.ruled, {}, ask.held.durable);
  asks_.insert_or_assign(m.id.key, std::move(ask));
  return true;
}

bool Session::Impl::server_notification(const mcp::Message& m, Scope scope) {
  if (m.method != nullptr && !m.method->notification) {
    server_noise(m.root.raw(), "a request without an \"id\"");
    return true;
  }
  heed(m, scope);              // whatever the client may see of it; hearing it twice does no harm
  Inner inner = rule_asks(m);  // if it asks anything the store is ready
  if (inner.refused) return true;
  evaluate(m, server, m.params);
  if (verdict_.needs_store) return false;
  Held held;
  std::optional<Refused> refused = refusal_of_verdict(server);
  if (!refused && !store_is_ready()) return false;
  if (!refused) refused = reserve(held);
  if (refused) return refuse(m, server, scope, *refused), true;
  count_shadow(held);
  const bool ruled = is_ruled();
  if (ruled) record_decision(m, server, inner.decisions.emplace_back(next_decision_id()), "allow", nullptr);
  append_forwarded(m, server, scope, ruled || inner.ruled, held, held.durable || inner.is_durable(),
                   std::move(inner.decisions));
  return true;
}

// What a notification tells us.
void Session::Impl::heed(const mcp::Message& m, Scope scope) {
  if (m.method_name == "notifications/tools/list_changed") {
    registry_.invalidate();
  } else if (m.method_name == "notifications/tasks/status" || m.method_name == "notifications/tasks") {
    watch_task(m.params.find("taskId").string(), m.params.find("status").string());
  }
  mcp::Id id;
  if (m.method_name != "notifications/cancelled" || !mcp::read_id(m.params.find("requestId"), id)) return;
  if (const auto ask = asks_.find(id.key); ask != asks_.end()) {
    settle(ask->second.held, limits::Settlement::keep);
    if (ask->second.ruled) record_outcome(ask->second.decision_id, "cancelled", ask->second.since, 0);
    asks_.erase(ask);
  }
  // 2026-07-28: how a server ends a subscription.
  const auto it = find_call(scope, id.key);
  if (it != calls_.end() && it->second.listens()) {
    const auto taken = take_call(it);
    const Call& call = taken.mapped();
    settle(call.held, limits::Settlement::keep);
    if (call.ruled) record_outcome(call.decision_id, "cancelled", call.since, 0);
  }
}

void Session::Impl::follow_task(const mcp::Message& m, Call& call) {
  std::string_view id = m.result.find("task").find("taskId").string();
  if (id.empty()) id = m.result.find("taskId").string();
  if (!call.held.leases || id.empty() || task_leases_.size() >= max_tasks || task_leases_.contains(id)) {
    settle(call.held, limits::Settlement::keep);
    return;
  }
  if (call.held.made != 0) store_.settle_keep_leases(call.held.made, limits::Settlement::keep);
  if (call.held.shadow != 0) store_.settle_keep_leases(call.held.shadow, limits::Settlement::keep);
  task_leases_.emplace(id, call.held);
}

void Session::Impl::watch_task(std::string_view id, std::string_view status) {
  if (status == "completed" || status == "failed" || status == "cancelled") end_task(id);
}

void Session::Impl::end_task(std::string_view id) {
  const auto it = task_leases_.find(id);
  if (it == task_leases_.end()) return;
  if (it->second.made != 0) store_.free_leases(it->second.made);
  if (it->second.shadow != 0) store_.free_leases(it->second.shadow);
  task_leases_.erase(it);
}

}  // namespace mediator
