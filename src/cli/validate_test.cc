// `intercept validate` and the reading of a policy's file, on real files of a scratch directory.
#include "cli/validate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/explain_code.h"
#include "cli/read_policy.h"
#include "cli/tools_file.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

class Validate : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "validate-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { fs::remove_all(dir_); }

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }

  int run(const ValidateOptions& options) {
    std::ostringstream out, err;
    Terminal terminal{out, err};
    const int code = validate_policy(options, terminal);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  static base::Result<PolicyFile> read(const std::string& path) {
    return read_policy_file(path, Untrusted::refuse, [](const char*) -> const char* { return nullptr; });
  }
  static std::string why(const std::string& path) {
    const auto file = read(path);
    return file ? "" : file.error().message;
  }

  fs::path dir_;
  std::string out_, err_;
};

TEST_F(Validate, GoodFile) {
  EXPECT_EQ(run({.config = file("p.yaml", "version: \"1\"\n")}), 0);
  EXPECT_EQ(out_, "Policy file is valid.\n");
  EXPECT_EQ(err_, "");
}

TEST_F(Validate, ErrorsGoToStderrWithASummary) {
  EXPECT_EQ(run({.config = file("p.yaml", "defualt: deny\nhide: x\n")}), 2);
  EXPECT_EQ(out_, "");
  EXPECT_NE(err_.find("p.yaml:1:1: error: unknown key \"defualt\""), std::string::npos) << err_;
  EXPECT_NE(err_.find("did you mean default?"), std::string::npos);
  EXPECT_TRUE(
      err_.ends_with("\n2 problems: 2 errors, 0 warnings\n"
                     "intercept explain CODE says more about a code in brackets\n"))
      << err_;
}

TEST_F(Validate, WarningsPassUnlessStrict) {
  const std::string path = file("p.yaml", "tools: {a: {rules: [{state: {counter: n, window: day}}]}}");
  EXPECT_EQ(run({.config = path}), 0);
  EXPECT_NE(err_.find("[counter-without-limit]"), std::string::npos);
  EXPECT_EQ(run({.config = path, .strict = true}), 2);
  EXPECT_EQ(out_, "");
  EXPECT_NE(err_.find("\n1 problem: 0 errors, 1 warning\n"), std::string::npos) << err_;
  // A note is no warning.
  EXPECT_EQ(run({.config = file("q.yaml", "mode: shadow"), .strict = true}), 0);
}

// What `run` would refuse is said, and does not hide what is wrong with the text.
TEST_F(Validate, AFileThatOthersMayWriteIsAWarning) {
  const std::string path = file("p.yaml", "default: deny");
  fs::permissions(path, fs::perms(0666));
  EXPECT_EQ(run({.config = path}), 0);
  EXPECT_NE(err_.find("[untrusted-file]"), std::string::npos) << err_;
  EXPECT_NE(err_.find("chmod"), std::string::npos) << err_;
  EXPECT_EQ(run({.config = path, .strict = true}), 2);
}

TEST_F(Validate, Compat) {
  EXPECT_EQ(run({.config = file("p.yaml", "tools: {a: {rules: [{rate_limit: 5/hour}]}}"), .compat = true}), 0);
  EXPECT_NE(out_.find("[sliding]"), std::string::npos) << out_;
  EXPECT_EQ(run({.config = file("q.yaml", "tools: {a: {}}"), .compat = true}), 0);
  EXPECT_NE(out_.find("Nothing is decided more strictly"), std::string::npos);
}

