// See the header.
#include "cli/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "store/files.h"

namespace cli {

int write_new_file(const std::string& path, std::string_view text) {
  const store::File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) return errno;
  std::size_t written = 0;
  const int error = store::write_all(file.get(), text, written);
  if (error != 0) ::unlink(path.c_str());
  return error;
}

}  // namespace cli
