// A draft in the same folder, synced, then rename(2).
#include "cli/replace_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/strings.h"
#include "store/files.h"

namespace cli {
namespace {

constexpr std::size_t max_bytes = std::size_t{8} << 20;

std::unexpected<base::Error> fail(const std::string& path, const std::string& what, int error) {
  return base::fail("cannot write \"" + base::printable(path, 4096) + "\": " + what + ": " + std::strerror(error) +
                    "; the file was left as it is");
}

// Where links lead.
base::Result<std::string> resolve(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (!real) return fail(path, "cannot be found", errno);
  return std::string(real.get());
}

// A draft that is removed unless it took its place.
class Draft {
 public:
  explicit Draft(const std::string& beside) : name_(beside + ".XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)) {}
  ~Draft() {
    if (file_.get() >= 0 && !placed_) ::unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  int fd() const { return file_.get(); }
  // 0, or errno.
  int place(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
    placed_ = true;
    return 0;
  }

 private:
  std::string name_;
  store::File file_;
  bool placed_ = false;
};

// The draft gets what the old file had. 0, or errno.
int take_over(int fd, const struct stat& old) {
  struct stat now{};
  if (::fstat(fd, &now) != 0) return errno;
  const bool same_owner = now.st_uid == old.st_uid && now.st_gid == old.st_gid;
  if (!same_owner && ::fchown(fd, old.st_uid, old.st_gid) != 0) return errno;
  return ::fchmod(fd, old.st_mode & 07777U) == 0 ? 0 : errno;
}

}  // namespace

base::Result<void> replace_text(const std::string& path, std::string_view was, std::string_view text) {
  const auto real = resolve(path);
  if (!real) return std::unexpected(real.error());
  const store::File old(store::open_file(*real, O_RDONLY | O_NONBLOCK));
  struct stat info{};
  if (old.get() < 0 || ::fstat(old.get(), &info) != 0) return fail(path, "cannot be opened", errno);
  if (!S_ISREG(info.st_mode)) return fail(path, "it is not an ordinary file", EINVAL);
  const auto now = store::read_rest(old.get(), max_bytes, path);
  if (!now) return std::unexpected(now.error());
  if (*now != was) {
    return base::fail("\"" + base::printable(path, 4096) +
                      "\" was changed meanwhile; it was left as it is, run it again");
  }
  if (::access(real->c_str(), W_OK) != 0) return fail(path, "it may not be written by this user", errno);
  Draft draft(*real);
  if (draft.fd() < 0) return fail(path, "no file can be made beside it", errno);
  std::size_t written = 0;
  if (const int error = store::write_all(draft.fd(), text, written); error != 0) return fail(path, "writing", error);
  if (const int error = take_over(draft.fd(), info); error != 0) return fail(path, "its owner and mode", error);
  if (::fsync(draft.fd()) != 0) return fail(path, "writing", errno);
  if (const int error = draft.place(*real); error != 0) return fail(path, "replacing it", error);
  return store::sync_directory(real->substr(0, real->rfind('/') + 1));
}

}  // namespace cli
