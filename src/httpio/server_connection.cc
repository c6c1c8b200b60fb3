// Reading requests, and what becomes of the connection after each.
#include "httpio/server_connection.h"

#include <utility>

#include "http/writer.h"
#include "httpio/server_core.h"
#include "httpio/server_exchange.h"

namespace httpio {
namespace {

constexpr std::size_t max_kept = 64U << 10;
// A client that pipelines gets this many requests read, then others have their turn.
constexpr unsigned requests_a_turn = 16;
// Of an event stream, until the turn's end.
constexpr std::size_t put_off_most = 64U << 10;

}  // namespace

ServerConnection::ServerConnection(ServerCore& core, net::Descriptor socket, const net::SocketAddress& peer,
                                   std::shared_ptr<const net::TlsServer> tls, bool counts)
    : core_(core),
      peer_(peer),
      timer_(core.loop(), [this] { on_timer(); }),
      state_(tls ? State::handshake : State::idle),
      counts_(counts),
      is_tls_(tls != nullptr) {
  stream_ = tls ? net::Stream::tls_server(core.loop(), std::move(socket), *this, std::move(tls))
                : net::Stream::tcp(core.loop(), std::move(socket), *this);
  stream_->resume();
  set_deadline(is_tls_ ? core.options().head_timeout : core.options().idle_timeout);
}

ServerConnection::~ServerConnection() = default;

std::size_t ServerConnection::queued() const { return unsent_.size() + stream_->queued(); }

void ServerConnection::on_secured(net::Stream&) {
  if (state_ != State::handshake) return;
  state_ = State::idle;
  set_deadline(core_.options().idle_timeout);
}

void ServerConnection::on_bytes(net::Stream&, std::string_view bytes) {
  if (state_ == State::dead) return;
  if (state_ == State::closing || discards_) return discard(bytes.size());
  if (reads() && !read_due_) return read(bytes);
  keep(bytes);
}

void ServerConnection::keep(std::string_view bytes) {
  kept_ += bytes;
  if (kept_.size() < max_kept || paused_) return;
  paused_ = true;
  stream_->pause();
}

void ServerConnection::read_kept() {
  read_due_ = false;
  if (!reads()) return;
  const std::string kept = std::exchange(kept_, {});
  read(kept);
  const bool open = state_ != State::dead && state_ != State::closing;
  if (paused_ && open && !discards_ && kept_.size() < max_kept) {
    paused_ = false;
    stream_->resume();
  }
}

void ServerConnection::read(std::string_view in) {
  busy_ = true;
  read_requests(in);
  busy_ = false;
  if (state_ != State::dead) after_reading(in);
}

// As far as the bytes go, or until a response is waited for. `in` is left with what was not read.
void ServerConnection::read_requests(std::string_view& in) {
  unsigned requests = 0;
  while (reads()) {
    if (state_ == State::idle && (in.empty() || requests == requests_a_turn)) return;
    if (!reader_) reader_ = core_.take_reader();
    reader_is_fresh_ = false;
    const http::Step step = reader_->read(in);
    in.remove_prefix(step.consumed);
    if (step.event == http::Event::head) ++requests;
    if (!take(step, in)) return;
  }
}

// One event. False: nothing more can be read now.
bool ServerConnection::take(const http::Step& step, std::string_view rest) {
  switch (step.event) {
    case http::Event::more:
      if (state_ == State::idle && !reader_->idle()) {
        state_ = State::head;
        set_deadline(core_.options().head_timeout);
      }
      return false;
    case http::Event::head:
      take_head(rest);
      return true;
    case http::Event::send_continue:
      if (exchange_) {
        core_.buffer() = http::continue_response;
        send();
      }
      return true;
    case http::Event::body:
      take_content(step.body);
      return true;
    case http::Event::end:
      take_end();
      return true;
    case http::Event::closed:
      return false;
    case http::Event::refused:
      refuse(reader_->refusal().status, reader_->refusal().reason);
      return false;
  }
  return false;
}

void ServerConnection::take_head(std::string_view rest) {
  const http::RequestHead& head = reader_->head();
  state_ = State::content;
  content_ = 0;
  closes_ = !head.keep_alive || head.minor_version == 0;  // the writer knows no Connection: keep-alive
  request_over_ = false;
  rest_is_here_ = head.framing == http::Framing::none || (head.framing == http::Framing::length &&
                                                          !head.expects_continue && head.content_length <= rest.size());
  // Another owner beside us: the handler may complete it, and we let go of ours then.
  const auto exchange = exchange_ = std::make_shared<ServedExchange>(*this, head);
  const std::uint64_t allowed = core_.handler().on_head(exchange);
  if (state_ != State::content) return;
  if (!exchange->started()) reader_->allow_body(allowed);
  if (!rest_is_here_) set_deadline(core_.options().body_timeout);
}

void ServerConnection::take_content(std::string_view piece) {
  content_ += piece.size();
  if (!exchange_ || exchange_->started()) return;
  if (!rest_is_here_) {
    if (!core_.hold_content(piece.size())) return refuse(503, "too much is being received at this time");
    held_ += piece.size();
  }
  exchange_->add_content(piece);
}

void ServerConnection::release_content() { core_.release_content(std::exchange(held_, 0)); }

void ServerConnection::take_end() {
  request_over_ = true;
  wait_for_answer();
  if (exchange_ && !exchange_->started()) {
    const auto exchange = exchange_;
    core_.handler().on_request(exchange);
  }
  if (state_ == State::answering && !exchange_) go_on();
}

void ServerConnection::wait_for_answer() {
  state_ = State::answering;
  release_content();
  deadline_.reset();
  if (watches_queue_) set_deadline(core_.options().write_timeout / 4);
}

void ServerConnection::after_reading(std::string_view in) {
  if (state_ == State::answering && !exchange_) go_on();  // answered before its content came
  if (state_ == State::dead) return;
  if (state_ == State::closing || discards_) return discard(in.size());
  if (!in.empty()) keep(in);
  if (state_ == State::idle) return rest();
  if (half_closed_ && reads()) cut_off();
}

// The client has ended in the middle of a request.
void ServerConnection::cut_off() {
  reader_->at_end();
  refuse(reader_->refusal().status, reader_->refusal().reason);
}

bool ServerConnection::begin_response() {
  if (!request_over_ && !rest_is_here_) {
    discards_ = closes_ = true;
    wait_for_answer();
  }
  if (core_.is_draining() || (half_closed_ && !busy_ && kept_.empty())) closes_ = true;
  return closes_;
}

bool ServerConnection::send() {
  if (unsent_.empty()) {
    stream_->write(core_.buffer());
  } else {
    unsent_ += core_.buffer();
    stream_->write(unsent_);
    std::string().swap(unsent_);  // a stream that waits holds nothing
  }
  core_.buffer_used();
  const std::size_t left = stream_->queued();
  if (left > core_.options().max_queued) {
    give_up(Tell::yes);
    return false;
  }
  if (left > 0) watch_queue();
  return true;
}

bool ServerConnection::send_later() {
  if (unsent_.size() + core_.buffer().size() > put_off_most) return send();
  if (unsent_.empty()) core_.flush_later(*this);
  unsent_ += core_.buffer();
  core_.buffer_used();
  return true;
}

void ServerConnection::flush() {
  if (state_ != State::dead && !unsent_.empty()) send();
}

void ServerConnection::response_complete() {
  core_.let_go(std::move(exchange_));
  exchange_.reset();
  if (!busy_ && state_ == State::answering) go_on();
}

// The response is complete: what next.
void ServerConnection::go_on() {
  if (closes_) return start_closing();
  if (stream_->queued() > 0) {
    state_ = State::flushing;
    return;
  }
  reader_->next();
  reader_is_fresh_ = true;
  state_ = State::idle;
  set_deadline(core_.options().idle_timeout);
  if (!busy_) rest();
}

// Between two requests.
void ServerConnection::rest() {
  if (!kept_.empty()) {
    if (!std::exchange(read_due_, true)) core_.read_later(*this);
    return;
  }
  owns_reader_ = owns_reader_ || core_.own_reader();
  if (reader_ && reader_is_fresh_ && !owns_reader_) {
    core_.give_back(std::move(*reader_));
    reader_.reset();
  }
  if (half_closed_ || core_.is_draining()) give_up(Tell::no);
}

}  // namespace httpio
