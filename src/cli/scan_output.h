// What a scan gives out: the reports in the form that was asked for, in a file, a folder or on standard output, and a
// summary on stderr.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/report.h"
#include "catalog/scaffold.h"
#include "cli/command_table.h"

namespace cli {

enum class ScanFormat : std::uint8_t { yaml, json, markdown, html, sarif };
std::optional<ScanFormat> find_scan_format(std::string_view word);       // "yaml", "json", "md", "html", "sarif"
std::optional<classify::Severity> find_severity(std::string_view word);  // "low", "medium", "high", "critical"

struct ScanOutput {
  ScanFormat format = ScanFormat::yaml;
  catalog::Dialect dialect = catalog::Dialect::catalogue;
  std::string path;                           // -o; "": standard output
  bool folder = false;                        // `path` is a folder, with a file a report
  std::string lock;                           // --lock: a file that no report may replace
  std::optional<classify::Severity> fail_on;  // --fail-on
};

// A report under the name that its server has where it was found.
struct NamedReport {
  std::string name;
  catalog::Report report;
};

// Nothing stands yet where something is to be written: a policy that is there may have been changed by hand and is not
// replaced. What is wrong, or "".
std::string check_place(const ScanOutput& output);

// Writes and tells. exit_failed if something could not be written or --fail-on is reached.
int give_out(const std::vector<NamedReport>& reports, const ScanOutput& output, Terminal& terminal);

}  // namespace cli
