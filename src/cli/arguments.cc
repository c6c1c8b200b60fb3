// CLI11's only translation unit.
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace cli {
namespace {

std::optional<mediator::Level> find_level(std::string_view word) {
  if (word == "debug") return mediator::Level::debug;
  if (word == "info") return mediator::Level::info;
  if (word == "warn") return mediator::Level::warn;
  if (word == "error") return mediator::Level::error;
  return std::nullopt;
}

// What a flag got that takes one of a few words.
std::string wrong_word(std::string_view flag, std::string_view choices, std::string_view got) {
  return std::string(flag) + " must be " + std::string(choices) + ", got \"" + base::printable(got) + '"';
}

// Flags of the existing system that need a transport or a store which this version does not have.
struct Foreign {
  std::string upstream, transport = "auto", bind, port, state_dsn, state_prefix, state_fail_mode = "closed";
  std::vector<std::string> headers;
};

std::string refusal(const Foreign& f) {
  static const std::string http = "this version speaks stdio only; put the server's command after --";
  if (!f.upstream.empty()) return "--upstream is not supported yet: " + http;
  if (f.transport == "http" || f.transport == "sse")
    return "--transport " + f.transport + " is not supported yet: " + http;
  if (f.transport != "auto" && f.transport != "stdio") return wrong_word("--transport", "auto or stdio", f.transport);
  if (!f.headers.empty()) return "--header requires --upstream, which is not supported yet: " + http;
  if (!f.bind.empty() || !f.port.empty()) return "--bind and --port require --transport http or --transport sse";
  if (!f.state_dsn.empty() || !f.state_prefix.empty()) {
    return "--state-dsn and --state-prefix are not supported yet: counters live in this process";
  }
  if (f.state_fail_mode != "closed" && f.state_fail_mode != "open") {
    return wrong_word("--state-fail-mode", "open or closed", f.state_fail_mode);
  }
  if (f.state_fail_mode == "open") {
    return "--state-fail-mode open is not supported yet: counters live in this process and cannot fail";
  }
  return {};
}

struct Words {
  std::string log_level = "info", log_args = "hash", audit_fail_mode = "closed";
};

void add_run_options(CLI::App& app, RunArguments& run, Foreign& foreign, Words& words) {
  app.add_option("-c,--config", run.config);
  app.add_option("--server-name", run.server_name);
  app.add_option("--identity", run.identity);
  app.add_option("--state-dir", run.state_dir);
  app.add_option("--log-level", words.log_level);
  app.add_option("--log-args", words.log_args);
  app.add_option("--audit-fail-mode", words.audit_fail_mode);
  app.add_option("--upstream", foreign.upstream);
  app.add_option("--transport", foreign.transport);
  app.add_option("--header", foreign.headers);
  app.add_option("--bind", foreign.bind);
  app.add_option("--port", foreign.port);
  app.add_option("--state-dsn", foreign.state_dsn);
  app.add_option("--state-prefix", foreign.state_prefix);
  app.add_option("--state-fail-mode", foreign.state_fail_mode);
}

// Takes the words over into `run`. Returns what is wrong, or "".
std::string take_words(const Words& words, RunArguments& run) {
  const auto level = find_level(words.log_level);
  if (!level) return wrong_word("--log-level", "debug, info, warn or error", words.log_level);
  const auto log_args = audit::find_log_args(words.log_args);
  if (!log_args) return wrong_word("--log-args", "none, hash, redacted or full", words.log_args);
  if (words.audit_fail_mode != "closed" && words.audit_fail_mode != "open") {
    return wrong_word("--audit-fail-mode", "closed or open", words.audit_fail_mode);
  }
  run.log_level = *level;
  run.log_args = *log_args;
  run.audit_fail_open = words.audit_fail_mode == "open";
  return {};
}

// CLI11 wants the words in reverse. Returns what is wrong, or "".
std::string parse(CLI::App& app, std::vector<std::string> words) {
  std::ranges::reverse(words);
  try {
    app.parse(words);
  } catch (const CLI::ExtrasError& e) {
    return std::string(e.what()) + "\nRun 'intercept --help' for usage examples.";
  } catch (const CLI::ParseError& e) {
    return e.what();
  }
  return {};
}

bool wants_help(const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [](const std::string& w) { return w == "-h" || w == "--help"; });
}

std::expected<Arguments, UsageError> fail(std::string message) {
  return std::unexpected(UsageError{std::move(message)});
}

std::expected<Arguments, UsageError> read_run(const std::vector<std::string>& words, bool dashes,
                                              std::vector<std::string> server) {
  Arguments a;
  a.command = Command::run;
  Foreign foreign;
  Words chosen;
  CLI::App app;
  app.set_help_flag();
  add_run_options(app, a.run, foreign, chosen);
  if (const std::string wrong = parse(app, words); !wrong.empty()) return fail(wrong);
  if (const std::string wrong = take_words(chosen, a.run); !wrong.empty()) return fail(wrong);
  if (const std::string wrong = refusal(foreign); !wrong.empty()) return fail(wrong);
  if (a.run.config.empty()) return fail("required flag(s) \"config\" not set; name the policy file with -c FILE");
  if (!dashes || server.empty()) {
    return fail(
        "specify the server's command after '--', for example: intercept -c policy.yaml -- npx -y some-server\n"
        "Run 'intercept --help' for usage examples.");
  }
  if (a.run.identity.empty()) return fail("--identity must not be empty");
  a.run.command = std::move(server);
  return a;
}

std::expected<Arguments, UsageError> read_validate(const std::vector<std::string>& words, bool dashes) {
  Arguments a;
  a.command = Command::validate;
  std::string format = "text";
  CLI::App app;
  app.set_help_flag();
  app.add_option("-c,--config,file", a.validate.config);
  app.add_option("--format", format);
  app.add_flag("--compat", a.validate.compat);
  app.add_flag("--strict", a.validate.strict);
  if (const std::string wrong = parse(app, words); !wrong.empty()) return fail(wrong);
  if (dashes) return fail("validate takes no server command");
  if (format != "text" && format != "json") return fail(wrong_word("--format", "text or json", format));
  if (a.validate.config.empty()) return fail("required flag(s) \"config\" not set; name the policy file with -c FILE");
  a.validate.json = format == "json";
  return a;
}

}  // namespace

std::expected<Arguments, UsageError> read_arguments(const std::vector<std::string>& all) {
  const auto dashes = std::ranges::find(all, "--");
  std::vector<std::string> words(all.begin(), dashes);
  const bool has_dashes = dashes != all.end();
  std::vector<std::string> server;
  if (has_dashes) server.assign(dashes + 1, all.end());

  Arguments a;
  if (words.empty() && !has_dashes) return a;
  const std::string first = words.empty() ? "" : words.front();
  const bool named = !first.empty() && first[0] != '-';
  if (wants_help(words) || first == "help") {
    a.help_topic = first == "help" ? (words.size() > 1 ? words[1] : "") : named ? first : "";
    return a;
  }
  if (first == "--version" || first == "version") {
    a.command = Command::version;
    return a;
  }
  if (!named) return read_run(words, has_dashes, std::move(server));
  words.erase(words.begin());
  if (first == "run") return read_run(words, has_dashes, std::move(server));
  if (first == "validate") return read_validate(words, has_dashes);
  static constexpr std::string_view commands[] = {"run", "validate", "help", "version"};
  const std::string_view near = base::nearest(first, commands);
  return fail("unknown command \"" + base::printable(first) + '"' +
              (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?") +
              "\nRun 'intercept --help' for usage examples.");
}

}  // namespace cli
