// One read per readiness, then every line of it. See the header.
#include "net/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace net {

LineReader::LineReader(Loop& loop, Descriptor descriptor, Handler& handler, Options options)
    : descriptor_(std::move(descriptor)),
      handler_(handler),
      options_(options),
      watch_(loop, descriptor_.fd(), [this](Watch::Ready) { read_once(); }) {}

LineReader::~LineReader() {
  close();
  std::free(data_);
}

void LineReader::resume() {
  if (ended() || reading_) return;
  reading_ = true;
  watch_.set(true, false);
}

void LineReader::pause() {
  if (!reading_) return;
  reading_ = false;
  watch_.set(false, false);
}

void LineReader::close() {
  pause();
  closed_ = true;
  descriptor_.close();
}

// Small reads between lines; within a long line as much as the line has already, so that its cost stays linear.
std::size_t LineReader::next_read() const {
  constexpr std::size_t larger = 64 << 10, largest = 256 << 10;
  if (discarding_) return larger;
  return size_ < options_.chunk ? options_.chunk : std::clamp(size_, larger, largest);
}

bool LineReader::make_room(std::size_t wanted) {
  if (capacity_ - size_ >= wanted) return true;
  const std::size_t capacity = std::max(size_ + wanted, 2 * size_);
  auto* grown = static_cast<char*>(std::realloc(data_, capacity));
  if (grown == nullptr) return false;
  data_ = grown;
  capacity_ = capacity;
  return true;
}

void LineReader::read_once() {
  const std::size_t wanted = next_read();
  if (!make_room(wanted)) return finish(ENOMEM);
  const Io io = descriptor_.read({data_ + size_, wanted});
  switch (io.status) {
    case Io::Status::again:
      return;
    case Io::Status::end:
      return finish(0);
    case Io::Status::broken:
      return finish(io.error);
    case Io::Status::ok:
      break;
  }
  total_ += io.bytes;
  hand_out(io.bytes);
}

// The last `fresh` bytes are new: only they can hold a LF.
void LineReader::hand_out(std::size_t fresh) {
  std::size_t scanned = size_;
  size_ += fresh;
  std::size_t begin = 0;
  while (const void* lf = std::memchr(data_ + scanned, '\n', size_ - scanned)) {
    const auto end = static_cast<std::size_t>(static_cast<const char*>(lf) - data_);
    const std::string_view line(data_ + begin, end - begin);
    begin = scanned = end + 1;
    if (std::exchange(discarding_, false)) continue;
    // A line that came whole with the last read may still be too long.
    if (line.size() > options_.max_line) {
      handler_.on_oversized(*this, line.substr(0, options_.prefix));
    } else {
      handler_.on_line(*this, line);
    }
    if (closed_) return;
  }
  if (begin > 0) {
    size_ -= begin;
    if (size_ > 0) std::memmove(data_, data_ + begin, size_);
  }
  check_limit();
  shrink(options_.keep);
}

void LineReader::check_limit() {
  if (discarding_) {
    size_ = 0;
  } else if (size_ > options_.max_line) {
    discarding_ = true;
    handler_.on_oversized(*this, {data_, std::min(size_, options_.prefix)});
    size_ = 0;
  }
}

void LineReader::shrink(std::size_t keep) {
  if (capacity_ <= std::max(keep, 2 * options_.chunk) || size_ >= options_.chunk) return;
  if (auto* smaller = static_cast<char*>(std::realloc(data_, options_.chunk + size_)); smaller != nullptr) {
    data_ = smaller;
    capacity_ = options_.chunk + size_;
  }
}

void LineReader::finish(int error) {
  pause();
  descriptor_.close();
  const std::string_view rest = discarding_ ? std::string_view() : std::string_view(data_, size_);
  handler_.on_end(*this, rest, error);
  size_ = 0;
}

}  // namespace net
