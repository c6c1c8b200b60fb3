// Server-sent events (WHATWG HTML, "Server-sent events"; MCP sends one JSON-RPC message an event): a reader and a
// writer. Bytes in, blocks and comments out; no I/O.
// What must stay true: what is read depends on the bytes alone, not on how they were cut (fuzz/sse_fuzz.cc); nothing is
// held beyond the limit; what the writer writes, the reader reads as the same.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace http {

// What stands between two blank lines. A forwarder needs more than a page does: blocks without data are given too (a
// browser dispatches nothing, but takes their id and retry), and fields are told apart from empty ones.
struct SseEvent {
  std::optional<std::string_view> id = {};  // "" resets the last event id
  std::string_view event = {};              // the type; "" means "message"
  std::optional<std::uint64_t> retry = {};  // milliseconds
  std::optional<std::string_view> data =
      {};  // lines joined by LF; nothing: no data line. "" with an id is MCP's primer

  bool operator==(const SseEvent&) const = default;
};

enum class SseFound : std::uint8_t {
  more,     // everything was looked at
  event,    // event() is there
  comment,  // comment() is there
  refused,  // the block is longer than the limit; nothing more can be read
};

// Reads one stream. Not thread-safe. Views are valid until the next read(), and a comment's while the input is there.
//   while ((found = reader.read(in)) != SseFound::more) ...
// At the end of the stream there is nothing to call: a block without its blank line is dropped, as the standard says.
class SseReader {
 public:
  // A block's bytes, comments not counted, and a single comment's, are at most `limit`. The default leaves room for a
  // message of 16 MiB in one event.
  explicit SseReader(std::size_t limit = (16U << 20) + 4096) : limit_(std::max<std::size_t>(limit, 16)) {}

  // Takes what it looks at off `in`, up to the end of the first block or comment.
  SseFound read(std::string_view& in);

  const SseEvent& event() const { return event_; }
  // Without its colon; a space after the colon is kept.
  std::string_view comment() const { return comment_; }
  // The id that a client sends as Last-Event-ID: that of the last block with an id that was given.
  const std::string& last_event_id() const { return last_id_; }
  // The time to wait before reconnecting that the server named last, in milliseconds.
  std::optional<std::uint64_t> retry() const { return retry_; }

 private:
  bool skip_bom(std::string_view& in);
  SseFound line(std::string_view text);
  SseFound end_block();
  void field(std::string_view name, std::string_view value);
  void clear_block();

  std::size_t limit_;
  std::size_t block_ = 0;     // bytes of the block's lines so far
  std::size_t bom_ = 0;       // bytes of a byte order mark seen at the begin; 3: past it
  bool after_cr_ = false;     // an LF now belongs to the line end before
  bool clear_due_ = false;    // what was given is to be forgotten
  bool partial_due_ = false;  // so is the line that it was read from
  bool refused_ = false;
  bool has_data_ = false;
  std::string partial_;  // a line that is not at its end
  std::string data_;
  std::string type_;
  std::string id_;
  std::string last_id_;
  bool has_id_ = false;
  std::optional<std::uint64_t> block_retry_;
  std::optional<std::uint64_t> retry_;
  std::string_view comment_;
  SseEvent event_;
};

// Appends the event as one block. `data` is split at CR, LF and CR LF into data lines, which the reader joins by LF.
// Nothing is appended if id or event has CR, LF or NUL (an error). An event without any field appends nothing.
base::Result<void> write_sse(std::string& out, const SseEvent& event);

// Appends a comment; each line end in it begins another. An empty one keeps a connection alive.
void write_sse_comment(std::string& out, std::string_view text);

}  // namespace http
