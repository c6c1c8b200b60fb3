// The store or the record fails after messages were ruled: what this turn would have forwarded on the strength of it is
// taken out of the output again and refused, so that nothing passes uncounted or unrecorded.
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {

constexpr std::size_t max_lazy_bytes = std::size_t{256} << 10;  // of outcomes, while the record cannot be written

void Session::Impl::store_failed(std::string_view why) {
  const std::string_view then =
      config_.state_fail_open ? "calls pass uncounted, as --state-fail-mode says" : "calls with a limit are refused";
  const bool first = !std::exchange(store_broken_, true);
  if (first) note(Level::error, "the limits cannot be kept (" + std::string(why) + "); " + std::string(then));
  // A refund that is tried again and again is on record once.
  const bool concerns_calls = std::ranges::any_of(turn_, [](const Forwarded& f) { return f.durable; });
  if (first || concerns_calls) recorder_.notice(out.record, {"state_failed", "", why});
  if (config_.state_fail_open) {
    for (Forwarded& f : turn_) f.durable = false;
    return;
  }
  take_back_turn(false, "Refused: the limits cannot be kept (" + std::string(why) + ")");
}

void Session::Impl::record_failed(std::string_view why) {
  const std::string_view then =
      config_.record_fail_open ? "going on, as --audit-fail-mode says" : "ruled messages are refused";
  // Once, until a record is written again: a call every millisecond must not fill the client's log.
  if (!std::exchange(record_broken_, true)) {
    note(Level::error, "the record cannot be written (" + std::string(why) + "); " + std::string(then));
  }
  out.record.clear();
  if (config_.record_fail_open) return;
  take_back_turn(true, "Refused: the audit record cannot be written (" + std::string(why) + ")");
  if (out.record_lazy.size() > max_lazy_bytes) {
    out.record_lazy.clear();
    notice("records_lost", "", "outcomes could not be written and were dropped");
  }
}

void Session::Impl::take_back_turn(bool all, const std::string& text) {
  std::vector<Forwarded> taken, kept;
  for (Forwarded& f : std::exchange(turn_, {})) (all || f.durable ? taken : kept).push_back(std::move(f));
  for (auto it = taken.rbegin(); it != taken.rend(); ++it) {  // from the end: what stands before keeps its place
    outbox(it->direction).take(it->begin, it->end);
  }
  for (const Forwarded& f : taken) take_back(f, all, text);
  // What stays begins earlier now.
  const auto gone_before = [&](mcp::Direction direction, std::size_t begin) {
    std::size_t gone = 0;
    for (const Forwarded& f : taken) gone += f.direction == direction && f.end <= begin ? f.end - f.begin : 0;
    return gone;
  };
  for (Forwarded& f : kept) {
    const std::size_t gone = gone_before(f.direction, f.begin);
    f.begin -= gone;
    f.end -= gone;
  }
  for (auto& [key, call] : calls_) {
    if (call.begins_at < sent_before_turn_) continue;
    call.begins_at -= gone_before(mcp::Direction::client_to_server, call.begins_at - sent_before_turn_);
  }
  turn_ = std::move(kept);
}

// `all`: its decision is not on record either. Otherwise it is, and gets its outcome.
void Session::Impl::take_back(const Forwarded& f, bool all, const std::string& text) {
  settle(f.held, limits::Settlement::undelivered);
  const auto record_undelivered = [&](const std::string& id, base::BootTime since) {
    if (!all && !id.empty()) record_outcome(id, "undelivered", since, 0);
  };
  for (const std::string& id : f.decisions) record_undelivered(id, clock_.boot());
  if (f.what == Forwarded::What::notification || (f.what == Forwarded::What::answer && !f.to)) return;
  if (f.what == Forwarded::What::answer) {
    to_client_.error(f.to->caller(), mcp::state_unavailable, text);
    return;
  }
  if (f.direction == mcp::Direction::server_to_client) {
    const auto it = asks_.find(f.key);
    if (it == asks_.end()) return;
    const Ask ask = std::move(it->second);
    asks_.erase(it);
    to_server_.error(ask.caller(), mcp::state_unavailable, text);
    settle(ask.held, limits::Settlement::undelivered);
    record_undelivered(ask.decision_id, ask.since);
    return;
  }
  const auto it = calls_.find(f.key);
  // Another call may have its id: a server can answer what it was never sent.
  if (it == calls_.end() || it->second.begins_at != sent_before_turn_ + f.begin) return;
  const auto taken = take_call(it);
  const Call& call = taken.mapped();
  settle(call.held, limits::Settlement::undelivered);
  record_undelivered(call.decision_id, call.since);
  if (!call.cancelled) to_client_.error(call.caller(), mcp::state_unavailable, text);
  if (call.replay_key.empty()) return;
  if (call.stage == Stage::needs_twin) {
    replays_.stop_waiting(call.replay_key, f.key);
  } else {
    finish_replay(replays_.forget(call.replay_key), {}, text);
  }
}

}  // namespace mediator
