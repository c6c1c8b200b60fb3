// Hashing, macs, and finding the seal at the end of a line. A seal is found by its bytes, not by reading the line: a
// string of a peer cannot look like one, because its quotes are escaped.
#include "audit/chain.h"

#include <algorithm>

namespace audit {
namespace {

constexpr std::string_view before_chain = R"(,"chain":")";
constexpr std::string_view before_mac = R"(","mac":")";
constexpr std::string_view after_seal = R"("})";

static_assert(longest_seal == before_chain.size() + chain_digits + before_mac.size() + chain_digits + 1);

std::string_view bytes_of(const base::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

base::HmacSha256 derived(std::string_view installation_key) {
  const base::Digest key = base::HmacSha256(installation_key)("intercept audit checkpoint");
  return base::HmacSha256(bytes_of(key));
}

bool takes_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

std::string_view take_digits(std::string_view& text) {
  if (text.size() < chain_digits) return {};
  const std::string_view digits = text.substr(text.size() - chain_digits);
  if (!is_chain_text(digits)) return {};
  text.remove_suffix(chain_digits);
  return digits;
}

}  // namespace

bool is_chain_text(std::string_view text) {
  return text.size() == chain_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

CheckpointKey::CheckpointKey(std::string_view installation_key) : keyed_(derived(installation_key)) {}

std::string CheckpointKey::mac(std::string_view message) const { return base::to_hex(keyed_(message), chain_bytes); }

std::string CheckpointKey::checkpoint(std::string_view instance, std::uint64_t number, std::uint64_t block_begin,
                                      const base::Digest& hash) const {
  std::string message = "checkpoint\n";
  message.append(instance).append("\n").append(std::to_string(number)).append("\n");
  message.append(std::to_string(block_begin)).append("\n").append(base::to_hex(hash));
  return mac(message);
}

std::string CheckpointKey::anchor(std::string_view text) const { return mac(std::string("anchor\n").append(text)); }

Chain::Chain(std::string_view instance, std::uint64_t number, std::string_view previous) {
  std::string start = "intercept audit 1\n";
  start.append(instance).append("\n").append(std::to_string(number)).append("\n").append(previous).append("\n");
  const base::Digest hash = base::sha256(start);
  open_.update(bytes_of(hash));
}

base::Digest Chain::end(std::string_view first, std::string_view second) const {
  base::Sha256 copy = open_;
  copy.update(first);
  copy.update(second);
  return copy.finish();
}

void Chain::accept(const base::Digest& hash) {
  last_ = hash;
  any_ = true;
  open_ = base::Sha256();
  open_.update(bytes_of(hash));
}

std::optional<Seal> find_seal(std::string_view line) {
  if (!takes_end(line, after_seal)) return std::nullopt;
  Seal seal;
  const std::string_view last = take_digits(line);
  if (last.empty()) return std::nullopt;
  if (takes_end(line, before_chain)) {
    seal.chain = last;
  } else if (takes_end(line, before_mac)) {
    seal.mac = last;
    seal.chain = take_digits(line);
    if (seal.chain.empty() || !takes_end(line, before_chain)) return std::nullopt;
  } else {
    return std::nullopt;
  }
  seal.begin = line.size();
  return seal;
}

void append_seal(std::string& out, std::string_view chain, std::string_view mac) {
  out.append(before_chain).append(chain);
  if (!mac.empty()) out.append(before_mac).append(mac);
  out += '"';
}

}  // namespace audit
