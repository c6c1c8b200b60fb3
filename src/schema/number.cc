// Reads the digits of a number's text from left to right: they are hashed and divided without ever being one value.
#include "schema/number.h"

#include <algorithm>
#include <cassert>

namespace schema {
namespace {

constexpr std::size_t small_digits = 18;
constexpr std::int64_t absurd_exponent = 1'000'000'000;
constexpr std::int64_t ten = 10;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The significant digits (no zeros at either end) and the power of ten of the last one. Zero has none.
struct Digits {
  explicit Digits(std::string_view text) {
    if (text.starts_with('-')) {
      negative = true;
      text.remove_prefix(1);
    }
    const std::size_t e = text.find_first_of("eE");
    exponent = e == std::string_view::npos ? 0 : read_exponent(text.substr(e + 1));
    mantissa = text.substr(0, e);
    const std::size_t point = mantissa.find('.');
    if (point != std::string_view::npos) exponent -= static_cast<std::int64_t>(mantissa.size() - point - 1);
    while (!mantissa.empty() && !significant(mantissa.front())) mantissa.remove_prefix(1);
    while (!mantissa.empty() && !significant(mantissa.back())) {
      if (mantissa.back() == '0') ++exponent;
      mantissa.remove_suffix(1);
    }
    for (const char c : mantissa) count += is_digit(c) ? 1U : 0U;
  }

  std::string_view mantissa;  // may hold one point
  std::int64_t exponent = 0;
  std::size_t count = 0;
  bool negative = false;

 private:
  static bool significant(char c) { return c != '0' && c != '.'; }
  static std::int64_t read_exponent(std::string_view text) {
    bool minus = false;
    if (text.starts_with('-') || text.starts_with('+')) {
      minus = text[0] == '-';
      text.remove_prefix(1);
    }
    std::int64_t value = 0;
    for (const char c : text) value = std::min(2 * absurd_exponent, value * ten + (c - '0'));
    return minus ? -value : value;
  }
};

std::int64_t times(std::int64_t a, std::int64_t b, std::int64_t modulus) {
  return static_cast<std::int64_t>(static_cast<__int128>(a) * b % modulus);
}

std::int64_t power_of_ten(std::int64_t exponent, std::int64_t modulus) {
  std::int64_t result = 1 % modulus;
  std::int64_t base = ten % modulus;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = times(result, base, modulus);
    base = times(base, base, modulus);
  }
  return result;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
  constexpr int fold = 29;
  hash = (hash ^ value) * odd;
  return hash ^ (hash >> fold);
}

}  // namespace

Number::Number(std::string_view text) : text_(text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.size() > small_digits) return;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return;
    value = value * ten + (c - '0');
  }
  integer_ = negative ? -value : value;
  small_ = true;
}

base::Decimal Number::decimal() const {
  const auto decimal = base::Decimal::parse(text_);
  assert(decimal.has_value());
  return decimal.value_or(base::Decimal());
}

bool Number::is_absurd() const {
  if (small_) return false;
  const Digits digits(text_);
  return digits.exponent > absurd_exponent || digits.exponent < -absurd_exponent;
}

std::uint64_t Number::hash() const {
  if (small_ && integer_ % ten != 0) return mixed(mixed(0, 0), static_cast<std::uint64_t>(integer_));
  const Digits digits(text_);
  if (digits.count > small_digits) return mixed(1, digits.count);  // longer ones are told apart by comparing
  std::int64_t value = 0;
  for (const char c : digits.mantissa) value = c == '.' ? value : value * ten + (c - '0');
  return mixed(mixed(0, digits.count == 0 ? 0 : static_cast<std::uint64_t>(digits.exponent)),
               static_cast<std::uint64_t>(digits.negative ? -value : value));
}

std::optional<Divisor> Divisor::of(const Number& number) {
  const Digits digits(number.text());
  if (digits.negative || digits.count == 0 || digits.count > small_digits) return std::nullopt;
  Divisor divisor;
  divisor.exponent_ = digits.exponent;
  divisor.coefficient_ = 0;
  for (const char c : digits.mantissa) {
    if (c != '.') divisor.coefficient_ = divisor.coefficient_ * ten + (c - '0');
  }
  return divisor;
}

bool Divisor::divides(const Number& number) const {
  if (number.small_ && exponent_ == 0) return number.integer_ % coefficient_ == 0;
  const Digits digits(number.text());
  if (digits.count == 0) return true;
  // Without its trailing zeros the coefficient is no multiple of ten, so the number must not end before ours begins.
  if (digits.exponent < exponent_) return false;
  std::int64_t rest = 0;
  for (const char c : digits.mantissa) {
    if (c == '.') continue;
    rest = static_cast<std::int64_t>((static_cast<__int128>(rest) * ten + (c - '0')) % coefficient_);
  }
  return times(rest, power_of_ten(digits.exponent - exponent_, coefficient_), coefficient_) == 0;
}

}  // namespace schema
