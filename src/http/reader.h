// The strict reader of HTTP/1.1 (RFC 9112): bytes in, events out. No sockets, no clocks, no threads.
//
// The driver gives what it has and takes one event at a time:
//
//   http::RequestReader reader;
//   for (;;) {
//     const http::Step step = reader.read(in);       // `in`: all bytes received and not yet consumed
//     in.remove_prefix(step.consumed);
//     switch (step.event) {
//       case http::Event::more:          receive more, or reader.at_end() when the peer has closed; continue;
//       case http::Event::head:          reader.head() is there; answer now to refuse it before its content;
//       case http::Event::send_continue: write http::continue_response, unless an answer was written already;
//       case http::Event::body:          step.body is the next piece of the content;
//       case http::Event::end:           the message is complete; reader.next() for the one after it;
//       case http::Event::closed:        at_end() only: the peer closed between two messages;
//       case http::Event::refused:       answer reader.refusal(), close. Nothing more can be read.
//     }
//   }
//
// A reader never consumes a byte beyond its message: what a client pipelines stays in `in` until the driver calls
// next(). A message is complete at `end` and only there; one that was cut off is refused, never delivered short.
//
// What must stay true: events, their order and the joined body depend on the bytes alone, not on how they were cut
// into pieces (fuzz/http_fuzz.cc); memory is bounded by Limits; a byte costs constant time however it arrives.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/head.h"

namespace http {

enum class Event : std::uint8_t { more, head, send_continue, body, end, closed, refused };

struct Step {
  Event event = Event::more;
  std::size_t consumed = 0;  // bytes of `in` that are done with; all of it with Event::more
  std::string_view body;     // for Event::body: a part of `in`, never empty
};

// Reads the requests of one connection, one after another. Movable, not thread-safe, no I/O.
class RequestReader {
 public:
  explicit RequestReader(const Limits& limits = {});
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  // The next event. `in` may be empty (after `head`, a request without content ends without another byte). After `end`,
  // `closed` and `refused` the same event comes again, with nothing consumed, until next().
  Step read(std::string_view in);

  // The peer has closed its side, and every byte was given to read(). `closed` if that was between two messages, `end`
  // if it is over, else `refused`: the message was cut off.
  Step at_end();

  // After `head`, before the next read(): how much content is allowed, where that is less than Limits::body_bytes: 413.
  void allow_body(std::uint64_t bytes);

  // From `head` until next().
  const RequestHead& head() const;
  // After `refused`.
  const Refusal& refusal() const;

  // No byte of a message has come since the start or next(): a connection that may be closed without an answer.
  bool idle() const;
  // After `end`: the client expects the connection to stay open. False before, and after a refusal.
  bool reusable() const;

  // After `end`: begins the next message. Views of the last head become invalid; memory is kept.
  void next();

  // Between two messages, before the reader goes to another connection: a head is remembered for the one that repeats
  // it (http/head_memory.h), and how fast one is read must tell nobody what another client has sent.
  void forget();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads the responses of one connection to a server, in the order of their requests. 1xx are skipped (at most
// Limits::interim_responses). Refusals have status 502. Movable, not thread-safe, no I/O.
class ResponseReader {
 public:
  // `to_head`: the first response is to a HEAD request.
  explicit ResponseReader(const Limits& limits = {}, bool to_head = false);
  ~ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;

  // As RequestReader::read; no send_continue. Bytes that are left after `end` when no further request was sent mean
  // that the two sides disagree: close the connection, and never take them for an answer.
  Step read(std::string_view in);

  // As RequestReader::at_end; `end` also for content that ends with the connection. Call it only for an orderly end
  // (FIN; with TLS, close_notify): after any other, content that ends with the connection was cut off.
  Step at_end();

  // After `head`, before the next read(): how much content is allowed, instead of Limits::body_bytes. For event
  // streams, which have no end: `unlimited`.
  void allow_body(std::uint64_t bytes);

  const ResponseHead& head() const;
  const Refusal& refusal() const;
  bool idle() const;
  // After `end`: another request may be sent on this connection.
  bool reusable() const;

  // After `end`: begins the next response.
  void next(bool to_head = false);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
