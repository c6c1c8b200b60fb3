// Hands out the lines that arrive on a descriptor: framing of MCP over stdio. Ends at LF only (U+2028 and a lone CR are
// no line ends; the CR of a CRLF is left in the line).
//
// What must stay true:
// - A line is handed out once, whole, as it came. One longer than the limit is handed out as its beginning, once, and
//   its rest is thrown away without being kept.
// - Reads are small (4 KiB), so that a turn is short while many calls are in flight; they grow while one line does.
// - Memory: at most twice the limit while a line arrives; what is above Options::keep is given back after it, the rest
//   when the owner says so (trim), because the next line may be as long.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/descriptor.h"
#include "net/loop.h"

namespace net {

class LineReader {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // One line without its LF. Valid during the call. The handler must not destroy the reader; it may pause it, which
    // takes effect after the lines that were already read.
    virtual void on_line(LineReader& reader, std::string_view line) = 0;
    // A line that is longer than the limit: its first `prefix` bytes.
    virtual void on_oversized(LineReader& reader, std::string_view prefix) = 0;
    // Nothing more will come. `unterminated`: what stood after the last LF. `error`: errno, 0 at an orderly end.
    virtual void on_end(LineReader& reader, std::string_view unterminated, int error) = 0;
  };
  struct Options {
    std::size_t max_line = 80 << 20;
    std::size_t chunk = 4 << 10;
    std::size_t prefix = 64 << 10;
    std::size_t keep = 4 << 20;  // capacity that is kept for the next long line, until trim()
  };

  // Starts paused. `handler` must outlive the reader.
  LineReader(Loop& loop, Descriptor descriptor, Handler& handler, Options options);
  LineReader(Loop& loop, Descriptor descriptor, Handler& handler)
      : LineReader(loop, std::move(descriptor), handler, Options()) {}
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Back-pressure: while paused nothing is read.
  void resume();
  void pause();
  // Closes the descriptor; nothing is handed out any more, on_end neither.
  void close();

  bool paused() const { return !reading_; }
  // on_end was called, or close().
  bool ended() const { return !descriptor_.is_open(); }
  // Bytes read in all.
  std::uint64_t total() const { return total_; }
  // Bytes that wait in the descriptor.
  std::size_t waiting() const { return descriptor_.readable(); }
  std::size_t capacity() const { return capacity_; }
  // Gives memory back that is not needed now.
  void trim() { shrink(0); }

 private:
  void read_once();
  std::size_t next_read() const;
  bool make_room(std::size_t wanted);
  void hand_out(std::size_t fresh);
  void check_limit();
  void finish(int error);
  void shrink(std::size_t keep);

  Descriptor descriptor_;
  Handler& handler_;
  Options options_;
  Watch watch_;
  // [data_, data_ + size_) is read and not handed out; it holds no LF between turns.
  char* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
  std::uint64_t total_ = 0;
  bool reading_ = false;
  bool discarding_ = false;  // inside a line that was too long
  bool closed_ = false;      // by a handler, while lines are handed out
};

}  // namespace net
