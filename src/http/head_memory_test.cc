// Heads that repeat the one before: recognised only if nothing but the length's digits differs, and read as if anew.
#include "http/head_memory.h"

#include <gtest/gtest.h>

#include "http/reader.h"
#include "http/reader_testing.h"

namespace http {
namespace {

#define POST "POST /mcp HTTP/1.1\r\nHost: a\r\n"

TEST(HeadMemory, KnowsItsHeadAgain) {
  const std::string head = POST "Content-Length: 25\r\nX: y\r\n\r\n";
  HeadMemory memory;
  EXPECT_FALSE(memory.repeated(head, head)) << "nothing is known yet";
  memory.keep(head, std::string_view(head).substr(head.find("25"), 2));
  EXPECT_EQ(memory.repeated(head, head), 25u);
  EXPECT_EQ(memory.repeated(head, head + "{}"), 25u);
  EXPECT_EQ(memory.repeated(head, POST "Content-Length: 99\r\nX: y\r\n\r\n"), 99u);
  memory.forget();
  EXPECT_FALSE(memory.repeated(head, head));
}

TEST(HeadMemory, KnowsAHeadWithoutLengthAgain) {
  const std::string head = "GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadMemory memory;
  memory.keep(head, "");
  EXPECT_EQ(memory.repeated(head, head + "GET"), 0u);
  EXPECT_FALSE(memory.repeated(head, head.substr(0, head.size() - 1)));
  EXPECT_FALSE(memory.repeated(head, "GET /mcp HTTP/1.1\r\nHost: b\r\n\r\n"));
}

TEST(HeadMemory, TakesNothingElseForIt) {
  const std::string head = POST "Content-Length: 25\r\nX: y\r\n\r\n";
  HeadMemory memory;
  memory.keep(head, std::string_view(head).substr(head.find("25"), 2));
  for (const char* other : {
           "",
           POST,
           POST "Content-Length: 2",
           POST "Content-Length: 25",
           POST "Content-Length: 25\r\nX: y\r\n",
           POST "Content-Length: 25\r\nX: z\r\n\r\n",
           POST "Content-Length: 25\r\nx: y\r\n\r\n",
           POST "Content-Length: 5\r\nX: y\r\n\r\n",
           POST "Content-Length: 250\r\nX: y\r\n\r\n",
           POST "Content-Length: 05\r\nX: y\r\n\r\n",
           POST "Content-Length: +5\r\nX: y\r\n\r\n",
           POST "Content-Length: 2 \r\nX: y\r\n\r\n",
           POST "Content-Length: 2;\r\nX: y\r\n\r\n",
           POST "Content-Length: \r\n\r\nX: y\r\n\r\n",
           "\r\n" POST "Content-Length: 25\r\nX: y\r\n\r\n",
           "PUT! /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 25\r\nX: y\r\n\r\n",
       }) {
    EXPECT_FALSE(memory.repeated(head, other)) << other;
  }
}

// All that one reader tells of the messages, whole, and byte by byte, where it can recognise none.
template <class Reader>
std::string story(std::string_view bytes, const Limits& limits = {}) {
  Reader whole(limits);
  Reader single(limits);
  const Played out = play(whole, bytes, [&](std::size_t) { return bytes.size(); });
  EXPECT_EQ(play(single, bytes, [](std::size_t) { return 1U; }), out) << bytes;
  return out.story;
}

TEST(RepeatedHeads, AreReadAsIfAnew) {
  const std::string with_2 = POST "Content-Length: 2\r\n\r\n{}";
  const std::string with_4 = POST "Content-Length: 4\r\n\r\nnull";
  const std::string with_10 = POST "Content-Length: 10\r\n\r\n0123456789";
  const std::string with_0 = POST "Content-Length: 0\r\n\r\n";
  const std::string cut = POST "Content-Length: 9\r\n\r\nnull";
  const std::string led = POST "Content-Length: 02\r\n\r\n{}";
  const std::string waits = POST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}";
  const std::string chunked = POST "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  const std::string get = "GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string closes = "GET /mcp HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const std::array all{with_2, with_4, with_10, with_0, led, waits, chunked, get, closes, cut, "\r\n" + with_4};
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      for (const std::string& c : all) story<RequestReader>(a + b + c);
    }
  }
  const std::string told = story<RequestReader>(with_2 + with_4);
  EXPECT_NE(told.find("length 2 keep"), std::string::npos) << told;
  EXPECT_NE(told.find("Content-Length=4;"), std::string::npos) << told;
  EXPECT_NE(told.find("length 4 keep"), std::string::npos) << told;
}

TEST(RepeatedHeads, OfChunkedContent) {
  const std::string begin = POST "Transfer-Encoding: chunked\r\n\r\n";
  const std::string good = begin + "2\r\n{}\r\n4;x=y\r\nnull\r\n0\r\n\r\n";
  const std::string odd = begin + "2\r\n{}\r\nx\r\n";
  const std::string told = story<RequestReader>(good + good + odd);
  EXPECT_EQ(told.find("{{}null}"), told.rfind("{{}null}", told.size() / 2)) << told;
  EXPECT_NE(told.find("refused 400"), std::string::npos) << told;
}

TEST(RepeatedHeads, HoldTheLimitOfContent) {
  const std::string told = story<RequestReader>(
      POST "Content-Length: 2\r\n\r\n{}" POST "Content-Length: 6\r\n\r\n012345", {.body_bytes = 5});
  EXPECT_NE(told.find("refused 413"), std::string::npos) << told;
}

TEST(RepeatedHeads, OfResponses) {
#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
  const std::string with_2 = OK "Content-Length: 2\r\n\r\n{}";
  const std::string with_4 = OK "Content-Length: 4\r\n\r\nnull";
  const std::string with_0 = OK "Content-Length: 0\r\n\r\n";
  const std::string chunked = OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n" + with_2;
  const std::string nothing = "HTTP/1.1 204 No Content\r\n\r\n";
  const std::string unchanged = "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n";
  const std::array all{with_2, with_4, with_0, chunked, interim, nothing, unchanged, std::string(OK "\r\nnull")};
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      for (const std::string& c : all) story<ResponseReader>(a + b + c);
    }
  }
}

TEST(RepeatedHeads, ToHeadAreNotTakenForThoseToGet) {
  const std::string_view head = OK "Content-Length: 2\r\n\r\n";
  const std::string with_body = std::string(head) + "{}";
  ResponseReader reader;
  const auto skip = [&](std::string_view in) {
    for (Step step = reader.read(in); step.event != Event::end; step = reader.read(in)) in.remove_prefix(step.consumed);
  };
  skip(with_body);
  reader.next(true);
  EXPECT_EQ(reader.read(head).event, Event::head);
  EXPECT_EQ(reader.head().framing, Framing::none);
  EXPECT_EQ(reader.read({}).event, Event::end);
  reader.next(false);
  EXPECT_EQ(reader.read(head).event, Event::head);
  EXPECT_EQ(reader.head().framing, Framing::length);
}

}  // namespace
}  // namespace http
