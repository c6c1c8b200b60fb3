// Randomness is injected, so that a test can repeat itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;
};

// The kernel's generator (getrandom). Aborts if the kernel has none: nothing may go on with guessable keys.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// A repeatable sequence (splitmix64). For tests and fuzzing only.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

// `bytes` random bytes as lower-case hexadecimal text of twice the length.
std::string random_hex(Random& random, std::size_t bytes);

}  // namespace base
