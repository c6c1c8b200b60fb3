// What comes of a message that was POSTed: messages, an answer that is cut and resumed, an error status, nothing.
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "proxy/remote_server_impl.h"

namespace proxy {
RemoteServer::Post::Post(RemoteServer& owner, ToServer message, Use use)
    : owner_(owner), message_(std::move(message)), use_(use), timer_(owner.remote_.loop(), [this] { resume(); }) {}

void RemoteServer::Post::start(httpio::Request request) {
  exchange_ = std::make_unique<RemoteExchange>(owner_.remote_, std::move(request), *this);
  if (owner_.held_) exchange_->pause();
}

void RemoteServer::Post::hold(bool held) {
  if (exchange_ != nullptr) held ? exchange_->pause() : exchange_->resume();
}

void RemoteServer::Post::on_head(RemoteExchange&, const http::ResponseHead& head, RemoteExchange::Content) {
  if (!resuming_) return owner_.accepted(*this, head);
  refused_ = !is_success(head.status);
}

void RemoteServer::Post::on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent*) {
  last_event_id_ = exchange.last_event_id();
  resumes_ = 0;
  if (message_.method == "initialize" && owner_.revision_.empty()) owner_.revision_ = revision_of(text);
  if (use_ != Use::message) return;
  RemoteServer& owner = owner_;
  const bool may_answer = message_.request && !answered_;
  owner.handler_.on_server_message(text, message_.scope);
  if (may_answer) owner.look_for_answer(this);
}

void RemoteServer::Post::on_event(RemoteExchange& exchange, const http::SseEvent&) {
  last_event_id_ = exchange.last_event_id();
}

void RemoteServer::Post::on_end(RemoteExchange& exchange, const ExchangeEnd& end) {
  if (exchange.retry()) retry_ = exchange.retry();
  owner_.post_over(*this, end);
}

void RemoteServer::Post::resume_later() {
  const base::Duration back_off =
      std::min(owner_.options_.last_retry, owner_.options_.first_retry * (std::int64_t{1} << std::min(resumes_, 8)));
  const base::Duration asked = std::min<base::Duration>(
      std::chrono::milliseconds(std::min<std::uint64_t>(retry_.value_or(0), 86'400'000)), std::chrono::hours(1));
  // The server's wish is kept to; when it does not answer, waiting grows from there.
  timer_.after(retry_ && resumes_ == 0 ? asked : std::max(asked, back_off));
  ++resumes_;
}

void RemoteServer::Post::resume() {
  resuming_ = true;
  std::vector<http::OwnedField> fields = owner_.session_fields(nullptr);
  fields.push_back({"Last-Event-ID", last_event_id_});
  start(owner_.remote_.request("GET", std::move(fields), {}));
}

// The response's head: the server took the message, or refused it.
void RemoteServer::accepted(Post& post, const http::ResponseHead& head) {
  if (!is_success(head.status)) return;
  if (endpoint_.empty()) remote_.speaks = Remote::Speaks::streamable;
  if (post.message().method == "initialize") {
    if (const auto id = head.fields.find("Mcp-Session-Id"); id && id->size() <= 1024) session_ = *id;
  }
}

void RemoteServer::post_over(Post& post, const ExchangeEnd& end) {
  if (post.use() == Post::Use::farewell) {
    end_timer_.after(base::Duration{0});
    return;
  }
  if (post.use() == Post::Use::step) return step_over(post, end);
  // Only then is known whether it was answered.
  then(&post, [this, end](Post& found) { answer_over(found, end); });
}

// Does `work` when what the post brought has been taken in, if the post is there then. `post` is only compared.
void RemoteServer::then(const Post* post, std::function<void(Post&)> work) {
  handler_.after_messages([this, alive = alive_, post, work = std::move(work)] {
    if (!*alive) return;
    if (const auto it = find(post); it != posts_.end()) work(**it);
  });
}

// From its answer on a client may give the id to another request, and the server may take its time to end the stream.
void RemoteServer::look_for_answer(const Post* post) {
  then(post, [this](Post& found) {
    const ToServer& m = found.message();
    if (found.answered() || handler_.is_waiting(m.scope, m.id_key)) return;
    found.set_answered();
    if (m.method != "initialize" || !endpoint_.empty()) return;
    first_step_ = false;
    pump();
  });
}

RemoteServer::Posts::iterator RemoteServer::find(const Post* post) {
  return std::ranges::find_if(posts_, [post](const auto& p) { return p.get() == post; });
}

// Out of the list; null: it is there no more.
std::unique_ptr<RemoteServer::Post> RemoteServer::take(const Post& post) {
  const auto it = find(&post);
  if (it == posts_.end()) return nullptr;
  std::unique_ptr<Post> out = std::move(*it);
  posts_.erase(it);
  return out;
}

void RemoteServer::forget(Post& post) {
  const ToServer& m = post.message();
  const bool first = m.method == "initialize" || m.method == "notifications/initialized";
  if (first && !post.answered()) first_step_ = false;
  take(post);
  pump();
}

void RemoteServer::answer_over(Post& post, const ExchangeEnd& end) {
  const ToServer& m = post.message();
  const bool ok = end.succeeded();
  if (is_session_loss(post, end)) {
    return session_lost("HTTP " + std::to_string(end.status));
  }
  if (may_be_older(post, end)) return begin_probe(post, end);
  if (ok && m.method == "notifications/initialized") {
    stream_wanted_ = true;
    if (endpoint_.empty()) open_stream();
  }
  if (!m.request) {
    if (!ok) {
      const std::string why =
          !end.what.empty() ? end.what : remote_.name() + " answered with HTTP " + std::to_string(end.status);
      handler_.note(mediator::Level::warn,
                    (m.method.empty() ? "an answer of the client" : m.method) + " did not reach the server: " + why);
    }
    return forget(post);
  }
  if (ok && !endpoint_.empty()) return forget(post);  // HTTP+SSE: the answer comes on the stream
  if (post.answered() || !handler_.is_waiting(m.scope, m.id_key)) return forget(post);
  const bool was_stream = post.streamed() && !m.modern;
  if (was_stream && !post.was_refused() && post.may_resume()) return post.resume_later();
  // What is called back may end the session, which forgets all posts: this one stays until the call is over.
  const std::unique_ptr<Post> own = take(post);
  if (!ok && end.how == ExchangeEnd::How::complete && end.what.empty() && !post.streamed()) {
    handler_.on_server_status(m.scope, m.id_key, end.status, end.body);
  } else {
    const std::string how = !end.what.empty() ? "no answer of the server: " + end.what
                            : was_stream      ? remote_.name() + " ended the stream and does not go on with it"
                            : end.body.empty()
                                ? remote_.name() + " sent no answer (HTTP " + std::to_string(end.status) + ")"
                                : remote_.name() + " sent an answer that does not belong to the request";
    handler_.on_server_unanswered(m.scope, m.id_key, end.sent, how);
  }
  forget(post);
}

// A server that answers a first POST with such a status may speak the older HTTP+SSE (2025-11-25, "Backwards
// Compatibility"); one that says so in JSON-RPC does not.
bool RemoteServer::may_be_older(const Post& post, const ExchangeEnd& end) const {
  if (remote_.speaks != Remote::Speaks::unknown || post.message().method != "initialize") return false;
  return may_speak_older(end);
}

void RemoteServer::begin_probe(Post& post, const ExchangeEnd& end) {
  probing_ = std::move(post.message());
  probed_ = end;
  take(post);
  open_stream();
}

}  // namespace proxy
