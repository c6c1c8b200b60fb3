// Children are /bin/sh scripts; everything is waited for by its own event (end of output, SIGCHLD), never by time.
#include "net/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "net/loop.h"
#include "net/signals.h"
#include "net/watchdog.h"

namespace net {
namespace {

Child spawn(std::vector<std::string> command) {
  auto child = Child::spawn(command);
  EXPECT_TRUE(child.has_value());
  return child ? std::move(*child) : Child();
}

std::string read_all(Descriptor& from) {
  fcntl(from.fd(), F_SETFL, 0);  // these tests may block
  std::string text;
  std::array<char, 4096> buffer;
  for (Io io; (io = from.read(buffer)).status == Io::Status::ok;) text.append(buffer.data(), io.bytes);
  return text;
}

ExitStatus wait_for(Child& child) {
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT);
  const auto status = child.poll_exit();
  EXPECT_TRUE(status.has_value());
  return status.value_or(ExitStatus());
}

TEST(ChildTest, EchoesAndReportsItsStatus) {
  Child child = spawn({"sh", "-c", "read line; echo \"got $line\"; exit 3"});
  EXPECT_FALSE(child.poll_exit());
  EXPECT_EQ(child.input().write("hello\n").bytes, 6u);
  EXPECT_EQ(read_all(child.output()), "got hello\n");
  const ExitStatus status = wait_for(child);
  EXPECT_EQ(status.code, 3);
  EXPECT_EQ(status.by_signal, 0);
  EXPECT_EQ(status.describe(), "exited with status 3");
  EXPECT_TRUE(child.signal_group(0)) << "the zombie keeps its number";
  child.reap();
  EXPECT_FALSE(child.group_lives());
}

TEST(ChildTest, ASignalIs128AndItsNumber) {
  Child child = spawn({"sh", "-c", "kill -9 $$"});
  const ExitStatus status = wait_for(child);
  EXPECT_EQ(status.code, 137);
  EXPECT_EQ(status.by_signal, 9);
  EXPECT_EQ(status.describe(), "was killed by signal 9 (Killed)");
  child.reap();
}

TEST(ChildTest, ArgumentsReachItAsTheyAre) {
  Child child = spawn({"printf", "%s|", "a b", "$HOME", "*", "", "'\""});
  EXPECT_EQ(read_all(child.output()), "a b|$HOME|*||'\"|");
  wait_for(child);
  child.reap();
}

TEST(ChildTest, HasOnlyItsThreeDescriptors) {
  Child other = spawn({"cat"});  // its pipes must not reach the next one
  const int ours = open("/dev/null", O_RDONLY | O_CLOEXEC);
  Child child = spawn({"sh", "-c", "ls /proc/$$/fd"});
  std::string listed = read_all(child.output());
  // The test's own parent may have left some open; none of them is a pipe of ours.
  EXPECT_EQ(listed.find("\n" + std::to_string(ours) + "\n"), std::string::npos) << listed;
  EXPECT_EQ(listed.find("\n" + std::to_string(other.input().fd()) + "\n"), std::string::npos) << listed;
  EXPECT_EQ(listed.find("\n" + std::to_string(other.output().fd()) + "\n"), std::string::npos) << listed;
  wait_for(child);
  child.reap();
  close(ours);
  other.input().close();
  wait_for(other);
  other.reap();
}

TEST(ChildTest, EnvironmentDirectoryAndErrorsAsAsked) {
  SpawnOptions options;
  options.environment = {{"INTERCEPT_A", "1 2"}, {"HOME", "/nowhere"}};
  options.directory = "/usr";
  options.take_errors = true;
  auto child = Child::spawn({"sh", "-c", "echo $INTERCEPT_A $HOME $PATH; pwd; echo bad >&2"}, options);
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(read_all(child->output()), "1 2 /nowhere " + std::string(getenv("PATH")) + "\n/usr\n");
  EXPECT_EQ(read_all(child->errors()), "bad\n");
  wait_for(*child);
  child->reap();

  options = {};
  options.environment = {{"PATH", "/nowhere:/no/such/place"}};
  const auto elsewhere = Child::spawn({"sh", "-c", ""}, options);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().message, "sh: command not found");
  options = {};
  options.directory = "/no/such/place";
  const auto nowhere = Child::spawn({"sh", "-c", ""}, options);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message, "/no/such/place: No such file or directory");
}

TEST(ChildTest, SignalsAreAsWithoutUs) {
  base::SystemClock clock;
  Loop loop(clock);
  const std::array watched{SIGTERM, SIGINT};
  Signals signals(loop, watched, [](int) {});
  // The classic 31; the C library keeps the two above for itself.
  Child child = spawn({"sh", "-c", "sed -n 's/Sig\\(Blk\\|Ign\\):.*\\(........\\)$/\\1 \\2/p' /proc/self/status"});
  std::string listed = read_all(child.output());
  ASSERT_EQ(listed.size(), 26u) << listed;
  for (const std::size_t top : {std::size_t{4}, std::size_t{17}}) listed[top] = listed[top] == '8' ? '0' : listed[top];
  EXPECT_EQ(listed, "Blk 00000000\nIgn 00000000\n");
  wait_for(child);
  child.reap();
}

