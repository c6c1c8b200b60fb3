// Turns, policy changes, time and ends.
#include "mediator/session.h"

#include <algorithm>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {

constexpr std::size_t max_notes = 64;         // of one turn
constexpr std::size_t max_cancelled = 1'024;  // calls that are cancelled and not answered

Session::Impl::Impl(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
                    audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy, PauseState* pause)
    : config_(std::move(config)),
      clock_(clock),
      random_(random),
      store_(store),
      recorder_(recorder),
      pause_(pause),
      policy_(std::move(policy)),
      to_server_(out.to_server, out.server_lines, config_.mark_lines),
      to_client_(out.to_client, out.client_lines, config_.mark_lines),
      own_prefix_("intercept:" + base::random_hex(random_, 8) + ':') {
  take_lock();
}

void Session::Impl::note(Level level, std::string text) {
  if (out.notes.size() < max_notes) out.notes.push_back({level, std::move(text)});
}

void Session::Impl::notice(std::string_view what, std::string_view direction, std::string_view detail) {
  // What a client did is recorded at once, also in a session that has no other record; a server's noise may wait, so
  // that a banner at start leaves no file behind.
  recorder_.notice(direction == "client" ? out.record : out.record_lazy, {what, direction, detail});
}

void Session::Impl::record_outcome(const std::string& decision_id, std::string_view outcome, base::BootTime since,
                                   std::uint64_t bytes, std::optional<std::int64_t> code) {
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(clock_.boot() - since).count();
  recorder_.outcome(out.record_lazy, {decision_id, outcome, code, latency, bytes});
}

void Session::Impl::settle(const Held& held, limits::Settlement settlement) {
  if (held.made != 0) store_.settle(held.made, settlement);
  if (held.shadow != 0) store_.settle(held.shadow, settlement);
}

StringMap<Call>::node_type Session::Impl::take_call(StringMap<Call>::iterator it) {
  if (it->second.cancelled) std::erase_if(cancelled_, [&](const Cancelled& c) { return c.key == it->first; });
  return calls_.extract(it);
}

void Session::Impl::expire_cancelled() {
  while (!cancelled_.empty() && (cancelled_.size() > max_cancelled || clock_.boot() >= cancelled_.front().until)) {
    const auto it = calls_.find(cancelled_.front().key);
    if (it == calls_.end()) {
      cancelled_.pop_front();
      continue;
    }
    const auto taken = take_call(it);
    const Call& call = taken.mapped();
    settle(call.held, limits::Settlement::keep);
    if (call.ruled) record_outcome(call.decision_id, "cancelled", call.since, 0);
    if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, "it was cancelled");
  }
}

void Session::Impl::settle_unanswered(const Call& call, bool undelivered) {
  settle(call.held, undelivered ? limits::Settlement::undelivered : limits::Settlement::keep);
  if (call.ruled) record_outcome(call.decision_id, undelivered ? "undelivered" : "lost", call.since, 0);
}

void Session::Impl::on_server_gone(std::string_view how, std::uint64_t written) {
  if (server_gone_) return;
  server_gone_ = true;
  gone_how_ = how;
  settle_all(written, true);
}

void Session::Impl::on_end(std::uint64_t written) { settle_all(written, false); }

void Session::Impl::settle_all(std::uint64_t written, bool answer) {
  for (const auto& [key, call] : calls_) {
    const bool undelivered = call.stage != Stage::forwarded || call.begins_at >= written;
    settle_unanswered(call, undelivered);
    if (!call.replay_key.empty() && call.stage == Stage::forwarded) {  // who waits for it is in the table, too
      if (undelivered) {
        replays_.forget(call.replay_key);
      } else {
        replays_.lost(call.replay_key);
      }
    }
    if (!answer || call.cancelled) continue;
    const std::string_view what = undelivered ? "; the request was not delivered" : "; it may have been carried out";
    to_client_.error(call.caller(), mcp::answer_lost,
                     "The server " + gone_how_ + " before it answered" + std::string(what));
  }
  calls_.clear();
  cancelled_.clear();
  own_list_.reset();
  waiting_.clear();
  waiting_bytes_ = 0;
  for (const auto& [key, ask] : asks_) {
    settle(ask.held, limits::Settlement::keep);
    if (ask.ruled) record_outcome(ask.decision_id, "lost", ask.since, 0);
  }
  asks_.clear();
  while (!task_leases_.empty()) end_task(std::string(task_leases_.begin()->first));
}

void Session::Impl::on_policy(std::shared_ptr<const policy::Snapshot> policy) {
  const std::shared_ptr<const policy::Snapshot> before = std::exchange(policy_, std::move(policy));
  take_lock();
  bool changed = false;
  if (registry_.current(clock_.boot())) {
    registry_.each_name([&](std::string_view name) { changed |= before->hides(name) != policy_->hides(name); });
  } else {
    changed = before->hides_anything() || policy_->hides_anything();
  }
  if (changed) announce_tools_changed();
}

