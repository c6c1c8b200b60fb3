// What the file may turn out to be: damaged, newer, another program's, taken away; and what its clock does at a reboot.
#include "store/state_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <barrier>
#include <fstream>
#include <thread>

#include "store/files.h"
#include "store/sqlite.h"
#include "store/store_dir_testing.h"

namespace store {
namespace {

using namespace limits;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct StateFileTest : testing::Test {
  StoreDir dir;
  std::vector<std::string> notes;
  auto open(bool create = true) {
    StateOptions o;
    o.directory = dir.path;
    o.boot_id = [this] { return dir.boot; };
    return StateFile::open(o, create, dir.clock, dir.random, notes);
  }
  void write(const std::string& bytes) {
    std::ofstream(dir.file(), std::ios::binary) << bytes;
    std::filesystem::permissions(dir.file(), std::filesystem::perms(0600));
  }
  std::string why(bool create = true) {
    const auto opened = open(create);
    return opened ? "" : opened.error().message;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::directory_iterator(dir.path)) out.push_back(e.path().filename());
    std::ranges::sort(out);
    return out;
  }
};

TEST_F(StateFileTest, IsMadeOnce) {
  EXPECT_THAT(why(false), HasSubstr("does not exist"));
  EXPECT_EQ(why(), "");
  EXPECT_EQ(why(false), "");
  EXPECT_EQ(why(), "");
  EXPECT_THAT(notes, IsEmpty());
}

// A client that starts all its servers: each finds no file, or one that another is just setting up.
TEST_F(StateFileTest, ManyMayMakeItAtOnce) {
  constexpr int many = 8;
  for (int round = 0; round < 25; ++round) {
    StateOptions o;
    o.directory = dir.path + "/" + std::to_string(round);
    o.boot_id = [] { return std::string("boot"); };
    o.wait = [](int attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return attempt < 5'000;
    };
    std::vector<std::string> wrong(many);
    std::vector<std::jthread> threads;
    std::barrier begin(many);
    for (std::string& why_not : wrong) {
      threads.emplace_back([&] {
        const base::SystemClock clock;
        base::SystemRandom random;
        std::vector<std::string> said;
        begin.arrive_and_wait();
        const auto opened = StateFile::open(o, true, clock, random, said);
        if (!opened) why_not = opened.error().message;
      });
    }
    threads.clear();
    EXPECT_THAT(wrong, testing::Each(""));
  }
}

TEST_F(StateFileTest, OthersMustNotReadIt) {
  write("");
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0644));
  EXPECT_THAT(why(), HasSubstr("chmod 600"));
  std::filesystem::remove(dir.file());
  const std::string other = dir.path + "/other";
  std::ofstream(other) << "";
  ASSERT_EQ(::symlink(other.c_str(), dir.file().c_str()), 0);
  EXPECT_THAT(why(), HasSubstr("not a regular file"));
}

