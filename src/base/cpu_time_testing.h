// For tests that hold a worst case to a bound: the time that this process computed. What else the machine does, and
// being stopped for a while, does not count.
#pragma once
#include <chrono>
#include <ctime>

namespace base {

inline std::chrono::duration<double> cpu_time() {
  return std::chrono::duration<double>(static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

}  // namespace base
