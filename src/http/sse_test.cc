// Event streams: the standard's cases, agreement with a slow implementation under any cuts, limits, and the writer.
#include "http/sse.h"

#include <gtest/gtest.h>

#include "http/reader_testing.h"
#include "http/sse_testing.h"

namespace http {
namespace {

using namespace std::string_view_literals;

SsePlayed every_way(std::string_view bytes, std::size_t limit = 1U << 20) {
  const SsePlayed whole = play_sse(bytes, limit, [&] { return bytes.size(); });
  EXPECT_EQ(play_sse(bytes, limit, [] { return 1U; }), whole) << bytes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Cuts cuts(seed);
    EXPECT_EQ(play_sse(bytes, limit, [&] { return cuts(); }), whole) << bytes;
  }
  return whole;
}

std::vector<SseTold> told_of(std::string_view bytes) { return every_way(bytes).told; }

TEST(SseReader, Fields) {
  EXPECT_EQ(told_of("event: message\nid: 7\nretry: 1500\ndata: {}\n\n"),
            (std::vector<SseTold>{{.id = "=7", .event = "message", .retry = "=1500", .data = "={}"}}));
  EXPECT_EQ(told_of("data: a\ndata\ndata:b\ndata:  c\n\n"), (std::vector<SseTold>{{.data = "=a\n\nb\n c"}}));
  EXPECT_EQ(told_of("Data: a\n data: b\ndatax: c\nfoo\n\n"), std::vector<SseTold>{});
  EXPECT_EQ(told_of("data: a: b\n\n"), (std::vector<SseTold>{{.data = "=a: b"}}));
  EXPECT_EQ(told_of("event: a\nevent: b\ndata\n\n"), (std::vector<SseTold>{{.event = "b", .data = "="}}));
}

TEST(SseReader, PrimersAndBlocksWithoutData) {
  EXPECT_EQ(told_of("id: p1\ndata:\n\n"), (std::vector<SseTold>{{.id = "=p1", .data = "="}}));
  EXPECT_EQ(told_of("id: p1\n\nretry: 5\n\nid\n\n"),
            (std::vector<SseTold>{{.id = "=p1"}, {.retry = "=5"}, {.id = "="}}));
  EXPECT_EQ(every_way("id: 1\ndata: a\n\nid: 2\n").last_id, "1");  // the block is not at its end
  EXPECT_EQ(every_way("id: 1\ndata: a\n\nid\n\n").last_id, "");
  EXPECT_EQ(every_way("id: 1\ndata: a\n\ndata: b\n\n").last_id, "1");
}

TEST(SseReader, LineEnds) {
  const std::vector<SseTold> one{{.data = "=a\nb"}}, two{{.data = "=a"}, {.data = "=b"}};
  EXPECT_EQ(told_of("data: a\ndata: b\n\n"), one);
  EXPECT_EQ(told_of("data: a\rdata: b\r\r"), one);
  EXPECT_EQ(told_of("data: a\r\ndata: b\r\n\r\n"), one);
  EXPECT_EQ(told_of("data: a\r\ndata: b\n\r"), one);
  EXPECT_EQ(told_of("data: a\n\rdata: b\r\n\n"), two);
  EXPECT_EQ(told_of("data: a\r\n\r\ndata: b\r\n\r\n"), two);
  EXPECT_EQ(told_of("data: a\xE2\x80\xA8"
                    "data: b\v\f\xC2\x85\n\n"),
            (std::vector<SseTold>{{.data = "=a\xE2\x80\xA8"
                                           "data: b\v\f\xC2\x85"}}));
}

TEST(SseReader, ByteOrderMark) {
  EXPECT_EQ(told_of("\xEF\xBB\xBF"
                    "data: a\n\n"),
            (std::vector<SseTold>{{.data = "=a"}}));
  EXPECT_EQ(told_of("\xEF\xBB"
                    "data: a\ndata: b\n\n"),
            (std::vector<SseTold>{{.data = "=b"}}));
  EXPECT_EQ(told_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                    "data: a\n\n"),
            std::vector<SseTold>{});
  EXPECT_EQ(told_of("data: a\n\n\xEF\xBB\xBF"
                    "data: b\n\n"),
            (std::vector<SseTold>{{.data = "=a"}}));
}

TEST(SseReader, Comments) {
  EXPECT_EQ(told_of(": ping\n\n:\ndata: a\n:x\ndata: b\n\n"),
            (std::vector<SseTold>{{.comment = "= ping"}, {.comment = "="}, {.comment = "=x"}, {.data = "=a\nb"}}));
}

