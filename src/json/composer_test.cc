// Own messages: commas, nesting, taking turns in one buffer.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "json/writer.h"

namespace json {
namespace {

TEST(ComposerTest, PutsCommasWhereTheyBelong) {
  std::string out;
  Composer c(out);
  c.open().member("a", "x").member("b", std::int64_t{-1}).member("c", true).key("d").null();
  c.key("e").open_array().integer(1).string("").boolean(false).open().close().open_array().close_array().null();
  c.close_array().key("f").open().member("g", std::string_view("y")).close().key("h").raw("1E5").key("i").raw("{}");
  c.close();
  EXPECT_EQ(out, R"({"a":"x","b":-1,"c":true,"d":null,"e":[1,"",false,{},[],null],"f":{"g":"y"},"h":1E5,"i":{}})");
  Document document;
  EXPECT_TRUE(document.read(out, Profile::strict));
  EXPECT_TRUE(document.root().is_verbatim());
}

TEST(ComposerTest, IsNotConfusedByTextThatLooksLikeSyntax) {
  std::string out;
  Composer c(out);
  c.open_array().string("{").string("[").string(":").string(",").string("\n").string("\"").close_array();
  EXPECT_EQ(out, R"(["{","[",":",",","\n","\""])");
}

TEST(ComposerTest, WritesExtremeIntegers) {
  std::string out;
  Composer c(out);
  c.open_array().integer(std::numeric_limits<std::int64_t>::min()).integer(std::numeric_limits<std::int64_t>::max());
  c.close_array();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807]");
}

TEST(ComposerTest, WritesReadValues) {
  Document document;
  ASSERT_TRUE(document.read(R"({"id": 1.0, "x": [ "\u0041" ]})", Profile::strict));
  std::string out;
  Composer c(out);
  c.open().key("id").value(document.root().find("id")).key("x").value(document.root().find("x")).close();
  EXPECT_EQ(out, R"({"id":1.0,"x":["A"]})");
}

TEST(ComposerTest, MessagesFollowEachOtherInOneBuffer) {
  std::string out;
  for (int i = 0; i < 2; ++i) {
    Composer(out).open().member("id", std::int64_t{i}).close();
    out += '\n';
  }
  EXPECT_EQ(out, "{\"id\":0}\n{\"id\":1}\n");
}

TEST(ComposerTest, SeveralComposersTakeTurns) {
  std::string out;
  Composer outer(out);
  outer.open_array();
  for (int i = 0; i < 3; ++i) Composer(out).open().member("i", std::int64_t{i}).close();
  outer.close_array();
  EXPECT_EQ(out, R"([{"i":0},{"i":1},{"i":2}])");
}

}  // namespace
}  // namespace json
