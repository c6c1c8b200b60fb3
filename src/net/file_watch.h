// Says on the loop that a file may have changed, whatever was done to it or to the way to it: edited in place, replaced
// by rename, removed and made anew, a link or a directory on the way exchanged (Kubernetes swaps a ConfigMap that way),
// its mode or owner changed. It reads nothing: whoever is told opens the file and looks.
//
// How: inotify on the directory of every look-up of the path (net/path_walk.h), filtered by name, and on the file
// itself. After each event the way is walked anew and the watches follow. Where events cannot be had (network file
// systems, FUSE, /proc, the user's limits, a directory that may not be read) the file's state is looked at every few
// seconds, and `note` says so once.
//
// What must stay true:
// - No false silence: watches are armed first and the state is compared afterwards, until walking once more finds the
//   watches as they should be; what happened in between shows as a difference. Lost events count as a change. A false
//   alarm costs the owner one look.
// - A flood of events costs the loop a constant amount of work a turn and at most 50 turns a second.
// - One descriptor, close-on-exec; memory and watches are those of the present way.
// Not seen: a mount put over a directory of the way, and writes through mmap until the file system takes notice.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/os.h"
#include "net/path_walk.h"
#include "net/worker.h"

namespace net {

class FileWatch {
 public:
  struct Options {
    base::Duration quiet = std::chrono::milliseconds(100);    // calls back this long after the last event
    base::Duration longest = std::chrono::milliseconds(500);  // but at most this long after the first one
    base::Duration poll = std::chrono::seconds(5);            // where events cannot be had
    // For looking at file systems that may hang; must outlive the watch. Without it they are looked at on the loop.
    Worker* worker = nullptr;
    // The file as the owner has read it, if he has: a difference when the watch begins is reported as a change. Without
    // it the owner reads the file after he has made the watch.
    std::optional<FileIdentity> known;
    bool events = true;  // false: only looks every `poll`
  };
  using Note = std::function<void(const std::string&)>;

  // Begins at once (some forty system calls, 0.1 ms, on this thread and on whatever the path leads to). `changed` and
  // `note` are called from the loop, never from within the constructor; they must not destroy the watch. `path` may
  // lead nowhere yet; if it is relative, it begins at the working directory of the moment.
  FileWatch(Loop& loop, std::string path, std::function<void()> changed, Note note, Options options);
  FileWatch(Loop& loop, std::string path, std::function<void()> changed, Note note)
      : FileWatch(loop, std::move(path), std::move(changed), std::move(note), Options()) {}
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // The file's state is looked at every `poll`, because events do not tell all.
  bool polling() const { return !unwatched_.empty(); }
  // Watches that are armed; for tests.
  std::size_t watches() const { return armed_.size(); }

 private:
  enum class Cause { start, event, poll };
  struct Armed {
    int watch;
    std::string name;  // the entry that matters; "" for the file itself
    bool operator==(const Armed&) const = default;
  };

  void take_events();
  void look(Cause cause);
  void arrive(const Walk& walk, Cause cause);
  bool arm(const Walk& walk);
  bool arm_one(int watch, std::string name, const std::string& what, std::vector<Armed>& now);
  bool open_events();
  void release(const std::vector<Armed>& keep);
  void compare(const Walk& walk, Cause cause);
  void report();
  void say_once();
  void say();

  Loop& loop_;
  const std::string path_;
  const std::function<void()> changed_;
  const Note note_;
  const Options options_;

  int fd_ = -1;
  std::unique_ptr<Watch> ready_;
  std::vector<Armed> armed_;
  std::string unwatched_;  // why events do not tell all; "": they do

  Walk::End last_;
  bool looked_ = false;   // last_ is valid
  bool looking_ = false;  // a walk is with the worker
  bool again_ = false;    // something happened meanwhile
  bool slow_ = false;     // the way leads over file systems that may hang
  bool echo_ = false;     // a difference was seen by looking; see compare()
  bool said_ = false;
  int tries_ = 0;  // walks since the watches were last as they should be

  std::optional<base::BootTime> first_;  // event that was not yet reported
  Timer due_, breath_, poll_, say_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false for walks that come back too late
};

}  // namespace net