TEST_F(StateFileTest, ANewerSchemaIsRefusedAndLeftAlone) {
  ASSERT_EQ(why(), "");
  {
    auto db = Sqlite::open(dir.file(), false);
    ASSERT_EQ(db->run("PRAGMA user_version = 2"), Sql::done);
  }
  EXPECT_THAT(why(), HasSubstr("newer version"));
  EXPECT_THAT(notes, IsEmpty());
  const auto store = dir.open();
  store->prepare();
  const auto refused = store->reserve(std::vector{charge("k", minute, 1, 1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::unavailable);
  EXPECT_THAT(store->take_trouble(), HasSubstr("newer version"));
  ASSERT_TRUE(store->commit());
  store->prepare();
  EXPECT_EQ(store->take_trouble(), "");  // said once
  ASSERT_TRUE(store->commit());
  auto db = Sqlite::open(dir.file(), false);
  ASSERT_EQ(db->run("PRAGMA user_version = 1"), Sql::done);
  store->prepare();
  EXPECT_TRUE(store->reserve(std::vector{charge("k", minute, 1, 1)}));
  EXPECT_EQ(store->take_trouble(), "");
}

TEST_F(StateFileTest, AnotherProgramsDatabaseIsRefused) {
  {
    auto db = Sqlite::open(dir.file(), true);
    ASSERT_EQ(db->run("CREATE TABLE mine(x)"), Sql::done);
  }
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0600));
  EXPECT_THAT(why(), HasSubstr("another program's"));
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(StateFileTest, WhatIsNoDatabaseIsMovedAside) {
  write("this is not a database, and long enough to be looked at as one by those who look at sixteen bytes");
  EXPECT_NE(why(false), "");  // only to be read: it stays
  EXPECT_TRUE(std::filesystem::exists(dir.file()));
  EXPECT_THAT(notes, IsEmpty());
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->lost());
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_THAT(notes[0], HasSubstr("moved to " + dir.file() + ".damaged-"));
  EXPECT_THAT(notes[1], HasSubstr("held as used up"));
  int aside = 0;
  for (const std::string& f : files()) aside += f.starts_with("state.db.damaged-") ? 1 : 0;
  EXPECT_EQ(aside, 1);
  notes.clear();
  EXPECT_TRUE(open()->lost());  // the next one knows, too
  EXPECT_THAT(notes, IsEmpty());
}

// A process that died while it moved a damaged file leaves no file that knows nothing of the loss.
TEST_F(StateFileTest, MovingADamagedFileIsFinishedByTheNext) {
  for (const bool moved : {false, true}) {
    ASSERT_EQ(why(), "");
    std::ofstream(dir.file() + ".moving") << "";
    std::filesystem::permissions(dir.file() + ".moving", std::filesystem::perms(0600));
    if (moved) std::filesystem::remove(dir.file());
    EXPECT_THAT(why(false), moved ? HasSubstr("does not exist") : HasSubstr("was not finished"));
    notes.clear();
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(opened->lost());
    EXPECT_EQ(notes.size(), 2U);
    EXPECT_FALSE(std::filesystem::exists(dir.file() + ".moving"));
  }
}

TEST_F(StateFileTest, ADamagedPageIsFound) {
  {
    const auto store = dir.open();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(StoreDir::reserve(*store, {charge("k" + std::to_string(i), minute, 1)}));
    store->maintain();  // into the database
  }
  std::filesystem::remove(dir.file() + "-wal");
  std::filesystem::remove(dir.file() + "-shm");
  {
    std::fstream file(dir.file(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(0, std::ios::end);
    const auto size = static_cast<long>(file.tellp());
    for (long at = 2048; at < size; at += 512) {
      file.seekp(at);
      file << std::string(200, '\xA5');
    }
  }
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->lost());
  EXPECT_EQ(notes.size(), 2U);
}

TEST_F(StateFileTest, ACounterThatCannotBeReadIsDamage) {
  {
    const auto store = dir.open();
    ASSERT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 1, 5)}));
    auto db = Sqlite::open(dir.file(), false);
    ASSERT_EQ(db->run("UPDATE counters SET state = x'0107'"), Sql::done);
    EXPECT_FALSE(StoreDir::reserve(*store, {charge("k", minute, 1, 5)}, false));
    EXPECT_FALSE(store->commit());
    EXPECT_FALSE(store->ready());
    const auto refused = StoreDir::reserve(*store, {charge("k", minute, 1, 5)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().why, Why::lost);
    EXPECT_EQ(store->take_notes().size(), 2U);
    EXPECT_THAT(store->take_notes(), IsEmpty());
  }
}

