// Ids are kept as they came and equal by value.
#include "mcp/id.h"

#include <gtest/gtest.h>

namespace mcp {
namespace {

std::optional<Id> id(const std::string& text) {
  json::Document d;
  EXPECT_TRUE(d.read(text, json::Profile::strict)) << text;
  return read_id(d.root());
}

TEST(Id, NumbersAreEqualByValue) {
  for (const char* same : {"1.0", "1e0", "10e-1", "0.1e1", "1.000"}) EXPECT_EQ(id(same)->key, id("1")->key) << same;
  for (const char* same : {"1e2", "100.0", "0.1e3"}) EXPECT_EQ(id(same)->key, id("100")->key) << same;
  for (const char* same : {"-0", "0.0", "0e9", "-0.0e1"}) EXPECT_EQ(id(same)->key, id("0")->key) << same;
  EXPECT_EQ(id("-5")->key, id("-5.0")->key);
  EXPECT_EQ(id("123456789012345678901234567890")->key, id("12345678901234567890123456789e1")->key);
  EXPECT_EQ(id("1000000000000000000")->key, id("1e18")->key);
}

TEST(Id, DifferentIdsDiffer) {
  EXPECT_NE(id("1")->key, id("\"1\"")->key);
  EXPECT_NE(id("1")->key, id("-1")->key);
  EXPECT_NE(id("9007199254740993")->key, id("9007199254740992")->key);
  EXPECT_NE(id("1e400")->key, id("1e399")->key);
  EXPECT_NE(id("10")->key, id("100")->key);
}

TEST(Id, TheTextIsKept) {
  EXPECT_EQ(id("1.0")->text, "1.0");
  EXPECT_EQ(id("1e2")->text, "1e2");
  EXPECT_EQ(id(R"("\u0061")")->text, R"("a")");
  EXPECT_EQ(id(R"("\u0061")")->key, id(R"("a")")->key);
}

TEST(Id, OtherThingsAreNoIds) {
  for (const char* bad : {"null", "true", "1.5", "[1]", "{}", "1e-1"}) EXPECT_FALSE(id(bad)) << bad;
}

}  // namespace
}  // namespace mcp
