// What the reader accepts and refuses, with kind and place.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace json {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::optional<ReadError> error_of(std::string_view input, Profile profile = Profile::strict,
                                  const Budget& budget = {}) {
  Document document;
  const auto read = document.read(input, profile, budget);
  EXPECT_EQ(static_cast<bool>(document.root()), read.has_value());
  if (read) return std::nullopt;
  return read.error();
}

void expect_error(std::string_view input, ErrorKind kind, std::size_t offset, std::string_view message = "",
                  Profile profile = Profile::strict) {
  const auto error = error_of(input, profile);
  ASSERT_TRUE(error) << input;
  EXPECT_EQ(error->kind, kind) << input << ": " << error->message;
  EXPECT_EQ(error->offset, offset) << input << ": " << error->message;
  EXPECT_NE(error->message.find(message), std::string::npos) << error->message;
  EXPECT_TRUE(error->message.ends_with(" at byte " + std::to_string(offset))) << error->message;
}

void expect_error_in_both(std::string_view input, ErrorKind kind, std::size_t offset, std::string_view message = "") {
  expect_error(input, kind, offset, message, Profile::strict);
  expect_error(input, kind, offset, message, Profile::tolerant);
}

TEST(ReaderTest, AcceptsEveryKindOfValue) {
  for (const auto input : {"null"sv,
                           "true"sv,
                           "false"sv,
                           "0"sv,
                           "-0"sv,
                           "-12.50e+3"sv,
                           "1E400"sv,
                           "123456789012345678901234567890"sv,
                           "\"\""sv,
                           "\"a\\u0000b\""sv,
                           "[]"sv,
                           "{}"sv,
                           "[[],{}]"sv,
                           " \t\r\n{\"a\" : [1 , 2 ] }\r\n"sv,
                           "{\"\":{\"\":0}}"sv,
                           "\"\x7F\""sv,
                           "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\""sv,
                           "\"\xF0\x9F\x98\x80\""sv,
                           "{\"Path\":1,\"path\":2,\"__proto__\":3}"sv,
                           "\"\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""sv,
                           "\"\xEF\xBB\xBF\""sv,
                           "\"\xED\x9F\xBF\xEE\x80\x80\""sv,
                           "\"\\ud83d\\ude00\""sv}) {
    const auto error = error_of(input);
    EXPECT_FALSE(error) << input << ": " << error->message;
  }
}

TEST(ReaderTest, RefusesWhatIsNotJson) {
  expect_error_in_both("", ErrorKind::empty, 0);
  expect_error_in_both(" \r\n\t", ErrorKind::empty, 4);
  expect_error_in_both("{", ErrorKind::syntax, 1, "end of the input");
  expect_error_in_both("[", ErrorKind::syntax, 1);
  expect_error_in_both("[1", ErrorKind::syntax, 2);
  expect_error_in_both("[1,]", ErrorKind::syntax, 3, "']'");
  expect_error_in_both("[,1]", ErrorKind::syntax, 1);
  expect_error_in_both("[1 2]", ErrorKind::syntax, 3, "'2'");
  expect_error_in_both("[1}", ErrorKind::syntax, 2, "'}'");
  expect_error_in_both("{]", ErrorKind::syntax, 1);
  expect_error_in_both("{\"a\"}", ErrorKind::syntax, 4, "colon");
  expect_error_in_both("{\"a\":}", ErrorKind::syntax, 5);
  expect_error_in_both("{\"a\":1,}", ErrorKind::syntax, 7, "key");
  expect_error_in_both("{a:1}", ErrorKind::syntax, 1, "'a'");
  expect_error_in_both("{'a':1}", ErrorKind::syntax, 1);
  expect_error_in_both("{1:1}", ErrorKind::syntax, 1);
  expect_error_in_both("{\"a\":1 \"b\":2}", ErrorKind::syntax, 7);
  expect_error_in_both("[1]//", ErrorKind::trailing, 3);
  expect_error_in_both("/**/[1]", ErrorKind::syntax, 0, "'/'");
  expect_error_in_both("[1,/*x*/2]", ErrorKind::syntax, 3, "'/'");
  expect_error_in_both("tru", ErrorKind::syntax, 3);
  expect_error_in_both("True", ErrorKind::syntax, 0, "'T'");
  expect_error_in_both("nul]", ErrorKind::syntax, 3);
  expect_error_in_both("undefined", ErrorKind::syntax, 0);
  expect_error_in_both("\xC2\xA0[1]", ErrorKind::syntax, 0, "U+00A0");
  expect_error_in_both("[\xE2\x80\xA8]", ErrorKind::syntax, 1, "U+2028");
  expect_error_in_both("[\f]", ErrorKind::syntax, 1, "U+000C");
  expect_error_in_both("[\v]", ErrorKind::syntax, 1, "U+000B");
  expect_error_in_both("[1]\0"sv, ErrorKind::trailing, 3, "U+0000");
}

