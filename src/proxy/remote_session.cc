// A session that the server has forgotten is made anew: initialize, notifications/initialized, the log level and the
// subscriptions are sent again, as the client sent them. Nothing else ever is.
#include <utility>

#include "base/strings.h"
#include "proxy/remote_server_impl.h"

namespace proxy {
namespace {

// 404 is what the specification says; some servers say 400 and mean it.
bool speaks_of_session(const ExchangeEnd& end) {
  if (end.status == 404) return true;
  if (end.status != 400) return false;
  const std::string_view text = end.body;
  return (text.contains("session") || text.contains("Session")) && text.contains("-3200");
}

}  // namespace

bool RemoteServer::is_session_loss(const Post& post, const ExchangeEnd& end) const {
  if (end.how != ExchangeEnd::How::complete || post.message().modern || post.message().method == "initialize")
    return false;
  return !session_.empty() && speaks_of_session(end);
}

void RemoteServer::session_lost(const std::string& how) {
  posts_.clear();
  stream_.reset();
  stream_timer_.cancel();
  stream_event_id_.clear();
  session_.clear();
  first_step_ = false;
  const std::string text = "the server has lost the session (" + how + ")";
  if (!options_.replay_session || remembered_.initialize.empty()) {
    gone_ = true;
    refuse_queue(text);
    return handler_.on_server_gone(text, UINT64_MAX);
  }
  handler_.on_server_session_lost(text);
  handler_.note(mediator::Level::warn, text + "; it is made anew");
  needs_session_ = true;
  make_session();
}

void RemoteServer::make_session() {
  remaking_ = true;
  steps_ = remembered_.steps();
  revision_.clear();
  initialize_taken_ = initialize_answered_ = false;
  if (remote_.speaks == Remote::Speaks::sse) return open_stream();
  next_step();
}

void RemoteServer::next_step() {
  if (steps_.empty()) {
    remaking_ = needs_session_ = false;
    handler_.note(mediator::Level::info, "the session with the server was made anew");
    if (remote_.speaks == Remote::Speaks::streamable && remembered_.initialized) {
      stream_wanted_ = true;
      open_stream();
    }
    return pump();
  }
  ToServer step;
  step.text = std::move(steps_.front());
  steps_.pop_front();
  if (step.text == remembered_.initialize) step.method = "initialize";
  step.request = true;
  httpio::Request request = remote_.request("POST", session_fields(&step), step.text, endpoint_);
  Post& post = *posts_.emplace_back(std::make_unique<Post>(*this, std::move(step), Post::Use::step));
  post.start(std::move(request));
}

void RemoteServer::step_over(const Post& post, const ExchangeEnd& end) {
  const bool ok = end.succeeded();
  const bool first = post.message().method == "initialize";
  take(post);
  if (!ok && (first || end.status == 0)) {
    return session_failed(!end.what.empty() ? end.what : "HTTP " + std::to_string(end.status));
  }
  if (first && remote_.speaks == Remote::Speaks::sse) {
    initialize_taken_ = true;
    if (!initialize_answered_) return;
  }
  next_step();
}

// HTTP+SSE: the answer to initialize comes on the stream, before or after its POST is taken.
void RemoteServer::step_answered() {
  if (std::exchange(initialize_answered_, true)) return;
  if (initialize_taken_) next_step();
}

// It is tried again when the client next asks for something.
void RemoteServer::session_failed(const std::string& how) {
  remaking_ = false;
  steps_.clear();
  posts_.clear();
  stream_.reset();
  refuse_queue("could not be asked: the session it has lost cannot be made anew (" + how + ")");
}

}  // namespace proxy