// While what was lost may be inside a limit's window, the limit is held as used up.
TEST_F(StateFileTest, AfterALossLimitsAreHeldUntilTheirWindowsHavePassed) {
  write(std::string(4096, 'x'));
  const auto store = dir.open();
  StoreDir::make_ready(*store);
  const auto sliding = store->reserve(std::vector{charge("k", minute, 1, 5)});
  ASSERT_FALSE(sliding);
  EXPECT_EQ(sliding.error().why, Why::lost);
  EXPECT_EQ(sliding.error().retry_after, 65s);  // and what others may have charged meanwhile
  EXPECT_EQ(store->value(charge("k", minute, 0)), std::nullopt);
  EXPECT_TRUE(store->reserve(std::vector{charge("only-counts", minute, 1)}));
  ASSERT_TRUE(store->commit());
  dir.clock.advance(65s - 1ns);
  EXPECT_FALSE(StoreDir::reserve(*store, {charge("k", minute, 1, 5)}));
  dir.clock.advance(1ns);
  EXPECT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 1, 5)}));
  const auto daily = StoreDir::reserve(*store, {charge("d", day, 1, 5)});
  ASSERT_FALSE(daily);
  EXPECT_EQ(daily.error().why, Why::lost);
  ASSERT_TRUE(daily.error().retry_after);
  dir.clock.advance(*daily.error().retry_after - 1ns);
  EXPECT_FALSE(StoreDir::reserve(*store, {charge("d", day, 1, 5)}));
  dir.clock.advance(1ns);
  EXPECT_TRUE(StoreDir::reserve(*store, {charge("d", day, 5, 5)}));
}

TEST_F(StateFileTest, AfterALossLeasesWaitForOlderProcesses) {
  write(std::string(4096, 'x'));
  auto options = dir.options();
  bool others = true;
  base::WallTime since{};
  options.others_live = [&](base::WallTime t) { return since = t, others; };
  const auto store = dir.open(options);
  const auto refused = StoreDir::reserve(*store, {charge("l", lease, 1, 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::lost);
  EXPECT_EQ(refused.error().retry_after, std::nullopt);
  EXPECT_EQ(since, dir.clock.wall() + 5s);
  others = false;
  EXPECT_TRUE(StoreDir::reserve(*store, {charge("l", lease, 1, 5)}));
}

TEST_F(StateFileTest, AFileThatIsTakenAwayIsALoss) {
  const auto one = dir.open("one"), two = dir.open("two");
  ASSERT_TRUE(StoreDir::reserve(*one, {charge("k", minute, 5, 5)}));
  ASSERT_TRUE(StoreDir::reserve(*two, {charge("x", minute, 1, 5)}));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  dir.clock.advance(1s);
  const auto refused = StoreDir::reserve(*one, {charge("k", minute, 1, 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::lost);
  EXPECT_THAT(one->take_notes(), ElementsAre(HasSubstr("taken away"), HasSubstr("held as used up")));
  // The others take the same new file, and need not say it again.
  EXPECT_FALSE(StoreDir::reserve(*two, {charge("k", minute, 1, 5)}));
  EXPECT_THAT(two->take_notes(), IsEmpty());
}

// Somebody who did not know the old one was first to make a new one.
TEST_F(StateFileTest, AFileThatWasExchangedIsALossToo) {
  const auto one = dir.open("one");
  ASSERT_TRUE(StoreDir::reserve(*one, {charge("k", minute, 5, 5)}));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  dir.clock.advance(1s);
  const auto fresh = dir.open("fresh");
  ASSERT_TRUE(StoreDir::reserve(*fresh, {charge("y", minute, 1, 5)}));
  const auto refused = StoreDir::reserve(*one, {charge("k", minute, 1, 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, Why::lost);
}

TEST_F(StateFileTest, ARebootDoesNotRefill) {
  auto store = dir.open();
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 5, 5), charge("d", day, 5, 5)}));
  store.reset();
  // The boot clock starts anew; the wall clock says that ten seconds have passed.
  base::FakeClock later;
  later.set_wall(dir.clock.wall() + 10s);
  later.set_boot(BootTime(20s));
  dir.boot = "boot-2";
  SqliteStore after(dir.options(), later, later, dir.random);
  const auto refused = StoreDir::reserve(after, {charge("k", minute, 1, 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().retry_after, 50s);
  EXPECT_FALSE(StoreDir::reserve(after, {charge("d", day, 1, 5)}));
  later.advance(50s);
  EXPECT_TRUE(StoreDir::reserve(after, {charge("k", minute, 1, 5)}));
}

TEST_F(StateFileTest, ARebootWithAWallClockBehindHoldsWhatItHeld) {
  auto store = dir.open();
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 5, 5), charge("d", day, 5, 5)}));
  store.reset();
  base::FakeClock later;
  later.set_wall(base::WallTime(0s));
  later.set_boot(BootTime(20s));
  dir.boot = "boot-2";
  SqliteStore after(dir.options(), later, later, dir.random);
  EXPECT_EQ(StoreDir::reserve(after, {charge("k", minute, 1, 5)}).error().retry_after, 60s);
  EXPECT_FALSE(StoreDir::reserve(after, {charge("d", day, 1, 5)}));
}

