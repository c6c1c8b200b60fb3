// Names by every way: literals, localhost, the hosts file, and DNS over a server of the test's own.
#include "net/resolver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "net/dns_server_testing.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Packets = std::vector<std::string>;
using Asked = std::vector<std::string>;

// The loop's clock is the machine's, because c-ares has that one too; a test that waits for it has short times.
class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() : folder(::testing::TempDir() + "resolver-" + std::to_string(getpid())) {
    std::filesystem::create_directory(folder);
    options.hosts_file = folder + "/hosts";
    options.resolv_conf = folder + "/resolv.conf";
    options.limit = seconds(60);
    write("resolv.conf", "search .\n");
  }
  ~ResolverTest() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder + "/" + name, std::ios::binary) << text;
  }

  // A server that answers by `answers`, and is asked from now on.
  DnsServer& serve(DnsServer::Answers answers) {
    servers.push_back(std::make_unique<DnsServer>(loop, std::move(answers)));
    options.servers.push_back(servers.back()->address());
    return *servers.back();
  }
  // The same for a list of addresses of all names.
  DnsServer& serve_addresses(std::vector<std::string> addresses) {
    return serve([addresses = std::move(addresses)](const DnsQuestion& q) { return Packets{reply(q, addresses)}; });
  }
  static std::string reply(const DnsQuestion& q, const std::vector<std::string>& addresses) {
    std::vector<DnsRecord> records;
    records.reserve(addresses.size());
    for (const auto& a : addresses) records.push_back(dns_address(q.name, a));
    std::erase_if(records, [&](const DnsRecord& r) { return r.type != q.type; });
    return dns_reply(q, 0, records);
  }

  // The addresses, or "! " and the error.
  std::string resolve(const std::string& name, std::uint16_t port = 80) {
    Resolver resolver(loop, options);
    std::optional<std::string> answer;
    const auto query = resolver.resolve(name, port, [&](auto result) { answer = text(result); });
    EXPECT_FALSE(answer) << "not from within resolve()";
    while (!answer) loop.run_once(seconds(1));
    return *answer;
  }
  static std::string text(const base::Result<std::vector<SocketAddress>>& result) {
    if (!result) return "! " + result.error().message;
    std::string text;
    for (const auto& a : *result) text += (text.empty() ? "" : " ") + a.text();
    return text;
  }
  static Asked sorted(Asked asked) {
    std::sort(asked.begin(), asked.end());
    return asked;
  }

  base::SystemClock clock;
  Loop loop{clock};
  Resolver::Options options;
  std::string folder;
  std::vector<std::unique_ptr<DnsServer>> servers;
};

TEST_F(ResolverTest, ALiteralAddressNeedsNoQuestion) {
  const DnsServer& server = serve_addresses({"192.0.2.1"});
  EXPECT_EQ(resolve("192.0.2.7"), "192.0.2.7:80");
  EXPECT_EQ(resolve("2001:db8::7", 443), "[2001:db8::7]:443");
  EXPECT_EQ(resolve("0.0.0.0"), "0.0.0.0:80");
  EXPECT_TRUE(server.asked.empty());
}

TEST_F(ResolverTest, LocalhostIsTheLoopbackWithoutAQuestion) {
  const DnsServer& server = serve_addresses({"192.0.2.1"});
  write("hosts", "192.0.2.1 localhost a.localhost\n");
  for (const auto* name : {"localhost", "LOCALHOST", "localhost.", "a.localhost"})
    EXPECT_EQ(resolve(name), "[::1]:80 127.0.0.1:80") << name;
  EXPECT_TRUE(server.asked.empty());
}

TEST_F(ResolverTest, WhatIsNoNameIsNeverAskedFor) {
  const DnsServer& server = serve_addresses({"192.0.2.1"});
  write("hosts", "192.0.2.1 127.1 a..b\n");
  for (const auto* name : {"", "127.1", "a..b", "a b", "[::1", "-a.test"})
    EXPECT_EQ(resolve(name).substr(0, 27), "! it is not a valid name: " + resolve(name).substr(26, 1)) << name;
  EXPECT_EQ(resolve("127.1"), "! it is not a valid name: it ends in a number, but is no address");
  EXPECT_EQ(resolve("hidden.onion"), "! no such name");  // RFC 7686
  EXPECT_TRUE(server.asked.empty());
}

