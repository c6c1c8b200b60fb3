// The scan for line ends. One pass, 16 bytes at a time.
#include "http/lines.h"

#include <algorithm>

#include "http/chars.h"

namespace http {

void LineGate::start(std::size_t first_line, std::size_t bytes, std::size_t lines) {
  *this = {};
  first_line_ = std::min(first_line, bytes);
  limit_ = bytes;
  line_limit_ = lines;
}

// What the end of a line means; `more` to go on with the next.
Found LineGate::end_line() {
  cr_ = false;
  if (column_ == 0) return Found::blank;
  column_ = 0;
  ++lines_;
  if (lines_ == 1) return Found::first;
  return lines_ - 1 > line_limit_ ? Found::many : Found::more;
}

Found LineGate::scan(std::string_view in, std::size_t& consumed) {
  const char* const begin = in.data();
  const char* const end = begin + std::min(in.size(), room());
  const char* p = begin;
  Found found = Found::more;
  while (p != end && found == Found::more) {
    if (cr_) {
      if (*p != '\n') {
        found = Found::bare_cr;
        break;
      }
      ++p;
      found = end_line();
      continue;
    }
    if (column_ == 0 && lines_ > 0 && is_blank(*p)) {
      found = Found::folded;
      break;
    }
    const char* const stop = skip_text(p, end);
    column_ += static_cast<std::size_t>(stop - p);
    p = stop;
    if (p == end) break;
    if (*p != '\r') {
      found = *p == '\n' ? Found::bare_lf : Found::control;
      break;
    }
    cr_ = true;
    ++p;
  }
  consumed = static_cast<std::size_t>(p - begin);
  bytes_ += consumed;
  return found == Found::more && room() == 0 ? Found::full : found;
}

}  // namespace http