TEST(ReaderTest, RefusesASecondDocument) {
  expect_error_in_both("{} {}", ErrorKind::trailing, 3, "'{'");
  expect_error_in_both("1 2", ErrorKind::trailing, 2);
  expect_error_in_both("{}}", ErrorKind::trailing, 2);
  expect_error_in_both("nullnull", ErrorKind::trailing, 4);
  expect_error_in_both("\"\"\"\"", ErrorKind::trailing, 2);
}

TEST(ReaderTest, RefusesWhatIsNotAJsonNumber) {
  for (const auto input : {"NaN"sv,   "Infinity"sv, "-Infinity"sv, "-"sv,    "+1"sv,  "01"sv,          "-01"sv,
                           "00"sv,    "1."sv,       ".5"sv,        "1.e3"sv, "1e"sv,  "1e+"sv,         "0x10"sv,
                           "1_000"sv, "1.2.3"sv,    "1a"sv,        "--1"sv,  "1-1"sv, "\x31\xC2\xA0"sv}) {
    expect_error_in_both(input, ErrorKind::number, 0);
    expect_error_in_both("[" + std::string(input) + "]", ErrorKind::number, 1);
  }
  expect_error("[NaN]", ErrorKind::number, 1, "NaN");
}

TEST(ReaderTest, RefusesOtherEncodings) {
  expect_error_in_both("\xEF\xBB\xBF{}", ErrorKind::byte_order_mark, 0, "U+FEFF");
  expect_error_in_both("\xFE\xFF\0{\0}"sv, ErrorKind::byte_order_mark, 0, "UTF-16");
  expect_error_in_both("\xFF\xFE{\0}\0"sv, ErrorKind::byte_order_mark, 0, "UTF-16");
  expect_error_in_both("{\0}\0"sv, ErrorKind::byte_order_mark, 0, "UTF-16");
  expect_error_in_both("\0{\0}"sv, ErrorKind::byte_order_mark, 0, "UTF-16");
  expect_error_in_both("\0\0\0{"sv, ErrorKind::byte_order_mark, 0);
  expect_error_in_both("\x1F\x8B\x08", ErrorKind::syntax, 0, "U+001F");  // gzip
}

TEST(ReaderTest, RefusesInvalidUtf8) {
  for (const auto bytes : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2\x41"sv, "\xE0\x80\x80"sv,
                           "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xE2\x80"sv, "\xF0\x80\x80\x80"sv,
                           "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "\xF0\x9F\x98"sv,
                           "\xE2\x82\x41"sv, "\xF0\x9F\x41\x80"sv}) {
    expect_error_in_both("\"ab" + std::string(bytes) + "\"", ErrorKind::utf8, 3, "0x");
    // Beyond the reach of one vector, after other characters, and as a key.
    expect_error_in_both("{\"0123456789abcdef\xC3\xA9" + std::string(bytes) + "\":1}", ErrorKind::utf8, 20);
  }
  expect_error_in_both("\xFF", ErrorKind::utf8, 0);
  expect_error_in_both("[\xC3]", ErrorKind::utf8, 1);
}

TEST(ReaderTest, RefusesRawControlCharactersInStrings) {
  for (char c = 0; c < 0x20; ++c) {
    expect_error_in_both("[\"0123456789" + std::string(1, c) + "\"]", ErrorKind::control_character, 12, "U+00");
  }
  expect_error("\"a\tb\"", ErrorKind::control_character, 2, "U+0009");
}

