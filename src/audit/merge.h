// The lines of many logs in the order of their times, with bounded memory: each source holds one line, and is begun
// only when its time comes and closed at its end.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// The lines of one log, one after the other (store/log_lines.h reads them from files).
class LineSource {
 public:
  virtual ~LineSource() = default;
  // Not later than its first line's time; nanoseconds since 1970. 0: unknown, it is begun at once.
  virtual std::int64_t begins() const = 0;
  // The next line without its line feed, valid until the next call; false at the end, or when it cannot be read on.
  // `cut`: only the beginning of a line longer than max_line (entry.h).
  virtual bool next(std::string_view& line, bool& cut) = 0;
};

// Within a source the order of lines is kept, also where the clock had been set back. Not thread-safe.
class Merge {
 public:
  void add(std::unique_ptr<LineSource> source);

  struct Line {
    std::string_view text;  // valid until the next call
    bool cut = false;
    std::int64_t time = 0;   // its own, or that of the line before it if it has none that can be read
    std::size_t source = 0;  // in the order of add()
  };
  // False: there are no more.
  bool next(Line& line);

 private:
  struct Head {
    std::unique_ptr<LineSource> source;  // null at its end
    std::string_view text;
    bool cut = false;
  };
  struct Due {
    std::int64_t time;
    std::size_t source;
    bool begun;
    // The heap's top is the earliest; of equals the one that was added first.
    bool operator<(const Due& o) const { return time != o.time ? time > o.time : source > o.source; }
  };
  void push(Due due);
  void advance(std::size_t source, std::int64_t before);
  std::vector<Head> heads_;
  std::vector<Due> due_;      // a heap
  std::size_t given_ = none;  // the source of the line that the caller has
  std::int64_t given_time_ = 0;
  static constexpr std::size_t none = ~std::size_t{0};
};

}  // namespace audit
