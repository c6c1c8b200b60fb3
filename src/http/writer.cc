// Heads, fixed responses, chunks.
#include "http/writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/append.h"
#include "base/strings.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/rules_fields.h"

namespace http {
namespace {

struct Phrase {
  unsigned status;
  std::string_view text;
};

constexpr std::array<Phrase, 36> phrases{{
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};
// Not in the table since they are rare: an empty phrase is legal.

bool is_of_the_connection(std::string_view name, Name id) {
  return id == Name::content_length || id == Name::transfer_encoding || id == Name::connection || id == Name::upgrade ||
         id == Name::expect || equal_ignoring_case(name, "Proxy-Connection");
}

bool is_legal_value(std::string_view value) {
  if (skip_text(value.data(), value.data() + value.size()) != value.data() + value.size()) return false;
  return value.empty() || (!is_blank(value.front()) && !is_blank(value.back()));
}

void append_number(std::string& out, std::uint64_t value, int base) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, base).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

// In a time that tells nothing of where they differ: a head has credentials, and how fast the next client's is written
// shall not say how much of them it has guessed.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::uint64_t differs = 0;
  const auto compare = [&](std::size_t at) {
    std::uint64_t x = 0, y = 0;
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    differs |= x ^ y;
  };
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) compare(at);
  if (a.size() >= 8) {
    compare(a.size() - 8);
  } else {
    for (; at < a.size(); ++at) differs |= static_cast<unsigned char>(a[at] ^ b[at]);
  }
  return differs == 0;
}

// Of a remembered head; what is longer is looked at each time.
constexpr std::size_t most_remembered = 8U << 10;

bool must_not_have_content(unsigned status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view reason_phrase(unsigned status) {
  for (const Phrase& phrase : phrases) {
    if (phrase.status == status) return phrase.text;
  }
  return status == 505 ? "HTTP Version Not Supported" : "";
}

void WrittenHead::cut(std::size_t lines) {
  lines_.resize(lines);
  text_.resize(lines == 0 ? 0 : lines_.back().end);
}

// The line that was just appended is the next of the head before.
bool HeadWriter::repeats(std::size_t line_begin) {
  if (before_ == nullptr || lines_ == before_->lines_.size()) return false;
  if (!equal_in_constant_time(before_->line(lines_), std::string_view(*out_).substr(line_begin))) return false;
  seen_ = before_->lines_[lines_++].seen;
  return true;
}

// It is another than before.
void HeadWriter::remember(std::size_t line_begin) {
  if (before_ == nullptr) return;
  before_->cut(lines_);
  const std::string_view line = std::string_view(*out_).substr(line_begin);
  if (!error_.empty() || before_->text_.size() + line.size() > most_remembered) {
    before_ = nullptr;
    return;
  }
  before_->text_.append(line);
  before_->lines_.push_back({before_->text_.size(), seen_});
  ++lines_;
}

HeadWriter HeadWriter::request(std::string& out, std::string_view method, std::string_view target,
                               WrittenHead* before) {
  HeadWriter head(out, true);
  head.before_ = before;
  base::append(out, method, " ", target, " HTTP/1.1\r\n");
  if (head.repeats(head.begin_)) return head;
  if (!is_token(method)) head.fail("the method \"" + base::printable(method, 60) + "\" is no token");
  const auto read = parse_target(target);
  if (!read || !read->scheme.empty() || (read->path == "*" && method != "OPTIONS") || method == "CONNECT") {
    head.fail("the request target \"" + base::printable(target, 60) + "\" is not legal");
  }
  head.remember(head.begin_);
  return head;
}

HeadWriter HeadWriter::response(std::string& out, unsigned status, WrittenHead* before) {
  HeadWriter head(out, false);
  head.status_ = status;
  head.before_ = before;
  if (status < 100 || status > 599) head.fail("status " + std::to_string(status) + " does not exist");
  out.append("HTTP/1.1 ");
  append_number(out, status, 10);
  base::append(out, " ", reason_phrase(status), "\r\n");
  if (!head.repeats(head.begin_)) head.remember(head.begin_);
  return head;
}

void HeadWriter::fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
}

// A field of this name stands in the head before `end_of_lines`.
bool HeadWriter::is_there(std::string_view name, std::size_t end_of_lines) const {
  std::string_view rest = std::string_view(*out_).substr(begin_, end_of_lines - begin_);
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    rest.remove_prefix(end + 1);
    if (rest.size() > name.size() && rest[name.size()] == ':' && starts_with_ignoring_case(rest, name)) return true;
  }
  return false;
}

