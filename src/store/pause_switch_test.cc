// The switch on a real file system, shared within a process and with forked ones; a full disk by RLIMIT_FSIZE.
#include "store/pause_switch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PauseSwitchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-pause-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string dir() const { return (root_ / "state/intercept").string(); }
  PauseSwitch opened() {
    auto s = PauseSwitch::open(dir(), random_, patience_);
    if (!s) throw std::runtime_error(s.error().message);
    return std::move(*s);
  }
  std::string why_not() {
    const auto s = PauseSwitch::open(dir(), random_, patience_);
    return s ? "" : s.error().message;
  }
  static std::vector<std::string> servers(const std::vector<Pause>& list) {
    std::vector<std::string> names;
    for (const Pause& p : list) names.push_back(p.server);
    return names;
  }
  void write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(dir() + "/" + name, std::ios::binary | std::ios::trunc) << text;
    ::chmod((dir() + "/" + name).c_str(), mode);
  }
  std::size_t entries() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir())) ++n;
    return n;
  }

  fs::path root_;
  base::FakeRandom random_;
  base::FakeClock clock_;
  base::Duration patience_ = std::chrono::seconds(20);
};

using Names = std::vector<std::string>;

TEST_F(PauseSwitchTest, TwoOfOneProcess) {
  PauseSwitch reader = opened();
  EXPECT_EQ(fs::file_size(dir() + "/switch"), 4096u);
  EXPECT_EQ(fs::status(dir() + "/switch").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  PauseSwitch writer = opened();
  const std::uint64_t first = reader.generation();
  EXPECT_EQ(writer.generation(), first);
  EXPECT_TRUE(reader.read()->list.empty());

  const auto paused = writer.pause("github", "leaks", "ann, 1", clock_);
  ASSERT_TRUE(paused) << paused.error().message;
  EXPECT_EQ(servers(paused->changed), Names{"github"});
  EXPECT_EQ(paused->now, paused->changed);
  EXPECT_EQ(paused->note, "");
  EXPECT_EQ(reader.generation(), first + 1);
  const Pauses seen = reader.read().value();
  EXPECT_EQ(seen.generation, first + 1);
  EXPECT_EQ(seen.list, (std::vector<Pause>{{"github", "leaks", "2027-01-15T08:00:00.000Z", "ann, 1"}}));
  EXPECT_EQ(servers(seen.pauses_for("github")), Names{"github"});
  EXPECT_TRUE(seen.pauses_for("files").empty());

  ASSERT_TRUE(writer.pause("*", "", "", clock_));
  EXPECT_EQ(servers(reader.read()->pauses_for("files")), Names{"*"});
  auto resumed = writer.resume("github");
  EXPECT_EQ(servers(resumed->changed), Names{"github"});
  EXPECT_EQ(servers(resumed->now), Names{"*"}) << "still paused with all others";
  resumed = writer.resume("*");
  EXPECT_EQ(servers(resumed->changed), Names{"*"});
  EXPECT_TRUE(reader.read()->list.empty());
  EXPECT_EQ(reader.generation(), first + 4);
  EXPECT_EQ(entries(), 1u) << "the switch alone";
}

TEST_F(PauseSwitchTest, Idempotent) {
  PauseSwitch s = opened();
  ASSERT_TRUE(s.pause("a", "why", "ann", clock_));
  const auto before = s.read()->list;
  const std::uint64_t generation = s.generation();
  clock_.advance(std::chrono::hours(1));
  for (const char* reason : {"why", ""}) {
    const auto again = s.pause("a", reason, "bob", clock_);
    EXPECT_TRUE(again->changed.empty());
    EXPECT_EQ(again->now, before);
  }
  EXPECT_EQ(s.generation(), generation + 2) << "told anew: the command before may have died before it could";
  const auto other = s.pause("a", "another reason", "bob", clock_);
  EXPECT_EQ(other->changed, (std::vector<Pause>{{"a", "another reason", before[0].since, "bob"}}));
  EXPECT_EQ(servers(s.resume(std::nullopt)->changed), Names{"a"});
  EXPECT_TRUE(s.resume(std::nullopt)->changed.empty());
  EXPECT_TRUE(s.resume("a")->changed.empty());
}

TEST_F(PauseSwitchTest, BoundsAndTexts) {
  PauseSwitch s = opened();
  EXPECT_FALSE(s.pause("", "", "", clock_));
  EXPECT_THAT(s.pause("a", "line\nline", "", clock_).error().message, HasSubstr("\\u{A}"));
  EXPECT_FALSE(s.pause("a", std::string(501, 'x'), "", clock_));
  std::vector<Pause> full;
  for (std::size_t i = 0; i < max_pauses; ++i) full.push_back({"s" + std::to_string(i), "", "t", ""});
  write("paused.json", pauses_text(full));
  EXPECT_THAT(s.pause("one more", "", "", clock_).error().message, HasSubstr("256 servers are paused"));
  EXPECT_TRUE(s.pause("s7", "known", "", clock_));
  EXPECT_EQ(s.resume(std::nullopt)->changed.size(), max_pauses);
}

TEST_F(PauseSwitchTest, AListThatCannotBeReadIsAPauseOfEverything) {
  PauseSwitch s = opened();
  const std::string good = pauses_text({{"a", "", "t", ""}});
  for (const std::string& bad : {std::string(), std::string("garbage"), good.substr(0, good.size() / 2),
                                 std::string(max_pause_file + 1, ' '), std::string(4096, '\0')}) {
    write("paused.json", bad);
    const auto read = s.read();
    ASSERT_FALSE(read) << bad.size();
    EXPECT_TRUE(read.error().message.starts_with("the pause file cannot be read: ")) << read.error().message;
  }
  EXPECT_THAT(s.pause("b", "", "", clock_).error().message, HasSubstr("run: intercept resume"));
  EXPECT_FALSE(s.resume("b"));
  const auto all = s.pause("*", "", "", clock_);
  EXPECT_EQ(servers(all->now), Names{"*"});
  EXPECT_THAT(all->note, HasSubstr("it was replaced"));
  EXPECT_EQ(servers(s.read()->list), Names{"*"});
  write("paused.json", "garbage");
  EXPECT_THAT(s.resume(std::nullopt)->note, HasSubstr("it was removed"));
  EXPECT_TRUE(s.read()->list.empty());

  write("paused.json", good, 0644);
  EXPECT_THAT(s.read().error().message, HasSubstr("chmod 600"));
  fs::remove(dir() + "/paused.json");
  write("target", good);
  fs::create_symlink("target", dir() + "/paused.json");
  EXPECT_THAT(s.read().error().message, HasSubstr("symbolic link"));
  EXPECT_TRUE(s.pause("*", "", "", clock_)) << "the link is replaced";
  EXPECT_EQ(servers(s.read()->list), Names{"*"});
  std::ifstream target(dir() + "/target");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(target), {}), good);
}

