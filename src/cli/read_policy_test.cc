// Reading a policy: trust and identity, on real files. (What is no policy file at all: validate_test.cc.)
#include "cli/read_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const char* nothing_set(const char*) { return nullptr; }

class ReadPolicyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-read-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    path_ = (root_ / "p.yaml").string();
    write(path_, "version: \"1\"\n");
  }
  void TearDown() override { fs::remove_all(root_); }
  static void write(const std::string& path, std::string_view text, mode_t mode = 0644) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    ::chmod(path.c_str(), mode);
  }

  fs::path root_;
  std::string path_;
};

TEST_F(ReadPolicyTest, TextAndIdentity) {
  const auto file = read_policy_file(path_, Untrusted::refuse, nothing_set);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->text, "version: \"1\"\n");
  EXPECT_EQ(file->distrust, "");
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(file->identity, net::identity_of(info));
  EXPECT_EQ(file->identity.size, 13);
  EXPECT_EQ(file->identity, net::walk_path(path_).end.file) << "as the watch sees it";
}

TEST_F(ReadPolicyTest, UntrustedFiles) {
  ::chmod(path_.c_str(), 0666);
  const auto refused = read_policy_file(path_, Untrusted::refuse, nothing_set);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(HasSubstr("policy file \"" + path_ + "\" may be written by every"),
                             HasSubstr("run: chmod go-w " + path_)));
  const auto reported = read_policy_file(path_, Untrusted::report, nothing_set);
  ASSERT_TRUE(reported);
  EXPECT_EQ(reported->text, "version: \"1\"\n");
  EXPECT_EQ(reported->distrust, refused.error().message);
}

TEST_F(ReadPolicyTest, AFileThatIsReplacedAllTheTimeIsReadWhole) {
  std::atomic<bool> stop = false;
  const std::string a(200'000, 'a'), b(200'000, 'b');
  write(path_, a);
  std::thread writer([&] {
    const std::string draft = (root_ / "draft").string();
    for (bool odd = false; !stop; odd = !odd) {
      write(draft, odd ? a : b);
      fs::rename(draft, path_);
    }
  });
  int whole = 0;
  for (int i = 0; i < 200; ++i) {
    const auto file = read_policy_file(path_, Untrusted::refuse, nothing_set);
    if (!file) {
      EXPECT_THAT(file.error().message, HasSubstr("all the time"));
      continue;
    }
    EXPECT_TRUE(file->text == a || file->text == b);
    ++whole;
  }
  stop = true;
  writer.join();
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace cli