std::string HeadWriter::problem_of(std::string_view name, std::string_view value, std::size_t line_begin) {
  if (!is_token(name)) return "the header name \"" + base::printable(name, 60) + "\" is no token";
  const Name id = name_of(name);
  const auto header = [name] { return "header " + std::string(name); };
  if (is_of_the_connection(name, id)) return header() + " is set by the writer alone";
  if (!is_legal_value(value)) return header() + " has a control character in its value, or a blank at one of its ends";
  if (is_disguised(name)) return header() + " is spelt with an underscore for a hyphen";
  if (id == Name::other) return {};
  const std::uint32_t bit = 1U << static_cast<unsigned>(id);
  if ((seen_ & bit) != 0 && (id != Name::mcp || is_there(name, line_begin))) return header() + " comes twice";
  seen_ |= bit;
  if (id == Name::host && is_request_ && !parse_authority(value)) {
    return "Host must be a name or an address and perhaps a port, not \"" + base::printable(value, 60) + "\"";
  }
  return {};
}

HeadWriter& HeadWriter::field(std::string_view name, std::string_view value) {
  const std::size_t begin = out_->size();
  base::append(*out_, name, ": ", value, "\r\n");
  if (repeats(begin)) return *this;
  if (std::string problem = problem_of(name, value, begin); !problem.empty()) fail(std::move(problem));
  remember(begin);
  return *this;
}

HeadWriter& HeadWriter::fields(std::span<const Field> fields) {
  for (const Field& f : fields) field(f.name, f.value);
  return *this;
}

HeadWriter& HeadWriter::set_framing(std::string_view line) {
  if (framed_) fail("a message has one framing, and this head has a second");
  framed_ = true;
  if (!is_request_ && must_not_have_content(status_) && !line.empty()) {
    fail("a response of status " + std::to_string(status_) + " has no content");
  }
  out_->append(line);
  return *this;
}

HeadWriter& HeadWriter::length(std::uint64_t bytes) {
  set_framing("Content-Length: ");
  append_number(*out_, bytes, 10);
  out_->append("\r\n");
  return *this;
}

HeadWriter& HeadWriter::chunked() { return set_framing("Transfer-Encoding: chunked\r\n"); }

HeadWriter& HeadWriter::until_close() {
  if (is_request_) fail("a request cannot end with its connection");
  return set_framing("Connection: close\r\n");
}

HeadWriter& HeadWriter::none() {
  if (!is_request_ && !must_not_have_content(status_)) {
    fail("a response of status " + std::to_string(status_) + " without framing would end with its connection");
  }
  return set_framing({});
}

HeadWriter& HeadWriter::close() {
  out_->append("Connection: close\r\n");
  return *this;
}

base::Result<void> HeadWriter::done() {
  if (!framed_) fail("the head has no framing");
  if (is_request_ && (seen_ >> static_cast<unsigned>(Name::host) & 1U) == 0) fail("the request has no Host header");
  if (!error_.empty()) {
    out_->resize(begin_);
    return base::fail(std::move(error_));
  }
  out_->append("\r\n");
  return {};
}

base::Result<void> write_json_response(std::string& out, unsigned status, std::string_view body, Connection connection,
                                       std::span<const Field> more) {
  const std::size_t begin = out.size();
  auto head = HeadWriter::response(out, status);
  if (!body.empty()) head.field("Content-Type", "application/json");
  head.fields(more);
  if (connection == Connection::close) head.close();
  if (body.empty() && must_not_have_content(status)) {
    head.none();
  } else {
    head.length(body.size());
  }
  if (auto written = head.done(); !written) {
    out.resize(begin);
    return written;
  }
  out.append(body);
  return {};
}

base::Result<void> write_sse_head(std::string& out, unsigned client_minor_version, std::span<const Field> more,
                                  Connection connection) {
  auto head = HeadWriter::response(out, 200);
  head.field("Content-Type", "text/event-stream").field("Cache-Control", "no-cache, no-transform");
  head.field("X-Accel-Buffering", "no").fields(more);
  if (client_minor_version == 0) {
    head.until_close();
  } else {
    head.chunked();
    if (connection == Connection::close) head.close();
  }
  return head.done();
}

void write_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  append_number(out, data.size(), 16);
  out.append("\r\n").append(data).append("\r\n");
}

void write_last_chunk(std::string& out) { out.append("0\r\n\r\n"); }

}  // namespace http
