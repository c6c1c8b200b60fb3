// See the header.
#include "cli/site_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/strings.h"
#include "store/files.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view marker = ".intercept-catalogue";
constexpr std::string_view marker_text =
    "This folder is written by intercept catalog build, which replaces it as a whole.\n";

std::string named(const fs::path& path) { return '"' + base::printable(path.string(), 4096) + '"'; }

// Nothing, or why the folder may not be replaced.
base::Result<void> may_replace(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return base::fail(named(path) + " is no folder; name another place for the site");
  if (fs::exists(path / marker, error)) return {};
  const bool empty = fs::is_empty(path, error);
  if (error) return base::fail("the folder " + named(path) + " cannot be read: " + error.message());
  if (empty) return {};
  return base::fail("the folder " + named(path) +
                    " was not written by catalog build and is not empty; it is left alone. Name a new folder");
}

// Swaps both in one step, where the file system can; errno, or 0.
int swap_folders(const fs::path& a, const fs::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  fs::path aside = a;
  aside += ".old";
  if (::rename(b.c_str(), aside.c_str()) != 0) return errno;
  if (::rename(a.c_str(), b.c_str()) == 0) return ::rename(aside.c_str(), a.c_str()) == 0 ? 0 : errno;
  const int wrong = errno;
  (void)::rename(aside.c_str(), b.c_str());
  return wrong;
}

}  // namespace

base::Result<SiteFolder> SiteFolder::make(const std::string& path) {
  std::error_code error;
  fs::path to = fs::path(path).lexically_normal();
  if (to.filename().empty()) to = to.parent_path();  // "site/"
  if (fs::is_symlink(to, error)) {
    to = fs::canonical(to, error);  // the link stays
    if (error) return base::fail(named(path) + " cannot be found: " + error.message());
  }
  if (to.empty() || to == "." || to.filename() == ".." || !to.has_filename())
    return base::fail(named(path) + " cannot be replaced as a whole; name a folder in it");
  if (auto may = may_replace(to); !may) return std::unexpected(may.error());
  for (int n = 0;; ++n) {
    fs::path draft = to;
    draft += ".new-" + std::to_string(::getpid()) + '-' + std::to_string(n);
    if (fs::create_directory(draft, error)) return SiteFolder(std::move(to), std::move(draft));
    if (error || n == 100) {
      return base::fail("a folder for the site cannot be made beside " + named(to) + ": " +
                        (error ? error.message() : "there are too many of earlier runs"));
    }
  }
}

SiteFolder::SiteFolder(SiteFolder&& other) noexcept
    : to_(std::move(other.to_)), draft_(std::exchange(other.draft_, {})), made_(std::move(other.made_)) {}

SiteFolder::~SiteFolder() {
  std::error_code ignored;
  if (!draft_.empty()) fs::remove_all(draft_, ignored);
}

base::Result<void> SiteFolder::put(std::string_view path, std::string_view text) {
  const fs::path file = draft_ / path;
  if (std::string folder(path.substr(0, path.rfind('/') + 1)); !folder.empty() && !made_.contains(folder)) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    if (error) return base::fail("the folder " + named(file.parent_path()) + " cannot be made: " + error.message());
    made_.insert(std::move(folder));
  }
  const store::File out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (out.get() < 0) return base::fail(named(file) + " cannot be written: " + std::strerror(errno));
  std::size_t written = 0;
  if (const int wrong = store::write_all(out.get(), text, written); wrong != 0)
    return base::fail(named(file) + " cannot be written: " + std::strerror(wrong));
  return {};
}

base::Result<void> SiteFolder::place() {
  if (auto done = put(marker, marker_text); !done) return done;
  // What is there is looked at again: it may be another since.
  if (auto may = may_replace(to_); !may) return may;
  std::error_code error;
  const bool replaces = fs::exists(to_, error);
  const int wrong = replaces ? swap_folders(draft_, to_) : (::rename(draft_.c_str(), to_.c_str()) == 0 ? 0 : errno);
  if (wrong != 0) return base::fail("the site cannot be put at " + named(to_) + ": " + std::strerror(wrong));
  if (!replaces) draft_.clear();  // else the old one is there now, and goes
  return {};
}

}  // namespace cli
