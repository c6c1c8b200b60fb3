// The layout of the switch, the order of a command's steps, and what happens when one fails.
#include "store/pause_switch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/strings.h"

namespace store {
namespace {

constexpr std::size_t switch_bytes = 4096;
// In the byte order of this machine: the file never leaves it.
struct Head {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t unused;
  std::uint64_t generation;
};
constexpr std::array<char, 8> magic{'I', 'C', 'P', 'A', 'U', 'S', 'E', '\n'};
constexpr std::uint32_t version = 1;
static_assert(sizeof(Head) == 24 && alignof(Head) == 8);
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free, "a load must not write: the page is read-only");

std::atomic_ref<std::uint64_t> counter(void* address) {
  return std::atomic_ref<std::uint64_t>(static_cast<Head*>(address)->generation);
}

base::Result<void> check_switch(int fd, const std::string& path) {
  if (auto checked = check_private(fd, path); !checked) return checked;
  struct stat info{};
  Head head{};
  if (::fstat(fd, &info) != 0) return fail_errno("cannot look at " + path, errno);
  const std::string mend = "; move it away, and stop the instances that have it open";
  if (info.st_size != static_cast<off_t>(switch_bytes))
    return base::fail(path + " is not a pause switch: it has " + std::to_string(info.st_size) + " bytes, not 4096" +
                      mend);
  if (::pread(fd, &head, sizeof head, 0) != static_cast<ssize_t>(sizeof head) || head.magic != magic)
    return base::fail(path + " is not a pause switch" + mend);
  if (head.version != version)
    return base::fail(path + " is a pause switch of another version of intercept (" + std::to_string(head.version) +
                      ")" + mend);
  return {};
}

void wait_a_little() {
  const timespec ten_ms{0, 10'000'000};
  ::nanosleep(&ten_ms, nullptr);
}

}  // namespace

// --- The switch ---

base::Result<PauseSwitch> PauseSwitch::open(const std::string& directory, base::Random& random,
                                            base::Duration patience) {
  PauseSwitch opened(directory, random, patience);
  if (auto mapped = opened.map(); !mapped) return std::unexpected(mapped.error());
  return opened;
}

base::Result<std::vector<Pause>> PauseSwitch::look(const std::string& directory, base::Random& random) {
  const PauseSwitch paths(directory, random, {});
  const auto there = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
  if (!there(paths.switch_path()) && !there(paths.list_path())) return {};
  const auto opened = open(directory, random);
  if (!opened) return std::unexpected(opened.error());
  auto pauses = opened->read();
  if (!pauses) return std::unexpected(pauses.error());
  return std::move(pauses->list);
}

PauseSwitch::~PauseSwitch() {
  if (map_.address != nullptr) ::munmap(map_.address, switch_bytes);
}

PauseSwitch::PauseSwitch(PauseSwitch&& other) noexcept
    : directory_(std::move(other.directory_)),
      random_(other.random_),
      patience_(other.patience_),
      map_(std::exchange(other.map_, Map())) {}

base::Result<File> PauseSwitch::open_file_of_switch() const {
  const std::string path = switch_path();
  for (int attempt = 0; attempt < 2; ++attempt) {
    File file(open_file(path, O_RDWR | O_NONBLOCK));
    if (file.get() >= 0) {
      if (auto checked = check_switch(file.get(), path); !checked) return std::unexpected(checked.error());
      if (auto checked = check_private_directory(directory_); !checked) return std::unexpected(checked.error());
      return file;
    }
    if (errno == ELOOP) return base::fail(path + " is a symbolic link; remove it");
    if (errno != ENOENT) return fail_errno("cannot open " + path, errno);
    if (auto created = create(); !created) return std::unexpected(created.error());
  }
  return base::fail(path + " vanished while it was made");
}

// Written under a name of its own and linked to its right one: nobody sees half of it, and of two that try at once one
// wins.
base::Result<void> PauseSwitch::create() const {
  if (auto made = make_directories(directory_); !made) return made;
  Head head{magic, version, 0, 0};
  // Not zero: whoever has another switch mapped sees that this one is new.
  random_->fill(std::as_writable_bytes(std::span(&head.generation, 1)));
  head.generation >>= 1;
  std::string page(switch_bytes, '\0');
  std::memcpy(page.data(), &head, sizeof head);
  const std::string draft = switch_path() + "." + base::random_hex(*random_, 8);
  const File file(open_file(draft, O_WRONLY | O_CREAT | O_EXCL));
  if (file.get() < 0) return fail_errno("cannot create " + draft, errno);
  std::size_t written = 0;
  int error = write_all(file.get(), page, written);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::link(draft.c_str(), switch_path().c_str()) != 0 && errno != EEXIST) error = errno;
  ::unlink(draft.c_str());
  if (error != 0) return fail_errno("cannot create " + switch_path(), error);
  return {};
}

base::Result<void> PauseSwitch::map() {
  auto file = open_file_of_switch();
  if (!file) return std::unexpected(file.error());
  struct stat info{};
  if (::fstat(file->get(), &info) != 0) return fail_errno("cannot look at " + switch_path(), errno);
  void* address = ::mmap(nullptr, switch_bytes, PROT_READ, MAP_SHARED, file->get(), 0);
  if (address == MAP_FAILED) return fail_errno("cannot map " + switch_path(), errno);
  if (map_.address != nullptr) ::munmap(map_.address, switch_bytes);
  map_ = {address, info.st_dev, info.st_ino};
  return {};
}

std::uint64_t PauseSwitch::generation() const { return counter(map_.address).load(std::memory_order_acquire); }

