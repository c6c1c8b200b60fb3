// See the header.
#include "cli/catalog_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/strings.h"
#include "catalog/shipped.h"
#include "cli/scan_sources.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> suffixes{".json", ".jsonl", ".yaml", ".yml"};
constexpr std::size_t most_troubles = 20;

std::string named(const fs::path& path) { return '"' + base::printable(path.string(), 4096) + '"'; }

base::Result<std::vector<fs::path>> files_of(const fs::path& from) {
  std::error_code error;
  if (const fs::file_status status = fs::status(from, error); !fs::exists(status)) {
    return base::fail(named(from) +
                      " cannot be read: " + (error ? error.message() : "there is no such file or folder"));
  } else if (!fs::is_directory(status)) {
    return std::vector{from};
  }
  std::vector<fs::path> out;
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const std::string suffix = at->path().extension().string();
    std::error_code ignored;
    if (std::ranges::find(suffixes, suffix) != suffixes.end() && !at->path().filename().string().starts_with('.') &&
        at->is_regular_file(ignored))
      out.push_back(at->path());
  }
  if (error) return base::fail("the folder " + named(from) + " cannot be read: " + error.message());
  if (out.empty()) {
    return base::fail("the folder " + named(from) +
                      " holds no tool lists: files *.json, *.jsonl, *.yaml or *.yml, one a server");
  }
  std::ranges::sort(out);
  return out;
}

base::Result<catalog::Entry> read_entry(const fs::path& path) {
  auto source = scan_file(path.string());
  if (!source) return base::fail(source.error().message.substr(0, source.error().message.find('\n')));
  source->origin.clear();  // a folder of this machine is nobody else's business
  source->date.clear();    // nobody knows when the list was saved
  return catalog::Entry{.id = path.stem().string(), .report = catalog::make_report(std::move(*source))};
}

}  // namespace

base::Result<std::vector<catalog::Entry>> read_catalog(const std::string& from) {
  if (from.empty()) return catalog::shipped();
  const auto files = files_of(from);
  if (!files) return std::unexpected(files.error());
  std::vector<catalog::Entry> out;
  std::string troubles;
  std::size_t count = 0;
  const auto trouble = [&](const std::string& what) {
    if (++count <= most_troubles) troubles.append(count == 1 ? "" : "\n").append(what);
  };
  for (const fs::path& path : *files) {
    auto entry = read_entry(path);
    if (!entry) {
      trouble(entry.error().message);
    } else if (!out.empty() && out.back().id == entry->id) {
      trouble(named(path) + ": another file of the folder has the name \"" + base::printable(entry->id) +
              "\", too; rename one of them");
    } else {
      out.push_back(std::move(*entry));
    }
  }
  if (count > most_troubles) troubles.append("\nand ").append(std::to_string(count - most_troubles)).append(" more");
  if (count > 0) return base::fail(troubles);
  std::ranges::sort(out, {}, &catalog::Entry::id);
  return out;
}

}  // namespace cli
