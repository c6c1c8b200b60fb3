// The queue of a remote server's session, and what every request carries.
#include "proxy/remote_server.h"

#include <algorithm>
#include <utility>

#include "proxy/remote_server_impl.h"

namespace proxy {
namespace {

constexpr std::size_t max_queued = 10'000, max_queued_bytes = std::size_t{64} << 20;

}  // namespace

RemoteServer::RemoteServer(Remote& remote, Handler& handler, Options options)
    : remote_(remote),
      handler_(handler),
      options_(options),
      stream_timer_(remote.loop(), [this] { open_stream(); }),
      back_off_(options.first_retry),
      end_timer_(remote.loop(), [this] {
        if (auto done = std::exchange(ended_callback_, nullptr)) done();
      }) {}

RemoteServer::~RemoteServer() { *alive_ = false; }

void RemoteServer::send(ToServer message) {
  if (ended_) return;
  // 2026-07-28: closing the stream says it.
  if (!message.cancels.empty() && is_modern_request(message.scope, message.cancels)) {
    return give_up(message.scope, message.cancels);
  }
  if (gone_ || queue_.size() >= max_queued || queued_bytes_ + message.text.size() > max_queued_bytes) {
    if (!message.request) return;
    const std::string how = gone_ ? "the server is gone" : "too many messages wait for the server";
    handler_.on_server_unanswered(message.scope, message.id_key, false, how);
    return;
  }
  queued_bytes_ += message.text.size();
  queue_.push_back(std::move(message));
  pump();
}

// What makes the session goes alone; everything else waits for it.
bool RemoteServer::held() const {
  return first_step_ || probing_ || remaking_ || (remote_.speaks == Remote::Speaks::sse && endpoint_.empty());
}

void RemoteServer::pump() {
  if (needs_session_ && !remaking_ && !queue_.empty()) make_session();
  if (remote_.speaks == Remote::Speaks::sse && endpoint_.empty() && stream_ == nullptr && !queue_.empty() &&
      !remaking_ && !stream_timer_.armed()) {
    open_stream();
  }
  while (!queue_.empty() && !held()) {
    ToServer next = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= next.text.size();
    dispatch(std::move(next));
  }
}

void RemoteServer::dispatch(ToServer message) {
  remember(message);
  first_step_ = message.method == "initialize" || message.method == "notifications/initialized";
  httpio::Request request = remote_.request("POST", session_fields(&message), message.text, endpoint_);
  if (message.method == "initialize") session_.clear();
  Post& post = *posts_.emplace_back(std::make_unique<Post>(*this, std::move(message), Post::Use::message));
  post.start(std::move(request));
}

void RemoteServer::remember(const ToServer& m) {
  remembered_.remember(m);
  if (m.method != "initialize") return;
  revision_.clear();
  stream_wanted_ = false;
}

std::vector<http::OwnedField> RemoteServer::session_fields(const ToServer* message) const {
  std::vector<http::OwnedField> fields;
  if (message != nullptr) {
    fields.push_back({"Content-Type", "application/json"});
    fields.push_back({"Accept", "application/json, text/event-stream"});
  } else {
    fields.push_back({"Accept", "text/event-stream"});
  }
  fields.push_back({"Accept-Encoding", "identity"});
  if (message != nullptr && message->modern) {
    fields.insert(fields.end(), message->mirrors.begin(), message->mirrors.end());
    return fields;
  }
  const bool begins = message != nullptr && message->method == "initialize";
  if (!session_.empty() && !begins) fields.push_back({"Mcp-Session-Id", session_});
  if (!revision_.empty() && !begins) fields.push_back({"MCP-Protocol-Version", revision_});
  return fields;
}

void RemoteServer::refuse_queue(const std::string& how) {
  for (const ToServer& m : std::exchange(queue_, {})) {
    if (m.request) handler_.on_server_unanswered(m.scope, m.id_key, false, how);
  }
  queued_bytes_ = 0;
}

bool RemoteServer::is_modern_request(mediator::Scope scope, const std::string& id_key) const {
  const auto is_it = [&](const ToServer& m) { return m.request && m.modern && m.scope == scope && m.id_key == id_key; };
  return std::ranges::any_of(posts_, [&](const auto& p) { return is_it(p->message()); }) ||
         std::ranges::any_of(queue_, is_it);
}

void RemoteServer::give_up(mediator::Scope scope, const std::string& id_key) {
  const auto is_it = [&](const ToServer& m) { return m.request && m.scope == scope && m.id_key == id_key; };
  posts_.remove_if([&](const auto& p) { return is_it(p->message()); });
  std::erase_if(queue_, is_it);
}

void RemoteServer::hold(bool held) {
  if (std::exchange(held_, held) == held) return;
  for (const auto& post : posts_) post->hold(held);
  if (stream_ != nullptr) stream_->hold(held);
}

void RemoteServer::end(base::Duration limit, std::function<void()> done) {
  ended_ = true;
  queue_.clear();
  posts_.clear();
  stream_.reset();
  stream_timer_.cancel();
  ended_callback_ = std::move(done);
  if (session_.empty() || remote_.speaks == Remote::Speaks::sse) return end_timer_.after(base::Duration{0});
  farewell_ = std::make_unique<Post>(*this, ToServer{}, Post::Use::farewell);
  std::vector<http::OwnedField> fields{{"Mcp-Session-Id", session_}};
  if (!revision_.empty()) fields.push_back({"MCP-Protocol-Version", revision_});
  farewell_->start(remote_.request("DELETE", std::move(fields), {}));
  end_timer_.after(limit);
}

}  // namespace proxy
