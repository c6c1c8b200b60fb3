// See the header.
#include "cli/catalog_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/strings.h"
#include "catalog/report_read.h"
#include "catalog/shipped.h"
#include "cli/read_input.h"
#include "cli/scan_sources.h"
#include "tools/registry.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> suffixes{".json", ".jsonl", ".yaml", ".yml"};
constexpr std::size_t most_troubles = 20;

std::string named(const fs::path& path) { return '"' + base::printable(path.string(), 4096) + '"'; }

// id -> path. Files that take another's id are told of in `troubles`.
using Files = std::map<std::string, std::string, std::less<>>;

void add_file(const fs::path& path, Files& files, std::vector<std::string>& troubles) {
  const auto [at, fresh] = files.emplace(path.stem().string(), path.string());
  if (!fresh) {
    troubles.push_back(named(path) + ": another file of the folder has the name \"" + base::printable(at->first) +
                       "\", too; rename one of them");
  }
}

base::Result<Files> files_of(const fs::path& from, std::vector<std::string>& troubles) {
  std::error_code error;
  Files out;
  if (const fs::file_status status = fs::status(from, error); !fs::exists(status)) {
    return base::fail(named(from) +
                      " cannot be read: " + (error ? error.message() : "there is no such file or folder"));
  } else if (!fs::is_directory(status)) {
    add_file(from, out, troubles);
    return out;
  }
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const std::string suffix = at->path().extension().string();
    std::error_code ignored;
    if (std::ranges::find(suffixes, suffix) != suffixes.end() && !at->path().filename().string().starts_with('.') &&
        at->is_regular_file(ignored))
      add_file(at->path(), out, troubles);
  }
  if (error) return base::fail("the folder " + named(from) + " cannot be read: " + error.message());
  if (out.empty()) {
    return base::fail("the folder " + named(from) +
                      " holds no tool lists: files *.json, *.jsonl, *.yaml or *.yml, one a server");
  }
  return out;
}

using Reports = base::Result<std::vector<catalog::Report>>;

Reports named_in(const std::string& path, Reports reports) {
  if (!reports) return base::fail("tools file " + named(path) + ": " + reports.error().message);
  return reports;
}

Reports alone(base::Result<catalog::Report> report) {
  if (!report) return std::unexpected(report.error());
  std::vector<catalog::Report> out;
  out.push_back(std::move(*report));
  return out;
}

// A report of a scan, several, or a list.
Reports read_any(const std::string& path, bool& several) {
  auto text = read_input(path, tools::Registry::max_bytes, "tools file");
  if (!text) return std::unexpected(text.error());
  json::Document document;
  if (document.read(*text, json::Profile::tolerant)) {
    const json::Value root = document.root();
    several = catalog::is_reports(root);
    if (several) return named_in(path, catalog::read_reports(root));
    if (catalog::is_report(root)) return named_in(path, alone(catalog::read_report(root)));
  }
  const auto file = tools_text_of(std::move(*text), path);
  if (!file) return base::fail(file.error().message.substr(0, file.error().message.find('\n')));
  auto source = scan_text(*file, path);
  if (!source) return std::unexpected(source.error());
  source->date.clear();  // nobody knows when the list was saved
  return alone(catalog::make_report(std::move(*source)));
}

using Entries = std::map<std::string, catalog::Report, std::less<>>;

// Servers of one file are called as they call themselves, numbered where another one has that name.
std::string free_name(const Files& files, const Entries& taken, const std::string& wanted) {
  const auto is_free = [&](const std::string& id) { return !files.contains(id) && !taken.contains(id); };
  if (is_free(wanted)) return wanted;
  int n = 2;
  while (!is_free(wanted + '-' + std::to_string(n))) ++n;
  return wanted + '-' + std::to_string(n);
}

void add_entries(const Files& files, const std::string& id, std::vector<catalog::Report> reports, bool several,
                 Entries& out) {
  for (catalog::Report& report : reports) {
    report.server.origin.clear();  // commands and folders of this machine are nobody else's business
    const std::string& own = report.server.name;
    out.emplace(several ? free_name(files, out, own.empty() ? id : own) : id, std::move(report));
  }
}

}  // namespace

base::Result<std::vector<catalog::Entry>> read_catalog(const std::string& from) {
  if (from.empty()) return catalog::shipped();
  std::vector<std::string> troubles;
  const auto files = files_of(from, troubles);
  if (!files) return std::unexpected(files.error());
  Entries entries;
  for (const auto& [id, path] : *files) {
    bool several = false;
    auto reports = read_any(path, several);
    if (reports) {
      add_entries(*files, id, std::move(*reports), several, entries);
    } else {
      troubles.push_back(reports.error().message);
    }
  }
  if (troubles.empty()) {
    std::vector<catalog::Entry> out;
    for (auto& [id, report] : entries) out.push_back({.id = id, .report = std::move(report)});
    return out;
  }
  std::string message;
  for (std::size_t i = 0; i < std::min(troubles.size(), most_troubles); ++i)
    message.append(i == 0 ? "" : "\n").append(troubles[i]);
  if (troubles.size() > most_troubles)
    message.append("\nand ").append(std::to_string(troubles.size() - most_troubles)).append(" more");
  return base::fail(message);
}

}  // namespace cli
