// What a bare YAML scalar means. JSON's own words and numbers mean what JSON says; whatever YAML 1.1 and 1.2, or a
// person, would read in two ways is ambiguous and must be quoted where its type matters; all else is text.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/decimal.h"
#include "yaml/tree.h"

namespace yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_any_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::equal(text.begin(), text.end(), lower.begin(), same);
}

std::string_view without_sign(std::string_view s) {
  if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
  return s;
}

// Length of the run of digits and underscores at the front of s.
std::size_t digits_at(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && (is_digit(s[n]) || s[n] == '_')) ++n;
  return n;
}

// 0x1F, 0o17, 0b1
bool is_radix(std::string_view s) {
  if (s.size() < 3 || s[0] != '0' || !(s[1] == 'x' || s[1] == 'o' || s[1] == 'b' || s[1] == 'X')) return false;
  return std::all_of(s.begin() + 2, s.end(),
                     [](char c) { return c == '_' || std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

// Digits with optional fraction and exponent, in any of the spellings that JSON does not have: 010, 1_000, .5, 5., 01e3
bool is_odd_number(std::string_view s) {
  const bool leading_digit = !s.empty() && is_digit(s[0]);
  std::size_t n = leading_digit ? digits_at(s) : 0;
  bool any = leading_digit;
  if (n < s.size() && s[n] == '.') {
    const std::size_t fraction = digits_at(s.substr(n + 1));
    any = any || (fraction > 0 && is_digit(s[n + 1]));
    n += 1 + fraction;
  }
  if (!any) return false;
  if (n < s.size() && (s[n] == 'e' || s[n] == 'E')) {
    const std::string_view exponent = without_sign(s.substr(n + 1));
    return !exponent.empty() && digits_at(exponent) == exponent.size();
  }
  return n == s.size();
}

// 12:30, 1:20:59.5: base 60 in YAML 1.1
bool is_base_60(std::string_view s) {
  if (s.empty() || !is_digit(s[0])) return false;
  std::size_t n = digits_at(s);
  bool colon = false;
  while (n < s.size() && s[n] == ':') {
    const std::size_t part = digits_at(s.substr(n + 1));
    if (part == 0 || part > 2) return false;
    n += 1 + part;
    colon = true;
  }
  if (n < s.size() && s[n] == '.') n += 1 + digits_at(s.substr(n + 1));
  return colon && n == s.size();
}

// 2026-11-22, 2026-1-2, 2026-11-22T10:00:00Z
bool is_date(std::string_view s) {
  const auto run = [&s](std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < most && n < s.size() && is_digit(s[n])) ++n;
    s.remove_prefix(n);
    return n >= least;
  };
  const auto dash = [&s] {
    if (s.empty() || s[0] != '-') return false;
    s.remove_prefix(1);
    return true;
  };
  if (!(run(4, 4) && dash() && run(1, 2) && dash() && run(1, 2))) return false;
  return s.empty() || s[0] == 'T' || s[0] == 't' || s[0] == ' ';
}

bool is_ambiguous(std::string_view s) {
  for (const std::string_view word : {"yes", "no", "on", "off", "y", "n"})
    if (is_any_case(s, word)) return true;
  const std::string_view bare = without_sign(s);
  if (is_any_case(bare, ".inf") || is_any_case(bare, ".nan")) return true;
  return is_radix(bare) || is_odd_number(bare) || is_base_60(bare) || is_date(s);
}

}  // namespace

void resolve_plain(Node& node) {
  const std::string_view s = node.text;
  const auto is_one_of = [&](std::string_view a, std::string_view b, std::string_view c) {
    return s == a || s == b || s == c;
  };
  if (s.empty() || s == "~" || is_one_of("null", "Null", "NULL")) {
    node.kind = Node::Kind::null;
    node.written = !s.empty();
  } else if (is_one_of("true", "True", "TRUE") || is_one_of("false", "False", "FALSE")) {
    node.kind = Node::Kind::boolean;
    node.boolean = s[0] == 't' || s[0] == 'T';
  } else if (base::Decimal::parse(s)) {
    node.kind = Node::Kind::number;
  } else {
    node.kind = is_ambiguous(s) ? Node::Kind::ambiguous : Node::Kind::string;
  }
}

}  // namespace yaml
