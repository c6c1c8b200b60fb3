// How a connection ends: refusals, the client's end, an end that lets the client read what was written, time-outs.
#include <array>
#include <string>
#include <utility>

#include "http/writer.h"
#include "httpio/server_connection.h"
#include "httpio/server_core.h"
#include "httpio/server_exchange.h"

namespace httpio {
namespace {

// A client that is still sending when we have answered and ended: so much, for so long, is read and thrown away. (What
// is not read when a socket is closed makes the system reset the connection, and the answer may be lost with it.)
constexpr std::size_t max_discarded = 32U << 20;
constexpr base::Duration linger_time = std::chrono::seconds(5);

constexpr std::string_view retry_after = "5";

// 1 KiB a second.
std::uint64_t least_content(base::Duration time) {
  return static_cast<std::uint64_t>(time / std::chrono::milliseconds(1)) * 1024 / 1000;
}

std::string seconds_text(base::Duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

void ServerConnection::refuse(unsigned status, std::string_view reason) {
  const bool to_head = exchange_ && exchange_->is_head_request();
  release_content();
  if (exchange_) {
    exchange_->close(true);
    core_.let_go(std::move(exchange_));
    exchange_.reset();
  }
  core_.handler().on_refused(peer_, status, reason);
  if (state_ == State::dead) return;
  const std::string body = refusal_body(reason);
  const std::array<http::Field, 1> later{{{"Retry-After", retry_after}}};
  const bool may_come_again = status == 429 || status == 503;
  write_fixed_head(core_.buffer(), {status, "application/json", body.size(), true, core_.date()},
                   std::span<const http::Field>(later).first(may_come_again ? 1 : 0));
  if (!to_head) core_.buffer() += body;
  state_ = State::closing;
  if (send()) start_closing();
}

void ServerConnection::on_end(net::Stream&, std::string_view error) {
  if (state_ == State::dead) return;
  if (!error.empty() || state_ == State::handshake) {
    if (state_ == State::handshake) {
      core_.handler().on_refused(peer_, 0,
                                 error.empty() ? "the connection was closed during the TLS handshake" : error);
    }
    return give_up(Tell::yes);
  }
  half_closed_ = true;
  switch (state_) {
    case State::idle:
      if (kept_.empty()) give_up(Tell::no);
      return;
    case State::head:
    case State::content:
      return cut_off();
    case State::answering:
      return client_ended();
    case State::closing:
      if (stream_->queued() == 0) give_up(Tell::no);
      return;
    case State::handshake:
    case State::flushing:
    case State::dead:
      return;
  }
}

void ServerConnection::client_ended() {
  if (exchange_->is_streaming()) return give_up(Tell::yes);
  const auto exchange = exchange_;
  exchange->tell_half_closed();
}

void ServerConnection::on_drained(net::Stream&) {
  watches_queue_ = false;
  if (state_ == State::closing) return linger();
  if (state_ == State::flushing) return go_on();
  if (state_ != State::answering || !exchange_) return;
  const auto exchange = exchange_;
  exchange->tell_drained();
}

void ServerConnection::drain() {
  const bool waits = state_ == State::idle && kept_.empty();
  if (waits || state_ == State::handshake) give_up(Tell::no);
}

// Ends our side; the client may end its own.
void ServerConnection::start_closing() {
  state_ = State::closing;
  deadline_.reset();
  kept_ = {};
  stream_->finish();
  if (std::exchange(paused_, false)) stream_->resume();
  if (stream_->queued() == 0) return linger();
  set_deadline(counts_ ? core_.options().write_timeout / 4 : linger_time);
}

// Everything was sent.
void ServerConnection::linger() {
  if (half_closed_) return give_up(Tell::no);
  set_deadline(linger_time);
}

void ServerConnection::discard(std::size_t bytes) {
  discarded_ += bytes;
  if (discarded_ <= max_discarded) return;
  if (state_ == State::closing) return give_up(Tell::no);
  if (!std::exchange(paused_, true)) stream_->pause();
}

void ServerConnection::give_up(Tell tell, bool reset) {
  if (state_ == State::dead) return;
  state_ = State::dead;
  release_content();
  deadline_.reset();
  timer_.cancel();
  stream_->close(reset);
  if (exchange_) {
    exchange_->close(tell == Tell::yes);
    core_.let_go(std::move(exchange_));
    exchange_.reset();
  }
  core_.bury(*this);
}

// The timer is not set anew while it would only be set later: it looks here when it runs.
void ServerConnection::set_deadline(base::Duration from_now) {
  deadline_ = core_.now() + from_now;
  if (!timer_.armed() || *timer_.when() > *deadline_) timer_.at(*deadline_);
}

void ServerConnection::on_timer() {
  if (!deadline_) return;
  if (core_.now() < *deadline_) return timer_.at(*deadline_);
  deadline_.reset();
  const Server::Options& options = core_.options();
  switch (state_) {
    case State::handshake:
      core_.handler().on_refused(peer_, 0, "the TLS handshake took longer than " + seconds_text(options.head_timeout));
      return give_up(Tell::no);
    case State::idle:
      return give_up(Tell::no);
    case State::head:
      return refuse(408, "the header took longer than " + seconds_text(options.head_timeout));
    case State::content:
      return check_content();
    case State::closing:
      if (!watches_queue_ || !counts_) return give_up(Tell::no);
      return check_queue();
    case State::answering:
    case State::flushing:
      return check_queue();
    case State::dead:
      return;
  }
}

void ServerConnection::check_content() {
  const base::Duration time = core_.options().body_timeout;
  if (content_ < least_content(time)) {
    return refuse(408, "the content came with less than 1 KiB/s for " + seconds_text(time));
  }
  content_ = 0;
  set_deadline(time);
}

// Something waits for the client. Whether it moves is looked at four times in the time that it may take.
void ServerConnection::watch_queue() {
  if (std::exchange(watches_queue_, true)) return;
  progress_ = stream_->written();
  progress_at_ = core_.now();
  const bool is_free = state_ == State::answering || state_ == State::flushing || state_ == State::closing;
  if (is_free) set_deadline(core_.options().write_timeout / 4);
}

void ServerConnection::check_queue() {
  if (!watches_queue_) return;
  const base::Duration allowed = core_.options().write_timeout;
  if (stream_->written() != progress_) {
    progress_ = stream_->written();
    progress_at_ = core_.now();
  } else if (core_.now() - progress_at_ >= allowed) {
    return give_up(Tell::yes);
  }
  set_deadline(allowed / 4);
}

}  // namespace httpio