TEST(ChildTest, AGroupOfItsOwnThatDescendantsKeep) {
  Child child = spawn({"sh", "-c", "sleep 1000 & echo started; exit 0"});
  EXPECT_EQ(getpgid(child.pid()), child.pid());
  std::array<char, 64> buffer;
  fcntl(child.output().fd(), F_SETFL, 0);
  EXPECT_EQ(child.output().read(buffer).bytes, 8u);
  EXPECT_EQ(wait_for(child).code, 0);
  child.reap();
  EXPECT_TRUE(child.group_lives()) << "the sleeper";
  EXPECT_TRUE(child.signal_group(SIGKILL));
  EXPECT_EQ(read_all(child.output()), "") << "nobody holds the pipe any more";
}

TEST(ChildTest, SaysWhyItCouldNotStart) {
  const auto none = Child::spawn({"intercept-no-such-command"});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().exit_status(), 127);
  EXPECT_EQ(none.error().message, "intercept-no-such-command: command not found");
  const auto nowhere = Child::spawn({"/no/such/place"});
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().exit_status(), 127);
  const auto directory = Child::spawn({"/"});
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().exit_status(), 126);
  const auto data = Child::spawn({"/etc/passwd"});
  ASSERT_FALSE(data.has_value());
  EXPECT_EQ(data.error().exit_status(), 126);
  const auto empty = Child::spawn({""});
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error().exit_status(), 127);
}

TEST(SignalsTest, ArriveAsEventsAndTheMaskIsGivenBack) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    base::SystemClock clock;
    Loop loop(clock);
    std::vector<int> got;
    const std::array watched{SIGTERM, SIGHUP};
    Signals signals(loop, watched, [&](int s) { got.push_back(s); });
    raise(SIGTERM);
    raise(SIGHUP);
    loop.run_once(base::Duration::zero());
    EXPECT_EQ(got, (std::vector<int>{SIGHUP, SIGTERM}));
    Child child = spawn({"true"});
    got.clear();
    loop.run_once(std::chrono::seconds(10));
    EXPECT_EQ(got, std::vector<int>{SIGCHLD});
    child.reap();
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
  EXPECT_EQ(sigismember(&after, SIGCHLD), 0);
}

TEST(SignalsTest, WhatWasIgnoredStaysIgnored) {
  std::signal(SIGHUP, SIG_IGN);
  {
    base::SystemClock clock;
    Loop loop(clock);
    int calls = 0;
    const std::array watched{SIGHUP};
    Signals signals(loop, watched, [&](int) { ++calls; });
    raise(SIGHUP);
    loop.run_once(base::Duration::zero());
    EXPECT_EQ(calls, 0);
    Child child = spawn({"sh", "-c", "kill -HUP $$; echo survived"});
    EXPECT_EQ(read_all(child.output()), "survived\n");
    child.reap();
  }
  std::signal(SIGHUP, SIG_DFL);
}

// A process that starts a server and a watchdog and then dies as `die` says; returns how the server ended.
ExitStatus server_after(void (*die)(Watchdog&, Child&)) {
  // The server is a grandchild of this test: it tells of its end by closing the pipe that it holds.
  int held[2];
  EXPECT_EQ(pipe2(held, 0), 0);
  const pid_t middle = fork();
  if (middle == 0) {
    close(held[0]);
    auto watchdog = Watchdog::start();
    fcntl(held[1], F_SETFD, 0);
    auto child = Child::spawn({"sh", "-c", "trap '' TERM HUP INT; echo ready; while :; do sleep 1000; done"});
    if (!watchdog || !child) _exit(9);
    fcntl(held[1], F_SETFD, FD_CLOEXEC);
    watchdog->guard(child->pid());
    std::array<char, 16> buffer;
    fcntl(child->output().fd(), F_SETFL, 0);
    child->output().read(buffer);
    die(*watchdog, *child);
    _exit(0);
  }
  close(held[1]);
  int status = 0;
  waitpid(middle, &status, 0);
  char c;
  EXPECT_EQ(read(held[0], &c, 1), 0) << "everyone who held it is gone";
  close(held[0]);
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), 0};
}

TEST(WatchdogTest, KillsTheGroupWhenWeAreKilled) {
  EXPECT_EQ(server_after([](Watchdog&, Child&) { raise(SIGKILL); }).code, 137);
}

TEST(WatchdogTest, SurvivesTheKillingOfOurGroup) {
  EXPECT_EQ(server_after([](Watchdog& watchdog, Child&) {
              kill(watchdog.pid(), SIGTERM);  // blocked
              setpgid(0, 0);
              for (int i = 0; i < 20'000 && getsid(watchdog.pid()) != watchdog.pid(); ++i) usleep(1000);
              kill(0, SIGKILL);
            }).code,
            137);
}

TEST(WatchdogTest, DismissedItHarmsNobody) {
  auto watchdog = Watchdog::start();
  ASSERT_TRUE(watchdog.has_value());
  Child child = spawn({"cat"});
  watchdog->guard(child.pid());
  watchdog->dismiss();
  watchdog->dismiss();
  EXPECT_EQ(watchdog->pid(), -1);
  EXPECT_EQ(child.input().write("alive\n").bytes, 6u);
  child.input().close();
  EXPECT_EQ(read_all(child.output()), "alive\n");
  EXPECT_EQ(wait_for(child).code, 0);
  child.reap();
}

TEST(WatchdogTest, HoldsNothingOfOurs) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, 0), 0);  // not even what is not close-on-exec
  auto watchdog = Watchdog::start();
  ASSERT_TRUE(watchdog.has_value());
  close(ends[1]);
  char c;
  EXPECT_EQ(read(ends[0], &c, 1), 0) << "the end comes, once the watchdog has let go";
  close(ends[0]);
}

}  // namespace
}  // namespace net
