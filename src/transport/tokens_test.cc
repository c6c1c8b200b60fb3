// Token files and what is matched against them.
#include "transport/tokens.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace transport {
namespace {

constexpr const char* first = "0123456789abcdef";
constexpr const char* second = "a-much-longer.token_with~other+chars/==";

ListenerTokens must(std::string_view text) {
  auto tokens = ListenerTokens::parse(text);
  EXPECT_TRUE(tokens) << (tokens ? "" : tokens.error().message);
  return tokens.value_or(ListenerTokens());
}
std::string refusal(std::string_view text) {
  const auto tokens = ListenerTokens::parse(text);
  return tokens ? "" : tokens.error().message;
}
std::optional<base::Digest> match(const ListenerTokens& tokens, std::string_view authorization) {
  const std::array<http::Field, 1> fields{{{"authorization", authorization}}};
  return tokens.match(http::Fields(fields));
}

TEST(ListenerTokens, AreReadFromAFile) {
  const auto tokens = must(std::string("# mine\r\n\r\n  ") + first + " \r\n#\n" + second);
  EXPECT_FALSE(tokens.empty());
  EXPECT_EQ(match(tokens, std::string("Bearer ") + first), base::sha256(first));
  EXPECT_EQ(match(tokens, std::string("bEARER  ") + second), base::sha256(second));
  EXPECT_TRUE(ListenerTokens().empty());
}

TEST(ListenerTokens, NothingElseMatches) {
  const auto tokens = must(first);
  for (const char* value : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde",
                            "Bearer 0123456789abcdef0", "Basic 0123456789abcdef", "0123456789abcdef",
                            "Bearer\t0123456789abcdef", "Bearer # mine", "Bearer 0123456789abcdef 0123456789abcdef"}) {
    EXPECT_EQ(match(tokens, value), std::nullopt) << value;
  }
  EXPECT_EQ(tokens.match(http::Fields()), std::nullopt);
  EXPECT_EQ(match(ListenerTokens(), "Bearer "), std::nullopt);
}

TEST(ListenerTokens, RefusalsNameTheLineAndNoSecret) {
  EXPECT_NE(refusal("").find("no token"), std::string::npos);
  EXPECT_NE(refusal("# only\n\n").find("no token"), std::string::npos);
  EXPECT_NE(refusal("\nshort-hunter2\n").find("line 2: the token is too short"), std::string::npos);
  EXPECT_NE(refusal("hunter2 hunter2 hunter2").find("line 1: "), std::string::npos);
  EXPECT_NE(refusal("hunter2hunter2hunter2\xC3\xA9").find("visible ASCII"), std::string::npos);
  EXPECT_NE(refusal(std::string(longest_token + 1, 'x')).find("longer"), std::string::npos);
  EXPECT_EQ(refusal(std::string(longest_token, 'x')), "");
  for (const char* text : {"short-hunter2", "hunter2 hunter2 hunter2", "hunter2hunter2hunter2\x01"}) {
    EXPECT_EQ(refusal(text).find("hunter2"), std::string::npos);
  }
  std::string many;
  for (std::size_t i = 0; i <= max_tokens; ++i) many += "0123456789abcdef\n";
  EXPECT_NE(refusal(many).find("more than"), std::string::npos);
}

TEST(Credential, IsTheDigestOfAuthorization) {
  const std::array<http::Field, 1> a{{{"Authorization", "Bearer x"}}};
  const std::array<http::Field, 1> b{{{"authorization", "Bearer y"}}};
  const auto x = credential_of(http::Fields(a));
  const auto y = credential_of(http::Fields(b));
  EXPECT_EQ(x, base::sha256("Bearer x"));
  EXPECT_EQ(credential_of(http::Fields()), std::nullopt);
  EXPECT_TRUE(same_credential(x, x));
  EXPECT_TRUE(same_credential(std::nullopt, std::nullopt));
  EXPECT_FALSE(same_credential(x, y));
  EXPECT_FALSE(same_credential(x, std::nullopt));
  EXPECT_FALSE(same_credential(std::nullopt, y));
}

}  // namespace
}  // namespace transport
