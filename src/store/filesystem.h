// Tells network file systems from local ones. Locks (flock) and shared memory (mmap, SQLite's WAL) are promises between
// processes of one machine: on a file system that others write to as well they do not hold, silently.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace store {

// The network file system that `path` is on, or would be created on (the nearest directory that exists counts): "nfs",
// "cifs", "9p", "fuse.sshfs". Nothing: it is local, or it cannot be told because the path cannot be looked at (opening
// it will say why). A FUSE file system that is not known to be local counts as a network one.
// May hang where the file system does.
std::optional<std::string> network_file_system(const std::string& path);

// --- The tables, without I/O ---

// The name of the network file system with this statfs() magic number, or "".
std::string_view network_name(std::uint32_t magic);
// FUSE: the number says nothing of what is behind it.
bool is_fuse(std::uint32_t magic);
// `type` as in /proc/self/mountinfo: "fuseblk", "fuse.gocryptfs". What we do not know is not local.
bool is_local_fuse(std::string_view type);
// The file system type of the mount with device `major`:`minor` in the text of /proc/self/mountinfo; if there is none,
// that of the mount whose mount point is the longest prefix of `path` (absolute, no links). "" if neither is found.
std::string mount_type(std::string_view mountinfo, unsigned major, unsigned minor, std::string_view path);

}  // namespace store
