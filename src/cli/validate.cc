// `intercept validate`: one reading of each file, one report. Lowering is tried too: what starts is what was validated.
#include "cli/validate.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include "cli/lock_source.h"
#include "cli/read_policy.h"
#include "cli/tools_file.h"
#include "cli/validate_report.h"
#include "policy/evaluate.h"
#include "policy/load.h"

namespace cli {
namespace {

using policy::Problem;
using policy::Severity;

Problem plain_error(const char* code, std::string message) {
  return {Severity::error, code, {}, std::move(message), ""};
}

ValidateReport examine(const std::string& path, const ValidateOptions& options) {
  ValidateReport report;
  report.file = policy_name(path);
  auto file = read_policy_input(path, environment);
  if (!file) {
    report.problems.push_back(plain_error("unreadable", file.error().message));
    return report;
  }
  report.text = std::move(file->text);
  policy::Loaded loaded =
      policy::load(report.file, report.text, {options.tools, options.server_name, true, options.compat});
  report.problems = std::move(loaded.problems);
  report.compat = std::move(loaded.compat);
  report.silenced = std::move(loaded.silenced);
  if (!file->distrust.empty()) {
    report.problems.push_back(
        {Severity::warning, "untrusted-file", {}, file->distrust, "it would be refused at start"});
  }
  if (!loaded.policy) return report;
  report.digest = loaded.policy->digest;
  if (const auto& lock = loaded.policy->lock) {
    const std::string place = lock_path(path, lock->file);
    if (const auto read = read_lock_file(place); !read) {
      report.problems.push_back(
          {Severity::warning, "lock-unusable", lock->position, read.error().message, "it would be refused at start"});
    }
  }
  auto lowered = policy::lower(std::move(*loaded.policy), {});
  if (!lowered) {
    report.problems.push_back(plain_error("cannot-run", lowered.error().message));
    return report;
  }
  report.snapshot = std::move(*lowered);
  const auto warns = [](const Problem& p) { return p.severity == Severity::warning; };
  report.valid = !(options.strict && std::any_of(report.problems.begin(), report.problems.end(), warns));
  return report;
}

}  // namespace

int validate_policy(const ValidateOptions& options, Terminal& terminal) {
  std::vector<std::string> files{options.config};
  files.insert(files.end(), options.others.begin(), options.others.end());
  const ReportStyle style{options.compat, options.show_silenced, options.colour, files.size() > 1};
  bool valid = true, shown = false;
  for (const std::string& file : files) {
    const ValidateReport report = examine(file, options);
    valid = valid && report.valid;
    if (options.json)
      print_json(report, style, terminal.out);
    else
      shown = print_text(report, style, terminal.out, terminal.err) || shown;
    if (&file == &files.back()) terminal.kept.push_back(report.snapshot);
  }
  if (shown) terminal.err << "intercept explain CODE says more about a code in brackets\n";
  return valid ? exit_ok : exit_usage;
}

namespace {

constexpr FlagInfo flags[] = {
    {"-c,--config", "FILE", "the policy (also as plain arguments, one or more; - for standard input)"},
    {"--tools", "FILE", "compare with the server's tools: what it answers to tools/list; - for standard input"},
    {"--server-name", "NAME", "whose tools they are, if the policy has rules for particular servers"},
    {"--json", "", "one JSON object for each file, one a line"},
    {"--format", "FORMAT", "text (default), or json, which is --json", "Flags", true, "text json"},
    {"--compat", "", "for policies written for other proxies: list what is decided more strictly here"},
    {"--strict", "", "warnings fail, too, except those that the policy silences (lint:)"},
    {"--show-silenced", "", "show silenced findings with their reasons"},
};

int run(const Invocation& invocation, Terminal& terminal) {
  ValidateOptions options;
  std::string format, tools_path;
  std::vector<std::string> files;
  Flags reader(flags);
  reader.text("--config", options.config).text("--format", format).on("--json", options.json);
  reader.on("--compat", options.compat);
  reader.text("--tools", tools_path).text("--server-name", options.server_name);
  reader.on("--strict", options.strict).on("--show-silenced", options.show_silenced).rest("FILE", files);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "validate takes no server command");
  if (!format.empty() && format != "text" && format != "json")
    return bad_use(terminal, wrong_word("--format", "text or json", format));
  if (!options.config.empty()) files.insert(files.begin(), options.config);
  if (files.empty()) return bad_use(terminal, "required flag(s) \"config\" not set; name one or more policy files");
  options.config = files[0];
  options.others.assign(files.begin() + 1, files.end());
  options.json = options.json || format == "json";
  options.colour = terminal.colour_err;
  if (!tools_path.empty()) {
    const auto tools = std::make_shared<tools::Registry>();
    terminal.kept.push_back(tools);
    if (const auto read = read_tools_file(tools_path, base::BootTime(), *tools); !read)
      return usage_error(terminal, read.error().message);
    options.tools = tools.get();
  }
  return validate_policy(options, terminal);
}

}  // namespace

const CommandInfo validate_info{
    "validate",
    "validate POLICY... [--tools FILE] [--strict] [--json] [--show-silenced] [--compat]",
    "check policy files: every problem at once, each with its place and how to mend it",
    "",
    flags,
    "Each finding has a code in brackets: intercept explain CODE says what it means.\n"
    "\n"
    "tools.json is what the server answers to tools/list; one way to save it:\n"
    "  npx @modelcontextprotocol/inspector --cli SERVER-COMMAND ARG... --method tools/list > tools.json\n"
    "\n"
    "Exit status: 0 if every policy is valid, 2 if not.\n"
    "\n"
    "Examples:\n"
    "  intercept validate policy.yaml --tools tools.json\n"
    "  intercept validate --strict policies/*.yaml                        # in CI: warnings fail, too\n"
    "  intercept validate --json policies/*.yaml | jq -r 'select(.valid | not).file'\n",
    run,
    "FILE"};

}  // namespace cli
