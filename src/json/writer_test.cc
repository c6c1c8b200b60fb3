// The writer's form, and the promise that a verbatim value is written as it was read.
#include "json/writer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace json {
namespace {

using namespace std::string_view_literals;

std::string written(Value value) {
  std::string out = "before ";
  write(out, value);
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

// Every value of the document: verbatim if and only if the writer gives its input bytes.
void check_verbatim(Value value) {
  EXPECT_EQ(value.is_verbatim(), written(value) == value.raw()) << value.raw();
  for (const Value element : value.elements()) check_verbatim(element);
  for (const Member& member : value.members()) {
    check_verbatim(member.key_value);
    check_verbatim(member.value);
  }
}

std::string rewrite(std::string_view input, Profile profile = Profile::strict) {
  Document document;
  const auto read = document.read(input, profile);
  EXPECT_TRUE(read.has_value()) << read.error().message << ": " << input;
  check_verbatim(document.root());
  std::string once = written(document.root());
  Document again;
  EXPECT_TRUE(again.read(once, profile)) << once;
  EXPECT_TRUE(again.root().is_verbatim()) << once;
  EXPECT_EQ(written(again.root()), once);
  return once;
}

TEST(WriterTest, WritesOneLineWithoutWhiteSpace) {
  EXPECT_EQ(rewrite(" { \"a\" : [ 1 , 2.50 , -0 , 1E5 ] ,\r\n\"b\" : { } , \"c\" : [ ] , \"d\":null}\n"),
            R"({"a":[1,2.50,-0,1E5],"b":{},"c":[],"d":null})");
  EXPECT_EQ(rewrite("[ [ [ ] ] , { \"a\" : { \"b\" : true } } , false ]"), R"([[[]],{"a":{"b":true}},false])");
  EXPECT_EQ(rewrite("[1]"), "[1]");
  EXPECT_EQ(rewrite(" \"a\" "), "\"a\"");
}

TEST(WriterTest, SpellsEscapesInOneWay) {
  EXPECT_EQ(rewrite(R"("\u0008\u000C\u000a\u000D\u0009\u0022\u005c\/")"), R"("\b\f\n\r\t\"\\/")");
  EXPECT_EQ(rewrite(R"("\u001F\u0000\u007f\u0041\u00e9")"),
            "\"\\u001f\\u0000\x7F"
            "A\u00e9\"");
  EXPECT_EQ(rewrite(R"("\ud83d\uDE00")"), "\"\U0001F600\"");
  EXPECT_EQ(rewrite(R"({"\u0061\/":"\u0062"})"), R"({"a/":"b"})");
}

TEST(WriterTest, EscapesWhatSomePeersTakeForALineEnd) {
  EXPECT_EQ(rewrite("[\"a\xC2\x85"
                    "b\xE2\x80\xA8"
                    "c\xE2\x80\xA9"
                    "d\xE2\x80\xAA\xC2\x86\"]"),
            "[\"a\\u0085b\\u2028c\\u2029d\xE2\x80\xAA\xC2\x86\"]");
  EXPECT_EQ(rewrite(R"("\u0085\u2028\u2029")"), R"("\u0085\u2028\u2029")");
  EXPECT_EQ(rewrite("{\"\xE2\x80\xA8\":1}"), R"({"\u2028":1})");
}

TEST(WriterTest, KeepsLoneSurrogatesAsTheirEscapes) {
  EXPECT_EQ(rewrite(R"(["\uD83D","\udc00x\ud800","\ud83d\uD83D\ude00"])", Profile::tolerant),
            "[\"\\ud83d\",\"\\udc00x\\ud800\",\"\\ud83d\U0001F600\"]");
}

TEST(WriterTest, LeavesOverriddenDuplicatesOut) {
  EXPECT_EQ(rewrite(R"({"a":[1,{}],"b":2,"\u0061":3})", Profile::tolerant), R"({"b":2,"a":3})");
  EXPECT_EQ(rewrite(R"({"a":1,"a":2,"a":3})", Profile::tolerant), R"({"a":3})");
  EXPECT_EQ(rewrite(R"([{"a":1,"b":{"c":1,"c":2},"a":2},3])", Profile::tolerant), R"([{"b":{"c":2},"a":2},3])");
}

TEST(WriterTest, CanonicalInputIsVerbatim) {
  for (const auto input : {R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a\n\"b\"\t\\"}]}})"sv,
                           R"("\u0000\u001b[0m\u0085\u2028\b\f\r")"sv, "\"\u00e9\u20AC\U0001F600\x7F\""sv,
                           "[1.0,1e5,1E+5,-0]"sv, "{}"sv}) {
    Document document;
    ASSERT_TRUE(document.read(input, Profile::strict));
    EXPECT_TRUE(document.root().is_verbatim()) << input;
    EXPECT_EQ(rewrite(input), input);
  }
}

