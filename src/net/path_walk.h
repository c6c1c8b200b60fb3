// The way that a path takes through the file system: every look-up of a name in a directory that the kernel does when
// the path is opened, links included, and what stands at its end. What must be watched to hear of every change of it.
//
// What must stay true:
// - The end (Walk::found) is the kernel's own word, by stat() of the path; the look-ups are our reading of the way.
// They
//   are not atomic: whoever arms watches by a walk walks once more afterwards.
// - Bounded: at most 40 links (the kernel's limit) and max_hops look-ups.
#pragma once
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace net {

// Which file, in which state. Equal: nothing was written to it meanwhile, as far as the file system can tell (times are
// as coarse as its clock, some milliseconds; on FAT two seconds).
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;  // content, since 1970
  std::int64_t changed_ns = 0;   // content, mode, owner, number of names
  bool operator==(const FileIdentity&) const = default;
};
FileIdentity identity_of(const struct stat& info);

// One look-up. `directory` has no links in it; it is relative if the path was.
struct Hop {
  std::string directory, name;
  bool reports = false;  // it lies on file systems all the way that report changes (os::reports_changes)
  bool operator==(const Hop&) const = default;
};

struct Walk {
  static constexpr std::size_t max_hops = 256;
  static constexpr int max_links = 40;

  std::vector<Hop> hops;  // up to the first name that does not exist
  bool complete = true;   // false: there are more look-ups than max_hops, or one failed (no permission, a dead server)
  bool raced = false;     // the way changed under our feet: walk again
  std::string file;       // the regular file at the end, without links; "" if there is none
  bool file_reports = false;

  // What a change is seen by.
  struct End {
    int error = 0;  // errno of stat(); 0: found
    FileIdentity file;
    std::uint32_t mode = 0, owner = 0, group = 0;
    // Of the directory that holds the last name that was looked up: whether the file may be trusted depends on it.
    std::uint64_t holder_device = 0, holder_inode = 0;
    std::uint32_t holder_mode = 0, holder_owner = 0, holder_group = 0;
    std::vector<std::string> links;  // targets, in the order in which they were followed
    bool operator==(const End&) const = default;
  } end;

  // The whole way lies on file systems that report changes: no look-up can hang, and watches are enough.
  bool reports() const;
};

// Reads only. Touches nothing of the process: may run on any thread. May hang where a network file system does.
Walk walk_path(const std::string& path);

}  // namespace net
