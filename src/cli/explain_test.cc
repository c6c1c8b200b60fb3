// `intercept explain` as a command: flags, exit status, what is refused before any rule.
#include "cli/explain.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/asked_call.h"

namespace cli {
namespace {

struct ExplainTest : testing::Test {
  ExplainTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "explain-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    home = pattern;
    write("p.yaml",
          "default: deny\ntools:\n  pay: {rules: [{require: {path: args.n, op: lte, value: 5}}]}\n"
          "  strict: {rules: [{validate: {required_args: true}}]}\n");
  }
  ~ExplainTest() override { std::filesystem::remove_all(home); }

  void write(const std::string& name, const std::string& text) { std::ofstream(home + '/' + name) << text; }
  int run(std::vector<std::string> words, std::vector<std::string> server = {}) {
    if (std::ranges::find(words, "-c") == words.end()) words.insert(words.begin(), {"-c", home + "/p.yaml"});
    std::ostringstream o, e;
    Terminal terminal{o, e};
    const int status = explain_info.run({words, !server.empty(), server}, terminal);
    out = o.str();
    err = e.str();
    return status;
  }
  bool says(std::string_view text) const { return out.find(text) != std::string::npos; }

  std::string home, out, err;
};

TEST_F(ExplainTest, ExitStatus) {
  EXPECT_EQ(run({"--tool", "pay", "--args", R"({"n":5})"}), 0);
  EXPECT_TRUE(out.starts_with("ALLOW  tools/call of tool \"pay\"\n")) << out;
  EXPECT_EQ(run({"--tool", "pay", "--args", R"({"n":6})"}), 1);
  EXPECT_TRUE(says("args.n at most 5")) << out;
  EXPECT_EQ(run({"--tool", "strict"}), 1);
  EXPECT_TRUE(out.starts_with("NEEDS THE TOOLS LIST")) << out;
  EXPECT_EQ(run({"--tool", "pay", "--args", R"({"n":5,"n":5})"}), 1);
  EXPECT_TRUE(out.starts_with("REFUSED  before any rule")) << out;
  EXPECT_TRUE(says("duplicate key")) << out;
}

TEST_F(ExplainTest, BadUseAndBadPoliciesAreTwo) {
  EXPECT_EQ(run({}), 2);
  EXPECT_NE(err.find("name one thing to ask about"), std::string::npos) << err;
  EXPECT_EQ(run({"--tool", "a", "--prompt", "b"}), 2);
  EXPECT_EQ(run({"--resource", "file:///x", "--args", "{}"}), 2);
  EXPECT_EQ(run({"--tool", "a", "--state", "some"}), 2);
  EXPECT_EQ(run({"--tool", "a", "--state", "live"}), 2);
  EXPECT_NE(err.find("--server-name NAME"), std::string::npos) << err;
  EXPECT_EQ(run({"--tool", "a", "--at", "soon"}), 2);
  EXPECT_EQ(run({"--tool", "a", "--schema", home + "/none.json"}), 2);
  EXPECT_EQ(run({"--tool", "a", "--args", "@" + home + "/none.json"}), 2);
  write("bad.yaml", "tools:\n  x: {rule: []}\n");
  EXPECT_EQ(run({"-c", home + "/bad.yaml", "--tool", "x"}), 2);
  EXPECT_NE(err.find("[unknown-key]"), std::string::npos) << err;
  EXPECT_NE(err.find("bad.yaml:2:7"), std::string::npos) << err;
}

TEST_F(ExplainTest, AWordIsTheCodeOfAFinding) {
  const auto alone = [&](const std::vector<std::string>& words) {
    std::ostringstream o, e;
    Terminal terminal{o, e};
    const int status = explain_info.run({words, false, {}}, terminal);
    out = o.str();
    err = e.str();
    return status;
  };
  EXPECT_EQ(alone({"unknown-key"}), 0);
  EXPECT_TRUE(says("unknown-key")) << out;
  EXPECT_EQ(alone({"unknown-kex"}), 2);
  EXPECT_EQ(alone({"unknown-key", "duplicate-key"}), 2);
  EXPECT_EQ(run({"unknown-key"}), 2);
  EXPECT_EQ(run({"--tool", "x", "--tools", "-", "--args", "-"}), 2);
  EXPECT_NE(err.find("only one flag can read standard input"), std::string::npos) << err;
  EXPECT_EQ(alone({}), 2);
}

// A slip of whoever asks is no answer of the policy; what the proxy refuses to read is one.
TEST_F(ExplainTest, ArgumentsThatAreNoJson) {
  write("args.json", "{path: 1}");
  for (const char* args : {"{path: 1}", "path=1", "{'a': 1}", "{"}) {
    EXPECT_EQ(run({"--tool", "a", "--args", args}), 2) << args;
    EXPECT_TRUE(err.starts_with("Error: --args is not JSON: ")) << err;
    EXPECT_EQ(out, "");
  }
  EXPECT_EQ(run({"--tool", "a", "--args", "@" + home + "/args.json"}), 2);
  EXPECT_EQ(run({"--method", "x/y", "--params", "{"}), 2);
  EXPECT_NE(err.find("--params is not JSON"), std::string::npos) << err;
  EXPECT_EQ(run({"--tool", "a", "--args", R"({"a":1,"a":2})"}), 1);
  EXPECT_TRUE(says("REFUSED")) << out;
}

TEST_F(ExplainTest, AToolThatTheServerDoesNotHave) {
  write("tools.json", R"([{"name":"strict"}])");
  run({"--tool", "strct", "--tools", home + "/tools.json"});
  EXPECT_NE(err.find("the server's list has no tool \"strct\"; did you mean strict?"), std::string::npos) << err;
  run({"--tool", "strict", "--tools", home + "/tools.json"});
  EXPECT_EQ(err, "");
}

TEST_F(ExplainTest, ToolsOfEveryForm) {
  const std::string list =
      R"([{"name":"strict","inputSchema":{"type":"object","properties":{"a":{}},"required":["a"]}}])";
  for (const std::string& text : {list, "{\"tools\":" + list + "}", "{\"result\":{\"tools\":" + list + "}}"}) {
    write("tools.json", text);
    EXPECT_EQ(run({"--tool", "strict", "--tools", home + "/tools.json"}), 1) << text;
    EXPECT_TRUE(says("which checks the arguments")) << out;
    EXPECT_EQ(run({"--tool", "strict", "--schema", home + "/tools.json", "--args", R"({"a":1})"}), 0) << text;
  }
  write("tools.json", "{\"tools\":7}");
  EXPECT_EQ(run({"--tool", "strict", "--schema", home + "/tools.json"}), 2);
}

TEST_F(ExplainTest, ManyCalls) {
  write("calls.jsonl",
        "{\"tool\":\"pay\",\"arguments\":{\"n\":5}}\n\n{\"tool\":\"pay\",\"arguments\":{\"n\":5,\"n\":6}}\n"
        "{\"resource\":\"file:///x\"}\n");
  EXPECT_EQ(run({"--calls", home + "/calls.jsonl"}), 1);
  EXPECT_EQ(std::ranges::count(out, '\n'), 3) << out;
  EXPECT_TRUE(out.starts_with(R"({"decision":"allow","method":"tools/call","kind":"tool","name":"pay")")) << out;
  EXPECT_TRUE(says(R"({"decision":"refused","reason":"unreadable")")) << out;
  EXPECT_TRUE(says(R"("method":"resources/read","kind":"resource","name":"file:///x","reason":"default_deny")")) << out;
  write("calls.jsonl", "{\"tool\":\"pay\",\"argumens\":{}}\n");
  EXPECT_EQ(run({"--calls", home + "/calls.jsonl"}), 2);
  EXPECT_NE(err.find("line 1: unknown key \"argumens\""), std::string::npos) << err;
  EXPECT_EQ(run({"--calls", home + "/calls.jsonl", "--tool", "pay"}), 2);
}

TEST_F(ExplainTest, TheMomentAndTheCallerAreGiven) {
  write(
      "p.yaml",
      "tools: {pay: {rules: [{require: [{path: time.date, op: eq, value: '2026-11-22'}, {path: identity.name, op: eq, "
      "value: ops}]}]}}\n");
  EXPECT_EQ(run({"--tool", "pay", "--at", "2026-11-22T10:00:00Z", "--identity", "ops"}), 0);
  EXPECT_EQ(run({"--tool", "pay", "--at", "2026-11-23", "--identity", "ops"}), 1);
  EXPECT_EQ(run({"--tool", "pay", "--at", "2026-11-22"}), 1);
  EXPECT_TRUE(says("the identity \"ops\"")) << out;
}

TEST_F(ExplainTest, LiveStateOfNothingIsEmptyAndCreatesNothing) {
  write("p.yaml", "tools: {pay: {rules: [{rate_limit: 1/hour}]}}\n");
  EXPECT_EQ(run({"--tool", "pay", "--state", "live", "--state-dir", home + "/state"}, {"npx", "server-x"}), 0);
  EXPECT_TRUE(says("server-x  tools/pay  rate limit: 1, holds 0 of 1 per hour")) << out;
  EXPECT_FALSE(std::filesystem::exists(home + "/state"));
}

}  // namespace
}  // namespace cli
