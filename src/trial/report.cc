// The report on a terminal. Everything that comes from files or messages is made visible before it is printed.
#include "trial/report.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"

namespace trial {
namespace {

constexpr std::size_t most_uncovered = 10;  // that are listed without -v
constexpr std::size_t text_length = 2'000;

struct Paint {
  const char *good = "", *bad = "", *dim = "", *plain = "";
};
Paint paint_of(bool colour) { return colour ? Paint{"\x1b[32m", "\x1b[1;31m", "\x1b[2m", "\x1b[0m"} : Paint{}; }

std::string seconds_text(double seconds) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

// Each line of `text` after `head` or, from the second on, as many spaces.
void append_lines(std::string& out, std::string_view head, std::string_view text) {
  std::string before(head);
  do {
    const std::size_t end = text.find('\n');
    out.append(before).append(base::printable(text.substr(0, end), text_length)).append("\n");
    before.assign(head.size(), ' ');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  } while (!text.empty());
}

// The same, with `head` before each line.
void append_each(std::string& out, std::string_view head, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    append_lines(out, head, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void append_why(std::string& out, const Why& why, bool matched) {
  if (!why.place.empty()) {
    append_lines(out, matched ? "    decided by: " : "    the rule:   ", why.rule + ", " + why.place);
    append_each(out, "      | ", why.rule_text);
  } else if (!why.rule.empty()) {
    append_lines(out, "    decided by: ", why.rule);
  }
  if (why.nothing) out += "    nothing refused it\n";
  if (!why.condition.empty()) append_lines(out, "    condition:  ", why.condition);
  for (const std::string& value : why.values) append_lines(out, "    value:      ", value);
  if (!why.limit.empty()) append_lines(out, "    limit:      ", why.limit);
  if (!why.message.empty()) append_lines(out, "    message:    ", why.message);
  if (!why.command.empty()) append_lines(out, "    more:       ", why.command);
}

void append_failure(std::string& out, const std::string& file, const Failure& f, const Paint& paint) {
  append_lines(out, "  ", file + ":" + std::to_string(f.position.line) + ": " + f.step);
  if (!f.note.empty()) append_lines(out, "    ", f.note);
  for (const Difference& d : f.differences) {
    out += paint.good;
    append_lines(out, "    - " + d.field + ": ", d.expected);
    out.append(paint.plain).append(paint.bad);
    append_lines(out, "    + " + d.field + ": ", d.seen.empty() ? "(nothing)" : d.seen);
    out += paint.plain;
  }
  for (const std::string& broken : f.broken) append_lines(out, "    bug in this program: ", broken);
  if (!f.broken.empty()) append_lines(out, "    line: ", f.line);
  const bool decided = std::ranges::none_of(
      f.differences, [&](const Difference& d) { return d.field == "rule" && d.expected == f.why.rule; });
  append_why(out, f.why, decided);
}

}  // namespace

Totals totals_of(const std::vector<FileResult>& files) {
  Totals totals;
  for (const FileResult& file : files) {
    if (!file.problems.empty()) ++totals.broken;
    for (const CaseResult& one : file.cases) ++(one.failures.empty() ? totals.passed : totals.failed);
  }
  return totals;
}

std::string title_of(const std::string& file, const CaseResult& one) {
  return one.name.empty() ? file : file + ": " + one.name;
}

void print_file(std::string& out, const FileResult& file, const ReportOptions& options) {
  const Paint paint = paint_of(options.colour);
  if (!file.problems.empty()) {
    out.append(paint.bad).append("ERROR ").append(paint.plain);
    out.append(base::printable(file.file, text_length)).append(" cannot be run\n").append(file.problems);
    return;
  }
  for (const CaseResult& one : file.cases) {
    const bool good = one.failures.empty();
    if (good && options.quiet) continue;
    out.append(good ? paint.good : paint.bad).append(good ? "ok    " : "FAIL  ").append(paint.plain);
    out.append(base::printable(title_of(file.file, one), text_length));
    if (options.verbose) out.append(" (").append(seconds_text(one.seconds)).append(")");
    out += '\n';
    for (const std::string& step : one.trace) append_lines(out, "  ", step);
    for (const Failure& f : one.failures) append_failure(out, file.file, f, paint);
    if (one.more_failures > 0) {
      out.append("  ").append(std::to_string(one.more_failures)).append(" more steps of this case failed\n");
    }
  }
}

void print_end(std::string& out, const std::vector<FileResult>& files, const Coverage& coverage,
               const ReportOptions& options) {
  const Paint paint = paint_of(options.colour);
  std::vector<std::string> uncovered;
  for (const auto& [file, rules] : coverage.rules) {
    std::vector<std::pair<std::uint32_t, std::string>> missing;
    for (const auto& [id, line] : rules) {
      if (!coverage.refused.contains({file, id})) missing.emplace_back(line, id);
    }
    std::ranges::sort(missing);
    for (const auto& [line, id] : missing) {
      uncovered.emplace_back(id).append("  ").append(file).append(":").append(std::to_string(line));
    }
  }
  const Totals totals = totals_of(files);
  // After a failure this would be noise.
  const bool show = !options.quiet && !uncovered.empty() && (options.verbose || totals.failed + totals.broken == 0);
  if (show) {
    const std::size_t n = uncovered.size();
    const std::size_t shown = options.verbose ? n : std::min(n, most_uncovered);
    out.append("No test sees ").append(n == 1 ? "this rule" : "these rules").append(" refuse anything:\n");
    for (std::size_t i = 0; i < shown; ++i) append_lines(out, "  ", uncovered[i]);
    if (shown < n) out.append("  and ").append(std::to_string(n - shown)).append(" more; -v lists them\n");
  }
  const bool good = totals.failed + totals.broken == 0;
  out.append(good ? paint.good : paint.bad);
  out.append(std::to_string(totals.passed)).append(" passed, ").append(std::to_string(totals.failed)).append(" failed");
  if (totals.broken > 0) {
    out.append(", ").append(std::to_string(totals.broken)).append(totals.broken == 1 ? " file" : " files");
    out.append(" could not be run");
  }
  out.append(paint.plain).append("\n");
}

}  // namespace trial
