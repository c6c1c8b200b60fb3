// Internal to the server: one request and its response, as its handler sees them.
// What must stay true: it writes through its connection while that serves it, and never after: the connection takes
// its hand away (detach) when the response is complete or the client has gone.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "http/writer.h"
#include "httpio/server.h"

namespace httpio {

class ServerConnection;

class ServedExchange final : public ServerExchange {
 public:
  // `head` is the reader's.
  ServedExchange(ServerConnection& connection, const http::RequestHead& head);

  const http::RequestHead& head() const override { return *head_; }
  std::string& body() override { return body_; }
  const net::SocketAddress& peer() const override { return peer_; }
  bool is_tls() const override { return is_tls_; }
  void add_fields(std::vector<http::OwnedField> fields) override;

  void respond(unsigned status, std::string_view content_type, std::string_view body,
               std::span<const http::Field> more) override;
  void start_events(std::span<const http::Field> more) override;
  void write_events(std::string_view text) override;
  void end_events() override;
  void abort() override;

  bool started() const override { return started_; }
  bool complete() const override { return complete_; }
  bool closed() const override { return closed_; }
  bool half_closed() const override { return half_closed_; }
  std::size_t queued() const override;
  void on_closed(std::function<void()> callback) override { on_closed_ = std::move(callback); }
  void on_half_closed(std::function<void()> callback) override { on_half_closed_ = std::move(callback); }
  void on_drained(std::function<void()> callback) override { on_drained_ = std::move(callback); }

  // For the connection.
  void add_content(std::string_view piece);
  bool is_streaming() const { return streaming_ && !complete_; }
  bool is_head_request() const { return is_head_request_; }
  bool has_callbacks() const { return on_closed_ || on_half_closed_ || on_drained_; }
  // The client has gone, or is given up: nothing more is written. `tell`: settle() tells who holds it.
  void close(bool tell);
  // After its end, from the loop: lets go of the callbacks, which may hold what holds this.
  void settle();
  // These call who holds it; the connection may be closed in them.
  void tell_half_closed();
  void tell_drained();

 private:
  void detach();
  void finish();
  void respond_plainly(bool close, std::string_view problem);
  // `more` and the added ones; valid until the next call.
  std::span<const http::Field> all_fields(std::span<const http::Field> more);

  ServerConnection* connection_;  // null once the response is complete or the client has gone
  const http::RequestHead* head_;
  std::string body_;
  std::vector<http::OwnedField> added_;
  std::vector<http::Field> all_;
  net::SocketAddress peer_;
  std::size_t expected_;  // bytes of content, as far as they are announced
  bool is_tls_;
  bool is_head_request_;
  bool chunked_;  // how an event stream is framed: HTTP/1.1
  bool started_ = false;
  bool streaming_ = false;
  bool complete_ = false;
  bool closed_ = false;
  bool half_closed_;
  bool tell_due_ = false;
  std::function<void()> on_closed_, on_half_closed_, on_drained_;
};

// Appends the head of a response whose content has `length` bytes. False: `more`, the type or the status is not legal;
// nothing was appended.
struct FixedHead {
  unsigned status = 200;
  std::string_view content_type;
  std::size_t length = 0;
  bool close = false;
  std::string_view date;
  http::WrittenHead* before = nullptr;  // of the head before; null: of none
};
bool write_fixed_head(std::string& out, const FixedHead& head, std::span<const http::Field> more);

}  // namespace httpio
