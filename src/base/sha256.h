// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) through OpenSSL's low-level functions: no provider is loaded,
// so that the first digest costs nothing at start.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<std::uint8_t, 32>;

// Streaming digest. Not thread-safe; copyable (a copy continues from the same state).
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  Digest finish();  // ends the stream; construct anew for another

 private:
  alignas(8) std::array<std::byte, 112> state_;  // SHA256_CTX, kept out of this header
};

Digest sha256(std::string_view bytes);

// A key prepared once; each digest then costs the message only. Thread-safe after construction.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  Digest operator()(std::string_view message) const;

 private:
  Sha256 inner_, outer_;
};

// Lower-case hexadecimal; `bytes` may shorten it.
void append_hex(std::string& out, const Digest& digest, std::size_t bytes = 32);
std::string to_hex(const Digest& digest, std::size_t bytes = 32);

}  // namespace base
