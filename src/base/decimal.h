// Exact numbers. JSON numbers are compared by value and never pass through a double: 1, 1.0 and 1e0 are equal,
// 2^53+1 is itself, and 1e400 is larger than 1e399. Amounts (what limits count) are fixed-point with nine fractional
// digits in 128 bits; what does not fit is an error, never a rounding.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

// A view of a JSON number's text (RFC 8259 section 6), ready to compare. Refers to the text; copies nothing.
class Decimal {
 public:
  // `text` must be a valid JSON number (the reader guarantees it); otherwise nullopt.
  static std::optional<Decimal> parse(std::string_view text);
  // Exact comparison by value; -0 equals 0. An exponent beyond +-2^40 is clamped there.
  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }
  // Whole number (1.0 and 1e2 included).
  bool is_integer() const;
  bool is_negative() const { return negative_; }  // false for -0
  // Same text for equal values: sign, digits without leading or trailing zeros, "e", exponent. For use as a key.
  std::string canonical() const;
  std::string_view text() const { return text_; }

 private:
  friend class Amount;
  // i-th significant digit (0 beyond the end).
  char digit(std::size_t i) const;
  std::string_view text_;
  std::string_view int_digits_, frac_digits_;  // leading and trailing zeros stripped as one number
  std::size_t count_ = 0;                      // significant digits
  std::int64_t magnitude_ = 0;                 // exponent of the first significant digit, in powers of ten
  bool negative_ = false;
};

// What a limit counts. Value semantics; arithmetic that would overflow is an error of the caller's check functions.
class Amount {
 public:
  static constexpr std::int64_t scale = 1'000'000'000;  // nine fractional digits
  constexpr Amount() = default;
  static constexpr Amount of(std::int64_t whole) { return Amount(static_cast<__int128>(whole) * scale); }
  // Exact. Errors: more than nine fractional digits, or a magnitude of 10^24 or more (18 integer digits always fit).
  // Negative numbers parse; whoever charges refuses them.
  static Result<Amount> from(const Decimal& number);
  static Result<Amount> parse(std::string_view json_number);
  constexpr auto operator<=>(const Amount&) const = default;
  bool is_negative() const { return v_ < 0; }
  bool is_zero() const { return v_ == 0; }
  // Saturating, never wrapping. Sums of amounts below 10^24 cannot reach the bound in practice.
  Amount operator+(Amount o) const;
  Amount operator-(Amount o) const;
  // Shortest decimal text, e.g. "12", "0.99".
  std::string text() const;
  constexpr __int128 raw() const { return v_; }
  static constexpr Amount from_raw(__int128 v) { return Amount(v); }

 private:
  constexpr explicit Amount(__int128 v) : v_(v) {}
  __int128 v_ = 0;
};

}  // namespace base
