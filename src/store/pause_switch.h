// The pause switch: `intercept pause` stops every running instance of this user at once, and an instance sees it
// without a system call per message.
//
// Two files of the state directory:
//   switch       4096 bytes, mapped by all; holds a counter, the generation, that is incremented after every command
//   paused.json  what is paused (pause_list.h); replaced whole
// An instance compares generation() with the one it last read, per message, and reads the list only when they differ.
//
// What must stay true:
// - Fail closed: if the list or the switch cannot be read, the caller refuses ruled messages as if all were paused.
// - The list is replaced before the generation changes. Every command changes it, also one that finds the list as it
//   should be: the command before may have died between the two.
// - Writers hold flock on `switch` from reading the list to replacing it, so that no pause is lost.
// - Both files are ours alone (0600, no links). A switch that is too short is refused, because the pages that it lacks
//   would be a SIGBUS. If our own user truncates it while it is mapped, the next message kills this process: that fails
//   closed, for the watchdog kills the server (net/watchdog.h).
// Both files must be on a local file system (filesystem.h).
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/files.h"
#include "store/pause_list.h"

namespace store {

struct Pauses {
  std::uint64_t generation = 0;  // as it was before the list was read
  std::vector<Pause> list;
  std::vector<Pause> pauses_for(std::string_view server) const { return store::pauses_for(list, server); }
};

// What a command did.
struct PauseChange {
  std::vector<Pause> changed;  // set, or taken away; empty: it was so already
  std::vector<Pause> now;      // the list as it is now
  std::string note;            // what else the user should know; or ""
};

class PauseSwitch {
 public:
  // Maps `directory`/switch; makes directory and file if they are not there. Call at the first ruled message, not at
  // start. `random` must outlive the switch. Errors: no permission, a switch of another user, size, mode or kind.
  // `patience`: how long commands wait for each other.
  static base::Result<PauseSwitch> open(const std::string& directory, base::Random& random,
                                        base::Duration patience = std::chrono::seconds(5));
  // What is paused, for somebody who only looks: where nothing was ever paused nothing is made.
  static base::Result<std::vector<Pause>> look(const std::string& directory, base::Random& random);
  ~PauseSwitch();
  PauseSwitch(PauseSwitch&& other) noexcept;
  PauseSwitch& operator=(PauseSwitch&&) = delete;

  // --- An instance ---

  // One load from memory. Any thread.
  std::uint64_t generation() const;
  // The list. No file: nothing is paused. The error's text is the reason to give: "the pause file cannot be read: …".
  // A few system calls on a small local file; may be done on the loop.
  base::Result<Pauses> read() const;
  // Maps the switch anew if the file under its name is another one by now (somebody cleared the state directory):
  // `pause` would change a counter that nobody looks at. True if so; its generation is then a different one, so that
  // the list is read. One system call; call it before a message when the last call was a second ago, and not oftener.
  // An error: pause.
  base::Result<bool> renew();

  // --- The commands; they block (lock, fsync) ---

  // Pauses `server` (every_server: all of them). If it is paused already, its reason is replaced by a different one
  // that is not empty, and its time stays. If everything is to be paused and the list cannot be written (the disk is
  // full), it is made unreadable instead, which pauses everything, and `note` says so.
  base::Result<PauseChange> pause(const std::string& server, const std::string& reason, const std::string& by,
                                  const base::Clock& clock);
  // Takes away the pause of `server` (every_server: only the one that is for all), or all pauses. Look at `now`: the
  // server may still be paused with all others. Without `server` it also does away with a list that cannot be read.
  base::Result<PauseChange> resume(const std::optional<std::string>& server);

 private:
  struct Map {
    void* address = nullptr;
    dev_t device = 0;
    ino_t inode = 0;
  };
  PauseSwitch(std::string directory, base::Random& random, base::Duration patience)
      : directory_(std::move(directory)), random_(&random), patience_(patience) {}
  std::string switch_path() const { return directory_ + "/switch"; }
  std::string list_path() const { return directory_ + "/paused.json"; }

  base::Result<File> open_file_of_switch() const;
  base::Result<void> create() const;
  base::Result<void> map();
  base::Result<File> lock() const;
  base::Result<std::vector<Pause>> read_list() const;
  base::Result<void> write_list(const std::vector<Pause>& list) const;
  base::Result<void> finish(int fd) const;
  bool make_unreadable() const;

  std::string directory_;
  base::Random* random_;
  base::Duration patience_;
  Map map_;
};

}  // namespace store
