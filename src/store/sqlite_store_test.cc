// The durable store by example: what lasts, what is shared, what is refused, what a failed commit leaves behind.
#include "store/sqlite_store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <set>

#include "store/sqlite.h"
#include "store/store_dir_testing.h"

namespace store {
namespace {

using namespace limits;  // NOLINT(google-build-using-namespace)
using testing::HasSubstr;

struct SqliteStoreTest : testing::Test {
  StoreDir dir;
  std::unique_ptr<SqliteStore> store = dir.open();
  auto reserve(std::vector<Charge> charges) { return StoreDir::reserve(*store, std::move(charges)); }
  Amount value(const std::string& key, const Window& w) { return StoreDir::value(*store, key, w); }
  void reopen() {
    store.reset();
    store = dir.open();
  }
};

TEST_F(SqliteStoreTest, OpensNothingUntilItIsPrepared) {
  EXPECT_FALSE(store->ready());
  EXPECT_TRUE(store->ready(std::vector<Charge>{}));
  EXPECT_FALSE(store->check(std::vector<Charge>{}));  // a call without limits fits
  EXPECT_FALSE(std::filesystem::exists(dir.file()));
  store->prepare();
  EXPECT_TRUE(store->ready());
  EXPECT_TRUE(std::filesystem::exists(dir.file()));
  struct stat info{};
  for (const char* name : {"", "-wal", "-shm"}) {
    ASSERT_EQ(::stat((dir.file() + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << name;
  }
  EXPECT_TRUE(store->pending());
  EXPECT_TRUE(store->commit());
  EXPECT_FALSE(store->pending());
  EXPECT_TRUE(store->ready());  // without waiting from now on
}

TEST_F(SqliteStoreTest, CountsAcrossRestarts) {
  ASSERT_TRUE(reserve({charge("k", minute, 3, 10), charge("d", day, 4, 10)}));
  reopen();
  EXPECT_EQ(value("k", minute), Amount::of(3));
  EXPECT_EQ(value("d", day), Amount::of(4));
  const auto refused = reserve({charge("k", minute, 8, 10)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::limit);
  EXPECT_EQ(refused.error().retry_after, 60s);
  EXPECT_EQ(refused.error().value, Amount::of(3));
}

TEST_F(SqliteStoreTest, IsSharedBetweenProcesses) {
  const auto other = dir.open("two");
  ASSERT_TRUE(reserve({charge("k", minute, 6, 10)}));
  EXPECT_FALSE(StoreDir::reserve(*other, {charge("k", minute, 5, 10)}));
  EXPECT_TRUE(StoreDir::reserve(*other, {charge("k", minute, 4, 10)}));
  EXPECT_FALSE(reserve({charge("k", minute, 1, 10)}));
}

TEST_F(SqliteStoreTest, NothingIsSeenBeforeItIsCommitted) {
  StoreDir::make_ready(*store);
  const auto mine = store->reserve(std::vector{charge("k", minute, 6, 10)});
  ASSERT_TRUE(mine);
  const auto other = dir.open("two");
  // The batch holds the lock: the other one would have to wait.
  EXPECT_FALSE(other->ready());
  other->prepare();
  EXPECT_TRUE(other->ready());
  const auto busy = other->reserve(std::vector{charge("k", minute, 1, 10)});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().why, Why::busy);
  EXPECT_EQ(other->check(std::vector{charge("k", minute, 1, 10)})->why, Why::busy);
  EXPECT_EQ(other->value(charge("k", minute, 0)), std::nullopt);
  EXPECT_TRUE(other->commit());
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(StoreDir::value(*other, "k", minute), Amount::of(6));
}

TEST_F(SqliteStoreTest, PrepareWaitsForTheDeadlineAndNoLonger) {
  StoreDir::make_ready(*store);
  ASSERT_TRUE(store->reserve(std::vector{charge("k", minute, 6, 10)}));
  auto options = dir.options("two");
  options.deadline = 30ms;
  const auto other = dir.open(options);
  const auto begun = std::chrono::steady_clock::now();
  other->prepare();
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 30ms);
  EXPECT_LT(took, 5s);
  other->interrupt();
}

TEST_F(SqliteStoreTest, CallsOfABatchAddUp) {
  StoreDir::make_ready(*store);
  int admitted = 0;
  for (int i = 0; i < 20; ++i) {
    admitted += store->reserve(std::vector{charge("k", minute, 1, 10), charge("d", day, 1, 100)}) ? 1 : 0;
  }
  EXPECT_EQ(admitted, 10);
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(value("d", day), Amount::of(10));
}

TEST_F(SqliteStoreTest, AllOrNone) {
  ASSERT_TRUE(reserve({charge("b", day, 5, 5)}));
  const auto refused = reserve({charge("a", minute, 1, 10), charge("b", day, 1, 5), charge("c", minute, 1, 10)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().charge, 1U);
  EXPECT_EQ(value("a", minute), Amount());
  EXPECT_EQ(store->reservations(), 1U);
}

TEST_F(SqliteStoreTest, RefundsWaitForTheNextBatchAndAreSeenInIt) {
  const auto id = reserve({charge("k", minute, 10, 10)});
  store->settle(*id, Settlement::undelivered);
  EXPECT_EQ(store->queued(), 1U);
  EXPECT_TRUE(store->pending());
  EXPECT_TRUE(reserve({charge("k", minute, 10, 10)}));
  EXPECT_EQ(store->queued(), 0U);
}

TEST_F(SqliteStoreTest, ARefundAloneIsCommitted) {
  const auto id = reserve({charge("k", minute, 10, 10), charge("d", day, 3, 10)});
  store->settle(*id, Settlement::undelivered);
  ASSERT_TRUE(store->commit());
  EXPECT_FALSE(store->pending());
  reopen();
  EXPECT_EQ(value("k", minute), Amount());
  EXPECT_EQ(value("d", day), Amount());
}

TEST_F(SqliteStoreTest, ARefundWaitsWhileAnotherHoldsTheLock) {
  const auto id = reserve({charge("k", minute, 10, 10)});
  const auto other = dir.open("two");
  StoreDir::make_ready(*other);
  ASSERT_TRUE(other->reserve(std::vector{charge("x", minute, 1)}));
  store->settle(*id, Settlement::undelivered);
  EXPECT_TRUE(store->commit());
  EXPECT_TRUE(store->pending());
  ASSERT_TRUE(other->commit());
  EXPECT_TRUE(store->commit());
  EXPECT_FALSE(store->pending());
  EXPECT_EQ(value("k", minute), Amount());
}

TEST_F(SqliteStoreTest, SettlementByRefund) {
  int n = 0;
  for (const Refund refund : {Refund::undelivered, Refund::on_error, Refund::never}) {
    for (const Settlement how : {Settlement::keep, Settlement::undelivered, Settlement::failed}) {
      for (const Window& w : {minute, day}) {
        const std::string key = "k" + std::to_string(n++);
        const auto id = reserve({charge(key, w, 4, 10, refund)});
        store->settle(*id, how);
        store->settle(*id, Settlement::undelivered);  // once only
        EXPECT_EQ(value(key, w), Amount::of(gives_back(refund, how) ? 0 : 4)) << n;
      }
    }
  }
  EXPECT_EQ(store->reservations(), 0U);
}

TEST_F(SqliteStoreTest, ARefundGoesToTheWindowThatWasCharged) {
  const auto id = reserve({charge("k", day, 5, 10), charge("s", minute, 5, 10)});
  dir.clock.advance(24h);
  ASSERT_TRUE(reserve({charge("k", day, 3, 10), charge("s", minute, 3, 10)}));
  store->settle(*id, Settlement::undelivered);
  EXPECT_EQ(value("k", day), Amount::of(3));
  EXPECT_EQ(value("s", minute), Amount::of(3));
}

TEST_F(SqliteStoreTest, AProcessThatDiesLeavesItsCharges) {
  const auto dying = dir.open("dying");
  ASSERT_TRUE(StoreDir::reserve(*dying, {charge("k", minute, 7, 10)}));
  StoreDir::make_ready(*dying);
  ASSERT_TRUE(dying->reserve(std::vector{charge("k", minute, 2, 10)}));  // and what is not committed
  // As SIGKILL would: another connection sees what is in the file. (The lock goes with the process.)
  StoreDir copy;
  for (const char* name : {"", "-wal"}) {
    std::filesystem::copy_file(dir.file() + name, copy.file() + name);
  }
  const auto after = copy.open();
  EXPECT_EQ(StoreDir::value(*after, "k", minute), Amount::of(7));
}

TEST_F(SqliteStoreTest, LeasesOfTheDeadAreFreedByWhoeverNeedsThem) {
  std::set<std::string> dead;
  int asked = 0;
  auto options = dir.options();
  options.is_alive = [&](const std::string& owner) { return ++asked, !dead.contains(owner); };
  store = dir.open(options);
  const auto dying = dir.open("dying");
  ASSERT_TRUE(StoreDir::reserve(*dying, {charge("l", lease, 1, 2)}));
  ASSERT_TRUE(reserve({charge("l", lease, 1, 2)}));
  EXPECT_EQ(asked, 0);
  const auto refused = reserve({charge("l", lease, 1, 2)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().retry_after, std::nullopt);
  EXPECT_EQ(asked, 1);
  dead.insert("dying");
  EXPECT_TRUE(reserve({charge("l", lease, 1, 2)}));
  EXPECT_FALSE(reserve({charge("l", lease, 1, 2)}));
  EXPECT_EQ(value("l", lease), Amount::of(2));
}

TEST_F(SqliteStoreTest, ALeaseNeedsALivingOwner) {
  auto options = dir.options();
  bool works = false;
  int claims = 0;
  options.claim_owner = [&]() -> base::Result<void> {
    ++claims;
    if (works) return {};
    return base::fail("no place for the run file");
  };
  store = dir.open(options);
  StoreDir::make_ready(*store);
  EXPECT_TRUE(store->reserve(std::vector{charge("k", minute, 1, 2)}));
  const auto refused = store->reserve(std::vector{charge("l", lease, 1, 2)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::unavailable);
  const auto failed = store->commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no place for the run file");
  works = true;
  EXPECT_TRUE(reserve({charge("l", lease, 1, 2)}));
  EXPECT_TRUE(reserve({charge("l", lease, 1, 2)}));
  EXPECT_EQ(claims, 2);
}

TEST_F(SqliteStoreTest, LeasesAreFreedWithTheirCall) {
  const auto a = reserve({charge("l", lease, 1, 1), charge("s", minute, 4, 9)});
  EXPECT_FALSE(reserve({charge("l", lease, 1, 1)}));
  store->settle_keep_leases(*a, Settlement::undelivered);
  EXPECT_EQ(value("s", minute), Amount());
  EXPECT_FALSE(reserve({charge("l", lease, 1, 1)}));
  store->free_leases(*a);
  EXPECT_TRUE(reserve({charge("l", lease, 1, 1)}));
  EXPECT_EQ(store->reservations(), 1U);
}

TEST_F(SqliteStoreTest, TheOwnerOfACounterIsKnown) {
  ASSERT_TRUE(reserve({charge("k", minute, 1, 10)}));
  store.reset();
  auto db = Sqlite::open(dir.file(), false);
  ASSERT_TRUE(db);
  EXPECT_EQ(*db->ask("SELECT max || ' ' || charged_by || ' ' || window FROM counters"), "10 local one 60s-sliding");
}

TEST_F(SqliteStoreTest, MoreThanMaxCountersAreNotKept) {
  auto options = dir.options();
  options.max_counters = 3;
  store = dir.open(options);
  ASSERT_TRUE(reserve({charge("a", minute, 1), charge("b", minute, 1), charge("c", day, 1)}));
  const auto full = reserve({charge("d", minute, 1)});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().why, Why::full);
  EXPECT_TRUE(reserve({charge("a", minute, 1)}));
  dir.clock.advance(60s);
  store->maintain();
  EXPECT_TRUE(reserve({charge("d", minute, 1), charge("e", minute, 1)}));
  EXPECT_FALSE(reserve({charge("f", minute, 1)}));
  EXPECT_EQ(value("c", day), Amount::of(1));
}

// SQLite's own failure: the disk is full when the batch is written.
TEST_F(SqliteStoreTest, AFailedCommitLeavesNothingBehind) {
  ASSERT_TRUE(reserve({charge("k", minute, 1, 10)}));
  const auto refundable = reserve({charge("r", minute, 5, 10)});
  store->settle(*refundable, Settlement::undelivered);
  StoreDir::make_ready(*store);
  const auto lost = store->reserve(std::vector{charge("k", minute, 2, 10), charge("n", day, 1, 10)});
  ASSERT_TRUE(lost);
  {
    // Another connection breaks the schema's promise: the update of the batch then fails.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 4096;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    const auto failed = store->commit();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("state.db: "));
  }
  store->settle(*lost, Settlement::undelivered);  // void: nothing happens
  EXPECT_EQ(store->queued(), 1U);                 // the refund of before waits
  EXPECT_EQ(value("k", minute), Amount::of(1));
  EXPECT_EQ(value("n", day), Amount());
  EXPECT_EQ(value("r", minute), Amount());
  EXPECT_TRUE(reserve({charge("k", minute, 9, 10)}));
}

TEST_F(SqliteStoreTest, WhatWasSettledInAFailedBatchUndoesNothingLater) {
  ASSERT_TRUE(reserve({charge("k", minute, 5, 10)}));
  StoreDir::make_ready(*store);
  const auto lost = store->reserve(std::vector{charge("k", minute, 2, 10)});
  store->settle(*lost, Settlement::undelivered);
  ASSERT_TRUE(store->reserve(std::vector{charge("x", minute, 1)}));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 4096;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  EXPECT_FALSE(store->commit());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(store->queued(), 0U);
  EXPECT_EQ(value("k", minute), Amount::of(5));
}

TEST_F(SqliteStoreTest, FullSyncBlocks) {
  EXPECT_FALSE(store->commit_blocks());
  auto options = dir.options();
  options.full_sync = true;
  store = dir.open(options);
  EXPECT_TRUE(store->commit_blocks());
  EXPECT_TRUE(reserve({charge("k", minute, 5, 10)}));
}

TEST_F(SqliteStoreTest, ManyChargesFillSegmentsAndJoin) {
  for (int i = 0; i < 3000; ++i) {
    dir.clock.advance(1ms);
    ASSERT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 1, 100'000)}, i % 7 == 0));
  }
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(value("k", minute), Amount::of(3000));
  reopen();
  EXPECT_EQ(value("k", minute), Amount::of(3000));
  dir.clock.advance(61s);
  EXPECT_EQ(value("k", minute), Amount());
  store.reset();
  auto db = Sqlite::open(dir.file(), false);
  EXPECT_EQ(*db->ask("SELECT count(*) FROM segments"), "0");
}

TEST(SqliteStoreRandom, AgreesWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    StoreDir dir;
    const auto store = dir.open();
    store->prepare();
    ASSERT_TRUE(store->commit());
    Tester t(seed, dir.clock, *store);
    t.run(1000, 3);
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << seed;
    EXPECT_GT(t.admitted, 50);
    EXPECT_GT(t.refused, 50);
    EXPECT_EQ(store->reservations(), 0U);
    EXPECT_TRUE(store->take_notes().empty());
  }
}

}  // namespace
}  // namespace store
