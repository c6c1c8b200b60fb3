// Ids of sessions: one spelling, no two alike.
#include "transport/session_id.h"

#include <gtest/gtest.h>

#include <set>

namespace transport {
namespace {

constexpr const char* some = "0123456789abcdef0123456789abcdef";

TEST(SessionId, WhatIsMadeIsRead) {
  base::FakeRandom random;
  std::set<std::string> seen;
  for (unsigned i = 0; i < 1000; ++i) {
    const std::string id = make_session_id(random, i % 2 == 0 ? std::nullopt : std::optional(i));
    EXPECT_TRUE(seen.insert(id).second);
    const auto read = parse_session_id(id);
    ASSERT_TRUE(read) << id;
    EXPECT_EQ(read->text, id);
    EXPECT_EQ(read->loop, i % 2 == 0 ? std::nullopt : std::optional(i));
  }
  EXPECT_EQ(make_session_id(random).size(), 32u);
  EXPECT_EQ(parse_session_id(make_session_id(random, max_loop))->loop, max_loop);
}

TEST(SessionId, NothingElseIsOne) {
  EXPECT_TRUE(parse_session_id(some));
  EXPECT_EQ(parse_session_id(std::string(some) + "-0")->loop, 0u);
  for (const std::string& text :
       {std::string(), std::string(some).substr(1), std::string(some) + "0", std::string(some) + "-",
        std::string(some) + "-01", std::string(some) + "-12345", std::string(some) + "-x", std::string(some) + "--1",
        std::string(some) + " ", " " + std::string(some), "A" + std::string(some).substr(1),
        "g" + std::string(some).substr(1), std::string(some) + "-1 ", std::string(some) + "_1",
        std::string(some) + std::string("\0", 1)}) {
    EXPECT_FALSE(parse_session_id(text)) << text;
  }
}

}  // namespace
}  // namespace transport
