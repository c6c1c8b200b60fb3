// Who lives: run files and their locks, across processes that die in every way.
#include "store/instance.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "store/audit_testing.h"

namespace store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* a_name = "aaaaaaaaaa";

using InstanceTest = StateTest;

// A process of its own: runs `body`, then waits to be killed or let go.
struct Child {
  pid_t pid = -1;
  int go = -1, ready = -1;
  template <class Body>
  explicit Child(Body body) {
    int to_child[2];
    int from_child[2];
    EXPECT_EQ(::pipe(to_child), 0);
    EXPECT_EQ(::pipe(from_child), 0);
    pid = ::fork();
    if (pid == 0) {
      ::close(to_child[1]);
      ::close(from_child[0]);
      body([&] {
        char byte = 'r';
        if (::write(from_child[1], &byte, 1) != 1 || ::read(to_child[0], &byte, 1) < 0) ::_exit(9);
      });
      ::_exit(0);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    go = to_child[1];
    ready = from_child[0];
  }
  void wait_ready() const {
    char byte = 0;
    EXPECT_EQ(::read(ready, &byte, 1), 1);
  }
  void finish() {
    ::close(std::exchange(go, -1));
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    pid = -1;
  }
  void kill() {
    ::kill(pid, SIGKILL);
    finish();
  }
  ~Child() {
    if (pid > 0) kill();
    ::close(ready);
  }
};

TEST_F(InstanceTest, LivesUntilItEnds) {
  EXPECT_FALSE(instance_alive(dir(), a_name));
  EXPECT_THAT(list_instances(dir()).value(), IsEmpty());
  {
    Instance instance(dir(), Process::info(a_name), random);
    EXPECT_TRUE(fs::is_empty(root));
    ASSERT_TRUE(instance.ensure());
    ASSERT_TRUE(instance.ensure());
    EXPECT_TRUE(instance_alive(dir(), a_name));
    EXPECT_TRUE(instance_alive(dir(), a_name)) << "asking changes nothing";
    EXPECT_THAT(names(dir() + "/run"), ElementsAre("aaaaaaaaaa.json"));
    const std::string text = read(dir() + "/run/aaaaaaaaaa.json");
    EXPECT_THAT(text, HasSubstr(R"({"instance":"aaaaaaaaaa","pid":42,"server":"files")"));
    EXPECT_THAT(text, HasSubstr(R"("started":"2027-01-15T08:00:00.000Z","log":"aaaaaaaaaa.jsonl"})"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    const auto known = list_instances(dir());
    ASSERT_EQ(known->size(), 1U);
    EXPECT_TRUE((*known)[0].alive);
    EXPECT_EQ((*known)[0].info.server, "files");
    EXPECT_EQ((*known)[0].info.pid, 42);
    EXPECT_EQ((*known)[0].info.started, 1'800'000'000'000'000'000);
    instance.end();
    EXPECT_FALSE(instance_alive(dir(), a_name));
    EXPECT_THAT(names(dir() + "/run"), IsEmpty());
    instance.end();
  }
  {
    Instance instance(dir(), Process::info(a_name), random);
    ASSERT_TRUE(instance.ensure());
  }  // without its end
  EXPECT_THAT(names(dir() + "/run"), ElementsAre("aaaaaaaaaa.json"));
  EXPECT_FALSE(instance_alive(dir(), a_name));
  EXPECT_FALSE(list_instances(dir())->at(0).alive);
}

TEST_F(InstanceTest, DiesWithItsProcess) {
  Child child([&](auto wait) {
    Instance instance(dir(), Process::info(a_name), random);
    if (!instance.ensure()) ::_exit(1);
    wait();
  });
  child.wait_ready();
  EXPECT_TRUE(instance_alive(dir(), a_name));
  EXPECT_FALSE(DeadInstance(dir(), a_name).held());
  child.kill();
  EXPECT_FALSE(instance_alive(dir(), a_name));
  DeadInstance dead(dir(), a_name);
  EXPECT_TRUE(dead.held());
  EXPECT_TRUE(instance_alive(dir(), a_name)) << "somebody is seeing to it";
  EXPECT_FALSE(DeadInstance(dir(), a_name).held()) << "only one does";
  dead.remove();
  EXPECT_FALSE(instance_alive(dir(), a_name));
}

// What a process starts does not hold its lock.
TEST_F(InstanceTest, ChildrenThatExecDoNotInheritTheLock) {
  Child child([&](auto wait) {
    Instance instance(dir(), Process::info(a_name), random);
    if (!instance.ensure()) ::_exit(1);
    if (::fork() == 0) {
      ::execl("/bin/sleep", "sleep", "5", nullptr);
      ::_exit(1);
    }
    wait();
  });
  child.wait_ready();
  child.kill();
  for (int i = 0; i < 200 && instance_alive(dir(), a_name); ++i) ::usleep(10'000);  // until the child has called exec
  EXPECT_FALSE(instance_alive(dir(), a_name));
}

TEST_F(InstanceTest, ARemovedRunFileIsMadeAnew) {
  Instance instance(dir(), Process::info(a_name), random);
  ASSERT_TRUE(instance.refresh());
  EXPECT_TRUE(fs::is_empty(root));
  ASSERT_TRUE(instance.ensure());
  ASSERT_TRUE(instance.refresh());
  fs::remove(dir() + "/run/aaaaaaaaaa.json");
  EXPECT_FALSE(instance_alive(dir(), a_name));
  ASSERT_TRUE(instance.ensure()) << "does not look";
  EXPECT_FALSE(instance_alive(dir(), a_name));
  ASSERT_TRUE(instance.refresh());
  EXPECT_TRUE(instance_alive(dir(), a_name));
  fs::remove(dir() + "/run/aaaaaaaaaa.json");
  write(dir() + "/run/aaaaaaaaaa.json", "another's");
  instance.end();
  EXPECT_EQ(read(dir() + "/run/aaaaaaaaaa.json"), "another's") << "not ours to remove";
}

TEST_F(InstanceTest, StrangeRunFiles) {
  write(dir() + "/run/aaaaaaaaaa.json", "not JSON");
  write(dir() + "/run/readme.json", "{}");
  write(dir() + "/run/bbbbbbbbbb.json.x", "{}");
  fs::create_symlink("/etc/passwd", dir() + "/run/cccccccccc.json");
  fs::create_directory(dir() + "/run/dddddddddd.json");
  const auto known = list_instances(dir());
  ASSERT_TRUE(known);
  ASSERT_GE(known->size(), 1U);
  EXPECT_EQ((*known)[0].info.instance, "aaaaaaaaaa");
  EXPECT_FALSE((*known)[0].alive);
  EXPECT_TRUE(instance_alive(dir(), "cccccccccc")) << "cannot be told";
  EXPECT_FALSE(DeadInstance(dir(), "cccccccccc").held());
  EXPECT_FALSE(DeadInstance(dir(), "dddddddddd").held());
  write(root / "file", "");
  EXPECT_FALSE(list_instances((root / "file").string()).has_value() &&
               !list_instances((root / "file").string())->empty());
  EXPECT_FALSE(instance_alive((root / "file").string(), a_name));
}

TEST_F(InstanceTest, WhereNoFileCanBe) {
  write(root / "file", "");
  Instance instance((root / "file").string(), Process::info(a_name), random);
  const auto held = instance.ensure();
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message, HasSubstr("cannot create"));
  const FullDisk full(10);
  Instance other(dir(), Process::info(a_name), random);
  EXPECT_FALSE(other.ensure());
  EXPECT_THAT(names(dir() + "/run"), IsEmpty());
}

TEST(InstanceName, Form) {
  EXPECT_TRUE(is_instance_name("0123456789"));
  EXPECT_TRUE(is_instance_name("abcdef0123"));
  for (const char* bad : {"", "012345678", "01234567890", "ABCDEF0123", "0123456g89", "01234.6789", "../../etc/"}) {
    EXPECT_FALSE(is_instance_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace store
