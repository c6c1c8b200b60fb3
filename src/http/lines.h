// The gate in front of the grammar: finds the lines of a head, a chunk's size line or trailers in bytes that arrive in
// any pieces, and refuses what readers of HTTP disagree on before anything else looks at it: bare CR, bare LF, NUL and
// other control characters, and lines that continue the one before (obs-fold).
// What must stay true: what it finds depends on the bytes alone, never on how they were cut.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace http {

enum class Found : std::uint8_t {
  more,     // every byte was looked at; the section is not at its end
  first,    // the first line has ended
  blank,    // an empty line has ended: the section's end, unless it is the first
  full,     // the limit of bytes was reached
  many,     // there is a line more than the limit of lines
  bare_cr,  // a CR without LF
  bare_lf,  // an LF without CR
  control,  // another control character
  folded,   // a line after the first begins with a space or a tab
};

// One section: a first line, then lines until a blank one. Holds a few words; no bytes.
class LineGate {
 public:
  // A section of at most `bytes`, whose first line has at most `first_line` with its line end, and at most `lines`
  // after it before the blank one.
  void start(std::size_t first_line, std::size_t bytes, std::size_t lines);

  // Looks at `in`, which goes on where the last call ended, up to and including the end of the first line or of the
  // section. `consumed` is how far it came; a byte that is refused is not consumed. After a refusal, start() anew.
  Found scan(std::string_view in, std::size_t& consumed);

  // Lines that have ended, the blank one not counted.
  std::size_t lines() const { return lines_; }
  // Bytes of the section so far.
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t room() const { return (lines_ == 0 ? first_line_ : limit_) - bytes_; }
  Found end_line();

  std::size_t first_line_ = 0;
  std::size_t limit_ = 0;
  std::size_t line_limit_ = 0;
  std::size_t bytes_ = 0;
  std::size_t column_ = 0;  // bytes of the line so far
  std::size_t lines_ = 0;
  bool cr_ = false;  // the last byte was a CR
};

}  // namespace http
