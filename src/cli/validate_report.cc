// Text for people, JSON for programs. The JSON's keys are stable.
#include "cli/validate_report.h"

#include <ostream>

#include "base/strings.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace cli {
namespace {

using policy::Problem;
using policy::Severity;
using policy::Silenced;

// A file's name may be any bytes; JSON is UTF-8.
std::string as_text(std::string_view bytes) {
  return base::first_invalid_utf8(bytes) == std::string_view::npos ? std::string(bytes) : base::printable(bytes, 4096);
}

void write_members(json::Composer& c, const Problem& p) {
  constexpr const char* severities[] = {"error", "warning", "note"};
  c.member("severity", severities[static_cast<std::size_t>(p.severity)]).member("code", std::string_view(p.code));
  c.member("line", static_cast<std::int64_t>(p.position.line));
  c.member("column", static_cast<std::int64_t>(p.position.column));
  c.key("message").string(as_text(p.message));
  c.key("hint").string(as_text(p.hint));
}

void write_problems(json::Composer& c, std::string_view key, const std::vector<Problem>& problems) {
  c.key(key).open_array();
  for (const Problem& p : problems) {
    c.open();
    write_members(c, p);
    c.close();
  }
  c.close_array();
}

std::string counted(std::size_t n, const char* word) { return std::to_string(n) + " " + word + (n == 1 ? "" : "s"); }

bool show_silenced(const ValidateReport& report, const ReportStyle& style, const yaml::Lines& lines,
                   std::ostream& err) {
  if (report.silenced.empty()) return false;
  if (!style.show_silenced) {
    err << (style.several ? base::printable(report.file, 4096) + ": " : "")
        << counted(report.silenced.size(), "finding") << " silenced, shown by --show-silenced\n";
    return false;
  }
  for (const Silenced& s : report.silenced) {
    err << yaml::render(s.problem, report.file, lines, style.colour);
    err << "  silenced: " << base::printable(s.reason, 2'000) << '\n';
  }
  return true;
}

}  // namespace

void print_json(const ValidateReport& report, const ReportStyle& style, std::ostream& out) {
  std::string text;
  json::Composer c(text);
  c.open();
  c.member("valid", report.valid);
  c.key("file").string(as_text(report.file));
  c.key("digest");
  if (report.digest.empty())
    c.null();
  else
    c.string(report.digest);
  write_problems(c, "problems", report.problems);
  c.key("silenced").open_array();
  for (const Silenced& s : report.silenced) {
    c.open();
    write_members(c, s.problem);
    c.key("reason").string(as_text(s.reason));
    c.close();
  }
  c.close_array();
  if (style.compat) write_problems(c, "compat", report.compat);
  c.close();
  out << text << '\n';
}

bool print_text(const ValidateReport& report, const ReportStyle& style, std::ostream& out, std::ostream& err) {
  const yaml::Lines lines(report.text);
  std::size_t errors = 0, warnings = 0;
  for (const Problem& p : report.problems) {
    errors += p.severity == Severity::error ? 1 : 0;
    warnings += p.severity == Severity::warning ? 1 : 0;
    err << yaml::render(p, report.file, lines, style.colour);
  }
  bool shown = !report.problems.empty();
  shown = show_silenced(report, style, lines, err) || shown;
  const std::string name = style.several ? base::printable(report.file, 4096) + ": " : "";
  if (style.compat && report.valid) {
    for (const Problem& p : report.compat) out << yaml::render(p, report.file, lines, style.colour);
    if (report.compat.empty()) out << name << "Nothing is decided more strictly than where this policy came from.\n";
  }
  if (report.valid) {
    if (warnings > 0) err << name << counted(warnings, "warning") << "; --strict makes them fail\n";
    out << name << "Policy file is valid.\n";
  } else
    err << name << counted(errors + warnings, "problem") << ": " << counted(errors, "error") << ", "
        << counted(warnings, "warning") << "\n";
  return shown;
}

}  // namespace cli
