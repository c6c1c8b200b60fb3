// The helpers on a real file system; a full disk is made by RLIMIT_FSIZE.
#include "store/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string at(const std::string& name) const { return (root_ / name).string(); }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static mode_t mode(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  std::size_t entries() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_)) ++n;
    return n;
  }

  fs::path root_;
  base::FakeRandom random_;
};

TEST_F(FilesTest, ReplacesWholeFiles) {
  const std::string path = at("f");
  ASSERT_TRUE(replace_file(path, "one", random_));
  EXPECT_EQ(content(path), "one");
  EXPECT_EQ(mode(path), 0600u);
  const File before(open_file(path, O_RDONLY));
  ASSERT_TRUE(replace_file(path, "two", random_));
  EXPECT_EQ(content(path), "two");
  EXPECT_EQ(read_rest(before.get(), 10, path).value(), "one") << "who had it open sees the old one";
  EXPECT_EQ(entries(), 1u) << "no draft is left";
  EXPECT_TRUE(sync_directory(root_.string()));
}

TEST_F(FilesTest, AFailedReplacementLeavesTheOldFile) {
  const std::string path = at("f");
  ASSERT_TRUE(replace_file(path, "one", random_));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto failed = replace_file(path, "longer than four", random_);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot write " + path + ": File too large"));
  EXPECT_EQ(content(path), "one");
  EXPECT_EQ(entries(), 1u);
  EXPECT_FALSE(replace_file(at("none/f"), "x", random_));
}

TEST_F(FilesTest, ReadsABoundedPart) {
  std::ofstream(at("f")) << std::string(100'000, 'x');
  const File whole(open_file(at("f"), O_RDONLY));
  EXPECT_EQ(read_rest(whole.get(), 100'000, at("f"))->size(), 100'000u);
  const File bounded(open_file(at("f"), O_RDONLY));
  const auto failed = read_rest(bounded.get(), 99'999, at("f"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("f is larger than 99999 bytes"));
  EXPECT_FALSE(read_rest(-1, 10, "f"));
}

TEST_F(FilesTest, LinksAreNotFollowed) {
  std::ofstream(at("target")) << "x";
  fs::create_symlink("target", at("link"));
  const File file(open_file(at("link"), O_RDONLY));
  EXPECT_LT(file.get(), 0);
  EXPECT_EQ(errno, ELOOP);
}

TEST_F(FilesTest, PrivateFilesAndDirectories) {
  ASSERT_TRUE(make_directories(at("a/b")));
  EXPECT_EQ(mode(at("a/b")), 0700u);
  EXPECT_TRUE(check_private_directory(at("a/b")));
  ::chmod(at("a/b").c_str(), 0770);
  EXPECT_THAT(check_private_directory(at("a/b")).error().message, HasSubstr("run: chmod 700 "));
  EXPECT_FALSE(check_private_directory(at("none")));
  std::ofstream(at("f")) << "x";
  EXPECT_THAT(check_private_directory(at("f")).error().message, HasSubstr("is not a directory"));
  EXPECT_FALSE(make_directories(at("f/d")));
  ::chmod(at("f").c_str(), 0640);
  const File file(open_file(at("f"), O_RDONLY));
  EXPECT_THAT(check_private(file.get(), at("f")).error().message, HasSubstr("run: chmod 600 "));
  ::chmod(at("f").c_str(), 0400);
  EXPECT_TRUE(check_private(file.get(), at("f")));
}

TEST_F(FilesTest, FilesAreOwnedOnce) {
  File a(open_file(at("f"), O_RDWR | O_CREAT));
  const int fd = a.get();
  File b(std::move(a));
  EXPECT_EQ(b.get(), fd);
  File c;
  c = std::move(b);
  EXPECT_EQ(c.get(), fd);
  EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(c.release(), fd);
  EXPECT_EQ(c.get(), -1);
  c = File(fd);
  c = File();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1) << "closed";
}

TEST(ShellWordTest, MayBeCopiedToACommandLine) {
  EXPECT_EQ(shell_word("/etc/intercept/p.yaml"), "/etc/intercept/p.yaml");
  EXPECT_EQ(shell_word("my policy.yaml"), "'my policy.yaml'");
  EXPECT_EQ(shell_word("it's; $(x)"), "'it'\\''s; $(x)'");
  EXPECT_EQ(shell_word("-rf"), "./-rf");
  EXPECT_EQ(shell_word("-r f"), "./'-r f'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a\nb"), "'a\\u{A}b'");
}

}  // namespace
}  // namespace store
