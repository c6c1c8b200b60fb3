// See the header.
#include "cli/read_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "store/files.h"

namespace cli {

base::Result<std::string> read_input(const std::string& path, std::size_t max, const std::string& what) {
  if (path == "-") return store::read_rest(STDIN_FILENO, max, what + " on standard input");
  const std::string name = what + " \"" + base::printable(path, 4096) + '"';
  const store::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return store::fail_errno(name + " cannot be opened", errno);
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) return base::fail(name + " is a directory");
  return store::read_rest(file.get(), max, name);
}

}  // namespace cli
