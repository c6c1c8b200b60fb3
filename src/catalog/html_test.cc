// Texts of strangers cannot become markup, be invisible or grow without bound.
#include "catalog/html.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "base/unicode.h"

namespace catalog {
namespace {

std::string escaped(std::string_view text) {
  Html h;
  h << text;
  return h.str();
}

// What cannot be written at all: a pointer, a character array that is no literal, a character.
template <class T>
concept Writable = requires(Html& h, T value) { h << value; };
static_assert(Writable<std::string> && Writable<std::string_view> && Writable<Markup> && Writable<std::size_t>);
static_assert(!Writable<const char*> && !Writable<char*> && !Writable<char> && !Writable<bool>);
static_assert(!std::is_convertible_v<std::string, Markup> && !std::is_convertible_v<std::string_view, Markup> &&
              !std::is_convertible_v<const char*, Markup> && !std::is_convertible_v<std::string, Link>);

TEST(Html, LiteralsAreMarkupAndTextIsEscaped) {
  Html h;
  const std::string name = "<b>\"&'";
  h << "<td title=\"" << name << "\">" << name << "</td>" << std::size_t{7};
  EXPECT_EQ(h.str(), "<td title=\"&lt;b&gt;&quot;&amp;&#39;\">&lt;b&gt;&quot;&amp;&#39;</td>7");
}

TEST(Html, WhatIsInvisibleIsShown) {
  EXPECT_EQ(escaped("a\xe2\x80\xaetxt"), "a\\u{202E}txt");  // right-to-left override
  EXPECT_EQ(escaped("a\xe2\x80\x8b"
                    "b"),
            "a\\u{200B}b");                                     // zero width space
  EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\u{0}b");  // no parser may see a NUL
  EXPECT_EQ(escaped("a\x1b[31m"), "a\\u{1B}[31m");
  EXPECT_EQ(escaped("a\xff"
                    "b"),
            "a\\xFFb");
  EXPECT_EQ(escaped("a\tb\r\nc"), "a b\nc");
  EXPECT_EQ(escaped("\xc3\xa9\xe4\xb8\xad"), "\xc3\xa9\xe4\xb8\xad");
}

TEST(Html, FirstSentence) {
  EXPECT_EQ(first_sentence("Lists files. Use it often."), "Lists files.");
  EXPECT_EQ(first_sentence("Takes a path, e.g. /tmp. Returns nothing."), "Takes a path, e.g. /tmp.");
  EXPECT_EQ(first_sentence("  One line\nand another"), "One line");
  EXPECT_EQ(first_sentence(std::string(500, 'x'), 10), "xxxxxxxxxx…");
  EXPECT_EQ(first_sentence(""), "");
}

TEST(Html, NamesAreNeverBlank) {
  EXPECT_EQ(shown_name("", 10), "(blank)");
  EXPECT_EQ(shown_name(" \t ", 10), " \\u{9} ");
  EXPECT_EQ(shown_name("   ", 10), "(blank)");
  EXPECT_EQ(shown_name("a\nb", 10), "a\\u{A}b");
}

TEST(Html, LongTextsAreCutBetweenCodePoints) {
  EXPECT_EQ(shown_text(" a \n\n\n\nb\n", 100), "a\n\nb");
  const std::string cut = shown_text(std::string(1 << 20, 'x'), 50);
  EXPECT_EQ(cut, std::string(50, 'x') + "…");
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "\xe4\xb8\xad\n";
  const std::string shown = shown_text(wide, 50);
  EXPECT_EQ(base::first_invalid_utf8(shown), std::string::npos);
  EXPECT_LE(base::code_points(shown), 52u);
  EXPECT_EQ(shown.find("\\x"), std::string::npos);
}

TEST(Html, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1318), "1,318");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace catalog
