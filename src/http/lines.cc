// The scan for line ends. One pass, 16 bytes at a time.
#include "http/lines.h"

#include <algorithm>

#include "http/chars.h"

namespace http {

void LineGate::start(std::size_t first_line, std::size_t bytes) {
  *this = {};
  first_line_ = std::min(first_line, bytes);
  limit_ = bytes;
}

std::size_t LineGate::room() const { return (lines_ == 0 ? first_line_ : limit_) - bytes_; }

Found LineGate::scan(std::string_view in, std::size_t& consumed) {
  const char* const begin = in.data();
  const char* const end = begin + std::min(in.size(), room());
  const char* p = begin;
  Found found = Found::more;
  if (!cr_ && p != end) {
    if (column_ == 0 && lines_ > 0 && is_blank(*p)) {
      consumed = 0;
      return Found::folded;
    }
    const char* const stop = skip_text(p, end);
    column_ += static_cast<std::size_t>(stop - p);
    p = stop;
    if (p != end) {
      if (*p == '\r') {
        cr_ = true;
        ++p;
      } else {
        found = *p == '\n' ? Found::bare_lf : Found::control;
      }
    }
  }
  if (cr_ && p != end) {
    if (*p == '\n') {
      ++p;
      cr_ = false;
      found = column_ == 0 ? Found::blank : Found::line;
      lines_ += column_ == 0 ? 0 : 1;
      column_ = 0;
    } else {
      found = Found::bare_cr;
    }
  }
  consumed = static_cast<std::size_t>(p - begin);
  bytes_ += consumed;
  if (found == Found::more && room() == 0) return Found::full;
  return found;
}

}  // namespace http
