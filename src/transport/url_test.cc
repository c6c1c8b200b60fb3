// URLs: read, refused with a reason, resolved as RFC 3986 section 5.4 has it, written back.
#include "transport/url.h"

#include <gtest/gtest.h>

#include "http/authority.h"

namespace transport {
namespace {

Url must(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error().message);
  return url.value_or(Url{});
}

std::string refusal(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_FALSE(url) << text << " was read as " << (url ? url->text() : "");
  return url ? "" : url.error().message;
}

std::string resolved(std::string_view from, std::string_view reference) {
  const auto url = resolve(must(from), reference);
  return url ? url->text() : "refused: " + url.error().message;
}

TEST(Url, IsTakenApart) {
  const Url url = must("https://Example.TEST:8443/a/b?x=1&y=?");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "example.test");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "x=1&y=?");
  EXPECT_EQ(url.authority(), "example.test:8443");
  EXPECT_EQ(url.origin(), "https://example.test:8443");
  EXPECT_EQ(url.target(), "/a/b?x=1&y=?");
  EXPECT_EQ(url.text(), "https://example.test:8443/a/b?x=1&y=?");
}

TEST(Url, WhatIsLeftOutIsFilledIn) {
  EXPECT_EQ(must("http://a").text(), "http://a/");
  EXPECT_EQ(must("http://a").port, 80);
  EXPECT_EQ(must("https://a").port, 443);
  EXPECT_EQ(must("HTTPS://a:443/x").text(), "https://a/x");
  EXPECT_EQ(must("http://a:443/x").text(), "http://a:443/x");
  EXPECT_EQ(must("http://a?q").target(), "/?q");
  EXPECT_EQ(must("http://a/p?").target(), "/p?");
  EXPECT_EQ(must("http://a/p").target(), "/p");
}

TEST(Url, AddressesOfBothKinds) {
  const Url url = must("http://[::FFFF:1]:8080/mcp");
  EXPECT_EQ(url.host, "[::ffff:1]");
  EXPECT_EQ(url.dial_host(), "::ffff:1");
  EXPECT_EQ(url.authority(), "[::ffff:1]:8080");
  EXPECT_EQ(must("http://127.0.0.1:3000/mcp").dial_host(), "127.0.0.1");
}

TEST(Url, ThePathStaysAsItWasWritten) {
  EXPECT_EQ(must("http://a/x/../%2e/y//z").path, "/x/../%2e/y//z");
  EXPECT_EQ(must("http://a/%C3%A9").path, "/%C3%A9");
}

TEST(Url, RefusesWithAReasonThatHelps) {
  const auto says = [](std::string_view text, std::string_view part) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << text << " -> " << refusal(text);
  };
  says("", "empty");
  says("example.test/mcp", "begin with http://");
  says("localhost:8080/mcp", "begin with http://");
  says("http:/a", "begin with http://");
  says("ws://a/mcp", "\"ws\"");
  says("file:///etc/passwd", "\"file\"");
  says("http://", "no host");
  says("http:///mcp", "no host");
  says("http://:80/", "no host");
  says("http://user:secret@a/mcp", "--header");
  says("http://user@a/", "--header");
  says("http://a/mcp#x", "fragment");
  says("http://a/m cp", "%20");
  says("http://a/mcp\n", "control");
  says(std::string_view("http://a/\0x", 11), "control");
  says("http://a\\b/", "backslash");
  says("http://bücher.test/", "punycode");
  says("http://a/é", "percent-escapes");
  says("http://a:0/", "port");
  says("http://a:65536/", "port");
  says("http://a:080/", "port");
  says("http://a:/", "port");
  says("http://a:x/", "port");
  says("http://::1/mcp", "brackets");
  says("http://[::1/mcp", "host");
  says("http://[fe80::1%25eth0]/", "host");
  says("http://a%62/", "host");
  says("http://a/%zz", "hexadecimal");
  says("http://a/<x>", "percent-escaped");
  says("http://a/?q=%2", "hexadecimal");
  says("http://a/" + std::string(max_url_bytes, 'x'), "longer");
}

