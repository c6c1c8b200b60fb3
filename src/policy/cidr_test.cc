// Addresses in every spelling, in and out of networks.
#include "policy/cidr.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

std::string text(std::string_view spelling) {
  const auto a = parse_address(spelling);
  return a ? address_text(*a) : "none";
}

TEST(Address, SpellingsOfIpv4) {
  for (const char* s :
       {"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0.0.1", "0x7f.1", "127.0x0.0.1",
        "::ffff:127.0.0.1", "::FFFF:7f00:1", "[::ffff:127.0.0.1]", "0:0:0:0:0:ffff:7f00:0001"})
    EXPECT_EQ(text(s), "127.0.0.1") << s;
  EXPECT_EQ(text("0"), "0.0.0.0");
  EXPECT_EQ(text("07.0.0.1"), "7.0.0.1");  // octal and decimal agree
  EXPECT_EQ(text("4294967295"), "255.255.255.255");
}

TEST(Address, WhatIsReadInTwoWaysOrIsNone) {
  for (const char* s : {"0177.0.0.1",
                        "010.0.0.1",
                        "127.0.0.08",
                        "127.0.0.01234",
                        "256.0.0.1",
                        "1.2.3.4.5",
                        "4294967296",
                        "1.2.3",
                        "1..2",
                        "",
                        ".",
                        "1.2.3.4.",
                        " 1.2.3.4",
                        "1.2.3.4 ",
                        "+1.2.3.4",
                        "-1",
                        "0x",
                        "1.2.3.0x1G",
                        "127.0.0.1%25",
                        "fe80::1%eth0",
                        "a",
                        "1e3",
                        "::g",
                        ":::",
                        "1:2:3:4:5:6:7",
                        "1:2:3:4:5:6:7:8:9",
                        "::1::",
                        "1:2:3:4:5:6:7::8",
                        "::12345",
                        "::1.2.3",
                        "::1.2.3.256",
                        "::01.2.3.4",
                        "1:",
                        ":1",
                        "[::1",
                        "99999999999999999999"}) {
    if (std::string_view(s) == "1.2.3") continue;  // a short form: 1.2.0.3
    EXPECT_EQ(text(s), "none") << s;
  }
  EXPECT_EQ(text("1.2.3"), "1.2.0.3");
}

TEST(Address, SpellingsOfIpv6) {
  EXPECT_EQ(text("::1"), "::1");
  EXPECT_EQ(text("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(text("::"), "::");
  EXPECT_EQ(text("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  EXPECT_EQ(text("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(text("1:0:0:2::"), "1:0:0:2::");
  EXPECT_EQ(text("64:ff9b::1.2.3.4"), "64:ff9b::102:304");
}

TEST(Cidr, Contains) {
  const auto in = [](std::string_view block, std::string_view address) {
    return parse_cidr(block)->contains(*parse_address(address));
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("10.0.0.0/9", "10.127.255.255"));
  EXPECT_FALSE(in("10.0.0.0/9", "10.128.0.0"));
  EXPECT_TRUE(in("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_TRUE(in("::/0", "::1"));
  EXPECT_FALSE(in("::/0", "1.2.3.4"));
  EXPECT_TRUE(in("fe80::/10", "febf::1"));
  EXPECT_FALSE(in("fe80::/10", "fec0::1"));
  EXPECT_TRUE(in("127.0.0.0/8", "::ffff:127.9.9.9"));
  EXPECT_TRUE(in("::ffff:10.0.0.0/104", "10.1.1.1"));
  EXPECT_TRUE(in("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(in("1.2.3.4", "1.2.3.5"));
}

TEST(Cidr, Refuses) {
  for (const char* s : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "::1/129", "x/8", "",
                        "::ffff:10.0.0.0/8", "10.0.0.0/8/8"})
    EXPECT_FALSE(parse_cidr(s)) << s;
}

}  // namespace
}  // namespace policy
