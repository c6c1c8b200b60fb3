// Exact numbers: equality, hashes, division.
#include "schema/number.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace schema {
namespace {

bool divides(const char* divisor, const char* number) {
  const auto d = Divisor::of(Number(divisor));
  EXPECT_TRUE(d) << divisor;
  return d && d->divides(Number(number));
}

TEST(Number, EqualsByValueAndHashesAlike) {
  const std::array<std::array<const char*, 4>, 5> classes{
      {{"1", "1.0", "1e0", "10e-1"},
       {"0", "-0", "0.0e5", "-0.00"},
       {"-20", "-2e1", "-20.0", "-0.2E+2"},
       {"1e20", "100000000000000000000", "1.0e20", "1000e17"},
       {"123456789012345678901", "123456789012345678901.0", "1.23456789012345678901e20", "12345678901234567890.1e1"}}};
  for (std::size_t a = 0; a < classes.size(); ++a) {
    for (std::size_t b = 0; b < classes.size(); ++b) {
      for (const char* x : classes.at(a)) {
        for (const char* y : classes.at(b)) {
          EXPECT_EQ(Number(x) == Number(y), a == b) << x << " " << y;
          if (a == b) EXPECT_EQ(Number(x).hash(), Number(y).hash()) << x << " " << y;
        }
      }
    }
  }
  EXPECT_LT(Number("9007199254740992"), Number("9007199254740993"));
  EXPECT_LT(Number("-1"), Number("0.5"));
  EXPECT_TRUE(Number("1e300").is_integer());
  EXPECT_FALSE(Number("1.5").is_integer());
  EXPECT_TRUE(Number("1e99999999999").is_absurd());
  EXPECT_FALSE(Number("1e999999").is_absurd());
}

TEST(Divisor, IsExact) {
  EXPECT_TRUE(divides("0.1", "0.3"));
  EXPECT_TRUE(divides("0.01", "4.35"));
  EXPECT_FALSE(divides("0.01", "4.355"));
  EXPECT_TRUE(divides("0.0001", "0.0075"));
  EXPECT_TRUE(divides("1e-8", "12391239123"));
  EXPECT_TRUE(divides("0.123456789", "1e308") == false);
  EXPECT_TRUE(divides("0.5", "1e308"));
  EXPECT_TRUE(divides("7", "0"));
  EXPECT_TRUE(divides("1e3", "5000"));
  EXPECT_FALSE(divides("1e3", "5500"));
  EXPECT_TRUE(divides("3", "999999999999999999999999999999"));
  EXPECT_FALSE(divides("3", "999999999999999999999999999998"));
  EXPECT_TRUE(divides("10", "-20"));
  EXPECT_FALSE(divides("999999999999999999", "1e18"));
  EXPECT_FALSE(Divisor::of(Number("0")));
  EXPECT_FALSE(Divisor::of(Number("-1")));
  EXPECT_FALSE(Divisor::of(Number("1234567890123456789")));
}

TEST(Divisor, AgreesWithIntegers) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto divisor = static_cast<std::int64_t>(random() % 1000 + 1);
    const auto number = static_cast<std::int64_t>(random() % 100'000) - 50'000;
    const std::string scaled = std::to_string(number) + "e-3";
    const std::string scaled_divisor = std::to_string(divisor) + "e-3";
    EXPECT_EQ(divides(std::to_string(divisor).c_str(), std::to_string(number).c_str()), number % divisor == 0);
    EXPECT_EQ(divides(scaled_divisor.c_str(), scaled.c_str()), number % divisor == 0) << scaled << " " << divisor;
    EXPECT_EQ(divides(std::to_string(divisor).c_str(), scaled.c_str()), number % (divisor * 1000) == 0);
  }
}

}  // namespace
}  // namespace schema
