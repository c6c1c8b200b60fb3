// A path is a stack of names that are still to be looked up; a link puts the names of its target on top. The directory
// reached so far never holds a link, so that ".." may be taken off its text.
#include "net/path_walk.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>

#include "net/os.h"

namespace net {
namespace {

constexpr std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

class Walker {
 public:
  Walk walk(const std::string& path) {
    if (struct stat info; ::stat(path.c_str(), &info) == 0)
      found(info);
    else
      walk_.end.error = errno;
    push(path);
    enter(path.starts_with('/') ? "/" : "");
    while (!names_.empty() && step()) {
    }
    finish();
    return std::move(walk_);
  }

 private:
  void found(const struct stat& info) {
    walk_.end.file = identity_of(info);
    walk_.end.mode = info.st_mode;
    walk_.end.owner = info.st_uid;
    walk_.end.group = info.st_gid;
  }

  // The names of `path`, the first one on top.
  void push(std::string_view path) {
    const auto first = static_cast<std::ptrdiff_t>(names_.size());
    for (std::size_t at = 0; at < path.size();) {
      const std::size_t slash = std::min(path.find('/', at), path.size());
      if (slash > at && path.substr(at, slash - at) != ".") names_.emplace_back(path.substr(at, slash - at));
      at = slash + 1;
    }
    std::reverse(names_.begin() + first, names_.end());
  }

  // Makes `directory` the place of the next look-up.
  void enter(std::string directory) {
    directory_ = std::move(directory);
    if (::stat(here(), &holder_) != 0) holder_ = {};
    // From the root on everything is looked up anew; else the way to here counts too.
    const bool before = directory_ == "/" || steps_ == 0 || reports_;
    reports_ = before && reports(holder_, here());
  }

  const char* here() const { return directory_.empty() ? "." : directory_.c_str(); }

  std::string below(const std::string& name) const {
    if (directory_.empty()) return name;
    return directory_ == "/" ? "/" + name : directory_ + "/" + name;
  }

  std::string above() const {
    if (directory_ == "/") return "/";
    const std::size_t slash = directory_.find_last_of('/');
    const std::string_view last = std::string_view(directory_).substr(slash == std::string::npos ? 0 : slash + 1);
    if (last.empty() || last == "..") return below("..");
    return slash == std::string::npos ? "" : slash == 0 ? "/" : directory_.substr(0, slash);
  }

  // `info`: of `path`. One file system is asked once, as long as the way stays on it.
  bool reports(const struct stat& info, const char* path) {
    if (asked_ && asked_->device == info.st_dev) return asked_->answer;
    asked_ = {info.st_dev, os::reports_changes(path)};
    if (asked_->answer) return true;
    // It may have said no because the path leads elsewhere by now.
    if (struct stat now; ::lstat(path, &now) != 0 || now.st_dev != info.st_dev) walk_.raced = true;
    return false;
  }

  // One look-up. False: the way ends here.
  bool step() {
    const std::string name = std::move(names_.back());
    names_.pop_back();
    if (++steps_ > Walk::max_hops) return walk_.complete = false;
    if (name == "..") {
      enter(above());
      return true;
    }
    walk_.hops.push_back({directory_.empty() ? "." : directory_, name, reports_});
    const std::string path = below(name);
    struct stat info;
    if (::lstat(path.c_str(), &info) != 0) {
      walk_.complete = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
      return false;
    }
    if (S_ISLNK(info.st_mode)) return follow(path);
    if (!names_.empty()) {
      if (!S_ISDIR(info.st_mode)) return false;
      enter(path);
    } else if (S_ISREG(info.st_mode)) {
      walk_.file = path;
      walk_.file_reports = reports_ && reports(info, path.c_str());
    }
    return true;
  }

  bool follow(const std::string& link) {
    std::array<char, PATH_MAX> target;
    const ssize_t n = ::readlink(link.c_str(), target.data(), target.size());
    if (n <= 0 || walk_.end.links.size() >= Walk::max_links) return false;
    const std::string_view text(target.data(), static_cast<std::size_t>(n));
    walk_.end.links.emplace_back(text);
    push(text);
    if (text.starts_with('/')) enter("/");
    return true;
  }

  void finish() {
    walk_.end.holder_device = holder_.st_dev;
    walk_.end.holder_inode = holder_.st_ino;
    walk_.end.holder_mode = holder_.st_mode;
    walk_.end.holder_owner = holder_.st_uid;
    walk_.end.holder_group = holder_.st_gid;
  }

  struct Asked {
    dev_t device;
    bool answer;
  };
  Walk walk_;
  std::vector<std::string> names_;  // the next one last
  std::string directory_;           // "": the working directory
  struct stat holder_{};
  bool reports_ = false;
  std::size_t steps_ = 0;  // look-ups so far, those of ".." included
  std::optional<Asked> asked_;
};

}  // namespace

FileIdentity identity_of(const struct stat& info) {
  return {info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

bool Walk::reports() const {
  return complete && (file.empty() || file_reports) &&
         std::ranges::all_of(hops, [](const Hop& h) { return h.reports; });
}

Walk walk_path(const std::string& path) { return Walker().walk(path); }

}  // namespace net
