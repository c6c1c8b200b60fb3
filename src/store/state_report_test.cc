// What `intercept limits` sees of counters that sessions charge, and what a reset does to them.
#include "store/state_report.h"

#include <gmock/gmock.h>

#include "store/store_dir_testing.h"

namespace store {
namespace {

using namespace limits;  // NOLINT(google-build-using-namespace)

struct StateReportTest : testing::Test {
  StoreDir dir;
  base::SystemClock system;
  std::unique_ptr<SqliteStore> store = open();
  // On the machine's clock, as sessions and the command are.
  std::unique_ptr<SqliteStore> open() {
    SqliteStoreOptions o = dir.options();
    o.boot_id = {};
    return std::make_unique<SqliteStore>(o, system, system, dir.random);
  }
  std::vector<CounterReport> counters() {
    const auto report = report_state(dir.path, system, [](const std::string&) { return true; });
    EXPECT_TRUE(report) << report.error().message;
    return report && *report ? (*report)->counters : std::vector<CounterReport>();
  }
};

TEST_F(StateReportTest, NothingWasCounted) {
  const auto report = report_state(dir.path, system, {});
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report);
  EXPECT_TRUE(reset_state(dir.path, system, [](const CounterReport&) { return true; }, true, {})->empty());
  EXPECT_FALSE(std::filesystem::exists(dir.file()));
}

TEST_F(StateReportTest, WhatCountersHold) {
  ASSERT_TRUE(
      StoreDir::reserve(*store, {charge("s", minute, 3, 10), charge("d", day, 4, 9), charge("l", lease, 1, 2)}));
  const auto list = counters();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].key, "s");
  EXPECT_EQ(list[0].held, Amount::of(3));
  EXPECT_EQ(list[0].max, "10");
  EXPECT_EQ(list[0].charged_by, "local one");
  ASSERT_TRUE(list[0].next_free);
  EXPECT_LE(*list[0].next_free, 60s);
  EXPECT_GT(*list[0].next_free, 30s);
  EXPECT_EQ(list[0].next_free, list[0].all_free);
  EXPECT_EQ(list[1].held, Amount::of(4));
  EXPECT_LE(*list[1].all_free, 24h);
  ASSERT_EQ(list[2].leases.size(), 1U);
  EXPECT_EQ(list[2].leases[0].owner, "one");
  EXPECT_EQ(list[2].held, Amount::of(1));
  EXPECT_FALSE(list[2].next_free);
  // Looking changes nothing.
  EXPECT_EQ(StoreDir::value(*store, "s", minute), Amount::of(3));
  const auto dead = report_state(dir.path, system, [](const std::string&) { return false; });
  EXPECT_EQ((*dead)->counters[2].held, Amount());
}

TEST_F(StateReportTest, AResetFreesTheChosenOnes) {
  const auto id =
      StoreDir::reserve(*store, {charge("s", minute, 10, 10), charge("d", day, 9, 9), charge("l", lease, 2, 2)});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(StoreDir::reserve(*store, {charge("many", minute, 1)}, false));
  ASSERT_TRUE(store->commit());
  const auto reset = reset_state(
      dir.path, system, [](const CounterReport& r) { return r.key != "many"; }, false,
      [](const auto& list) -> base::Result<void> {
        EXPECT_EQ(list.size(), 3U);
        return {};
      });
  ASSERT_TRUE(reset) << reset.error().message;
  ASSERT_EQ(reset->size(), 3U);
  EXPECT_EQ((*reset)[0].held, Amount::of(10));
  EXPECT_EQ(StoreDir::value(*store, "many", minute), Amount::of(100));
  EXPECT_TRUE(
      StoreDir::reserve(*store, {charge("s", minute, 10, 10), charge("d", day, 9, 9), charge("l", lease, 2, 2)}));
  // A refund of before does not come out of what was charged since.
  store->settle(*id, Settlement::undelivered);
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(StoreDir::value(*store, "s", minute), Amount::of(10));
  EXPECT_EQ(StoreDir::value(*store, "d", day), Amount::of(9));
}

TEST_F(StateReportTest, WhatCannotBeRecordedIsNotReset) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 10, 10)}));
  const auto reset = reset_state(
      dir.path, system, [](const CounterReport&) { return true; }, true,
      [](const auto&) -> base::Result<void> { return base::fail("disk full"); });
  ASSERT_FALSE(reset);
  EXPECT_NE(reset.error().message.find("disk full"), std::string::npos);
  EXPECT_EQ(StoreDir::value(*store, "s", minute), Amount::of(10));
}

TEST_F(StateReportTest, AfterALossOneOrAllAreStartedAfresh) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 1, 10)}));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  EXPECT_FALSE(StoreDir::reserve(*store, {charge("s", minute, 1, 10)}));
  const auto report = report_state(dir.path, system, {});
  ASSERT_TRUE(report && *report);
  EXPECT_TRUE((*report)->lost);
  ASSERT_TRUE(reset_state(dir.path, system, [](const CounterReport&) { return true; }, true, {}));
  EXPECT_FALSE((*report_state(dir.path, system, {}))->lost);
  // A session that knows of the loss looks again when it opens the file the next time.
  store = open();
  EXPECT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 1, 10)}));
}

}  // namespace
}  // namespace store
