// UTF-8 validation against an independent definition, and the fold table as a whole.
#include "base/unicode.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace base {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// Valid is what append_utf8 makes of a scalar value: decode by arithmetic, encode again, compare.
std::size_t slow_first_invalid(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    bool found = false;
    for (std::size_t n = 1; n <= 4 && i + n <= text.size() && !found; ++n) {
      std::uint32_t cp = static_cast<std::uint8_t>(text[i]);
      if (n > 1) cp &= 0xFFU >> (n + 1);
      for (std::size_t k = 1; k < n; ++k) cp = (cp << 6) | (static_cast<std::uint8_t>(text[i + k]) & 0x3FU);
      if (cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000)) continue;
      std::string again;
      append_utf8(again, cp);
      if (again != text.substr(i, n)) continue;
      i += n;
      found = true;
    }
    if (!found) return i;
  }
  return npos;
}

TEST(Utf8, EveryScalarValueIsValidAndComesBack) {
  for (std::uint32_t cp = 0; cp <= 0x10FFFF; ++cp) {
    std::string text;
    append_utf8(text, cp);
    const bool surrogate = cp >= 0xD800 && cp < 0xE000;
    ASSERT_EQ(first_invalid_utf8(text), surrogate ? 0 : npos) << cp;
    std::size_t pos = 0;
    ASSERT_EQ(decode_utf8(text, pos), cp);
    ASSERT_EQ(pos, text.size());
    ASSERT_EQ(code_points(text), 1U);
  }
}

TEST(Utf8, RejectsWhatRfc3629Rejects) {
  for (const std::string_view bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF",
                                     "\xED\xA0\x80", "\xED\xBF\xBF", "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80", "\xFF", "\xFE", "\xF0\x9F\x98", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_EQ(first_invalid_utf8(bad), 0U);
    for (std::size_t before = 0; before < 40; ++before) {  // at every place of the fast path's stride
      const std::string text = std::string(before, 'a') + std::string(bad) + "tail that is longer than a stride";
      EXPECT_EQ(first_invalid_utf8(text), before);
    }
  }
}

TEST(Utf8, AgreesWithTheSlowDefinitionOnRandomBytes) {
  FakeRandom random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::byte raw[24];
    random.fill(raw);
    std::string text;
    const std::size_t n = std::to_integer<std::size_t>(raw[0]) % 20;
    for (std::size_t i = 1; i <= n; ++i) {
      const auto b = std::to_integer<unsigned>(raw[i]);
      static constexpr unsigned char interesting[] = {0xE0, 0xED, 0xF0, 0xF4, 0xC2, 0x80, 0x9F, 0xA0, 0x8F, 0x90, 0xBF};
      text += static_cast<char>(b % 3 == 0 ? b : b % 3 == 1 ? interesting[b % sizeof interesting] : b & 0x7F);
    }
    ASSERT_EQ(first_invalid_utf8(text), slow_first_invalid(text));
  }
}

TEST(Fold, WholeTable) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a over every representative
  std::size_t changed = 0;
  for (std::uint32_t cp = 0; cp <= 0x10FFFF; ++cp) {
    const std::uint32_t f = fold(cp);
    ASSERT_EQ(fold(f), f) << cp;
    changed += f != cp ? 1 : 0;
    hash = (hash ^ f) * 0x100000001b3U;
  }
  EXPECT_EQ(changed, 1486U);
  EXPECT_EQ(hash, 0xad170eb0b461720fU);  // computed by the generator's own tables
}

TEST(Fold, JoinsWhatAnySimpleMappingJoins) {
  EXPECT_EQ(fold('A'), 'a');
  EXPECT_EQ(fold('z'), 'z');
  EXPECT_EQ(fold('['), '[');
  EXPECT_EQ(fold(0x17F), 's');          // long s
  EXPECT_EQ(fold(0x212A), 'k');         // Kelvin sign
  EXPECT_EQ(fold(0x131), 'i');          // dotless i
  EXPECT_EQ(fold(0x130), 'i');          // I with dot above
  EXPECT_EQ(fold(0x212B), fold(0xE5));  // Angstrom sign, å
  EXPECT_EQ(fold(0x1C4), fold(0x1C5));
  EXPECT_EQ(fold(0x1C5), fold(0x1C6));  // DŽ Dž dž
  EXPECT_EQ(fold(0x3A3), fold(0x3C2));
  EXPECT_EQ(fold(0x3C3), fold(0x3C2));  // three sigmas
  EXPECT_EQ(fold(0x1E9E), fold(0xDF));  // capital sharp s
  EXPECT_EQ(fold(0x390), fold(0x1FD3));
  EXPECT_EQ(fold(0x10428), fold(0x10400));
  EXPECT_NE(fold(0xDF), fold('s'));
}

TEST(Fold, EqualFolded) {
  EXPECT_TRUE(equal_folded("", ""));
  EXPECT_TRUE(equal_folded("params", "PARAMS"));
  EXPECT_TRUE(equal_folded("param\xC5\xBF", "params"));
  EXPECT_TRUE(
      equal_folded("\xE2\x84\xAA"
                   "ey",
                   "key"));
  EXPECT_FALSE(equal_folded("params", "param"));
  EXPECT_FALSE(equal_folded("param", "params"));
  EXPECT_FALSE(equal_folded("params", "paramz"));
  EXPECT_FALSE(
      equal_folded("stra\xC3\x9F"
                   "e",
                   "strasse"));
  EXPECT_TRUE(equal_folded("\xED\xA0\x80", "\xED\xA0\x80"));  // lone surrogates, WTF-8
  EXPECT_TRUE(is_look_alike("Name", "name"));
  EXPECT_FALSE(is_look_alike("name", "name"));
  EXPECT_FALSE(is_look_alike("nam", "name"));
}

TEST(Fold, AKeyUpToItsNulIsALookAlike) {
  const auto text = [](const char(&literal)[7]) { return std::string_view(literal, 6); };
  EXPECT_TRUE(is_look_alike(text("name\0x"), "name"));
  EXPECT_TRUE(is_look_alike(text("Name\0\0"), "name"));
  EXPECT_TRUE(is_look_alike("name", text("name\0x")));
  EXPECT_TRUE(is_look_alike(text("name\0y"), text("name\0x")));
  EXPECT_FALSE(is_look_alike(text("name\0x"), text("name\0x")));
  EXPECT_FALSE(is_look_alike(text("nam\0ex"), "name"));
  EXPECT_FALSE(is_look_alike(text("\0\0name"), "name"));
}

TEST(Utf8, CodePoints) {
  EXPECT_EQ(code_points(""), 0U);
  EXPECT_EQ(code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 4U);
}

}  // namespace
}  // namespace base
