// The chain's format, held against values that were worked out by other means (Python's hashlib), and its seals.
#include "audit/chain.h"

#include <gtest/gtest.h>

#include "audit/anchor.h"

namespace audit {
namespace {

TEST(Chain, KnownValues) {
  Chain chain("5f0c2a91de", 1, "");
  EXPECT_EQ(chain.text(), "");
  const base::Digest first = chain.end("{\"a\":1}\n");
  EXPECT_EQ(base::to_hex(first), "61dff7bbf596d53521baa2403af2b343d7479b427269d9e486c8ee567dd90b07");
  chain.accept(first);
  EXPECT_EQ(chain.text(), base::to_hex(first, 16));
  chain.add("{\"b\":");
  chain.add("2}\n{\"c\":3}\n");
  EXPECT_EQ(base::to_hex(chain.end()), "1a249fb79403da9f9d5345f931bfe2acadba40ede844f52de6cf480f6874da03");
  EXPECT_EQ(chain.end(), chain.end("", ""));
  const Chain next("5f0c2a91de", 12, chain.text());
  EXPECT_EQ(base::to_hex(next.end("x\n")), "f95b6e921d9a06e213b1d5e156193ff1df6d6ebc06f7d5a368247ae51fe586a9");
  const CheckpointKey key(std::string(32, 'k'));
  EXPECT_EQ(key.checkpoint("5f0c2a91de", 12, 345, first), "682a3357f1e9045a5a6c53abb88f336f");
  EXPECT_EQ(key.anchor("{}"), "cf6817660449248a11610c4da7db24fb");
}

TEST(Chain, PiecesMakeNoDifference) {
  Chain a("5f0c2a91de", 1, ""), b("5f0c2a91de", 1, "");
  a.add("one");
  EXPECT_EQ(a.end("two", "three"), b.end("onetwothree"));
  EXPECT_NE(Chain("5f0c2a91de", 1, "").end("x"), Chain("5f0c2a91de", 2, "").end("x"));
  EXPECT_NE(Chain("5f0c2a91de", 1, "").end("x"), Chain("5f0c2a91de", 1, std::string(32, '0')).end("x"));
}

const std::string chain_text = "0123456789abcdef0123456789abcdef", mac_text = "fedcba9876543210fedcba9876543210";

TEST(Seal, IsFoundWhereItIsWritten) {
  for (const std::string& mac : {std::string(), mac_text}) {
    std::string line = R"({"v":1,"x":"y")";
    const std::size_t begin = line.size();
    append_seal(line, chain_text, mac);
    EXPECT_LE(line.size() - begin, longest_seal);
    line += "}";
    const auto seal = find_seal(line);
    ASSERT_TRUE(seal) << line;
    EXPECT_EQ(seal->begin, begin);
    EXPECT_EQ(seal->chain, chain_text);
    EXPECT_EQ(seal->mac, mac);
  }
}

TEST(Seal, NothingElseIsOne) {
  const std::string upper = "0123456789ABCDEF0123456789ABCDEF";
  for (const std::string& line : {
           std::string(),
           std::string("}"),
           std::string("\"}"),
           R"({"v":1})" + std::string(),
           R"({"v":1,"chain":")" + upper + "\"}",
           R"({"v":1,"chain":")" + chain_text.substr(1) + "\"}",
           R"({"v":1,"chain":")" + chain_text + "\"} ",
           R"({"v":1,"chain":")" + chain_text + "\",\"x\":1}",
           R"({"v":1,"args":{"a":1,"chain":")" + chain_text + "\"}}",
           R"({"v":1,"end_chain":")" + chain_text + "\"}",
           R"({"v":1,"mac":")" + mac_text + "\"}",
           R"({"v":1,"chain":")" + upper + "\",\"mac\":\"" + mac_text + "\"}",
           R"({"v":1,"x":"a\",\"chain\":\")" + chain_text + "\"}",
           chain_text + "\"}",
       }) {
    EXPECT_FALSE(find_seal(line)) << line;
  }
}

