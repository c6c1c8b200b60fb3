// What is written reads as the same message; what could be an injection is an error and leaves nothing behind.
#include "http/writer.h"

#include <gtest/gtest.h>

#include "http/reader_testing.h"

namespace http {
namespace {

using namespace std::string_view_literals;

std::string story_of_request(std::string_view bytes) {
  RequestReader reader;
  return play(reader, bytes, [&](std::size_t) { return bytes.size(); }).story;
}

std::string story_of_response(std::string_view bytes, bool to_head = false) {
  ResponseReader reader({}, to_head);
  return play(reader, bytes, [&](std::size_t) { return bytes.size(); }).story;
}

TEST(HeadWriter, Request) {
  std::string out = "before";
  auto head = HeadWriter::request(out, "POST", "/mcp?x=1");
  const std::vector<Field> more{{"Mcp-Param-A", "1"}, {"Mcp-Param-B", ""}};
  head.field("Host", "localhost:80").field("Content-Type", "application/json").fields(more).length(2);
  ASSERT_TRUE(head.done());
  out += "{}";
  EXPECT_EQ(out,
            "beforePOST /mcp?x=1 HTTP/1.1\r\nHost: localhost:80\r\nContent-Type: application/json\r\nMcp-Param-A: 1\r\n"
            "Mcp-Param-B: \r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_NE(story_of_request(out.substr(6)).find("{{}} end;closed"), std::string::npos);
}

struct Line {
  std::string name, value;
};

// "" for a head that is refused.
std::string written(const std::vector<Line>& lines, WrittenHead* before, std::string_view target = "/mcp") {
  std::string out;
  auto head = HeadWriter::request(out, "POST", target, before);
  for (const Line& line : lines) head.field(line.name, line.value);
  head.length(lines.size());
  EXPECT_EQ(head.done().has_value(), !out.empty());
  return out;
}

TEST(HeadWriter, WhatRepeatsIsWrittenAsIfAnew) {
  const std::vector<std::vector<Line>> heads{
      {{"Host", "a"}, {"Accept", "x"}, {"Mcp-Session-Id", "1"}},
      {{"Host", "a"}, {"Accept", "x"}, {"Mcp-Session-Id", "2"}},
      {{"Host", "a"}, {"Accept", "x"}},
      {{"Host", "a"}},
      {{"Accept", "x"}, {"Host", "a"}},
      {{"Host", "a"}, {"Accept", "x"}, {"X", "y"}, {"Mcp-Session-Id", "1"}},
      {{"Accept", "x"}},                                                                      // no Host
      {{"Host", "a"}, {"Host", "a"}},                                                         // twice
      {{"Host", "a"}, {"Accept", "x"}, {"Mcp-Session-Id", "1"}, {"mcp-session-id", "1"}},     // twice
      {{"Host", "a"}, {"Accept", "x\r\nMcp-Session-Id: 1"}, {"X", "y"}},                      // an injection
      {{"Host", "a"}, {"Accept", "x "}},                                                      // a blank
      {{"Host", "a"}, {"Accept", "x"}, {"Content-Length", "1"}},                              // the writer's
      {{"Host", "a"}, {"Accept", "x"}, {"X", std::string(9000, 'y')}, {"Y", "z"}, {"Y", ""}}  // not remembered whole
  };
  for (const auto& a : heads) {
    for (const auto& b : heads) {
      for (const auto& c : heads) {
        WrittenHead before;
        EXPECT_EQ(written(a, &before), written(a, nullptr));
        EXPECT_EQ(written(b, &before), written(b, nullptr));
        EXPECT_EQ(written(c, &before), written(c, nullptr));
      }
    }
  }
  WrittenHead before;
  for (const char* target : {"/mcp", "/mcp", "/other", "/mcp", "http://a/", "/mcp"}) {
    EXPECT_EQ(written(heads[0], &before, target), written(heads[0], nullptr, target)) << target;
  }
}

TEST(HeadWriter, ResponsesThatRepeat) {
  WrittenHead before;
  const std::vector<std::pair<unsigned, std::vector<Line>>> heads{
      {200, {{"Content-Type", "a/b"}, {"Date", "1"}}},
      {200, {{"Content-Type", "a/b"}, {"Date", "2"}}},
      {404, {{"Content-Type", "a/b"}, {"Date", "2"}}},
      {200, {{"Content-Type", "a/b"}, {"Date", "2 "}}},
      {200, {{"Content-Type", "a/b"}, {"content-type", "a/b"}}},
      {99, {{"Content-Type", "a/b"}}},
      {200, {}}};
  const auto write = [](const auto& head, WrittenHead* memory) {
    std::string out;
    auto writer = HeadWriter::response(out, head.first, memory);
    for (const Line& line : head.second) writer.field(line.name, line.value);
    EXPECT_EQ(writer.length(2).done().has_value(), !out.empty());
    return out;
  };
  for (const auto& a : heads) {
    for (const auto& b : heads) {
      EXPECT_EQ(write(a, &before), write(a, nullptr));
      EXPECT_EQ(write(b, &before), write(b, nullptr));
    }
  }
}

TEST(HeadWriter, AllFramings) {
  std::string out;
  ASSERT_TRUE(HeadWriter::request(out, "POST", "/").field("Host", "a").chunked().close().done());
  write_chunk(out, "hello");
  write_chunk(out, "");
  write_chunk(out, std::string(300, 'x'));
  write_last_chunk(out);
  EXPECT_NE(story_of_request(out).find("chunked 0 close] {hellox"), std::string::npos) << story_of_request(out);
  out.clear();
  ASSERT_TRUE(HeadWriter::request(out, "GET", "/").field("Host", "a").none().done());
  EXPECT_NE(story_of_request(out).find("none 0 keep] {} end;closed"), std::string::npos);
  out.clear();
  ASSERT_TRUE(HeadWriter::response(out, 299).until_close().done());
  EXPECT_EQ(out, "HTTP/1.1 299 \r\nConnection: close\r\n\r\n");
  EXPECT_NE(story_of_response(out + "abc").find("{abc} end;"), std::string::npos);
  out.clear();
  ASSERT_TRUE(HeadWriter::response(out, 204).none().done());
  EXPECT_NE(story_of_response(out).find("end;closed"), std::string::npos);
}

struct Value {
  std::string_view name;
  std::string_view value;
};

TEST(HeadWriter, IllegalFieldsAreErrors) {
  const Value values[] = {
      {"X", "a\r\nY: b"},
      {"X", "a\nb"},
      {"X", "a\rb"},
      {"X", "a\0b"sv},
      {"X", " a"},
      {"X", "a\t"},
      {"X", "\x1b[0m"},
      {"X", "\x7f"},
      {"X Y", "a"},
      {"X:", "a"},
      {"", "a"},
      {"X\r\nY", "a"},
      {"X\xC3\xA9", "a"},
      {"Content-Length", "5"},
      {"content-length", ""},
      {"Transfer-Encoding", "chunked"},
      {"Connection", "X"},
      {"Upgrade", "h2c"},
      {"Expect", "x"},
      {"Proxy-Connection", "x"},
      {"Host", "b"},
      {"Mcp_Name", "x"},
      {"Content_Type", "x"},
      {"mcp-name", "again"},
      {"Origin", "again"},
  };
  for (const Value& v : values) {
    std::string out = "kept";
    auto head = HeadWriter::request(out, "POST", "/");
    head.field("Host", "a")
        .field("Mcp-Name", "x")
        .field("Origin", "o")
        .field(v.name, v.value)
        .field("Y", "z")
        .length(0);
    const auto done = head.done();
    ASSERT_FALSE(done) << v.name << ": " << v.value;
    EXPECT_FALSE(done.error().message.empty());
    EXPECT_EQ(done.error().message.find_first_of("\r\n\x1b"), std::string::npos);
    EXPECT_EQ(out, "kept");
  }
}

TEST(HeadWriter, IllegalHeadsAreErrors) {
  std::string out;
  for (const auto target : {"", "mcp", "/a b", "/\r\n", "/#", "*", "http://a/"}) {
    EXPECT_FALSE(HeadWriter::request(out, "GET", target).field("Host", "a").none().done()) << target;
  }
  for (const auto method : {"", "G T", "GET\r\n", "CONNECT"}) {
    EXPECT_FALSE(HeadWriter::request(out, method, "/").field("Host", "a").none().done()) << method;
  }
  EXPECT_FALSE(HeadWriter::request(out, "GET", "/").none().done());
  EXPECT_FALSE(HeadWriter::request(out, "GET", "/").field("Host", "a b").none().done());
  EXPECT_FALSE(HeadWriter::request(out, "GET", "/").field("Host", "a").done());
  EXPECT_FALSE(HeadWriter::request(out, "GET", "/").field("Host", "a").until_close().done());
  EXPECT_FALSE(HeadWriter::request(out, "GET", "/").field("Host", "a").length(1).chunked().done());
  EXPECT_FALSE(HeadWriter::response(out, 99).length(1).done());
  EXPECT_FALSE(HeadWriter::response(out, 600).length(1).done());
  EXPECT_FALSE(HeadWriter::response(out, 200).none().done());
  EXPECT_FALSE(HeadWriter::response(out, 204).length(0).done());
  EXPECT_FALSE(HeadWriter::response(out, 304).chunked().done());
  EXPECT_TRUE(HeadWriter::request(out, "OPTIONS", "*").field("Host", "a").none().done());
}

TEST(Responses, Json) {
  std::string out;
  const std::vector<Field> more{{"Mcp-Session-Id", "abc"}};
  ASSERT_TRUE(write_json_response(out, 404, "{}", Connection::keep, more));
  EXPECT_EQ(out,
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nMcp-Session-Id: abc\r\nContent-Length: "
            "2\r\n\r\n{}");
  EXPECT_NE(story_of_response(out).find("keep] {{}} end;closed"), std::string::npos);
  out.clear();
  ASSERT_TRUE(write_json_response(out, 202, "", Connection::close));
  EXPECT_EQ(out, "HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  out.clear();
  ASSERT_TRUE(write_json_response(out, 204, "", Connection::keep));
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\n\r\n");
  out = "kept";
  EXPECT_FALSE(write_json_response(out, 204, "{}", Connection::keep));
  const std::vector<Field> evil{{"Mcp-Session-Id", "a\r\nSet-Cookie: b"}};
  EXPECT_FALSE(write_json_response(out, 200, "{}", Connection::keep, evil));
  const std::vector<Field> twice{{"Content-Type", "text/plain"}};
  EXPECT_FALSE(write_json_response(out, 200, "{}", Connection::keep, twice));
  EXPECT_EQ(out, "kept");
}

TEST(Responses, Stream) {
  std::string out;
  ASSERT_TRUE(write_sse_head(out, 1));
  write_chunk(out, "data: x\n\n");
  write_last_chunk(out);
  EXPECT_NE(story_of_response(out).find("chunked 0 keep] {data: x\n\n} end;closed"), std::string::npos);
  out.clear();
  ASSERT_TRUE(write_sse_head(out, 0));
  EXPECT_NE(story_of_response(out + "data: x\n\n").find("close 0 close] {data: x\n\n} end;"), std::string::npos);
  out.clear();
  ASSERT_TRUE(write_sse_head(out, 1, {}, Connection::close));
  write_last_chunk(out);
  EXPECT_NE(story_of_response(out).find("chunked 0 close] {} end;"), std::string::npos);
}

TEST(Responses, Continue) {
  EXPECT_NE(
      story_of_response(std::string(continue_response) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").find("[200"),
      std::string::npos);
}

TEST(Responses, Phrases) {
  EXPECT_EQ(reason_phrase(405), "Method Not Allowed");
  EXPECT_EQ(reason_phrase(505), "HTTP Version Not Supported");
  EXPECT_EQ(reason_phrase(299), "");
}

}  // namespace
}  // namespace http