TEST_F(StateFileTest, ThisBootHasAName) {
  EXPECT_GE(this_boot().size(), 36U);
  EXPECT_EQ(this_boot(), this_boot());
}

// Sweeps drop what holds nothing, and nothing else.
TEST_F(StateFileTest, Sweep) {
  auto options = dir.options();
  std::set<std::string> dead;
  options.is_alive = [&](const std::string& owner) { return !dead.contains(owner); };
  const auto store = dir.open(options);
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("s", minute, 1), charge("d", day, 1), charge("l", lease, 1, 2)}));
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(StoreDir::reserve(*store, {charge("n" + std::to_string(i), minute, 1)}, false));
  ASSERT_TRUE(store->commit());
  const auto count = [&] {
    auto db = Sqlite::open(dir.file(), false);
    return std::stoi(*db->ask("SELECT count(*) FROM counters"));
  };
  store->maintain();
  EXPECT_EQ(count(), 503);
  dir.clock.advance(60s);
  store->maintain();
  EXPECT_EQ(count(), 2);
  dir.clock.advance(24h);
  store->maintain();
  EXPECT_EQ(count(), 1);
  dead.insert("one");
  store->maintain();
  EXPECT_EQ(count(), 0);
}

TEST_F(StateFileTest, ADroppedCalendarCounterReopensNoWindow) {
  const auto store = dir.open();
  dir.clock.set_wall(base::WallTime(86'400s * 20'000 - 1800s));
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("d", day, 10, 10)}));
  dir.clock.advance(1h);
  store->maintain();
  dir.clock.step_wall(-1h);
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("d", day, 10, 10)}));  // in the day after the one that was closed
  dir.clock.advance(1h);
  EXPECT_FALSE(StoreDir::reserve(*store, {charge("d", day, 1, 10)}));
}

TEST_F(StateFileTest, MaintenanceOnItsThread) {
  auto options = dir.options();
  options.background = true;
  base::SystemClock system;
  SqliteStore store(options, system, system, dir.random);
  const auto charge_many = [&] {
    for (int i = 0; i < 3000; ++i) {
      ASSERT_TRUE(StoreDir::reserve(store, {charge("k" + std::to_string(i % 1500), minute, 1)}));
    }
  };
  charge_many();
  const auto size = [&](const char* suffix) { return std::filesystem::file_size(dir.file() + suffix); };
  for (int i = 0; i < 1000 && size("") < 100'000; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_GT(size(""), 100'000U) << "the write-ahead log was not copied back";
  for (int i = 0; i < 5; ++i) charge_many();
  EXPECT_LT(size("-wal"), 16'000'000U) << "the write-ahead log grows and grows";
}

// POSIX locks belong to the process: a descriptor of the file that is closed anywhere in it takes SQLite's with it.
TEST_F(StateFileTest, ASecondLookAtTheFileKeepsTheLocksOfTheFirst) {
  const auto store = dir.open();
  ASSERT_TRUE(StoreDir::reserve(*store, {charge("k", minute, 1)}));
  ASSERT_TRUE(open(false));  // and closed
  const File file(open_file(dir.file(), O_RDWR));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000000 + 2;  // SQLite's shared bytes
  lock.l_len = 510;
  ASSERT_EQ(::fcntl(file.get(), F_OFD_GETLK, &lock), 0);
  EXPECT_EQ(lock.l_type, F_RDLCK);
}

}  // namespace
}  // namespace store
