// See the header.
#include "cli/test_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/strings.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_files = 10'000;
constexpr std::size_t max_bytes = std::size_t{8} << 20;
constexpr std::string_view names_of_tests = "*.test, *.test.yaml, *_test.yaml";

std::string shown(const std::string& path) { return "\"" + base::printable(path, 4096) + "\""; }

// Its state now; nothing: it is not there.
std::optional<net::FileIdentity> identity_now(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return net::identity_of(info);
}

base::Result<void> find_in(const std::string& folder, LookedAt& looked, std::vector<std::string>& out) {
  std::error_code error;
  const std::size_t before = out.size();
  looked.folders.emplace(folder, identity_now(folder));
  fs::recursive_directory_iterator it(folder, error), end;
  while (!error && it != end) {
    const std::string path = it->path().string(), name = it->path().filename().string();
    if (it->is_directory(error) && !it->is_symlink()) {
      if (name.starts_with('.')) {
        it.disable_recursion_pending();
      } else {
        looked.folders.emplace(path, identity_now(path));
      }
    } else if (is_test_name(name)) {
      out.push_back(path);
      if (out.size() > max_files) return base::fail("more than " + std::to_string(max_files) + " test files");
    }
    it.increment(error);
  }
  if (error) return base::fail("folder " + shown(folder) + " cannot be read: " + error.message());
  if (out.size() == before) {
    return base::fail("folder " + shown(folder) + " has no test files; they are named " + std::string(names_of_tests));
  }
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
  return {};
}

}  // namespace

bool is_test_name(std::string_view name) {
  constexpr std::array<std::string_view, 5> endings = {".test", ".test.yaml", ".test.yml", "_test.yaml", "_test.yml"};
  return std::ranges::any_of(endings, [&](std::string_view e) { return name.size() > e.size() && name.ends_with(e); });
}

base::Result<std::vector<std::string>> find_test_files(const std::vector<std::string>& words, LookedAt& looked) {
  std::vector<std::string> found;
  for (const std::string& word : words) {
    struct stat info{};
    if (word.find('\0') != std::string::npos || ::stat(word.c_str(), &info) != 0) {
      return base::fail(shown(word) + " cannot be found: " + std::strerror(errno) +
                        "; name test files, or folders that hold some");
    }
    if (!S_ISDIR(info.st_mode)) {
      found.push_back(word);
    } else if (const auto all = find_in(word, looked, found); !all) {
      return std::unexpected(all.error());
    }
  }
  std::vector<std::string> once;
  std::set<std::string> seen;
  for (std::string& path : found) {
    std::string plain = fs::path(path).lexically_normal().string();
    if (seen.insert(plain).second) once.push_back(std::move(plain));
  }
  return once;
}

base::Result<std::string> read_text_file(const std::string& path, LookedAt& looked) {
  looked.files.insert_or_assign(path, identity_now(path));
  struct stat info{};
  if (path.find('\0') != std::string::npos) return base::fail("a file's name holds a NUL byte");
  if (::stat(path.c_str(), &info) != 0) {
    return base::fail("file " + shown(path) + " cannot be opened: " + std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return base::fail("file " + shown(path) + (S_ISDIR(info.st_mode) ? " is a folder" : " is not an ordinary file"));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(std::min<off_t>(info.st_size, max_bytes)) + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return base::fail("file " + shown(path) + " cannot be read; check its permissions");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max_bytes) return base::fail("file " + shown(path) + " is larger than 8 MiB");
  return text;
}

trial::OpenFile opener_beside(const std::string& test_path, LookedAt& looked) {
  const fs::path folder = fs::path(test_path).parent_path();
  return [folder, &looked](const std::string& path) -> base::Result<trial::OtherFile> {
    const std::string whole = (folder / path).lexically_normal().string();
    auto text = read_text_file(whole, looked);
    if (!text) return std::unexpected(text.error());
    return trial::OtherFile{whole, std::move(*text)};
  };
}

}  // namespace cli
