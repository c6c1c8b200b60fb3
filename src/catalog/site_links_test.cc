// Slugs of hostile names are safe, unique and always the same; links lead where they should and nowhere else.
#include "catalog/site_links.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace catalog {
namespace {

bool is_safe(std::string_view slug) {
  return !slug.empty() && slug.size() <= 120 && slug.front() != '.' && std::ranges::all_of(slug, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '~';
  });
}

TEST(Slugs, OrdinaryNamesStayThemselves) {
  Slugs slugs;
  for (const std::string_view name : {"arcane_job_run", "getUser", "a", "v1.2-x_y", "_private"})
    EXPECT_EQ(slugs.take(name), name);
}

TEST(Slugs, HostileNamesAreSafeAndDistinct) {
  Slugs slugs;
  std::set<std::string> seen;
  const std::string long_name(100'000, 'a');
  const std::string_view names[] = {"../../etc/passwd",
                                    "..",
                                    ".",
                                    "",
                                    "/",
                                    "a/b",
                                    "a\\b",
                                    "a b",
                                    "index",
                                    "CON",
                                    "nul.txt",
                                    "com1",
                                    "-x",
                                    "x.",
                                    ".htaccess",
                                    "<script>",
                                    "a\nb",
                                    "%2e%2e",
                                    "\xff\xfe",
                                    "\xe4\xb8\xad",
                                    "a~0123456789ab",
                                    long_name,
                                    "a?b",
                                    "a#b",
                                    "a:b"};
  for (const std::string_view name : names) {
    const std::string slug = slugs.take(name);
    EXPECT_TRUE(is_safe(slug)) << slug;
    EXPECT_NE(slug.find('~'), std::string::npos) << slug;
    EXPECT_TRUE(seen.insert(slug).second) << slug;
  }
}

TEST(Slugs, WithoutCaseTheyDiffer) {
  Slugs slugs;
  const std::string a = slugs.take("Read"), b = slugs.take("read"), c = slugs.take("READ");
  EXPECT_EQ(a, "Read");
  EXPECT_TRUE(b.starts_with("read~")) << b;
  EXPECT_TRUE(c.starts_with("READ~")) << c;
}

TEST(Slugs, TheSameNameAgainAndAgain) {
  Slugs slugs, again;
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const std::string slug = slugs.take("../x");
    EXPECT_EQ(slug, again.take("../x"));
    EXPECT_TRUE(is_safe(slug)) << slug;
    EXPECT_TRUE(seen.insert(slug).second) << slug;
  }
}

TEST(Links, AreRelativeToThePage) {
  EXPECT_EQ(Links("index.html").to(index_path).text(), "index.html");
  EXPECT_EQ(Links("tools/a/b.html").to(server_path("x")).text(), "../../servers/x/index.html");
  EXPECT_EQ(Links("servers/a/risk/low.html").root().text(), "../../../");
}

TEST(Links, OnlyHttpsLeadsElsewhere) {
  EXPECT_EQ(Links::external("https://example.com/a").text(), "https://example.com/a");
  EXPECT_EQ(Links::external("javascript:alert(1)").text(), "#");
  EXPECT_EQ(Links::external("http://example.com").text(), "#");
}

TEST(Links, Downloads) {
  EXPECT_EQ(Links::download("a: \"<b>\"\n\xe2\x80\x94").text(),
            "data:text/yaml;charset=utf-8,a%3A%20%22%3Cb%3E%22%0A%E2%80%94");
}

}  // namespace
}  // namespace catalog
