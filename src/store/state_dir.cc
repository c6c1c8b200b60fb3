// Where state lives, and its key. What must stay true: of two processes that create the key at once one wins and both
// use it; a key that somebody else could have read is not used.
#include "store/state_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "store/files.h"

namespace store {
namespace {

constexpr std::size_t key_bytes = 32;

base::Result<std::string> read_key(int fd, const std::string& path) {
  if (auto checked = check_private(fd, path); !checked) return std::unexpected(checked.error());
  std::array<char, key_bytes + 1> bytes{};
  const ssize_t n = read_up_to(fd, bytes);
  if (n < 0) return fail_errno("cannot read " + path, errno);
  if (n != static_cast<ssize_t>(key_bytes))
    return base::fail(path + " is not a key of 32 bytes; move it away to get a new one");
  return std::string(bytes.data(), key_bytes);
}

// Writes the key to a file of its own and links it to its name: another process sees all of it or nothing, and of two
// that try at once one wins.
base::Result<void> create_key(const std::string& directory, const std::string& path, base::Random& random) {
  if (auto made = make_directories(directory); !made) return made;
  std::string key(key_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(key)));
  const std::string draft = path + "." + base::random_hex(random, 8);
  const File file(open_file(draft, O_WRONLY | O_CREAT | O_EXCL));
  if (file.get() < 0) return fail_errno("cannot create " + draft, errno);
  std::size_t written = 0;
  int error = write_all(file.get(), key, written);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) error = errno;
  ::unlink(draft.c_str());
  if (error != 0) return fail_errno("cannot create " + path, error);
  return {};
}

}  // namespace

base::Result<std::string> default_state_dir(const char* (*environment)(const char*)) {
  const char* state = environment("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/intercept";
  const char* home = environment("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.local/state/intercept";
  return base::fail("neither XDG_STATE_HOME nor HOME is an absolute path; name a directory with --state-dir");
}

base::Result<void> check_state_dir(const std::string& directory) {
  if (directory.empty()) return base::fail("the state directory's name is empty; name one with --state-dir");
  std::string path = directory;
  struct stat info{};
  while (::stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return fail_errno("cannot use " + directory, errno);
    const std::size_t slash = path.find_last_of('/');
    path = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  }
  if (!S_ISDIR(info.st_mode)) return base::fail(path + " is not a directory");
  if (::access(path.c_str(), W_OK | X_OK) != 0) return fail_errno("cannot write to " + path, errno);
  if (path != directory) return {};
  return check_private_directory(directory);
}

base::Result<std::optional<std::string>> load_key(const std::string& directory) {
  const std::string path = directory + "/key";
  const File file(open_file(path, O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP) return base::fail(path + " is a symbolic link");
    return fail_errno("cannot open " + path, errno);
  }
  auto key = read_key(file.get(), path);
  if (!key) return std::unexpected(key.error());
  return std::optional(std::move(*key));
}

base::Result<std::string> load_or_create_key(const std::string& directory, base::Random& random) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto key = load_key(directory);
    if (!key) return std::unexpected(key.error());
    if (*key) return std::move(**key);
    const std::string path = directory + "/key";
    if (auto created = create_key(directory, path, random); !created) return std::unexpected(created.error());
  }
  return base::fail(directory + "/key vanished while it was created");
}

}  // namespace store
