// Which file is written to: beginning one, finishing it and beginning the next, and noticing that somebody removed it.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "store/audit_dir.h"
#include "store/audit_file.h"

namespace store {
namespace {

constexpr base::Duration look_every = std::chrono::seconds(1);
constexpr base::Duration retry_after = std::chrono::seconds(60);
constexpr int new_file = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NONBLOCK;

}  // namespace

AuditFile::AuditFile(AuditParts parts, const AuditOptions& options)
    : instance_(parts.instance),
      clock_(parts.clock),
      key_source_(std::move(parts.key)),
      note_(std::move(parts.note)),
      io_(parts.io != nullptr ? *parts.io : system_),
      options_(options),
      directory_(audit_directory(instance_.directory())) {}

// A process that recorded nothing leaves nothing; one that could not write its end is found by the next.
AuditFile::~AuditFile() {
  if (file_.get() >= 0 && !recorded_ && size_ == 0) io_.unlink(path());
  if (ended_ || !recorded_) instance_.end();
}

std::string AuditFile::current_path() const { return directory_ + "/" + log_name(instance_.name(), 0); }
std::string AuditFile::numbered_path() const { return directory_ + "/" + log_name(instance_.name(), number_); }
std::string AuditFile::path() const { return renamed_ ? numbered_path() : current_path(); }

void AuditFile::tell_once(bool& told, const std::string& text) {
  if (!std::exchange(told, true) && note_) note_(text);
}

base::Result<void> AuditFile::make_ready(std::size_t bytes) {
  if (file_.get() < 0) return begin_log();
  mend();
  if (torn_ && !has_block_) return begin_anew();
  if (!has_block_) return {};
  const base::BootTime now = clock_.boot();
  if (now - last_look_ >= look_every) {
    if (auto looked = look(); !looked) return looked;
  }
  const bool full = size_ + bytes > options_.max_bytes || now - begun_ >= options_.max_age;
  if (full && has_block_ && !torn_ && now >= retry_rotation_) rotate();
  return {};
}

base::Result<void> AuditFile::begin_log() {
  if (auto held = instance_.ensure(); !held) tell_once(told_run_file_, "audit: " + held.error().message);
  if (auto made = make_directories(directory_); !made) return made;
  const std::string name = current_path();
  File file(io_.open(name, new_file));
  if (file.get() < 0 && errno == EEXIST) return base::fail(name + " exists: it is the log of another process");
  if (file.get() < 0) return fail_errno("cannot create " + name, errno);
  start_file(std::move(file), number_, std::move(previous_));
  return {};
}

// The first block of a file could neither be written nor taken back: a log must not begin in the middle of a line.
// Nothing is recorded in it; it goes.
base::Result<void> AuditFile::begin_anew() {
  if (io_.unlink(path()) != 0) return fail_errno("cannot begin " + path() + " anew", errno);
  file_ = File();
  torn_.reset();
  return begin_log();
}

void AuditFile::start_file(File file, std::uint64_t number, std::string previous) {
  file_ = std::move(file);
  number_ = number;
  previous_ = std::move(previous);
  chain_.emplace(instance_.name(), number_, previous_);
  size_ = block_begin_ = 0;
  has_block_ = renamed_ = directory_synced_ = false;
  torn_.reset();
  begun_ = last_look_ = clock_.boot();
}

// Once a second at most: is the file still there, and as long as we left it?
base::Result<void> AuditFile::look() {
  last_look_ = clock_.boot();
  if (auto held = instance_.refresh(); !held) tell_once(told_run_file_, "audit: " + held.error().message);
  struct stat info{};
  if (::fstat(file_.get(), &info) != 0) return {};
  const bool removed = info.st_nlink == 0;
  if (!removed && static_cast<std::uint64_t>(info.st_size) == size_) return {};
  if (note_) {
    note_("audit: somebody " + std::string(removed ? "removed " : "wrote to ") + path() + "; a new file is begun");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
  return begin_after_loss(removed);
}

// The chain goes on in the next file. What is in the way is moved to where the lost file would stand.
base::Result<void> AuditFile::begin_after_loss(bool removed) {
  if (!renamed_) {
    if (io_.rename(current_path(), numbered_path()) != 0 && errno != ENOENT && !removed) {
      rotation_failed("cannot rename " + current_path(), errno);
      return {};
    }
  }
  File next(io_.open(current_path(), new_file));
  if (next.get() >= 0) {
    start_file(std::move(next), number_ + 1, chain_->text());
    return {};
  }
  if (removed) return fail_errno("the log was removed, and another cannot be created: " + current_path(), errno);
  renamed_ = true;
  rotation_failed("cannot create " + current_path(), errno);
  return {};
}

// The next file is created before anything else, the end of the old one is written last: until then all can be undone,
// and whatever fails the old file goes on.
void AuditFile::rotate() {
  const std::string current = current_path();
  const std::string draft = directory_ + "/" + next_log_draft(instance_.name(), number_ + 1);
  File next(io_.open(draft, new_file));
  if (next.get() < 0 && errno == EEXIST && io_.unlink(draft) == 0) next = File(io_.open(draft, new_file));
  if (next.get() < 0) return rotation_failed("cannot create " + draft, errno);
  if (!renamed_ && io_.rename(current, numbered_path()) != 0) {
    rotation_failed("cannot rename " + current, errno);
    io_.unlink(draft);
    return;
  }
  renamed_ = true;
  if (io_.rename(draft, current) != 0) {
    rotation_failed("cannot create " + current, errno);
    io_.unlink(draft);
    return unname(current);
  }
  std::string end;
  append_own(end, "file_end", std::array{audit::Field::number_of("file", static_cast<std::int64_t>(number_))});
  if (auto ended = write_block(end, true); !ended) {
    rotation_failed(ended.error().message, 0);
    io_.unlink(current);
    return unname(current);
  }
  start_file(std::move(next), number_ + 1, chain_->text());
  house_is_due_ = true;
  told_rotation_ = false;
}

// Gives the old file its name back. If that fails it goes on under its number.
void AuditFile::unname(const std::string& current) {
  if (io_.rename(numbered_path(), current) == 0) renamed_ = false;
}

void AuditFile::rotation_failed(const std::string& what, int error) {
  retry_rotation_ = clock_.boot() + retry_after;
  const std::string why = error == 0 ? what : fail_errno(what, error).error().message;
  tell_once(told_rotation_, "audit: the next log file cannot be begun, " + path() + " goes on: " + why);
}

void AuditFile::keep_house() {
  const auto append = [this](std::string_view event, std::span<const audit::Field> fields) {
    std::string line;
    append_own(line, event, fields);
    return write_block(line, true);
  };
  const auto kept = store::keep_house(instance_.directory(), instance_.name(), options_.keep, clock_.wall(), append);
  if (!kept) tell_once(told_house_, "audit: old logs are not looked after: " + kept.error().message);
}

}  // namespace store
