// Responses: the same strictness, interim responses, content without length, and what may be done with the connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/reader.h"
#include "http/reader_testing.h"

namespace http {
namespace {

using testing::HasSubstr;
using namespace std::string_view_literals;

Played every_way(std::string_view bytes, bool to_head = false, const Limits& limits = {}) {
  ResponseReader reader(limits, to_head);
  const Played first = play(reader, bytes, [&](std::size_t) { return bytes.size(); });
  ResponseReader single(limits, to_head);
  EXPECT_EQ(play(single, bytes, [](std::size_t) { return 1U; }), first) << bytes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Cuts cuts(seed);
    ResponseReader cut(limits, to_head);
    EXPECT_EQ(play(cut, bytes, [&](std::size_t) { return cuts(); }), first) << bytes;
  }
  return first;
}

#define OK "HTTP/1.1 200 OK\r\n"

struct Case {
  const char* name;
  std::string_view bytes;
  const char* text;  // of the refusal's reason, or of the story
};

const Case refused[] = {
    {"both", OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "stand"},
    {"two lengths", OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"sv, "twice"},
    {"a list of lengths", OK "Content-Length: 5, 5\r\n\r\nhello"sv, "plain digits"},
    {"xchunked", OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv, "must be \"chunked\""},
    {"gzip, chunked", OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"sv, "not supported"},
    {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "HTTP/1.0"},
    {"folded", OK "X: a\r\n b\r\n\r\n"sv, "folded"},
    {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"sv, "LF without CR"},
    {"bare CR", OK "X: a\rb\r\n\r\n"sv, "CR without LF"},
    {"two types", OK "Content-Type: application/json\r\nContent-Type: text/event-stream\r\n\r\n"sv, "twice"},
    {"two sessions", OK "Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n\r\n"sv, "twice"},
    {"not HTTP", "ICY 200 OK\r\n\r\n"sv, "status line"},
    {"HTTP/2", "HTTP/2 200\r\n\r\n"sv, "status line"},
    {"HTTP/0.9", "{\"jsonrpc\":\"2.0\"}\r\n\r\n"sv, "status line"},
    {"an empty line before", "\r\n" OK "\r\n"sv, "empty line"},
    {"two digits", "HTTP/1.1 20 OK\r\n\r\n"sv, ""},
    {"no such status", "HTTP/1.1 099 X\r\n\r\n"sv, "does not exist"},
    {"no such status either", "HTTP/1.1 600 X\r\n\r\n"sv, "does not exist"},
    {"switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"sv, "switches"},
    {"interim with content", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"sv, "cannot have"},
    {"204 with content", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"sv, "cannot have"},
    {"204 with chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "cannot have"},
    {"cut off in the content", OK "Content-Length: 6\r\n\r\nhello"sv, "closed in the middle"},
    {"cut off in a chunk", OK "Transfer-Encoding: chunked\r\n\r\n6\r\nhello"sv, "closed in the middle"},
    {"cut off before the last chunk", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"sv, "closed in the middle"},
    {"cut off in the head", OK "Content-Le"sv, "closed in the middle"},
    {"cut off after an interim one", "HTTP/1.1 100 Continue\r\n\r\n"sv, "closed in the middle"},
    {"interim without end", "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 103 E\r\n\r\n"sv, "without end"},
};

TEST(ResponseReader, Refuses) {
  const Limits limits{.interim_responses = 2};
  for (const Case& c : refused) {
    SCOPED_TRACE(c.name);
    const Played played = every_way(c.bytes, false, limits);
    EXPECT_EQ(played.status, 502U) << played.story;
    EXPECT_THAT(played.reason, HasSubstr(c.text));
    EXPECT_EQ(played.ended, 0U);
  }
}

const Case accepted[] = {
    {"length", OK "Content-Length: 5\r\n\r\nhello"sv, "length 5 keep] {hello} end;closed"},
    {"no content", OK "Content-Length: 0\r\n\r\n"sv, "none 0 keep] {} end;closed"},
    {"chunked", OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"sv, "keep] {hello} end;closed"},
    {"until close", OK "Content-Type: text/event-stream\r\n\r\ndata: x\n\n"sv, "close 0 close] {data: x\n\n} end;"},
    {"until close, empty", OK "\r\n"sv, "close 0 close] {} end;"},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello"sv, "close 0 close] {hello} end;"},
    {"HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na"sv,
     "keep] {a} end;closed"},
    {"closes", OK "Connection: close\r\nContent-Length: 1\r\n\r\na"sv, "close] {a} end;"},
    {"interim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK "Content-Length: 1\r\n\r\na"sv,
     "[200 OK 1.1 Content-Length=1; length 1 keep] {a} end;closed"},
    {"204", "HTTP/1.1 204 No Content\r\n\r\n"sv, "none 0 keep] {} end;closed"},
    {"204 with length zero", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"sv, "none 0 keep] {} end;closed"},
    {"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"sv, "none 5 keep] {} end;closed"},
    {"no reason phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"sv, "[200  1.1"},
    {"two in a row", OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 1\r\n\r\nb"sv, "{a} end;[200"},
    {"cookies", OK "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"sv, "Set-Cookie=b;"},
};

TEST(ResponseReader, Accepts) {
  for (const Case& c : accepted) {
    SCOPED_TRACE(c.name);
    const Played played = every_way(c.bytes);
    EXPECT_EQ(played.status, 0U) << played.story;
    EXPECT_THAT(played.story, HasSubstr(c.text));
  }
}

TEST(ResponseReader, ToHeadThereIsNoContent) {
  const Played played = every_way(OK "Content-Length: 5\r\n\r\n", true);
  EXPECT_THAT(played.story, HasSubstr("none 5 keep] {} end;closed"));
  EXPECT_THAT(every_way(OK "Transfer-Encoding: chunked\r\n\r\n", true).story, HasSubstr("{} end;closed"));
  EXPECT_THAT(every_way(OK "\r\n", true).story, HasSubstr("{} end;closed"));
}

TEST(ResponseReader, ARefusalTellsTooMuchContentFromMalformedContent) {
  const auto too_large = [](std::string_view bytes) {
    ResponseReader reader({.body_bytes = 10});
    Step step;
    do {
      step = reader.read(bytes);
      bytes.remove_prefix(step.consumed);
    } while (step.event == Event::head || step.event == Event::body);
    EXPECT_EQ(step.event, Event::refused);
    return reader.refusal().too_large;
  };
  EXPECT_TRUE(too_large(OK "Content-Length: 11\r\n\r\n"));
  EXPECT_TRUE(too_large(OK "\r\n01234567890"));
  EXPECT_TRUE(too_large(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n"));
  EXPECT_FALSE(too_large(OK "Transfer-Encoding: chunked\r\n\r\nx\r\n"));
  EXPECT_FALSE(too_large(OK "Content-Length: 1x\r\n\r\n"));
}

TEST(ResponseReader, LimitsOfContent) {
  const Limits limits{.body_bytes = 10};
  EXPECT_THAT(every_way(OK "Content-Length: 11\r\n\r\n", false, limits).reason, HasSubstr("limit"));
  EXPECT_THAT(every_way(OK "\r\n01234567890", false, limits).reason, HasSubstr("limit"));
  EXPECT_EQ(every_way(OK "\r\n0123456789", false, limits).ended, 1U);
  EXPECT_THAT(every_way(OK "Transfer-Encoding: chunked\r\n\r\nb\r\n", false, limits).reason, HasSubstr("limit"));

  for (const std::string_view head : {OK "Content-Length: 20\r\n\r\n"sv, OK "\r\n"sv}) {
    const std::string bytes = std::string(head) + "0123456789abcdefghij";
    ResponseReader reader(limits);
    const std::function<void(ResponseReader&)> allow = [](ResponseReader& r) { r.allow_body(unlimited); };
    const Played played = play(reader, bytes, [](std::size_t) { return 3U; }, allow);
    EXPECT_EQ(played.bodies, std::vector<std::string>{"0123456789abcdefghij"});
  }
}

}  // namespace
}  // namespace http
