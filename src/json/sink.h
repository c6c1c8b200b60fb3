// Appending to a std::string without its cost per append: room is made ahead, bytes are put through a pointer, and the
// string gets its true length at the end. Internal to this room.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace json {

class Sink {
 public:
  // Appends to `out`, which must not be touched until the Sink is gone. `expected` bytes are made room for.
  Sink(std::string& out, std::size_t expected) : out_(out), written_(out.size()) { grow(expected); }
  ~Sink() { out_.resize(written_); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void put(char c) {
    if (written_ == size_) grow(1);
    data_[written_++] = c;
  }
  void put(std::string_view text) {
    if (text.empty()) return;
    if (size_ - written_ < text.size()) grow(text.size());
    std::memcpy(data_ + written_, text.data(), text.size());
    written_ += text.size();
  }

 private:
  void grow(std::size_t more) {
    out_.resize_and_overwrite(std::max(written_ + more, out_.capacity()), [](char*, std::size_t n) { return n; });
    data_ = out_.data();
    size_ = out_.size();
  }

  std::string& out_;
  std::size_t written_;
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace json
