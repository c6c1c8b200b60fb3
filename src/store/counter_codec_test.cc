// What is written is read back; anything else is damage.
#include "store/counter_codec.h"

#include <gtest/gtest.h>

#include <random>

namespace store {
namespace {

using namespace std::chrono_literals;
using base::Amount;
using base::BootTime;
using limits::WindowType;

CounterState sliding() {
  CounterState s;
  s.window = {WindowType::sliding, 3600, false};
  s.sliding.count = 40;
  s.sliding.total = Amount::parse("123456789012345678.000000001").value();
  s.sliding.first = BootTime(5s);
  s.sliding.tail = {{BootTime(7s), BootTime(8s), Amount::of(3)},
                    {BootTime(9s), BootTime(9s), Amount::parse("0.25").value()}};
  return s;
}

CounterState calendar() {
  CounterState s;
  s.window = {WindowType::calendar, limits::month_seconds, true};
  s.reset_at = BootTime(77ns);
  s.calendar.span = {base::WallTime(1000s), base::WallTime(2000s)};
  s.calendar.free_at = BootTime(1500s);
  s.calendar.held = Amount::of(42);
  return s;
}

std::string encoded(const CounterState& s) {
  std::string out;
  encode(out, s);
  return out;
}

TEST(CounterCodec, RoundTrip) {
  for (const CounterState& s :
       {sliding(), calendar(), CounterState{{WindowType::lease, 0, false}, {}, {}, {}}, CounterState{}}) {
    const auto read = decode(encoded(s));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->window, s.window);
    EXPECT_EQ(read->reset_at, s.reset_at);
    EXPECT_EQ(read->sliding.total, s.sliding.total);
    EXPECT_EQ(read->sliding.count, s.sliding.count);
    EXPECT_EQ(read->sliding.first, s.sliding.first);
    ASSERT_EQ(read->sliding.tail.size(), s.sliding.tail.size());
    for (std::size_t i = 0; i < s.sliding.tail.size(); ++i) {
      EXPECT_EQ(read->sliding.tail[i].oldest, s.sliding.tail[i].oldest);
      EXPECT_EQ(read->sliding.tail[i].newest, s.sliding.tail[i].newest);
      EXPECT_EQ(read->sliding.tail[i].amount, s.sliding.tail[i].amount);
    }
    EXPECT_EQ(read->calendar.span.start, s.calendar.span.start);
    EXPECT_EQ(read->calendar.span.end, s.calendar.span.end);
    EXPECT_EQ(read->calendar.free_at, s.calendar.free_at);
    EXPECT_EQ(read->calendar.held, s.calendar.held);
    EXPECT_EQ(encoded(*read), encoded(s));
  }
}

TEST(CounterCodec, Amounts) {
  for (const char* text : {"0", "1", "0.000000001", "0.1", "999999999999999999999999.999999999", "1000000"}) {
    std::string bytes;
    const Amount amount = Amount::parse(text).value();
    encode_amount(bytes, amount);
    EXPECT_EQ(decode_amount(bytes), amount) << text;
  }
  std::string most;
  encode_amount(most, Amount::from_raw(static_cast<__int128>(1) << 126));
  EXPECT_EQ(decode_amount(most), Amount::from_raw(static_cast<__int128>(1) << 126));
  std::string one;
  encode_amount(one, Amount::of(1));
  EXPECT_EQ(one.size(), 1U);
}

TEST(CounterCodec, AStepOfARateIsSmall) {
  std::vector<limits::Step> steps;
  for (int i = 0; i < 32; ++i) steps.push_back({BootTime(1s * i), BootTime(1s * i), Amount::of(1)});
  std::string bytes;
  encode_steps(bytes, steps);
  EXPECT_LT(bytes.size(), 32U * 9);
  EXPECT_EQ(decode_steps(bytes)->size(), 32U);
}

TEST(CounterCodec, DamageIsFound) {
  for (const CounterState& s : {sliding(), calendar()}) {
    const std::string good = encoded(s);
    for (std::size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(decode(good.substr(0, n))) << n;
    EXPECT_FALSE(decode(good + '\0'));
    for (std::size_t at : {0U, 1U, 2U}) {
      std::string bad = good;
      bad[at] = '\x7F';
      EXPECT_FALSE(decode(bad)) << at;
    }
  }
  EXPECT_FALSE(decode_steps(""));
  EXPECT_FALSE(decode_steps(std::string(1, '\0')));            // no steps
  EXPECT_FALSE(decode_steps("\x02\x02\x00\x03\x00\x00\x03"));  // the second is not later than the first
  EXPECT_FALSE(decode_amount(std::string(20, '\xFF')));
}

TEST(CounterCodec, AnyBytesAreSafe) {
  std::mt19937_64 rng(1);
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes = i % 2 == 0 ? encoded(sliding()) : std::string(rng() % 40, '\0');
    for (int k = 0; k < 3 && !bytes.empty(); ++k) bytes[rng() % bytes.size()] = static_cast<char>(rng());
    if (const auto read = decode(bytes)) EXPECT_TRUE(decode(encoded(*read)));
    static_cast<void>(decode_steps(bytes));
    static_cast<void>(decode_amount(bytes));
  }
}

}  // namespace
}  // namespace store
