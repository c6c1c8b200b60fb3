// Resolving references: RFC 3986 section 5.4 and what schemas add.
#include "schema/uri.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace schema {
namespace {

TEST(Uri, ResolvesAsTheRfcSays) {
  const std::vector<std::pair<const char*, const char*>> all = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/../h", "http://a/b/c/h"},
      {"HTTP://x", "http://x"},
  };
  for (const auto& [reference, wanted] : all) {
    const auto resolved = resolve("http://a/b/c/d;p?q", reference);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->resource, wanted) << reference;
    EXPECT_EQ(resolved->fragment, "");
  }
}

TEST(Uri, SplitsAndDecodesTheFragment) {
  EXPECT_EQ(resolve("", "#/a%25b")->fragment, "/a%b");
  EXPECT_EQ(resolve("", "#/a")->resource, "");
  EXPECT_EQ(resolve("", "a/b.json#x")->resource, "a/b.json");
  EXPECT_EQ(resolve("urn:uuid:1", "#x")->resource, "urn:uuid:1");
  EXPECT_EQ(resolve("http://a", "g")->resource, "http://a/g");
  EXPECT_FALSE(resolve("", "#%"));
  EXPECT_FALSE(resolve("", "#%4"));
  EXPECT_FALSE(resolve("", "#%4g"));
}

}  // namespace
}  // namespace schema
