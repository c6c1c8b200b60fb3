// The state database, $STATE/state.db: opening it, its tables, its clock, and what to do when it is damaged or gone.
//
// Its clock. Times in it are of a clock that never steps and goes on after a reboot: the boot clock plus an offset that
// the processes of one boot share. In a new boot the offset is set so that the clock goes on by what the wall clock
// says has passed since it was last seen, and never back.
//
// What was lost. A damaged file is moved aside, never repaired in place. What its counters held is then unknown, so the
// new file carries a mark: a limit is held as if it were used up until its whole window lies after the mark.
//
// What must stay true:
// - All processes of a directory use one file: who finds that the path names another opens anew (is_current).
// - A newer schema, another program's database, a file that others may read, a network file system are refused, not
//   touched.
// - Everything here may block: it runs where waiting is allowed.
#pragma once
#include <sys/types.h>

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "limits/calendar.h"
#include "limits/store.h"
#include "store/sqlite.h"

namespace store {

inline constexpr int state_schema = 1;

struct StateOptions {
  std::string directory;                      // $STATE
  bool full_sync = false;                     // --state-sync full: a commit survives a power cut
  std::function<bool(int attempt)> wait;      // while another process holds the lock; false: give up
  std::function<std::string()> boot_id = {};  // of this boot; tests set it
  std::string damaged = {};                   // if it is the file with this id it is known to be damaged
};

struct StateFailure {
  limits::Why why = limits::Why::unavailable;
  bool damaged = false;  // the file that is there is no sound database
  std::string message;   // for a person: names the file and how to mend it
};

class StateFile {
 public:
  StateFile() = default;

  // Opens; creates the directory and the file if need be (`create`), and moves a damaged one aside (what was done is
  // added to `notes`, one sentence each). Without `create` a missing file is an error.
  static std::expected<StateFile, StateFailure> open(const StateOptions& options, bool create, const base::Clock& clock,
                                                     base::Random& random, std::vector<std::string>& notes);
  bool is_open() const { return sqlite_.is_open(); }
  void close();
  Sqlite& sqlite() { return sqlite_; }
  // Random; made with the file. (An inode's number comes again.)
  const std::string& id() const { return id_; }
  // This moment by the store's clock.
  limits::Moment now(const base::Clock& clock) const { return {clock.boot() + offset_, clock.wall()}; }
  // When counters were lost, if they were; as of the last look (opening, mark_lost, look_for_loss).
  const std::optional<limits::Moment>& lost() const { return lost_; }
  // Others may have marked a loss since, or done away with the mark. Inside a transaction.
  Sql look_for_loss();
  // The path still names the file that is open. One system call.
  bool is_current() const;
  // Writes down that the clock is here. Inside a transaction.
  Sql mark_seen(const limits::Moment& now);
  // Writes down that everything counted before this moment is lost, and says so in `notes`.
  std::expected<void, StateFailure> mark_lost(const base::Clock& clock, std::vector<std::string>& notes);

 private:
  std::expected<void, StateFailure> open_and_set_up(const StateOptions& options, bool create, const base::Clock& clock,
                                                    base::Random& random);
  std::expected<void, StateFailure> open_file_at(const StateOptions& options, bool create);
  std::expected<void, StateFailure> set_up(const StateOptions& options, const base::Clock& clock, base::Random& random);
  std::expected<void, StateFailure> read_meta(const std::string& boot, const base::Clock& clock, base::Random& random);
  std::expected<void, StateFailure> create_tables(base::Random& random);
  StateFailure failure(Sql code, const std::string& what) const;

  std::string path_;
  Sqlite sqlite_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::string id_;
  base::Duration offset_{0};
  std::optional<limits::Moment> lost_;
};

// The name of this boot of the machine, as this process sees its clock.
std::string this_boot();

}  // namespace store
