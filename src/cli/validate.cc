// `intercept validate`: one reading of the file, one report. Lowering is tried too: what starts is what was validated.
#include "cli/validate.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "cli/read_policy.h"
#include "json/writer.h"
#include "policy/evaluate.h"
#include "policy/load.h"

namespace cli {
namespace {

using policy::Problem;
using policy::Severity;

struct Report {
  bool valid = false;
  std::string digest;  // "" if the file could not be read
  std::string text;
  std::vector<Problem> problems, compat;
};

Problem plain_error(const char* code, std::string message) {
  return {Severity::error, code, {}, std::move(message), ""};
}

Report examine(const ValidateOptions& options) {
  Report report;
  auto file = read_policy_file(options.config, Untrusted::report, environment);
  if (!file) {
    report.problems.push_back(plain_error("unreadable", file.error().message));
    return report;
  }
  report.text = std::move(file->text);
  policy::Loaded loaded = policy::load(options.config, report.text);
  report.problems = std::move(loaded.problems);
  report.compat = std::move(loaded.compat);
  if (!file->distrust.empty()) {
    report.problems.push_back(
        {Severity::warning, "untrusted-file", {}, file->distrust, "it would be refused at start"});
  }
  if (!loaded.policy) return report;
  report.digest = loaded.policy->digest;
  if (const auto lowered = policy::lower(*loaded.policy, {}); !lowered) {
    report.problems.push_back(plain_error("cannot-run", lowered.error().message));
    return report;
  }
  const auto warns = [](const Problem& p) { return p.severity == Severity::warning; };
  report.valid = !(options.strict && std::any_of(report.problems.begin(), report.problems.end(), warns));
  return report;
}

// A file's name may be any bytes; JSON is UTF-8.
std::string as_text(std::string_view bytes) {
  return base::first_invalid_utf8(bytes) == std::string_view::npos ? std::string(bytes) : base::printable(bytes, 4096);
}

void write_problems(json::Composer& c, std::string_view key, const std::vector<Problem>& problems) {
  constexpr const char* severities[] = {"error", "warning", "note"};
  c.key(key).open_array();
  for (const Problem& p : problems) {
    c.open();
    c.member("severity", severities[static_cast<std::size_t>(p.severity)]).member("code", std::string_view(p.code));
    c.member("line", static_cast<std::int64_t>(p.position.line));
    c.member("column", static_cast<std::int64_t>(p.position.column));
    c.key("message").string(as_text(p.message));
    c.key("hint").string(as_text(p.hint));
    c.close();
  }
  c.close_array();
}

void print_json(const ValidateOptions& options, const Report& report, std::ostream& out) {
  std::string text;
  json::Composer c(text);
  c.open();
  c.member("valid", report.valid);
  c.key("file").string(as_text(options.config));
  c.key("digest");
  if (report.digest.empty())
    c.null();
  else
    c.string(report.digest);
  write_problems(c, "problems", report.problems);
  if (options.compat) write_problems(c, "compat", report.compat);
  c.close();
  out << text << '\n';
}

std::string counted(std::size_t n, const char* word) { return std::to_string(n) + " " + word + (n == 1 ? "" : "s"); }

void print_text(const ValidateOptions& options, const Report& report, std::ostream& out, std::ostream& err) {
  std::size_t errors = 0, warnings = 0;
  for (const Problem& p : report.problems) {
    errors += p.severity == Severity::error ? 1 : 0;
    warnings += p.severity == Severity::warning ? 1 : 0;
    err << yaml::render(p, options.config, report.text, options.colour);
  }
  if (options.compat && report.valid) {
    for (const Problem& p : report.compat) out << yaml::render(p, options.config, report.text, options.colour);
    if (report.compat.empty()) out << "Nothing is decided more strictly than where this policy came from.\n";
  }
  if (report.valid)
    out << "Policy file is valid.\n";
  else
    err << counted(errors + warnings, "problem") << ": " << counted(errors, "error") << ", "
        << counted(warnings, "warning") << "\n";
}

}  // namespace

int validate_policy(const ValidateOptions& options, std::ostream& out, std::ostream& err) {
  const Report report = examine(options);
  if (options.json)
    print_json(options, report, out);
  else
    print_text(options, report, out, err);
  return report.valid ? 0 : 2;
}

namespace {

constexpr FlagInfo flags[] = {
    {"-c,--config", "FILE", "the policy (also as a plain argument)"},
    {"--format", "FORMAT", "text or json (default: text)"},
    {"--compat", "", "also list every rule that is decided more strictly than in the family it came from"},
    {"--strict", "", "warnings fail, too"},
};

int run(const Invocation& invocation, Terminal& terminal) {
  ValidateOptions options;
  std::string format = "text";
  std::vector<std::string> files;
  Flags reader(flags);
  reader.text("--config", options.config).text("--format", format).on("--compat", options.compat);
  reader.on("--strict", options.strict).rest("FILE", files);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return usage_error(terminal, wrong);
  if (invocation.has_dashes) return usage_error(terminal, "validate takes no server command");
  if (format != "text" && format != "json")
    return usage_error(terminal, wrong_word("--format", "text or json", format));
  if (files.size() + (options.config.empty() ? 0 : 1) > 1)
    return usage_error(terminal, "validate takes one policy file");
  if (!files.empty()) options.config = files[0];
  if (options.config.empty()) {
    return usage_error(terminal, "required flag(s) \"config\" not set; name the policy file with -c FILE");
  }
  options.json = format == "json";
  options.colour = terminal.colour_err;
  return validate_policy(options, terminal.out, terminal.err);
}

}  // namespace

const CommandInfo validate_info{"validate",
                                "validate -c POLICY [--format text|json] [--compat] [--strict]",
                                "check a policy file: every problem at once, each with its place and how to mend it",
                                "",
                                flags,
                                "Exit status: 0 if the policy is valid, 2 if not.\n",
                                run};

}  // namespace cli