TEST_F(PauseSwitchTest, StrangeSwitches) {
  {
    const PauseSwitch made = opened();
  }
  const std::string path = dir() + "/switch";
  std::ifstream in(path, std::ios::binary);
  const std::string good(std::istreambuf_iterator<char>(in), {});
  write("switch", good.substr(0, 4095));
  EXPECT_THAT(why_not(), HasSubstr("has 4095 bytes, not 4096"));
  write("switch", "");
  EXPECT_THAT(why_not(), HasSubstr("has 0 bytes"));
  write("switch", good + "x");
  EXPECT_THAT(why_not(), HasSubstr("4097"));
  write("switch", std::string(4096, '\0'));
  EXPECT_THAT(why_not(), HasSubstr("is not a pause switch"));
  std::string newer = good;
  newer[8] = 2;
  write("switch", newer);
  EXPECT_THAT(why_not(), HasSubstr("another version of intercept (2)"));
  write("switch", good, 0644);
  EXPECT_THAT(why_not(), HasSubstr("chmod 600"));
  ::chmod(path.c_str(), 0600);
  EXPECT_EQ(why_not(), "");
  ::chmod(dir().c_str(), 0770);
  EXPECT_THAT(why_not(), HasSubstr("chmod 700"));
  ::chmod(dir().c_str(), 0700);
  fs::rename(path, dir() + "/other");
  fs::create_symlink("other", path);
  EXPECT_THAT(why_not(), HasSubstr("is a symbolic link"));
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_NE(why_not(), "");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(why_not(), HasSubstr("is not a regular file"));
  fs::remove(path);
  write("switch", good);
  if (::chown(path.c_str(), 4242, 4242) != 0) return;  // not root
  EXPECT_THAT(why_not(), HasSubstr("belongs to another user"));
}

TEST_F(PauseSwitchTest, ARemovedSwitchIsNoticed) {
  PauseSwitch reader = opened();
  const std::uint64_t old = reader.generation();
  EXPECT_FALSE(reader.renew().value());
  fs::remove_all(dir());
  PauseSwitch writer = opened();
  ASSERT_TRUE(writer.pause("*", "", "", clock_));
  EXPECT_EQ(reader.generation(), old) << "nobody tells who looks at the old one";
  EXPECT_TRUE(reader.renew().value());
  EXPECT_NE(reader.generation(), old);
  EXPECT_EQ(servers(reader.read()->list), Names{"*"});
  EXPECT_FALSE(reader.renew().value());
  fs::remove(dir() + "/switch");
  EXPECT_TRUE(reader.renew().value()) << "made anew";
  write("switch", "short");
  EXPECT_TRUE(reader.renew()) << "the same file: see SIGBUS in the header";
  fs::remove(dir() + "/switch");
  write("switch", "short");
  EXPECT_FALSE(reader.renew());
}

