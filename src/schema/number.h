// Numbers of schemas and instances, exact. Plain integers of up to 18 digits, which is nearly all of them, are an
// int64; the rest is compared digit by digit (base::Decimal).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/decimal.h"

namespace schema {

// Refers to the text, which must outlive it.
class Number {
 public:
  // `text` must be a JSON number (the reader guarantees it).
  explicit Number(std::string_view text);
  bool is_integer() const { return small_ || decimal().is_integer(); }
  // The exponent is beyond what base::Decimal tells apart: nothing may be decided by it.
  bool is_absurd() const;
  std::strong_ordering operator<=>(const Number& other) const {
    if (small_ && other.small_) return integer_ <=> other.integer_;
    return decimal() <=> other.decimal();
  }
  bool operator==(const Number& other) const { return (*this <=> other) == 0; }
  // Equal numbers have equal hashes.
  std::uint64_t hash() const;
  std::string_view text() const { return text_; }

 private:
  friend class Divisor;
  base::Decimal decimal() const;
  std::string_view text_;
  std::int64_t integer_ = 0;
  bool small_ = false;
};

// A positive number to divide by: coefficient x 10^exponent, coefficient below 10^18 and without trailing zeros.
class Divisor {
 public:
  // nullopt: not positive, or with more than 18 significant digits.
  static std::optional<Divisor> of(const Number& number);
  // Exact. Linear in the digits of `number`.
  bool divides(const Number& number) const;

 private:
  std::int64_t coefficient_ = 1;
  std::int64_t exponent_ = 0;
};

}  // namespace schema
