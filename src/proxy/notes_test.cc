// That notes keep to their level and never block.
#include "proxy/notes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace proxy {
namespace {

class NotesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0); }
  void TearDown() override {
    close(ends[0]);
    close(ends[1]);
  }
  std::string read_all() {
    std::string text(1 << 17, '\0');
    const ssize_t n = read(ends[0], text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
  int ends[2];
};

TEST_F(NotesTest, SaysWhoAndHowBad) {
  Notes notes(mediator::Level::info, ends[1]);
  notes.write(mediator::Level::info, "one");
  notes.write(mediator::Level::warn, "two");
  notes.write(mediator::Level::error, "three");
  EXPECT_EQ(read_all(), "intercept: one\nintercept: warning: two\nintercept: error: three\n");
}

TEST_F(NotesTest, KeepsToTheLevel) {
  Notes notes(mediator::Level::warn, ends[1]);
  notes.write(mediator::Level::debug, "no");
  notes.write(mediator::Level::info, "no");
  notes.write(mediator::Level::error, "yes");
  EXPECT_EQ(read_all(), "intercept: error: yes\n");
}

TEST_F(NotesTest, APipeThatNobodyReadsCostsNotesAndDoesNotBlock) {
  const int flags = fcntl(ends[1], F_GETFL);
  fcntl(ends[1], F_SETFL, flags & ~O_NONBLOCK);  // as stderr usually is: a write could block for ever
  Notes notes(mediator::Level::info, ends[1]);
  const std::string text(1000, 'x');
  for (int i = 0; i < 1000; ++i) notes.write(mediator::Level::info, text);
  EXPECT_LE(read_all().size(), 1u << 16);
}

TEST_F(NotesTest, ALongNoteIsCut) {
  Notes notes(mediator::Level::info, ends[1]);
  notes.write(mediator::Level::info, std::string(100'000, 'x'));
  EXPECT_LE(read_all().size(), 4096u);
}

}  // namespace
}  // namespace proxy