TEST(ReaderTest, RefusesInvalidEscapes) {
  for (const auto escape : {"\\x41"sv, "\\'"sv, "\\a"sv, "\\0"sv, "\\v"sv, "\\U0041"sv, "\\u"sv, "\\u12"sv, "\\u12G4"sv,
                            "\\u 123"sv, "\\u-123"sv, "\\u+123"sv, "\\\xC3\xA9"sv, "\\\n"sv}) {
    expect_error_in_both("\"ab" + std::string(escape) + "\"", ErrorKind::syntax, 3);
  }
  expect_error_in_both("\"ab\\", ErrorKind::syntax, 4, "end of the input");
  expect_error_in_both("\"ab\\\"", ErrorKind::syntax, 5);
  expect_error_in_both("\"ab", ErrorKind::syntax, 3);
}

TEST(ReaderTest, LoneSurrogatesAreForServersOnly) {
  for (const auto escape :
       {"\\ud800"sv, "\\udfff"sv, "\\uD83D"sv, "\\ude00\\ud83d"sv, "\\ud83dx"sv, "\\ud83d\\n"sv, "\\ud83d\\u0041"sv}) {
    const std::string input = "[\"ab" + std::string(escape) + "\"]";
    expect_error(input, ErrorKind::surrogate, 4, "surrogate");
    EXPECT_FALSE(error_of(input, Profile::tolerant)) << input;
  }
  expect_error("\"\\ud83d\\ud83d\\ude00\"", ErrorKind::surrogate, 1);
  expect_error("\"\\ud83d\\ude00\\ude00\"", ErrorKind::surrogate, 13);
}

TEST(ReaderTest, DuplicateKeysAreForServersOnly) {
  const auto check = [](std::string_view input, std::size_t offset, std::string_view key) {
    expect_error(input, ErrorKind::duplicate_key, offset, "\"" + std::string(key) + "\"");
    EXPECT_FALSE(error_of(input, Profile::tolerant)) << input;
  };
  check("{\"a\":1,\"a\":1}", 7, "a");
  check("{\"a\":1,\"b\":2,\"a\":3}", 13, "a");
  check("{\"\":1,\"\":2}", 6, "");
  check("{\"name\":1,\"n\\u0061me\":2}", 10, "name");
  check("{\"n\\u0061me\":1,\"name\":2}", 15, "name");
  check("[{\"x\":{\"y\":[{\"k\":0,\"k\":0}]}}]", 19, "k");
  check("{\"eight888\":1,\"eight888\":2}", 14, "eight888");
  check("{\"a long key of twenty\":1,\"a long key of twenty\":2}", 26, "a long key of twenty");
  check("{\"\\u0000\":1,\"\\u0000\":2}", 12, "\\u{0}");
}

TEST(ReaderTest, KeysThatOnlyLookAlikeAreNotDuplicates) {
  EXPECT_FALSE(error_of("{\"a\":1,\"A\":2,\"aa\":3,\"\\u0000a\":4,\"\\u0000\":5,\"\":6,\"\\u0000\\u0000\":7}"));
  EXPECT_FALSE(error_of("{\"12345678a\":1,\"12345678b\":2,\"12345678\":3}"));
  EXPECT_FALSE(error_of("{\"\xC3\xA9\":1,\"e\xCC\x81\":2}"));
  EXPECT_FALSE(error_of("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"));
}

std::string object_with(std::size_t members, const std::string& extra_key, const std::string& prefix) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) text += "\"" + prefix + std::to_string(i) + "\":0,";
  return text + "\"" + extra_key + "\":1}";
}

