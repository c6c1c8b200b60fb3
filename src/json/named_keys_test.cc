// Look-alike keys: at every level that is named, and nowhere else; the search among many names agrees with the walk
// through few.
#include "json/named_keys.h"

#include <gtest/gtest.h>

namespace json {
namespace {

std::vector<Step> steps(std::string_view path) { return Path::parse(path).value().steps; }

std::string found(const NamedKeys& named, std::string_view text) {
  Document document;
  EXPECT_TRUE(document.read(text, Profile::strict)) << text;
  const auto look_alike = named.find(document.root());
  return look_alike ? std::string(look_alike->key) + " for " + std::string(look_alike->named) : "";
}

TEST(NamedKeys, Levels) {
  NamedKeys named;
  EXPECT_TRUE(named.empty());
  EXPECT_EQ(found(named, R"({"a":1,"A":2})"), "");
  named.at(steps("args.items[*]")).add("price");
  named.at(steps("args.items[all]")).add("name");
  named.at(steps("args.first[0]")).add("x");
  EXPECT_EQ(found(named, R"({"items":[{"price":1,"other":{"Price":1}}],"Price":1,"first":[{"x":1},{"X":1}]})"), "");
  EXPECT_EQ(found(named, R"({"Items":1})"), "Items for items");
  EXPECT_EQ(found(named, R"({"items":[{"price":1},{"price":1,"Price":2}]})"), "Price for price");
  EXPECT_EQ(found(named, R"({"items":[{"NAME":2}]})"), "NAME for name");
  EXPECT_EQ(found(named, R"({"first":[{"X":1}]})"), "X for x");
  EXPECT_EQ(found(named, R"({"items\u0000":1})"), std::string("items\0 for items", 16));
  EXPECT_EQ(found(named, R"({"items":{"Price":2}})"), "");  // no element
}

TEST(NamedKeys, BothSpellingsMayBeNamed) {
  NamedKeys named;
  named.add("path");
  named.add("Path");
  named.add("path");
  EXPECT_EQ(found(named, R"({"path":1,"Path":2})"), "");
  EXPECT_EQ(found(named, R"({"PATH":1})"), "PATH for Path");
}

TEST(NamedKeys, ManyNamesAreFoundLikeFew) {
  const std::string_view names[] = {"alpha", "Beta", "confirm", "\u017Ftart", "kind", "@x", "", "_id", "zeta"};
  NamedKeys few, many;
  for (const std::string_view name : names) {
    few.add(name);
    many.add(name);
  }
  for (int i = 0; i < 200; ++i) many.add(std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i));
  for (const char* key : {"ALPHA", "beta", "con\ufb01rm", "start", "Start", "\u212Aind", "@X", "`x", "_ID", "\uFF3Aeta",
                          "alpha", "other", "", "Zeta", "1alpha"}) {
    const std::string text = "{\"" + std::string(key) + "\":1}";
    EXPECT_EQ(found(few, text), found(many, text)) << key;
  }
  EXPECT_EQ(found(many, "{\"\u212Aind\":1}"), "\u212Aind for kind");
  EXPECT_EQ(found(many, "{\"start\":1}"), "start for \u017Ftart");
}

}  // namespace
}  // namespace json
