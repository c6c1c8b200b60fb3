// A set of texts that is fixed when a schema is compiled, with a number for each: property names, enumerations of
// strings. Looked up without hashing (an instance cannot flood it): by length, then by bytes.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

namespace schema {

class KeyTable {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  // Replaces the texts, which must outlive the table. Each gets a number: its index among them once they are sorted and
  // each kept once.
  void assign(std::vector<std::string_view> texts);
  std::size_t size() const { return entries_.size(); }
  std::string_view text(std::uint32_t number) const { return entries_[number]; }

  // The number of `text`, or none.
  std::uint32_t find(std::string_view text) const {
    const std::size_t bucket = text.size() < long_bucket ? text.size() : long_bucket;
    const std::uint32_t first = starts_[bucket];
    const std::uint32_t last = starts_[bucket + 1];
    if (last - first > few || bucket == long_bucket) return search(first, last, text);
    for (std::uint32_t i = first; i < last; ++i) {
      if (text.empty() || std::memcmp(entries_[i].data(), text.data(), text.size()) == 0) return i;
    }
    return none;
  }

 private:
  static constexpr std::size_t long_bucket = 40;  // texts of this length or more share a bucket
  static constexpr std::uint32_t few = 6;
  std::uint32_t search(std::uint32_t first, std::uint32_t last, std::string_view text) const;

  std::vector<std::string_view> entries_;
  std::array<std::uint32_t, long_bucket + 2> starts_{};
};

}  // namespace schema
