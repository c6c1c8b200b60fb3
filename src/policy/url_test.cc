// URLs and hosts in the spellings that fool other readers, and their normal forms.
#include "policy/url.h"

#include <gtest/gtest.h>

#include "policy/punycode.h"

namespace policy {
namespace {

// "scheme host port", or "none".
std::string read(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->scheme + ' ' + url->host.text + ' ' + std::to_string(url->port) : "none";
}

TEST(Url, Reads) {
  EXPECT_EQ(read("https://example.com"), "https example.com 443");
  EXPECT_EQ(read("HTTP://EXAMPLE.com:80/p?q#f"), "http example.com 80");
  EXPECT_EQ(read("http://example.com.:8080/"), "http example.com 8080");
  EXPECT_EQ(read("http://example.com:/"), "http example.com 80");
  EXPECT_EQ(read("http://user:pw@example.com/"), "http example.com 80");
  EXPECT_EQ(read("http://good.com@evil.com/"), "http evil.com 80");
  EXPECT_EQ(read("http://good.com:80@evil.com/"), "http evil.com 80");
  EXPECT_EQ(read("http://evil.com#@good.com/"), "http evil.com 80");
  EXPECT_EQ(read("http://evil.com?@good.com/"), "http evil.com 80");
  EXPECT_EQ(read("http://evil.com/@good.com/"), "http evil.com 80");
  EXPECT_EQ(read("ws://a_b.example"), "ws a_b.example 80");
  EXPECT_EQ(read("postgres://db/x"), "postgres db -1");
  EXPECT_EQ(read("file:///etc/passwd"), "file  -1");
}

TEST(Url, AddressesAsHosts) {
  for (const char* host : {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7F.1", "127.0.0.1.",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"})
    EXPECT_EQ(read("http://" + std::string(host) + "/"), "http 127.0.0.1 80") << host;
  EXPECT_EQ(read("http://[::1]:8080/"), "http ::1 8080");
  EXPECT_EQ(read("http://[0:0:0:0:0:0:0:1]/"), "http ::1 80");
}

TEST(Url, OneReadingOrNone) {
  for (const char* s : {"",
                        "example.com",
                        "//example.com/",
                        "/p",
                        "http:example.com",
                        "http:/example.com",
                        "http:///example.com",
                        "http://",
                        "http://@",
                        "http://@/",
                        "http://a@b@c/",
                        "http://evil.com\\@good.com/",
                        "http://good.com\\.evil.com/",
                        "http:\\\\evil.com/",
                        " http://a/",
                        "http://a/ ",
                        "ht\ttp://a/",
                        "http://a\n.com/",
                        "http://a b/",
                        "http://%65vil.com/",
                        "http://evil%2ecom/",
                        "http://a..b/",
                        "http://.a/",
                        "http://a:99999/",
                        "http://a:8x/",
                        "http://a:80:80/",
                        "http://[::1/",
                        "http://[::1]x/",
                        "http://[fe80::1%25eth0]/",
                        "http://[fe80::1%eth0]/",
                        "http://[v1.x]/",
                        "http://[127.0.0.1]/",
                        "http://010.0.0.1/",
                        "http://0177.0.0.1/",
                        "http://127.0.0.256/",
                        "http://1.2.3.4.5/",
                        "http://a,b/",
                        "http://a;b/",
                        "http://(a)/",
                        "http://xn--/",
                        "http://xn--abc-/",

                        "1http://a/",
                        "http://ex\xC2\xA0mple.com/",
                        "http://exa\xE2\x80\x8Bmple.com/",
                        "http://\xEF\xBD\x85xample.com/",
                        "http://example\xE3\x80\x82"
                        "com/",
                        "http://fa\xC3\x9F.de/",
                        "http://\xE2\x84\xAA.com/",
                        "http://u\xCC\x88.de/",
                        "http://\xC5\xBF.com/",
                        "http://\xFF.com/",
                        "file://",
                        "mailto:a@b"}) {
    if (std::string_view(s) == "file://") continue;  // an empty host and an empty path
    EXPECT_EQ(read(s), "none") << s;
  }
}

TEST(Url, InternationalHosts) {
  EXPECT_EQ(read("http://bücher.example/"), "http xn--bcher-kva.example 80");
  EXPECT_EQ(read("http://BÜCHER.example/"), "http xn--bcher-kva.example 80");
  EXPECT_EQ(read("http://XN--BCHER-KVA.example/"), "http xn--bcher-kva.example 80");
  EXPECT_EQ(read("http://münchen.de/"), "http xn--mnchen-3ya.de 80");
  EXPECT_EQ(read("http://пример.испытание/"), "http xn--e1afmkfd.xn--80akhbyknj4f 80");
  EXPECT_EQ(read("http://例え.テスト/"), "http xn--r8jz45g.xn--zckzah 80");
  EXPECT_TRUE(is_canonical_ace("xn--e1afmkfd"));
  EXPECT_FALSE(is_canonical_ace("xn--example-"));
  EXPECT_FALSE(is_canonical_ace("xn--99999999"));
}

TEST(Url, Schemes) {
  EXPECT_EQ(url_scheme("JavaScript:alert(1)"), "javascript");
  EXPECT_EQ(url_scheme("data:text/html,x"), "data");
  EXPECT_EQ(url_scheme("https:evil"), "https");
  for (const char* s : {"", "a", ":a", "1a:b", " a:b", "java\nscript:x", "a b:c", "/a:b"})
    EXPECT_FALSE(url_scheme(s)) << s;
}

TEST(Url, HostPatterns) {
  const auto matches = [](std::string_view pattern, std::string_view url) {
    const auto p = parse_host_pattern(pattern);
    const auto u = parse_url(url);
    EXPECT_TRUE(p) << pattern;
    EXPECT_TRUE(u) << url;
    return p && u && p->matches(*u);
  };
  EXPECT_TRUE(matches("Example.COM.", "http://example.com/"));
  EXPECT_TRUE(matches("example.com", "http://example.com:8080/"));
  EXPECT_FALSE(matches("example.com", "http://www.example.com/"));
  EXPECT_FALSE(matches("example.com", "http://example.com.evil.test/"));
  EXPECT_TRUE(matches("*.example.com", "http://a.b.example.com/"));
  EXPECT_FALSE(matches("*.example.com", "http://example.com/"));
  EXPECT_FALSE(matches("*.example.com", "http://badexample.com/"));
  EXPECT_TRUE(matches("example.com:443", "https://example.com/"));
  EXPECT_FALSE(matches("example.com:443", "http://example.com/"));
  EXPECT_TRUE(matches("example.com:443", "http://example.com:443/"));
  EXPECT_TRUE(matches("127.0.0.1", "http://2130706433/"));
  EXPECT_TRUE(matches("::1", "http://[::1]/"));
  EXPECT_TRUE(matches("[::1]:80", "http://[0::1]/"));
  EXPECT_TRUE(matches("bücher.example", "http://xn--bcher-kva.example/"));
  for (const char* s : {"", "http://a", "a/b", "a b", "a:", "a:x", "*", "*.", "*.127.0.0.1", "a@b", "fa\xC3\x9F.de"})
    EXPECT_FALSE(parse_host_pattern(s)) << s;
}

TEST(Url, NormalUri) {
  EXPECT_EQ(normal_uri("FILE:///srv/./data/../x"), "file:///srv/x");
  EXPECT_EQ(normal_uri("file:///srv/%7euser/%2E%2e/a%2fb"), "file:///srv/a%2Fb");
  EXPECT_EQ(normal_uri("http://EXAMPLE.com:80"), "http://example.com/");
  EXPECT_EQ(normal_uri("https://User@EXAMPLE.com:443/A/..//b?Q=%3a#F"), "https://User@example.com//b?Q=%3A#F");
  EXPECT_EQ(normal_uri("http://h:/"), "http://h/");
  EXPECT_EQ(normal_uri("http://h:8080/a/."), "http://h:8080/a/");
  EXPECT_EQ(normal_uri("http://h/../../a"), "http://h/a");
  EXPECT_EQ(normal_uri("http://%48/"), "http://h/");
  EXPECT_EQ(normal_uri("custom:opaque/../x"), "custom:opaque/../x");
  EXPECT_EQ(normal_uri("no scheme %7e"), "no scheme ~");
  EXPECT_EQ(normal_uri(""), "");
  EXPECT_EQ(normal_uri("a://"), "a://");
  for (const char* s :
       {"HTTP://a:80/%7e/../b?%2f", "x:%41%", "file:///a/b/../../..", "http://[::1]:80/", "a:/./..", "http://h:x:y/%"})
    EXPECT_EQ(normal_uri(normal_uri(s)), normal_uri(s)) << s;
}

}  // namespace
}  // namespace policy
