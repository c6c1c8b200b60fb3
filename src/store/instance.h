// A process that keeps a log or holds leases is an instance. While it lives it holds a lock on its run file,
// $STATE/run/<instance>.json: whoever asks whether it lives asks for the lock, and nothing else. Process ids come again
// and mean nothing in another container; the kernel gives a lock back however the process ends.
//
// What must stay true:
//  - A run file has its name only while it is locked, or after its process died: it is locked before it is named.
//  - The lock belongs to this process alone: the descriptor is close-on-exec. Who forks without exec (net/watchdog)
//  must
//    do so before ensure(), or close what it inherits.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "store/files.h"

namespace store {

// What the run file says of its process. Texts are redacted when they are written.
struct InstanceInfo {
  std::string instance;  // its name: ten hexadecimal digits
  std::int64_t pid = 0;  // in its own container; for people only
  std::string server, identity, session, transport, version, policy_file, policy_digest;
  std::int64_t started = 0;  // nanoseconds since 1970
};

// Ten lower-case hexadecimal digits.
bool is_instance_name(std::string_view name);
// $STATE/run and $STATE/run/<instance>.json
std::string run_directory(const std::string& directory);
std::string run_path(const std::string& directory, std::string_view instance);

// This process. Not thread-safe.
class Instance {
 public:
  // `directory`: $STATE. Creates nothing yet. `random` must outlive the object.
  Instance(std::string directory, InstanceInfo info, base::Random& random);
  // Gives the lock back. The run file stays unless end() was called: the next process will find it, and say so.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Creates the run file unless it is held. Costs nothing when it is. Blocks (system calls on the state directory).
  base::Result<void> ensure();
  // Makes the run file anew if somebody removed it. One system call if nobody did; nothing before ensure().
  base::Result<void> refresh();
  // The process ends in order: removes the run file. Not called after a crash, nor when the log's end is not written.
  void end();

  const std::string& name() const { return info_.instance; }
  const std::string& directory() const { return directory_; }

 private:
  base::Result<void> create();
  std::string directory_;
  InstanceInfo info_;
  base::Random& random_;
  File file_;
};

// False if the instance has no run file or nobody holds its lock. True also if that cannot be found out: what hangs on
// a life is not given away by mistake. Blocks.
bool instance_alive(const std::string& directory, std::string_view instance);

struct KnownInstance {
  InstanceInfo info;  // only `instance` is certain: the rest is what the file says, if it can be read
  bool alive = false;
};
// All that have a run file, by name; at most 10,000. No directory: none. Blocks.
base::Result<std::vector<KnownInstance>> list_instances(const std::string& directory);

// The run file of a dead instance, locked by us: until this object is gone every other process takes the instance for
// alive, so that only one puts its end on record. No lock to be had: `held()` is false.
class DeadInstance {
 public:
  DeadInstance(const std::string& directory, std::string_view instance);
  bool held() const { return file_.get() >= 0; }
  // Removes the run file. Only if held.
  void remove();

 private:
  std::string path_;
  File file_;
};

}  // namespace store
