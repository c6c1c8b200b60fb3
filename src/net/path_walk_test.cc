// The look-ups of paths on a real file system; at the end a random comparison with the kernel.
#include "net/path_walk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace net {
namespace {

namespace fs = std::filesystem;

class PathWalkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-walk-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = fs::canonical(pattern);
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string at(const std::string& name) const { return (root_ / name).string(); }
  // "directory:name" of the look-ups below the scratch directory.
  std::string hops(const Walk& walk) const {
    std::string out;
    for (const Hop& h : walk.hops) {
      if (!h.directory.starts_with(root_.string())) continue;
      out += h.directory.substr(root_.string().size()) + ":" + h.name + " ";
    }
    return out;
  }

  fs::path root_;
};

TEST_F(PathWalkTest, EveryLookUpIsThere) {
  fs::create_directories(at("a/b"));
  std::ofstream(at("a/b/p")) << "x";
  const Walk walk = walk_path(at("a//./b/p"));
  EXPECT_EQ(hops(walk), ":a /a:b /a/b:p ");
  EXPECT_EQ(walk.hops.front().directory, "/");
  EXPECT_EQ(walk.file, at("a/b/p"));
  EXPECT_TRUE(walk.reports());
  EXPECT_TRUE(walk.complete);
  EXPECT_EQ(walk.end.error, 0);
  EXPECT_EQ(walk.end.file.size, 1);
  EXPECT_EQ(walk.end, walk_path(at("a/b/p")).end);
}

TEST_F(PathWalkTest, LinksAndTwoDots) {
  fs::create_directories(at("a/b"));
  fs::create_directories(at("x/y"));
  std::ofstream(at("x/p")) << "x";
  fs::create_symlink("../../x/y", at("a/b/link"));
  const Walk walk = walk_path(at("a/b/link/../p"));  // the parent of where the link leads
  EXPECT_EQ(hops(walk), ":a /a:b /a/b:link :x /x:y /x:p ");
  EXPECT_EQ(walk.file, at("x/p"));
  EXPECT_EQ(walk.end.links, std::vector<std::string>{"../../x/y"});
}

TEST_F(PathWalkTest, EndsAtWhatIsMissing) {
  fs::create_directories(at("a"));
  Walk walk = walk_path(at("a/none/p"));
  EXPECT_EQ(hops(walk), ":a /a:none ");
  EXPECT_EQ(walk.end.error, ENOENT);
  EXPECT_EQ(walk.file, "");
  EXPECT_TRUE(walk.reports());
  std::ofstream(at("file")) << "";
  walk = walk_path(at("file/p"));
  EXPECT_EQ(hops(walk), ":file ");
  EXPECT_EQ(walk.end.error, ENOTDIR);
}

TEST_F(PathWalkTest, Bounds) {
  fs::create_symlink("circle", at("circle"));
  Walk walk = walk_path(at("circle"));
  EXPECT_EQ(walk.end.error, ELOOP);
  EXPECT_EQ(walk.end.links.size(), 40u);
  std::string deep = root_.string();
  for (int i = 0; i < 300; ++i) deep += "/d";
  fs::create_directories(deep);
  walk = walk_path(deep + "/p");
  EXPECT_FALSE(walk.complete);
  EXPECT_FALSE(walk.reports());
  EXPECT_EQ(walk.hops.size(), Walk::max_hops);
  EXPECT_TRUE(walk_path("").hops.empty());
  EXPECT_TRUE(walk_path("/").hops.empty());
}

TEST_F(PathWalkTest, FileSystemsThatDoNotReport) {
  EXPECT_FALSE(walk_path("/proc/self/status").reports());
  EXPECT_FALSE(walk_path("/proc/self/cwd/p").reports()) << "the way leads over it";
}

// Nothing is made or removed by a random path: links and files are made once each, by name, in directories that are
// real. Only looking goes through links, which may lead out of the scratch directory.
TEST_F(PathWalkTest, ArrivesWhereTheKernelDoes) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): repeatable
  const auto pick = [&](std::size_t n) { return std::size_t{random()} % n; };
  const std::string names[] = {"a", "b", "c", "f", "l", "..", "."};
  const auto some_path = [&](std::size_t longest) {
    std::string path = names[pick(7)];
    for (std::size_t i = pick(longest); i > 0; --i) path += "/" + names[pick(7)];
    return path;
  };
  int files = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string base = at("r" + std::to_string(round));
    for (const std::string& directory : {base, base + "/a", base + "/a/b", base + "/c"}) {
      ASSERT_TRUE(fs::create_directory(directory));
      std::ofstream(directory + "/f") << "x";
      fs::create_symlink((pick(2) == 0 ? base + "/" : "") + some_path(4), directory + "/l");
    }
    for (int i = 0; i < 40; ++i) {
      const std::string path = base + "/" + some_path(6);
      const Walk walk = walk_path(path);
      std::error_code error;
      const bool regular = fs::is_regular_file(path, error);
      if (!regular) {  // "f/." is none to the kernel; the walk stops at f, which is what would have to change
        ASSERT_TRUE(walk.file.empty() || walk.end.error == ENOTDIR) << path;
        continue;
      }
      ASSERT_EQ(walk.file, fs::canonical(path).string()) << path;
      ++files;
    }
  }
  EXPECT_GT(files, 200);
}

}  // namespace
}  // namespace net