TEST(ReaderTest, FindsDuplicatesInObjectsOfEverySize) {
  for (const std::string prefix : {"", "k", "a key longer than eight bytes "}) {
    for (std::size_t members = 1; members < 40; ++members) {
      for (std::size_t repeated = 0; repeated < members; ++repeated) {
        const auto error = error_of(object_with(members, prefix + std::to_string(repeated), prefix));
        ASSERT_TRUE(error);
        EXPECT_EQ(error->kind, ErrorKind::duplicate_key);
      }
      EXPECT_FALSE(error_of(object_with(members, prefix + "x", prefix)));
    }
  }
  EXPECT_TRUE(error_of(object_with(100'000, "77777", "")));
  EXPECT_FALSE(error_of(object_with(100'000, "x", "")));
}

TEST(ReaderTest, NamesTheFirstRepeatedKeyOfALargeObject) {
  std::string text = "{";
  for (int i = 0; i < 30; ++i) text += "\"" + std::to_string(i) + "\":0,";
  const std::size_t first = text.size();
  text += "\"9\":0,\"1\":0,\"5\":0}";
  expect_error(text, ErrorKind::duplicate_key, first, "\"9\"");
}

TEST(ReaderTest, KeepsTheBudgetOfBytes) {
  EXPECT_FALSE(error_of("[1]", Profile::strict, {.bytes = 3}));
  const auto error = error_of("[1] ", Profile::strict, {.bytes = 3});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::too_long);
  EXPECT_NE(error->message.find("limit of 3"), std::string::npos) << error->message;
}

TEST(ReaderTest, KeepsTheBudgetOfDepth) {
  EXPECT_FALSE(error_of(std::string(128, '[') + std::string(128, ']')));
  expect_error_in_both(std::string(129, '[') + std::string(129, ']'), ErrorKind::too_deep, 128, "128");
  EXPECT_FALSE(error_of("[{\"a\":[]},[[]]]", Profile::strict, {.depth = 3}));
  EXPECT_TRUE(error_of("[{\"a\":[[]]}]", Profile::strict, {.depth = 3}));
  EXPECT_TRUE(error_of("[]", Profile::strict, {.depth = 0}));
  EXPECT_FALSE(error_of("1", Profile::strict, {.depth = 0}));
  // A bomb is refused where it passes the limit, whatever follows.
  expect_error(std::string(1'000'000, '['), ErrorKind::too_deep, 128);
  std::string objects;
  for (int i = 0; i < 1000; ++i) objects += "{\"a\":";
  expect_error(objects, ErrorKind::too_deep, 640);
  // There is no recursion: what the budget allows does not use the stack.
  EXPECT_FALSE(
      error_of(std::string(1'000'000, '[') + std::string(1'000'000, ']'), Profile::strict, {.depth = 1'000'000}));
}

TEST(ReaderTest, KeepsTheBudgetOfValues) {
  EXPECT_FALSE(error_of("{\"a\":[1,2]}", Profile::strict, {.values = 5}));
  for (std::uint32_t values = 0; values < 5; ++values) {
    const auto error = error_of("{\"a\":[1,\"\\n\"]}", Profile::strict, {.values = values});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, ErrorKind::too_many_values);
  }
}

TEST(ReaderTest, EveryPrefixOfADocumentIsRefused) {
  const std::string_view text =
      "{\"a\":[1.5e3,\"x\\u00e9\\ud83d\\ude00\xE2\x82\xAC\",true,false,null,{}],\"b\":{\"c\":-0}}";
  ASSERT_FALSE(error_of(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    // A copy of its own, so that a sanitizer sees any byte read beyond the end.
    const std::vector<char> copy(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_TRUE(error_of({copy.data(), copy.size()})) << length;
  }
}

TEST(ReaderTest, StringsOfEveryLengthAndOddCharacterAtEveryPlace) {
  for (std::size_t length = 1; length < 70; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      std::string text(length, 'x');
      for (const char c : {'\x01', '\x1F', '\x80', '\xFF'}) {
        text[place] = c;
        const auto error = error_of("\"" + text + "\"");
        ASSERT_TRUE(error);
        EXPECT_EQ(error->offset, place + 1);
      }
      text[place] = '"';
      const auto error = error_of("\"" + text + "\"");
      ASSERT_TRUE(error);
      EXPECT_EQ(error->kind, ErrorKind::trailing);
      EXPECT_EQ(error->offset, place + 2);
    }
  }
}

TEST(ReaderTest, MessagesAreFitForATerminal) {
  const auto error = error_of("{\"\\u001b[31m\":1,\"\\u001b[31m\":2}");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message.find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace json
