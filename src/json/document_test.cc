// What a Document gives back of what was read.
#include "json/document.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace json {
namespace {

using namespace std::string_view_literals;

class DocumentTest : public testing::Test {
 protected:
  Value read(std::string_view input, Profile profile = Profile::strict) {
    const auto result = document_.read(input, profile);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return document_.root();
  }
  Document document_;
};

TEST_F(DocumentTest, AnAbsentValueGivesEmptyAnswers) {
  const Value absent;
  EXPECT_FALSE(absent);
  EXPECT_FALSE(absent.is_null() || absent.is_boolean() || absent.is_number() || absent.is_string() ||
               absent.is_array() || absent.is_object());
  EXPECT_FALSE(absent.boolean());
  EXPECT_EQ(absent.number(), "");
  EXPECT_EQ(absent.string(), "");
  EXPECT_EQ(absent.raw(), "");
  EXPECT_EQ(absent.size(), 0U);
  EXPECT_FALSE(absent.is_verbatim());
  EXPECT_FALSE(absent.find("a"));
  EXPECT_FALSE(absent.at(0));
  for ([[maybe_unused]] const Value v : absent.elements()) FAIL();
  for ([[maybe_unused]] const Member& m : absent.members()) FAIL();
  EXPECT_FALSE(Document().root());
}

TEST_F(DocumentTest, GivesScalarsAsTheyAre) {
  EXPECT_TRUE(read("null").is_null());
  EXPECT_TRUE(read("true").boolean());
  EXPECT_FALSE(read("false").boolean());
  EXPECT_TRUE(read("false").is_boolean());
  EXPECT_EQ(read("1.0").number(), "1.0");
  EXPECT_EQ(read(" -1E+400 ").number(), "-1E+400");
  EXPECT_EQ(read("12345678901234567890123").number(), "12345678901234567890123");
  EXPECT_EQ(read("\"12\"").number(), "");
  EXPECT_EQ(read("12").string(), "");
  EXPECT_FALSE(read("\"true\"").boolean());
  EXPECT_STREQ(type_name(read("12").type()), "number");
}

TEST_F(DocumentTest, DecodesStrings) {
  EXPECT_EQ(read("\"\"").string(), "");
  EXPECT_EQ(read("\"plain\"").string(), "plain");
  EXPECT_EQ(read(R"("\"\\\/\b\f\n\r\t")").string(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(read(R"("\u0000\u0041\u007f\u00e9\u20AC\ud83d\uDE00")").string(), "\0A\x7F\u00e9\u20AC\U0001F600"sv);
  EXPECT_EQ(read(R"("\udbff\udfff\uffff")").string(), "\U0010FFFF\uFFFF");
  EXPECT_EQ(read(R"("0123456789abcdef0123456789abcdef\n0123456789abcdef\t")").string(),
            "0123456789abcdef0123456789abcdef\n0123456789abcdef\t");
  EXPECT_EQ(read(R"("\ud800x\udfff")", Profile::tolerant).string(), "\xED\xA0\x80x\xED\xBF\xBF");
  EXPECT_EQ(read(R"("\ud83d\ud83d\ude00")", Profile::tolerant).string(), "\xED\xA0\xBD\xF0\x9F\x98\x80");
}

TEST_F(DocumentTest, DecodesAnEscapeAtEveryPlace) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t place = 0; place <= length; ++place) {
      std::string raw(length, 'x');
      std::string expected = raw;
      raw.insert(place, "\\u20ac");
      expected.insert(place, "\u20ac");
      EXPECT_EQ(read("\"" + raw + "\"").string(), expected);
    }
  }
}

TEST_F(DocumentTest, WalksContainers) {
  const std::string_view text = R"({"a":[1,[2,3],{"x":4}],"b":{},"c":[],"d\n":"e\n"})";
  const Value root = read(text);
  EXPECT_EQ(root.size(), 4U);
  EXPECT_EQ(root.raw(), text);
  const Value a = root.find("a");
  EXPECT_EQ(a.size(), 3U);
  EXPECT_EQ(a.at(0).number(), "1");
  EXPECT_EQ(a.at(1).raw(), "[2,3]");
  EXPECT_EQ(a.at(2).find("x").number(), "4");
  EXPECT_FALSE(a.at(3));
  EXPECT_FALSE(a.find("x"));
  EXPECT_FALSE(root.at(0));
  EXPECT_EQ(root.find("b").size(), 0U);
  EXPECT_EQ(root.find("c").size(), 0U);
  EXPECT_EQ(root.find("d\n").string(), "e\n");
  EXPECT_EQ(root.find("d\n").raw(), R"("e\n")");
  EXPECT_FALSE(root.find("d\\n"));
  EXPECT_FALSE(root.find(""));
  EXPECT_FALSE(root.find("x"));
  std::vector<std::string> keys;
  for (const Member& m : root.members()) {
    keys.emplace_back(m.key);
    EXPECT_EQ(m.key_value.string(), m.key);
    EXPECT_TRUE(m.value.same(root.find(m.key)));
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "b", "c", "d\n"}));
  EXPECT_EQ(std::distance(a.elements().begin(), a.elements().end()), 3);
  EXPECT_FALSE(a.same(root));
}

TEST_F(DocumentTest, ToleratedDuplicatesCountByTheLast) {
  const Value root = read(R"({"a":1,"b":{"c":1},"a":2,"\u0061":3,"b":4,"d":5})", Profile::tolerant);
  EXPECT_EQ(root.find("a").number(), "3");
  EXPECT_EQ(root.find("b").number(), "4");
  EXPECT_EQ(root.size(), 3U);
  std::string seen;
  for (const Member& m : root.members()) seen += std::string(m.key) + std::string(m.value.number()) + " ";
  EXPECT_EQ(seen, "a3 b4 d5 ");
  EXPECT_FALSE(root.is_verbatim());
}

TEST_F(DocumentTest, ToleratedDuplicatesInALargeObject) {
  std::string text = "{";
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) text += "\"key number " + std::to_string(i) + "\":" + std::to_string(round) + ",";
  }
  text.back() = '}';
  const Value root = read(text, Profile::tolerant);
  EXPECT_EQ(root.size(), 50U);
  int i = 0;
  for (const Member& m : root.members()) {
    EXPECT_EQ(m.key, "key number " + std::to_string(i++));
    EXPECT_EQ(m.value.number(), "2");
  }
}

TEST_F(DocumentTest, ASecondReadingReplacesTheFirst) {
  read(R"({"a":"\n","b":[1,2,3]})");
  const std::size_t held = document_.capacity();
  EXPECT_GT(held, 0U);
  EXPECT_EQ(read(R"(["\t"])").at(0).string(), "\t");
  EXPECT_EQ(document_.capacity(), held);  // memory is reused
  EXPECT_FALSE(document_.read("[", Profile::strict));
  EXPECT_FALSE(document_.root());
  EXPECT_EQ(document_.input(), "");
  EXPECT_EQ(read("1").number(), "1");
}

TEST_F(DocumentTest, ShrinkGivesMemoryBack) {
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "\"\\n\",";
  text.back() = ']';
  read(text);
  const std::size_t held = document_.capacity();
  ASSERT_GT(held, 160'000U);
  document_.shrink(held);
  EXPECT_TRUE(document_.root());
  document_.shrink(100'000);
  EXPECT_FALSE(document_.root());
  EXPECT_LT(document_.capacity(), 100U);
  EXPECT_EQ(read("[\"\\n\"]").at(0).string(), "\n");
}

}  // namespace
}  // namespace json
