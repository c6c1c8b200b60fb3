// Memory of short lists that are filled and used up again and again.
#pragma once
#include <utility>
#include <vector>

namespace base {

// For lists whose use may add to them anew:
//   auto now = std::exchange(list, {});  ...use `now`...;  base::reuse(list, now);
// Gives `list` the memory of `used`, unless it has got some meanwhile or that was much (a burst's memory goes back).
template <class T>
void reuse(std::vector<T>& list, std::vector<T>& used) {
  constexpr std::size_t most = 64;  // elements
  used.clear();
  if (list.capacity() == 0 && used.capacity() <= most) list.swap(used);
}

}  // namespace base