TEST(Url, NoMessageHoldsASecret) {
  for (const char* text : {"http://user:hunter2@a/mcp", "http://a/m cp?key=hunter2", "http://a/?key=hunter2%",
                           "http://a:x/?key=hunter2", "http://a/#hunter2", "hunter2", "http://hunter2:@a/"}) {
    EXPECT_EQ(refusal(text).find("hunter2"), std::string::npos) << refusal(text);
  }
  EXPECT_EQ(must("http://a/mcp?key=hunter2").shown(), "http://a/mcp?…");
  EXPECT_EQ(must("http://a/mcp").shown(), "http://a/mcp");
}

// RFC 3986 section 5.4, as far as the schemes are ours and ";" and "=" are plain characters.
TEST(UrlResolve, TheExamplesOfTheRfc) {
  const char* const base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> normal[] = {
      {"g", "http://a/b/c/g"},       {"./g", "http://a/b/c/g"},    {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},          {"//g", "http://g/"},         {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},   {"#s", "http://a/b/c/d;p?q"}, {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"}, {";x", "http://a/b/c/;x"},    {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},    {".", "http://a/b/c/"},       {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},         {"../", "http://a/b/"},       {"../g", "http://a/b/g"},
      {"../..", "http://a/"},        {"../../", "http://a/"},      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},  {"/./g", "http://a/g"},       {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},     {".g", "http://a/b/c/.g"},    {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},   {"./../g", "http://a/b/g"},   {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"}, {"g/../h", "http://a/b/c/h"}, {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, expected] : normal) EXPECT_EQ(resolved(base, reference), expected) << reference;
}

TEST(UrlResolve, EndpointsAndRedirects) {
  EXPECT_EQ(resolved("http://a:3001/sse", "/message?sessionId=1"), "http://a:3001/message?sessionId=1");
  EXPECT_EQ(resolved("http://a:3001/x/sse", "message?sessionId=1"), "http://a:3001/x/message?sessionId=1");
  EXPECT_EQ(resolved("http://a/sse?key=1", "?session=2"), "http://a/sse?session=2");
  EXPECT_EQ(resolved("http://a:3001/sse", "HTTP://B/x/../y"), "http://b/y");
  EXPECT_EQ(resolved("https://a/sse", "//b:8/y"), "https://b:8/y");
  EXPECT_EQ(resolved("https://a", "https://a:443"), "https://a/");
  EXPECT_EQ(resolved("http://a", "x:1/y").substr(0, 8), "refused:");
  EXPECT_EQ(resolved("http://a", "./x:1/y"), "http://a/x:1/y");
}

TEST(UrlResolve, RefusesWhatMustNotBeFollowed) {
  for (const char* reference :
       {"http://u:p@a/", "//u@b/x", "javascript:alert(1)", "ftp://a/", "http:x", "https:/x", "/a b", "/\\evil",
        "\\\\evil", "/é", "/%", "//", "http://", "///x", "//a:0/", "/\r\nx"}) {
    EXPECT_EQ(resolved("http://a/", reference).substr(0, 8), "refused:") << reference;
  }
  EXPECT_FALSE(resolve(must("http://a/"), std::string(max_url_bytes + 1, 'x')));
  EXPECT_FALSE(resolve(must("http://a/" + std::string(5000, 'a') + "/"), std::string(5000, 'b')));
}

TEST(Url, SameOriginIsSchemeHostAndPort) {
  const auto same = [](const char* a, const char* b) { return same_origin(must(a), must(b)); };
  EXPECT_TRUE(same("http://a/x", "http://A:80/y?z"));
  EXPECT_TRUE(same("https://[::1]/", "https://[::1]:443/x"));
  EXPECT_FALSE(same("http://a/", "https://a/"));
  EXPECT_FALSE(same("http://a:80/", "https://a:80/"));
  EXPECT_FALSE(same("http://a/", "http://a:81/"));
  EXPECT_FALSE(same("http://a/", "http://a.b/"));
  EXPECT_FALSE(same("http://localhost/", "http://127.0.0.1/"));
}

TEST(Url, IsWrittenAsOurReadersTakeIt) {
  for (const char* text : {"http://a", "https://[::1]:8443/x?y", "http://a.b-c_d:1/%20//.."}) {
    const Url url = must(text);
    EXPECT_TRUE(http::parse_authority(url.authority()));
    EXPECT_TRUE(http::parse_target(url.target()));
    EXPECT_EQ(must(url.text()), url);
  }
}

}  // namespace
}  // namespace transport
