// Heads: from bytes to a judged head. The content is in message_content.cc.
#include "http/message.h"

#include <algorithm>
#include <utility>

#include "http/rules.h"

namespace http {
namespace {

// Of a request line beside its target: the longest method worth telling apart, version, spaces and line end.
constexpr std::size_t around_target = 64;

}  // namespace

Message::Message(Kind kind, const Limits& limits, bool to_head) : kind_(kind), limits_(limits), to_head_(to_head) {
  raw_.fields.reserve(32);
  text_.reserve(1024);
  start(to_head);
}

void Message::start(bool to_head) {
  to_head_ = to_head;
  state_ = State::head;
  start_head();
  section_.clear();
  allowed_ = limits_.body_bytes;
  left_ = 0;
  extensions_ = 0;
  interim_ = 0;
  blank_skipped_ = false;
  continue_due_ = false;
}

void Message::start_head() { gate_.start(limits_.target_bytes + around_target, limits_.head_bytes, limits_.fields); }

Step Message::read(std::string_view in) {
  const std::size_t given = in.size();
  for (;;) {
    const State before = state_;
    std::string_view piece;
    Progress progress;
    switch (state_) {
      case State::head:
        progress = read_head(in);
        break;
      case State::announced:
        progress = after_head();
        break;
      case State::content:
        progress = read_content(in, piece);
        break;
      case State::until_close:
        progress = read_until_close(in, piece);
        break;
      case State::chunk_end:
        progress = read_chunk_end(in);
        break;
      case State::chunk_line:
        progress = read_chunk_line(in);
        break;
      case State::end:
        progress = Event::end;
        break;
      case State::closed:
        progress = Event::closed;
        break;
      case State::refused:
        progress = Event::refused;
        break;
    }
    if (!progress && in.empty() && state_ == before && state_ != State::announced) progress = Event::more;
    if (progress) return {*progress, given - in.size(), piece};
  }
}

Step Message::at_end() {
  Progress progress;
  if (state_ == State::until_close) {
    state_ = State::end;
  } else if (state_ == State::announced && request_.framing == Framing::none && kind_ == Kind::request) {
    progress = after_head();
  } else if (state_ == State::announced && kind_ == Kind::response) {
    progress = after_head();
    if (state_ == State::until_close) state_ = State::end;
  } else if (idle()) {
    state_ = State::closed;
  }
  if (state_ == State::end) return {Event::end, 0, {}};
  if (state_ == State::closed) return {Event::closed, 0, {}};
  if (state_ != State::refused) refuse_now({400, "the connection was closed in the middle of the message"});
  return {Event::refused, 0, {}};
}

bool Message::reusable() const {
  if (state_ != State::end) return false;
  return kind_ == Kind::request ? request_.keep_alive : response_.keep_alive;
}

Message::Progress Message::refuse_now(Refusal refusal) {
  state_ = State::refused;
  refusal_ = std::move(refusal);
  refusal_.too_large = refusal_.status == 413;
  if (kind_ == Kind::response) refusal_.status = 502;
  return Event::refused;
}

Message::Progress Message::refuse_line(Found found, std::string_view in) {
  const bool first = state_ == State::head && gate_.lines() == 0;
  switch (found) {
    case Found::full:
      if (state_ == State::chunk_line && !last_chunk_) return refuse_now({400, "a chunk's size line is too long"});
      if (state_ == State::chunk_line) return refuse_now({431, "the trailers are too long"});
      if (first && kind_ == Kind::request) return refuse_now({414, "the request line is too long"});
      return refuse_now({431, "the header is too long: the limit is " + std::to_string(limits_.head_bytes) + " bytes"});
    case Found::many:
      return refuse_now({431, "there are more than " + std::to_string(limits_.fields) + " header or trailer fields"});
    case Found::folded:
      return refuse_now({400, "a header line begins with a space or a tab: folded lines are not accepted"});
    case Found::bare_cr:
      return refuse_now({400, "a line has a CR without LF: lines end in CR LF"});
    case Found::bare_lf:
      return refuse_now({400, "a line ends in LF without CR: lines end in CR LF"});
    default:
      break;
  }
  if (gate_.bytes() == 0 && in.starts_with('\x16')) {
    return refuse_now({400, "TLS was begun on a connection without TLS"});
  }
  return refuse_now({400, "the header, or a chunk's line, has a control character"});
}

Message::Progress Message::read_head(std::string_view& in) {
  if (gate_.bytes() == 0 && !in.empty()) {
    if (repeats_head(in)) return Event::head;
    memory_.forget();
    text_.clear();
  }
  std::size_t consumed = 0;
  const Found found = gate_.scan(in, consumed);
  text_.append(in.substr(0, consumed));
  in.remove_prefix(consumed);
  if (found == Found::more) return std::nullopt;
  if (found == Found::first) return first_line(std::string_view(text_).substr(0, text_.size() - 2));
  if (found != Found::blank) return refuse_line(found, in);
  if (gate_.lines() > 0) return finish_head();
  // RFC 9112 section 2.2: one empty line before a request is a client's slip.
  if (kind_ == Kind::response || std::exchange(blank_skipped_, true)) {
    return refuse_now({400, "an empty line stands where a message should begin"});
  }
  start_head();
  return std::nullopt;
}

// The next head is the last one again: it is taken whole, and means the same but for the length.
bool Message::repeats_head(std::string_view& in) {
  if (to_head_) return false;
  const auto length = memory_.repeated(text_, in);
  if (!length || (kind_ == Kind::request && *length > limits_.body_bytes)) return false;
  // The chunks are the grammar's, which has to have seen the head.
  if (framing() == Framing::chunked && parse_head()) return false;
  text_.replace(memory_.digits_at(), memory_.digits(), in.substr(memory_.digits_at(), memory_.digits()));
  in.remove_prefix(text_.size());
  (kind_ == Kind::request ? request_.content_length : response_.content_length) = *length;
  left_ = *length;
  continue_due_ = kind_ == Kind::request && request_.expects_continue;
  state_ = State::announced;
  return true;
}

// Not those whose content ends with the connection, nor those whose length counts for nothing.
void Message::remember_head() {
  const auto length = Fields(raw_.fields).find("Content-Length");
  if (to_head_ || framing() == Framing::until_close || (length && framing() != Framing::length)) return;
  memory_.keep(text_, length.value_or(""));
}

Message::Progress Message::first_line(std::string_view line) {
  auto refusal = kind_ == Kind::request ? judge_request_line(line) : judge_status_line(line);
  return refusal ? refuse_now(std::move(*refusal)) : std::nullopt;
}

std::optional<Refusal> Message::parse_head() {
  return kind_ == Kind::request ? grammar_.request(text_, raw_) : grammar_.response(text_, to_head_, raw_);
}

Message::Progress Message::finish_head() {
  if (auto refusal = parse_head()) return refuse_now(std::move(*refusal));
  return kind_ == Kind::request ? finish_request() : finish_response();
}

Message::Progress Message::finish_request() {
  if (auto refusal = judge_request(raw_, limits_, request_)) return refuse_now(std::move(*refusal));
  if (!grammar_.agrees(request_.framing, request_.content_length)) {
    return refuse_now({400, "the message can be read in two ways"});
  }
  left_ = request_.content_length;
  continue_due_ = request_.expects_continue;
  remember_head();
  state_ = State::announced;
  return Event::head;
}

Message::Progress Message::finish_response() {
  if (auto refusal = judge_response(raw_, to_head_, response_)) return refuse_now(std::move(*refusal));
  if (!grammar_.agrees(response_.framing, response_.content_length)) {
    return refuse_now({502, "the message can be read in two ways"});
  }
  if (response_.status < 200) {
    if (++interim_ > limits_.interim_responses) return refuse_now({502, "the server sends 1xx responses without end"});
    start_head();
    return std::nullopt;
  }
  left_ = response_.framing == Framing::length ? response_.content_length : 0;
  remember_head();
  state_ = State::announced;
  return Event::head;
}

}  // namespace http
