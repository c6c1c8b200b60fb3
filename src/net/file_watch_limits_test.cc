// What FileWatch costs, and what it does where events cannot be had.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "net/file_watch.h"
#include "net/file_watch_testing.h"

namespace net {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using FileWatchLimitsTest = FileWatchTest;

TEST_F(FileWatchLimitsTest, AFloodOfEventsIsConstantWork) {
  write("p", "a");
  watch("p");
  for (int i = 0; i < 3000; ++i) {
    write("noise" + std::to_string(i % 7), "");
    fs::remove(root_ / ("noise" + std::to_string(i % 7)));
  }
  EXPECT_EQ(reported(), 0);
  write("p", "b");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchLimitsTest, LostEventsCountAsAChange) {
  write("p", "a");
  watch("p");
  // More than fs.inotify.max_queued_events: names alternate, or the kernel would merge them.
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 100'000) GTEST_SKIP() << "the queue is too long to fill: " << limit;
  const std::string a = (root_ / "a").string(), b = (root_ / "b").string();
  write("a", "");
  for (std::size_t i = 0; i < limit / 2 + 10; ++i)
    static_cast<void>(::rename((i % 2 == 0 ? a : b).c_str(), (i % 2 == 0 ? b : a).c_str()));
  write("p", "b");  // this event is lost
  for (int i = 0; i < 200; ++i) turn(milliseconds(10));
  EXPECT_EQ(std::exchange(calls_, 0), 1);
  write("p", "c");
  EXPECT_EQ(reported(), 1);
}

std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

// Watches of all inotify descriptors of this process.
std::size_t kernel_watches() {
  std::size_t n = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) n += line.starts_with("inotify wd:") ? 1U : 0U;
  }
  return n;
}

long resident_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST_F(FileWatchLimitsTest, FlatOverAThousandChanges) {
  folder("d0");
  write("d0/p", "a");
  link("d0", "data");
  watch("data/p");
  const std::size_t descriptors = open_descriptors(), watches = watch_->watches(), kernel = kernel_watches();
  [[maybe_unused]] long before = 0;
  for (int i = 1; i <= 1000; ++i) {
    const std::string now = "d" + std::to_string(i), old = "d" + std::to_string(i - 1);
    folder(now);
    write(now + "/p", "a");
    link(now, "tmp");
    move("tmp", "data");
    fs::remove_all(root_ / old);
    for (int t = 0; t < 12; ++t) turn(milliseconds(20));
    if (i == 100) before = resident_kib();
  }
  EXPECT_EQ(calls_, 1000);
  EXPECT_EQ(watch_->watches(), watches);
  EXPECT_EQ(kernel_watches(), kernel);
  EXPECT_EQ(open_descriptors(), descriptors);
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  EXPECT_LT(resident_kib() - before, 1024);
#endif
  watch_.reset();
  EXPECT_EQ(open_descriptors(), descriptors - 1);
  EXPECT_EQ(kernel_watches(), 0u);
}

TEST_F(FileWatchLimitsTest, TheDescriptorIsCloseOnExec) {
  write("p", "a");
  watch("p");
  bool seen = false;
  for (int fd = 0; fd < 100; ++fd) {
    std::error_code error;
    if (fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error) != "anon_inode:inotify") continue;
    seen = true;
    EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_TRUE(seen);
}

TEST_F(FileWatchLimitsTest, LooksWhereThereAreNoEvents) {
  write("p", "a");
  FileWatch::Options options;
  options.events = false;
  watch("p", options);
  EXPECT_TRUE(watch_->polling());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("are looked for every 5 s: watching is switched off"));
  write("new", "b");
  move("new", "p");
  EXPECT_EQ(reported(), 0);
  turn(seconds(5));
  EXPECT_EQ(reported(), 1);
  turn(seconds(5));
  EXPECT_EQ(reported(), 1) << "once more: a second write in the same tick of the clock would look the same";
  turn(seconds(5));
  EXPECT_EQ(reported(), 0);
  fs::remove(root_ / "p");
  turn(seconds(5));
  EXPECT_EQ(reported(), 1);
  EXPECT_EQ(notes_.size(), 1u) << "said once";
}