TEST_F(ResolverTest, TheHostsFileComesFirst) {
  const DnsServer& server = serve_addresses({"192.0.2.1"});
  write("hosts", "127.0.0.9 one.test\n0.0.0.0 blocked.test half.test\n127.0.0.8 half.test\n");
  EXPECT_EQ(resolve("one.test"), "127.0.0.9:80");
  EXPECT_EQ(resolve("half.test"), "127.0.0.8:80");
  EXPECT_EQ(resolve("blocked.test"), "! " + options.hosts_file + " gives it an address that is none of a server");
  EXPECT_TRUE(server.asked.empty());
  EXPECT_EQ(resolve("two.test"), "192.0.2.1:80");
}

TEST_F(ResolverTest, AsksForBothFamilies) {
  const DnsServer& server = serve_addresses({"127.0.0.7", "::1"});
  EXPECT_EQ(resolve("one.test"), "[::1]:80 127.0.0.7:80");
  EXPECT_EQ(sorted(server.asked), (Asked{"one.test/A", "one.test/AAAA"}));
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
  serve_addresses({"127.0.0.7", "127.0.0.6"});
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80 127.0.0.6:80");
  servers.clear();
  options.servers.clear();
  serve([](const DnsQuestion& q) {
    return Packets{q.type == dns_a ? dns_reply(q, 2) : reply(q, {"::1"})};  // the other one fails
  });
  EXPECT_EQ(resolve("one.test"), "[::1]:80");
}

TEST_F(ResolverTest, OneFamilyDoesNotWaitLongForTheOther) {
  options.other_family = milliseconds(1);
  serve([](const DnsQuestion& q) { return q.type == dns_a ? Packets{reply(q, {"127.0.0.7"})} : Packets{}; });
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, FollowsAliases) {
  serve([](const DnsQuestion& q) {
    std::vector<DnsRecord> records{{q.name, dns_cname, dns_name("two.test")}};
    if (q.type == dns_a) records.push_back(dns_address("two.test", "127.0.0.7"));
    if (q.type == dns_a) records.push_back(dns_address("three.test", "127.0.0.8"));  // not asked for
    return Packets{dns_reply(q, 0, records)};
  });
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, AnyIsNoAddressOfAServer) {
  serve_addresses({"0.0.0.0", "::", "::ffff:0.0.0.0"});
  EXPECT_EQ(resolve("one.test"), "! the name has no address");
  servers.clear();
  options.servers.clear();
  serve_addresses({"0.0.0.0", "127.0.0.7"});
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, ManyAddressesAreCut) {
  std::vector<std::string> addresses;
  for (int i = 1; i < 28; ++i) addresses.push_back("127.0.0." + std::to_string(i));  // as many as fit
  serve_addresses(addresses);
  const std::string found = resolve("a.b");
  EXPECT_EQ(std::count(found.begin(), found.end(), ' '), 15);
}

TEST_F(ResolverTest, SaysThatThereIsNoSuchName) {
  serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 3)}; });
  EXPECT_EQ(resolve("one.test"), "! no such name");
}

TEST_F(ResolverTest, SaysThatTheNameHasNoAddress) {
  serve_addresses({});
  EXPECT_EQ(resolve("one.test"), "! the name has no address");
}

TEST_F(ResolverTest, SaysThatTheNameServerFailed) {
  const DnsServer& server = serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 2)}; });
  EXPECT_EQ(resolve("one.test"), "! the name server failed (SERVFAIL)");
  EXPECT_EQ(server.asked.size(), 6U);  // each is tried three times
  servers.clear();
  options.servers.clear();
  serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 5)}; });
  EXPECT_EQ(resolve("one.test"), "! the name server refused to answer (REFUSED)");
  servers.clear();
  options.servers.clear();
  serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 1)}; });
  EXPECT_EQ(resolve("one.test"), "! the name server answered with error 1");
}

TEST_F(ResolverTest, AnotherServerIsAskedWhenOneFails) {
  serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 2)}; });
  serve_addresses({"127.0.0.7"});
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, SaysThatNoAnswerCame) {
  options.try_timeout = milliseconds(5);
  const DnsServer& server = serve([](const DnsQuestion&) { return Packets{}; });
  EXPECT_EQ(resolve("one.test"), "! the name server did not answer in time");
  EXPECT_EQ(server.asked.size(), 6U);
}

