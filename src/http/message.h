// Internal to the readers: the state machine of one message, the same for requests and responses. It joins the gate of
// lines, the grammar and the rules, and knows where the content is.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/grammar.h"
#include "http/head_memory.h"
#include "http/lines.h"
#include "http/reader.h"

namespace http {

class Message {
 public:
  enum class Kind : std::uint8_t { request, response };
  Message(Kind kind, const Limits& limits, bool to_head);
  ~Message() = default;
  Message(const Message&) = delete;  // the grammar writes into raw_
  Message& operator=(const Message&) = delete;

  void start(bool to_head);
  Step read(std::string_view in);
  Step at_end();
  void allow_body(std::uint64_t bytes) {
    allowed_ = kind_ == Kind::request ? std::min(bytes, limits_.body_bytes) : bytes;
  }

  const RequestHead& request() const { return request_; }
  const ResponseHead& response() const { return response_; }
  const Refusal& refusal() const { return refusal_; }
  bool idle() const { return state_ == State::head && gate_.bytes() == 0 && interim_ == 0; }
  bool is_over() const { return state_ == State::end; }
  bool reusable() const;
  void forget_head() { memory_.forget(); }

 private:
  enum class State : std::uint8_t {
    head,
    announced,
    content,
    chunk_end,
    chunk_line,
    until_close,
    end,
    closed,
    refused
  };

  Framing framing() const { return kind_ == Kind::request ? request_.framing : response_.framing; }

  // A part of the work: an event, or nothing when the state has changed or the input is used up.
  using Progress = std::optional<Event>;

  void start_head();
  Progress read_head(std::string_view& in);
  bool repeats_head(std::string_view& in);
  void remember_head();
  Progress first_line(std::string_view line);
  std::optional<Refusal> parse_head();
  Progress finish_head();
  Progress finish_request();
  Progress finish_response();
  Progress after_head();
  Progress read_content(std::string_view& in, std::string_view& piece);
  Progress read_until_close(std::string_view& in, std::string_view& piece);
  Progress read_chunk_end(std::string_view& in);
  Progress read_chunk_line(std::string_view& in);
  Progress finish_chunk_line();
  void start_chunk_line();
  Progress refuse_line(Found found, std::string_view in);
  Progress refuse_now(Refusal refusal);
  Progress set(State state) {
    state_ = state;
    return std::nullopt;
  }

  Kind kind_;
  Limits limits_;
  bool to_head_;
  State state_ = State::head;
  LineGate gate_;
  Grammar grammar_;
  std::string text_;     // the head, or as far as it has come
  HeadMemory memory_;    // of text_, between two messages
  std::string section_;  // the chunk line or the trailers in progress; small
  RawHead raw_;
  RequestHead request_;
  ResponseHead response_;
  Refusal refusal_;
  std::uint64_t allowed_ = 0;   // content that may still come
  std::uint64_t left_ = 0;      // content of the body, or of the chunk, that is to come
  std::size_t extensions_ = 0;  // bytes of chunk extensions so far
  unsigned interim_ = 0;        // 1xx so far
  bool blank_skipped_ = false;  // the one empty line that may stand before a request
  bool continue_due_ = false;   // send_continue is the next event
  bool last_chunk_ = false;     // the section holds the last chunk's line
};

}  // namespace http
