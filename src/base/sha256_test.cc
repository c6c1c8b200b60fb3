// Published vectors (FIPS 180-4 examples, RFC 4231) and the streaming contract; randomness and clocks beside them.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"

namespace base {
namespace {

TEST(Sha256, Vectors) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256("abc"), 4), "ba7816bf");
}

TEST(Sha256, StreamsAndCopies) {
  const std::string text(1000, 'q');
  Sha256 a;
  a.update(text.substr(0, 63));
  Sha256 b = a;
  a.update(text.substr(63));
  EXPECT_EQ(a.finish(), sha256(text));
  b.update("x");
  EXPECT_EQ(b.finish(), sha256(text.substr(0, 63) + "x"));
}

TEST(HmacSha256, Rfc4231) {
  const HmacSha256 one(std::string(20, '\x0b'));
  EXPECT_EQ(to_hex(one("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(one("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(HmacSha256("Jefe")("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(HmacSha256(std::string(131, '\xaa'))("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Random, FakeRepeatsAndSystemDiffers) {
  FakeRandom a(5), b(5), c(6);
  EXPECT_EQ(random_hex(a, 13), random_hex(b, 13));
  EXPECT_NE(random_hex(a, 13), random_hex(c, 13));
  SystemRandom system;
  const std::string one = random_hex(system, 16);
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, random_hex(system, 16));
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(random_hex(system, 0), "");
}

TEST(Clock, SystemClocksGoForward) {
  const SystemClock clock;
  const BootTime boot = clock.boot();
  EXPECT_GT(clock.wall(), WallTime(std::chrono::seconds(1'700'000'000)));
  EXPECT_GE(clock.boot(), boot);
  FakeClock fake;
  const auto wall = fake.wall();
  fake.advance(std::chrono::seconds(2));
  fake.step_wall(-std::chrono::hours(1));
  EXPECT_EQ(fake.wall() - wall, std::chrono::seconds(2) - std::chrono::hours(1));
}

}  // namespace
}  // namespace base
