// The memory of a used-up list comes back, but not a burst's, and nothing that was added meanwhile is lost.
#include "base/reuse.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Reuse, GivesMemoryBack) {
  std::vector<int> list{1, 2, 3};
  const int* const memory = list.data();
  auto now = std::exchange(list, {});
  reuse(list, now);
  EXPECT_TRUE(list.empty());
  list.push_back(4);
  EXPECT_EQ(list.data(), memory);
}

TEST(Reuse, LeavesWhatWasAddedMeanwhile) {
  std::vector<int> list{1, 2, 3};
  auto now = std::exchange(list, {});
  list.push_back(9);
  reuse(list, now);
  EXPECT_EQ(list, std::vector<int>{9});
}

TEST(Reuse, ABurstsMemoryGoes) {
  std::vector<int> list(1000);
  auto now = std::exchange(list, {});
  reuse(list, now);
  EXPECT_EQ(list.capacity(), 0U);
}

}  // namespace
}  // namespace base
