// Bytes to the reader, the reader's events to the handler; see the header for what may be gone after each of them.
#include "httpio/client_connection.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <utility>

#include "httpio/client_pool.h"

namespace httpio {
namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kib = 1024, mib = kib * kib;
  if (bytes >= mib && bytes % mib == 0) return std::to_string(bytes / mib) + " MiB";
  if (bytes >= kib && bytes % kib == 0) return std::to_string(bytes / kib) + " KiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace

// A call from the loop, in which handlers may be called. They never nest: handlers are called from the loop only.
class ClientConnection::Entry {
 public:
  explicit Entry(ClientConnection& connection) : connection_(connection) {
    assert(connection.gone_ == nullptr);
    connection.gone_ = &gone_;
  }
  ~Entry() {
    if (!gone_) connection_.gone_ = nullptr;
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  ClientConnection& connection_;
  bool gone_ = false;
};

ClientConnection::ClientConnection(ClientPool& pool, std::unique_ptr<net::Stream> stream)
    : pool_(pool), stream_(std::move(stream)) {
  stream_->set_handler(*this);
  stream_->resume();
}

ClientConnection::~ClientConnection() {
  if (gone_ != nullptr) *gone_ = true;
}

bool ClientConnection::is_usable() const { return !end_ && stream_->is_open() && stream_->is_quiet(); }

void ClientConnection::begin(ClientExchange& exchange, std::string& out) {
  assert(exchange_ == nullptr && !end_);
  exchange_ = &exchange;
  exchange.place = ClientExchange::Place::connected;
  exchange.connection = this;
  const bool to_head = exchange.request->method == "HEAD";
  kept_ = reader_.has_value();
  if (kept_) {
    reader_->next(to_head);
  } else {
    reader_.emplace(pool_.options().limits, to_head);
  }
  allowed_ = pool_.options().limits.body_bytes;
  head_came_ = false;
  written_before_ = stream_->written();
  stream_->write(out);
  if (exchange.has_body_apart()) {
    const bool only_ours = sent() && exchange.request.use_count() == 1;
    std::string body = only_ours ? std::move(exchange.request->body) : exchange.request->body;
    stream_->write(body);
  }
  if (sent()) exchange.request.reset();  // it is never written a second time
  if (exchange.paused) read(false);
}

// Keep-Alive: timeout=5 (RFC 2068 section 19.7.1; Node's servers send it). A request that meets the server's close on
// its way is lost, and may have been carried out: better a new connection.
std::optional<base::Duration> ClientConnection::server_keeps() const {
  if (!reader_) return std::nullopt;
  constexpr std::string_view name = "timeout=";
  const std::string_view value = reader_->head().fields.value_or("Keep-Alive", "");
  const std::size_t at = value.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto parsed = std::from_chars(value.data() + at + name.size(), value.data() + value.size(), seconds);
  if (parsed.ec != std::errc{}) return std::nullopt;
  const base::Duration said = std::chrono::seconds(seconds);
  return std::max<base::Duration>(said - std::chrono::seconds(1), said / 2);
}

// Its exchange, which is over as far as the connection is concerned.
ClientExchange& ClientConnection::release() {
  ClientExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.connection = nullptr;
  held_.clear();
  return exchange;
}

void ClientConnection::abandon() {
  release();
  stream_->close(true);
}

void ClientConnection::allow_body(std::uint64_t bytes) {
  allowed_ = bytes;
  reader_->allow_body(bytes);
}

void ClientConnection::read(bool yes) {
  if (reading_ == yes || end_) return;
  reading_ = yes;
  if (yes) {
    stream_->resume();
  } else {
    stream_->pause();
  }
}

void ClientConnection::pause() {
  if (!in_feed_) read(false);
}

void ClientConnection::resume() {
  if (!in_feed_) pool_.go_on_later(*this);
}

void ClientConnection::go_on() {
  if (exchange_ == nullptr || exchange_->paused) return;
  Entry entry(*this);
  const bool* gone = gone_;
  const std::string bytes = std::exchange(held_, {});
  feed(bytes);
  if (*gone || exchange_ == nullptr || exchange_->paused) return;
  if (end_) return meet_end();
  read(true);
}

void ClientConnection::on_bytes(net::Stream& stream, std::string_view bytes) {
  static_cast<void>(stream);
  if (exchange_ == nullptr) return pool_.remove(*this);  // nothing was asked
  if (exchange_->paused || !held_.empty()) {
    held_.append(bytes);
    return;
  }
  const Entry entry(*this);
  if (!sent()) return fail("it answered before it was asked");
  feed(bytes);
}

void ClientConnection::on_end(net::Stream& stream, std::string_view error) {
  static_cast<void>(stream);
  if (!end_) end_.emplace(error);  // an orderly end stays one if writing fails after it
  if (exchange_ == nullptr) return pool_.remove(*this);
  if (exchange_->paused || going_on) return;
  const Entry entry(*this);
  meet_end();
}

// Reads until everything is used up, the exchange pauses, or it is over.
void ClientConnection::feed(std::string_view in) {
  const bool* gone = gone_;
  in_feed_ = true;
  while (exchange_ != nullptr && !exchange_->paused) {
    const http::Step step = reader_->read(in);
    in.remove_prefix(step.consumed);
    if (step.event == http::Event::more) break;
    switch (step.event) {
      case http::Event::head:
        head_came_ = true;
        pool_.answered(*exchange_);
        exchange_->handler.on_head(*exchange_, reader_->head());
        break;
      case http::Event::body:
        exchange_->handler.on_body(*exchange_, step.body);
        break;
      case http::Event::end:
        in_feed_ = false;
        return complete(in.empty());
      default:
        in_feed_ = false;
        return refuse();
    }
    if (*gone) return;
  }
  in_feed_ = false;
  if (exchange_ == nullptr || !exchange_->paused) return;
  held_.assign(in);
  read(false);
}

void ClientConnection::meet_end() {
  const bool unheard = kept_ && !head_came_ && reader_->idle();
  if (end_->empty()) {
    const http::Step step = reader_->at_end();
    if (step.event == http::Event::end) return complete(false);
    return fail(head_came_ ? "the connection was closed in the middle of its answer"
                           : "the connection was closed before it answered",
                unheard);
  }
  fail((head_came_ ? "the connection broke in the middle of its answer: "
                   : "the connection broke before it answered: ") +
           *end_,
       unheard);
}

// The response is complete. Its handler may start the next exchange on this connection at once.
void ClientConnection::complete(bool keep) {
  const bool* gone = gone_;
  ClientExchange& exchange = release();
  exchange.place = ClientExchange::Place::over;
  keep = keep && !end_ && reader_->reusable() && stream_->queued() == 0 && stream_->is_open();
  if (keep) {
    read(true);
    pool_.make_idle(*this);
  } else {
    stream_->close();
  }
  exchange.handler.on_done(exchange);
  if (*gone) return;
  if (keep) {
    pool_.settle();
  } else {
    pool_.remove(*this);
  }
}

void ClientConnection::refuse() {
  const http::Refusal& refusal = reader_->refusal();
  fail(refusal.too_large ? "it answered with more than " + size_text(allowed_)
                         : "its answer is malformed: " + refusal.reason);
}

// The connection is of no more use, and neither is the exchange, unless it can be carried by another connection.
void ClientConnection::fail(std::string what, bool unheard) {
  const bool* gone = gone_;
  const bool again = kept && !sent();
  Failure failure{
      .what = pool_.origin() + ": " + std::move(what), .sent = sent(), .in_body = head_came_, .unheard = unheard};
  ClientExchange& exchange = release();
  stream_->close(true);
  if (again) return pool_.place_again(exchange, *this);
  pool_.forget_deadline(exchange);
  exchange.place = ClientExchange::Place::over;
  exchange.handler.on_failed(exchange, failure);
  if (!*gone) pool_.remove(*this);
}

}  // namespace httpio
