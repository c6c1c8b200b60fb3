// Exact numbers on the text itself. A number is sign x d.ddd x 10^magnitude over the digits of its text, so comparing
// costs the digits that differ and never the size of the exponent: 1e999999999 is five bytes of work.
#include "base/decimal.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace base {
namespace {

constexpr std::int64_t max_exponent = std::int64_t{1} << 40;
constexpr std::int64_t fraction_digits = 9;
constexpr std::int64_t max_integer_digits = 24;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front of `rest`.
std::string_view take_digits(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

// Reads "[eE][+-]digits", or nothing. False: malformed.
bool take_exponent(std::string_view& rest, std::int64_t& exponent) {
  exponent = 0;
  if (rest.empty() || (rest[0] != 'e' && rest[0] != 'E')) return true;
  rest.remove_prefix(1);
  bool negative = false;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return false;
  for (const char c : digits) exponent = std::min(max_exponent, exponent * 10 + (c - '0'));
  if (negative) exponent = -exponent;
  return true;
}

// For messages: a number may be as long as a message.
std::string shortened(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 40)) + "…";
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal d;
  d.text_ = text;
  std::string_view rest = text;
  if (!rest.empty() && rest[0] == '-') {
    d.negative_ = true;
    rest.remove_prefix(1);
  }
  std::string_view whole = take_digits(rest);
  if (whole.empty() || (whole[0] == '0' && whole.size() > 1)) return std::nullopt;
  std::string_view fraction;
  if (!rest.empty() && rest[0] == '.') {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) return std::nullopt;
  }
  std::int64_t exponent = 0;
  if (!take_exponent(rest, exponent) || !rest.empty()) return std::nullopt;

  if (whole == "0") whole = {};
  d.magnitude_ = exponent + static_cast<std::int64_t>(whole.size()) - 1;
  if (whole.empty()) {
    const std::size_t zeros = std::min(fraction.find_first_not_of('0'), fraction.size());
    fraction.remove_prefix(zeros);
    d.magnitude_ -= static_cast<std::int64_t>(zeros);
  }
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (fraction.empty()) whole = whole.substr(0, whole.find_last_not_of('0') + 1);
  d.int_digits_ = whole;
  d.frac_digits_ = fraction;
  d.count_ = whole.size() + fraction.size();
  if (d.count_ == 0) {
    d.magnitude_ = 0;
    d.negative_ = false;
  }
  return d;
}

char Decimal::digit(std::size_t i) const {
  if (i < int_digits_.size()) return int_digits_[i];
  i -= int_digits_.size();
  return i < frac_digits_.size() ? frac_digits_[i] : '0';
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  const auto sign = [](const Decimal& d) { return d.count_ == 0 ? 0 : d.negative_ ? -1 : 1; };
  const int mine = sign(*this);
  if (const auto c = mine <=> sign(other); c != 0) return c;
  if (mine == 0) return std::strong_ordering::equal;
  const Decimal& small = negative_ ? other : *this;  // -a <=> -b is b <=> a
  const Decimal& large = negative_ ? *this : other;
  if (const auto c = small.magnitude_ <=> large.magnitude_; c != 0) return c;
  // Without trailing zeros, a number that is a prefix of another of the same magnitude is the smaller one.
  if (small.frac_digits_.empty() && large.frac_digits_.empty()) return small.int_digits_ <=> large.int_digits_;
  if (small.int_digits_.size() == large.int_digits_.size()) {
    if (const auto c = small.int_digits_ <=> large.int_digits_; c != 0) return c;
    return small.frac_digits_ <=> large.frac_digits_;
  }
  const std::size_t n = std::max(small.count_, large.count_);
  for (std::size_t i = 0; i < n; ++i) {
    if (const auto c = small.digit(i) <=> large.digit(i); c != 0) return c;
  }
  return std::strong_ordering::equal;
}

bool Decimal::is_integer() const { return count_ == 0 || magnitude_ >= static_cast<std::int64_t>(count_) - 1; }

std::string Decimal::canonical() const {
  if (count_ == 0) return "0e0";
  std::string out;
  if (count_ > 8) out.reserve(count_ + 16);  // most fit without
  if (negative_) out += '-';
  out += int_digits_;
  out += frac_digits_;
  out += 'e';
  out += std::to_string(magnitude_ - static_cast<std::int64_t>(count_) + 1);
  return out;
}

Result<Amount> Amount::from(const Decimal& number) {
  if (number.count_ == 0) return Amount();
  if (number.magnitude_ >= max_integer_digits) return fail(shortened(number.text_) + " is too large (10^24 or more)");
  const std::int64_t lowest = number.magnitude_ - static_cast<std::int64_t>(number.count_) + 1;
  if (lowest < -fraction_digits) return fail(shortened(number.text_) + " has more than nine fractional digits");
  __int128 v = 0;  // at most 33 digits: far from 2^127
  if (number.count_ <= 18) {
    std::int64_t small = 0;
    for (std::size_t i = 0; i < number.count_; ++i) small = small * 10 + (number.digit(i) - '0');
    v = small;
  } else {
    for (std::size_t i = 0; i < number.count_; ++i) v = v * 10 + (number.digit(i) - '0');
  }
  for (std::int64_t i = lowest; i > -fraction_digits; --i) v *= 10;
  return Amount(number.negative_ ? -v : v);
}

Result<Amount> Amount::parse(std::string_view json_number) {
  // Most amounts are plain integers; they need no Decimal.
  if (!json_number.empty() && json_number.size() <= 18 && json_number[0] != '0') {
    std::int64_t whole = 0;
    std::size_t i = 0;
    while (i < json_number.size() && is_digit(json_number[i])) whole = whole * 10 + (json_number[i++] - '0');
    if (i == json_number.size()) return of(whole);
  }
  const std::optional<Decimal> number = Decimal::parse(json_number);
  if (!number) return fail("not a number: " + shortened(json_number));
  return from(*number);
}

Amount Amount::operator+(Amount o) const {
  __int128 sum = 0;
  if (!__builtin_add_overflow(v_, o.v_, &sum)) return Amount(sum);
  constexpr __int128 top = static_cast<__int128>((static_cast<unsigned __int128>(1) << 127) - 1);
  return Amount(v_ < 0 ? -top - 1 : top);
}

Amount Amount::operator-(Amount o) const {
  __int128 difference = 0;
  if (!__builtin_sub_overflow(v_, o.v_, &difference)) return Amount(difference);
  constexpr __int128 top = static_cast<__int128>((static_cast<unsigned __int128>(1) << 127) - 1);
  return Amount(v_ < 0 ? -top - 1 : top);
}

std::string Amount::text() const {
  if (v_ >= 0 && v_ <= std::numeric_limits<std::int64_t>::max()) {  // most: whole numbers below 9.2 thousand million
    const auto small = static_cast<std::int64_t>(v_);
    if (small % scale == 0) return std::to_string(small / scale);
  }
  unsigned __int128 rest = v_ < 0 ? -static_cast<unsigned __int128>(v_) : static_cast<unsigned __int128>(v_);
  std::string reversed;
  for (std::int64_t i = 0; i < fraction_digits; ++i, rest /= 10) {
    const char c = static_cast<char>('0' + static_cast<int>(rest % 10));
    if (c != '0' || !reversed.empty()) reversed += c;
  }
  if (!reversed.empty()) reversed += '.';
  do {
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (v_ < 0) reversed += '-';
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

}  // namespace base
