// Configurations of clients, TOML, and what stands for what in them.
#include "cli/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/toml_text.h"

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string toml(std::string_view text) {
  const auto json = toml_to_json(text);
  return json ? *json : json.error().message;
}

TEST(Toml, BecomesJson) {
  EXPECT_EQ(toml("a = 1 # x\r\nb = \"\\u00e9\\n\\\"\"\nc = 'C:\\x'\nd = true\n\n"),
            R"({"a":1,"b":"é\n\"","c":"C:\\x","d":true})");
  EXPECT_EQ(toml("[a.b]\nx = [1, [\"y\"], # c\n {z = 2, q.r = 3},\n]\n[a]\nk = 1\n[a.\"c d\"]\n"),
            R"({"a":{"b":{"x":[1,["y"],{"z":2,"q":{"r":3}}]},"k":1,"c d":{}}})");
  EXPECT_EQ(toml("[[l]]\na = 1\n[l.s]\nb = 2\n[[l]]\na = 3\n"), R"({"l":[{"a":1,"s":{"b":2}},{"a":3}]})");
  EXPECT_EQ(toml("a = \"\"\"\nx\\\n   y\"\"\"\"\nb = '''p\n'q'''\nc = \"\"\n"), R"({"a":"xy\"","b":"p\n'q","c":""})");
  EXPECT_EQ(toml("f = 1.5\nd = 1979-05-27T07:32:00Z\nh = 0xff\np = +1\ni = inf\nn = -7\nz = 0"),
            R"({"f":"1.5","d":"1979-05-27T07:32:00Z","h":"0xff","p":"+1","i":"inf","n":-7,"z":0})");
  EXPECT_EQ(toml(""), "{}");
}

TEST(Toml, WhatIsNoneIsAnErrorWithItsLine) {
  EXPECT_EQ(toml("a = 1\nb"), "line 2: = is expected after a key");
  EXPECT_EQ(toml("a = x"), "line 1: texts stand in quotes: \"x\"");
  EXPECT_EQ(toml("a = \"x\n"), "line 1: a text has no end");
  EXPECT_EQ(toml("a = 1\n\na = 2"), "line 3: the key \"a\" is there twice");
  EXPECT_EQ(toml("[a]\n[a]"), "line 2: the table [a] is there twice");
  EXPECT_EQ(toml("a = {b = 1}\n[a.c]"), "line 2: \"a\" has a value already");
  EXPECT_EQ(toml("a = 1 2"), "line 1: something stands after the value");
  EXPECT_EQ(toml("a = [1"), "line 1: a list goes on with , or ends with ]");
  EXPECT_EQ(toml("[a"), "line 1: ] is missing");
  EXPECT_EQ(toml("a = \"\\q\""), "line 1: an unknown escape in a text");
  EXPECT_EQ(toml("a = \"\\ud800\""), "line 1: an escape names no character");
  EXPECT_THAT(toml("a = " + std::string(100, '[')), HasSubstr("more than 32 deep"));
  EXPECT_THAT(toml("a = \xff"), HasSubstr("not UTF-8"));
}

TEST(Comments, AreTakenOutOfJson) {
  EXPECT_EQ(without_comments("{\"a\": \"//,]\", // x\n \"b\": [1, /* , */ ], }"),
            "{\"a\": \"//,]\",     \n \"b\": [1          ]  }");
  EXPECT_EQ(without_comments("[\"\\\"//\"]"), "[\"\\\"//\"]");
  EXPECT_EQ(without_comments("[1 /* "), "[1 /* ");
}

ConfiguredServer only(std::string_view json) {
  auto config = read_client_config(json, false);
  EXPECT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->servers.size(), 1U);
  return config->servers.at(0);
}

TEST(ClientConfig, KnowsItsOwnProgram) {
  const auto local = only(R"({"mcpServers":{"a":{"command":"/x/intercept","args":["-c","p","--","npx","-y","s"]}}})");
  EXPECT_TRUE(local.wrapped);
  EXPECT_EQ(local.server_name, "");
  EXPECT_THAT(local.command, ElementsAre("npx", "-y", "s"));
  const auto far = only(
      R"({"servers":{"a":{"command":"intercept","args":["--upstream","https://x/","--server-name","n","--header=A: b"]}}})");
  EXPECT_EQ(far.url, "https://x/");
  EXPECT_THAT(far.header_flags, ElementsAre("A: b"));
  EXPECT_EQ(far.server_name, "n");
  EXPECT_FALSE(only(R"({"mcpServers":{"a":{"command":"intercepted","args":["--","x"]}}})").wrapped);
}

TEST(ClientConfig, SubstitutesOrSaysWhatIsMissing) {
  Substitutes with;
  with.variable = [](std::string_view n) -> std::optional<std::string> {
    return n == "A" ? std::optional<std::string>("1") : std::nullopt;
  };
  with.input = [](std::string_view) { return std::optional<std::string>("in"); };
  with.workspace = "/w/dir";
  with.home = "/h";
  const auto of = [&](const std::string& text) -> std::string {
    ConfiguredServer s;
    s.command = {text};
    const auto done = substituted(s, with);
    return done ? done->command[0] : done.error().message;
  };
  EXPECT_EQ(of("${A}-${B:-x}-${env:B}-${input:i}"), "1-x--in");
  EXPECT_EQ(of("${workspaceFolder}/${workspaceFolderBasename}:${userHome}"), "/w/dir/dir:/h");
  EXPECT_EQ(of("$A {x} ${"), "$A {x} ${");
  EXPECT_EQ(of("${B}"), "it needs the environment variable B, which is not set");
  EXPECT_EQ(of("${command:x}"), "${command:x} is not understood");
}

}  // namespace
}  // namespace cli
