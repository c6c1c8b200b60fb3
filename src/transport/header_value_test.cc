// --header: sources, refusals, and that no value is ever shown.
#include "transport/header_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

HeaderSources sources() {
  return {.variable = [](std::string_view name) -> std::optional<std::string> {
            if (name == "TOKEN") return "hunter2";
            if (name == "_b1") return "second";
            if (name == "EMPTY") return "";
            if (name == "LINES") return "hunter2\nX-Evil: 1";
            if (name == "NESTED") return "${TOKEN}@x";
            return std::nullopt;
          },
          .file = [](const std::string& path) -> base::Result<std::string> {
            if (path == "/run/key") return "hunter2\n";
            if (path == "key with space") return " hunter2 \r\n";
            if (path == "/empty") return "\n";
            if (path == "/lines") return "hunter2\nhunter3\n";
            return base::fail("no such file");
          }};
}
HeaderValue must(std::string_view text) {
  const auto read = parse_header(text, sources());
  EXPECT_TRUE(read) << text << ": " << (read ? "" : read.error().message);
  return read.value_or(HeaderValue{});
}
std::string refusal(std::string_view text) {
  const auto read = parse_header(text, sources());
  EXPECT_FALSE(read) << text;
  return read ? "" : read.error().message;
}

TEST(HeaderValue, ValuesAndWhereTheyComeFrom) {
  struct Case {
    const char* text;
    const char* name;
    const char* value;
    const char* shown;
  };
  const Case cases[] = {
      {"X-A: b", "X-A", "b", "X-A: (given)"},
      {"X-A:b:c ", "X-A", "b:c", "X-A: (given)"},
      {"X-A:", "X-A", "", "X-A: (given)"},
      {"Authorization: Bearer ${TOKEN}", "Authorization", "Bearer hunter2", "Authorization: (from $TOKEN)"},
      {"X-A: ${TOKEN}-${_b1}", "X-A", "hunter2-second", "X-A: (from $TOKEN, $_b1)"},
      {"X-A: $${TOKEN} $x $$ 5$", "X-A", "${TOKEN} $x $$ 5$", "X-A: (given)"},
      {"X-A: ${NESTED}", "X-A", "${TOKEN}@x", "X-A: (from $NESTED)"},
      {"X-Key: @/run/key", "X-Key", "hunter2", "X-Key: (from /run/key)"},
      {"X-Key:@key with space", "X-Key", "hunter2", "X-Key: (from key with space)"},
      {"X-A: @@me", "X-A", "@me", "X-A: (given)"},
      {"X-A: a@b", "X-A", "a@b", "X-A: (given)"},
      {"Cookie: a=b", "Cookie", "a=b", "Cookie: (given)"},
      {"X-Content: c", "X-Content", "c", "X-Content: (given)"}};
  for (const auto& [text, name, value, shown] : cases) {
    const HeaderValue read = must(text);
    EXPECT_EQ(read.field.name, name) << text;
    EXPECT_EQ(read.field.value, value) << text;
    EXPECT_EQ(read.shown, shown) << text;
  }
}

TEST(HeaderValue, AVariableWithoutBracesIsHintedAt) {
  for (const char* text : {"X-A: $TOKEN", "Authorization: Bearer $TOKEN", "X-A: $hunter9"}) {
    EXPECT_THAT(must(text).hint, testing::HasSubstr("${NAME}")) << text;
    EXPECT_THAT(must(text).hint, testing::Not(testing::HasSubstr("hunter"))) << text;
  }
  for (const char* text : {"X-A: b", "X-A: 5$", "X-A: $5", "X-A: $", "X-A: ${TOKEN}", "X-Key: @/run/key", "X-A:"}) {
    EXPECT_EQ(must(text).hint, "") << text;
  }
}

TEST(HeaderValue, Refusals) {
  const auto says = [](const std::string& text, std::string_view part) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << text << " -> " << refusal(text);
    EXPECT_EQ(refusal(text).find("hunter"), std::string::npos) << refusal(text);
    EXPECT_EQ(refusal(text).substr(0, 8), "--header");
  };
  says("hunter2", "no colon");
  says("", "no colon");
  says(": hunter2", "no header's name");
  says("X A: hunter2", "no header's name");
  says("Bearer hunter2: x", "no header's name");
  says(" X-A: b", "no header's name");
  says("X-A : hunter2", "no header's name");
  says("X-A: ${UNSET}hunter2", "--header X-A: the environment variable UNSET is not set");
  says("X-A: ${EMPTY}", "EMPTY is empty");
  says("X-A: hunter2${TOKEN", "followed by a variable's name");
  says("X-A: ${}", "followed by");
  says("X-A: ${hunter-2}", "followed by");
  says("X-A: ${1A}", "followed by");
  says("X-A: ${LINES}", "control character");
  says("X-A: hunter2\r\nX-B: c", "control character");
  says("X-A: @/lines", "control character");
  says("X-A: @hunter2", "cannot be read: no such file (write @@");
  says("X-A: @/empty", "is empty");
  says("X-A: @", "must be followed by");
  says("X-A: " + std::string(max_header_value + 1, 'x'), "longer");
}

TEST(HeaderValue, FieldsThatAreOurs) {
  for (const char* name : {"Host",           "content-length",       "Content-Type", "Content-Encoding",
                           "Connection",     "Transfer-Encoding",    "TE",           "Upgrade",
                           "Expect",         "Keep-Alive",           "Accept",       "Accept-Encoding",
                           "Mcp-Session-Id", "MCP-Protocol-Version", "Mcp-Method",   "mcp-param-x",
                           "Mcp_Session_Id", "Transfer_Encoding",    "Origin",       "Last-Event-ID"}) {
    EXPECT_NE(refusal(std::string(name) + ": x").find("set by the program"), std::string::npos) << name;
  }
  for (const char* name : {"Authorization", "Cookie", "User-Agent", "X-Forwarded-For", "X-Mcp", "Accept-Language"}) {
    EXPECT_EQ(must(std::string(name) + ": x").field.name, name);
  }
}

TEST(HeaderValues, EachNameOnce) {
  const std::vector<std::string> fine{"X-A: 1", "X-B: ${TOKEN}"};
  const auto read = parse_headers(fine, sources());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[1].field.value, "hunter2");
  const std::vector<std::string> twice{"X-A: 1", "x_a: hunter2"};
  const auto refused = parse_headers(twice, sources());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "--header x_a: the same name is given twice");
  EXPECT_FALSE(parse_headers(std::vector<std::string>{"X-A: 1", "nothing"}, sources()));
  EXPECT_FALSE(parse_headers(std::vector<std::string>(max_headers + 1, "X-A: 1"), sources()));
  EXPECT_TRUE(parse_headers({}, sources()));
}

}  // namespace
}  // namespace transport
