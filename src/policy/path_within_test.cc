// Paths that try to leave a directory, and their neighbours that stay inside.
#include "policy/path_within.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

struct Row {
  std::string text;
  char plain, based, decoded;  // T F U: without base, with base /srv/data, with base and decode: uri
};

char letter(Truth t) { return t == Truth::yes ? 'T' : t == Truth::no ? 'F' : 'U'; }

TEST(PathWithin, Table) {
  const Row rows[] = {
      {"/srv/data", 'T', 'T', 'T'},
      {"/srv/data/", 'T', 'T', 'T'},
      {"/srv/data/a/b.txt", 'T', 'T', 'T'},
      {"//srv///data//a", 'T', 'T', 'T'},
      {"/srv/./data/./a", 'T', 'T', 'T'},
      {"/srv/data/x/../a", 'T', 'T', 'T'},
      {"/srv/data/..data/...", 'T', 'T', 'T'},
      {"/srv/data2", 'F', 'F', 'F'},
      {"/srv/data.bak/x", 'F', 'F', 'F'},
      {"/srv", 'F', 'F', 'F'},
      {"/", 'F', 'F', 'F'},
      {"/srv/data/..", 'F', 'F', 'F'},
      {"/srv/data/../data2", 'F', 'F', 'F'},
      {"/srv/data/../../etc/passwd", 'F', 'F', 'F'},
      {"/../../srv/data/a", 'T', 'T', 'T'},
      {"/SRV/data/a", 'F', 'F', 'F'},
      {"/srv/Data/a", 'F', 'F', 'F'},
      {"a/b", 'U', 'T', 'T'},
      {"./a", 'U', 'T', 'T'},
      {".", 'U', 'T', 'T'},
      {"../data/a", 'U', 'T', 'T'},
      {"../a", 'U', 'F', 'F'},
      {"../../../../etc/passwd", 'U', 'F', 'F'},
      {"", 'U', 'U', 'U'},
      {std::string("/srv/data/a\0b", 13), 'U', 'U', 'U'},
      {"~", 'U', 'U', 'U'},
      {"~root/x", 'U', 'U', 'U'},
      {"/srv/data/~/x", 'U', 'U', 'U'},
      {"/srv/data/file~", 'T', 'T', 'T'},
      {"$HOME/x", 'U', 'U', 'U'},
      {"/srv/data/${X}/y", 'U', 'U', 'U'},
      {"C:/srv/data", 'U', 'U', 'U'},
      {"c:\\srv\\data", 'U', 'U', 'U'},
      {"/srv/data/a\\b", 'T', 'T', 'T'},
      {"/srv/data/..\\..\\etc", 'U', 'U', 'U'},  // inside where a backslash is a letter, outside where it separates
      {"/srv\\data/a", 'U', 'U', 'U'},
      {"/srv/x\\y/../../data/a", 'U', 'U', 'U'},
      {"\\srv\\data\\a", 'U', 'T', 'T'},  // read as absolute or as one name in the base: both inside
      {"\\etc\\passwd", 'U', 'U', 'U'},
      {"/srv/data/%2e%2e/%2e%2e/etc", 'T', 'T', 'F'},
      {"/srv/data/%2E%2E%2Fx", 'T', 'T', 'F'},
      {"/srv/data/a%20b", 'T', 'T', 'T'},
      {"/srv/data/%252e%252e/x", 'T', 'T', 'U'},
      {"/srv/data/%", 'T', 'T', 'U'},
      {"/srv/data/%2", 'T', 'T', 'U'},
      {"/srv/data/%zz", 'T', 'T', 'U'},
      {"/srv/data/%00", 'T', 'T', 'U'},
      {"/srv/data/%24HOME", 'T', 'T', 'U'},
      {"/srv/data/x%5c..%5c..%5c..%5cetc", 'T', 'T', 'U'},
      {"%7Eroot", 'U', 'T', 'U'},
      {"file:///srv/data/a", 'U', 'U', 'T'},
      {"file://localhost/srv/data/a", 'U', 'U', 'T'},
      {"FILE:/srv/data/a", 'U', 'U', 'T'},
      {"file:///srv/data/../a", 'U', 'U', 'F'},
      {"file://evil/srv/data/a", 'U', 'U', 'U'},
      {"file:///srv/data/a?x", 'U', 'U', 'U'},
      {"file:srv", 'U', 'U', 'U'},
      {"file:///etc/passwd", 'U', 'U', 'F'},  // an absolute path for programs that take URIs, too
      {"http://h/srv/data/a", 'U', 'T', 'U'},
      {"profile:a", 'U', 'T', 'U'},
  };
  PathWithin plain{{"/srv/data"}, "", false}, based{{"/srv/data"}, "/srv/data", false};
  PathWithin decoded{{"/srv/data"}, "/srv/data", true};
  for (const Row& row : rows) {
    EXPECT_EQ(letter(plain(row.text)), row.plain) << row.text;
    EXPECT_EQ(letter(based(row.text)), row.based) << row.text;
    EXPECT_EQ(letter(decoded(row.text)), row.decoded) << row.text;
  }
}

TEST(PathWithin, RootAndSeveral) {
  EXPECT_EQ((PathWithin{{"/"}, "", false})("/etc/passwd"), Truth::yes);
  PathWithin two{{"/a", "/b/c"}, "", false};
  EXPECT_EQ(two("/b/c/d"), Truth::yes);
  EXPECT_EQ(two("/b/d"), Truth::no);
}

TEST(PathWithin, NormalPath) {
  EXPECT_EQ(normal_path("/a//b/./../c/"), "/a/c");
  EXPECT_EQ(normal_path("/.."), "/");
  EXPECT_FALSE(normal_path("a"));
  EXPECT_FALSE(normal_path("\\a"));
  EXPECT_FALSE(normal_path(""));
}

}  // namespace
}  // namespace policy
