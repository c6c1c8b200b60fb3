// Turns, policy changes, time and ends.
#include "mediator/session.h"

#include <algorithm>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {

constexpr std::size_t max_notes = 64;                           // of one turn
constexpr std::size_t max_lazy_bytes = std::size_t{256} << 10;  // of outcomes, while the record cannot be written

Session::Impl::Impl(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
                    audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy)
    : config_(std::move(config)),
      clock_(clock),
      random_(random),
      store_(store),
      recorder_(recorder),
      policy_(std::move(policy)),
      own_prefix_("intercept:" + base::random_hex(random_, 8) + ':') {}

void Session::Impl::note(Level level, std::string text) {
  if (out.notes.size() < max_notes) out.notes.push_back({level, std::move(text)});
}

void Session::Impl::notice(std::string_view what, std::string_view direction, std::string_view detail) {
  recorder_.notice(out.record_lazy, {what, direction, detail});
}

void Session::Impl::record_outcome(const std::string& decision_id, std::string_view outcome, base::BootTime since,
                                   std::uint64_t bytes, std::optional<std::int64_t> code) {
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(clock_.boot() - since).count();
  recorder_.outcome(out.record_lazy, {decision_id, outcome, code, latency, bytes});
}

// A call that will get no answer of the server any more.
void Session::Impl::settle_unanswered(Call& call, std::uint64_t written, bool answer, std::string_view how) {
  const bool undelivered = call.stage != Stage::forwarded || call.begins_at >= written;
  if (call.reservation != 0) {
    store_.settle(call.reservation, undelivered ? limits::Settlement::undelivered : limits::Settlement::keep);
  }
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
  own_list_.reset();
  waiting_.clear();
  waiting_bytes_ = 0;
  for (auto& [key, call] : calls_) settle_unanswered(call, written, true, how);
  calls_.clear();
  asks_.clear();
  for (const auto& [task, reservation] : task_leases_) store_.free_leases(reservation);
  task_leases_.clear();
}

void Session::Impl::on_end(std::uint64_t written) {
  for (auto& [key, call] : calls_) settle_unanswered(call, written, false, {});
  calls_.clear();
  asks_.clear();
  for (const auto& [task, reservation] : task_leases_) store_.free_leases(reservation);
  task_leases_.clear();
}

void Session::Impl::on_policy(std::shared_ptr<const policy::Snapshot> policy) {
  const std::shared_ptr<const policy::Snapshot> before = std::exchange(policy_, std::move(policy));
  bool changed = false;
  if (registry_.size() > 0) {
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
    if (!call.listens_for_tools) continue;
    json::Composer c(out.to_client);
    c.open().member("jsonrpc", "2.0").member("method", method).key("params").open().key("_meta").open();
    c.key("io.modelcontextprotocol/subscriptionId").raw(call.id.text).close().close().close();
    out.to_client += '\n';
  }
}

void Session::Impl::on_timer() {
  if (own_list_ && clock_.boot() >= own_list_->deadline) {
    own_list_.reset();
    resume_waiting("the server did not answer tools/list in time");
  }
}

std::optional<base::BootTime> Session::Impl::deadline() const {
  if (!own_list_) return std::nullopt;
  return own_list_->deadline;
}

// Removes what this turn would have forwarded because of a decision that nobody could read later.
void Session::Impl::record_failed(std::string_view why) {
  if (config_.record_fail_open) {
    note(Level::error, "the record cannot be written (" + std::string(why) + "); going on, as --audit-fail-mode says");
    return;
  }
  note(Level::error, "the record cannot be written (" + std::string(why) + "); ruled messages are refused");
  const std::vector<Forwarded> turn = std::exchange(turn_, {});
  for (auto it = turn.rbegin(); it != turn.rend(); ++it) {
    std::string& buffer = it->direction == mcp::Direction::client_to_server ? out.to_server : out.to_client;
    buffer.erase(it->begin, it->end - it->begin);
  }
  for (const Forwarded& f : turn) {
    if (f.reservation != 0) store_.settle(f.reservation, limits::Settlement::undelivered);
    if (f.id_key.empty()) continue;
    const std::string text = "Refused: the audit record cannot be written (" + std::string(why) + ")";
    if (f.direction == mcp::Direction::client_to_server) {
      const auto it = calls_.find(f.id_key);
      if (it == calls_.end()) continue;
      if (!it->second.cancelled) mcp::append_error(out.to_client, it->second.id.text, mcp::state_unavailable, text);
      const std::string twin = it->second.replay_key;
      calls_.erase(it);
      if (!twin.empty()) finish_replay(replays_.forget(twin), {}, text);
    } else if (const auto it = asks_.find(f.id_key); it != asks_.end()) {
      mcp::append_error(out.to_server, it->second.id.text, mcp::state_unavailable, text);
      asks_.erase(it);
    }
  }
  out.record.clear();
  if (out.record_lazy.size() > max_lazy_bytes) {
    out.record_lazy.clear();
    notice("records_lost", "", "outcomes could not be written and were dropped");
  }
}

void Session::Impl::end_turn(bool keep_lazy) {
  for (const Forwarded& f : turn_) {  // notifications get no answer that could settle them
    if (f.id_key.empty() && f.reservation != 0) store_.settle(f.reservation, limits::Settlement::keep);
  }
  sent_before_turn_ += out.to_server.size();
  out.to_server.clear();
  out.to_client.clear();
  out.record.clear();
  out.notes.clear();
  turn_.clear();
  if (!keep_lazy) out.record_lazy.clear();
  constexpr std::size_t keep = std::size_t{256} << 10;  // of memory, after an unusually large message
  if (out.to_server.capacity() > keep) out.to_server.shrink_to_fit();
  if (out.to_client.capacity() > keep) out.to_client.shrink_to_fit();
  client_document_.shrink(keep);
  server_document_.shrink(keep);
}

Session::Session(Config config, const base::Clock& clock, base::Random& random, limits::Store& store,
                 audit::Recorder& recorder, std::shared_ptr<const policy::Snapshot> policy)
    : impl_(std::make_unique<Impl>(std::move(config), clock, random, store, recorder, std::move(policy))) {}
Session::~Session() = default;
void Session::on_client(std::string_view line) { impl_->on_client(line); }
void Session::on_server(std::string_view line) { impl_->on_server(line); }
void Session::on_client_oversized(std::string_view p, std::size_t limit) { impl_->on_client_oversized(p, limit); }
void Session::on_server_oversized(std::string_view p, std::size_t limit) { impl_->on_server_oversized(p, limit); }
void Session::on_server_gone(std::string_view how, std::uint64_t written) { impl_->on_server_gone(how, written); }
void Session::on_end(std::uint64_t written) { impl_->on_end(written); }
void Session::on_policy(std::shared_ptr<const policy::Snapshot> policy) { impl_->on_policy(std::move(policy)); }
void Session::on_timer() { impl_->on_timer(); }
std::optional<base::BootTime> Session::deadline() const { return impl_->deadline(); }
Output& Session::output() { return impl_->out; }
void Session::record_failed(std::string_view why) { impl_->record_failed(why); }
void Session::end_turn(bool keep_lazy) { impl_->end_turn(keep_lazy); }
std::size_t Session::in_flight() const { return impl_->in_flight(); }
Counts Session::counts() const { return impl_->counts; }

}  // namespace mediator
