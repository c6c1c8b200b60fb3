// A file is replaced whole or not at all.
#include "cli/replace_text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cli {
namespace {

namespace fs = std::filesystem;

class ReplaceText : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "replace-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    write("old\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& text) { std::ofstream(file()) << text; }
  fs::path file() const { return folder_ / "policy.yaml"; }
  static std::string read(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }
  fs::path folder_;
};

TEST_F(ReplaceText, KeepsTheModeAndLeavesNothingBehind) {
  ::chmod(file().c_str(), 0640);
  ASSERT_TRUE(replace_text(file(), "old\n", "new\n"));
  EXPECT_EQ(read(file()), "new\n");
  struct stat info{};
  ::stat(file().c_str(), &info);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceText, FollowsALink) {
  const fs::path link = folder_ / "link.yaml";
  fs::create_symlink("policy.yaml", link);
  ASSERT_TRUE(replace_text(link, "old\n", "new\n"));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read(file()), "new\n");
}

TEST_F(ReplaceText, AFileThatChangedMeanwhileIsLeftAlone) {
  const auto done = replace_text(file(), "older\n", "new\n");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("changed meanwhile"), std::string::npos);
  EXPECT_EQ(read(file()), "old\n");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceText, WhatCannotBeWrittenIsSaid) {
  EXPECT_FALSE(replace_text(folder_ / "missing.yaml", "", "new\n"));
  EXPECT_FALSE(replace_text(folder_, "", "new\n"));
  if (::geteuid() == 0) return;  // root may write anywhere
  ::chmod(folder_.c_str(), 0500);
  EXPECT_FALSE(replace_text(file(), "old\n", "new\n"));
  ::chmod(folder_.c_str(), 0700);
  EXPECT_EQ(read(file()), "old\n");
}

}  // namespace
}  // namespace cli
