// The command line: what is read, and what a stranger is told.
#include "cli/arguments.h"

#include <gtest/gtest.h>

#include "cli/help.h"

namespace cli {
namespace {

using Words = std::vector<std::string>;

std::string error_of(const Words& words) {
  const auto a = read_arguments(words);
  EXPECT_FALSE(a);
  return a ? "" : a.error().message;
}

TEST(Arguments, ARunNeedsAPolicyAndACommand) {
  const auto a = read_arguments({"-c", "p.yaml", "--", "node", "server.js", "-c", "x", "--", "y"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->command, Command::run);
  EXPECT_EQ(a->run.config, "p.yaml");
  EXPECT_EQ(a->run.command, (Words{"node", "server.js", "-c", "x", "--", "y"}));
  EXPECT_EQ(a->run.identity, "local");
  EXPECT_EQ(a->run.log_args, audit::LogArgs::hash);
  EXPECT_FALSE(a->run.audit_fail_open);
}

TEST(Arguments, RunMayBeNamedAndFlagsMayUseEquals) {
  const auto a =
      read_arguments({"run", "--config=p.yaml", "--identity", "alice", "--server-name", "gh", "--log-args", "full",
                      "--log-level=error", "--audit-fail-mode", "open", "--state-dir", "/s", "--", "x"});
  ASSERT_TRUE(a) << a.error().message;
  EXPECT_EQ(a->run.identity, "alice");
  EXPECT_EQ(a->run.server_name, "gh");
  EXPECT_EQ(a->run.log_args, audit::LogArgs::full);
  EXPECT_EQ(a->run.log_level, mediator::Level::error);
  EXPECT_TRUE(a->run.audit_fail_open);
  EXPECT_EQ(a->run.state_dir, "/s");
}

TEST(Arguments, NothingAtAllIsHelp) {
  EXPECT_EQ(read_arguments({})->command, Command::help);
  EXPECT_EQ(read_arguments({"--help"})->command, Command::help);
  EXPECT_EQ(read_arguments({"validate", "-h"})->help_topic, "validate");
  EXPECT_EQ(read_arguments({"help", "validate"})->help_topic, "validate");
  EXPECT_EQ(read_arguments({"--version"})->command, Command::version);
}

TEST(Arguments, HelpAfterTheDashesIsTheServers) {
  const auto a = read_arguments({"-c", "p", "--", "server", "--help"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->command, Command::run);
}

TEST(Arguments, MistakesAreNamed) {
  EXPECT_NE(error_of({"--", "x"}).find("required flag(s) \"config\" not set"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p"}).find("after '--'"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--"}).find("after '--'"), std::string::npos);
  EXPECT_NE(error_of({"-c"}).find("--config"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--log-arg", "full", "--", "x"}).find("--log-arg"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--log-args", "some", "--", "x"}).find("--log-args"), std::string::npos);
  EXPECT_EQ(error_of({"-c", "p", "--log-args", "x", "--", "x"}),
            "--log-args must be none, hash, redacted or full, got \"x\"");
  EXPECT_NE(error_of({"-c", "p", "--audit-fail-mode", "x", "--", "x"}).find("closed or open"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--log-level", "loud", "--", "x"}).find("--log-level"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "server.js", "--", "x"}).find("server.js"), std::string::npos);
  EXPECT_NE(error_of({"validat", "-c", "p"}).find("did you mean \"validate\""), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--identity", "", "--", "x"}).find("--identity"), std::string::npos);
}

TEST(Arguments, WhatThisVersionCannotDoIsRefused) {
  EXPECT_NE(error_of({"-c", "p", "--upstream", "https://h/mcp"}).find("--upstream"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--transport", "http", "--", "x"}).find("--transport http"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--transport", "smoke", "--", "x"}).find("smoke"), std::string::npos);
  EXPECT_EQ(error_of({"-c", "p", "--port", "80", "--", "x"}),
            "--bind and --port require --transport http or --transport sse");
  EXPECT_NE(error_of({"-c", "p", "--header", "A: b", "--", "x"}).find("--header requires --upstream"),
            std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--state-dsn", "redis://h", "--", "x"}).find("--state-dsn"), std::string::npos);
  EXPECT_NE(error_of({"-c", "p", "--state-fail-mode", "open", "--", "x"}).find("--state-fail-mode"), std::string::npos);
  EXPECT_TRUE(read_arguments({"-c", "p", "--state-fail-mode", "closed", "--transport", "stdio", "--", "x"}));
}

TEST(Arguments, ValidateTakesTheFileEitherWay) {
  EXPECT_EQ(read_arguments({"validate", "-c", "p"})->validate.config, "p");
  const auto a = read_arguments({"validate", "p", "--format", "json", "--compat", "--strict"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->validate.config, "p");
  EXPECT_TRUE(a->validate.json && a->validate.compat && a->validate.strict);
  EXPECT_NE(error_of({"validate"}).find("config"), std::string::npos);
  EXPECT_NE(error_of({"validate", "-c", "p", "--", "x"}).find("no server command"), std::string::npos);
  EXPECT_NE(error_of({"validate", "-c", "p", "--format", "xml"}).find("--format"), std::string::npos);
}

TEST(Help, NamesEveryFlag) {
  for (const char* flag : {"--config", "--server-name", "--identity", "--log-level", "--log-args", "--audit-fail-mode",
                           "--state-dir", "--version", "validate"}) {
    EXPECT_NE(help_text("").find(flag), std::string_view::npos) << flag;
  }
  for (const char* flag : {"--config", "--format", "--compat", "--strict"}) {
    EXPECT_NE(help_text("validate").find(flag), std::string_view::npos) << flag;
  }
  for (std::string_view text = help_text(""); !text.empty();) {
    const std::size_t end = text.find('\n');
    EXPECT_LE(text.substr(0, end).size(), 120u) << text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace
}  // namespace cli
