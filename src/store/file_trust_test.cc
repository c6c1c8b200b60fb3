// Trust on a real file system. What needs other owners runs as root only.
#include "store/file_trust.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const char* nothing_set(const char*) { return nullptr; }
const char* sudo_by_4242(const char* name) { return std::string_view(name) == "SUDO_UID" ? "4242" : nullptr; }

class FileTrustTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-trust-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = fs::canonical(pattern);
    file("p");
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string at(const std::string& name) const { return (root_ / name).string(); }
  std::string file(const std::string& name, mode_t mode = 0644) const {
    std::ofstream(root_ / name) << "x";
    ::chmod(at(name).c_str(), mode);
    return at(name);
  }
  // Why it is not trusted; "" if it is.
  static std::string why(const std::string& path, Environment environment = nothing_set) {
    const auto checked = check_trusted(path, "policy file", environment);
    return checked ? "" : checked.error().message;
  }

  fs::path root_;
};

TEST_F(FileTrustTest, OrdinaryFiles) {
  EXPECT_EQ(why(at("p")), "");
  EXPECT_EQ(why("/etc/passwd"), "") << "root's";
  EXPECT_THAT(why(at("none")), HasSubstr("cannot open policy file \"" + at("none")));
  EXPECT_THAT(why(root_.string()), HasSubstr("is not a regular file"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(why(at("pipe")), HasSubstr("is not a regular file"));
}

TEST_F(FileTrustTest, WritableByEveryone) {
  EXPECT_THAT(why(file("open one", 0666)), testing::AllOf(HasSubstr("policy file \"" + at("open one") +
                                                                    "\" may be written by every user (mode 0666"),
                                                          HasSubstr("run: chmod go-w '" + at("open one") + "'")));
  ::chmod(at("open one").c_str(), 0600);
  EXPECT_EQ(why(at("open one")), "");
}

TEST_F(FileTrustTest, TheDirectoryThatHoldsItCounts) {
  fs::create_directory(at("d"));
  file("d/p");
  fs::create_symlink("d/p", at("link"));
  ::chmod(at("d").c_str(), 0777);
  EXPECT_THAT(why(at("link")), testing::AllOf(HasSubstr("the directory \"" + at("d") + "\", which holds policy file"),
                                              HasSubstr("may be written by every user (mode 0777"),
                                              HasSubstr("run: chmod go-w " + at("d"))));
  ::chmod(at("d").c_str(), 01777);
  EXPECT_EQ(why(at("link")), "") << "sticky";
  ::chmod(at("d").c_str(), 0755);
  EXPECT_EQ(why(at("link")), "");
  const fs::path before = fs::current_path();
  fs::current_path(at("d"));
  EXPECT_EQ(why("p"), "") << "a relative name";
  EXPECT_EQ(why("../link"), "");
  fs::current_path(before);
  EXPECT_EQ(check_trusted("/proc/self/status", "x", nothing_set).has_value(), true) << "in the root of a file system";
}

TEST_F(FileTrustTest, TheDescriptorIsLookedAtNotTheName) {
  const int fd = ::open(at("p").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_TRUE(check_trusted(fd, at("p"), "policy file", nothing_set));
  file("new");
  fs::rename(at("new"), at("p"));
  const auto moved = check_trusted(fd, at("p"), "policy file", nothing_set);
  ASSERT_FALSE(moved);
  EXPECT_THAT(moved.error().message, HasSubstr("leads elsewhere by now"));
  fs::remove(at("p"));
  EXPECT_FALSE(check_trusted(fd, at("p"), "policy file", nothing_set));
  ::fchmod(fd, 0666);
  file("p");
  EXPECT_THAT(check_trusted(fd, at("p"), "policy file", nothing_set).error().message, HasSubstr("every user"));
  ::close(fd);
}

TEST_F(FileTrustTest, OwnersAndGroups) {
  if (::chown(at("p").c_str(), 4242, 0) != 0) GTEST_SKIP() << "needs root";
  EXPECT_THAT(why(at("p")),
              testing::AllOf(HasSubstr("belongs to user 4242 (mode 0644)"), HasSubstr("run: chown 0 " + at("p"))));
  EXPECT_EQ(why(at("p"), sudo_by_4242), "") << "who called sudo";
  ASSERT_EQ(::chown(root_.c_str(), 4242, 0), 0);
  EXPECT_EQ(why(at("p"), sudo_by_4242), "");
  ASSERT_EQ(::chown(at("p").c_str(), 0, 0), 0);
  EXPECT_THAT(why(at("p")), HasSubstr("which holds policy file \"" + at("p") + "\", belongs to user 4242"));
  ASSERT_EQ(::chown(root_.c_str(), 0, 0), 0);
  ::chmod(at("p").c_str(), 0664);
  EXPECT_EQ(why(at("p")), "") << "the group root is root's own";
  ASSERT_EQ(::chown(at("p").c_str(), 0, 4242), 0);
  EXPECT_THAT(why(at("p")), HasSubstr("may be written by the group 4242, which other users may be in (mode 0664"));
}

TEST_F(FileTrustTest, AccessControlLists) {
  // user::rw-, user:4242:rw-, group::r--, mask::rw-, other::r--
  unsigned char list[] = {2, 0,    0,    0,    1,    0,    6,  0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,   6,
                          0, 0x92, 0x10, 0,    0,    4,    0,  4, 0,    0xFF, 0xFF, 0xFF, 0xFF, 16,  0,
                          6, 0,    0xFF, 0xFF, 0xFF, 0xFF, 32, 0, 4,    0,    0xFF, 0xFF, 0xFF, 0xFF};
  constexpr const char* name = "system.posix_acl_access";
  if (::setxattr(at("p").c_str(), name, list, sizeof list, 0) != 0) GTEST_SKIP() << "no lists on this file system";
  EXPECT_THAT(why(at("p")), testing::AllOf(HasSubstr("may be written by user 4242, by its access control list"),
                                           HasSubstr("setfacl -b " + at("p"))));
  if (::geteuid() == 0) EXPECT_EQ(why(at("p"), sudo_by_4242), "");
  ::chmod(at("p").c_str(), 0644);  // changes the mask
  EXPECT_EQ(why(at("p")), "");
  list[6] = 7;  // the owner may go into it
  ASSERT_EQ(::setxattr(root_.c_str(), name, list, sizeof list, 0), 0);
  EXPECT_THAT(why(at("p")), HasSubstr("which holds policy file"));
}

// In a process and mount namespace of its own; the exit status says which step failed.
int trusts_read_only_directory(const std::string& where) {
  if (::unshare(CLONE_NEWNS) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("tmpfs", where.c_str(), "tmpfs", 0, "mode=0777") != 0) return 77;
  const std::string data = where + "/..2026";
  ::mkdir(data.c_str(), 0777);
  ::chmod(data.c_str(), 0777);
  std::ofstream(data + "/policy.yaml") << "x";
  ::chmod((data + "/policy.yaml").c_str(), 0644);
  if (::symlink("..2026/policy.yaml", (where + "/policy.yaml").c_str()) != 0) return 1;
  if (check_trusted(where + "/policy.yaml", "policy file", nothing_set)) return 2;
  if (::mount("tmpfs", where.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 3;
  return check_trusted(where + "/policy.yaml", "policy file", nothing_set) ? 0 : 4;
}

TEST_F(FileTrustTest, ReadOnlyFileSystemsAsOfKubernetes) {
  fs::create_directory(at("mount"));
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(trusts_read_only_directory(at("mount")));
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not mount";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace store
