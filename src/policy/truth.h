// The three values of a condition and the two ways of reading one (policy-language, section 4).
// Undecided always restricts: it fails a requirement and counts as met in a restriction. Kleene's logic: `and` is the
// smaller value, `or` the larger, `not` turns the scale round.
#pragma once
#include <algorithm>
#include <cstdint>

namespace policy {

enum class Truth : std::uint8_t { no = 0, undecided = 1, yes = 2 };

inline Truth truth_of(bool b) { return b ? Truth::yes : Truth::no; }
inline Truth negate(Truth t) { return static_cast<Truth>(2 - static_cast<int>(t)); }
inline Truth both(Truth a, Truth b) { return std::min(a, b); }
inline Truth either(Truth a, Truth b) { return std::max(a, b); }

// How a condition is read where it stands.
//   requirement  it must be true for the call to pass: doubt must not make it true
//   restriction  the call is restricted if it is true: doubt must not make it false
// Under `not` the reading turns round, and a missing path is undecided (`negated`).
struct Reading {
  bool restriction = false;
  bool negated = false;
  Reading inverted() const { return {!restriction, true}; }
};
inline constexpr Reading requiring{false, false};
inline constexpr Reading restricting{true, false};

}  // namespace policy
