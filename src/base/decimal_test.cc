// Exact comparison against an oracle that expands numbers with small exponents into digits, and the bounds of Amount.
#include "base/decimal.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace base {
namespace {

Decimal dec(std::string_view text) {
  const auto d = Decimal::parse(text);
  EXPECT_TRUE(d.has_value()) << text;
  return d.value_or(Decimal());
}

TEST(Decimal, Grammar) {
  for (const std::string_view good : {"0", "-0", "1", "-1", "10", "0.0", "0.1", "1.50", "1e0", "1E+5", "1e-5",
                                      "-0.0e-0", "123456789012345678901234567890", "1e99999999999999999999999"})
    EXPECT_TRUE(Decimal::parse(good)) << good;
  for (const std::string_view bad : {"",   "-",  "+1", "01",   "-01", "00",       "1.",   ".5",    "1e",    "1e+", "e5",
                                     "1 ", " 1", "1a", "0x10", "NaN", "Infinity", "1.e5", "1.5.5", "1e5.5", "--1"})
    EXPECT_FALSE(Decimal::parse(bad)) << bad;
}

TEST(Decimal, EqualByValue) {
  EXPECT_EQ(dec("1"), dec("1.0"));
  EXPECT_EQ(dec("1"), dec("1e0"));
  EXPECT_EQ(dec("100"), dec("1E2"));
  EXPECT_EQ(dec("0.001"), dec("1e-3"));
  EXPECT_EQ(dec("-0"), dec("0.000e17"));
  EXPECT_EQ(dec("12.30"), dec("0.123e2"));
  EXPECT_NE(dec("9007199254740993"), dec("9007199254740992"));
  EXPECT_NE(dec("1"), dec("-1"));
}

TEST(Decimal, Order) {
  // Ascending, each different.
  static constexpr std::string_view ascending[] = {"-1e400",
                                                   "-1e399",
                                                   "-123.5",
                                                   "-123.49",
                                                   "-123",
                                                   "-1",
                                                   "-0.1",
                                                   "-1e-400",
                                                   "0",
                                                   "1e-400",
                                                   "0.09",
                                                   "0.1",
                                                   "0.11",
                                                   "1",
                                                   "1.01",
                                                   "9",
                                                   "10",
                                                   "10.5",

                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "1e17"};
  EXPECT_LT(dec("1e399"), dec("1e400"));
  EXPECT_LT(dec("9e999999999"), dec("1e1000000000"));
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(dec(ascending[i]) <=> dec(ascending[j]), i <=> j) << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(Decimal, ExponentIsClampedNotWrapped) {
  EXPECT_EQ(dec("1e1099511627776"), dec("1e99999999999999999999999999"));
  EXPECT_LT(dec("1e1099511627775"), dec("1e1099511627776"));
  EXPECT_EQ(dec("1e-1099511627776"), dec("1e-99999999999999999999999999"));
  EXPECT_GT(dec("1e-99999999999999999999999999"), dec("0"));
}

// value x 10^20 as a signed integer: exact for the numbers of the random test.
__int128 expand(std::string_view text) {
  bool negative = false, fraction = false;
  __int128 v = 0;
  int scale = 20, exponent = 0;
  std::size_t i = 0;
  if (text[0] == '-') negative = true, ++i;
  for (; i < text.size() && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    v = v * 10 + (text[i] - '0');
    if (fraction) --scale;
  }
  if (i < text.size()) exponent = std::stoi(std::string(text.substr(i + 1)));
  for (int k = 0; k < scale + exponent; ++k) v *= 10;
  return negative ? -v : v;
}

std::string random_number(FakeRandom& random) {
  std::byte raw[12];
  random.fill(raw);
  const auto r = [&raw](std::size_t i, unsigned n) { return std::to_integer<unsigned>(raw[i]) % n; };
  std::string text = r(0, 3) == 0 ? "-" : "";
  const unsigned whole = r(1, 5);
  if (whole == 0) text += '0';
  for (unsigned i = 0; i < whole; ++i)
    text += static_cast<char>('0' + (i == 0 ? 1 + r(2, 2) : r(2 + i, 3) % 2 * 9 * r(3, 2)));
  const unsigned fraction = r(7, 4);
  if (fraction > 0) text += '.';
  for (unsigned i = 0; i < fraction; ++i) text += static_cast<char>('0' + r(8 + i, 2));
  if (r(11, 3) == 0) text += "e" + std::to_string(static_cast<int>(r(6, 9)) - 4);
  return text;
}

TEST(Decimal, RandomPairsAgreeWithExpansion) {
  FakeRandom random(11);
  for (int round = 0; round < 50'000; ++round) {
    const std::string a = random_number(random), b = random_number(random);
    ASSERT_EQ(dec(a) <=> dec(b), expand(a) <=> expand(b)) << a << " " << b;
    ASSERT_EQ(dec(a).canonical() == dec(b).canonical(), expand(a) == expand(b)) << a << " " << b;
    ASSERT_EQ(dec(a).is_integer(), expand(a) % expand("1") == 0) << a;
    ASSERT_EQ(dec(a).is_negative(), expand(a) < 0) << a;
    const auto amount = Amount::parse(a);  // at most 7 fractional digits: always representable
    ASSERT_TRUE(amount) << a;
    ASSERT_EQ(amount->raw() * 100'000'000'000, expand(a)) << a;
    ASSERT_EQ(Amount::parse(amount->text()).value(), *amount) << a;
  }
}

TEST(Decimal, IntegerAndCanonical) {
  EXPECT_TRUE(dec("1e2").is_integer());
  EXPECT_TRUE(dec("1.0").is_integer());
  EXPECT_TRUE(dec("0.0").is_integer());
  EXPECT_FALSE(dec("1.5").is_integer());
  EXPECT_FALSE(dec("1e-1").is_integer());
  EXPECT_TRUE(dec("1.5e1").is_integer());
  EXPECT_FALSE(dec("-0").is_negative());
  EXPECT_EQ(dec("-0").canonical(), "0e0");
  EXPECT_EQ(dec("1200").canonical(), "12e2");
  EXPECT_EQ(dec("-0.50").canonical(), "-5e-1");
}

TEST(Amount, Bounds) {
  EXPECT_EQ(Amount::parse("0.99")->text(), "0.99");
  EXPECT_EQ(Amount::parse("12")->text(), "12");
  EXPECT_EQ(Amount::parse("-12.5")->text(), "-12.5");
  EXPECT_EQ(Amount::parse("-0")->text(), "0");
  EXPECT_EQ(Amount::parse("1.000000000000")->text(), "1");  // zeros are not precision
  EXPECT_EQ(Amount::parse("0.000000001")->raw(), 1);
  EXPECT_FALSE(Amount::parse("0.0000000001"));
  EXPECT_FALSE(Amount::parse("1e-10"));
  EXPECT_EQ(Amount::parse("999999999999999999999999.999999999")->text(), "999999999999999999999999.999999999");
  EXPECT_FALSE(Amount::parse("1000000000000000000000000"));
  EXPECT_FALSE(Amount::parse("-1e24"));
  EXPECT_FALSE(Amount::parse("1e300"));
  EXPECT_FALSE(Amount::parse("1e999999999999"));
  EXPECT_FALSE(Amount::parse("1e-999999999999"));
  EXPECT_EQ(Amount::parse("1e23")->text(), "1" + std::string(23, '0'));
  EXPECT_EQ(Amount::parse("999999999999999999")->text(), "999999999999999999");
  EXPECT_EQ(Amount::parse("0e999999999999")->raw(), 0);
  EXPECT_FALSE(Amount::parse(""));
  EXPECT_FALSE(Amount::parse("1x"));
  EXPECT_FALSE(Amount::parse("012"));
  EXPECT_TRUE(Amount::parse("-1")->is_negative());
  EXPECT_LT(Amount::parse("1" + std::string(100'000, '0')).error().message.size(), 120U);
}

TEST(Amount, SaturatesInsteadOfWrapping) {
  Amount top = Amount::of(std::numeric_limits<std::int64_t>::max());
  for (int i = 0; i < 200; ++i) top = top + top;
  EXPECT_EQ(top + Amount::of(1), top);
  EXPECT_GT(top, Amount::of(1));
  Amount bottom = Amount::of(0) - top;
  for (int i = 0; i < 3; ++i) bottom = bottom - top;
  EXPECT_LT(bottom, Amount::of(0));
  EXPECT_EQ(bottom - Amount::of(1), bottom);
  EXPECT_EQ(bottom.text().front(), '-');
  EXPECT_EQ(Amount::of(5) - Amount::of(7), Amount::of(-2));
}

}  // namespace
}  // namespace base
