// Every way in which a file may change, and when it is reported.
#include "net/file_watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "net/file_watch_testing.h"

namespace net {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

TEST_F(FileWatchTest, EditedInPlace) {
  write("p", "a");
  watch("p");
  EXPECT_FALSE(watch_->polling());
  write("p", "b");
  EXPECT_EQ(reported(), 1);
  std::ofstream(root_ / "p", std::ios::app) << "more";
  EXPECT_EQ(reported(), 1);
  EXPECT_EQ(reported(), 0);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(FileWatchTest, ReplacedByRename) {
  write("p", "a");
  watch("p");
  for (int i = 0; i < 3; ++i) {
    write("new", "b");
    EXPECT_EQ(reported(), 0) << "another file";
    move("new", "p");
    EXPECT_EQ(reported(), 1);
    write("p", "c");  // the new file is watched
    EXPECT_EQ(reported(), 1);
  }
}

TEST_F(FileWatchTest, RemovedAndMadeAnew) {
  write("p", "a");
  watch("p");
  fs::remove(root_ / "p");
  EXPECT_EQ(reported(), 1);
  write("p", "b");
  EXPECT_EQ(reported(), 1);
  write("p", "c");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchTest, ModeAndOwnerMatter) {
  folder("d");
  write("d/p", "a");
  watch("d/p");
  ::chmod((root_ / "d/p").c_str(), 0666);
  EXPECT_EQ(reported(), 1);
  ::chmod((root_ / "d").c_str(), 0777);
  EXPECT_EQ(reported(), 1) << "of the directory, too";
  if (::chown((root_ / "d/p").c_str(), 12345, 12345) == 0) EXPECT_EQ(reported(), 1);  // as root
}

TEST_F(FileWatchTest, KubernetesSwapsALink) {
  folder("..2026_01");
  write("..2026_01/policy.yaml", "a");
  link("..2026_01", "..data");
  link("..data/policy.yaml", "policy.yaml");
  watch("policy.yaml");
  for (int i = 2; i < 6; ++i) {
    const std::string stamp = "..2026_0" + std::to_string(i);
    folder(stamp);
    write(stamp + "/policy.yaml", "a");  // the same content: it is the owner's to find out
    link(stamp, "..data_tmp");
    EXPECT_EQ(reported(), 0);
    move("..data_tmp", "..data");
    EXPECT_EQ(reported(), 1);
    fs::remove_all(root_ / ("..2026_0" + std::to_string(i - 1)));
    EXPECT_EQ(reported(), 0) << "the old one is nobody's business";
    write(stamp + "/policy.yaml", "b");
    EXPECT_EQ(reported(), 1);
  }
}

TEST_F(FileWatchTest, LinksOfEveryKind) {
  folder("real/deep");
  folder("other/deep");
  write("real/deep/p", "a");
  write("other/deep/p", "a");
  link((root_ / "real").string(), "absolute");
  folder("links");
  link("../absolute/deep/../deep/./p", "links/relative");
  link("links//relative", "entry");
  watch("entry");
  write("real/deep/p", "b");
  EXPECT_EQ(reported(), 1);
  link((root_ / "other").string(), "swap");
  move("swap", "absolute");
  EXPECT_EQ(reported(), 1);
  write("other/deep/p", "b");
  EXPECT_EQ(reported(), 1);
  write("real/deep/p", "c");
  EXPECT_EQ(reported(), 0) << "not on the way any more";
  write("links/new", "c");
  move("links/new", "links/relative");
  EXPECT_EQ(reported(), 1);
  fs::remove(root_ / "entry");
  write("entry", "d");
  EXPECT_EQ(reported(), 1);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(FileWatchTest, ADirectoryOnTheWayIsExchanged) {
  folder("a/b");
  folder("a2/b");
  write("a/b/p", "1");
  write("a2/b/p", "1");
  watch("a/b/p");
  move("a", "a1");
  EXPECT_EQ(reported(), 1);
  move("a2", "a");
  EXPECT_EQ(reported(), 1);
  write("a/b/p", "2");
  EXPECT_EQ(reported(), 1);
  fs::remove_all(root_ / "a/b");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchTest, WaitsForWhatIsMissing) {
  watch("x/y/p");
  EXPECT_FALSE(watch_->polling()) << "the nearest directory there is, is watched";
  folder("x");
  reported();
  folder("x/y");
  reported();
  write("x/other", "");
  EXPECT_EQ(reported(), 0);
  write("x/y/p", "a");
  EXPECT_EQ(reported(), 1);
  write("x/y/p", "b");
  EXPECT_EQ(reported(), 1);
  fs::remove_all(root_ / "x");
  EXPECT_EQ(reported(), 1);
  folder("x/y");  // all at once
  write("x/y/p", "c");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchTest, ADanglingLinkAndACircle) {
  link("nowhere/p", "entry");
  watch("entry");
  folder("nowhere");
  write("nowhere/p", "a");
  EXPECT_EQ(reported(), 1);
  fs::remove(root_ / "entry");
  link("entry", "entry");
  EXPECT_EQ(reported(), 1);
  fs::remove(root_ / "entry");
  write("entry", "a");
  EXPECT_EQ(reported(), 1);
  write("file", "");
  watch("file/p");
  fs::remove(root_ / "file");
  folder("file");
  write("file/p", "");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchTest, RelativePathsBeginAtTheWorkingDirectory) {
  folder("work/sub");
  write("work/p", "a");
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "work/sub");
  int calls = 0;
  {
    FileWatch w(loop_, "../p", [&] { ++calls; }, [](const std::string&) {});
    settle();
    write("work/p", "b");
    settle();
    EXPECT_EQ(calls, 1);
    write("new", "c");
    move("new", "work/p");
    settle();
    EXPECT_EQ(calls, 2);
  }
  {
    FileWatch w(loop_, "p", [&] { ++calls; }, [](const std::string&) {});
    settle();
    write("work/sub/p", "b");
    settle();
    EXPECT_EQ(calls, 3);
  }
  fs::current_path(before);
}

TEST_F(FileWatchTest, ReportsOnceAfterAPause) {
  write("p", "a");
  watch("p");
  write("p", "b");
  turn();  // the first event
  turn(milliseconds(60));
  write("p", "c");
  turn(milliseconds(1));
  turn(milliseconds(1));  // the second one, 62 ms later
  turn(milliseconds(98));
  EXPECT_EQ(calls_, 0) << "98 ms after the second";
  turn(milliseconds(2));
  EXPECT_EQ(calls_, 1);
}

TEST_F(FileWatchTest, DoesNotWaitForEverForAPause) {
  write("p", "a");
  watch("p");
  int at = 0;
  for (int ms = 0; ms < 2000; ms += 10) {
    write("p", std::to_string(ms));
    turn();
    if (calls_ == 1 && at == 0) at = ms;
    turn(milliseconds(10));
  }
  EXPECT_GE(at, 490);
  EXPECT_LE(at, 510);
  EXPECT_GE(calls_, 3);
  EXPECT_LE(calls_, 4) << "at most one in half a second";
}

TEST_F(FileWatchTest, AChangeBeforeTheWatchIsNotLost) {
  write("p", "a");
  struct stat info;
  ASSERT_EQ(::stat((root_ / "p").c_str(), &info), 0);
  FileWatch::Options options;
  options.known = identity_of(info);
  watch("p", options);  // nothing has changed
  write("new", "b");
  move("new", "p");
  FileWatch late(loop_, (root_ / "p").string(), [this] { ++calls_; }, [](const std::string&) {}, options);
  EXPECT_EQ(calls_, 0) << "never from within the constructor";
  watch_.reset();
  EXPECT_EQ(reported(), 1);
  fs::remove(root_ / "p");
  EXPECT_EQ(reported(), 1);
  FileWatch gone(loop_, (root_ / "p").string(), [this] { ++calls_; }, [](const std::string&) {}, options);
  EXPECT_EQ(reported(), 1);
}

}  // namespace
}  // namespace net
