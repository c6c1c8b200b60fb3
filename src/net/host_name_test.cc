// Which texts are names, which name this machine, what is asked for a name, and what a hosts file says.
#include "net/host_name.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace net {
namespace {

using namespace std::string_view_literals;
using Names = std::vector<std::string>;

TEST(HostNameTest, TakesNames) {
  for (const auto& name : Names{
           "a", "localhost", "example.test", "example.test.", "EXAMPLE.Test", "a-b.c_d.test", "_x.y", "1.example",
           "xn--bcher-kva.example", "a1", "0x7g", "x.0y", std::string(63, 'a'),
           std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(61, 'd')})
    EXPECT_EQ(name_error(name), "") << name;
}

TEST(HostNameTest, RefusesWhatIsNone) {
  const std::string label(63, 'a');
  const Names none{"",          ".",
                   "..",        "a..b",
                   ".a",        "a..",
                   "-a",        "a.-b",
                   "a b",       "a\tb",
                   "a/b",       "a:b",
                   "a@b",       "a%b",
                   "a\\b",      "[::1]",
                   "a,b",       "bücher.example",
                   label + "a", label + "." + label + "." + label + "." + label};
  for (const auto& name : none) EXPECT_NE(name_error(name), "") << name;
  EXPECT_NE(name_error("a\0b"sv), "");
  EXPECT_NE(name_error("a\r\nb"), "");
}

TEST(HostNameTest, RefusesAddressesInOtherNotations) {
  for (const auto* name : {"127.1", "2130706433", "0x7f000001", "0X7F.1", "0177.0.0.1", "127.0.0.1.", "1.2.3.4.5",
                           "a.1", "a.0x", "256.256.256.256", "0"})
    EXPECT_EQ(name_error(name), "it ends in a number, but is no address") << name;
}

TEST(HostNameTest, SaysWhatIsWrong) {
  EXPECT_NE(name_error("bücher.example").find("xn--"), std::string::npos);
  EXPECT_EQ(name_error("a..b"), "a part between two dots is empty");
}

TEST(HostNameTest, KnowsThisMachine) {
  for (const auto* name : {"localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST."})
    EXPECT_TRUE(is_localhost(name)) << name;
  for (const auto* name : {"", "local", "localhos", "localhost.test", "xlocalhost", "localhost..", "a.localhost.b"})
    EXPECT_FALSE(is_localhost(name)) << name;
}

TEST(HostNameTest, AsksAsResolvConfSays) {
  const Names domains{"ns.svc.cluster.test", "cluster.test."};
  EXPECT_EQ(names_to_ask("db", domains, 1), (Names{"db.ns.svc.cluster.test", "db.cluster.test", "db"}));
  EXPECT_EQ(names_to_ask("db.other", domains, 1),
            (Names{"db.other", "db.other.ns.svc.cluster.test", "db.other.cluster.test"}));
  EXPECT_EQ(names_to_ask("db.other", domains, 5),
            (Names{"db.other.ns.svc.cluster.test", "db.other.cluster.test", "db.other"}));
  EXPECT_EQ(names_to_ask("db.other.", domains, 5), (Names{"db.other"}));
  EXPECT_EQ(names_to_ask("db", {}, 1), (Names{"db"}));
  EXPECT_EQ(names_to_ask("db", {".", "", "a b", std::string(252, 'a')}, 1), (Names{"db"}));
  EXPECT_EQ(names_to_ask("db", Names(100, "test"), 1).size(), 16U);
  EXPECT_EQ(names_to_ask("db", Names(100, "test"), 1).back(), "db");
}

class HostsFileTest : public ::testing::Test {
 protected:
  HostsFileTest() : folder(::testing::TempDir() + "hosts-" + std::to_string(getpid())) {
    std::filesystem::create_directory(folder);
  }
  ~HostsFileTest() override { std::filesystem::remove_all(folder); }
  std::string file() const { return folder + "/hosts"; }
  void write(std::string_view text) const { std::ofstream(file(), std::ios::binary) << text; }
  std::string find(std::string_view name) const {
    std::string text;
    for (const auto& address : addresses_in_hosts(file(), name, 80)) text += address.text() + " ";
    return text;
  }
  std::string folder;
};

TEST_F(HostsFileTest, FindsAllAddressesOfANameInTheirOrder) {
  write(
      "# comment\n127.0.0.1\tlocalhost\n\n  192.0.2.1   one.test  one # two.test\r\n"
      "2001:db8::1 ONE.test\n192.0.2.1 one\n192.0.2.3 three.test.\n192.0.2.2 two.test");
  EXPECT_EQ(find("one.test"), "192.0.2.1:80 [2001:db8::1]:80 ");
  EXPECT_EQ(find("One.Test."), "192.0.2.1:80 [2001:db8::1]:80 ");
  EXPECT_EQ(find("one"), "192.0.2.1:80 ");
  EXPECT_EQ(find("two.test"), "192.0.2.2:80 ");
  EXPECT_EQ(find("three.test"), "192.0.2.3:80 ");
  EXPECT_EQ(find("four.test"), "");
  EXPECT_EQ(find("test"), "");
}

TEST_F(HostsFileTest, LinesThatAreNoneAreLeftOut) {
  write("one.test\nfe80::1%lo one.test\n127.1 one.test\n192.0.2.1\n#192.0.2.1 one.test\n192.0.2.9 one.test\n");
  EXPECT_EQ(find("one.test"), "192.0.2.9:80 ");
}

TEST_F(HostsFileTest, IsReadAnewAndMayBeMissing) {
  EXPECT_EQ(find("one.test"), "");
  write("192.0.2.1 one.test\n");
  EXPECT_EQ(find("one.test"), "192.0.2.1:80 ");
  write("192.0.2.2 one.test\n");
  EXPECT_EQ(find("one.test"), "192.0.2.2:80 ");
}

TEST_F(HostsFileTest, IsBounded) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "192.0.2." + std::to_string(i) + " one.test\n";
  write(text);
  EXPECT_EQ(addresses_in_hosts(file(), "one.test", 1).size(), 32U);
}

TEST_F(HostsFileTest, WhatIsNoFileIsNotWaitedFor) {
  ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
  EXPECT_EQ(find("one.test"), "");
  EXPECT_TRUE(addresses_in_hosts(folder, "one.test", 1).empty());
}

}  // namespace
}  // namespace net
