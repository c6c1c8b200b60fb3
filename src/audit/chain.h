// The chain: what ties the lines of a log to one another, so that none can be changed, removed, added or moved without
// notice. Used by whoever writes a log (store) and by verification; docs/audit.md has the format for third parties.
//
//   H_0 = SHA-256("intercept audit 1\n" instance "\n" number "\n" previous "\n")
//   H_k = SHA-256(H_{k-1} block)      block: what was appended at once, whole lines, without "chain" and "mac"
//
// The last line of a block is sealed: `,"chain":"…"` (the first 16 bytes of H_k) stands before its last brace, and in a
// checkpoint `,"mac":"…"` after that. What must stay true:
//  - Between two seals every byte is hashed; nothing is skipped, whatever a failed write left there.
//  - The chain stops accidents; only a mac stops somebody who may write the file and does not have the key.
//  - H is never shortened while it is carried on; only what is written is.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"

namespace audit {

inline constexpr std::size_t chain_bytes = 16;                // of a digest or mac that are written
inline constexpr std::size_t chain_digits = 2 * chain_bytes;  // the same in hexadecimal
inline constexpr std::size_t longest_seal = 84;               // bytes: `,"chain":"…","mac":"…"` and nothing else
inline constexpr std::string_view line_end = "}\n";           // of every line that can be sealed

// What the installation's key makes. Thread-safe after construction.
class CheckpointKey {
 public:
  // `installation_key`: the 32 bytes of $STATE/key.
  explicit CheckpointKey(std::string_view installation_key);
  // The mac of a sealed line, as it is written. `block_begin`: offset in the file at which its block begins.
  std::string checkpoint(std::string_view instance, std::uint64_t number, std::uint64_t block_begin,
                         const base::Digest& hash) const;
  // The mac of an anchor. `text`: the anchor without its mac and without a line feed.
  std::string anchor(std::string_view text) const;

 private:
  std::string mac(std::string_view message) const;
  base::HmacSha256 keyed_;
};

// The running hash of one log file. Copyable: a copy goes on from the same place.
class Chain {
 public:
  // Stands at H_0. `previous`: the chain of the last sealed line of the file before, as it is written there; "" in the
  // first file of an instance.
  Chain(std::string_view instance, std::uint64_t number, std::string_view previous);
  // More bytes of the block that is open.
  void add(std::string_view bytes) { open_.update(bytes); }
  // The hash of the open block if it ended after these.
  base::Digest end(std::string_view first = {}, std::string_view second = {}) const;
  // The block ended with this hash: the next one begins.
  void accept(const base::Digest& hash);
  // What the last accepted hash is written as; "" before the first.
  std::string text() const { return any_ ? base::to_hex(last_, chain_bytes) : std::string(); }

 private:
  base::Sha256 open_;
  base::Digest last_{};
  bool any_ = false;
};

// What seals a line.
struct Seal {
  std::size_t begin = 0;   // of its comma in the line
  std::string_view chain;  // 32 hexadecimal digits
  std::string_view mac;    // the same, or ""
};

// `line` without its line feed. nullopt: it is not sealed.
std::optional<Seal> find_seal(std::string_view line);

// Appends `,"chain":"…"` and, unless `mac` is empty, `,"mac":"…"`.
void append_seal(std::string& out, std::string_view chain, std::string_view mac);

// 32 lower-case hexadecimal digits.
bool is_chain_text(std::string_view text);

}  // namespace audit
