// The command line: what is read, and what a stranger is told.
#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "cli/run_arguments.h"

namespace cli {
namespace {

using Words = std::vector<std::string>;

// What `intercept WORDS... -- SERVER...` is read as.
std::expected<RunArguments, std::string> read(const Words& words, const Words& server = {"x"}) {
  return read_run_arguments({words, true, server});
}

std::string error_of(const Words& words, const Words& server = {"x"}) {
  const auto a = read(words, server);
  EXPECT_FALSE(a);
  return a ? "" : a.error();
}

struct Ran {
  int status;
  std::string out, err;
};

Ran run(const Words& words) {
  std::ostringstream out, err;
  Terminal terminal{out, err};
  const int status = run_program(words, terminal);
  return {status, out.str(), err.str()};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(RunArguments, APolicyAndACommand) {
  const auto a = read({"-c", "p.yaml"}, {"node", "server.js", "-c", "x", "--", "y"});
  ASSERT_TRUE(a) << a.error();
  EXPECT_EQ(a->config, "p.yaml");
  EXPECT_EQ(a->command, (Words{"node", "server.js", "-c", "x", "--", "y"}));
  EXPECT_EQ(a->identity, "local");
  EXPECT_EQ(a->log_args, audit::LogArgs::hash);
  EXPECT_FALSE(a->audit_fail_open || a->state_fail_open || a->audit_sync || a->state_sync);
  EXPECT_EQ(a->audit_keep, std::chrono::hours(24 * 90));
}

TEST(RunArguments, EveryFlag) {
  const auto a = read({"--config=p.yaml",
                       "--identity",
                       "alice",
                       "--server-name",
                       "gh",
                       "--log-args",
                       "full",
                       "--log-level=error",
                       "--audit-fail-mode",
                       "open",
                       "--state-dir",
                       "/s",
                       "--state-fail-mode",
                       "open",
                       "--audit-sync",
                       "always",
                       "--state-sync",
                       "full",
                       "--audit-max-size",
                       "1MiB",
                       "--audit-max-age",
                       "1h",
                       "--audit-keep",
                       "forever",
                       "--audit-keep-size",
                       "2GiB"});
  ASSERT_TRUE(a) << a.error();
  EXPECT_EQ(a->identity, "alice");
  EXPECT_EQ(a->server_name, "gh");
  EXPECT_EQ(a->log_args, audit::LogArgs::full);
  EXPECT_EQ(a->log_level, mediator::Level::error);
  EXPECT_TRUE(a->audit_fail_open && a->state_fail_open && a->audit_sync && a->state_sync);
  EXPECT_EQ(a->state_dir, "/s");
  EXPECT_EQ(a->audit_max_bytes, 1U << 20);
  EXPECT_EQ(a->audit_max_age, std::chrono::hours(1));
  EXPECT_EQ(a->audit_keep, base::Duration{0});
  EXPECT_EQ(a->audit_keep_bytes, std::uint64_t{2} << 30);
}

TEST(RunArguments, MistakesAreNamed) {
  EXPECT_TRUE(has(error_of({}), "required flag(s) \"config\" not set"));
  EXPECT_TRUE(has(error_of({"-c", "p"}, {}), "after '--'"));
  EXPECT_TRUE(has(error_of({"-c"}), "--config"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--log-arg", "full"}), "--log-arg"));
  EXPECT_EQ(error_of({"-c", "p", "--log-args", "x"}), "--log-args must be none, hash, redacted or full, got \"x\"");
  EXPECT_EQ(error_of({"-c", "p", "--audit-fail-mode", "x"}), "--audit-fail-mode must be closed or open, got \"x\"");
  EXPECT_EQ(error_of({"-c", "p", "--state-sync", "always"}), "--state-sync must be normal or full, got \"always\"");
  EXPECT_EQ(error_of({"-c", "p", "--audit-max-size", "0"}), "--audit-max-size must be a size such as 64MiB, got \"0\"");
  EXPECT_EQ(error_of({"-c", "p", "--audit-keep", "90"}), "--audit-keep must be a time such as 12h or 7d, got \"90\"");
  EXPECT_TRUE(has(error_of({"-c", "p", "--log-level", "loud"}), "--log-level"));
  EXPECT_TRUE(has(error_of({"-c", "p", "server.js"}), "server.js"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--identity", ""}), "--identity"));
}

TEST(RunArguments, TheSidesOfASession) {
  const auto bridge = read({"-c", "p", "--upstream", "https://h/mcp", "--header", "A: b"}, {});
  ASSERT_TRUE(bridge);
  EXPECT_EQ(bridge->http.client, ClientSide::stdio);
  EXPECT_EQ(bridge->http.upstream, "https://h/mcp");
  const auto gateway = read({"-c", "p", "--transport", "http", "--port", "80", "--upstream", "http://h"}, {});
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->http.client, ClientSide::http);
  EXPECT_EQ(gateway->http.port, 80);
  const auto child = read({"-c", "p", "--transport", "sse", "--max-sessions", "3", "--on-session-loss", "fail"});
  EXPECT_FALSE(child);
  EXPECT_TRUE(read({"-c", "p", "--transport", "http", "--max-sessions", "3"}));
  EXPECT_TRUE(has(error_of({"-c", "p", "--upstream", "https://h/mcp"}), "cannot specify both"));
  EXPECT_TRUE(has(error_of({"-c", "p"}, {}), "either a command after '--' or --upstream"));
}

TEST(RunArguments, WhatDoesNothingOnASideIsRefused) {
  EXPECT_TRUE(has(error_of({"-c", "p", "--transport", "smoke"}), "smoke"));
  EXPECT_EQ(error_of({"-c", "p", "--port", "80"}), "--bind and --port require --transport http or --transport sse");
  EXPECT_TRUE(has(error_of({"-c", "p", "--header", "A: b"}), "--header requires --upstream"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--tls-insecure"}), "--tls-insecure requires --upstream"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--drain", "1s"}), "--drain requires --transport"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--transport", "http", "--port", "70000"}), "--port must be"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--transport", "http", "--tls-cert", "c"}), "go together"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--transport", "http", "--max-body", "2GiB"}), "--max-body"));
  EXPECT_TRUE(has(error_of({"-c", "p", "--state-dsn", "redis://h"}), "--state-dsn"));
  EXPECT_TRUE(read({"-c", "p", "--state-fail-mode", "closed", "--transport", "stdio"}));
}

TEST(CommandLine, HelpIsAnAnswer) {
  for (const Words& words : {Words{}, Words{"--help"}, Words{"-h"}, Words{"help"}}) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(has(ran.out, "Usage:\n  intercept -c POLICY"));
    EXPECT_EQ(ran.err, "");
  }
  EXPECT_TRUE(has(run({"validate", "-h"}).out, "intercept validate POLICY..."));
  EXPECT_TRUE(has(run({"help", "audit", "verify"}).out, "--anchor FILE"));
  EXPECT_TRUE(has(run({"audit", "verify", "--help"}).out, "--anchor FILE"));
  EXPECT_TRUE(has(run({"audit"}).out, "intercept audit tail"));
  EXPECT_TRUE(has(run({"help", "limits"}).out, "intercept limits reset"));
  EXPECT_TRUE(has(run({"--version"}).out, "intercept version "));
}

TEST(CommandLine, UnknownCommandsAreNamedWithTheNearest) {
  const auto message = [](const Words& words) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    return ran.err;
  };
  EXPECT_TRUE(has(message({"validat", "-c", "p"}), "did you mean \"validate\"?"));
  EXPECT_TRUE(has(message({"audit", "verfy"}), "unknown command \"audit verfy\"; did you mean \"audit verify\"?"));
  EXPECT_TRUE(has(message({"statsu"}), "did you mean \"status\"?"));
  EXPECT_TRUE(has(message({"zzzzzzz"}), "unknown command \"zzzzzzz\"\nRun 'intercept --help'"));
  // What other tools call it, and a file without a command.
  EXPECT_TRUE(has(message({"lint", "p.yaml"}), "unknown command \"lint\"; did you mean \"validate\"?"));
  EXPECT_TRUE(has(message({"tests"}), "did you mean \"test\"?"));
  EXPECT_TRUE(has(message({"p.yaml"}), "did you mean \"validate p.yaml\""));
}

TEST(CommandLine, BadUseSaysWhatWasMeantAndWhereHelpIs) {
  EXPECT_EQ(run({"validate", "p", "--strct"}).err,
            "Error: unknown flag \"--strct\"; did you mean --strict?\n"
            "Run 'intercept validate --help' for flags and examples.\n");
  EXPECT_TRUE(has(run({"schema", "x"}).err, "Error: unexpected \"x\"\nRun 'intercept schema --help'"));
  EXPECT_TRUE(has(run({"-c", "p", "--log-arg", "full"}).err, "did you mean --log-args?\nRun 'intercept --help'"));
  EXPECT_TRUE(has(run({"diff", "a"}).err, "Run 'intercept diff --help'"));
  EXPECT_TRUE(has(run({"explain"}).err, "Run 'intercept explain --help'"));
}

TEST(CommandLine, HelpAfterTheDashesIsTheServers) {
  const Ran ran = run({"-c", "/nonexistent/policy", "--", "server", "--help"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(has(ran.err, "does not exist"));
}

TEST(CommandLine, RunMayBeNamed) { EXPECT_TRUE(has(run({"run"}).err, "required flag(s) \"config\" not set")); }

TEST(CommandLine, ValidateTakesTheFileEitherWay) {
  EXPECT_TRUE(has(run({"validate", "-c", "/nonexistent/p"}).err, "/nonexistent/p"));
  EXPECT_TRUE(has(run({"validate", "/nonexistent/p"}).err, "/nonexistent/p"));
  EXPECT_TRUE(has(run({"validate"}).err, "config"));
  EXPECT_TRUE(has(run({"validate", "-c", "p", "--", "x"}).err, "no server command"));
  EXPECT_TRUE(has(run({"validate", "-c", "p", "--format", "xml"}).err, "--format must be text or json"));
  EXPECT_TRUE(has(run({"validate", "/nonexistent/p", "/nonexistent/q"}).err, "/nonexistent/q"));
  EXPECT_TRUE(has(run({"validate", "p", "--tools", "/nonexistent/t"}).err, "tools file \"/nonexistent/t\""));
}

// Every command answers --help with its flags; no line is longer than a terminal.
TEST(CommandTable, HelpNamesEveryFlag) {
  std::set<std::string_view> names;
  for (const CommandInfo* command : commands()) {
    EXPECT_TRUE(names.insert(command->name).second) << command->name;
    const std::string text = help_text(command->name);
    std::set<std::string_view> flags;
    for (const FlagInfo& flag : command->flags) {
      EXPECT_TRUE(flags.insert(flag.name()).second) << command->name << ' ' << flag.name();
      EXPECT_EQ(has(text, flag.name()), flag.shown) << command->name << ' ' << flag.name();
    }
    EXPECT_TRUE(command->name == "run" || command->usage.starts_with(command->name)) << command->name;
    EXPECT_TRUE(has(help_text(""), command->name == "run" ? "-c POLICY" : command->name));
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      EXPECT_LE(line.size(), 125U) << line;  // bytes
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
  }
}

// A flag that the table names and the command does not bind would be an assertion: each is read once.
TEST(CommandTable, EveryCommandReadsItsFlags) {
  for (const CommandInfo* command : commands()) {
    std::ostringstream out, err;
    Terminal terminal{out, err};
    EXPECT_EQ(command->run({{"--no-such-flag"}, false, {}}, terminal), exit_usage) << command->name;
    EXPECT_TRUE(has(err.str(), "--no-such-flag")) << command->name << err.str();
  }
}

TEST(Flags, Sizes) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("1kB"), 1000U);
  EXPECT_EQ(parse_size("64MiB"), 64U << 20);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
  for (const char* text : {"", "0", "-1", "1.5MB", "MB", "10 MB", "10XB", "99999999999999999999", "99999999999GiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace cli
