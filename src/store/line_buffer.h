// Cuts what is read from a log into lines, with bounded memory: of a line longer than audit::max_line only the
// beginning is kept.
#pragma once
#include <string>
#include <string_view>

#include "audit/entry.h"

namespace store {

class LineBuffer {
 public:
  // More of the file. Call next() until it is false before the next feed().
  void feed(std::string_view bytes);
  // The next whole line, without its line feed; valid until the next call of anything. False: more is needed.
  bool next(std::string_view& line, bool& cut);

 private:
  std::string held_;       // the line that is coming
  std::string_view rest_;  // of what was fed
  bool cut_ = false, given_ = false;
};

inline void LineBuffer::feed(std::string_view bytes) { rest_ = bytes; }

inline bool LineBuffer::next(std::string_view& line, bool& cut) {
  if (given_) {
    held_.clear();
    cut_ = given_ = false;
  }
  const std::size_t end = rest_.find('\n');
  const std::string_view piece = rest_.substr(0, end);
  const std::size_t room = audit::max_line - held_.size();
  cut_ |= piece.size() > room;
  const bool whole = end != std::string_view::npos;
  rest_.remove_prefix(whole ? end + 1 : piece.size());
  if (whole && held_.empty() && !cut_) {
    line = piece;
    cut = false;
    return true;
  }
  held_ += piece.substr(0, room);
  if (!whole) return false;
  line = held_;
  cut = cut_;
  given_ = true;
  return true;
}

}  // namespace store
