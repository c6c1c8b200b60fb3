// The search for duplicate keys: pairwise in small objects, by sorting in large ones. There is no hash table, hence
// nothing that chosen keys could flood; the sort's worst case is n log n comparisons.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/strings.h"
#include "json/reader.h"
#include "json/tape.h"

namespace json {
namespace {

constexpr std::size_t pairwise_limit = 16;

}  // namespace

// Any injective encoding of up to eight bytes of known length will do as the head.
void Reader::note_key(const Node& node, std::uint32_t index) {
  const std::string_view key = Tape(document_).text(node);
  const auto length = static_cast<std::uint32_t>(key.size());
  std::uint64_t head = 0;
  if (length >= sizeof head) {
    std::memcpy(&head, key.data(), sizeof head);
  } else if (!has_flag(node, flag_escaped) && static_cast<std::size_t>(end_ - key.data()) >= sizeof head) {
    std::memcpy(&head, key.data(), sizeof head);
    if constexpr (std::endian::native == std::endian::little) {
      head &= (std::uint64_t{1} << (8 * length)) - 1;
    } else {
      head = std::byteswap(head) & ((std::uint64_t{1} << (8 * length)) - 1);
    }
  } else {
    for (std::size_t i = length; i-- > 0;) head = head << 8 | static_cast<unsigned char>(key[i]);
  }
  document_.keys_.emplace_back(head, length, index);
}

std::string_view Reader::text(const Document::OpenKey& key) const {
  return Tape(document_).text(document_.nodes_[key.node]);
}

inline bool Reader::equal(const Document::OpenKey& a, const Document::OpenKey& b) const {
  return a.head == b.head && a.length == b.length && (a.length <= sizeof a.head || text(a) == text(b));
}

// The keys from `first` on are those of the object that is being closed. False: error_ is set.
bool Reader::check_duplicates(std::uint32_t first) {
  auto& keys = document_.keys_;
  if (keys.size() - first > pairwise_limit) return sort_and_check(first);
  for (std::size_t later = first + 1; later < keys.size(); ++later) {
    for (std::size_t earlier = first; earlier < later; ++earlier) {
      if (!equal(keys[earlier], keys[later])) continue;
      if (!tolerant_) return duplicate(keys[later].node);
      override_key(keys[earlier]);
    }
  }
  return true;
}

bool Reader::sort_and_check(std::uint32_t first) {
  auto& keys = document_.keys_;
  const auto begin = keys.begin() + first;
  std::sort(begin, keys.end(), [this](const Document::OpenKey& a, const Document::OpenKey& b) {
    if (a.head != b.head) return a.head < b.head;
    if (a.length != b.length) return a.length < b.length;
    const int order = a.length <= sizeof a.head ? 0 : text(a).compare(text(b));
    return order != 0 ? order < 0 : a.node < b.node;
  });
  std::uint32_t repeated = none;  // the first key in the input that repeats another
  for (auto later = begin + 1; later < keys.end(); ++later) {
    if (!equal(later[-1], *later)) continue;
    repeated = std::min(repeated, later->node);
    if (tolerant_) override_key(later[-1]);
  }
  return tolerant_ || repeated == none || duplicate(repeated);
}

void Reader::override_key(const Document::OpenKey& earlier) {
  document_.nodes_[earlier.node].flags |= flag_overridden;
  Node& object = document_.nodes_[open_];
  object.flags |= flag_has_overridden;
  object.flags &= static_cast<std::uint8_t>(~flag_verbatim);
}

bool Reader::duplicate(std::uint32_t node) {
  const Node& key = document_.nodes_[node];
  fail(ErrorKind::duplicate_key, begin_ + key.offset - 1,
       "duplicate key \"" + base::printable(Tape(document_).text(key), 60) + '"');
  return false;
}

}  // namespace json
