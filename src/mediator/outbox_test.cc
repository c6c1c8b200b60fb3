// Text and marks of a side grow and shrink together.
#include "mediator/outbox.h"

#include <gtest/gtest.h>

namespace mediator {
namespace {

struct Side {
  explicit Side(bool marked) : box(text, lines, marked) {}
  // A line of `length` bytes and its line feed.
  void add(std::size_t length, const std::string& name) {
    Line line;
    line.method_name = name;
    box.own(std::move(line), [&](std::string& out) { out.append(length, 'x') += '\n'; });
  }
  std::string names() const {
    std::string out;
    for (const Line& line : lines) out += line.method_name;
    return out;
  }
  std::string text;
  std::vector<Line> lines;
  Outbox box;
};

TEST(Outbox, WithoutMarksThereIsOnlyText) {
  Side side(false);
  side.add(3, "a");
  EXPECT_EQ(side.text, "xxx\n");
  EXPECT_TRUE(side.lines.empty());
  side.box.take(0, 4);
  EXPECT_EQ(side.text, "");
}

TEST(Outbox, TakesLinesWithTheirMarks) {
  Side side(true);
  for (const char* name : {"a", "b", "c", "d", "e"}) side.add(9, name);
  side.box.take(10, 30);
  EXPECT_EQ(side.names(), "ade");
  ASSERT_EQ(side.lines.size(), 3U);
  EXPECT_EQ(side.lines[0].end, 10U);
  EXPECT_EQ(side.lines[1].end, 20U);
  EXPECT_EQ(side.lines[2].end, 30U);
  EXPECT_EQ(side.box.size(), 30U);
  side.box.take(20, 20);
  EXPECT_EQ(side.names(), "ade") << "nothing is no line";
  side.box.take(0, 10);
  side.box.take(10, 20);
  EXPECT_EQ(side.names(), "d");
  side.box.clear(100);
  EXPECT_EQ(side.text, "");
  EXPECT_EQ(side.names(), "");
}

TEST(Outbox, SaysWhoIsAnswered) {
  Side side(true);
  const mcp::Id id{"1.0", "n1"};
  side.box.error({7, &id, mcp::find_method("tools/call"), true}, -1, "no");
  side.box.error({8}, -1, "no");
  ASSERT_EQ(side.lines.size(), 2U);
  EXPECT_EQ(side.lines[0].what, Line::What::answer);
  EXPECT_EQ(side.lines[0].scope, 7U);
  EXPECT_EQ(side.lines[0].id_key, "n1");
  EXPECT_EQ(side.lines[0].id_text, "1.0");
  EXPECT_TRUE(side.lines[0].own && side.lines[0].modern);
  EXPECT_EQ(side.lines[0].method->name, "tools/call");
  EXPECT_EQ(side.lines[1].scope, 8U);
  EXPECT_EQ(side.lines[1].id_key + side.lines[1].id_text, "");
  EXPECT_EQ(side.text, R"({"jsonrpc":"2.0","id":1.0,"error":{"code":-1,"message":"no"}})"
                       "\n"
                       R"({"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}})"
                       "\n");
}

}  // namespace
}  // namespace mediator
