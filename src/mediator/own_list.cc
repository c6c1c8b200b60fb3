// The session's own tools/list, for rules that need a tool's definition, and the calls that wait for it.
// One list at a time, at most 100 pages and 10 seconds; the client sees nothing of it. Before 2026-07-28 a server may
// be asked only after notifications/initialized, unless there are no sessions; in 2026-07-28 the request carries the
// _meta of the call that needs it. The list is the session's own, in scope 0, whatever scope that call came in.
#include <algorithm>
#include <cassert>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"
#include "mediator/session_impl.h"

namespace mediator {
namespace {

constexpr auto client = mcp::Direction::client_to_server;
constexpr int max_pages = 100;
constexpr int max_attempts = 3;
constexpr base::Duration time_limit = std::chrono::seconds(10);
constexpr std::size_t max_waiting = 256;
constexpr std::size_t max_waiting_bytes = std::size_t{64} << 20;

// The call's progressToken stays the call's.
std::string meta_of(const mcp::Message& m) {
  std::string text;
  json::Composer c(text);
  c.open();
  for (const json::Member member : m.meta.members()) {
    if (member.key != "progressToken") c.key(member.key).value(member.value);
  }
  c.close();
  return text;
}

}  // namespace

void Session::Impl::wait_for_tools(const mcp::Message& m, Scope scope, int attempts) {
  const auto refuse_because = [&](std::string_view reason, std::string_view why) {
    // Where the lock asks, rules have the schema that it holds.
    const bool by_lock = lock_state_.kind == tools::LockState::Kind::unlisted && reason == "validation";
    const char* const what =
        by_lock ? "The tool cannot be compared with the lock: " : "The arguments cannot be checked: ";
    refuse(m, client, scope, {by_lock ? "lock" : reason, {}, what + std::string(why), std::nullopt, false});
  };
  const bool modern = mcp::is_modern(m);
  if (!tools_failure_.empty()) return refuse_because("validation", tools_failure_);
  if (attempts >= max_attempts) return refuse_because("validation", "the server's list of tools keeps changing");
  if (!modern && !initialized_ && !config_.sessionless) {
    return refuse_because("validation",
                          "the server's tools are not known, and it cannot be asked before notifications/initialized");
  }
  const std::string_view line = m.root.raw();
  if (waiting_.size() >= max_waiting || waiting_bytes_ + line.size() > max_waiting_bytes) {
    return refuse_because("state", "too many calls are waiting for the server's list of tools");
  }
  Call call;
  call.id = m.id;
  call.scope = scope;
  call.method = m.method;
  call.modern = modern;
  call.stage = Stage::needs_tools;
  call.since = clock_.boot();
  std::string key = call_key(scope, m.id.key);
  calls_.insert_or_assign(key, std::move(call));
  waiting_.push_back({std::move(key), scope, std::string(line), attempts + 1});
  waiting_bytes_ += line.size();
  if (own_list_) return;
  own_list_ = OwnList{};
  if (modern) {
    own_list_->meta = meta_of(m);
    own_list_->revision = mcp::declared_revision(m);
  }
  own_list_->deadline = clock_.boot() + time_limit;
  list_restarts_ = 0;
  send_own_list();
}

void Session::Impl::send_own_list() {
  OwnList& list = *own_list_;
  const std::string id = own_prefix_ + std::to_string(++own_ids_);
  list.id_key = 's' + id;
  Line line;
  line.what = Line::What::request;
  line.id_key = list.id_key;
  json::write_string(line.id_text, id);
  line.method_name = "tools/list";
  line.method = mcp::find_method(line.method_name);
  line.modern = !list.meta.empty();
  line.revision = list.revision;
  to_server_.own(std::move(line), [&](std::string& text) {
    json::Composer c(text);
    c.open().member("jsonrpc", "2.0").member("id", id).member("method", "tools/list");
    if (!list.meta.empty() || !list.cursor.empty()) {
      c.key("params").open();
      if (!list.meta.empty()) c.key("_meta").raw(list.meta);
      if (!list.cursor.empty()) c.member("cursor", list.cursor);
      c.close();
    }
    c.close();
    text += '\n';
  });
  ++list.pages;
}

void Session::Impl::fail_own_list(std::string why) {
  own_list_.reset();
  resume_waiting(std::move(why));
}

bool Session::Impl::own_answer(const mcp::Message& m, Scope scope) {
  if (!m.id.key.starts_with('s') || !std::string_view(m.id.key).substr(1).starts_with(own_prefix_)) return false;
  if (!is_own_list(scope, m.id.key)) return true;  // late: nobody waits for it
  own_list_answered(m);
  return true;
}

void Session::Impl::own_list_answered(const mcp::Message& m) {
  if (m.kind == mcp::Kind::error) {
    return fail_own_list("the server answered tools/list with an error: " +
                         base::printable(m.error.find("message").string(), 120));
  }
  if (!m.result.find("tools").is_array()) return fail_own_list("the server answered tools/list without tools");
  take_page(own_list_->cursor, m.result, tools::LockCheck::For::us);
  const json::Value next = m.result.find("nextCursor");
  if (next.is_string()) {
    if (own_list_->pages >= max_pages) return fail_own_list("the server's list of tools has more than 100 pages");
    own_list_->cursor = next.string();
    return send_own_list();
  }
  if (registry_.current(clock_.boot())) {
    own_list_.reset();
    return resume_waiting({});
  }
  // It changed meanwhile, the client's own tools/list came between, or it is more than we keep.
  if (++list_restarts_ >= max_attempts) {
    return fail_own_list("the server's list of tools keeps changing or is too large");
  }
  own_list_->cursor.clear();
  own_list_->pages = 0;
  send_own_list();
}

void Session::Impl::resume_waiting(std::string failure) {
  tools_failure_ = std::move(failure);
  std::deque<Waiting> waiting = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  for (const Waiting& w : waiting) {
    const auto it = calls_.find(w.key);
    if (it == calls_.end()) continue;
    const auto taken = take_call(it);
    const Call& call = taken.mapped();
    resumed_.read(w.line, config_.client_budget);
    if (!resumed_.is_message()) {  // it was read before, with another budget than ours
      to_client_.error(call.caller(), mcp::invalid_request, "Message refused: it is over the limits of the session");
      continue;
    }
    if (config_.sessionless) remember_client(resumed_.message());
    // Whoever gets here has seen that the store is ready, if the policy uses it.
    [[maybe_unused]] const bool ruled = rule_call(resumed_.message(), w.scope, w.attempts);
    assert(ruled);
  }
  tools_failure_.clear();
}

}  // namespace mediator
