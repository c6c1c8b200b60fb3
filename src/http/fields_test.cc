// Look-ups in fields, media types and Accept, authorities and targets.
#include "http/fields.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "http/authority.h"
#include "http/chars.h"
#include "http/media.h"
#include "http/name_set.h"

namespace http {
namespace {

using namespace std::string_view_literals;

TEST(Fields, AreFoundWithoutCase) {
  const std::vector<Field> list{{"Content-Type", "a/b"}, {"X", "1"}, {"x", "2"}, {"CONNECTION", "Foo, close ,\"a,b\""}};
  const Fields fields(list);
  EXPECT_EQ(fields.find("content-type"), "a/b");
  EXPECT_EQ(fields.find("X"), "1");
  EXPECT_EQ(fields.find("content-typ"), std::nullopt);
  EXPECT_EQ(fields.value_or("Y", "none"), "none");
  EXPECT_EQ(fields.count("X"), 2U);
  EXPECT_TRUE(fields.has_token("connection", "CLOSE"));
  EXPECT_FALSE(fields.has_token("connection", "b\""));
  for (const auto name : {"foo", "Close", "connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
                          "Proxy-Authorization", "content-length"}) {
    EXPECT_TRUE(fields.is_hop_by_hop(name)) << name;
  }
  for (const auto name : {"X", "Content-Type", "fo", "Authorization"}) EXPECT_FALSE(fields.is_hop_by_hop(name)) << name;
}

TEST(Chars, ListElements) {
  std::string_view rest = " a ,, \"b, \\\" c\" ,d,"sv;
  std::vector<std::string_view> elements;
  while (const auto element = next_element(rest)) elements.push_back(*element);
  EXPECT_EQ(elements, (std::vector<std::string_view>{"a", "", "\"b, \\\" c\"", "d", ""}));
}

TEST(Chars, ScansStopAtTheSameByteWhateverTheAlignment) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(length, '\xE9');
        text[at] = static_cast<char>(c);
        const char* const begin = text.data();
        const char* const end = begin + length;
        ASSERT_EQ(skip_text(begin, end) - begin, static_cast<std::ptrdiff_t>(is_control(text[at]) ? at : length)) << c;
        ASSERT_EQ(skip_line(begin, end) - begin, static_cast<std::ptrdiff_t>(c == '\r' || c == '\n' ? at : length));
      }
    }
  }
}

TEST(MediaType, Reads) {
  const auto type = MediaType::parse(" Application/JSON ;charset=\"utf\\-8\"; ; X=y;");
  ASSERT_TRUE(type);
  EXPECT_TRUE(type->is("application/json"));
  EXPECT_FALSE(type->is("application/jso"));
  EXPECT_FALSE(type->is("application"));
  EXPECT_EQ(type->subtype(), "JSON");
  EXPECT_EQ(type->parameter("Charset"), "utf-8");
  EXPECT_EQ(type->parameter("x"), "y");
  EXPECT_EQ(type->parameter("z"), std::nullopt);
}

TEST(MediaType, RefusesWhatIsNotOne) {
  for (const auto text :
       {"", "application", "application/", "/json", "a/b/c", "a/b, c/d", "a/b c", "a /b", "a/b;c", "a/b;c=", "a/b;=d",
        "a/b;c =d", "a/b;c= d", "a/b;c=\"d", "a/b;c=\"d\"e", "a/b;c=\"d\\", "a/b;c=1;C=2", "a/b;c=\"\x01\"",
        "a/b;a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1;j=1;k=1;l=1;m=1;n=1;o=1;p=1;q=1"}) {
    EXPECT_FALSE(MediaType::parse(text)) << text;
  }
}

int quality_of(std::vector<std::string_view> accept, std::string_view media) {
  std::vector<Field> list;
  for (const auto value : accept) list.push_back({"accept", value});
  return quality(Fields(list), media);
}