void Session::Impl::announce_tools_changed() {
  static constexpr std::string_view method = "notifications/tools/list_changed";
  const auto line = [](Scope scope) {
    Line made;
    made.scope = scope;
    made.method = mcp::find_method(method);
    made.method_name = method;
    return made;
  };
  if (initialized_) {
    to_client_.own(line(0), [](std::string& text) {
      json::Composer(text).open().member("jsonrpc", "2.0").member("method", method).close();
      text += '\n';
    });
  }
  for (const auto& entry : calls_) {
    const Call& call = entry.second;
    if (!call.listens_for_tools || call.cancelled) continue;
    Line made = line(call.scope);
    made.modern = call.modern;
    made.subscription_id_text = call.id.text;
    to_client_.own(std::move(made), [&](std::string& text) {
      json::Composer c(text);
      c.open().member("jsonrpc", "2.0").member("method", method).key("params").open().key("_meta").open();
      c.key("io.modelcontextprotocol/subscriptionId").raw(call.id.text).close().close().close();
      text += '\n';
    });
  }
}

bool Session::Impl::on_timer() {
  if (list_needs_store()) return false;
  if (own_list_ && clock_.boot() >= own_list_->deadline) {
    fail_own_list("the server did not answer tools/list in time");
  }
  expire_cancelled();
  return true;
}

std::optional<base::BootTime> Session::Impl::deadline() const {
  std::optional<base::BootTime> first;
  if (own_list_) first = own_list_->deadline;
  if (!cancelled_.empty()) first = std::min(first.value_or(cancelled_.front().until), cancelled_.front().until);
  return first;
}

void Session::Impl::set_tag(std::uint64_t tag) {
  to_server_.set_tag(tag);
  to_client_.set_tag(tag);
}

bool Session::Impl::is_waiting(Scope scope, std::string_view id_key) const {
  if (scope == 0 && own_list_ && own_list_->id_key == id_key) return true;
  const auto it = scope == 0 ? calls_.find(id_key) : calls_.find(call_key(scope, id_key));
  return it != calls_.end() && it->second.stage == Stage::forwarded && !it->second.cancelled;
}

void Session::Impl::end_turn(bool keep_lazy) {
  set_tag(0);
  if (!out.record.empty()) record_broken_ = false;
  for (const Forwarded& f : turn_) {
    if (f.durable) store_broken_ = false;
    settle(f.held, limits::Settlement::keep);
  }
  sent_before_turn_ += out.to_server.size();
  // Memory that the next messages will want again; the driver gives back what nobody wanted for a while.
  constexpr std::size_t keep = std::size_t{4} << 20;
  to_server_.clear(keep);
  to_client_.clear(keep);
  out.record.clear();
  out.notes.clear();
  turn_.clear();
  if (!keep_lazy) out.record_lazy.clear();
  inbox_.shrink(keep);
  resumed_.shrink(keep);
  server_document_.shrink(keep);
}

Session::Session(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
                 audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy, PauseState* pause)
    : impl_(std::make_unique<Impl>(std::move(config), clock, random, store, recorder, std::move(policy), pause)) {}
Session::~Session() = default;
bool Session::on_client(std::string_view line, Scope scope) { return impl_->on_client(line, scope); }
bool Session::on_client(const Inbox& read, Scope scope) { return impl_->on_client(read, scope); }
bool Session::on_server(std::string_view line, Scope scope) { return impl_->on_server(line, scope); }
void Session::on_client_oversized(std::string_view prefix, std::size_t limit, Scope scope) {
  impl_->on_client_oversized(prefix, limit, scope);
}
bool Session::on_server_oversized(std::string_view prefix, std::size_t limit, Scope scope) {
  return impl_->on_server_oversized(prefix, limit, scope);
}
void Session::refuse_client(const Inbox& read, Scope scope, int code, std::string_view reason_word, std::string text) {
  impl_->refuse_client(read, scope, code, reason_word, std::move(text));
}
bool Session::on_unanswered(Scope scope, std::string_view id_key, bool delivered, std::string_view how) {
  return impl_->on_unanswered(scope, id_key, delivered, how);
}
bool Session::on_status(Scope scope, std::string_view id_key, unsigned status, std::string_view body) {
  return impl_->on_status(scope, id_key, status, body);
}
bool Session::on_client_gone(Scope scope, std::string_view id_key, bool tell_server) {
  return impl_->on_client_gone(scope, id_key, tell_server);
}
void Session::on_session_lost(std::string_view how) { impl_->on_session_lost(how); }
void Session::on_server_gone(std::string_view how, std::uint64_t written) { impl_->on_server_gone(how, written); }
void Session::on_end(std::uint64_t written) { impl_->on_end(written); }
void Session::on_policy(std::shared_ptr<const policy::Snapshot> policy) { impl_->on_policy(std::move(policy)); }
bool Session::on_timer() { return impl_->on_timer(); }
std::optional<base::BootTime> Session::deadline() const { return impl_->deadline(); }
Output& Session::output() { return impl_->out; }
void Session::store_failed(std::string_view why) { impl_->store_failed(why); }
void Session::record_failed(std::string_view why) { impl_->record_failed(why); }
void Session::end_turn(bool keep_lazy) { impl_->end_turn(keep_lazy); }
std::size_t Session::in_flight() const { return impl_->in_flight(); }
void Session::set_tag(std::uint64_t tag) { impl_->set_tag(tag); }
bool Session::is_waiting(Scope scope, std::string_view id_key) const { return impl_->is_waiting(scope, id_key); }
bool Session::is_idle() const { return impl_->is_idle(); }
const tools::Definition* Session::known_tool(std::string_view name) { return impl_->known_tool(name); }
Counts Session::counts() const { return impl_->counts; }

}  // namespace mediator
