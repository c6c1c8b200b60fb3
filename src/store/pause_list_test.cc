// The text of the pause list: what is written is read, and nothing else.
#include "store/pause_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace store {
namespace {

using testing::HasSubstr;

const Pause github{"github", "it \"leaks\" \\ ä🙂", "2026-11-22T10:00:00.000Z", "ann, 4711"};
const Pause all{"*", "", "2026-11-22T10:00:01.000Z", ""};

std::string why(std::string_view text) {
  const auto list = parse_pauses(text);
  return list ? "" : list.error().message;
}

TEST(PauseListTest, WhatIsWrittenIsRead) {
  for (const std::vector<Pause>& list : {std::vector<Pause>(), {github}, {github, all}})
    EXPECT_EQ(parse_pauses(pauses_text(list)).value(), list);
  EXPECT_EQ(pauses_text({all}),
            R"({"v":1,"pauses":[{"server":"*","reason":"","since":"2026-11-22T10:00:01.000Z","by":""}]})"
            "\n");
}

TEST(PauseListTest, TheLargestListIsRead) {
  std::string wide;
  for (std::size_t i = 0; i < max_reason; ++i) wide += "🙂";
  std::vector<Pause> list;
  for (std::size_t i = 0; i < max_pauses; ++i)
    list.push_back({"s" + std::to_string(i), wide, "t", std::string(200, '"')});
  const std::string text = pauses_text(list);
  EXPECT_LE(text.size(), max_pause_file);
  EXPECT_EQ(parse_pauses(text).value(), list);
  list.push_back(all);
  EXPECT_THAT(why(pauses_text(list)), HasSubstr("more than 256"));
}

TEST(PauseListTest, Strict) {
  constexpr const char* entry = R"({"server":"a","reason":"","since":"t","by":""})";
  const auto with = [](const std::string& pauses) { return R"({"v":1,"pauses":[)" + pauses + "]}"; };
  EXPECT_EQ(why(with(entry)), "");
  EXPECT_NE(why(""), "");
  EXPECT_NE(why(std::string(100, '\0')), "");
  EXPECT_NE(why(with(entry).substr(0, 40)), "") << "torn";
  EXPECT_NE(why(with(entry) + "x"), "");
  EXPECT_THAT(why("[]"), HasSubstr("not an object"));
  EXPECT_THAT(why(R"({"v":2,"pauses":[]})"), HasSubstr("newer"));
  EXPECT_THAT(why(R"({"v":"1","pauses":[]})"), HasSubstr("\"v\" is not 1"));
  EXPECT_THAT(why(R"({"pauses":[]})"), HasSubstr("\"v\" is missing"));
  EXPECT_THAT(why(R"({"v":1})"), HasSubstr("\"pauses\" is missing"));
  EXPECT_THAT(why(R"({"v":1,"pauses":{}})"), HasSubstr("not a list"));
  EXPECT_THAT(why(R"({"v":1,"pauses":[],"x":0})"), HasSubstr("unknown key \"x\""));
  EXPECT_NE(why(R"({"v":1,"v":1,"pauses":[]})"), "") << "a key twice";
  EXPECT_THAT(why(with("1")), HasSubstr("not an object"));
  EXPECT_THAT(why(with(R"({"server":"a","reason":"","since":"t"})")), HasSubstr("\"by\" is missing"));
  EXPECT_THAT(why(with(R"({"server":"a","reason":"","since":"t","by":"","until":""})")), HasSubstr("unknown key"));
  EXPECT_THAT(why(with(R"({"server":7,"reason":"","since":"t","by":""})")), HasSubstr("not a string"));
  EXPECT_THAT(why(with(R"({"server":"","reason":"","since":"t","by":""})")), HasSubstr("empty"));
  EXPECT_THAT(why(with(R"({"server":"a","reason":"\n","since":"t","by":""})")), HasSubstr("not shown"));
  EXPECT_THAT(why(with(std::string(entry) + "," + entry)), HasSubstr("twice"));
}

TEST(PauseListTest, Bounds) {
  Pause p = github;
  EXPECT_TRUE(check_pause(p));
  p.reason = std::string(max_reason, 'x');
  EXPECT_TRUE(check_pause(p));
  p.reason += 'x';
  EXPECT_THAT(check_pause(p).error().message, HasSubstr("the reason is longer than 500"));
  p = github;
  p.reason = "\xE2\x80\xAE right to left";
  EXPECT_THAT(check_pause(p).error().message, HasSubstr("\\u{202E}"));
  p.reason = "\xFF";
  EXPECT_FALSE(check_pause(p));
  p = github;
  p.server = std::string(max_name + 1, 's');
  EXPECT_FALSE(check_pause(p));
}

TEST(PauseListTest, ThoseOfAServer) {
  const std::vector<Pause> list{github, all};
  EXPECT_EQ(pauses_for(list, "github"), list);
  EXPECT_EQ(pauses_for(list, "files"), std::vector<Pause>{all});
  EXPECT_TRUE(pauses_for({github}, "files").empty());
  EXPECT_TRUE(pauses_for({github}, "GitHub").empty());
}

}  // namespace
}  // namespace store
