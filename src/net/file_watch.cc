// walk, arm, walk again until nothing new had to be armed; compare; report after a pause.
#include "net/file_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "base/strings.h"

namespace net {
namespace {

constexpr std::size_t buffer_bytes = 16 << 10;
constexpr int reads_a_turn = 4;
constexpr int max_tries = 8;
// Between two readings of the events: a busy directory wakes the loop no more often.
constexpr base::Duration breath = std::chrono::milliseconds(20);

std::string seconds_text(base::Duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string quoted(const std::string& path) { return "\"" + base::printable(path, 4096) + "\""; }

std::string limit_problem(int error) {
  if (error == EMFILE)
    return "this user's limit of inotify instances (fs.inotify.max_user_instances) or of open files is reached";
  if (error == ENOSPC) return "this user's limit of inotify watches (fs.inotify.max_user_watches) is reached";
  return std::strerror(error);
}

}  // namespace

FileWatch::FileWatch(Loop& loop, std::string path, std::function<void()> changed, Note note, Options options)
    : loop_(loop),
      path_(std::move(path)),
      changed_(std::move(changed)),
      note_(std::move(note)),
      options_(options),
      due_(loop,
           [this] {
             first_.reset();
             changed_();
           }),
      breath_(loop, [this] { ready_->set(true, false); }),
      poll_(loop, [this] { look(Cause::poll); }),
      say_(loop, [this] { say(); }) {
  look(Cause::start);
}

FileWatch::~FileWatch() {
  *alive_ = false;
  ready_.reset();
  if (fd_ >= 0) ::close(fd_);
}

// --- Events ---

void FileWatch::take_events() {
  bool happened = false, moved = false;
  const auto each = [&](const os::FileEvent& event) {
    if (event.lost) {
      happened = moved = true;
      return;
    }
    const auto concerns = [&](const Armed& a) {
      if (a.watch != event.watch) return false;
      return event.over || !event.of_directory || a.name == event.name;
    };
    const auto found = std::ranges::find_if(armed_, concerns);
    if (found == armed_.end()) return;
    happened = true;
    moved = moved || event.over || !found->name.empty();
    if (event.over) std::erase_if(armed_, [&](const Armed& a) { return a.watch == event.watch; });
  };
  std::array<char, buffer_bytes> buffer;
  for (int i = 0; i < reads_a_turn && os::read_file_events(fd_, buffer, each); ++i) {
  }
  ready_->set(false, false);
  breath_.after(breath);
  if (!happened) return;
  report();
  if (moved) look(Cause::event);
}

void FileWatch::report() {
  const base::BootTime now = loop_.clock().boot();
  if (!first_) first_ = now;
  due_.at(std::min(now + options_.quiet, *first_ + options_.longest));
}

// --- The way ---

void FileWatch::look(Cause cause) {
  if (looking_) {
    again_ = true;
    return;
  }
  if (slow_ && options_.worker != nullptr) {
    const auto walk = [path = path_] { return walk_path(path); };
    const auto done = [this, alive = alive_, cause](const Walk& found) {
      if (!*alive) return;
      looking_ = false;
      arrive(found, cause);
    };
    looking_ = options_.worker->ask(walk, done).has_value();
    if (!looking_) poll_.after(options_.poll);  // it is busy: next time
    return;
  }
  arrive(walk_path(path_), cause);
}

void FileWatch::arrive(const Walk& walk, Cause cause) {
  slow_ = !walk.reports();
  const bool settled = !walk.raced && arm(walk);
  compare(walk, cause);
  tries_ = settled ? 0 : tries_ + 1;
  if (tries_ >= max_tries) {  // somebody exchanges directories as fast as we look
    tries_ = 0;
    poll_.after(options_.quiet);
  } else if (!settled || std::exchange(again_, false)) {
    look(Cause::event);
  } else if (polling()) {
    poll_.after(options_.poll);
  } else {
    poll_.cancel();
  }
}

void FileWatch::compare(const Walk& walk, Cause cause) {
  bool different = false;
  if (!looked_)
    different = options_.known && (walk.end.error != 0 || walk.end.file != *options_.known);
  else
    different = walk.end != last_;
  looked_ = true;
  // A second write within one tick of the file system's clock looks like the first. Where only looking tells, a change
  // is therefore reported once more at the next look.
  const bool echo = echo_ && cause == Cause::poll;
  if (different || echo) report();
  if (different)
    echo_ = polling();
  else if (echo)
    echo_ = false;
  last_ = walk.end;
}

// Makes the watches those that `walk` asks for. True: they were so already, so that nothing was missed since.
bool FileWatch::arm(const Walk& walk) {
  unwatched_.clear();
  std::vector<Armed> now;
  bool raced = false;
  if (!options_.events) {
    unwatched_ = "watching is switched off";
  } else if (open_events()) {
    if (walk.hops.empty()) unwatched_ = "it names no file";
    if (!walk.complete) unwatched_ = "not every directory on the way to it can be looked into";
    for (const Hop& hop : walk.hops) {
      if (!hop.reports)
        unwatched_ = quoted(hop.directory) + " is on a file system that does not report all changes";
      else
        raced |= !arm_one(os::watch_directory(fd_, hop.directory.c_str()), hop.name, hop.directory, now);
    }
    if (!walk.file.empty()) {
      if (!walk.file_reports)
        unwatched_ = quoted(walk.file) + " is on a file system that does not report all changes";
      else
        raced |= !arm_one(os::watch_file(fd_, walk.file.c_str()), "", walk.file, now);
    }
  }
  const bool fresh =
      std::ranges::any_of(now, [&](const Armed& a) { return std::ranges::find(armed_, a) == armed_.end(); });
  release(now);
  armed_ = std::move(now);
  if (polling()) say_once();
  return !fresh && !raced;
}

// False: what was to be watched is not there any more; the way has changed since it was walked.
bool FileWatch::arm_one(int watch, std::string name, const std::string& what, std::vector<Armed>& now) {
  if (watch >= 0) {
    Armed armed{watch, std::move(name)};
    if (std::ranges::find(now, armed) == now.end()) now.push_back(std::move(armed));
    return true;
  }
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return false;
  unwatched_ = quoted(what) + " cannot be watched: " + limit_problem(errno);
  return true;
}

bool FileWatch::open_events() {
  if (fd_ >= 0) return true;
  fd_ = os::open_file_events();
  if (fd_ < 0) {
    unwatched_ = limit_problem(errno);
    return false;
  }
  ready_ = std::make_unique<Watch>(loop_, fd_, [this](Watch::Ready) { take_events(); });
  ready_->set(true, false);
  return true;
}

void FileWatch::release(const std::vector<Armed>& keep) {
  for (auto a = armed_.begin(); a != armed_.end(); ++a) {
    const auto same = [&](const Armed& other) { return other.watch == a->watch; };
    const bool done = std::any_of(armed_.begin(), a, same);  // several names, one watch
    if (!done && std::ranges::none_of(keep, same)) os::unwatch(fd_, a->watch);
  }
}

void FileWatch::say_once() {
  if (!std::exchange(said_, true)) say_.at(loop_.clock().boot());
}

void FileWatch::say() {
  if (!polling()) {
    said_ = false;  // it has passed already
  } else if (note_) {
    note_("changes of " + quoted(path_) + " are looked for every " + seconds_text(options_.poll) + ": " + unwatched_);
  }
}

}  // namespace net
