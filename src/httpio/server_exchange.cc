// How responses are written: head and content in one piece.
#include "httpio/server_exchange.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "http/writer.h"
#include "httpio/server_connection.h"
#include "httpio/server_core.h"

namespace httpio {
namespace {

const http::RequestHead no_head;

// Content does not become memory by being announced: so much is set aside at first, then four times what has come.
constexpr std::size_t set_aside = 64U << 10;

}  // namespace

bool write_fixed_head(std::string& out, const FixedHead& head, std::span<const http::Field> more) {
  if (head.status < 200) return false;
  auto writer = http::HeadWriter::response(out, head.status, head.before);
  if (head.length > 0 && !head.content_type.empty()) writer.field("Content-Type", head.content_type);
  if (!http::Fields(more).find("Date")) writer.field("Date", head.date);
  writer.fields(more);
  if (head.close) writer.close();
  if (head.length == 0 && (head.status == 204 || head.status == 304)) {
    writer.none();
  } else {
    writer.length(head.length);
  }
  return writer.done().has_value();
}

ServedExchange::ServedExchange(ServerConnection& connection, const http::RequestHead& head)
    : connection_(&connection),
      head_(&head),
      peer_(connection.peer()),
      expected_(head.framing == http::Framing::length ? static_cast<std::size_t>(head.content_length) : 0),
      is_tls_(connection.is_tls()),
      is_head_request_(head.method == http::Method::head),
      chunked_(head.minor_version > 0),
      half_closed_(connection.half_closed()) {}

void ServedExchange::add_content(std::string_view piece) {
  const std::size_t needed = body_.size() + piece.size();
  if (expected_ > 0 && body_.capacity() < needed) {
    body_.reserve(std::min(expected_, std::max({needed, 4 * body_.size(), set_aside})));
  }
  body_ += piece;
}

void ServedExchange::add_fields(std::vector<http::OwnedField> fields) {
  for (http::OwnedField& f : fields) added_.push_back(std::move(f));
}

std::span<const http::Field> ServedExchange::all_fields(std::span<const http::Field> more) {
  if (added_.empty()) return more;
  all_.assign(more.begin(), more.end());
  for (const http::OwnedField& f : added_) all_.push_back({f.name, f.value});
  return all_;
}

void ServedExchange::respond(unsigned status, std::string_view content_type, std::string_view body,
                             std::span<const http::Field> more) {
  if (connection_ == nullptr || started_) return;
  started_ = true;
  const bool close = connection_->begin_response();
  ServerCore& core = connection_->core();
  std::string& out = core.buffer();
  if (!write_fixed_head(out, {status, content_type, body.size(), close, core.date(), &core.written()},
                        all_fields(more))) {
    respond_plainly(close, "the answer has a header field or a status that cannot be sent");
  } else if (!is_head_request_) {
    out += body;
  }
  finish();
}

// Instead of a response that cannot be written.
void ServedExchange::respond_plainly(bool close, std::string_view problem) {
  ServerCore& core = connection_->core();
  const std::string body = refusal_body(problem);
  write_fixed_head(core.buffer(), {500, "application/json", body.size(), close, core.date(), &core.written()}, {});
  if (!is_head_request_) core.buffer() += body;
}

void ServedExchange::start_events(std::span<const http::Field> more) {
  if (connection_ == nullptr || started_) return;
  if (half_closed_) {
    connection_->give_up(ServerConnection::Tell::yes);
    return;
  }
  started_ = true;
  const bool close = connection_->begin_response();
  ServerCore& core = connection_->core();
  more = all_fields(more);
  std::vector<http::Field> fields;
  fields.reserve(more.size() + 1);
  if (!http::Fields(more).find("Date")) fields.push_back({"Date", core.date()});
  fields.insert(fields.end(), more.begin(), more.end());
  if (!http::write_sse_head(core.buffer(), chunked_ ? 1 : 0, fields,
                            close ? http::Connection::close : http::Connection::keep)) {
    respond_plainly(close, "the event stream has a header field that cannot be sent");
    return finish();
  }
  if (is_head_request_) return finish();
  streaming_ = true;
  connection_->send_later();
}

void ServedExchange::write_events(std::string_view text) {
  if (connection_ == nullptr || !streaming_ || text.empty()) return;
  std::string& out = connection_->core().buffer();
  if (chunked_) {
    http::write_chunk(out, text);
  } else {
    out += text;
  }
  connection_->send_later();
}

void ServedExchange::end_events() {
  if (connection_ == nullptr || !streaming_) return;
  if (chunked_) http::write_last_chunk(connection_->core().buffer());
  finish();
}

// Sends the last of the response.
void ServedExchange::finish() {
  if (!connection_->send()) return;
  complete_ = true;
  ServerConnection& connection = *connection_;
  detach();
  connection.response_complete();
}

void ServedExchange::abort() {
  if (connection_ != nullptr) connection_->flush();
  if (connection_ == nullptr) return;
  // Where the connection's end is the content's, an orderly one would pass for it.
  connection_->give_up(ServerConnection::Tell::no, streaming_ && !chunked_);
}

std::size_t ServedExchange::queued() const { return connection_ == nullptr ? 0 : connection_->queued(); }

void ServedExchange::detach() {
  connection_ = nullptr;
  head_ = &no_head;
}

void ServedExchange::close(bool tell) {
  closed_ = true;
  tell_due_ = tell;
  detach();
}

void ServedExchange::settle() {
  const auto closed = std::exchange(on_closed_, {});
  const auto half_closed = std::exchange(on_half_closed_, {});
  const auto drained = std::exchange(on_drained_, {});
  if (closed && tell_due_) closed();
}

void ServedExchange::tell_half_closed() {
  half_closed_ = true;
  if (const auto call = std::exchange(on_half_closed_, {})) call();
}

void ServedExchange::tell_drained() {
  if (!on_drained_) return;
  // It may be replaced while it runs.
  auto call = std::exchange(on_drained_, {});
  call();
  if (!on_drained_ && connection_ != nullptr) on_drained_ = std::move(call);
}

}  // namespace httpio
