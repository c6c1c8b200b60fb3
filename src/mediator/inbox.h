// A message of the client that is read before a session sees it: whoever receives an HTTP request has to look at the
// message to know whose session it is. One reading for both: the session rules what was read here.
// What must stay true: this is the reading of ARCHITECTURE.md's first idea (strict profile, one meaning), and there is
// no other for what a client sends.
#pragma once
#include <cstdint>
#include <string_view>

#include "json/document.h"
#include "mcp/message.h"

namespace mediator {

class Inbox {
 public:
  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Reads one message; white space around it does not count. Reuses the memory of an earlier reading, which ends.
  // `text` must outlive the reading. `budget`: the session's (Config::client_budget).
  void read(std::string_view text, const json::Budget& budget);

  bool is_blank() const { return state_ == State::blank; }  // nothing but white space, or nothing read
  bool is_message() const { return state_ == State::message; }
  // Null, or why it is no message: it is not readable as JSON, or is JSON and not one message with one meaning.
  const json::ReadError* text_error() const { return state_ == State::no_json ? &text_error_ : nullptr; }
  const mcp::MessageError* message_error() const { return state_ == State::no_message ? &message_error_ : nullptr; }

  // Of a message.
  const mcp::Message& message() const { return message_; }
  bool is_request() const { return is_message() && message_.kind == mcp::Kind::request; }
  // What it declares in _meta; "" and false if it is no message.
  std::string_view revision() const { return is_message() ? mcp::declared_revision(message_) : std::string_view(); }
  bool is_modern() const { return is_message() && mcp::is_modern(message_); }

  std::string_view text() const { return text_; }  // without the white space around it
  json::Value root() const { return document_.root(); }
  // Ends the reading; memory over `bytes` is given back.
  void shrink(std::size_t bytes);

 private:
  enum class State : std::uint8_t { blank, no_json, no_message, message };
  State state_ = State::blank;
  std::string_view text_;
  json::Document document_;
  mcp::Message message_;
  json::ReadError text_error_{};
  mcp::MessageError message_error_;
};

}  // namespace mediator
