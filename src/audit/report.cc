// Telling what was found.
#include "audit/report.h"

#include "base/strings.h"
#include "json/writer.h"

namespace audit {
namespace {

std::string_view word(Severity severity) { return severity == Severity::problem ? "problem" : "warning"; }

std::string counted(std::uint64_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

}  // namespace

void Report::add(Finding finding) {
  ++(finding.severity == Severity::problem ? problems : warnings);
  if (findings.size() < max_findings) findings.push_back(std::move(finding));
}

std::string to_text(const Report& report) {
  std::string out;
  for (const Finding& f : report.findings) {
    out.append(word(f.severity)).append(": ");
    if (!f.file.empty()) out += base::printable(f.file);
    if (f.line != 0) out += ":" + std::to_string(f.line) + " (byte " + std::to_string(f.offset) + ")";
    if (!f.file.empty()) out += ": ";
    out.append(base::printable(f.message, 1'000)).append(" [").append(f.code).append("]\n");
  }
  if (const std::uint64_t all = report.problems + report.warnings; all > report.findings.size()) {
    out += "… and " + std::to_string(all - report.findings.size()) + " more\n";
  }
  out += counted(report.files, "file", "files") + ", " + counted(report.lines, "line", "lines") + ", " +
         counted(report.blocks, "block", "blocks") + ", " + counted(report.checkpoints, "checkpoint", "checkpoints") +
         (report.keyed ? "" : " (no key)");
  if (report.anchored != 0) out += ", " + counted(report.anchored, "anchored file", "anchored files");
  out += ": ";
  if (report.problems != 0) out += counted(report.problems, "problem", "problems");
  if (report.problems != 0 && report.warnings != 0) out += ", ";
  if (report.warnings != 0) out += counted(report.warnings, "warning", "warnings");
  if (report.problems == 0 && report.warnings == 0) out += report.files == 0 ? "nothing to verify" : "intact";
  return out + "\n";
}

std::string to_json(const Report& report) {
  std::string out;
  json::Composer c(out);
  c.open().member("ok", report.ok());
  c.member("files", report.files).member("lines", report.lines).member("blocks", report.blocks);
  c.member("checkpoints", report.checkpoints).member("bytes", report.bytes);
  c.member("unchecked_bytes", report.unchecked_bytes).member("anchored", report.anchored);
  c.member("keyed", report.keyed).member("problems", report.problems).member("warnings", report.warnings);
  c.key("findings").open_array();
  for (const Finding& f : report.findings) {
    c.open().member("severity", word(f.severity)).member("code", f.code);
    if (!f.file.empty()) c.member("file", f.file);
    if (f.line != 0) c.member("line", f.line).member("offset", f.offset);
    c.member("message", f.message).close();
  }
  c.close_array();
  if (const std::uint64_t all = report.problems + report.warnings; all > report.findings.size()) {
    c.member("findings_left_out", all - report.findings.size());
  }
  c.close();
  return out;
}

}  // namespace audit
