// Hidden tools are gone; everything else is as it came.
#include "tools/list_filter.h"

#include <gtest/gtest.h>

namespace tools {
namespace {

std::string filter(const std::string& text, bool make_private = true, Filtered* count = nullptr) {
  json::Document d;
  EXPECT_TRUE(d.read(text, json::Profile::tolerant)) << text;
  std::string out;
  const Filtered f = filter_list(out, d.root(), [](std::string_view n) { return n == "secret"; }, make_private);
  if (count != nullptr) *count = f;
  return out;
}

TEST(ListFilter, LeavesEverythingElse) {
  Filtered count;
  EXPECT_EQ(
      filter(R"({"jsonrpc":"2.0","id":1.0,"result":{"x":1,"tools":[{"name":"a","z":[1e2]},{"name":"secret"},)"
             R"({"name":"b","_meta":{}}],"nextCursor":"c","ttlMs":5,"cacheScope":"public","_meta":{"k":1}},"more":0})",
             true, &count),
      R"({"jsonrpc":"2.0","id":1.0,"result":{"x":1,"tools":[{"name":"a","z":[1e2]},{"name":"b","_meta":{}}],)"
      R"("nextCursor":"c","ttlMs":5,"cacheScope":"private","_meta":{"k":1}},"more":0})");
  EXPECT_EQ(count.removed, 1u);
  EXPECT_EQ(count.kept, 2u);
}

TEST(ListFilter, ComparesNamesAfterUnescaping) {
  EXPECT_EQ(filter(R"({"result":{"tools":[{"name":"s\u0065cret"},{"name":"Secret"}]}})"),
            R"({"result":{"tools":[{"name":"Secret"}]}})");
}

TEST(ListFilter, WhatACaseFoldingClientWouldReadIsFilteredToo) {
  EXPECT_EQ(filter(R"({"result":{"Tools":[{"Name":"secret","name":"a"},{"name":"b"}]}})"),
            R"({"result":{"Tools":[{"name":"b"}]}})");
}

TEST(ListFilter, ANamelessToolIsRemoved) {
  EXPECT_EQ(filter(R"({"result":{"tools":[{"title":"x"},7,{"name":7},{"name":"a"}]}})"),
            R"({"result":{"tools":[{"name":"a"}]}})");
}

TEST(ListFilter, WhatIsNoListOfToolsIsNone) {
  EXPECT_EQ(filter(R"({"result":{"tools":{"secret":1},"x":1}})"), R"({"result":{"tools":[],"x":1}})");
  EXPECT_EQ(filter(R"({"result":{"tools":"secret"}})"), R"({"result":{"tools":[]}})");
}

TEST(ListFilter, CacheScopeIsKeptUnlessAsked) {
  EXPECT_EQ(filter(R"({"result":{"tools":[],"cacheScope":"public"}})", false),
            R"({"result":{"tools":[],"cacheScope":"public"}})");
}

}  // namespace
}  // namespace tools
