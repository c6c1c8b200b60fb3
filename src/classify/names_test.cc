// Names as words: separators, case, digits, abbreviations, words written apart and words written together.
#include "classify/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace classify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitName, Separators) {
  EXPECT_THAT(split_name("get_pull_status"), ElementsAre("get", "pull", "status"));
  EXPECT_THAT(split_name("list-all.users/by name"), ElementsAre("list", "all", "users", "by", "name"));
  EXPECT_THAT(split_name("__node--version__"), ElementsAre("node", "version"));
  EXPECT_THAT(split_name(""), IsEmpty());
  EXPECT_THAT(split_name("...---"), IsEmpty());
}

TEST(SplitName, Case) {
  EXPECT_THAT(split_name("listUserRoles"), ElementsAre("list", "user", "roles"));
  EXPECT_THAT(split_name("HTTPServerStart"), ElementsAre("http", "server", "start"));
  EXPECT_THAT(split_name("ApiV2010--CreateThing"), ElementsAre("api", "v2010", "create", "thing"));
  EXPECT_THAT(split_name("deleteIDs"), ElementsAre("delete", "ids"));
  EXPECT_THAT(split_name("DELETE"), ElementsAre("delete"));
  EXPECT_THAT(split_name("s3ListBuckets"), ElementsAre("s3", "list", "buckets"));
}

TEST(SplitName, Spellings) {
  EXPECT_THAT(split_name("rm_dir"), ElementsAre("remove", "directory"));
  EXPECT_THAT(split_name("exec_cmd"), ElementsAre("execute", "command"));
  EXPECT_THAT(split_name("log_out"), ElementsAre("logout"));
  EXPECT_THAT(split_name("logOut"), ElementsAre("logout"));
  EXPECT_THAT(split_name("tear_down_env"), ElementsAre("teardown", "environment"));
  EXPECT_THAT(split_name("listPRs"), ElementsAre("list", "pullrequests"));
  EXPECT_THAT(split_name("dry_run"), ElementsAre("dryrun"));
}

TEST(AsWritten, EvidenceQuotesTheName) {
  EXPECT_EQ(as_written("workspace_EXEC", "execute"), "exec");
  EXPECT_EQ(as_written("user.log_out", "logout"), "log_out");
  EXPECT_EQ(as_written("logOut", "logout"), "logout");
  EXPECT_EQ(as_written("deleteUser", "delete"), "delete");
}

TEST(SplitName, WrittenTogether) {
  EXPECT_THAT(split_name("createissue"), ElementsAre("create", "issue"));
  EXPECT_THAT(split_name("sendemail"), ElementsAre("send", "email"));
  // Words that only begin like a verb stay whole.
  for (const char* word : {"address", "settings", "getaway", "listen", "runtime", "reader", "updates", "additional"}) {
    EXPECT_THAT(split_name(word), ElementsAre(word));
  }
}

TEST(SplitName, OtherScriptsAndHostileBytes) {
  EXPECT_THAT(split_name("查询天气"), ElementsAre("查询天气"));
  EXPECT_THAT(split_name("get天气"), ElementsAre("get", "天气"));
  EXPECT_THAT(split_name(std::string_view("a\0b\x1b[c", 6)), ElementsAre("a", "b", "c"));
  EXPECT_LE(split_name(std::string(100'000, 'a')).front().size(), name_bytes);
  std::string words;
  for (int i = 0; i < 1000; ++i) words += "a_";
  EXPECT_LE(split_name(words).size(), 64U);
}

TEST(PrefixLength, ServerNames) {
  const std::vector<std::string_view> names = {"acme_list_users", "acme_get_user", "acme_delete_user", "acme_ping"};
  EXPECT_EQ(prefix_length(split_name("acme_list_users"), names), 1U);
  // A verb that all share is no server's name, and nothing is taken from a name of one word.
  const std::vector<std::string_view> verbs = {"get_a", "get_b", "get_c", "get_d"};
  EXPECT_EQ(prefix_length(split_name("get_a"), verbs), 0U);
  // Unless other verbs follow it: then it is the name of what is served. One that deletes is never passed over.
  const std::vector<std::string_view> brand = {"protect_get_a", "protect_list_b", "protect_delete_c", "protect_d"};
  EXPECT_EQ(prefix_length(split_name("protect_delete_c"), brand), 1U);
  const std::vector<std::string_view> wipes = {"wipe_get_a", "wipe_list_b", "wipe_delete_c", "wipe_get_d"};
  EXPECT_EQ(prefix_length(split_name("wipe_get_a"), wipes), 0U);
  const std::vector<std::string_view> same = {"acme", "acme", "acme", "acme"};
  EXPECT_EQ(prefix_length(split_name("acme"), same), 0U);
  EXPECT_EQ(prefix_length(split_name("acme_x"), {}), 0U);
}

}  // namespace
}  // namespace classify
