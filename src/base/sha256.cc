// SHA-256 on OpenSSL's low-level functions. They are deprecated in favour of EVP, which fetches a provider at first
// use (0.6 ms at start) and allocates; these do neither.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <type_traits>

namespace base {
namespace {

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8 && std::is_trivially_copyable_v<SHA256_CTX>);

SHA256_CTX* context(std::array<std::byte, 112>& state) {
  return std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

constexpr std::size_t block_bytes = 64;

}  // namespace

Sha256::Sha256() : state_{} { SHA256_Init(new (state_.data()) SHA256_CTX); }

void Sha256::update(std::string_view bytes) { SHA256_Update(context(state_), bytes.data(), bytes.size()); }

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), context(state_));
  return digest;
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

HmacSha256::HmacSha256(std::string_view key) {
  std::array<char, block_bytes> block{};
  if (key.size() > block_bytes) {
    const Digest short_key = sha256(key);
    std::memcpy(block.data(), short_key.data(), short_key.size());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (char& c : block) c = static_cast<char>(c ^ 0x36);
  inner_.update({block.data(), block.size()});
  for (char& c : block) c = static_cast<char>(c ^ (0x36 ^ 0x5c));
  outer_.update({block.data(), block.size()});
}

Digest HmacSha256::operator()(std::string_view message) const {
  Sha256 inner = inner_;
  inner.update(message);
  const Digest first = inner.finish();
  Sha256 outer = outer_;
  outer.update({reinterpret_cast<const char*>(first.data()), first.size()});
  return outer.finish();
}

void append_hex(std::string& out, const Digest& digest, std::size_t bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  assert(bytes <= digest.size());
  std::array<char, 2 * std::tuple_size_v<Digest>> text;
  for (std::size_t i = 0; i < bytes; ++i) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  out.append(text.data(), 2 * bytes);
}

std::string to_hex(const Digest& digest, std::size_t bytes) {
  std::string text;
  append_hex(text, digest, bytes);
  return text;
}

}  // namespace base
