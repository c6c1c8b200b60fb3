// RFC 6724 by its own examples (section 10.2), as far as the rules go that are kept.
#include "net/address_order.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace net {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;  // destination, source ("": none)

std::string ordered(const Pairs& pairs) {
  std::vector<Destination> destinations;
  for (const auto& [destination, source] : pairs)
    destinations.push_back({SocketAddress::parse(destination, 443).value(), SocketAddress::parse(source, 0)});
  order(destinations);
  std::string text;
  for (const Destination& d : destinations) text += d.address.host() + " ";
  return text;
}

TEST(AddressOrderTest, PrefersWhatCanBeReached) {
  EXPECT_EQ(ordered({{"2001:db8:1::1", ""}, {"198.51.100.121", "198.51.100.117"}}), "198.51.100.121 2001:db8:1::1 ");
  EXPECT_EQ(ordered({{"198.51.100.121", ""}, {"2001:db8:1::1", "2001:db8:1::2"}}), "2001:db8:1::1 198.51.100.121 ");
}

TEST(AddressOrderTest, PrefersIpv6WhereBothAreGood) {
  EXPECT_EQ(ordered({{"198.51.100.121", "198.51.100.117"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            "2001:db8:1::1 198.51.100.121 ");
  EXPECT_EQ(ordered({{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}}), "::1 127.0.0.1 ");
}

TEST(AddressOrderTest, PrefersAMatchingScope) {
  EXPECT_EQ(ordered({{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}}),
            "198.51.100.121 2001:db8:1::1 ");
  EXPECT_EQ(ordered({{"198.51.100.121", "169.254.13.78"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            "2001:db8:1::1 198.51.100.121 ");
}

TEST(AddressOrderTest, PrefersAMatchingLabelAndTheHigherPrecedence) {
  EXPECT_EQ(ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2002:c633:6401::2"}}),
            "2002:c633:6401::1 2001:db8:1::1 ");
  EXPECT_EQ(ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            "2001:db8:1::1 2002:c633:6401::1 ");
  // A machine with a unique local address only does not reach the world by it.
  EXPECT_EQ(ordered({{"2001:db8:1::1", "fd00::2"}, {"198.51.100.121", "10.0.0.2"}}), "198.51.100.121 2001:db8:1::1 ");
}

TEST(AddressOrderTest, PrefersTheSmallerScope) {
  EXPECT_EQ(ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}), "fe80::1 2001:db8:1::1 ");
}

TEST(AddressOrderTest, LeavesTheRestAsItCame) {
  EXPECT_EQ(ordered({{"192.0.2.9", "192.0.2.1"}, {"192.0.2.2", "192.0.2.1"}, {"198.51.100.1", "192.0.2.1"}}),
            "192.0.2.9 192.0.2.2 198.51.100.1 ");
  EXPECT_EQ(ordered({}), "");
}

TEST(AddressOrderTest, AsksTheSystemForTheSources) {
  const auto a = SocketAddress::parse("255.255.255.255", 1).value();  // no way without asking for broadcast
  const auto b = SocketAddress::parse("127.0.0.1", 1).value();
  EXPECT_EQ(in_order_to_try({a, b}), (std::vector{b, a}));
  EXPECT_EQ(in_order_to_try({a}), std::vector{a});
}

}  // namespace
}  // namespace net