TEST_F(Validate, Json) {
  const std::string path =
      file("p.yaml", "tools: {a: {rules: [{rate_limit: 5/hour}, {state: {counter: n, window: day}}]}}");
  EXPECT_EQ(run({.config = path, .json = true, .compat = true}), 0);
  const auto good = nlohmann::json::parse(out_);
  EXPECT_EQ(err_, "");
  EXPECT_EQ(good["valid"], true);
  EXPECT_EQ(good["file"], path);
  EXPECT_EQ(good["digest"].get<std::string>().substr(0, 7), "sha256:");
  EXPECT_EQ(good["problems"][0]["severity"], "warning");
  EXPECT_FALSE(good["compat"].empty());

  EXPECT_EQ(run({.config = file("bad.yaml", "\"a\\u001b\\\"\": 1\n"), .json = true}), 2);
  const auto bad = nlohmann::json::parse(out_);
  EXPECT_EQ(bad["valid"], false);
  EXPECT_TRUE(bad["digest"].is_null());
  EXPECT_EQ(bad["problems"][0]["code"], "unknown-key");
  EXPECT_EQ(bad["problems"][0]["line"], 1);
  EXPECT_EQ(bad["problems"][0]["column"], 1);
  EXPECT_FALSE(bad.contains("compat"));

  EXPECT_EQ(run({.config = (dir_ / "none\xFF").string(), .json = true}), 2);
  EXPECT_EQ(nlohmann::json::parse(out_)["problems"][0]["code"], "unreadable");
}

TEST_F(Validate, SilencedFindingsAreCountedAndShownOnDemand) {
  const std::string path = file("p.yaml",
                                "tools: {a: {lint: {counter-without-limit: a gauge}, rules: [{state: {counter: n, "
                                "window: day}}]}}");
  EXPECT_EQ(run({.config = path, .strict = true}), 0);
  EXPECT_EQ(err_, "1 finding silenced, shown by --show-silenced\n");
  EXPECT_EQ(run({.config = path, .show_silenced = true}), 0);
  EXPECT_NE(err_.find("[counter-without-limit]"), std::string::npos) << err_;
  EXPECT_NE(err_.find("  silenced: a gauge\n"), std::string::npos) << err_;
  EXPECT_EQ(run({.config = path, .json = true}), 0);
  const auto json = nlohmann::json::parse(out_);
  EXPECT_TRUE(json["problems"].empty());
  EXPECT_EQ(json["silenced"][0]["code"], "counter-without-limit");
  EXPECT_EQ(json["silenced"][0]["line"], 1);
  EXPECT_EQ(json["silenced"][0]["reason"], "a gauge");
  EXPECT_EQ(run({.config = file("q.yaml", "tools: {a: {}}"), .json = true}), 0);
  EXPECT_TRUE(nlohmann::json::parse(out_)["silenced"].empty());
}

TEST_F(Validate, SeveralFiles) {
  const std::string good = file("a.yaml", "default: deny"), bad = file("b.yaml", "defualt: deny");
  EXPECT_EQ(run({.config = good, .others = {bad}}), 2);
  EXPECT_EQ(out_, good + ": Policy file is valid.\n");
  EXPECT_NE(err_.find(bad + ": 1 problem: 1 error, 0 warnings\n"), std::string::npos) << err_;
  EXPECT_EQ(run({.config = bad, .others = {good}}), 2);
  EXPECT_EQ(run({.config = good, .others = {good}}), 0);
  EXPECT_EQ(run({.config = good, .json = true, .others = {bad}}), 2);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
}

TEST_F(Validate, BesideTheServersTools) {
  const std::string path = file("p.yaml", "default: deny\ntools: {pey: {}}");
  for (const char* text : {R"({"tools": [{"name": "pay"}]})", R"([{"name": "pay"}])",
                           R"({"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "pay"}]}})"}) {
    tools::Registry tools;
    ASSERT_TRUE(read_tools_file(file("tools.json", text), base::BootTime(), tools)) << text;
    EXPECT_EQ(run({.config = path, .tools = &tools}), 0);
    EXPECT_NE(err_.find("did you mean pay?"), std::string::npos) << err_;
  }
  const auto why_not = [&](const std::string& name) {
    tools::Registry tools;
    const auto read = read_tools_file(name, base::BootTime(), tools);
    return read ? "" : read.error().message;
  };
  EXPECT_NE(why_not(file("t", "{")).find("not JSON"), std::string::npos);
  EXPECT_NE(why_not(file("t", "{}")).find("holds no tools"), std::string::npos);
  EXPECT_NE(why_not(dir_.string()).find("directory"), std::string::npos);
  EXPECT_NE(why_not((dir_ / "none").string()).find("cannot be opened"), std::string::npos);
}

