// See the header.
#include "cli/scan_output.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <set>
#include <utility>

#include "base/strings.h"
#include "catalog/markdown.h"
#include "catalog/sarif.h"
#include "catalog/site.h"
#include "catalog/words.h"
#include "cli/new_file.h"
#include "cli/version.h"
#include "store/files.h"

namespace cli {
namespace {

constexpr std::array<std::string_view, 5> format_words{"yaml", "json", "md", "html", "sarif"};

bool exists(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0;
}

std::string shown(const std::string& path) { return '"' + base::printable(path, 4096) + '"'; }

// One report as a file of its own.
std::string render(const catalog::Report& report, const ScanOutput& output) {
  switch (output.format) {
    case ScanFormat::yaml:
      return catalog::scaffold(report, output.dialect);
    case ScanFormat::json:
      return catalog::to_json(report);
    case ScanFormat::markdown:
      return catalog::to_markdown(report);
    case ScanFormat::html:
      return catalog::to_html(report);
    case ScanFormat::sarif:
      return catalog::to_sarif({report}, version());
  }
  return {};
}

// All reports as one text.
std::string render(const std::vector<NamedReport>& reports, const ScanOutput& output) {
  if (reports.size() == 1) return render(reports[0].report, output);
  std::vector<catalog::Report> all;
  all.reserve(reports.size());
  for (const NamedReport& r : reports) all.push_back(r.report);
  if (output.format == ScanFormat::json) return catalog::to_json(all);
  if (output.format == ScanFormat::sarif) return catalog::to_sarif(all, version());
  std::string out;
  for (const NamedReport& r : reports) {
    const std::string name = catalog::one_line(r.name, 200);
    if (output.format == ScanFormat::yaml) {
      out.append(out.empty() ? "" : "---\n").append("# The server ").append(name).append(" of the configuration.\n");
    } else {
      out.append(out.empty() ? "" : "\n").append("<!-- ").append(catalog::markdown_text(name, 200)).append(" -->\n\n");
    }
    out += render(r.report, output);
  }
  return out;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat one{}, other{};
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

int replace_file(const std::string& path, const std::string& text) {
  const store::File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0644));
  if (file.get() < 0) return errno;
  std::size_t written = 0;
  return store::write_all(file.get(), text, written);
}

base::Result<void> write_file(const std::string& path, const std::string& text, const ScanOutput& output) {
  if (same_file(path, output.lock)) return base::fail(shown(path) + " is the lock file; give the report another name");
  // A policy may have been changed by hand.
  const int error = output.format == ScanFormat::yaml ? write_new_file(path, text) : replace_file(path, text);
  if (error != 0) return store::fail_errno(shown(path) + " cannot be written", error);
  return {};
}

// A file's name: what is no letter, digit, "-", "_" or "." is "_"; never hidden, never the same twice.
std::string file_name(const std::string& name, const ScanOutput& output, std::set<std::string>& taken) {
  std::string base;
  for (const char c : name.substr(0, 100)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || (c == '.' && !base.empty());
    base += plain ? c : '_';
  }
  if (base.empty()) base = "server";
  const std::string end = '.' + std::string(format_words[static_cast<std::size_t>(output.format)]);
  std::string out = base + end;
  for (int n = 2; !taken.insert(out).second; ++n) {
    out = base;
    out.append("-").append(std::to_string(n)).append(end);
  }
  return out;
}

base::Result<void> write_folder(const std::vector<NamedReport>& reports, const ScanOutput& output, Terminal& terminal) {
  if (::mkdir(output.path.c_str(), 0777) != 0 && errno != EEXIST)
    return store::fail_errno("the folder " + shown(output.path) + " cannot be made", errno);
  std::set<std::string> taken;
  for (const NamedReport& r : reports) {
    const std::string path = output.path + '/' + file_name(r.name, output, taken);
    if (const auto written = write_file(path, render(r.report, output), output); !written) return written;
    terminal.err << "intercept: wrote " << base::printable(path, 4096) << '\n';
  }
  return {};
}

base::Result<void> write_out(const std::vector<NamedReport>& reports, const ScanOutput& output, Terminal& terminal) {
  if (output.path.empty()) {
    terminal.out << render(reports, output) << std::flush;
    return {};
  }
  if (output.folder) return write_folder(reports, output, terminal);
  return write_file(output.path, render(reports, output), output);
}

void tell(const NamedReport& r, Terminal& terminal) {
  const catalog::Report& report = r.report;
  terminal.err << "intercept: " << catalog::server_name(report.server) << ": "
               << catalog::counted(report.tools.size(), "tool") << " (" << catalog::class_counts(report.counts)
               << "); the worst is " << classify::text(report.worst()) << '\n';
  for (const std::string& note : report.server.notes) {
    terminal.err << "intercept: note: " << catalog::one_line(note, 400) << '\n';
  }
}

// The tools that --fail-on is about.
bool reaches(const NamedReport& r, classify::Severity limit, Terminal& terminal) {
  constexpr std::size_t most_named = 10;
  std::size_t count = 0;
  std::string names;
  for (const catalog::Tool& tool : r.report.tools) {
    if (tool.assessment.severity < limit) continue;
    if (++count <= most_named) names.append(names.empty() ? "" : ", ").append(catalog::one_line(tool.name, 128));
  }
  if (count == 0) return false;
  if (count > most_named) names += ", …";
  terminal.err << "intercept: " << catalog::server_name(r.report.server) << ": " << catalog::counted(count, "tool")
               << (count == 1 ? " is " : " are ") << classify::text(limit)
               << (limit == classify::Severity::critical ? "" : " or worse") << ": " << names << '\n';
  return true;
}

}  // namespace

std::optional<ScanFormat> find_scan_format(std::string_view word) {
  const auto* const found = std::ranges::find(format_words, word);
  if (found == format_words.end()) return std::nullopt;
  return static_cast<ScanFormat>(found - format_words.begin());
}

std::optional<classify::Severity> find_severity(std::string_view word) {
  constexpr std::array<std::string_view, 4> words{"low", "medium", "high", "critical"};
  const auto* const found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<classify::Severity>(found - words.begin());
}

std::string check_place(const ScanOutput& output) {
  if (output.path.empty() || output.folder || output.format != ScanFormat::yaml || !exists(output.path)) return {};
  return shown(output.path) +
         " is there already, and may have been changed by hand; give another name, or remove it first";
}

int give_out(const std::vector<NamedReport>& reports, const ScanOutput& output, Terminal& terminal) {
  if (!reports.empty()) {
    if (const auto written = write_out(reports, output, terminal); !written)
      return failed(terminal, written.error().message);
  }
  bool reached = false;
  for (const NamedReport& r : reports) {
    tell(r, terminal);
    if (output.fail_on && reaches(r, *output.fail_on, terminal)) reached = true;
  }
  return reached ? exit_failed : exit_ok;
}

}  // namespace cli
