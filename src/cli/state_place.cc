// Checked at start as far as it can be without creating anything.
#include "cli/state_place.h"

#include <fcntl.h>

#include <cerrno>

#include "cli/command_table.h"
#include "store/files.h"
#include "store/filesystem.h"
#include "store/state_dir.h"

namespace cli {
namespace {

base::Result<std::string> name_directory(const std::string& given) {
  if (!given.empty()) return given;
  return store::default_state_dir(environment);
}

// A database that others may read or write is refused at start, not at the first call.
base::Result<void> check_countable(const std::string& directory) {
  if (const auto network = store::network_file_system(directory)) {
    return base::fail(directory + " is on a network file system (" + *network +
                      "), where counters cannot be shared safely");
  }
  const std::string path = directory + "/state.db";
  const store::File file(store::open_file(path, O_RDONLY | O_NONBLOCK));
  if (file.get() >= 0) return store::check_private(file.get(), path);
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return store::fail_errno("cannot open " + path, errno);
}

}  // namespace

StatePlace find_state_place(const std::string& given, bool counts) {
  StatePlace out;
  const auto directory = name_directory(given);
  if (!directory) {
    out.usable = base::fail(directory.error().message);
    return out;
  }
  out.directory = *directory;
  out.usable = store::check_state_dir(*directory);
  if (out.usable && counts) out.countable = check_countable(*directory);
  return out;
}

base::Result<std::string> state_directory(const std::string& given) {
  auto directory = name_directory(given);
  if (!directory) return directory;
  if (auto usable = store::check_state_dir(*directory); !usable) return std::unexpected(usable.error());
  return directory;
}

}  // namespace cli