TEST(WriterTest, AnythingElseIsNotVerbatim) {
  for (const auto input :
       {"[1, 2]"sv, "[ ]"sv, "{ }"sv, "{\"a\" :1}"sv, "{\"a\": 1}"sv, "[1\n]"sv, R"("\/")"sv, R"("\u0041")"sv,
        R"("\u000a")"sv, R"("\u001B")"sv, R"("\u007f")"sv, R"("\u00e9")"sv, R"("\ud83d\ude00")"sv, "\"\xC2\x85\""sv,
        R"([[[["\u0041"]]]])"sv, R"({"\u0041":1})"sv, R"("\u202A")"sv, "[[1 ]]"sv}) {
    Document document;
    ASSERT_TRUE(document.read(input, Profile::strict));
    EXPECT_FALSE(document.root().is_verbatim()) << input;
    rewrite(input);
  }
  // White space around the document is not part of its value.
  Document document;
  ASSERT_TRUE(document.read(" [1] ", Profile::strict));
  EXPECT_TRUE(document.root().is_verbatim());
}

TEST(WriterTest, WritesPartsOfADocument) {
  Document document;
  ASSERT_TRUE(document.read(R"({"a": {"b": [1, 2]}, "c":"\/"})", Profile::strict));
  EXPECT_EQ(written(document.root().find("a")), R"({"b":[1,2]})");
  EXPECT_EQ(written(document.root().find("a").find("b").at(1)), "2");
  EXPECT_EQ(written(document.root().find("c")), "\"/\"");
  EXPECT_EQ(written(Value()), "null");
}

TEST(WriterTest, WritesDeepDocumentsWithoutRecursion) {
  constexpr std::uint32_t depth = 500'000;
  const std::string text = std::string(depth, '[') + " " + std::string(depth, ']');
  Document document;
  ASSERT_TRUE(document.read(text, Profile::strict, {.depth = depth}));
  EXPECT_EQ(written(document.root()).size(), 2 * depth);
  std::string canonical;
  write_canonical(canonical, document.root());
  EXPECT_EQ(canonical.size(), 2 * depth);
}