TEST_F(ResolverTest, AskingAgainHelps) {
  options.try_timeout = milliseconds(5);
  options.tries = 8;
  int questions = 0;
  serve([&](const DnsQuestion& q) { return ++questions <= 2 ? Packets{} : Packets{reply(q, {"127.0.0.7"})}; });
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, SaysThatNoServerCanBeReached) {
  const int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);  // holds a port, connected elsewhere: it refuses
  ASSERT_GE(udp, 0);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  in.sin_port = htons(9);
  ASSERT_EQ(connect(udp, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
  options.servers = {SocketAddress::local_of(udp).value()};
  EXPECT_EQ(resolve("one.test"), "! no name server can be reached");
  close(udp);
}

TEST_F(ResolverTest, AnAnswerThatWasCutIsFetchedByTcp) {
  const DnsServer& server = serve([](const DnsQuestion& q) {
    if (!q.tcp) return Packets{dns_reply(q, 0, {}, true)};
    std::vector<std::string> addresses;
    for (int i = 1; i < 10; ++i) addresses.push_back("127.0.0." + std::to_string(i));
    return Packets{reply(q, addresses)};
  });
  const std::string found = resolve("one.test");
  EXPECT_EQ(found.substr(0, 12), "127.0.0.1:80");
  EXPECT_EQ(std::count(found.begin(), found.end(), ' '), 8);
  EXPECT_EQ(sorted(server.asked), (Asked{"one.test/A", "one.test/A+tcp", "one.test/AAAA", "one.test/AAAA+tcp"}));
}

TEST_F(ResolverTest, SaysThatAnAnswerMakesNoSense) {
  serve([](const DnsQuestion& q) {
    std::string packet = reply(q, {"127.0.0.7", "::1"});
    packet.resize(packet.size() - 2);
    return Packets{packet};
  });
  EXPECT_EQ(resolve("one.test"), "! the name server's answer makes no sense");
}

TEST_F(ResolverTest, WhatIsNoAnswerToTheQuestionIsNoAnswer) {
  serve([](const DnsQuestion& q) {
    DnsQuestion other = q;
    other.id[1] = static_cast<char>(other.id[1] ^ 1);
    DnsQuestion elsewhere = q;
    elsewhere.section = dns_name("two.test") + q.section.substr(q.section.size() - 4);
    return Packets{"",
                   "x",
                   q.id,
                   std::string(600, '\xff'),
                   q.id + std::string(10, '\xff'),
                   reply(other, {"127.0.0.66", "::66"}),
                   reply(elsewhere, {"127.0.0.66", "::66"}),
                   reply(q, {"127.0.0.7"})};
  });
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
}

TEST_F(ResolverTest, AnAnswerWithAWrongIdAloneIsNone) {
  options.try_timeout = milliseconds(5);
  serve([](const DnsQuestion& q) {
    DnsQuestion other = q;
    other.id[0] = static_cast<char>(other.id[0] ^ 0x40);
    return Packets{reply(other, {"127.0.0.66", "::66"})};
  });
  EXPECT_EQ(resolve("one.test"), "! the name server did not answer in time");
}

TEST_F(ResolverTest, ShortNamesAreLookedForInTheSearchDomains) {
  write("resolv.conf", "search ns.test other.test\noptions ndots:2\n");
  DnsServer& server = serve([](const DnsQuestion& q) {
    return Packets{q.name == "db.other.test" ? reply(q, {"127.0.0.7"}) : dns_reply(q, 3)};
  });
  EXPECT_EQ(resolve("db"), "127.0.0.7:80");
  EXPECT_EQ(sorted(server.asked), (Asked{"db.ns.test/A", "db.ns.test/AAAA", "db.other.test/A", "db.other.test/AAAA"}));
  server.asked.clear();
  EXPECT_EQ(resolve("db.other.test"), "127.0.0.7:80");
  EXPECT_EQ(server.asked.size(), 2U);
  server.asked.clear();
  EXPECT_EQ(resolve("db."), "! no such name");
  EXPECT_EQ(sorted(server.asked), (Asked{"db/A", "db/AAAA"}));
}

TEST_F(ResolverTest, TroubleDoesNotLeadToAnotherDomain) {
  write("resolv.conf", "search ns.test other.test\n");
  serve([](const DnsQuestion& q) {
    return Packets{q.name == "db.other.test" ? reply(q, {"127.0.0.7"}) : dns_reply(q, 2)};
  });
  EXPECT_EQ(resolve("db"), "! the name server failed (SERVFAIL)");
}

TEST_F(ResolverTest, ResolvConfIsReadAnew) {
  DnsServer& server = serve([](const DnsQuestion& q) { return Packets{dns_reply(q, 3)}; });
  Resolver resolver(loop, options);
  for (const auto* domain : {"one.test", "two.test"}) {
    write("resolv.conf", std::string("search ") + domain + "\n");
    server.asked.clear();
    bool done = false;
    const auto query = resolver.resolve("db", 1, [&](auto) { done = true; });
    while (!done) loop.run_once(seconds(1));
    EXPECT_EQ(server.asked[0].substr(0, 11), std::string("db.") + domain);
  }
}

TEST_F(ResolverTest, AQueryThatIsDestroyedIsNotHeardOf) {
  serve_addresses({"127.0.0.7"});
  Resolver resolver(loop, options);
  int calls = 0;
  auto dns = resolver.resolve("one.test", 1, [&](auto) { ++calls; });
  auto known = resolver.resolve("localhost", 1, [&](auto) { ++calls; });
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);  // localhost's
  dns.reset();
  known = resolver.resolve("localhost", 1, [&](auto) { ++calls; });
  known.reset();
  EXPECT_EQ(resolve("two.test"), "127.0.0.7:80");
  EXPECT_EQ(calls, 1);
}