TEST_F(FileWatchLimitsTest, LooksWhenNoDescriptorCanBeHadAndWatchesWhenItCan) {
  write("p", "a");
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  watch("p");
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(watch_->polling());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("max_user_instances"));
  write("p", "changed");
  turn(seconds(5));
  EXPECT_EQ(reported(), 1);
  EXPECT_FALSE(watch_->polling()) << "there is a descriptor now";
  write("p", "again");
  EXPECT_EQ(reported(), 1);
}

TEST_F(FileWatchLimitsTest, ADirectoryThatMayNotBeReadIsLookedInto) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  folder("d");
  write("d/p", "a");
  ::chmod((root_ / "d").c_str(), 0300);
  watch("d/p");
  EXPECT_TRUE(watch_->polling());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("d\" cannot be watched: Permission denied"));
  write("d/new", "b");
  move("d/new", "d/p");
  turn(seconds(5));
  EXPECT_GE(reported(), 1);
  ::chmod((root_ / "d").c_str(), 0700);
}

TEST_F(FileWatchLimitsTest, FileSystemsThatDoNotReportAreLookedAtByTheWorker) {
  write("p", "a");
  Worker worker(loop_);
  FileWatch::Options options;
  options.worker = &worker;
  // /proc reports nothing; behind it the way starts afresh at the root.
  watch("/proc/self/root" + root_.string() + "/p", options);
  EXPECT_TRUE(watch_->polling());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], HasSubstr("/proc"));
  write("p", "changed");
  EXPECT_EQ(reported(), 1) << "what can be watched is";
  fs::remove(root_ / "p");
  settle();
  const base::SystemClock real;
  const base::BootTime end = real.boot() + seconds(20);
  while (!worker.idle() && real.boot() < end) loop_.run_once(milliseconds(1));
  EXPECT_GE(reported(), 1);
  turn(seconds(5));
  EXPECT_FALSE(worker.idle()) << "it looks on the worker's thread";
  watch_.reset();  // a walk that comes back too late finds nobody
  while (!worker.idle() && real.boot() < end) loop_.run_once(milliseconds(1));
  EXPECT_TRUE(worker.idle());
}

TEST_F(FileWatchLimitsTest, WithAClockThatRuns) {
  write("p", "a");
  const base::SystemClock clock;
  Loop loop(clock);
  int calls = 0;
  FileWatch w(loop, (root_ / "p").string(), [&] { ++calls; }, [](const std::string&) {});
  const base::BootTime end = clock.boot() + seconds(20);
  for (int i = 1; i <= 3; ++i) {
    write("new", "b");
    move("new", "p");
    while (calls < i && clock.boot() < end) loop.run_once(seconds(1));
    EXPECT_EQ(calls, i);
  }
}

// Runs `steps` in a process of its own, for namespaces; what it returns is the exit status. 77: not permitted.
int in_child(const std::function<int()>& steps) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(steps());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(FileWatchLimitsTest, LooksWhenTheLimitOfWatchesIsReached) {
  write("p", "a");
  const int status = in_child([this] {
    if (::unshare(CLONE_NEWUSER) != 0) return 77;
    std::ofstream("/proc/sys/user/max_inotify_watches") << "2" << std::flush;
    watch("p");
    if (!watch_->polling() || notes_.size() != 1) return 1;
    if (notes_[0].find("max_user_watches") == std::string::npos) return 2;
    write("new", "b");
    move("new", "p");
    turn(seconds(5));
    return reported() == 1 ? 0 : 3;
  });
  if (status == 77) GTEST_SKIP() << "no user namespaces";
  EXPECT_EQ(status, 0);
}

TEST_F(FileWatchLimitsTest, AnUnmountedFileSystemIsAChange) {
  folder("m");
  const int status = in_child([this] {
    const std::string at = (root_ / "m").string();
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    write("m/p", "below");
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, "") != 0) return 77;
    write("m/p", "above");
    watch("m/p");
    if (::umount(at.c_str()) != 0) return 1;
    if (reported() != 1) return 2;
    write("m/p", "watched");
    return reported() == 1 ? 0 : 3;
  });
  if (status == 77) GTEST_SKIP() << "may not mount";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace net
