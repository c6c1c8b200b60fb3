// The kernel's randomness, and a repeatable stand-in for tests.
#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace base {

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n = getrandom(out.data(), out.size(), 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      std::abort();
    }
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void FakeRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    const std::size_t n = std::min(out.size(), sizeof z);
    std::memcpy(out.data(), &z, n);
    out = out.subspan(n);
  }
}

std::string random_hex(Random& random, std::size_t bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::vector<std::byte> raw(bytes);
  random.fill(raw);
  std::string text;
  text.reserve(bytes * 2);
  for (const std::byte b : raw) {
    const auto v = std::to_integer<unsigned>(b);
    text += digits[v >> 4];
    text += digits[v & 15];
  }
  return text;
}

}  // namespace base
