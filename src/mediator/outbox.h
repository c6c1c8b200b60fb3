// The lines for one side. All that a session sends goes through here, so that each line has its mark (line.h), if marks
// are wanted: text and marks grow and shrink together.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp/message.h"
#include "mediator/line.h"

namespace mediator {

// Whose request is answered. Views: must outlive the call that takes it.
struct Caller {
  Scope scope = 0;
  const mcp::Id* id = nullptr;  // null: the answer's id is null
  const mcp::Method* method = nullptr;
  bool modern = false;
  std::string_view id_text() const { return id == nullptr ? std::string_view("null") : std::string_view(id->text); }
};

class Outbox {
 public:
  // Both must outlive it. `marked`: one Line is kept for each line.
  Outbox(std::string& text, std::vector<Line>& lines, bool marked) : text_(text), lines_(lines), marked_(marked) {}

  std::size_t size() const { return text_.size(); }
  // Of the lines from now on.
  void set_tag(std::uint64_t tag) { tag_ = tag; }

  // Forwarded as our writer writes it: what came in `scope`.
  void forward(const mcp::Message& m, Scope scope);
  // Forwarded: an answer. `write` appends the line, line feed included.
  template <class Write>
  void forward_answer(const mcp::Message& m, const Caller& to, Write write) {
    write(text_);
    if (marked_) mark_answer(to, &m);
  }
  void forward_answer(const mcp::Message& m, const Caller& to);

  // Made here. `write` as above.
  template <class Write>
  void answer(const Caller& to, Write write) {
    write(text_);
    if (marked_) mark_answer(to, nullptr);
  }
  void error(const Caller& to, int code, std::string_view message);
  // A request or notification made here; `line` says all but its end and whose it is.
  template <class Write>
  void own(Line line, Write write) {
    write(text_);
    line.own = true;
    if (marked_) mark(lines_.emplace_back(std::move(line)));
  }

  // Takes [begin, end) out again: whole lines, or nothing if it is empty.
  void take(std::size_t begin, std::size_t end);
  void clear(std::size_t keep_bytes) {
    text_.clear();
    if (text_.capacity() > keep_bytes) text_.shrink_to_fit();
    if (marked_) clear_marks(keep_bytes);
  }

 private:
  void mark_answer(const Caller& to, const mcp::Message* forwarded);
  void mark(Line& line) const;
  void clear_marks(std::size_t keep_bytes);
  std::string& text_;
  std::vector<Line>& lines_;
  const bool marked_;
  std::uint64_t tag_ = 0;
};

}  // namespace mediator
