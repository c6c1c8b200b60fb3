// The stream that a session keeps open: the standalone stream of Streamable HTTP, and the one of HTTP+SSE, which names
// the place to POST to and brings all that the server says.
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "proxy/remote_server_impl.h"

namespace proxy {

void RemoteServer::Stream::on_head(RemoteExchange&, const http::ResponseHead& head, RemoteExchange::Content content) {
  if (content != RemoteExchange::Content::events || head.status > 299) return;
  if (owner_.endpoint_.empty() && owner_.remote_.speaks == Remote::Speaks::streamable) {
    owner_.back_off_ = owner_.options_.first_retry;
  }
}

void RemoteServer::Stream::on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent*) {
  owner_.stream_event_id_ = exchange.last_event_id();
  owner_.back_off_ = owner_.options_.first_retry;
  if (owner_.remaking_) return owner_.step_answered();  // HTTP+SSE: what is said now answers a step of ours
  owner_.handler_.on_server_message(text, 0);
}

void RemoteServer::Stream::on_event(RemoteExchange& exchange, const http::SseEvent& event) {
  owner_.stream_event_id_ = exchange.last_event_id();
  if (event.event == "endpoint" && event.data) owner_.stream_endpoint(*event.data);
}

void RemoteServer::Stream::on_end(RemoteExchange&, const ExchangeEnd& end) { owner_.stream_over(end); }

void RemoteServer::open_stream() {
  if (ended_ || gone_) return;
  std::vector<http::OwnedField> fields = session_fields(nullptr);
  if (!stream_event_id_.empty() && remote_.speaks == Remote::Speaks::streamable) {
    fields.push_back({"Last-Event-ID", stream_event_id_});
  }
  stream_ = std::make_unique<Stream>(*this, remote_.request("GET", std::move(fields), {}));
}

// HTTP+SSE: messages go to this place, which must be the server's own.
void RemoteServer::stream_endpoint(std::string_view reference) {
  if (remote_.speaks == Remote::Speaks::streamable || !endpoint_.empty()) return;
  const auto place = transport::resolve(remote_.options().url, base::trimmed(reference));
  if (!place || !transport::same_origin(*place, remote_.options().url)) {
    handler_.note(mediator::Level::error, remote_.name() + " names a place for messages that is not its own (" +
                                              base::printable(reference, 200) + "); nothing is sent there");
    return probe_failed();
  }
  remote_.speaks = Remote::Speaks::sse;
  endpoint_ = place->target();
  back_off_ = options_.first_retry;
  if (remaking_) return next_step();
  if (probing_) {
    ToServer first = std::move(*probing_);
    probing_.reset();
    first_step_ = false;
    return dispatch(std::move(first));
  }
  pump();
}

void RemoteServer::probe_failed() {
  stream_.reset();
  if (!probing_) return;
  const ToServer m = std::move(*probing_);
  probing_.reset();
  first_step_ = false;
  handler_.on_server_status(m.scope, m.id_key, probed_.status, std::move(probed_.body));
  pump();
}

void RemoteServer::stream_over(const ExchangeEnd& end) {
  const std::optional<std::uint64_t> retry = stream_->retry();
  std::unique_ptr<Stream> over = std::move(stream_);
  if (probing_) return probe_failed();
  const bool ok = is_success(end.status);
  if (remote_.speaks == Remote::Speaks::sse) {
    const bool had_endpoint = !std::exchange(endpoint_, {}).empty();
    const std::string how = end.what.empty() ? remote_.name() + " ended its stream" : end.what;
    if (had_endpoint) return session_lost(how);
    if (remaking_) return session_failed(how);
    refuse_queue("cannot be reached: " + how);
    return;
  }
  if (!stream_wanted_) return;
  if (!ok && end.status != 0 && end.status != 429 && end.status < 500) {
    // 405: it offers none. The session goes on without.
    stream_wanted_ = false;
    return;
  }
  base::Duration wait = back_off_;
  if (retry)
    wait = std::max<base::Duration>(ok ? base::Duration{0} : back_off_,
                                    std::chrono::milliseconds(std::min<std::uint64_t>(*retry, 3'600'000)));
  back_off_ = std::min(back_off_ * 2, options_.last_retry);
  stream_timer_.after(wait);
}

}  // namespace proxy
