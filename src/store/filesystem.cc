// Tables of magic numbers and FUSE subtypes, and the little that has to be asked of the system.
#include "store/filesystem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "store/files.h"

namespace store {
namespace {

struct Magic {
  std::uint32_t number;
  std::string_view name;
};

// Headers of the system lack half of them: linux/magic.h, the file systems' own sources, and coreutils' stat.
constexpr std::array networks{
    Magic{0x6969, "nfs"},        Magic{0x517B, "smb"},        Magic{0xFF534D42, "cifs"},   Magic{0xFE534D42, "smb2"},
    Magic{0x5346414F, "afs"},    Magic{0x6B414653, "kafs"},   Magic{0x73757245, "coda"},   Magic{0x564C, "ncp"},
    Magic{0x00C36400, "ceph"},   Magic{0x0BD00BD0, "lustre"}, Magic{0x47504653, "gpfs"},   Magic{0x7461636F, "ocfs2"},
    Magic{0x01161970, "gfs2"},   Magic{0x01021997, "9p"},     Magic{0x786F4256, "vboxsf"}, Magic{0xBACBACBC, "vmhgfs"},
    Magic{0x7C7C6673, "prl_fs"}, Magic{0xAAD7AAEA, "panfs"},  Magic{0x61636673, "acfs"},   Magic{0x20030528, "pvfs2"},
    Magic{0x19830326, "beegfs"}, Magic{0xBEEFDEAD, "snfs"},   Magic{0x013111A8, "ibrix"},
};

constexpr std::uint32_t fuse_magic = 0x65735546;  // "fuseblk" and "virtiofs" have it, too

// What is on a disk of this machine, or on top of another local file system. Everything else of FUSE is taken for a
// network file system: sshfs, glusterfs, s3fs, rclone, davfs, curlftpfs, ceph-fuse, juicefs, virtiofs, …
constexpr std::string_view local_fuse[] = {
    "fuseblk",       "fuse.ntfs-3g",   "fuse.ntfs",     "fuse.lowntfs-3g", "fuse.exfat",    "fuse.fuse-ext2",
    "fuse.ext2",     "fuse.fuse2fs",   "fuse.zfs-fuse", "fuse.apfs-fuse",  "fuse.unionfs",  "fuse.fuse-overlayfs",
    "fuse.mergerfs", "fuse.mhddfs",    "fuse.bindfs",   "fuse.gocryptfs",  "fuse.encfs",    "fuse.cryfs",
    "fuse.securefs", "fuse.veracrypt", "fuse.snapfuse", "fuse.squashfuse", "fuse.erofsfuse"};

constexpr std::size_t max_mountinfo = 8 << 20;

// The next word of a line; takes it off.
std::string_view next_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

// Blanks, tabs, line feeds and backslashes are written as \ooo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t n) { return i + n < text.size() && text[i + n] >= '0' && text[i + n] <= '7'; };
    if (text[i] == '\\' && digit(1) && digit(2) && digit(3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.starts_with('/');
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// "36 35 98:0 /root /mount/point options [optional fields] - type source options" (proc(5)).
struct Mount {
  std::string_view device, point, type;
};
std::optional<Mount> parse_mount(std::string_view line) {
  Mount mount;
  next_word(line);
  next_word(line);
  mount.device = next_word(line);
  next_word(line);
  mount.point = next_word(line);
  while (!line.empty()) {
    if (next_word(line) != "-") continue;
    mount.type = next_word(line);
    return mount;
  }
  return std::nullopt;
}

std::string fuse_type(const std::string& path, dev_t device) {
  const File file(open_file("/proc/self/mountinfo", O_RDONLY));
  if (file.get() < 0) return "fuse";
  const auto text = read_rest(file.get(), max_mountinfo, "/proc/self/mountinfo");
  std::array<char, PATH_MAX> real;
  if (!text || ::realpath(path.c_str(), real.data()) == nullptr) return "fuse";
  const std::string type = mount_type(*text, major(device), minor(device), real.data());
  return type.empty() ? "fuse" : type;
}

}  // namespace

std::string_view network_name(std::uint32_t magic) {
  const auto found = std::ranges::find(networks, magic, &Magic::number);
  return found == networks.end() ? std::string_view() : found->name;
}

bool is_fuse(std::uint32_t magic) { return magic == fuse_magic; }

bool is_local_fuse(std::string_view type) { return std::ranges::find(local_fuse, type) != std::end(local_fuse); }

std::string mount_type(std::string_view mountinfo, unsigned major, unsigned minor, std::string_view path) {
  const std::string device = std::to_string(major) + ":" + std::to_string(minor);
  std::string nearest;
  std::size_t longest = 0;
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    const auto mount = parse_mount(mountinfo.substr(0, end));
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    if (!mount) continue;
    if (mount->device == device) return std::string(mount->type);
    const std::string point = unescaped(mount->point);
    if (point.size() < longest || !is_below(path, point)) continue;
    longest = point.size();  // of several on one point the last is on top
    nearest = mount->type;
  }
  return nearest;
}

std::optional<std::string> network_file_system(const std::string& path) {
  std::string existing = path.empty() ? "." : path;
  struct stat info{};
  while (::stat(existing.c_str(), &info) != 0) {
    if (errno != ENOENT || existing == "/" || existing == ".") return std::nullopt;
    const std::size_t last = existing.find_last_not_of('/');
    const std::size_t slash = last == std::string::npos ? std::string::npos : existing.find_last_of('/', last);
    existing = slash == std::string::npos ? "." : slash == 0 ? "/" : existing.substr(0, slash);
  }
  struct statfs system{};
  if (::statfs(existing.c_str(), &system) != 0) return std::nullopt;
  const auto magic = static_cast<std::uint32_t>(system.f_type);
  if (const std::string_view name = network_name(magic); !name.empty()) return std::string(name);
  if (!is_fuse(magic)) return std::nullopt;
  std::string type = fuse_type(existing, info.st_dev);
  if (is_local_fuse(type)) return std::nullopt;
  return type;
}

}  // namespace store
