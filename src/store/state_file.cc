// Opening in steps, under a shared lock of $STATE/state.lock; moving a damaged file aside takes it exclusively, so that
// nobody opens a database whose log was already moved.
#include "store/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/strings.h"
#include "store/files.h"
#include "store/filesystem.h"

namespace store {
namespace {

using base::Duration;
using limits::Moment;
using limits::Why;

constexpr const char* suffixes[] = {"-wal", "-shm", ""};   // in the order in which they are moved
constexpr Duration loss_margin = std::chrono::seconds(5);  // what others may still have charged in the old file

constexpr const char* schema_sql = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE counters(id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, window TEXT NOT NULL, max TEXT,
  charged_by TEXT, state BLOB NOT NULL, UNIQUE(key, window));
CREATE TABLE segments(counter INTEGER NOT NULL, name INTEGER NOT NULL, steps BLOB NOT NULL,
  PRIMARY KEY(counter, name)) WITHOUT ROWID;
CREATE TABLE leases(counter INTEGER NOT NULL, owner TEXT NOT NULL, number INTEGER NOT NULL, amount BLOB NOT NULL,
  since INTEGER NOT NULL, PRIMARY KEY(counter, owner, number)) WITHOUT ROWID;
PRAGMA application_id = 1229144912;
PRAGMA user_version = 1;
)";  // the application id spells "ICEP"
constexpr std::string_view application_id = "1229144912";

std::unexpected<StateFailure> unavailable(std::string message) {
  return std::unexpected(StateFailure{Why::unavailable, false, std::move(message)});
}

std::string small_file(const char* path) {
  const File file(open_file(path, O_RDONLY));
  std::array<char, 256> bytes;
  const ssize_t n = file.get() < 0 ? 0 : read_up_to(file.get(), bytes);
  return n > 0 ? std::string(bytes.data(), static_cast<std::size_t>(n)) : std::string();
}

// A lock on $STATE/state.lock, held until the object is gone.
base::Result<File> lock_state(const std::string& directory, int how) {
  const std::string path = directory + "/state.lock";
  File file(open_file(path, O_RDWR | O_CREAT));
  if (file.get() < 0) return fail_errno("cannot open " + path, errno);
  if (auto checked = check_private(file.get(), path); !checked) return std::unexpected(checked.error());
  while (::flock(file.get(), how) != 0) {
    if (errno != EINTR) return fail_errno("cannot lock " + path, errno);
  }
  return file;
}

std::string stamp(const base::Clock& clock) {
  std::string text = base::rfc3339(clock.wall().time_since_epoch().count());
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

// There from before a damaged file is moved until the loss is written down in the new one: a process that dies between
// the two must not leave a file that knows nothing of it.
std::string moving_path(const std::string& path) { return path + ".moving"; }

off_t size_of(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

bool names(const std::string& path, ino_t inode) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && info.st_ino == inode;
}

// Moves the damaged file and what belongs to it aside.
base::Result<void> move_aside(const std::string& path, const std::string& aside) {
  {
    const File mark(open_file(moving_path(path), O_RDWR | O_CREAT));
    if (mark.get() < 0 || ::fsync(mark.get()) != 0) return fail_errno("cannot make " + moving_path(path), errno);
  }
  if (auto synced = sync_directory(path.substr(0, path.rfind('/'))); !synced) return synced;
  for (const char* suffix : suffixes) {
    if (::rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      return fail_errno("cannot move the damaged " + path + suffix + " aside", errno);
    }
  }
  return {};
}

}  // namespace

std::string this_boot() {
  std::string text(base::trimmed(small_file("/proc/sys/kernel/random/boot_id")));
  // In a time namespace the boot clock has an offset of its own: "boottime  SECONDS  NANOSECONDS".
  const std::string offsets = small_file("/proc/self/timens_offsets");
  if (const std::size_t at = offsets.find("boottime"); at != std::string::npos) {
    const std::string line(base::trimmed(offsets.substr(at + 8, offsets.find('\n', at) - at - 8)));
    if (line.find_first_of("123456789") != std::string::npos) text += " " + line;
  }
  return text;
}

StateFailure StateFile::failure(Sql code, const std::string& what) const {
  const std::string message = path_ + ": " + what + ": " + sqlite_.error();
  switch (code) {
    case Sql::busy:
      return {Why::busy, false, path_ + " is locked by another process"};
    case Sql::corrupt:
      return {Why::unavailable, true, message};
    default:
      return {Why::unavailable, false, message};
  }
}

void StateFile::close() { *this = StateFile(); }

bool StateFile::is_current() const {
  struct stat info{};
  return ::stat(path_.c_str(), &info) == 0 && info.st_ino == inode_ && info.st_dev == device_;
}

// Our own open and checks first: SQLite follows links and makes files that others may read.
std::expected<void, StateFailure> StateFile::open_file_at(const StateOptions& options, bool create) {
  path_ = options.directory + "/state.db";
  {
    if (create) const File made(open_file(path_, O_RDWR | O_CREAT | O_EXCL));  // else it is there, or shows below
    // O_PATH: closing any other descriptor of the file would take away the locks that another connection of this
    // process has on it (POSIX).
    const File file(open_file(path_, O_PATH));
    if (file.get() < 0) {
      if (errno == ENOENT) return unavailable(path_ + " does not exist: nothing was counted yet");
      return unavailable(fail_errno("cannot open " + path_, errno).error().message);
    }
    if (auto checked = check_private(file.get(), path_); !checked) return unavailable(checked.error().message);
    // SQLite takes an empty file for a new one and throws its log away. But a log is begun when the file has its first
    // page: so it was emptied, and the log holds what was counted. (In this order: another process may be making it.)
    const bool has_log = size_of(path_ + "-wal") > 0;
    struct stat info{};
    if (::fstat(file.get(), &info) != 0)
      return unavailable(fail_errno("cannot look at " + path_, errno).error().message);
    device_ = info.st_dev;
    inode_ = info.st_ino;
    if (has_log && info.st_size == 0) {
      return std::unexpected(StateFailure{Why::unavailable, true, path_ + ": is empty, and its log is not"});
    }
  }
  auto opened = Sqlite::open(path_, false);
  if (!opened) {
    const bool damaged = opened.error().code == Sql::corrupt;
    return std::unexpected(StateFailure{Why::unavailable, damaged, path_ + ": " + opened.error().message});
  }
  sqlite_ = std::move(*opened);
  sqlite_.set_wait(options.wait);
  return {};
}

std::expected<void, StateFailure> StateFile::set_up(const StateOptions& options, const base::Clock& clock,
                                                    base::Random& random) {
  // The first question reads the file: what is no database shows here. All in one transaction: another process may be
  // setting it up.
  static_cast<void>(sqlite_.run("BEGIN"));
  const auto tables = sqlite_.ask("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(failure(tables.error(), "cannot be read"));
  const auto version = sqlite_.ask("PRAGMA user_version");
  const auto owner = sqlite_.ask("PRAGMA application_id");
  if (!version || !owner) return std::unexpected(failure(owner ? version.error() : owner.error(), "cannot be read"));
  static_cast<void>(sqlite_.run("COMMIT"));
  if (*tables != "0" && *owner != application_id) {
    return unavailable(path_ +
                       " is another program's database; move it away, or name another directory with --state-dir");
  }
  if (*tables != "0" && *version != std::to_string(state_schema)) {
    return unavailable(path_ + " was written by another, newer version of Intercept (schema " + *version +
                       "); use that version, or name another directory with --state-dir");
  }
  // A kilobyte a page: what a charge changes is small, and whole pages are written.
  if (*tables == "0" && sqlite_.run("PRAGMA page_size = 1024") != Sql::done) {
    return std::unexpected(failure(Sql::failed, "cannot be set up"));
  }
  const auto mode = sqlite_.ask("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(failure(mode.error(), "cannot be set up"));
  if (*mode != "wal") return unavailable(path_ + ": no write-ahead log is possible on this file system");
  const std::string pragmas = std::string("PRAGMA synchronous = ") + (options.full_sync ? "FULL" : "NORMAL") +
                              "; PRAGMA journal_size_limit = 4194304;"
                              "PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;";
  if (const Sql code = sqlite_.run(pragmas.c_str()); code != Sql::done) {
    return std::unexpected(failure(code, "cannot be set up"));
  }
  if (const Sql code = sqlite_.run("BEGIN IMMEDIATE"); code != Sql::done) {
    return std::unexpected(failure(code, "cannot be locked"));
  }
  const auto made = read_meta((options.boot_id ? options.boot_id : this_boot)(), clock, random);
  const Sql end = sqlite_.run(made ? "COMMIT" : "ROLLBACK");
  if (!made) return made;
  if (end != Sql::done) return std::unexpected(failure(end, "cannot be written"));
  return {};
}

std::expected<void, StateFailure> StateFile::create_tables(base::Random& random) {
  Sql code = sqlite_.run(schema_sql);
  const std::string id = base::random_hex(random, 8);
  if (code == Sql::done) {
    Statement set = sqlite_.prepare("INSERT INTO meta VALUES('id', ?)");
    code = set.bind_text(1, id).run();
  }
  if (code != Sql::done) return std::unexpected(failure(code, "cannot be set up"));
  return {};
}

namespace {

// The table meta, one value at a time; what went wrong is remembered.
class Meta {
 public:
  explicit Meta(Sqlite& sqlite) : get_(sqlite.prepare("SELECT value FROM meta WHERE name = ?")) {}
  std::optional<std::string> text(std::string_view name) {
    const Sql code = get_.bind_text(1, name).step();
    std::optional<std::string> value;
    if (code == Sql::row) value = get_.text(0);
    if (code != Sql::row && code != Sql::done) failed = code;
    get_.reset();
    return value;
  }
  std::optional<std::int64_t> number(std::string_view name) {
    const auto value = text(name);
    std::int64_t n = 0;
    if (!value) return std::nullopt;
    const auto end = std::from_chars(value->data(), value->data() + value->size(), n);
    if (end.ec != std::errc() || end.ptr != value->data() + value->size()) failed = Sql::corrupt;
    return n;
  }
  Sql failed = Sql::done;

 private:
  Statement get_;
};

}  // namespace

Sql StateFile::look_for_loss() {
  Meta meta(sqlite_);
  const auto store = meta.number("lost_store"), wall = meta.number("lost_wall");
  if (meta.failed != Sql::done) return meta.failed;
  lost_.reset();
  if (store && wall) lost_ = Moment{base::BootTime(Duration(*store)), base::WallTime(Duration(*wall))};
  return Sql::done;
}

// Inside a transaction: tables if there are none, then the clock.
std::expected<void, StateFailure> StateFile::read_meta(const std::string& boot, const base::Clock& clock,
                                                       base::Random& random) {
  const auto tables = sqlite_.ask("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(failure(tables.error(), "cannot be read"));
  if (*tables == "0") {
    if (auto made = create_tables(random); !made) return made;
  }
  // A look at every page of a small file finds most damage now rather than at a charge.
  const auto pages = sqlite_.ask("PRAGMA page_count");
  if (pages && pages->size() <= 3) {
    const auto sound = sqlite_.ask("PRAGMA quick_check(1)");
    if (!sound || *sound != "ok") return std::unexpected(failure(Sql::corrupt, "is damaged"));
  }
  Meta meta(sqlite_);
  id_ = meta.text("id").value_or("");
  const auto known_boot = meta.text("boot");
  const auto offset = meta.number("offset"), seen_store = meta.number("seen_store"),
             seen_wall = meta.number("seen_wall");
  if (meta.failed == Sql::done) meta.failed = look_for_loss();
  if (meta.failed != Sql::done) return std::unexpected(failure(meta.failed, "cannot be read"));
  const std::int64_t boot_now = clock.boot().time_since_epoch().count();
  const std::int64_t wall_now = clock.wall().time_since_epoch().count();
  if (known_boot == boot && offset && seen_store && boot_now + *offset >= *seen_store) {
    offset_ = Duration(*offset);
    return {};
  }
  const std::int64_t passed = seen_wall && wall_now > *seen_wall ? wall_now - *seen_wall : 0;
  offset_ = Duration(seen_store.value_or(boot_now) + passed - boot_now);
  Statement set = sqlite_.prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)");
  const Sql code = set.bind_text(1, "boot").bind_text(2, boot).run();
  const Sql more = set.bind_text(1, "offset").bind(2, offset_.count()).run();
  const Sql last = mark_seen(now(clock));
  for (const Sql c : {code, more, last}) {
    if (c != Sql::done) return std::unexpected(failure(c, "cannot be written"));
  }
  return {};
}

Sql StateFile::mark_seen(const Moment& now) {
  Statement set = sqlite_.prepare("INSERT OR REPLACE INTO meta VALUES('seen_store', ?), ('seen_wall', ?)");
  return set.bind(1, now.boot.time_since_epoch().count()).bind(2, now.wall.time_since_epoch().count()).run();
}

std::expected<StateFile, StateFailure> StateFile::open(const StateOptions& options, bool create,
                                                       const base::Clock& clock, base::Random& random,
                                                       std::vector<std::string>& notes) {
  if (const auto network = network_file_system(options.directory)) {
    return unavailable(options.directory + " is on a network file system (" + *network +
                       "), where counters cannot be shared safely; name a local directory with --state-dir");
  }
  if (create) {
    if (auto made = make_directories(options.directory); !made) return unavailable(made.error().message);
  }
  StateFile file;
  {
    const auto lock = lock_state(options.directory, LOCK_SH);
    if (!lock) return unavailable(lock.error().message);
    // SQLite does not wait where two that begin a write-ahead log might wait for each other: then it is tried again.
    const auto gave_up = std::make_shared<bool>(!options.wait);
    StateOptions o = options;
    if (o.wait) o.wait = [wait = options.wait, gave_up](int i) { return *gave_up = !wait(i), !*gave_up; };
    auto opened = file.open_and_set_up(o, create, clock, random);
    for (int i = 0; !opened && opened.error().why == Why::busy && !*gave_up && options.wait(i); ++i) {
      file.close();
      opened = file.open_and_set_up(o, create, clock, random);
    }
    if (opened) return file;
    if (!opened.error().damaged || !create) return std::unexpected(opened.error());
    notes.push_back(opened.error().message);
  }
  const std::string path = file.path_;
  const ino_t inode = file.inode_;
  file.close();
  const auto lock = lock_state(options.directory, LOCK_EX);
  if (!lock) return unavailable(lock.error().message);
  // Else another process was faster: it moved the file, and made the mark.
  const bool ours = names(path, inode) || ::access(moving_path(path).c_str(), F_OK) == 0;
  if (ours) {
    const std::string aside = path + ".damaged-" + stamp(clock) + "-" + base::random_hex(random, 3);
    if (const auto moved = move_aside(path, aside); !moved) return unavailable(moved.error().message);
    notes.back() += ". It was moved to " + aside;
  }
  if (auto opened = file.open_file_at(options, create); !opened) return std::unexpected(opened.error());
  if (auto done = file.set_up(options, clock, random); !done) return std::unexpected(done.error());
  if (!ours) return file;
  if (auto marked = file.mark_lost(clock, notes); !marked) return std::unexpected(marked.error());
  if (::unlink(moving_path(path).c_str()) != 0) {
    return unavailable(fail_errno("cannot remove " + moving_path(path), errno).error().message);
  }
  return file;
}

std::expected<void, StateFailure> StateFile::open_and_set_up(const StateOptions& options, bool create,
                                                             const base::Clock& clock, base::Random& random) {
  if (auto opened = open_file_at(options, create); !opened) return opened;
  if (auto done = set_up(options, clock, random); !done) return done;
  if (::access(moving_path(path_).c_str(), F_OK) == 0) {
    return std::unexpected(
        StateFailure{Why::unavailable, true, path_ + ": it was damaged, and moving it was not finished"});
  }
  if (!options.damaged.empty() && options.damaged == id_) {
    return std::unexpected(StateFailure{Why::unavailable, true, path_ + ": a counter in it cannot be read"});
  }
  return {};
}

std::expected<void, StateFailure> StateFile::mark_lost(const base::Clock& clock, std::vector<std::string>& notes) {
  const Moment at = now(clock);
  lost_ = Moment{at.boot + loss_margin, at.wall + loss_margin};
  Statement set = sqlite_.prepare("INSERT OR REPLACE INTO meta VALUES('lost_store', ?), ('lost_wall', ?)");
  set.bind(1, lost_->boot.time_since_epoch().count()).bind(2, lost_->wall.time_since_epoch().count());
  if (const Sql code = set.run(); code != Sql::done) return std::unexpected(failure(code, "cannot be written"));
  notes.emplace_back(
      "What limits had counted is lost: they are held as used up until their windows have passed. A person can start "
      "them afresh: intercept limits reset --all");
  return {};
}

}  // namespace store
