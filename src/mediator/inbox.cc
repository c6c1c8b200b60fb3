// Reading what a client sends.
#include "mediator/inbox.h"

#include <utility>

#include "base/strings.h"

namespace mediator {

void Inbox::read(std::string_view text, const json::Budget& budget) {
  text_ = base::trimmed(text);
  state_ = State::blank;
  if (text_.empty()) return;
  if (auto read = document_.read(text_, json::Profile::strict, budget); !read) {
    text_error_ = std::move(read.error());
    state_ = State::no_json;
    return;
  }
  auto parsed = mcp::read_message(document_.root(), mcp::Direction::client_to_server, message_);
  if (!parsed) {
    message_error_ = std::move(parsed.error());
    state_ = State::no_message;
    return;
  }
  state_ = State::message;
}

void Inbox::shrink(std::size_t bytes) {
  state_ = State::blank;
  text_ = {};
  document_.shrink(bytes);
}

}  // namespace mediator