TEST(WriterTest, WriteStringTakesAnyText) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    write_string(out, text);
    Document document;
    EXPECT_TRUE(document.read(out, Profile::tolerant)) << out;
    EXPECT_TRUE(document.root().is_verbatim()) << out;
    return out;
  };
  EXPECT_EQ(quoted(""), "\"\"");
  EXPECT_EQ(quoted("a\"b\\c/\n\x7F\x1B\0"sv), R"("a\"b\\c/\n)"
                                              "\x7F"
                                              R"(\u001b\u0000")");
  EXPECT_EQ(quoted("\xC2\x85\xE2\x80\xA8\xE2\x80\xA9\u00e9\U0001F600"), "\"\\u0085\\u2028\\u2029\u00e9\U0001F600\"");
  EXPECT_EQ(quoted("\xED\xA0\x80x\xED\xBF\xBF"), R"("\ud800x\udfff")");
  EXPECT_EQ(quoted("\xFFx\xC3"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\"");
  EXPECT_EQ(quoted("\xED\xA0"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(quoted("\xE2\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(WriterTest, WriteStringAndReadAreInverse) {
  for (std::uint32_t cp = 0; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 257) {
    if (cp >= 0xD800 && cp <= 0xDFFF) continue;
    std::string text = "0123456789";
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (cp < 0x80) {
      put(cp);
    } else if (cp < 0x800) {
      put(0xC0 | cp >> 6), put(0x80 | (cp & 0x3F));
    } else if (cp < 0x10000) {
      put(0xE0 | cp >> 12), put(0x80 | (cp >> 6 & 0x3F)), put(0x80 | (cp & 0x3F));
    } else {
      put(0xF0 | cp >> 18), put(0x80 | (cp >> 12 & 0x3F)), put(0x80 | (cp >> 6 & 0x3F)), put(0x80 | (cp & 0x3F));
    }
    text += "abcdefghijklmnopqrst";
    std::string out;
    write_string(out, text);
    Document document;
    ASSERT_TRUE(document.read(out, Profile::strict)) << cp;
    EXPECT_EQ(document.root().string(), text) << cp;
  }
}

std::string canonical(std::string_view input, Profile profile = Profile::strict) {
  Document document;
  EXPECT_TRUE(document.read(input, profile));
  std::string out;
  write_canonical(out, document.root());
  return out;
}

TEST(WriterTest, CanonicalFormSortsKeysAndComparesNumbersByValue) {
  EXPECT_EQ(canonical(R"({"b":[{"z":1,"y":2}],"a":"\u0041","":null})"),
            canonical(R"({"":null,"a":"A","b":[{"y":2,"z":1}]})"));
  EXPECT_TRUE(canonical(R"({"b":null,"a":"\u0041","aa":[],"":{}})") == R"({"":{},"a":"A","aa":[],"b":null})");
  EXPECT_EQ(canonical("[1,1.0,1e0,10e-1]"), canonical("[1e0,1,1.0,1.00]"));
  EXPECT_EQ(canonical("[0,-0,0.0]"), canonical("[0,0,0]"));
  EXPECT_NE(canonical("9007199254740993"), canonical("9007199254740992"));
  EXPECT_NE(canonical("\"1\""), canonical("1"));
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
  EXPECT_EQ(canonical(R"({"b":1,"a":2,"b":3})", Profile::tolerant), canonical(R"({"a":2,"b":3})"));
  EXPECT_EQ(canonical("[ ]"), "[]");
}

// Random documents, written with random spelling.
class Spelling {
 public:
  explicit Spelling(unsigned seed) : random_(seed) {}
  std::string document() {
    text_.clear();
    value(0);
    return text_;
  }

 private:
  unsigned pick(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  void space() {
    if (pick(8) == 0) text_ += " \n\r\t"[pick(4)];
  }
  void string() {
    static constexpr std::string_view pieces[] = {"a",        "plain text of some length",
                                                  "\\n",      "\\\"",
                                                  "\\/",      "\\u0041",
                                                  "\\u001f",  "\\u001F",
                                                  "\u00e9",   "\u2028",
                                                  "\\u2028",  "\\ud83d\\ude00",
                                                  "\xC2\x85", "\\t",
                                                  "\\u0085",  "\\ud800 ",
                                                  "\x7F",     "\U0001F600",
                                                  "",         "\\\\"};
    text_ += '"';
    for (unsigned n = pick(5); n > 0; --n) text_ += pieces[pick(std::size(pieces))];
    text_ += '"';
  }
  void value(unsigned depth) {
    space();
    const unsigned kind = pick(depth > 4 ? 4 : 6);
    if (kind == 0) text_ += pick(2) == 0 ? "null" : "true";
    if (kind == 1) text_ += pick(2) == 0 ? "-1.50e3" : "12";
    if (kind == 2 || kind == 3) string();
    if (kind >= 4) {
      text_ += kind == 4 ? '[' : '{';
      for (unsigned n = pick(5), i = 0; i < n; ++i) {
        if (i > 0) text_ += ',';
        if (kind == 5) {
          space();
          string();
          space();
          text_ += ':';
        }
        value(depth + 1);
      }
      text_ += kind == 4 ? ']' : '}';
    }
    space();
  }
  std::mt19937 random_;
  std::string text_;
};

TEST(WriterTest, RandomDocumentsSurviveTheRoundTrip) {
  Spelling spelling(20260101);
  for (int i = 0; i < 3000; ++i) rewrite(spelling.document(), Profile::tolerant);
}

TEST(WriterTest, ListsOfRealServersSurviveTheRoundTrip) {
  const char* source = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path folder = std::filesystem::path(source == nullptr ? "." : source) / "tests/data/tools";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_LT(rewrite(text).size(), text.size()) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 70);
}

}  // namespace
}  // namespace json