struct AnchorTest : testing::Test {
  CheckpointKey key{std::string(32, 'k')};
  Anchor anchor;
  AnchorTest() {
    anchor.time = 1'800'000'000'123'000'000;
    anchor.state = "/home/ann/.local/state/intercept";
    anchor.files = {{"b.jsonl", "bbbbbbbbbb", 2, 300, chain_text}, {"a.0001.jsonl", "aaaaaaaaaa", 1, 99, mac_text}};
  }
};

TEST_F(AnchorTest, WrittenAndRead) {
  for (const CheckpointKey* k : {static_cast<const CheckpointKey*>(nullptr), static_cast<const CheckpointKey*>(&key)}) {
    const std::string text = write_anchor(anchor, k);
    const auto read = read_anchor(text + "\n", k);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->time, anchor.time);
    EXPECT_EQ(read->state, anchor.state);
    ASSERT_EQ(read->files.size(), 2U);
    EXPECT_EQ(read->files[0].instance, "aaaaaaaaaa");
    EXPECT_EQ(read->files[1].file, "b.jsonl");
    EXPECT_EQ(read->files[1].number, 2U);
    EXPECT_EQ(read->files[1].bytes, 300U);
    EXPECT_EQ(read->files[1].chain, chain_text);
    EXPECT_EQ(read->mac, k == nullptr ? Anchor::Mac::none : Anchor::Mac::right);
  }
  std::string text = write_anchor(anchor, &key);
  EXPECT_EQ(read_anchor(text, nullptr)->mac, Anchor::Mac::unchecked);
  text.replace(text.find("300"), 3, "301");
  EXPECT_EQ(read_anchor(text, &key)->mac, Anchor::Mac::wrong);
  EXPECT_EQ(read_anchor(write_anchor(anchor, &key), nullptr)->files.size(), 2U);
}

TEST_F(AnchorTest, IsReadStrictly) {
  const std::string text = write_anchor(anchor, nullptr);
  const auto refused = [&](std::string_view from, std::string_view to) {
    std::string edited = text;
    const std::size_t at = edited.find(from);
    if (at == std::string::npos) return false;
    edited.replace(at, from.size(), to);
    const auto read = read_anchor(edited, &key);
    return !read && read.error().message.starts_with("not an anchor: ");
  };
  EXPECT_TRUE(refused("\"v\":1", "\"v\":2"));
  EXPECT_TRUE(refused("\"v\":1,", ""));
  EXPECT_TRUE(refused("\"time\":\"2027", "\"time\":\"x"));
  EXPECT_TRUE(refused("\"state\":\"/", "\"state\":7,\"extra\":\"/"));
  EXPECT_TRUE(refused("\"files\":[", "\"files\":[1,"));
  EXPECT_TRUE(refused("\"bytes\":300", "\"bytes\":-1"));
  EXPECT_TRUE(refused("\"bytes\":300", "\"bytes\":1.5"));
  EXPECT_TRUE(refused("\"bytes\":300", "\"bytes\":99999999999999999999"));
  EXPECT_TRUE(refused("\"number\":2", "\"number\":0"));
  EXPECT_TRUE(refused("\"chain\":\"0", "\"chain\":\"G"));
  EXPECT_TRUE(refused("\"chain\":\"0", "\"extra\":1,\"chain\":\"0"));
  EXPECT_TRUE(refused("aaaaaaaaaa\",\"number\":1", "bbbbbbbbbb\",\"number\":2"));
  EXPECT_TRUE(refused("]}", "],\"mac\":\"x\"}"));
  EXPECT_TRUE(refused("}", ""));
  EXPECT_FALSE(read_anchor("", nullptr));
  EXPECT_FALSE(read_anchor("[]", nullptr));
}

}  // namespace
}  // namespace audit
