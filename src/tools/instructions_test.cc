// Instructions beside what was locked of them: what differs, in every spelling of the key, and what is left of an
// answer.
#include "tools/instructions.h"

#include <gtest/gtest.h>

namespace tools {
namespace {

using Kind = InstructionsState::Kind;

Kind compared(std::optional<std::string> locked, std::string_view result) {
  LockedServer lock;
  lock.instructions = std::move(locked);
  json::Document d;
  EXPECT_TRUE(d.read(result, json::Profile::tolerant)) << result;
  return compare_instructions(lock, d.root()).kind;
}

TEST(Instructions, AreComparedWithWhatWasLocked) {
  EXPECT_EQ(compared("A", R"({"instructions":"A"})"), Kind::same);
  EXPECT_EQ(compared("A", R"({"instructions":"A "})"), Kind::changed);
  EXPECT_EQ(compared("A", R"({"instructions":"\u0041"})"), Kind::same);
  EXPECT_EQ(compared("A", R"({"Instructions":"B"})"), Kind::changed);
  EXPECT_EQ(compared("A", R"({"instructions":"A","INSTRUCTIONS":"B"})"), Kind::changed);
  EXPECT_EQ(compared("A", R"({"INSTRUCTIONS":"B","instructions":"A"})"), Kind::changed);
  EXPECT_EQ(compared("A", R"({"instructions":["A"]})"), Kind::changed);
  EXPECT_EQ(compared("A", R"({"instructions":""})"), Kind::gone);
  EXPECT_EQ(compared("A", R"({})"), Kind::gone);
  EXPECT_EQ(compared({}, R"({"instructions":"A"})"), Kind::added);
  EXPECT_EQ(compared("", R"({"instructions":{}})"), Kind::added);
  EXPECT_EQ(compared({}, R"({"instructions":""})"), Kind::same);
  EXPECT_EQ(compared({}, R"({})"), Kind::same);
}

TEST(Instructions, DigestsAreOfTheTexts) {
  LockedServer lock;
  lock.instructions = "abc";
  json::Document d;
  ASSERT_TRUE(d.read(R"({"instructions":"B"})", json::Profile::tolerant));
  const InstructionsState state = compare_instructions(lock, d.root());
  EXPECT_EQ(state.pinned, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(state.found, "sha256:df7e70e5021544f4834bbee64a9e3789febc4be81470df629cad6ddb03320a5c");
}

TEST(Instructions, AllElseSurvives) {
  json::Document d;
  ASSERT_TRUE(d.read(R"({"jsonrpc":"2.0","id":1,"result":{"x":1e0,"instructions":"A","cacheScope":"public",)"
                     R"("Instructions":2,"y":{"instructions":"kept"}},"instructions":"kept"})",
                     json::Profile::tolerant));
  std::string out;
  write_without_instructions(out, d.root());
  EXPECT_EQ(out, R"({"jsonrpc":"2.0","id":1,"result":{"x":1e0,"cacheScope":"private","y":{"instructions":"kept"}},)"
                 R"("instructions":"kept"})");
}

}  // namespace
}  // namespace tools
