// Pages, validity and required arguments.
#include "tools/registry.h"

#include <gtest/gtest.h>

namespace tools {
namespace {

struct Fixture : testing::Test {
  void page(std::string_view cursor, const std::string& result) {
    json::Document d;
    EXPECT_TRUE(d.read(result, json::Profile::tolerant)) << result;
    registry.add_page(cursor, d.root(), clock.boot());
  }
  base::FakeClock clock;
  Registry registry;
};

using RegistryTest = Fixture;

TEST_F(RegistryTest, IsCurrentOnlyWhenTheLastPageCame) {
  page("", R"({"tools":[{"name":"a"}],"nextCursor":"2"})");
  EXPECT_FALSE(registry.current(clock.boot()));
  page("2", R"({"tools":[{"name":"b"}]})");
  EXPECT_TRUE(registry.current(clock.boot()));
  EXPECT_NE(registry.find("a"), nullptr);
  EXPECT_NE(registry.find("b"), nullptr);
  EXPECT_EQ(registry.find("c"), nullptr);
}

TEST_F(RegistryTest, APageOfAnotherChainDoesNotCount) {
  page("", R"({"tools":[{"name":"a"}],"nextCursor":"2"})");
  page("3", R"({"tools":[{"name":"x"}]})");
  EXPECT_FALSE(registry.current(clock.boot()));
  page("2", R"({"tools":[]})");
  EXPECT_TRUE(registry.current(clock.boot()));
  EXPECT_EQ(registry.find("x"), nullptr);
}

TEST_F(RegistryTest, EndsWithItsTimeToLive) {
  page("", R"({"tools":[],"ttlMs":2000})");
  clock.advance(std::chrono::milliseconds(1999));
  EXPECT_TRUE(registry.current(clock.boot()));
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(registry.current(clock.boot()));
  page("", R"({"tools":[]})");
  clock.advance(std::chrono::minutes(5));
  EXPECT_FALSE(registry.current(clock.boot()));
}

TEST_F(RegistryTest, AHugeTimeToLiveIsFiveMinutesAndANegativeOneASecond) {
  page("", R"({"tools":[],"ttlMs":1e300})");
  EXPECT_TRUE(registry.current(clock.boot()));
  clock.advance(std::chrono::minutes(5));
  EXPECT_FALSE(registry.current(clock.boot()));
  for (const char* none : {"-1", "0", "0.5"}) {
    page("", std::string(R"({"tools":[],"ttlMs":)") + none + "}");
    EXPECT_TRUE(registry.current(clock.boot())) << none;
    clock.advance(std::chrono::seconds(1));
    EXPECT_FALSE(registry.current(clock.boot())) << none;
  }
}

TEST_F(RegistryTest, AListChangedDropsAChainInProgress) {
  page("", R"({"tools":[],"nextCursor":"2"})");
  registry.invalidate();
  page("2", R"({"tools":[]})");
  EXPECT_FALSE(registry.current(clock.boot()));
}

TEST_F(RegistryTest, RepeatedNamesAreReportedAndTheFirstCounts) {
  page("", R"({"tools":[{"name":"a","title":"1"},{"name":"a","title":"2"}]})");
  EXPECT_NE(registry.find("a")->text.find("\"1\""), std::string::npos);
  EXPECT_EQ(registry.take_repeated(), std::vector<std::string>{"a"});
  EXPECT_TRUE(registry.take_repeated().empty());
}

TEST_F(RegistryTest, RequiredArgumentsAndNull) {
  page("", R"({"tools":[{"name":"t","inputSchema":{"type":"object","required":["s","n","e","any","free","ref","u"],
    "properties":{"s":{"type":"string"},"n":{"type":["string","null"]},"e":{"enum":[1,null]},
    "any":{"anyOf":[{"type":"string"},{"type":"null"}]},"free":{},"ref":{"$ref":"#/x"},"more":{}}}}]})");
  const Definition* d = registry.find("t");
  ASSERT_NE(d, nullptr);
  ASSERT_EQ(d->required.size(), 7u);
  const bool admits[] = {false, true, true, true, true, false, true};
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(d->required[i].admits_null, admits[i]) << d->required[i].name;
  json::Document document;
  ASSERT_TRUE(document.read(R"({"more":1,"MORE":2})", json::Profile::strict));
  EXPECT_EQ(d->names.find(document.root())->named, "more");
  EXPECT_TRUE(d->schema_readable);
}

TEST_F(RegistryTest, AnUnchangedToolKeepsItsCompiledSchema) {
  const char* list = R"({"tools":[{"name":"a","inputSchema":{"type":"object"}},{"name":"b","inputSchema":{}}]})";
  page("", list);
  const schema::Schema* compiled = registry.find("a")->compiled().schema.get();
  ASSERT_NE(compiled, nullptr);
  for (int i = 0; i < 3; ++i) {
    page("", list);
    EXPECT_EQ(registry.find("a")->compiled().schema.get(), compiled);
    EXPECT_EQ(registry.find("a")->name, "a");
  }
  page("", R"({"tools":[{"name":"a","inputSchema":{"required":["x"]}}]})");
  EXPECT_EQ(registry.find("a")->required.size(), 1u);
  EXPECT_EQ(registry.find("b"), nullptr);
}

TEST_F(RegistryTest, AnUnreadableSchemaIsSaidToBe) {
  page("", R"({"tools":[{"name":"a","inputSchema":7},{"name":"b","inputSchema":{"required":"x"}},
               {"name":"c","inputSchema":{"required":[7]}},{"name":"d"}]})");
  EXPECT_FALSE(registry.find("a")->schema_readable);
  EXPECT_FALSE(registry.find("b")->schema_readable);
  EXPECT_FALSE(registry.find("c")->schema_readable);
  EXPECT_TRUE(registry.find("d")->schema_readable);
}

}  // namespace
}  // namespace tools