TEST_F(PauseSwitchTest, AFullDiskPausesAllTheSame) {
  PauseSwitch s = opened();
  ASSERT_TRUE(s.pause("a", "", "", clock_));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  const auto one = s.pause("b", "", "", clock_);
  const std::uint64_t generation = s.generation();
  const auto all = s.pause("*", "", "", clock_);
  const auto read = s.read();
  const auto resumed = s.resume(std::nullopt);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(one);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(all->note, HasSubstr("unreadable list"));
  EXPECT_EQ(s.generation(), generation + 2);
  EXPECT_FALSE(read);
  EXPECT_TRUE(resumed) << resumed.error().message;
  EXPECT_TRUE(s.read()->list.empty());
}

TEST_F(PauseSwitchTest, CommandsDoNotWaitForEver) {
  patience_ = std::chrono::milliseconds(30);
  PauseSwitch s = opened();
  const int fd = ::open((dir() + "/switch").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  EXPECT_THAT(s.pause("*", "", "", clock_).error().message, HasSubstr("holds the lock"));
  EXPECT_FALSE(s.resume(std::nullopt));
  EXPECT_TRUE(s.read()) << "who reads needs no lock";
  ::close(fd);
  EXPECT_TRUE(s.pause("*", "", "", clock_));
}

TEST_F(PauseSwitchTest, AForkedProcessSeesAndIsSeen) {
  PauseSwitch s = opened();
  const std::uint64_t first = s.generation();
  const pid_t pid = ::fork();
  if (pid == 0) {  // has the map of its parent
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (s.generation() == first && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    const auto seen = s.read();
    if (!seen || servers(seen->list) != Names{"a"}) ::_exit(1);
    base::FakeRandom random(99);
    auto own = PauseSwitch::open(dir(), random);
    ::_exit(own && own->pause("b", "", "", clock_) ? 0 : 2);
  }
  ASSERT_TRUE(s.pause("a", "", "", clock_));
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(s.generation(), first + 2);
  EXPECT_EQ(servers(s.read()->list), (Names{"a", "b"}));
}

TEST_F(PauseSwitchTest, ManyCommandsAtOnceLoseNothing) {
  constexpr int processes = 6, rounds = 8;
  std::vector<pid_t> children;
  for (int c = 0; c < processes; ++c) {
    const pid_t pid = ::fork();
    if (pid == 0) {  // the first ones race for making the switch, too
      base::FakeRandom random(static_cast<std::uint64_t>(c) + 1000);
      for (int i = 0; i < rounds; ++i) {
        auto s = PauseSwitch::open(dir(), random, std::chrono::seconds(60));
        if (!s || !s->pause("s" + std::to_string(c) + "-" + std::to_string(i), "", "", clock_)) ::_exit(1);
        if (i % 2 == 1 && !s->resume("s" + std::to_string(c) + "-" + std::to_string(i))) ::_exit(2);
      }
      ::_exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  PauseSwitch s = opened();
  EXPECT_EQ(s.read()->list.size(), static_cast<std::size_t>(processes * rounds / 2));
  EXPECT_EQ(entries(), 2u) << "no drafts";
}

TEST_F(PauseSwitchTest, OneThreadCommandsWhileAnotherLooks) {
  PauseSwitch reader = opened();
  const std::uint64_t first = reader.generation();
  std::thread commands([this] {
    base::FakeRandom random(5);
    base::FakeClock clock;
    auto s = PauseSwitch::open(dir(), random);
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(s->pause("a", "", "", clock));
      EXPECT_TRUE(s->resume("a"));
    }
  });
  std::uint64_t seen = first;
  while (seen != first + 40) {
    if (reader.generation() == seen) continue;
    const auto pauses = reader.read();
    ASSERT_TRUE(pauses) << pauses.error().message;
    seen = pauses->generation;
  }
  commands.join();
  EXPECT_TRUE(reader.read()->list.empty());
}

TEST_F(PauseSwitchTest, MovedAndNoMemoryIsLost) {
  PauseSwitch a = opened();
  const std::uint64_t generation = a.generation();
  const PauseSwitch b(std::move(a));
  EXPECT_EQ(b.generation(), generation);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(opened().generation(), generation);
}

}  // namespace
}  // namespace store
