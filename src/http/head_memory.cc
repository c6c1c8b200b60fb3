// Comparing a head with the one before.
#include "http/head_memory.h"

#include <cassert>

#include "http/chars.h"

namespace http {

void HeadMemory::keep(std::string_view head, std::string_view length) {
  assert(length.empty() ||
         (length.data() >= head.data() && length.data() + length.size() <= head.data() + head.size()));
  known_ = true;
  at_ = length.empty() ? head.size() : static_cast<std::size_t>(length.data() - head.data());
  digits_ = length.size();
}

std::optional<std::uint64_t> HeadMemory::repeated(std::string_view head, std::string_view in) const {
  if (!known_ || !in.starts_with(head.substr(0, at_))) return std::nullopt;
  in.remove_prefix(at_);
  head.remove_prefix(at_);
  if (in.size() < head.size() || !in.substr(digits_).starts_with(head.substr(digits_))) return std::nullopt;
  if (digits_ == 0) return 0;
  const auto length = plain_number(in.substr(0, digits_));
  return length == 0U ? std::nullopt : length;  // without content its framing would be another
}

}  // namespace http