TEST_F(Validate, WarningsAreCounted) {
  const std::string path = file("p.yaml", "tools: {a: {rules: [{action: deny}, {rate_limit: 1/hour}]}}");
  EXPECT_EQ(run({.config = path}), 0);
  EXPECT_NE(err_.find("1 warning; --strict makes them fail\n"), std::string::npos) << err_;
  EXPECT_EQ(out_, "Policy file is valid.\n");
}

TEST(ExplainCode, SaysWhatTheTableSays) {
  std::ostringstream out, err;
  Terminal terminal{out, err};
  EXPECT_EQ(explain_code("code-by-regex", false, terminal), 0);
  EXPECT_TRUE(out.str().starts_with("code-by-regex (warning): code is checked as text\n\n")) << out.str();
  EXPECT_NE(out.str().find("SELECT 1; DROP TABLE users"), std::string::npos);
  EXPECT_NE(out.str().find("{code-by-regex: why"), std::string::npos);
  EXPECT_EQ(err.str(), "");
  for (const policy::Code& code : policy::codes()) {
    const std::string text = code_text(code);
    EXPECT_EQ(text.find(": \n"), std::string::npos) << text;  // every example has its message
    EXPECT_TRUE(is_code(code.name));
    out.str("");
    EXPECT_EQ(explain_code(code.name, true, terminal), 0);
    const auto json = nlohmann::json::parse(out.str());
    EXPECT_EQ(json["code"], code.name);
    EXPECT_EQ(json["message"].get<std::string>().empty(), code.example.empty()) << code.name;
  }
}

TEST(ExplainCode, UnknownCodes) {
  std::ostringstream out, err;
  Terminal terminal{out, err};
  EXPECT_EQ(explain_code("unanchored-regx", false, terminal), 2);
  EXPECT_EQ(out.str(), "");
  EXPECT_NE(err.str().find("did you mean unanchored-regex?\n"), std::string::npos) << err.str();
  EXPECT_NE(err.str().find("zero-increment"), std::string::npos);
  EXPECT_FALSE(is_code("unanchored-regx"));
}

TEST_F(Validate, FilesThatAreNoPolicy) {
  EXPECT_NE(why("").find("--config"), std::string::npos);
  EXPECT_NE(why((dir_ / "none").string()).find("does not exist"), std::string::npos);
  EXPECT_NE(why(dir_.string()).find("is a directory"), std::string::npos);
  EXPECT_NE(why(file("e", "")).find("is empty"), std::string::npos);
  EXPECT_NE(why("/dev/null").find("device"), std::string::npos);
  EXPECT_NE(why(file("f", "x") + "/p.yaml").find("not a directory"), std::string::npos);
  const std::string pipe = (dir_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(why(pipe).find("pipe"), std::string::npos);  // and does not wait for a writer
  const std::string loop = (dir_ / "loop").string();
  ASSERT_EQ(::symlink(loop.c_str(), loop.c_str()), 0);
  EXPECT_NE(why(loop).find("circle"), std::string::npos);
  const std::string big = file("big", "x");
  fs::resize_file(big, (std::size_t{8} << 20) + 1);
  EXPECT_NE(why(big).find("8 MiB"), std::string::npos);
  fs::resize_file(big, std::size_t{8} << 20);
  EXPECT_EQ(read(big)->text.size(), std::size_t{8} << 20);
  const std::string closed = file("closed", "x");
  fs::permissions(closed, fs::perms::none);
  if (::geteuid() != 0) EXPECT_NE(why(closed).find("permissions"), std::string::npos);
}

}  // namespace
}  // namespace cli
