// Questions about counters: the answers are those that a session would get, and nothing is changed by asking.
#include "store/counter_view.h"

#include <gmock/gmock.h>

#include "store/store_dir_testing.h"

namespace store {
namespace {

using namespace limits;  // NOLINT(google-build-using-namespace)

struct CounterViewTest : testing::Test {
  StoreDir dir;
  base::SystemClock system;
  std::unique_ptr<SqliteStore> store = open();
  CounterView view{{.directory = dir.path, .is_alive = [](const std::string&) { return true; }}, system};
  std::unique_ptr<SqliteStore> open() {
    SqliteStoreOptions o = dir.options();
    o.boot_id = {};
    return std::make_unique<SqliteStore>(o, system, system, dir.random);
  }
  std::optional<Refusal> ask(const Charge& c) { return view.check({&c, 1}); }
};

TEST_F(CounterViewTest, WithoutADatabaseEverythingIsEmpty) {
  ASSERT_TRUE(view.begin());
  EXPECT_EQ(view.value(charge("s", minute, 1, 1)), Amount());
  EXPECT_FALSE(ask(charge("s", minute, 1, 1)));
  EXPECT_TRUE(ask(charge("s", minute, 2, 1)));
  view.end();
  EXPECT_FALSE(std::filesystem::exists(dir.file()));
}

TEST_F(CounterViewTest, AnswersAsTheStoreDoesAndChangesNothing) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 3, 10), charge("l", lease, 1, 1)}));
  ASSERT_TRUE(view.begin());
  EXPECT_EQ(view.value(charge("s", minute, 0)), Amount::of(3));
  EXPECT_FALSE(ask(charge("s", minute, 7, 10)));
  const auto refused = ask(charge("s", minute, 8, 10));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->why, Why::limit);
  EXPECT_EQ(refused->value, Amount::of(3));
  EXPECT_GT(*refused->retry_after, 30s);
  EXPECT_TRUE(ask(charge("l", lease, 1, 1)));
  const Charge one = charge("s", minute, 1);
  EXPECT_FALSE(view.reserve({&one, 1}));
  view.end();
  EXPECT_EQ(StoreDir::value(*store, "s", minute), Amount::of(3));
  EXPECT_EQ(StoreDir::value(*store, "new", minute), Amount());
}

TEST_F(CounterViewTest, LooksAheadAndBackAgain) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 10, 10)}));
  ASSERT_TRUE(view.begin(61s));
  EXPECT_FALSE(ask(charge("s", minute, 1, 10)));
  EXPECT_EQ(view.value(charge("s", minute, 0)), Amount());
  ASSERT_TRUE(view.begin());
  EXPECT_TRUE(ask(charge("s", minute, 1, 10)));
  view.end();
  EXPECT_EQ(StoreDir::value(*store, "s", minute), Amount::of(10));
}

TEST_F(CounterViewTest, HoldsTheLockOnlyWhileAQuestionIsOpen) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 1, 10)}));
  ASSERT_TRUE(view.begin());
  EXPECT_FALSE(store->ready());
  view.end();
  EXPECT_TRUE(store->ready());
  EXPECT_TRUE(store->commit());
}

TEST_F(CounterViewTest, OutsideOfAQuestionNothingIsKnown) {
  const auto refused = ask(charge("s", minute, 1, 10));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->why, Why::unavailable);
  EXPECT_FALSE(view.value(charge("s", minute, 0)));
}

TEST_F(CounterViewTest, LeasesOfTheDeadCountForNothing) {
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("l", lease, 1, 1)}));
  CounterView other({.directory = dir.path, .is_alive = [](const std::string&) { return false; }}, system);
  ASSERT_TRUE(other.begin());
  const Charge one = charge("l", lease, 1, 1);
  EXPECT_FALSE(other.check({&one, 1}));
  other.end();
  ASSERT_TRUE(view.begin());
  EXPECT_TRUE(ask(one));  // it was not freed
}

}  // namespace
}  // namespace store
