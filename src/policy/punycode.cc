// RFC 3492 with its parameters for IDNA. Labels are at most 63 bytes, so quadratic loops are fine.
#include "policy/punycode.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/unicode.h"

namespace policy {
namespace {

constexpr std::uint32_t base_ = 36, t_min = 1, t_max = 26, skew = 38, damp = 700, initial_bias = 72, initial_n = 128;
constexpr std::size_t max_label = 63;

std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) {
  delta = first ? delta / damp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > ((base_ - t_min) * t_max) / 2; k += base_) delta /= base_ - t_min;
  return k + (base_ - t_min + 1) * delta / (delta + skew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) { return k <= bias ? t_min : std::min(t_max, k - bias); }

char digit_of(std::uint32_t d) { return static_cast<char>(d < 26 ? 'a' + d : '0' + (d - 26)); }

std::string encode(const std::vector<std::uint32_t>& points) {
  std::string out;
  for (const auto cp : points) {
    if (cp < 0x80) out += static_cast<char>(cp);
  }
  const auto basic = static_cast<std::uint32_t>(out.size());
  std::uint32_t handled = basic, n = initial_n, delta = 0, bias = initial_bias;
  if (basic > 0) out += '-';
  while (handled < points.size()) {
    std::uint32_t next = 0x10FFFF;
    for (const auto cp : points) {
      if (cp >= n) next = std::min(next, cp);
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const auto cp : points) {
      if (cp < n) ++delta;
      if (cp != n) continue;
      std::uint32_t q = delta;
      for (std::uint32_t k = base_;; k += base_) {
        const std::uint32_t t = threshold(k, bias);
        if (q < t) break;
        out += digit_of(t + (q - t) % (base_ - t));
        q = (q - t) / (base_ - t);
      }
      out += digit_of(q);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return out;
}

std::optional<std::vector<std::uint32_t>> decode(std::string_view text) {
  std::vector<std::uint32_t> points;
  const std::size_t hyphen = text.rfind('-');
  if (hyphen != std::string_view::npos) {
    points.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(hyphen));
    text.remove_prefix(hyphen + 1);
  }
  std::uint64_t n = initial_n, i = 0;
  std::uint32_t bias = initial_bias;
  while (!text.empty()) {
    const std::uint64_t before = i;
    std::uint64_t weight = 1;
    for (std::uint32_t k = base_;; k += base_) {
      if (text.empty()) return std::nullopt;
      const char c = text.front();
      text.remove_prefix(1);
      const bool letter = c >= 'a' && c <= 'z';
      if (!letter && (c < '0' || c > '9')) return std::nullopt;
      const auto digit = static_cast<std::uint32_t>(letter ? c - 'a' : c - '0' + 26);
      i += digit * weight;
      if (i > 0xFFFFFFFFULL) return std::nullopt;
      const std::uint32_t t = threshold(k, bias);
      if (digit < t) break;
      weight *= base_ - t;
      if (weight > 0xFFFFFFFFULL) return std::nullopt;
    }
    const auto count = static_cast<std::uint32_t>(points.size() + 1);
    bias = adapt(static_cast<std::uint32_t>(i - before), count, before == 0);
    n += i / count;
    i %= count;
    if (n > 0x10FFFF || (n >= 0xD800 && n < 0xE000)) return std::nullopt;
    points.insert(points.begin() + static_cast<std::ptrdiff_t>(i), static_cast<std::uint32_t>(n));
    ++i;
  }
  return points;
}

struct Letters {
  std::uint32_t first, last;
};

// Lower-case or caseless letters that every version of IDNA takes as they are. Left out on purpose: ß and final sigma
// (mapped by some), combining marks, joiners, full stops other than ".", compatibility forms.
constexpr Letters stable[] = {
    {0xE0, 0xF6},     {0xF8, 0xFF},     {0x101, 0x131},   {0x135, 0x137},   {0x13A, 0x13E},
    {0x142, 0x148},   {0x14B, 0x17E},   {0x3AC, 0x3C1},   {0x3C3, 0x3CE},   {0x430, 0x45F},
    {0x5D0, 0x5EA},   {0x620, 0x63F},   {0x641, 0x64A},   {0xE01, 0xE2E},   {0x3041, 0x3096},
    {0x30A1, 0x30FA}, {0x30FC, 0x30FC}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFC}, {0xAC00, 0xD7A3},
};

bool is_stable(std::uint32_t cp) {
  if (cp >= 0x101 && cp <= 0x17E) {
    // Latin Extended-A: the upper-case letters are even, but odd in two stretches.
    const bool odd_is_lower = cp <= 0x137 || (cp >= 0x14A && cp <= 0x177);
    const bool lower = odd_is_lower ? cp % 2 == 1 : cp % 2 == 0;
    if (!lower || cp == 0x133 || cp == 0x178) return false;
  }
  return std::any_of(std::begin(stable), std::end(stable),
                     [cp](const Letters& l) { return cp >= l.first && cp <= l.last; });
}

// Upper-case letters with one obvious lower case.
std::uint32_t lower(std::uint32_t cp) {
  if (cp >= 'A' && cp <= 'Z') return cp + 0x20;
  if (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7) return cp + 0x20;
  if (cp >= 0x391 && cp <= 0x3A9 && cp != 0x3A2) return cp + 0x20;
  if (cp >= 0x410 && cp <= 0x42F) return cp + 0x20;
  if (cp >= 0x400 && cp <= 0x40F) return cp + 0x50;
  return cp;
}

bool is_ldh(std::uint32_t cp) { return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || cp == '-'; }

}  // namespace

std::optional<std::string> label_to_ascii(std::string_view label) {
  if (base::first_invalid_utf8(label) != std::string_view::npos) return std::nullopt;
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < label.size();) {
    const std::uint32_t cp = lower(base::decode_utf8(label, i));
    if (!is_ldh(cp) && !is_stable(cp)) return std::nullopt;
    points.push_back(cp);
    if (points.size() > max_label) return std::nullopt;
  }
  std::string out = "xn--" + encode(points);
  if (out.size() > max_label) return std::nullopt;
  return out;
}

bool is_canonical_ace(std::string_view label) {
  if (label.size() > max_label || !label.starts_with("xn--")) return false;
  const auto points = decode(label.substr(4));
  if (!points) return false;
  const bool international = std::any_of(points->begin(), points->end(), [](std::uint32_t cp) { return cp >= 0x80; });
  return international && "xn--" + encode(*points) == label;
}

}  // namespace policy
