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
      own_prefix_("intercept:" + base::random_hex(random_, 8) + ':') {}

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

Call Session::Impl::take_call(StringMap<Call>::iterator it) {
  if (it->second.cancelled) std::erase_if(cancelled_, [&](const Cancelled& c) { return c.id_key == it->first; });
  Call call = std::move(it->second);
  calls_.erase(it);
  return call;
}

void Session::Impl::expire_cancelled() {
  while (!cancelled_.empty() && (cancelled_.size() > max_cancelled || clock_.boot() >= cancelled_.front().until)) {
    const auto it = calls_.find(cancelled_.front().id_key);
    if (it == calls_.end()) {
      cancelled_.pop_front();
      continue;
    }
    const Call call = take_call(it);
    settle(call.held, limits::Settlement::keep);
    if (call.ruled) record_outcome(call.decision_id, "cancelled", call.since, 0);
    if (!call.replay_key.empty()) finish_replay(replays_.lost(call.replay_key), {}, "it was cancelled");
  }
}

// A call that will get no answer of the server any more.
void Session::Impl::settle_unanswered(Call& call, std::uint64_t written, bool answer, std::string_view how) {
  const bool undelivered = call.stage != Stage::forwarded || call.begins_at >= written;
  settle(call.held, undelivered ? limits::Settlement::undelivered : limits::Settlement::keep);
  if (call.ruled) record_outcome(call.decision_id, undelivered ? "undelivered" : "lost", call.since, 0);
  if (!call.replay_key.empty() && call.stage == Stage::forwarded) {
    if (undelivered) {
      replays_.forget(call.replay_key);
    } else {
      replays_.lost(call.replay_key);
    }
  }
  if (!answer || call.cancelled) return;
  const std::string_view what = undelivered ? "; the request was not delivered" : "; it may have been carried out";
  mcp::append_error(out.to_client, call.id.text, mcp::answer_lost,
                    "The server " + std::string(how) + " before it answered" + std::string(what));
}

void Session::Impl::on_server_gone(std::string_view how, std::uint64_t written) {
  if (server_gone_) return;
  server_gone_ = true;
  gone_how_ = how;
  settle_all(written, true);
}

void Session::Impl::on_end(std::uint64_t written) { settle_all(written, false); }

void Session::Impl::settle_all(std::uint64_t written, bool answer) {
  for (auto& [key, call] : calls_) settle_unanswered(call, written, answer, gone_how_);
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
  if (initialized_) {
    json::Composer c(out.to_client);
    c.open().member("jsonrpc", "2.0").member("method", method).close();
    out.to_client += '\n';
  }
  for (const auto& [key, call] : calls_) {
    if (!call.listens_for_tools || call.cancelled) continue;
    json::Composer c(out.to_client);
    c.open().member("jsonrpc", "2.0").member("method", method).key("params").open().key("_meta").open();
    c.key("io.modelcontextprotocol/subscriptionId").raw(call.id.text).close().close().close();
    out.to_client += '\n';
  }
}

bool Session::Impl::on_timer() {
  if (own_list_ && policy_->uses_store() && !store_.ready()) return false;
  if (own_list_ && clock_.boot() >= own_list_->deadline) {
    own_list_.reset();
    resume_waiting("the server did not answer tools/list in time");
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

void Session::Impl::end_turn(bool keep_lazy) {
  if (!out.record.empty()) record_broken_ = false;
  for (const Forwarded& f : turn_) {
    if (f.durable) store_broken_ = false;
    settle(f.held, limits::Settlement::keep);
  }
  sent_before_turn_ += out.to_server.size();
  out.to_server.clear();
  out.to_client.clear();
  out.record.clear();
  out.notes.clear();
  turn_.clear();
  if (!keep_lazy) out.record_lazy.clear();
  // Memory that the next messages will want again; the driver gives back what nobody wanted for a while.
  constexpr std::size_t keep = std::size_t{4} << 20;
  if (out.to_server.capacity() > keep) out.to_server.shrink_to_fit();
  if (out.to_client.capacity() > keep) out.to_client.shrink_to_fit();
  client_document_.shrink(keep);
  server_document_.shrink(keep);
  resumed_document_.shrink(keep);
}

Session::Session(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
                 audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy, PauseState* pause)
    : impl_(std::make_unique<Impl>(std::move(config), clock, random, store, recorder, std::move(policy), pause)) {}
Session::~Session() = default;
bool Session::on_client(std::string_view line) { return impl_->on_client(line); }
bool Session::on_server(std::string_view line) { return impl_->on_server(line); }
void Session::on_client_oversized(std::string_view p, std::size_t limit) { impl_->on_client_oversized(p, limit); }
bool Session::on_server_oversized(std::string_view p, std::size_t limit) {
  return impl_->on_server_oversized(p, limit);
}
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
Counts Session::counts() const { return impl_->counts; }

}  // namespace mediator
