// Linux: epoll, signalfd, inotify, /proc/self/fd, close_range. The only file of this room that knows which system it
// runs on.
#include <fcntl.h>
#include <linux/magic.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "net/os.h"

namespace net::os {
namespace {

constexpr std::size_t batch = 64;  // a session has half a dozen descriptors, a listener thousands

std::uint32_t events_of(Interest i) {
  return (i.read ? std::uint32_t{EPOLLIN} : 0u) | (i.write ? std::uint32_t{EPOLLOUT} : 0u);
}

// epoll counts in milliseconds; rounds up, so that nobody wakes before his time and spins.
int milliseconds(std::optional<base::Duration> timeout) {
  if (!timeout) return -1;
  if (timeout->count() <= 0) return 0;
  const auto ms = (timeout->count() + 999'999) / 1'000'000;
  return ms > std::numeric_limits<int>::max() ? std::numeric_limits<int>::max() : static_cast<int>(ms);
}

}  // namespace

Poller::Poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  assert(fd_ >= 0);
  ready_.reserve(batch);
}

Poller::~Poller() { close(fd_); }

bool Poller::set(int fd, void* tag, Interest before, Interest after) {
  epoll_event event{};
  event.events = events_of(after);
  event.data.ptr = tag;
  // Hang-ups are reported whatever was asked: with no interest the descriptor must be out, or we would spin.
  const int what = !after.any() ? EPOLL_CTL_DEL : before.any() ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (what == EPOLL_CTL_DEL && !before.any()) return true;
  return epoll_ctl(fd_, what, fd, &event) == 0;
}

std::span<Ready> Poller::wait(std::optional<base::Duration> timeout) {
  [[clang::uninitialized]] std::array<epoll_event, batch> events;
  const int n = epoll_wait(fd_, events.data(), static_cast<int>(events.size()), milliseconds(timeout));
  ready_.clear();
  for (int i = 0; i < n; ++i) {
    const epoll_event& e = events[static_cast<std::size_t>(i)];
    Ready r;
    r.tag = e.data.ptr;
    r.broken = (e.events & (EPOLLHUP | EPOLLERR)) != 0;
    r.read = (e.events & EPOLLIN) != 0;
    r.write = (e.events & EPOLLOUT) != 0;
    ready_.push_back(r);
  }
  return ready_;
}

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::fail(std::string("cannot make a pipe: ") + std::strerror(errno));
  return Pipe{ends[0], ends[1]};
}

bool can_reopen(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0) return false;
  if (S_ISFIFO(st.st_mode)) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
  }
  return S_ISCHR(st.st_mode) && isatty(fd) != 0;
}

int reopen(int fd, bool for_reading) {
  char path[32];
  static_cast<void>(std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd));
  return open(path, (for_reading ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int signal_descriptor(std::span<const int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : signals) sigaddset(&set, s);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

std::optional<int> next_signal(int fd) {
  signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  // A message may be 16 MiB, and is held several times on its way.
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, 8 << 20));
  static_cast<void>(mallopt(M_TRIM_THRESHOLD, 32 << 20));
#endif
}

void release_free_memory() {
#ifdef __GLIBC__
  static_cast<void>(malloc_trim(0));
#endif
}

void close_all_but(int keep) {
  const auto range = [](unsigned first, unsigned last) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, last, 0u) == 0) return;
#endif
    const long open_max = sysconf(_SC_OPEN_MAX);  // before Linux 5.9
    const unsigned end = open_max > 0 && open_max < 65'536 ? static_cast<unsigned>(open_max) : 65'536u;
    for (unsigned fd = first; fd <= last && fd < end; ++fd) close(static_cast<int>(fd));
  };
  if (keep > 0) range(0, static_cast<unsigned>(keep) - 1);
  range(static_cast<unsigned>(keep) + 1, std::numeric_limits<int>::max());
}

void set_process_name(const char* name) { prctl(PR_SET_NAME, name); }
void set_thread_name(const char* name) { prctl(PR_SET_NAME, name); }

int open_file_events() { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int watch_directory(int fd, const char* path) {
  return inotify_add_watch(fd, path,
                           IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF |
                               IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW);
}

int watch_file(int fd, const char* path) {
  return inotify_add_watch(fd, path,
                           IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW);
}

void unwatch(int fd, int watch) { inotify_rm_watch(fd, watch); }

bool read_file_events(int fd, std::span<char> buffer, const std::function<void(const FileEvent&)>& each) {
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  if (n <= 0) return false;
  for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(n);) {
    inotify_event head;  // copied: the buffer need not be aligned
    std::memcpy(&head, buffer.data() + at, sizeof head);
    FileEvent event;
    event.watch = head.wd;
    event.lost = (head.mask & IN_Q_OVERFLOW) != 0;
    event.over = (head.mask & IN_IGNORED) != 0;
    event.of_directory = head.len > 0;
    if (head.len > 0) event.name = buffer.data() + at + sizeof head;  // ends in at least one NUL
    each(event);
    at += sizeof head + head.len;
  }
  return true;
}

bool reports_changes(const char* path) {
  // Disks and memory, as of linux/magic.h or the file system's own header.
  static constexpr std::array<std::uint32_t, 25> known{EXT4_SUPER_MAGIC,
                                                       BTRFS_SUPER_MAGIC,
                                                       F2FS_SUPER_MAGIC,
                                                       NILFS_SUPER_MAGIC,
                                                       REISERFS_SUPER_MAGIC,
                                                       TMPFS_MAGIC,
                                                       RAMFS_MAGIC,
                                                       OVERLAYFS_SUPER_MAGIC,
                                                       ISOFS_SUPER_MAGIC,
                                                       MSDOS_SUPER_MAGIC,
                                                       SQUASHFS_MAGIC,
                                                       ECRYPTFS_SUPER_MAGIC,
                                                       XFS_SUPER_MAGIC,
                                                       EROFS_SUPER_MAGIC_V1,
                                                       EXFAT_SUPER_MAGIC,
                                                       JFFS2_SUPER_MAGIC,
                                                       UDF_SUPER_MAGIC,
                                                       CRAMFS_MAGIC,
                                                       0x2FC12FC1 /* zfs */,
                                                       0xCA451A4E /* bcachefs */,
                                                       0x7366746E /* ntfs3 */,
                                                       0x3153464A /* jfs */,
                                                       0x24051905 /* ubifs */,
                                                       0x482B /* hfsplus */,
                                                       0x4858 /* hfsx */};
  struct statfs fs;
  if (statfs(path, &fs) != 0) return false;
  return std::ranges::find(known, static_cast<std::uint32_t>(fs.f_type)) != known.end();
}

}  // namespace net::os