TEST(SseReader, IgnoresWhatTheStandardIgnores) {
  EXPECT_EQ(told_of("id: a\0b\ndata: x\n\n"sv), (std::vector<SseTold>{{.data = "=x"}}));
  for (const auto retry : {"", "-1", "1.5", "1s", " 1", "99999999999999999999"}) {
    EXPECT_EQ(told_of("retry: " + std::string(retry) + "\ndata\n\n"), (std::vector<SseTold>{{.data = "="}})) << retry;
  }
  EXPECT_EQ(told_of("data: cut off\n"), std::vector<SseTold>{});
  EXPECT_EQ(told_of("data: cut off"), std::vector<SseTold>{});
  EXPECT_EQ(told_of("\n\n\r\n\n"), std::vector<SseTold>{});
}

TEST(SseReader, TheLimitHoldsForABlock) {
  const std::string ten = "data: 0123\n";
  EXPECT_FALSE(every_way(ten + ten + "\n" + ten + "\n", 20).refused);
  EXPECT_TRUE(every_way(ten + ten + "d\n\n", 20).refused);
  EXPECT_TRUE(every_way("data: 012345678901234567890\n\n", 20).refused);
  EXPECT_TRUE(every_way(std::string(100, 'x'), 20).refused);
  EXPECT_FALSE(every_way(":0123456789\n:0123456789\n:0123456789\n" + ten + "\n", 20).refused);
  EXPECT_TRUE(every_way(":01234567890123456789\n", 20).refused);
  SseReader reader(20);
  std::string_view in = "data: 012345678901234567890\n\ndata: a\n\n";
  EXPECT_EQ(reader.read(in), SseFound::refused);
  EXPECT_EQ(reader.read(in), SseFound::refused);
}

TEST(SseReader, RemembersTheTimeToWait) {
  SseReader reader;
  std::string_view in = "retry: 10\n\nretry: 20\ndata\n\ndata: x\n\n";
  while (reader.read(in) != SseFound::more) continue;
  EXPECT_EQ(reader.retry(), 20U);
}

TEST(SseReader, AgreesWithTheOracle) {
  Cuts random(4711);
  const std::string_view pieces[] = {"data", "event", "id", "retry", ":", ": ",   " ",    "\r",   "\n",   "\r\n",
                                     "\n\n", "\r\r",  "1",  "23",    "x", "\0"sv, "\xEF", "\xBB", "\xBF", "\r\n\r\n"};
  std::size_t events = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = random() > 7 ? "\xEF\xBB\xBF" : "";
    const std::size_t count = random() * 4;
    for (std::size_t i = 0; i < count; ++i) text += pieces[(random() * 9 + random()) % std::size(pieces)];
    const SsePlayed want = slow_sse(text);
    const SsePlayed cut = play_sse(text, 1U << 20, [&] { return random(); });
    ASSERT_EQ(cut, want) << testing::PrintToString(text);
    ASSERT_EQ(play_sse(text, 1U << 20, [&] { return text.size(); }), want) << testing::PrintToString(text);
    events += want.told.size();
  }
  EXPECT_GT(events, 10'000U);
}

TEST(SseWriter, Writes) {
  std::string out;
  ASSERT_TRUE(write_sse(out, {.id = "7", .event = "message", .retry = 5, .data = "a\nb\r\nc\rd"}));
  EXPECT_EQ(out, "event: message\nid: 7\nretry: 5\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  out.clear();
  ASSERT_TRUE(write_sse(out, {.data = "{}"}));
  ASSERT_TRUE(write_sse(out, {.id = "p", .data = ""}));
  ASSERT_TRUE(write_sse(out, {}));
  write_sse_comment(out, "");
  write_sse_comment(out, " a\ndata: b");
  EXPECT_EQ(out, "data: {}\n\nid: p\ndata: \n\n:\n: a\n:data: b\n");
}

TEST(SseWriter, LinesInIdsAndTypesAreErrors) {
  std::string out = "kept";
  for (const auto bad : {"a\nb"sv, "a\rb"sv, "a\0b"sv}) {
    EXPECT_FALSE(write_sse(out, {.id = bad, .data = "x"}));
    EXPECT_FALSE(write_sse(out, {.event = bad, .data = "x"}));
  }
  EXPECT_EQ(out, "kept");
}

}  // namespace
}  // namespace http