TEST_F(ResolverTest, AQueryMayBeDestroyedInItsAnswerAndOutliveTheResolver) {
  serve_addresses({"127.0.0.7"});
  auto resolver = std::make_unique<Resolver>(loop, options);
  int calls = 0;
  std::vector<std::unique_ptr<Resolver::Query>> queries(3);
  std::size_t at = 0;
  for (const auto* name : {"one.test", "localhost", "127.1"}) {
    queries[at] = resolver->resolve(name, 1, [&, at](auto) {
      ++calls;
      queries[at].reset();
    });
    ++at;
  }
  resolver.reset();
  while (calls < 3) loop.run_once(seconds(1));
}

TEST_F(ResolverTest, QuestionsAtOneTimeAreBounded) {
  options.at_once = 2;
  serve_addresses({"127.0.0.7"});
  Resolver resolver(loop, options);
  std::vector<std::string> answers;
  const auto note = [&](auto result) { answers.push_back(text(result)); };
  auto one = resolver.resolve("one.test", 1, note);
  auto two = resolver.resolve("two.test", 1, note);
  auto three = resolver.resolve("three.test", 1, note);
  auto literal = resolver.resolve("127.0.0.1", 1, note);
  while (answers.size() < 4) loop.run_once(seconds(1));
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "! too many names are being looked up"), 1);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "127.0.0.7:1"), 2);
  answers.clear();
  one = resolver.resolve("one.test", 1, note);  // the former ones are over, though not destroyed
  two = resolver.resolve("two.test", 1, note);
  one.reset();
  three = resolver.resolve("three.test", 1, note);  // in place of the one that was given up
  while (answers.size() < 2) loop.run_once(seconds(1));
  EXPECT_EQ(answers, (std::vector<std::string>{"127.0.0.7:1", "127.0.0.7:1"}));
}

TEST_F(ResolverTest, TheWholeLookUpIsBounded) {
  base::FakeClock still;
  Loop hand(still);
  DnsServer server(hand, [](const DnsQuestion&) { return Packets{}; });
  options.servers = {server.address()};
  options.limit = seconds(10);
  Resolver resolver(hand, options);
  std::string answer;
  const auto query = resolver.resolve("one.test", 1, [&](auto result) { answer = text(result); });
  hand.run_once(milliseconds(0));
  still.advance(milliseconds(9'999));
  hand.run_once(milliseconds(0));
  EXPECT_EQ(answer, "");
  still.advance(milliseconds(1));
  hand.run_once(milliseconds(0));
  EXPECT_EQ(answer, "! the name server did not answer in time");
}

TEST_F(ResolverTest, TheFirstFamilyIsTakenWhenTimeIsUp) {
  base::FakeClock still;
  Loop hand(still);
  DnsServer server(hand,
                   [](const DnsQuestion& q) { return q.type == dns_a ? Packets{reply(q, {"127.0.0.7"})} : Packets{}; });
  options.servers = {server.address()};
  options.other_family = seconds(100);
  options.limit = seconds(10);
  Resolver resolver(hand, options);
  std::string answer;
  const auto query = resolver.resolve("one.test", 1, [&](auto result) { answer = text(result); });
  while (server.asked.size() < 2) hand.run_once(seconds(1));
  for (int i = 0; i < 10; ++i) hand.run_once(milliseconds(0));
  EXPECT_EQ(answer, "");
  still.advance(seconds(10));
  hand.run_once(milliseconds(0));
  EXPECT_EQ(answer, "127.0.0.7:1");
}

TEST_F(ResolverTest, NothingIsOpenedBeforeTheFirstName) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = descriptors();
  Resolver resolver(loop, options);
  EXPECT_EQ(descriptors(), before);
  serve_addresses({"127.0.0.7"});
  const auto serving = descriptors();
  EXPECT_EQ(resolve("one.test"), "127.0.0.7:80");
  EXPECT_EQ(descriptors(), serving);  // and nothing stays open
}

}  // namespace
}  // namespace net
