// Several pieces of text appended at once: room is made once, and each piece is copied once.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace base {

// `pieces`: string_views or what becomes one. None of them may lie in `out`.
template <class... Pieces>
void append(std::string& out, const Pieces&... pieces) {
  const std::size_t before = out.size();
  const std::size_t size = (before + ... + std::string_view(pieces).size());
  if (out.capacity() < size) out.reserve(std::max(size, 2 * out.capacity()));
  // The second argument is not `size`: some libstdc++ pass the capacity.
  out.resize_and_overwrite(size, [&](char* to, std::size_t) {
    to += before;
    ((to = std::ranges::copy(std::string_view(pieces), to).out), ...);
    return size;
  });
}

}  // namespace base
