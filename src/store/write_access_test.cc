// Who may write, by texts and bytes as the system would give them.
#include "store/write_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace store {
namespace {

using testing::HasSubstr;

constexpr const char* passwd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\n"
    "bob:x:1001:1001::/home/bob:/bin/sh\n"
    "carl:x:1002:100::/home/carl:/bin/sh\n"
    "dora:x:1003:2000::/home/dora:/bin/sh\n"
    "eve:x:1004:2000::/home/eve:/bin/sh\n"
    "# a comment\n"
    "broken line\n"
    "broken:x:no:number:::\n";
constexpr const char* group =
    "root:x:0:\n"
    "ann:x:1000:\n"
    "bob:x:1001:ann\n"
    "users:x:100:\n"
    "devs:x:1500:ann,bob\n"
    "solo:x:1501:ann\n"
    "dora:x:2000:\n"
    "self:x:1600:\n";

class WriteAccessTest : public testing::Test {
 protected:
  std::string writers(const WriteAccess& access) {
    return other_writers(access, trusted_, [this]() -> const Accounts& {
      ++asked_;
      return accounts_;
    });
  }
  bool is_private(gid_t gid) const { return is_private_group(gid, trusted_, accounts_); }

  Accounts accounts_{passwd, group};
  Trusted trusted_{1000, std::nullopt};
  int asked_ = 0;
};

TEST_F(WriteAccessTest, TrustedUsers) {
  EXPECT_TRUE(trusted_users(1000, nullptr).includes(1000));
  EXPECT_TRUE(trusted_users(1000, nullptr).includes(0));
  EXPECT_FALSE(trusted_users(1000, nullptr).includes(1001));
  EXPECT_FALSE(trusted_users(1000, "1001").includes(1001)) << "only root believes it";
  EXPECT_FALSE(trusted_users(0, nullptr).includes(1000));
  EXPECT_TRUE(trusted_users(0, "1000").includes(1000));
  for (const char* bad : {"", "ann", "-1", "1000 ", "+1000", "4294967295", "4294967296", "99999999999999999999"})
    EXPECT_FALSE(trusted_users(0, bad).sudo) << bad;
}

TEST_F(WriteAccessTest, Names) {
  EXPECT_EQ(user_name(1000, accounts_), "ann (1000)");
  EXPECT_EQ(user_name(65534, accounts_), "65534");
  EXPECT_EQ(group_name(1500, accounts_), "devs (1500)");
  EXPECT_EQ(group_name(7, accounts_), "7");
}

TEST_F(WriteAccessTest, PrivateGroups) {
  EXPECT_TRUE(is_private(1000)) << "ann's own";
  EXPECT_TRUE(is_private(0)) << "root's";
  EXPECT_FALSE(is_private(1001)) << "bob's own";
  EXPECT_FALSE(is_private(100)) << "the primary group of others";
  EXPECT_FALSE(is_private(1500)) << "has other members";
  EXPECT_FALSE(is_private(1501)) << "ann's alone, but not her primary group: others may join";
  EXPECT_FALSE(is_private(1600)) << "has no members that we know of";
  EXPECT_FALSE(is_private(9999)) << "unknown";
  trusted_.self = 1003;
  EXPECT_FALSE(is_private(2000)) << "called like dora, but eve is in it, too";
  trusted_ = {0, 1000};
  EXPECT_TRUE(is_private(1000)) << "of who called sudo";
  trusted_ = {0, std::nullopt};
  EXPECT_FALSE(is_private(1000));
}

TEST_F(WriteAccessTest, AccountsFromElsewhereAreNotKnown) {
  accounts_.group += "+:::\n";
  EXPECT_FALSE(is_private(1000));
  accounts_ = {std::string(passwd) + "+@admins::::::\n", group};
  EXPECT_FALSE(is_private(1000));
  accounts_ = {};
  EXPECT_FALSE(is_private(1000)) << "no files";
  EXPECT_FALSE(is_private(0));
}

TEST_F(WriteAccessTest, AMemberOfTwoGroupsOfOneNumber) {
  accounts_.group += "ann2:x:1000:bob\n";
  EXPECT_FALSE(is_private(1000));
}

TEST_F(WriteAccessTest, Modes) {
  EXPECT_EQ(writers({0600, 1000, 1000, ""}), "");
  EXPECT_EQ(writers({0644, 1000, 1500, ""}), "");
  EXPECT_EQ(asked_, 0) << "nothing had to be looked up";
  EXPECT_EQ(writers({0664, 1000, 1000, ""}), "");
  EXPECT_EQ(writers({0664, 1000, 1500, ""}), "the group devs (1500), which other users may be in");
  EXPECT_EQ(writers({0666, 1000, 1000, ""}), "every user");
  EXPECT_EQ(writers({0602, 1000, 1000, ""}), "every user");
}

struct Entry {
  int tag, permissions;
  std::uint32_t id = 0xFFFFFFFF;
};

std::string acl(const std::vector<Entry>& entries) {
  std::string bytes{'\2', 0, 0, 0};
  for (const Entry& e : entries) {
    bytes += {static_cast<char>(e.tag), 0, static_cast<char>(e.permissions), 0};
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(e.id >> (8 * i) & 0xFF);
  }
  return bytes;
}

TEST_F(WriteAccessTest, AccessControlLists) {
  const Entry owner{1, 6}, group_r{4, 4}, other_r{32, 4}, mask_rw{16, 6}, mask_r{16, 4};
  const auto with = [&](const std::vector<Entry>& entries) { return writers({0664, 1000, 1500, acl(entries)}); };
  EXPECT_EQ(with({owner, group_r, other_r}), "") << "the mode's bits of the group are the mask's";
  EXPECT_EQ(with({owner, {2, 4, 1001}, group_r, mask_rw, other_r}), "");
  EXPECT_EQ(with({owner, {2, 6, 1001}, group_r, mask_rw, other_r}), "user bob (1001), by its access control list");
  EXPECT_EQ(with({owner, {2, 6, 1001}, group_r, mask_r, other_r}), "") << "masked";
  EXPECT_EQ(with({owner, {2, 6, 1000}, {2, 6, 0}, group_r, mask_rw, other_r}), "") << "ourselves and root";
  EXPECT_THAT(with({owner, {4, 6}, mask_rw, other_r}), HasSubstr("the group devs (1500)"));
  EXPECT_EQ(with({owner, {4, 6}, mask_r, other_r}), "");
  EXPECT_THAT(with({owner, group_r, {8, 2, 100}, mask_rw, other_r}), HasSubstr("the group users (100)"));
  EXPECT_EQ(with({owner, group_r, {8, 2, 1000}, mask_rw, other_r}), "") << "ann's own group";
  EXPECT_EQ(with({owner, group_r, mask_r, {32, 2}}), "every user, by its access control list");
  EXPECT_THAT(with({owner, {2, 6, 0xFFFFFFFF}, group_r, mask_rw, other_r}), HasSubstr("user 4294967295"))
      << "a user that this namespace does not know";
}

TEST_F(WriteAccessTest, ListsThatCannotBeRead) {
  for (const std::string& bytes :
       {std::string("x"), std::string("\1\0\0\0", 4), acl({{1, 6}}) + "x", std::string(3, '\2')})
    EXPECT_THAT(writers({0600, 1000, 1000, bytes}), HasSubstr("cannot be read")) << bytes.size();
}

}  // namespace
}  // namespace store
