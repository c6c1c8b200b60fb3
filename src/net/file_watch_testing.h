// The scratch directory and the hand-turned loop of the tests of FileWatch: real files, real inotify, a clock that
// stands still. Events are there as soon as the change was made, so that every pause is turned by hand.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/file_watch.h"

namespace net {

class FileWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "intercept-watch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = std::filesystem::canonical(pattern);
  }
  void TearDown() override {
    watch_.reset();
    std::filesystem::remove_all(root_);
  }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(root_ / name, std::ios::binary | std::ios::trunc) << text;
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, root_ / name);
  }
  void move(const std::string& from, const std::string& to) const { std::filesystem::rename(root_ / from, root_ / to); }
  void folder(const std::string& name) const { std::filesystem::create_directories(root_ / name); }

  void watch(const std::string& path, FileWatch::Options options = {}) {
    watch_ = std::make_unique<FileWatch>(
        loop_, path.starts_with('/') ? path : (root_ / path).string(), [this] { ++calls_; },
        [this](const std::string& note) { notes_.push_back(note); }, options);
    settle();
    EXPECT_EQ(calls_, 0) << "nothing has changed yet";
  }
  void turn(base::Duration d = std::chrono::milliseconds(0)) {
    clock_.advance(d);
    loop_.run_once(base::Duration::zero());
  }
  // Time enough for every event to be read and reported.
  void settle() {
    for (int i = 0; i < 60; ++i) turn(std::chrono::milliseconds(10));
  }
  // The calls that came of what was just done.
  int reported() {
    settle();
    return std::exchange(calls_, 0);
  }

  base::FakeClock clock_;
  Loop loop_{clock_};
  std::filesystem::path root_;
  std::unique_ptr<FileWatch> watch_;
  int calls_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace net
