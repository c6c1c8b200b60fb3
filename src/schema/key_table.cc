// Entries are sorted by length, then bytes.
#include "schema/key_table.h"

#include <algorithm>

namespace schema {
namespace {

bool before(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

}  // namespace

void KeyTable::assign(std::vector<std::string_view> texts) {
  entries_ = std::move(texts);
  std::sort(entries_.begin(), entries_.end(), before);
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
  std::uint32_t next = 0;
  for (std::size_t bucket = 0; bucket <= long_bucket; ++bucket) {
    starts_[bucket] = next;
    while (next < entries_.size() && (bucket == long_bucket || entries_[next].size() == bucket)) ++next;
  }
  starts_[long_bucket + 1] = next;
}

std::uint32_t KeyTable::search(std::uint32_t first, std::uint32_t last, std::string_view text) const {
  const auto begin = entries_.begin() + first;
  const auto end = entries_.begin() + last;
  const auto at = std::lower_bound(begin, end, text, before);
  return at != end && *at == text ? static_cast<std::uint32_t>(at - entries_.begin()) : none;
}

}  // namespace schema
