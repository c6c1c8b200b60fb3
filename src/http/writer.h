// The one writing of HTTP/1.1 heads, fixed responses and chunks. Everything is appended to a std::string.
// What must stay true: what is written, the readers of this room read as the same message with the same framing. A
// value that could end its line is an error, never written; framing fields are written by length(), chunked() and
// until_close() alone, one of them, once.
// Functions do not throw, do no I/O, and may run in any thread on buffers of their own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/fields.h"

namespace http {

// What a server sends for Event::send_continue.
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

// The phrase of RFC 9110 section 15 ("Not Found"), or "" for a status it does not name.
std::string_view reason_phrase(unsigned status);

// The lines of the last request's head, or the last response's, before its framing. What decides about a line is the
// line and those before it: as far as the next head repeats them they need no second look. Bounded; not thread-safe.
class WrittenHead {
 private:
  friend class HeadWriter;
  struct Line {
    std::size_t end;     // in text_
    std::uint32_t seen;  // by then
  };
  std::string_view line(std::size_t number) const {
    const std::size_t begin = number == 0 ? 0 : lines_[number - 1].end;
    return std::string_view(text_).substr(begin, lines_[number].end - begin);
  }
  // The first `lines` lines stay.
  void cut(std::size_t lines);

  std::string text_;
  std::vector<Line> lines_;
};

// One head. An error (the first) is kept until done(), which then takes everything back that was appended.
//   http::HeadWriter head = http::HeadWriter::response(out, 200);
//   head.field("Content-Type", "application/json").length(body.size());
//   if (auto written = head.done(); !written) ...
//   out += body;
class HeadWriter {
 public:
  // `method` a token, `target` a path with perhaps a query (or "*" for OPTIONS), as parse_target takes it. The caller
  // adds Host by field(), first: without it the head is an error. `before` becomes this head; it must outlive the
  // writer.
  static HeadWriter request(std::string& out, std::string_view method, std::string_view target,
                            WrittenHead* before = nullptr);
  // `status` from 100 to 599. `before` is one of responses.
  static HeadWriter response(std::string& out, unsigned status, WrittenHead* before = nullptr);

  // A field: `name` a token, `value` without control characters but the tab, and without blanks at its ends. An error
  // is also what our readers would refuse: fields that belong to the connection (Content-Length, Transfer-Encoding,
  // Connection, Upgrade, Expect), a second one of those that have one meaning (Host, Content-Type, Mcp-*), and their
  // names spelt with underscores.
  HeadWriter& field(std::string_view name, std::string_view value);
  HeadWriter& fields(std::span<const Field> fields);

  // The framing: exactly one of the four. A request that has content is not until_close(); a response of 1xx, 204 or
  // 304 is none().
  HeadWriter& length(std::uint64_t bytes);
  HeadWriter& chunked();
  HeadWriter& until_close();  // with Connection: close
  HeadWriter& none();         // no framing field: no content

  // Connection: close. Not needed after until_close().
  HeadWriter& close();

  // Ends the head with the blank line. On an error `out` is as it was before the head.
  base::Result<void> done();

 private:
  HeadWriter(std::string& out, bool is_request) : out_(&out), begin_(out.size()), is_request_(is_request) {}
  HeadWriter& set_framing(std::string_view line);
  bool repeats(std::size_t line_begin);
  void remember(std::size_t line_begin);
  std::string problem_of(std::string_view name, std::string_view value, std::size_t line_begin);
  bool is_there(std::string_view name, std::size_t end_of_lines) const;
  void fail(std::string message);

  std::string* out_;
  std::size_t begin_;
  std::string error_;
  unsigned status_ = 0;
  std::uint32_t seen_ = 0;  // one bit for each field that may come once
  WrittenHead* before_ = nullptr;
  std::size_t lines_ = 0;  // of *before_ that are in this head
  bool is_request_;
  bool framed_ = false;
};

// Whether the connection stays open after a response.
enum class Connection : std::uint8_t { keep, close };

// A whole response with a JSON body (or one without content, if `body` is empty). `more` as HeadWriter::field takes
// them. On an error (a value that is not legal, content with 204 or 304) nothing is appended.
base::Result<void> write_json_response(std::string& out, unsigned status, std::string_view body, Connection connection,
                                       std::span<const Field> more = {});

// The head of a response that is an event stream: chunked for HTTP/1.1, until the connection's end for 1.0. Caches and
// buffering proxies are told to let it through. `connection`: what becomes of it after the stream; for 1.0 it is
// closed.
base::Result<void> write_sse_head(std::string& out, unsigned client_minor_version, std::span<const Field> more = {},
                                  Connection connection = Connection::keep);

// One chunk; nothing for no data, since an empty chunk ends the content.
void write_chunk(std::string& out, std::string_view data);
// Ends chunked content, without trailers.
void write_last_chunk(std::string& out);

}  // namespace http
