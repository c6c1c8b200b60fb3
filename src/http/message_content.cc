// Content: by length, in chunks, or until the connection's end. Pieces are given as they lie in the input.
#include <algorithm>
#include <utility>

#include "http/chars.h"
#include "http/message.h"

namespace http {
namespace {

// A chunk's line that says 0. Whether it is well formed is the grammar's question.
bool says_zero(std::string_view line) {
  const std::size_t digits = line.find_first_not_of('0');
  return digits != 0 && (digits == std::string_view::npos || hex_value(line[digits]) < 0);
}

}  // namespace

// The first read() after `head`.
Message::Progress Message::after_head() {
  // Content that is known to be too long is not asked for.
  if (continue_due_ && !(framing() == Framing::length && left_ > allowed_)) {
    continue_due_ = false;
    return Event::send_continue;
  }
  switch (framing()) {
    case Framing::none:
      return set(State::end);
    case Framing::length:
      if (left_ > allowed_) {
        return refuse_now(
            {413, "Content-Length is " + std::to_string(left_) + ", the limit " + std::to_string(allowed_) + " bytes"});
      }
      return set(State::content);
    case Framing::chunked:
      start_chunk_line();
      return std::nullopt;
    case Framing::until_close:
      return set(State::until_close);
  }
  return std::nullopt;
}

Message::Progress Message::read_content(std::string_view& in, std::string_view& piece) {
  if (in.empty()) return std::nullopt;
  const bool chunked = framing() == Framing::chunked;
  piece = in.substr(0, std::min<std::uint64_t>(left_, in.size()));
  in.remove_prefix(piece.size());
  left_ -= piece.size();
  if (chunked) {
    if (auto refusal = grammar_.chunk_data(piece)) return refuse_now(std::move(*refusal));
  }
  if (left_ == 0) state_ = chunked ? State::chunk_end : State::end;
  return Event::body;
}

Message::Progress Message::read_until_close(std::string_view& in, std::string_view& piece) {
  if (in.empty()) return std::nullopt;
  if (allowed_ == 0) return refuse_now({413, "the content is longer than the limit"});
  piece = in.substr(0, std::min<std::uint64_t>(allowed_, in.size()));
  in.remove_prefix(piece.size());
  if (allowed_ != unlimited) allowed_ -= piece.size();
  return Event::body;
}

void Message::start_chunk_line() {
  state_ = State::chunk_line;
  last_chunk_ = false;
  gate_.start(limits_.chunk_line_bytes, limits_.chunk_line_bytes + limits_.trailer_bytes, limits_.fields);
}

// The CR LF after a chunk's content. It stays in the section, before the next line: so the grammar takes them.
Message::Progress Message::read_chunk_end(std::string_view& in) {
  while (section_.size() < 2) {
    if (in.empty()) return std::nullopt;
    if (in.front() != "\r\n"[section_.size()]) {
      return refuse_now({400, "a chunk's content does not end where its size says"});
    }
    section_ += in.front();
    in.remove_prefix(1);
  }
  start_chunk_line();
  return std::nullopt;
}

Message::Progress Message::read_chunk_line(std::string_view& in) {
  std::size_t consumed = 0;
  const Found found = gate_.scan(in, consumed);
  section_.append(in.substr(0, consumed));
  in.remove_prefix(consumed);
  if (found == Found::more) return std::nullopt;
  if (found == Found::blank) return finish_chunk_line();
  if (found != Found::first) return refuse_line(found, in);
  last_chunk_ = says_zero(std::string_view(section_).substr(section_.starts_with('\r') ? 2 : 0));
  return last_chunk_ ? std::nullopt : finish_chunk_line();
}

Message::Progress Message::finish_chunk_line() {
  Grammar::Chunk chunk;
  if (auto refusal = grammar_.chunk(section_, chunk)) return refuse_now(std::move(*refusal));
  section_.clear();
  extensions_ += chunk.extension_bytes;
  if (extensions_ > limits_.extension_bytes && allowed_ != unlimited)
    return refuse_now({400, "the chunk extensions are too long"});
  if (chunk.size == 0) return set(State::end);
  if (chunk.size > allowed_) return refuse_now({413, "the content is longer than the limit"});
  if (allowed_ != unlimited) allowed_ -= chunk.size;
  left_ = chunk.size;
  return set(State::content);
}

}  // namespace http
