// What must go and, beside it, what must stay: names, paths, prose and numbers that tools use every day.
// Tokens are put together from parts, so that no scanner of repositories takes this file for a leak.
#include "audit/redact.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "json/document.h"

namespace audit {
namespace {

const std::string rest = "A1b2C3d4E5f6G7h8I9j0K1l2";

TEST(SecretKey, AnyCaseAndSpelling) {
  for (const std::string_view key : {"password",
                                     "Password",
                                     "PASSWORD",
                                     "db_password",
                                     "DB-PASSWORD",
                                     "userPassword",
                                     "passwd",
                                     "pwd",
                                     "passphrase",
                                     "token",
                                     "access_token",
                                     "accessToken",
                                     "refresh-token",
                                     "x-auth-token",
                                     "GITHUB_TOKEN",
                                     "api_key",
                                     "apiKey",
                                     "API KEY",
                                     "X-Api-Key",
                                     "secret",
                                     "client_secret",
                                     "aws_secret_access_key",
                                     "authorization",
                                     "Authorization",
                                     "Proxy-Authorization",
                                     "auth",
                                     "basic_auth",
                                     "cookie",
                                     "Set-Cookie",
                                     "private_key",
                                     "ssh_key",
                                     "credentials",
                                     "jwt",
                                     "bearer",
                                     "otp",
                                     "pin",
                                     "cvv",
                                     "ssn",
                                     "connectionString",
                                     "sessionId",
                                     "pa\u017F\u017Fword",
                                     "to\u212Aen",
                                     "--api-key",
                                     "tokens_secret",
                                     "auth_tokens",
                                     "mysql_pwd"})
    EXPECT_TRUE(is_secret_key(key)) << key;
}

TEST(SecretKey, EverydayNamesStay) {
  for (const std::string_view key :
       {"", "path", "name", "key", "keys", "author", "authors", "max_tokens", "maxTokens", "total_tokens", "tokens",
        "token_count", "progressToken", "tokenizer", "passenger", "compass", "pinned", "options"})
    EXPECT_FALSE(is_secret_key(key)) << key;
}

TEST(RedactText, WellKnownTokens) {
  for (const std::string_view prefix :
       {"ghp_",     "gho_",   "github_pat_", "glpat-",    "sk-",    "sk-ant-", "sk-proj-", "sk_live_",
        "rk_live_", "xoxb-",  "xoxp-",       "AKIA",      "ASIA",   "AIza",    "ya29.",    "npm_",
        "pypi-",    "hf_",    "SG.",         "dop_v1_",   "shpat_", "whsec_",  "glsa_",    "hvs.",
        "nvapi-",   "ATATT3", "sbp_",        "dckr_pat_", "ict_",   "xai-",    "lin_api_", "AGE-SECRET-KEY-"}) {
    const std::string token = std::string(prefix) + rest.substr(0, 16);
    EXPECT_EQ(redact_text(token), redacted_mark) << prefix;
    EXPECT_EQ(redact_text("use " + token + ", please"), "use [redacted], please") << prefix;
    EXPECT_EQ(redact_text("https://x.example/" + token + "/repo"), "https://x.example/[redacted]/repo") << prefix;
    EXPECT_EQ(redact_text("x:" + token), "x:[redacted]") << prefix;
  }
  const std::string jwt = std::string("eyJ") + "hbGciOiJIUzI1NiJ9." + "eyJ" + "zdWIiOiIxIn0.c2lnbmF0dXJl";
  EXPECT_EQ(redact_text("got " + jwt + " back"), "got [redacted] back");
}

TEST(RedactText, RandomLookingWords) {
  EXPECT_EQ(redact_text("k=" + rest), "k=[redacted]");
  EXPECT_EQ(redact_text("0123456789abcdef0123456789abcdef"), redacted_mark);
  EXPECT_EQ(redact_text("wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + std::string("EXAMPLE4KEY2aB9")), redacted_mark);
  base::FakeRandom random(4);
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  int kept = 0;
  for (int i = 0; i < 1000; ++i) {
    std::byte raw[40];
    random.fill(raw);
    std::string word;
    for (const std::byte b : raw) word += letters[std::to_integer<unsigned>(b) % 62];
    kept += redact_text(word) == redacted_mark ? 0 : 1;
  }
  EXPECT_LE(kept, 15);  // of a thousand random words of 40; those with hardly a digit
}

TEST(RedactName, KeepsNamesAndDropsTokens) {
  EXPECT_EQ(redact_name("getS3BucketPolicyByIdV2ForOrg5"), "getS3BucketPolicyByIdV2ForOrg5");
  EXPECT_EQ(redact_name("s/tools/x/rate/3f2a9c0b3f2a9c0b3f2a9c0b3f2a9c0b"),
            "s/tools/x/rate/3f2a9c0b3f2a9c0b3f2a9c0b3f2a9c0b");
  EXPECT_EQ(redact_name("x/ghp_" + rest), "x/[redacted]");
  EXPECT_EQ(redact_name("password=x"), "password=[redacted]");
}

TEST(RedactText, WhatIsNoSecretStays) {
  for (const std::string_view text : {"",
                                      "read_file",
                                      "delete_repository",
                                      "/home/ann/projects/Intercept2/src/main.cc",
                                      "file:///srv/data/2026/report.csv",
                                      "https://example.com/a/b?page=2&sort=asc#top",
                                      "The quick brown fox jumps over the lazy dog.",
                                      "550e8400-e29b-41d4-a716-446655440000",
                                      "v1.2.3-rc.4+build.567",
                                      "getUserByIdAndOrganization2",
                                      "sk-learn is a library",
                                      "key-value store",
                                      "secret_santa",
                                      "a=b c=d",
                                      "SELECT * FROM users WHERE id = 5",
                                      "2026-11-22T10:00:00.000Z",
                                      "ghp_short",
                                      "user@example.com",
                                      "ratio 3:4",
                                      "internationalization_of_the_configuration_file",
                                      "-----BEGINNING",
                                      "Tool \"x\" is hidden by policy",
                                      "Basic usage",
                                      "bearer of news",
                                      "max_tokens=100",
                                      "--verbose --port 8080",
                                      "tools/delete_*/rules/0",
                                      "AKIArrangement",
                                      "10000000000000000000000000000000000000000",
                                      "é ✓ 😀"})
    EXPECT_EQ(redact_text(text), text);
}

TEST(RedactText, PemBlocks) {
  const std::string begin =
                        "-----BEGIN RSA PRIVATE "
                        "KEY-----",
                    end =
                        "-----END RSA PRIVATE "
                        "KEY-----";
  EXPECT_EQ(redact_text("a " + begin + "\nMIIE\nxyz\n" + end + "\nb"), "a [redacted]\nb");
  EXPECT_EQ(redact_text("a " + begin + "\nMIIE\nxyz"), "a [redacted]");
  EXPECT_EQ(redact_text("a " + begin + "\nMIIE" + "-----END RSA"), "a [redacted]");
}

TEST(RedactText, Urls) {
  EXPECT_EQ(redact_text("https://ann:hunter2@example.com/x"), "https://[redacted]@example.com/x");
  EXPECT_EQ(redact_text("postgres://u:p@ss@db:5432/x"), "postgres://[redacted]@db:5432/x");
  EXPECT_EQ(redact_text("https://example.com/@ann"), "https://example.com/@ann");
  EXPECT_EQ(redact_text("https://h/x?access_token=abc&page=2"), "https://h/x?access_token=[redacted]&page=2");
  EXPECT_EQ(redact_text("https://h/x?page=2&sig=abc%3D"), "https://h/x?page=2&sig=[redacted]");
  EXPECT_EQ(redact_text("https://h/x?X-Amz-Signature=abc#f"), "https://h/x?X-Amz-Signature=[redacted]");
  EXPECT_EQ(redact_text("https://h/x?key=abc then key=value"), "https://h/x?key=[redacted] then key=value");
}

TEST(RedactText, NamedValues) {
  EXPECT_EQ(redact_text("password=hunter2 next"), "password=[redacted] next");
  EXPECT_EQ(redact_text("password: hunter2"), "password: [redacted]");
  EXPECT_EQ(redact_text("PASSWORD='two words' x"), "PASSWORD='[redacted]' x");
  EXPECT_EQ(redact_text("{\"password\": \"a \\\" b\", \"x\": 1}"), "{\"password\": \"[redacted]\", \"x\": 1}");
  EXPECT_EQ(redact_text("{\\\"token\\\":\\\"abc\\\",\\\"x\\\":1}"), "{\\\"token\\\":\\\"[redacted]\\\",\\\"x\\\":1}");
  EXPECT_EQ(redact_text("Authorization: Bearer abc.def"), "Authorization: [redacted]");
  EXPECT_EQ(redact_text("curl -H 'Authorization: Basic dXNlcg==' x"), "curl -H 'Authorization: [redacted]' x");
  EXPECT_EQ(redact_text("Bearer abcdefgh1"), "Bearer [redacted]");
  EXPECT_EQ(redact_text("mysql --password hunter2 --host h"), "mysql --password [redacted] --host h");
  EXPECT_EQ(redact_text("x --api-key=hunter2"), "x --api-key=[redacted]");
  EXPECT_EQ(redact_text("x --token --verbose"), "x --token --verbose");
  EXPECT_EQ(redact_text("curl -u ann:hunter2 https://h"), "curl -u [redacted] https://h");
  EXPECT_EQ(redact_text("sudo -u ann ls"), "sudo -u ann ls");
  EXPECT_EQ(redact_text("export GITHUB_TOKEN=abc; ls"), "export GITHUB_TOKEN=[redacted]; ls");
  EXPECT_EQ(redact_text("password=\"open"), "password=\"[redacted]");
  EXPECT_EQ(redact_text("password="), "password=");
  EXPECT_EQ(redact_text("password=\"\""), "password=\"\"");
}

TEST(RedactText, AnyBytesInLinearTime) {
  base::FakeRandom random(9);
  for (int i = 0; i < 20'000; ++i) {
    std::byte raw[64];
    random.fill(raw);
    std::string text;
    static constexpr std::string_view pieces[] = {
        "password", "=",    "\"", "\\", " ", "-----BEGIN ", "-----END ", "://",  "@", "?",
        "sk-",      "ghp_", "-u", "a",  ":", "Bearer",      "abcdefgh9", "\xff", "'", "/"};
    for (const std::byte b : raw) text += pieces[std::to_integer<std::size_t>(b) % std::size(pieces)];
    const std::string once = redact_text(text);
    ASSERT_LE(once.size(), text.size() * 12);
  }
  for (const std::string_view piece :
       {"sk-", "password=\"", "://", "a/", "-----BEGI", "password:", "Bearer ", "eyJ", "\\\"", "-u a "}) {
    std::string text;
    while (text.size() < (1U << 20)) text += piece;
    EXPECT_FALSE(redact_text(text).empty());
  }
}

TEST(RedactAndCut, KeepsWholeCodePointsAndNoHalfSecrets) {
  EXPECT_EQ(redact_and_cut("short", 10), "short");
  EXPECT_EQ(redact_and_cut("éééé", 2), "éé…");
  EXPECT_EQ(redact_and_cut(std::string(100'000, 'x') + " y", 10), "xxxxxxxxxx…");
  std::string words;
  while (words.size() < 5'000) words += "some words ";
  EXPECT_EQ(redact_and_cut(words, 10), "some words…");
  // A token across the first cut (at 4 * 1,000 + 1,024), after text that redaction shortens; by itself and at the end
  // of a very long word.
  for (const std::string& middle : {std::string(" "), " " + std::string(520, 'y') + "-"}) {
    for (std::size_t before = 4'900; before < 5'030; ++before) {
      std::string text = "password=";
      text.append(before - text.size() - middle.size(), 'x').append(middle);
      text.append("ghp_").append(rest).append(rest).append(rest).append(9'000, ' ');
      const std::string cut = redact_and_cut(text, 1'000);
      ASSERT_EQ(cut.find("A1b2"), std::string::npos) << before;
      if (before < 5'000) {
        ASSERT_TRUE(cut.starts_with("password=[redacted] ")) << before;
      }
    }
  }
}

std::string redacted(std::string_view text, std::size_t max = 256) {
  json::Document document;
  EXPECT_TRUE(document.read(text, json::Profile::strict));
  std::string out;
  write_redacted(out, document.root(), max);
  return out;
}

TEST(WriteRedacted, Values) {
  EXPECT_EQ(redacted(R"({"path": "/a", "password": "x", "n": 1.50, "list": [1, "b", null, true], "o": {}, "l": []})"),
            R"({"path":"/a","password":"[redacted]","n":1.50,"list":[1,"b",null,true],"o":{},"l":[]})");
  EXPECT_EQ(redacted(R"({"credentials": {"user": "ann"}, "pin": 1234, "token": null, "auth": true, "otp": [1]})"),
            R"({"credentials":"[redacted]","pin":"[redacted]","token":null,"auth":true,"otp":"[redacted]"})");
  EXPECT_EQ(redacted(R"({"headers": [{"name": "Authorization", "value": "x"}, {"name": "Accept", "value": "y"}]})"),
            R"({"headers":[{"name":"Authorization","value":"[redacted]"},{"name":"Accept","value":"y"}]})");
  EXPECT_EQ(redacted(R"({"env": ["API_KEY=abc", "A=b"]})"), R"({"env":["API_KEY=[redacted]","A=b"]})");
  EXPECT_EQ(redacted(R"({"max_tokens": 100})"), R"({"max_tokens":100})");
  EXPECT_EQ(redacted(R"("just a string")"), R"("just a string")");
}

TEST(WriteRedacted, CutsLongStrings) {
  EXPECT_EQ(redacted("[\"" + std::string("a b ") + std::string(50, 'c') + "\"]", 10), "[\"a b cccccc…\"]");
  EXPECT_LT(redacted("[\"" + std::string(1 << 20, 'c') + "\"]").size(), 2'000U);
}

TEST(WriteRedacted, DeepestDocument) {
  const std::string deep = std::string(128, '[') + std::string(128, ']');
  EXPECT_EQ(redacted(deep), deep);
}

std::vector<std::string> command(std::vector<std::string> words) { return redact_command(words); }
using Words = std::vector<std::string>;

TEST(RedactCommand, FlagsAndAssignments) {
  EXPECT_EQ(command({"npx", "-y", "@scope/server", "/data"}), (Words{"npx", "-y", "@scope/server", "/data"}));
  EXPECT_EQ(command({"s", "--api-key", "x", "y"}), (Words{"s", "--api-key", "[redacted]", "y"}));
  EXPECT_EQ(command({"s", "--api-key", "-x"}), (Words{"s", "--api-key", "[redacted]"}));
  EXPECT_EQ(command({"s", "--token", "--verbose"}), (Words{"s", "--token", "--verbose"}));
  EXPECT_EQ(command({"s", "--token=x"}), (Words{"s", "--token=[redacted]"}));
  EXPECT_EQ(command({"env", "GITHUB_TOKEN=x", "A=b"}), (Words{"env", "GITHUB_TOKEN=[redacted]", "A=b"}));
  EXPECT_EQ(command({"docker", "-e", "DB_PASSWORD=p q"}), (Words{"docker", "-e", "DB_PASSWORD=[redacted]"}));
  EXPECT_EQ(command({"s", "-H", "Authorization: Bearer x y"}).back().find("Bearer"), std::string::npos);
  EXPECT_EQ(command({"s", "ghp_" + rest}), (Words{"s", "[redacted]"}));
  EXPECT_EQ(command({"curl", "-u", "ann:pw"}), (Words{"curl", "-u", "[redacted]"}));
  EXPECT_EQ(command({"sudo", "-u", "ann"}), (Words{"sudo", "-u", "ann"}));
  EXPECT_EQ(command({"s", "postgres://a:b@h/d"}), (Words{"s", "postgres://[redacted]@h/d"}));
  EXPECT_EQ(command({}), Words{});
}

}  // namespace
}  // namespace audit
