// Mail between threads: order, wake-ups, where work is destroyed.
#include "net/mailbox.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace net {
namespace {

class MailboxTest : public testing::Test {
 protected:
  template <class F>
  bool turn_until(F condition) {
    const base::BootTime end = clock_.boot() + std::chrono::seconds(20);
    while (!condition() && clock_.boot() < end) loop_.run_once(std::chrono::milliseconds(100));
    return condition();
  }
  base::SystemClock clock_;
  Loop loop_{clock_};
  std::unique_ptr<Mailbox> box_ = *Mailbox::make();
};

TEST_F(MailboxTest, WorkOfOtherThreadsIsDoneHereAndThatOfEachInItsOrder) {
  box_->attach(loop_);
  constexpr int threads = 4, each = 1000;
  std::vector<std::vector<int>> got(threads);
  int done = 0;
  const auto here = std::this_thread::get_id();
  std::vector<std::jthread> posting;
  for (int t = 0; t < threads; ++t) {
    posting.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        box_->post([&, t, i] {
          EXPECT_EQ(std::this_thread::get_id(), here);
          got[static_cast<std::size_t>(t)].push_back(i);
          ++done;
        });
      }
    });
  }
  ASSERT_TRUE(turn_until([&] { return done == threads * each; }));
  for (const auto& of : got) {
    ASSERT_EQ(of.size(), std::size_t{each});
    for (int i = 0; i < each; ++i) EXPECT_EQ(of[static_cast<std::size_t>(i)], i);
  }
}

TEST_F(MailboxTest, WhatWasPostedBeforeThereWasALoopIsNotLost) {
  bool done = false;
  box_->post([&] { done = true; });
  box_->attach(loop_);
  EXPECT_FALSE(done) << "never from within attach()";
  EXPECT_TRUE(turn_until([&] { return done; }));
}

TEST_F(MailboxTest, WorkMayPostAndIsDestroyedBeforeTheNextIsCalled) {
  box_->attach(loop_);
  auto held = std::make_shared<int>(0);
  bool last = false;
  box_->post([held, this, &last] {
    box_->post([&last] { last = true; });
    EXPECT_FALSE(last);
  });
  box_->post([watched = std::weak_ptr<int>(held)] { EXPECT_EQ(watched.use_count(), 1) << "the test's own"; });
  ASSERT_TRUE(turn_until([&] { return last; }));
}

TEST_F(MailboxTest, CloseDropsWhatWaitsAndWhatComes) {
  box_->attach(loop_);
  auto held = std::make_shared<int>(0);
  bool ran = false;
  box_->post([held, &ran] { ran = true; });
  // What is destroyed may post: the lock is free by then.
  struct Poster {
    Mailbox* box;
    ~Poster() {
      if (box != nullptr) box->post([] {});
    }
    Poster(Poster&& other) noexcept : box(std::exchange(other.box, nullptr)) {}
    explicit Poster(Mailbox* b) : box(b) {}
  };
  box_->post([poster = Poster(box_.get())] {});
  box_->close();
  EXPECT_EQ(held.use_count(), 1);
  box_->post([held, &ran] { ran = true; });
  EXPECT_EQ(held.use_count(), 1);
  loop_.run_once(std::chrono::milliseconds(1));
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace net
