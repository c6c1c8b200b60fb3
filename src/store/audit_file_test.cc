// The audit file and the key on a real file system, with a full disk made by RLIMIT_FSIZE.
#include "store/audit_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct StoreTest : testing::Test {
  fs::path root;
  base::FakeRandom random;
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  void TearDown() override { fs::remove_all(root); }
  std::string dir() const { return (root / "a/b/intercept").string(); }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static void write(const fs::path& path, std::string_view text, mode_t mode = 0600) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
  }
  static mode_t mode(const fs::path& path) {
    struct stat info{};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
};

// Writes beyond `bytes` fail with EFBIG while it lives.
struct FullDisk {
  rlimit before{};
  explicit FullDisk(rlim_t bytes) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit now{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before); }
};

TEST_F(StoreTest, NothingIsCreatedBeforeTheFirstAppend) {
  AuditFile file(dir(), "i1");
  EXPECT_TRUE(file.append(""));
  EXPECT_TRUE(fs::is_empty(root));
  ASSERT_TRUE(file.append("{\"a\":1}\n"));
  ASSERT_TRUE(file.append("{\"a\":2}\n{\"a\":3}\n"));
  EXPECT_EQ(file.path(), dir() + "/audit/i1.jsonl");
  EXPECT_EQ(read(file.path()), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
  EXPECT_EQ(mode(file.path()), 0600U);
  EXPECT_EQ(mode(dir()), 0700U);
  EXPECT_EQ(mode(dir() + "/audit"), 0700U);
}

TEST_F(StoreTest, AppendsAndEndsATornLine) {
  write(dir() + "/audit/i1.jsonl", "{\"a\":1}\n{\"to");
  AuditFile file(dir(), "i1");
  ASSERT_TRUE(file.append("{\"a\":2}\n"));
  EXPECT_EQ(read(file.path()), "{\"a\":1}\n{\"to\n{\"a\":2}\n");
}

TEST_F(StoreTest, FullDiskLeavesNoHalfLine) {
  AuditFile file(dir(), "i1");
  ASSERT_TRUE(file.append(std::string(99, 'x') + "\n"));
  {
    const FullDisk full(150);
    const auto failed = file.append(std::string(99, 'y') + "\n");
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("i1.jsonl: File too large"));
    EXPECT_EQ(read(file.path()), std::string(99, 'x') + "\n");
    EXPECT_TRUE(file.append("z\n"));  // what fits goes on
  }
  EXPECT_TRUE(file.append(std::string(99, 'w') + "\n"));
  EXPECT_EQ(read(file.path()), std::string(99, 'x') + "\nz\n" + std::string(99, 'w') + "\n");
}

TEST_F(StoreTest, RefusesStrangeAuditFiles) {
  write(root / "target", "");
  fs::create_directories(dir() + "/audit");
  fs::create_symlink(root / "target", dir() + "/audit/link.jsonl");
  EXPECT_FALSE(AuditFile(dir(), "link").append("x\n"));
  EXPECT_EQ(read(root / "target"), "");
  write(dir() + "/audit/open.jsonl", "", 0644);
  const auto failed = AuditFile(dir(), "open").append("x\n");
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("chmod 600"));
  ASSERT_EQ(::mkfifo((dir() + "/audit/fifo.jsonl").c_str(), 0600), 0);
  EXPECT_FALSE(AuditFile(dir(), "fifo").append("x\n"));
  fs::create_directory(dir() + "/audit/folder.jsonl");
  EXPECT_FALSE(AuditFile(dir(), "folder").append("x\n"));
}

TEST_F(StoreTest, NoDirectoryNoRecord) {
  write(root / "file", "");
  AuditFile file((root / "file/x").string(), "i1");
  const auto failed = file.append("x\n");
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot create"));
  fs::remove(root / "file");
  EXPECT_TRUE(file.append("x\n"));  // tries again
}

TEST_F(StoreTest, KeyIsCreatedOnceAndPrivate) {
  const auto key = load_or_create_key(dir(), random);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->size(), 32U);
  EXPECT_EQ(load_or_create_key(dir(), random).value(), *key);
  EXPECT_EQ(mode(dir() + "/key"), 0600U);
  EXPECT_EQ(mode(dir()), 0700U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir())) ++files;
  EXPECT_EQ(files, 1U);  // no draft is left
  base::FakeRandom other(99);
  EXPECT_NE(load_or_create_key((root / "other").string(), other).value(), *key);
}

TEST_F(StoreTest, RefusesKeysThatAreNotSecretOrNotKeys) {
  write(dir() + "/key", std::string(32, 'k'), 0644);
  EXPECT_THAT(load_or_create_key(dir(), random).error().message, HasSubstr("others"));
  write(dir() + "/key", std::string(32, 'k'), 0600);
  EXPECT_EQ(load_or_create_key(dir(), random).value(), std::string(32, 'k'));
  for (const std::size_t n : {0U, 31U, 33U}) {
    write(dir() + "/key", std::string(n, 'k'));
    EXPECT_FALSE(load_or_create_key(dir(), random)) << n;
  }
  fs::remove(dir() + "/key");
  write(root / "target", std::string(32, 'k'));
  fs::create_symlink(root / "target", dir() + "/key");
  EXPECT_THAT(load_or_create_key(dir(), random).error().message, HasSubstr("symbolic link"));
}

TEST_F(StoreTest, KeyOnAFullDisk) {
  fs::create_directories(dir());
  {
    const FullDisk full(16);
    EXPECT_FALSE(load_or_create_key(dir(), random));
    EXPECT_TRUE(fs::is_empty(dir()));
  }
  EXPECT_TRUE(load_or_create_key(dir(), random));
}

TEST_F(StoreTest, CheckStateDir) {
  EXPECT_TRUE(check_state_dir(dir()));
  EXPECT_TRUE(fs::is_empty(root));  // created nothing
  fs::create_directories(dir());
  ::chmod(dir().c_str(), 0700);
  EXPECT_TRUE(check_state_dir(dir()));
  ::chmod(dir().c_str(), 0770);
  EXPECT_THAT(check_state_dir(dir()).error().message, HasSubstr("chmod 700"));
  EXPECT_TRUE(check_state_dir(dir() + "/below"));
  write(root / "file", "");
  EXPECT_FALSE(check_state_dir((root / "file").string()));
  EXPECT_FALSE(check_state_dir((root / "file/x").string()));
  EXPECT_FALSE(check_state_dir(""));
  if (::geteuid() != 0) {
    ::chmod(root.c_str(), 0500);
    EXPECT_FALSE(check_state_dir((root / "new").string()));
    ::chmod(root.c_str(), 0700);
  }
}

TEST(DefaultStateDir, FollowsXdg) {
  const auto with = [](const char* (*environment)(const char*)) { return default_state_dir(environment); };
  EXPECT_EQ(
      with([](const char* n) -> const char* { return std::string_view(n) == "HOME" ? "/home/ann" : nullptr; }).value(),
      "/home/ann/.local/state/intercept");
  EXPECT_EQ(
      with([](const char* n) -> const char* { return std::string_view(n) == "HOME" ? "/home/ann" : "/state"; }).value(),
      "/state/intercept");
  EXPECT_EQ(
      with([](const char* n) -> const char* { return std::string_view(n) == "HOME" ? "/h" : "relative"; }).value(),
      "/h/.local/state/intercept");
  const auto none = with([](const char*) -> const char* { return nullptr; });
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("--state-dir"));
}

}  // namespace
}  // namespace store
