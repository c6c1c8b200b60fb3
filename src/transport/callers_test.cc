// Hosts and origins: what is let in, and its neighbours that are not.
#include "transport/callers.h"

#include <gtest/gtest.h>

namespace transport {
namespace {

constexpr Arrival at_loopback{.port = 3000, .loopback_names = true, .local_host = "127.0.0.1", .is_tls = false};
constexpr Arrival outside{.port = 3000, .loopback_names = false, .local_host = "2001:db8::1", .is_tls = false};

AllowedHosts hosts(const std::vector<std::string>& entries) {
  auto made = AllowedHosts::make(entries);
  EXPECT_TRUE(made);
  return made.value_or(AllowedHosts());
}
AllowedOrigins origins(const std::vector<std::string>& entries) {
  auto made = AllowedOrigins::make(entries);
  EXPECT_TRUE(made);
  return made.value_or(AllowedOrigins());
}

TEST(AllowedHosts, LoopbackNamesWithOurPortOrNone) {
  const AllowedHosts none;
  for (const char* host : {"localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.0.0.1", "[::1]:3000", "[::1]"}) {
    EXPECT_TRUE(none.allow(host, at_loopback)) << host;
  }
  for (const char* host : {"localhost:3001", "localhost.", "localhost.evil.test", "evil.localhost",
                           "127.0.0.1.evil.test", "127.1", "127.0.0.2", "0.0.0.0", "[::]", "[0:0:0:0:0:0:0:1]",
                           "evil.test", "evil.test:3000", "", ":3000", "localhost:", "localhost:03000"}) {
    EXPECT_FALSE(none.allow(host, at_loopback)) << host;
  }
}

TEST(AllowedHosts, OutsideTheAddressOfTheConnection) {
  const AllowedHosts none;
  EXPECT_TRUE(none.allow("[2001:DB8::1]:3000", outside));
  EXPECT_TRUE(none.allow("[2001:db8::1]", outside));
  for (const char* host : {"localhost:3000", "127.0.0.1", "[2001:db8::1]:80", "[2001:db8::2]", "2001"}) {
    EXPECT_FALSE(none.allow(host, outside)) << host;
  }
  EXPECT_FALSE(none.allow("[]", {.port = 1, .loopback_names = false, .local_host = "", .is_tls = false}));
}

TEST(AllowedHosts, ListedNames) {
  const AllowedHosts listed = hosts({"MCP.example.test", "other.test:8443", "[2001:db8::9]"});
  for (const char* host :
       {"mcp.example.test", "mcp.example.TEST:3000", "mcp.example.test:9", "other.test:8443", "[2001:db8::9]:1"}) {
    EXPECT_TRUE(listed.allow(host, outside)) << host;
  }
  for (const char* host :
       {"example.test", "x.mcp.example.test", "other.test", "other.test:3000", "mcp.example.test."}) {
    EXPECT_FALSE(listed.allow(host, outside)) << host;
  }
  const AllowedHosts plain = hosts({"a.test:80"});
  EXPECT_TRUE(plain.allow("a.test", outside));
  EXPECT_FALSE(
      hosts({"a.test:80"}).allow("a.test", {.port = 1, .loopback_names = false, .local_host = "", .is_tls = true}));
}

TEST(AllowedHosts, EntriesThatAreNone) {
  for (const char* entry : {"*", "*.example.test", "http://a.test", "a.test/", "a b", "", "a:0", "u@a"}) {
    const auto made = AllowedHosts::make({"fine.test", entry});
    ASSERT_FALSE(made) << entry;
    EXPECT_NE(made.error().message.find("--allow-host"), std::string::npos);
  }
}

TEST(AllowedOrigins, ExactlyWhatIsListed) {
  const AllowedOrigins listed =
      origins({"https://App.example.test", "http://localhost:6274", "chrome-extension://abc"});
  for (const char* origin : {"https://app.example.test", "https://app.example.test:443", "HTTPS://APP.example.test",
                             "http://localhost:6274", "chrome-extension://abc"}) {
    EXPECT_TRUE(listed.allow(origin)) << origin;
  }
  for (const char* origin :
       {"null", "", "*", "http://app.example.test", "https://app.example.test:8443", "https://example.test",
        "https://app.example.test.evil.test", "https://app.example.test/", "https://u@app.example.test",
        "http://localhost", "http://localhost:6275", "http://localhost:06274", "http://localhost:6274 http://evil.test",
        "chrome-extension://abd", "chrome-extension://abc:443", "//app.example.test", "app.example.test"}) {
    EXPECT_FALSE(listed.allow(origin)) << origin;
  }
  EXPECT_FALSE(AllowedOrigins().allow("null"));
  EXPECT_TRUE(AllowedOrigins().empty());
}

TEST(AllowedOrigins, EntriesThatAreNone) {
  for (const char* entry : {"*", "null", "https://*.a.test", "https://a.test/", "a.test", "https://", "https://a b", "",
                            "://a.test", "1x://a.test"}) {
    const auto made = AllowedOrigins::make({entry});
    ASSERT_FALSE(made) << entry;
    EXPECT_NE(made.error().message.find("--allow-origin"), std::string::npos);
  }
}

TEST(OwnOrigin, IsSchemeAndHost) {
  EXPECT_TRUE(is_own_origin("http://localhost:3000", "LocalHost:3000", false));
  EXPECT_TRUE(is_own_origin("https://a.test", "a.test:443", true));
  EXPECT_TRUE(is_own_origin("http://[::1]:3000", "[::1]:3000", false));
  EXPECT_FALSE(is_own_origin("https://localhost:3000", "localhost:3000", false));
  EXPECT_FALSE(is_own_origin("http://localhost:3001", "localhost:3000", false));
  EXPECT_FALSE(is_own_origin("http://127.0.0.1:3000", "localhost:3000", false));
  EXPECT_FALSE(is_own_origin("http://localhost", "localhost:3000", false));
  EXPECT_FALSE(is_own_origin("null", "null", false));
}

}  // namespace
}  // namespace transport