TEST(Accept, TheMostSpecificRangeDecides) {
  EXPECT_EQ(quality_of({}, "application/json"), 1000);
  EXPECT_EQ(quality_of({"application/json, text/event-stream"}, "application/json"), 1000);
  EXPECT_EQ(quality_of({"application/json, text/event-stream"}, "text/event-stream"), 1000);
  EXPECT_EQ(quality_of({"application/json"}, "text/event-stream"), 0);
  EXPECT_EQ(quality_of({"application/json", "text/event-stream"}, "text/event-stream"), 1000);
  EXPECT_EQ(quality_of({"*/*;q=0.1, text/*;q=0.5, text/event-stream;q=0"}, "text/event-stream"), 0);
  EXPECT_EQ(quality_of({"text/event-stream;q=0, */*"}, "text/event-stream"), 0);
  EXPECT_EQ(quality_of({"*/*;q=0.1, text/*;q=0.5"}, "text/plain"), 500);
  EXPECT_EQ(quality_of({"*/*;q=0.125"}, "text/plain"), 125);
  EXPECT_EQ(quality_of({"application/*"}, "application/json"), 1000);
  EXPECT_EQ(quality_of({"*/json"}, "application/json"), 0);
  EXPECT_EQ(quality_of({"APPLICATION/JSON; charset=utf-8;Q=1.000"}, "application/json"), 1000);
  for (const auto bad : {"q=2", "q=1.001", "q=0.1234", "q=.5", "q=-1", "q=", "q=a", "q"}) {
    EXPECT_EQ(quality_of({"application/json;" + std::string(bad)}, "application/json"), 0) << bad;
  }
  EXPECT_EQ(quality_of({"nonsense, application/json"}, "application/json"), 1000);
  EXPECT_EQ(quality_of({""}, "application/json"), 0);
  EXPECT_TRUE(accepts(Fields(), "a/b"));
}

TEST(Authority, Reads) {
  EXPECT_EQ(parse_authority("localhost")->host, "localhost");
  EXPECT_EQ(parse_authority("localhost")->port, std::nullopt);
  EXPECT_EQ(parse_authority("a.b-c_d:65535")->port, 65535);
  EXPECT_EQ(parse_authority("[::FFFF:1.2.3.4]:1")->host, "[::FFFF:1.2.3.4]");
  for (const auto text : {"",    ":80",  "a:",  "a:0",    "a:65536",    "a:00080", "a:+1", "a:8 0",
                          "a b", "a/b",  "a?b", "a#b",    "a@b",        "a,b",     "a%41", "\xC3\xA9",
                          "[]",  "[::1", "::1", "[::1]x", "[::1%eth0]", "[v1.a]",  "[12]", "a\\b"}) {
    EXPECT_FALSE(parse_authority(text)) << text;
  }
  const auto same = [](auto a, auto b) { return same_authority(*parse_authority(a), *parse_authority(b), 80); };
  EXPECT_TRUE(same("LOCALHOST:80", "localhost"));
  EXPECT_FALSE(same("localhost:81", "localhost"));
  EXPECT_FALSE(same("localhost.", "localhost"));
}

TEST(Target, Reads) {
  EXPECT_EQ(parse_target("/a?b?c")->path, "/a");
  EXPECT_EQ(parse_target("/a?b?c")->query, "b?c");
  EXPECT_EQ(parse_target("//a/b")->path, "//a/b");
  EXPECT_EQ(parse_target("https://a:1?q")->path, "/");
  EXPECT_EQ(parse_target("https://a:1?q")->query, "q");
  EXPECT_EQ(parse_target("https://a:1/x")->authority, "a:1");
  EXPECT_EQ(parse_target("*")->path, "*");
  for (const auto text : {"", "a", "http:/a", "http:///a", "http://", "http://a:b/", "mailto:x", "/a#b", "/a b", "/\"",
                          "/<", "/%", "/%1", "/%1g", "?a", "**"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

TEST(NameSet, TellsItsNamesApart) {
  constexpr NameSet set(std::to_array<std::string_view>({"host", "content-length", "x-real-ip"}));
  for (const std::string_view name : {"host", "HOST", "Content-Length", "X-Real-IP"})
    EXPECT_TRUE(set.contains(name)) << name;
  // As long and beginning as one of them, shorter, longer, a control character in a letter's place.
  for (const std::string_view name : {"", "hose", "hos", "hosts", "content_length", "x-real-iq", "\x08ost"}) {
    EXPECT_FALSE(set.contains(name)) << name;
  }
  EXPECT_FALSE(set.contains(std::string(1000, 'h')));
}

}  // namespace
}  // namespace http
