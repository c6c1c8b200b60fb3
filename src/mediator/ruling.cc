// Deciding a message: facts for the policy, limits, approval, identical calls; then its record and its way.
#include <algorithm>
#include <array>
#include <functional>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"
#include "mediator/subjects.h"
#include "policy/messages.h"

namespace mediator {
namespace {

constexpr auto client = mcp::Direction::client_to_server;

bool is_lease(const limits::Charge& charge) { return charge.window.type == limits::WindowType::lease; }

}  // namespace

std::string Session::Impl::next_decision_id() {
  std::string id = config_.instance;
  id += '-';
  base::append_base36(id, ++decisions_);
  return id;
}

const tools::Definition* Session::Impl::find_tool(std::string_view name) {
  const tools::Definition* tool = registry_.find(name);
  for (const std::string& repeated : registry_.take_repeated()) {
    note(Level::warn, "the server lists the tool \"" + base::printable(repeated, 80) + "\" more than once");
    notice("repeated_tool", "server", base::printable(repeated, 80));
  }
  return tool;
}

void Session::Impl::evaluate(const mcp::Message& m, mcp::Direction direction, json::Value params) {
  policy::Facts facts;
  facts.method = m.method_name;
  known_ = known_from(m.method, direction);
  facts.known = known_;
  facts.direction = direction;
  facts.params = params;
  collect_subjects(m, known_, params, subjects_);
  if (lock_) lock_state_ = {};
  const mcp::Ruling ruling = known_ == nullptr ? mcp::Ruling::plumbing : known_->ruling;
  if (ruling == mcp::Ruling::tool || ruling == mcp::Ruling::prompt) facts.arguments = params.find("arguments");
  if (ruling == mcp::Ruling::tool) {
    facts.tools_known = registry_.current(clock_.boot());
    if (facts.tools_known) facts.tool = find_tool(subjects_[0].name);
    if (lock_) look_at_lock(subjects_[0].name, facts);
  }
  facts.subjects = subjects_;
  facts.server = config_.server_name;
  facts.identity = config_.identity;
  facts.session = config_.session;
  facts.client_name = client_name_;
  facts.now = clock_.wall();
  facts.counters = &store_;
  verdict_.clear();
  uncounted_.clear();
  policy_->evaluate(facts, verdict_);
}

// Everything that the rules refuse; limits come after.
std::optional<Refused> Session::Impl::refusal_of_verdict(mcp::Direction direction) {
  if (auto refused = refusal_of_pause()) return refused;
  if (verdict_.denied()) {
    Refused r{policy::reason_word(verdict_.reason), verdict_.rule, verdict_.message, std::nullopt, false};
    r.condition = verdict_.condition;
    r.as_unknown_tool = verdict_.reason == policy::Reason::hidden && policy_->on_hidden() == policy::OnHidden::unknown;
    return r;
  }
  if (verdict_.needs_tools && direction != client) {
    return Refused{
        "validation", {}, "A rule needs the server's list of tools, which is not known", std::nullopt, false};
  }
  return std::nullopt;
}

std::optional<Refused> Session::Impl::refusal_of_pause() {
  if (pause_ == nullptr || !is_ruled()) return std::nullopt;
  const std::string_view text = pause_->paused();
  if (was_paused_ == text.empty()) {
    was_paused_ = !text.empty();
    note(Level::warn, was_paused_ ? std::string(text) : "no longer paused");
    const audit::Field why = audit::Field::text_of("reason", text);
    recorder_.event(out.record, was_paused_ ? "paused" : "resumed", {&why, 1});
  }
  if (!was_paused_) return std::nullopt;
  return Refused{"paused", "(paused)", std::string(text), std::nullopt, false};
}

std::optional<Refused> Session::Impl::approval_refusal() {
  if (verdict_.approval == nullptr) return std::nullopt;
  if (const auto refusal = store_.check(verdict_.charges)) return refusal_of_limit(*refusal);
  return Refused{"approval", verdict_.approval->id, policy::approval_message(verdict_.approval->on_deny), std::nullopt,
                 false};
}

Refused Session::Impl::refusal_of_limit(const limits::Refusal& refusal) const {
  const limits::Charge& charge = verdict_.charges[refusal.charge];
  const std::string_view reason = refusal.why == limits::Why::limit ? "limit" : "state";
  Refused refused{reason, policy_->rule_info(charge.tag).id, policy_->limit_message(charge, refusal),
                  refusal.retry_after, false};
  refused.limit = audit::RefusedLimit{charge.key, refusal.value, charge.amount, charge.max, std::nullopt};
  if (refusal.retry_after) refused.limit->retry_after_ms = milliseconds_up(*refusal.retry_after);
  return refused;
}

bool Session::Impl::store_is_ready() {
  return (verdict_.charges.empty() || store_.ready(verdict_.charges)) &&
         (verdict_.shadow_charges.empty() || store_.ready(verdict_.shadow_charges));
}

std::optional<Refused> Session::Impl::reserve(Held& held) {
  if (const auto refused = approval_refusal()) return refused;
  if (verdict_.charges.empty()) return std::nullopt;
  const auto made = store_.reserve(verdict_.charges);
  if (made) {
    held.made = *made;
    held.leases = std::ranges::any_of(verdict_.charges, is_lease);
    held.durable = std::ranges::any_of(verdict_.charges, [](const limits::Charge& c) { return !c.session; });
    return std::nullopt;
  }
  if (made.error().why == limits::Why::limit || !config_.state_fail_open) return refusal_of_limit(made.error());
  uncounted_ = "not counted: " + policy_->limit_message(verdict_.charges[made.error().charge], made.error());
  verdict_.charges.clear();
  return std::nullopt;
}

// Shadow counters go on past their maximum; what they would have refused is recorded.
void Session::Impl::count_shadow(Held& held) {
  if (verdict_.shadow_charges.empty()) return;
  for (limits::Charge& charge : verdict_.shadow_charges) {
    if (const auto refusal = store_.check(std::span(&charge, 1))) {
      verdict_.findings.push_back({policy_->rule_info(charge.tag).id, policy_->limit_message(charge, *refusal)});
    }
    charge.max.reset();
  }
  held.leases |= std::ranges::any_of(verdict_.shadow_charges, is_lease);
  if (const auto made = store_.reserve(verdict_.shadow_charges); made) held.shadow = *made;
}

bool Session::Impl::is_ruled() const {
  return known_ == nullptr || known_->ruling != mcp::Ruling::plumbing || !verdict_.charges.empty() ||
         !verdict_.findings.empty() || !verdict_.shadow_charges.empty() || !uncounted_.empty();
}

const tools::Definition* Session::Impl::known_tool(std::string_view name) {
  return registry_.current(clock_.boot()) ? find_tool(name) : nullptr;
}

bool Session::Impl::rule_call(const mcp::Message& m, Scope scope, int attempts) {
  evaluate(m, client, m.params);
  if (verdict_.needs_store) return false;
  if (const auto refused = refusal_of_verdict(client)) return refuse(m, client, scope, *refused), true;
  if (verdict_.needs_tools) return wait_for_tools(m, scope, attempts), true;
  if (!store_is_ready()) return false;

  Call call;
  call.id = m.id;
  call.scope = scope;
  call.method = m.method;
  if (config_.sessionless) call.client_name = std::make_shared<const std::string>(client_name_);
  call.modern = mcp::is_modern(m);
  call.in_task_form = static_cast<bool>(m.params.find("task"));
  call.since = clock_.boot();
  std::optional<Continuation> continued;
  if (call.modern && known_ != nullptr &&
      (known_->ruling == mcp::Ruling::tool || known_->ruling == mcp::Ruling::prompt ||
       known_->ruling == mcp::Ruling::resource)) {
    call.call_digest = Continuations::digest(m.method_name, mcp::target_name(m), m.params.find("arguments"));
    if (Continuations::claims(m.params)) {
      continued = continuations_.find(m.params, *call.call_digest, clock_.boot());
    }
  }
  call.ruled = is_ruled();
  if (continued) {
    call.first_decision = continued->first_decision;
    call.continuation = continued->count + 1;
    call.replay_key = continued->replay_key;
    // It was charged before; what it holds while it runs was given back with the first answer.
    for (auto* charges : {&verdict_.charges, &verdict_.shadow_charges}) std::erase_if(*charges, std::not_fn(is_lease));
  } else if (replayed(m, call)) {
    return true;
  }
  if (const auto refused = reserve(call.held)) {
    if (!continued && !call.replay_key.empty()) replays_.forget(call.replay_key);
    return refuse(m, client, scope, *refused), true;
  }
  if (call.ruled) call.decision_id = next_decision_id();  // here: a number that is not in the record would look lost
  if (continued) continuations_.use(m.params, *call.call_digest);
  count_shadow(call.held);
  forward_call(m, std::move(call), continued ? continued->first_decision : std::string());
  return true;
}

void Session::Impl::forward_call(const mcp::Message& m, Call&& call, std::string_view continues) {
  call.begins_at = sent_before_turn_ + out.to_server.size();
  if (m.method_name == "tools/list") call.cursor = m.params.find("cursor").string();
  if (m.method_name == "subscriptions/listen") {
    call.listens_for_tools = m.params.find("notifications").find("toolsListChanged").boolean();
  }
  if (m.method_name.starts_with("tasks/")) call.target = m.params.find("taskId").string();
  if (call.ruled) {
    ++counts.calls;
    record_decision(m, client, call.decision_id, "allow", nullptr, continues);
  }
  append_forwarded(m, client, call.scope, call.ruled, {}, call.held.durable);
  calls_.insert_or_assign(call_key(call.scope, m.id.key), std::move(call));
}

void Session::Impl::append_forwarded(const mcp::Message& m, mcp::Direction direction, Scope scope, bool ruled,
                                     const Held& held, bool durable, std::vector<std::string> decisions) {
  Outbox& box = outbox(direction);
  const std::size_t begin = box.size();
  box.forward(m, scope);
  if (!ruled) return;
  Forwarded f{.what = Forwarded::What::notification, .direction = direction, .begin = begin, .end = box.size()};
  if (m.kind == mcp::Kind::request) {
    f.what = Forwarded::What::request;
    f.key = direction == client ? call_key(scope, m.id.key) : m.id.key;
  }
  f.held = held;
  f.durable = durable;
  f.decisions = std::move(decisions);
  turn_.push_back(std::move(f));
}

bool Session::Impl::replayed(const mcp::Message& m, Call& call) {
  if (!verdict_.idempotency_seconds || m.method_name != "tools/call") return false;
  const std::string_view tool = mcp::target_name(m);
  std::string text = config_.identity + '\0' + policy_->rules_digest(policy::SubjectKind::tool, tool) + '\0';
  text += base::to_hex(Continuations::digest(m.method_name, tool, m.params.find("arguments")));
  call.replay_key = base::to_hex(base::sha256(text));
  const base::Duration window = std::chrono::seconds(*verdict_.idempotency_seconds);
  const Replays::Form form{call.modern, call.in_task_form};
  const Replays::Found found = replays_.look(call.replay_key, form, window, clock_.boot());
  if (found.state == Replays::State::first) return false;
  std::string key = call_key(call.scope, m.id.key);
  if (found.state == Replays::State::running && replays_.wait(call.replay_key, key)) {
    call.stage = Stage::needs_twin;
    call.begins_at = sent_before_turn_ + out.to_server.size();
    ++counts.calls;
    call.decision_id = next_decision_id();
    record_decision(m, client, call.decision_id, "replay", nullptr);
    turn_.push_back({.what = Forwarded::What::request,
                     .direction = client,
                     .begin = to_server_.size(),
                     .end = to_server_.size(),
                     .key = key});
    calls_.insert_or_assign(std::move(key), std::move(call));
    return true;
  }
  if (found.state == Replays::State::delivered) {
    ++counts.calls;
    call.decision_id = next_decision_id();
    record_decision(m, client, call.decision_id, "replay", nullptr);
    const std::size_t begin = to_client_.size();
    answer_replay(call, found.answer);
    turn_.push_back({.what = Forwarded::What::answer,
                     .direction = mcp::Direction::server_to_client,
                     .begin = begin,
                     .end = to_client_.size(),
                     .to = std::make_unique<Answered>(call.scope, m.id, m.method, call.modern)});
    return true;
  }
  std::string why = "An identical call may already have run, and its outcome is unknown; look before you repeat it";
  if (found.state == Replays::State::other_form) {
    why = "An identical call was made in another form (as a task, or in another revision), so its result does not fit";
  } else if (found.state == Replays::State::too_large) {
    why = "An identical call has already run; its result was too large to keep for a repetition";
  } else if (found.state != Replays::State::unknown) {
    why = "Too many identical or remembered calls to promise that this one runs once";
  }
  refuse(m, client, call.scope, {"idempotency", verdict_.idempotency_rule, std::move(why), std::nullopt, false});
  return true;
}

void Session::Impl::answer_replay(const Call& call, std::string_view answer) {
  to_client_.answer(call.caller(), [&](std::string& text) {
    json::Composer c(text);
    c.open().member("jsonrpc", "2.0").key("id").raw(call.id.text);
    c.close();
    text.pop_back();  // the answer's member goes in before the brace
    text += ',';
    text += answer;
    text += "}\n";
  });
  record_outcome(call.decision_id, "replayed", call.since, answer.size());
}

// Answers the calls that waited for an identical one: with its answer or, if it has none, with the reason.
void Session::Impl::finish_replay(const std::vector<std::string>& waiters, std::string_view answer,
                                  std::string_view why_not) {
  for (const std::string& key : waiters) {
    const auto it = calls_.find(key);
    if (it == calls_.end()) continue;
    const Call call = std::move(it->second);
    calls_.erase(it);
    if (answer.empty()) {
      to_client_.error(call.caller(), mcp::answer_lost, "An identical call came to no result: " + std::string(why_not));
      record_outcome(call.decision_id, "lost", call.since, 0);
      continue;
    }
    answer_replay(call, answer);
  }
}

// The first denials are shown on stderr; a loop that is refused would fill the client's log with them.
void Session::Impl::note_denial(const mcp::Message& m, const Refused& refused, std::string_view id) {
  constexpr int most = 20;
  if (denials_shown_ >= most) return;
  note(Level::info, "denied " + base::printable(m.method_name, 60) + " " + base::printable(mcp::target_name(m), 80) +
                        ": " + base::printable(refused.message, 200) + " (decision " + std::string(id) + ")");
  if (++denials_shown_ == most) note(Level::info, "further denials are in the audit log only");
}

void Session::Impl::refuse(const mcp::Message& m, mcp::Direction direction, Scope scope, const Refused& refused) {
  if (direction == client) ++counts.calls, ++counts.denied;
  const std::string id = next_decision_id();
  record_decision(m, direction, id, "deny", &refused);
  note_denial(m, refused, id);
  if (m.kind != mcp::Kind::request) return;
  const Denial denial{refused.message, refused.rule, id, refused.retry_after};
  outbox(direction == client ? mcp::Direction::server_to_client : client)
      .answer({scope, &m.id, m.method, mcp::is_modern(m)}, [&](std::string& text) {
        if (direction != client) {
          append_error_denial(text, m.id.text, denial);
        } else if (refused.as_unknown_tool) {
          append_unknown_tool(text, m.id.text, mcp::target_name(m));
        } else {
          append_denial(text, m.id.text, form_of(m), denial);
        }
      });
}

void Session::Impl::record_decision(const mcp::Message& m, mcp::Direction direction, std::string_view id,
                                    std::string_view word, const Refused* refused, std::string_view continues) {
  audit::Decision d;
  d.id = id;
  d.direction = direction == client ? "client" : "server";
  d.method = m.method_name;
  if (m.kind == mcp::Kind::request) d.request_id = m.id.text;
  if (!subjects_.empty()) {
    d.target_kind = policy::subject_word(subjects_[0].kind);
    d.target = subjects_[0].name;
  }
  d.decision = word;
  if (refused != nullptr) {
    d.reason = refused->reason;
    d.rule = refused->rule;
    d.message = refused->message;
    d.condition = refused->condition;
    d.limit = refused->limit;
  }
  d.policy_digest = policy_->digest();
  d.client_name = client_name_;
  d.continues = continues;
  using Kind = tools::LockState::Kind;
  const bool found = lock_state_.kind == Kind::changed || lock_state_.kind == Kind::added;
  if (lock_ && found) d.lock = audit::Locked{lock_state_.pinned, lock_state_.found};
  if (verdict_.default_allowed_unknown_method) d.note = "no published revision knows this method";
  if (!uncounted_.empty()) d.note = uncounted_;
  const json::Value arguments = m.params.find("arguments");
  if (direction == client && arguments) {
    d.arguments = arguments;
    if (arguments.is_verbatim()) d.arguments_text = arguments.raw();
  }
  charged_.clear();
  if (word == "allow") {
    for (const limits::Charge& c : verdict_.charges) {
      charged_.push_back({c.key, c.amount, c.max});
    }
  }
  shadow_.clear();
  for (const policy::Finding& f : verdict_.findings) shadow_.push_back({f.rule, f.message});
  d.charged = charged_;
  d.shadow = shadow_;
  recorder_.decision(out.record, d);
}

}  // namespace mediator
