// Reading of addresses, after the WHATWG URL standard's IPv4 parser and RFC 4291, but strict where readers differ.
#include "policy/cidr.h"

#include <algorithm>

namespace policy {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::uint64_t> in_base(std::string_view digits, unsigned base) {
  if (digits.empty() || digits.size() > 32) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    const int d = hex_digit(c);
    if (d < 0 || static_cast<unsigned>(d) >= base) return std::nullopt;
    value = value * base + static_cast<unsigned>(d);
    if (value > 0xFFFFFFFFULL) return std::nullopt;
  }
  return value;
}

// One part of an IPv4 address. A leading zero means octal to some readers and nothing to others.
std::optional<std::uint64_t> ipv4_part(std::string_view part) {
  if (part.size() > 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X')) return in_base(part.substr(2), 16);
  const auto decimal = in_base(part, 10);
  if (part.size() < 2 || part[0] != '0') return decimal;
  const auto octal = in_base(part.substr(1), 8);
  if (!octal || octal != decimal) return std::nullopt;
  return octal;
}

// Up to eight groups of 16 bits from `text` (no "::" inside) are appended at `groups`; the last may be dotted IPv4.
bool read_groups(std::string_view text, bool last_part, std::array<std::uint16_t, 8>& groups, std::size_t& count) {
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && last_part && group.find('.') != std::string_view::npos) {
      if (std::count(group.begin(), group.end(), '.') != 3 || count > 6) return false;
      std::uint64_t value = 0;
      std::string_view rest = group;
      for (int i = 0; i < 4; ++i) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        const auto byte = in_base(part, 10);
        if (!byte || *byte > 255 || (part.size() > 1 && part[0] == '0')) return false;
        value = value << 8 | *byte;
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      }
      groups[count++] = static_cast<std::uint16_t>(value >> 16);
      groups[count++] = static_cast<std::uint16_t>(value & 0xFFFF);
      return true;
    }
    if (group.size() > 4 || count >= 8) return false;
    const auto value = in_base(group, 16);
    if (!value) return false;
    groups[count++] = static_cast<std::uint16_t>(*value);
    if (last) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
  }
  return true;
}

bool bits_beyond_are_zero(const Address& a, unsigned bits) {
  const unsigned total = a.v6 ? 128 : 32;
  for (unsigned i = bits; i < total; ++i) {
    if ((a.bytes[i / 8] >> (7 - i % 8) & 1) != 0) return false;
  }
  return true;
}

void append_hex(std::string& out, unsigned value) {
  static constexpr char digits[] = "0123456789abcdef";
  bool started = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned d = value >> shift & 15;
    if (d != 0 || started || shift == 0) out += digits[d], started = true;
  }
}

}  // namespace

std::optional<Address> parse_ipv4(std::string_view text) {
  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    if (count == 4) return std::nullopt;
    const auto part = ipv4_part(text.substr(0, dot));
    if (!part) return std::nullopt;
    parts[count++] = *part;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  // All parts but the last are bytes; the last fills what remains.
  std::uint64_t value = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return std::nullopt;
    value = value << 8 | parts[i];
  }
  const auto rest = static_cast<unsigned>(8 * (5 - count));
  if (parts[count - 1] >> rest != 0) return std::nullopt;
  value = value << rest | parts[count - 1];
  Address a;
  for (std::size_t i = 0; i < 4; ++i) a.bytes[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return a;
}

std::optional<Address> parse_ipv6(std::string_view text) {
  if (text.size() < 2 || text.size() > 45) return std::nullopt;
  std::array<std::uint16_t, 8> head{}, tail{};
  std::size_t heads = 0, tails = 0;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!read_groups(text, true, head, heads) || heads != 8) return std::nullopt;
  } else {
    if (text.find("::", gap + 1) != std::string_view::npos) return std::nullopt;
    if (!read_groups(text.substr(0, gap), false, head, heads)) return std::nullopt;
    if (!read_groups(text.substr(gap + 2), true, tail, tails)) return std::nullopt;
    if (heads + tails > 7) return std::nullopt;
    for (std::size_t i = 0; i < tails; ++i) head[8 - tails + i] = tail[i];
  }
  Address a;
  a.v6 = true;
  for (std::size_t i = 0; i < 8; ++i) {
    a.bytes[2 * i] = static_cast<std::uint8_t>(head[i] >> 8);
    a.bytes[2 * i + 1] = static_cast<std::uint8_t>(head[i] & 0xFF);
  }
  const bool mapped = std::all_of(a.bytes.begin(), a.bytes.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
                      a.bytes[10] == 0xFF && a.bytes[11] == 0xFF;
  if (!mapped) return a;
  Address v4;
  std::copy(a.bytes.begin() + 12, a.bytes.end(), v4.bytes.begin());
  return v4;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') return parse_ipv6(text.substr(1, text.size() - 2));
  if (text.find(':') != std::string_view::npos) return parse_ipv6(text);
  return parse_ipv4(text);
}

std::string address_text(const Address& a) {
  std::string out;
  if (!a.v6) {
    for (std::size_t i = 0; i < 4; ++i) out += (i == 0 ? "" : ".") + std::to_string(a.bytes[i]);
    return out;
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(a.bytes[2 * i] << 8 | a.bytes[2 * i + 1]);
  std::size_t best = 8, length = 1;  // the longest run of at least two zero groups
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t n = 0;
    while (i + n < 8 && groups[i + n] == 0) ++n;
    if (n > length) best = i, length = n;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    append_hex(out, groups[i]);
  }
  return out;
}

bool Cidr::contains(const Address& other) const {
  if (other.v6 != address.v6) return false;
  for (unsigned i = 0; i < bits; i += 8) {
    const unsigned left = std::min(8U, bits - i);
    const unsigned mask = 0xFF00U >> left & 0xFFU;
    if (((address.bytes[i / 8] ^ other.bytes[i / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto address = parse_address(written);
  if (!address) return std::nullopt;
  const unsigned total = address->v6 ? 128 : 32;
  Cidr c{*address, total};
  if (slash == std::string_view::npos) return c;
  const std::string_view digits = text.substr(slash + 1);
  const auto bits = in_base(digits, 10);
  if (!bits || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const bool mapped = !address->v6 && written.find(':') != std::string_view::npos;
  if (mapped && *bits < 96) return std::nullopt;
  const std::uint64_t effective = mapped ? *bits - 96 : *bits;
  if (effective > total) return std::nullopt;
  c.bits = static_cast<unsigned>(effective);
  if (!bits_beyond_are_zero(c.address, c.bits)) return std::nullopt;
  return c;
}

}  // namespace policy
