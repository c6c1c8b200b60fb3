// The state directory's place and its key, on a real file system.
#include "store/state_dir.h"

#include <gmock/gmock.h>

#include "store/audit_testing.h"

namespace store {
namespace {

using testing::HasSubstr;

TEST_F(StateTest, KeyIsCreatedOnceAndPrivate) {
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

TEST_F(StateTest, RefusesKeysThatAreNotSecretOrNotKeys) {
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

TEST_F(StateTest, LookingForAKeyCreatesNone) {
  EXPECT_EQ(load_key(dir()).value(), std::nullopt);
  EXPECT_TRUE(fs::is_empty(root));
  const auto key = load_or_create_key(dir(), random);
  EXPECT_EQ(load_key(dir()).value(), *key);
  write(dir() + "/key", std::string(32, 'k'), 0644);
  EXPECT_FALSE(load_key(dir()));
}

TEST_F(StateTest, KeyOnAFullDisk) {
  fs::create_directories(dir());
  {
    const FullDisk full(16);
    EXPECT_FALSE(load_or_create_key(dir(), random));
    EXPECT_TRUE(fs::is_empty(dir()));
  }
  EXPECT_TRUE(load_or_create_key(dir(), random));
}

TEST_F(StateTest, CheckStateDir) {
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
