// What counts as changed, page by page.
#include "tools/lock_check.h"

#include <gtest/gtest.h>

namespace tools {
namespace {

using Kind = LockState::Kind;

std::shared_ptr<const LockedServer> locked(std::string_view list) {
  json::Document d;
  EXPECT_TRUE(d.read(list, json::Profile::tolerant)) << list;
  return std::make_shared<LockedServer>(LockedServer{"s", {}, {}, *pin_all(d.root())});
}

struct Check : LockCheck {
  using LockCheck::LockCheck;
  std::vector<Found> page(bool first, const std::string& list) {
    json::Document d;
    EXPECT_TRUE(d.read(list, json::Profile::tolerant)) << list;
    return add_page(first, d.root());
  }
};

constexpr std::string_view pinned =
    R"([{"name":"a","description":"A","inputSchema":{"required":["x"]}},{"name":"b","description":"B"}])";

TEST(LockCheck, TellsWhatIsNotAsLocked) {
  Check check(locked(pinned));
  EXPECT_EQ(check.look("a").kind, Kind::unlisted);
  EXPECT_EQ(check.look("x").kind, Kind::added);
  const auto found = check.page(true, R"([{"name":"a","description":"A!","title":"T"},{"name":"b","description":"B",
      "icons":[1]},{"name":"c"},{"name":7},8])");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].tool, "a");
  EXPECT_EQ(found[0].what, "its description changed, its title is new, its inputSchema is gone");
  EXPECT_EQ(found[0].pinned, check.lock().find("a")->digest);
  EXPECT_EQ(found[1].kind, Kind::added);
  EXPECT_EQ(check.look("a").kind, Kind::changed);
  EXPECT_EQ(check.look("a").found, found[0].digest);
  EXPECT_EQ(check.look("b").kind, Kind::same);
  EXPECT_EQ(check.look("c").found, found[1].digest);
  ASSERT_NE(check.definition("a"), nullptr);
  EXPECT_EQ(check.definition("a")->required.size(), 1U);
  EXPECT_EQ(check.definition("c"), nullptr);
}

TEST(LockCheck, TheNewestListCountsAndTheWorstOfOne) {
  Check check(locked(pinned));
  check.page(true, R"([{"name":"b"},{"name":"b","description":"B"}])");
  EXPECT_EQ(check.look("b").kind, Kind::changed);
  check.page(false, R"([{"name":"b","description":"B"}])");
  EXPECT_EQ(check.look("b").kind, Kind::changed);
  check.page(true, R"([{"name":"b","description":"B"}])");
  EXPECT_EQ(check.look("b").kind, Kind::same);
  check.page(false, R"([{"name":"b"}])");
  EXPECT_EQ(check.look("b").kind, Kind::changed);
  check.page(true, "[]");  // not listed any more: what was seen last stands
  EXPECT_EQ(check.look("b").kind, Kind::changed);
}

TEST(LockCheck, WhatAClientWasShownCountsUntilItIsShownSomethingElse) {
  Check check(locked(R"([{"name":"a"}])"));
  json::Document good, bad;
  ASSERT_TRUE(good.read(R"([{"name":"a"}])", json::Profile::strict));
  ASSERT_TRUE(bad.read(R"([{"name":"a","title":"T"}])", json::Profile::strict));
  check.add_page(true, bad.root(), LockCheck::For::us);
  EXPECT_EQ(check.look("a").kind, Kind::changed);
  EXPECT_FALSE(check.look("a").shown);
  check.add_page(true, good.root(), LockCheck::For::us);
  EXPECT_EQ(check.look("a").kind, Kind::same);
  check.add_page(true, bad.root(), LockCheck::For::client);
  check.add_page(true, good.root(), LockCheck::For::us);
  EXPECT_EQ(check.look("a").kind, Kind::changed);
  EXPECT_TRUE(check.look("a").shown);
  check.add_page(true, good.root(), LockCheck::For::client);
  EXPECT_EQ(check.look("a").kind, Kind::same);
}

TEST(LockCheck, IsBounded) {
  Check check(locked("[]"));
  std::string list = "[";
  for (int i = 0; i < 2'000; ++i) list += R"({"name":"t)" + std::to_string(i) + "\"},";
  EXPECT_EQ(check.page(true, list + "0]").size(), LockCheck::max_found);
  EXPECT_TRUE(check.is_cut());
  EXPECT_TRUE(check.page(false, R"([{"name":"z"}])").empty());
  EXPECT_EQ(check.page(true, R"([{"name":"z"}])").size(), 1U);
  EXPECT_FALSE(check.is_cut());
  EXPECT_EQ(check.look("t1500").kind, Kind::added);
  EXPECT_EQ(check.look("t1500").found, "");
}

}  // namespace
}  // namespace tools