base::Result<bool> PauseSwitch::renew() {
  struct stat info{};
  if (::lstat(switch_path().c_str(), &info) == 0 && info.st_dev == map_.device && info.st_ino == map_.inode)
    return false;
  if (auto mapped = map(); !mapped) return std::unexpected(mapped.error());
  return true;
}

// --- The list ---

base::Result<Pauses> PauseSwitch::read() const {
  Pauses pauses;
  pauses.generation = generation();  // first: what changes from now on is seen at the next message
  auto list = read_list();
  if (!list) return std::unexpected(list.error());
  pauses.list = std::move(*list);
  return pauses;
}

base::Result<std::vector<Pause>> PauseSwitch::read_list() const {
  const std::string path = list_path();
  const auto fail = [](const std::string& why) { return base::fail("the pause file cannot be read: " + why); };
  const File file(open_file(path, O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return {};
    return fail(errno == ELOOP ? path + " is a symbolic link" : path + ": " + std::strerror(errno));
  }
  if (auto checked = check_private(file.get(), path); !checked) return fail(checked.error().message);
  const auto text = read_rest(file.get(), max_pause_file, path);
  if (!text) return fail(text.error().message);
  auto list = parse_pauses(*text);
  if (!list) return fail(path + ": " + list.error().message);
  return list;
}

base::Result<void> PauseSwitch::write_list(const std::vector<Pause>& list) const {
  if (!list.empty()) return replace_file(list_path(), pauses_text(list), *random_);
  // No file is an empty list; this works on a full disk, too.
  if (::unlink(list_path().c_str()) != 0 && errno != ENOENT) return fail_errno("cannot remove " + list_path(), errno);
  return {};
}

bool PauseSwitch::make_unreadable() const {
  const File file(open_file(list_path(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK));
  return file.get() >= 0;
}

// --- Commands ---

base::Result<File> PauseSwitch::lock() const {
  const auto rounds = std::max<std::int64_t>(patience_ / std::chrono::milliseconds(10), 1);
  for (std::int64_t i = 0; i < rounds; ++i) {
    auto file = open_file_of_switch();
    if (!file) return file;
    if (::flock(file->get(), LOCK_EX | LOCK_NB) == 0) {
      // It may have been removed since it was opened: then others lock another one.
      struct stat ours{}, named{};
      if (::fstat(file->get(), &ours) == 0 && ::lstat(switch_path().c_str(), &named) == 0 &&
          ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
        return file;
    } else if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail_errno("cannot lock " + switch_path(), errno);
    }
    wait_a_little();
  }
  return base::fail("another intercept command holds the lock of " + switch_path() + "; end it (fuser " +
                    shell_word(switch_path()) + " lists who has the file open) and try again");
}

// The list is as it should be: tells the instances, then makes it durable.
base::Result<void> PauseSwitch::finish(int fd) const {
  void* address = ::mmap(nullptr, switch_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED)
    return fail_errno("the list is changed, but running instances cannot be told: cannot map " + switch_path(), errno);
  counter(address).fetch_add(1, std::memory_order_acq_rel);
  ::munmap(address, switch_bytes);
  if (auto synced = sync_directory(directory_); !synced)
    return base::fail("it is in force, but may not outlive a crash of the machine: " + synced.error().message);
  return {};
}

base::Result<PauseChange> PauseSwitch::pause(const std::string& server, const std::string& reason,
                                             const std::string& by, const base::Clock& clock) {
  const Pause pause{server, reason, base::rfc3339(clock.wall().time_since_epoch().count()), by};
  if (auto checked = check_pause(pause); !checked) return std::unexpected(checked.error());
  const auto file = lock();
  if (!file) return std::unexpected(file.error());
  const bool all = server == every_server;
  PauseChange change;
  auto list = read_list();
  if (list) {
    change.now = std::move(*list);
  } else if (all) {
    change.note = list.error().message + "; it was replaced";
  } else {
    return base::fail(list.error().message +
                      "; until that is mended everything is paused. To begin afresh, run: " + "intercept resume");
  }
  const auto found = std::ranges::find(change.now, server, &Pause::server);
  const bool known = found != change.now.end();
  if (!known) {
    if (change.now.size() >= max_pauses)
      return base::fail(std::to_string(max_pauses) + " servers are paused, more cannot be; pause all of them");
    change.now.push_back(pause);
    change.changed.push_back(pause);
  } else if (!reason.empty() && reason != found->reason) {
    found->reason = reason;
    found->by = by;
    change.changed.push_back(*found);
  }
  if (!change.changed.empty()) {
    if (auto written = write_list(change.now); !written) {
      if (!all || !make_unreadable()) return std::unexpected(written.error());
      change.note = written.error().message + "; everything is paused by an unreadable list instead";
    }
  }
  if (auto finished = finish(file->get()); !finished) return std::unexpected(finished.error());
  return change;
}

base::Result<PauseChange> PauseSwitch::resume(const std::optional<std::string>& server) {
  const auto file = lock();
  if (!file) return std::unexpected(file.error());
  PauseChange change;
  auto list = read_list();
  if (!list && server)
    return base::fail(list.error().message +
                      "; until that is mended everything is paused. To begin afresh, run: " + "intercept resume");
  if (!list) change.note = list.error().message + "; it was removed";
  for (Pause& p : list ? *list : std::vector<Pause>()) {
    auto& side = !server || p.server == *server ? change.changed : change.now;
    side.push_back(std::move(p));
  }
  if (!change.changed.empty() || !list) {
    if (auto written = write_list(change.now); !written) return std::unexpected(written.error());
  }
  if (auto finished = finish(file->get()); !finished) return std::unexpected(finished.error());
  return change;
}

}  // namespace store
