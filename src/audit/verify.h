// Verification of a directory of logs. Pure: whoever has the files (store/verify_dir.h) feeds them; nothing here knows
// a directory. What it can and cannot see is told in SECURITY.md.
//
//   Verification v(key, anchor);
//   for each file, those of an instance together and in the order of their numbers, the current one last:
//     v.begin_file(file);  v.feed(bytes) ...;  v.end_file();
//   Report report = v.finish();
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/anchor.h"
#include "audit/chain.h"
#include "audit/report.h"

namespace audit {

// One log file, as the directory shows it.
struct LogFile {
  std::string name;           // in the directory
  std::string instance;       // that the name gives
  std::uint64_t number = 0;   // that the name gives; 0: the current file of its instance
  bool alive = false;         // its instance lives: the file may grow while it is read
  bool has_run_file = false;  // its instance left its run file: it did not end in order
};

// Not thread-safe. Memory: some hundred bytes per instance and per claim that one log makes of another (capped), and at
// most 1 MiB of a line.
class Verification {
 public:
  // `key`: null if there is none to check macs with. `anchor`: null if there is none. Both must outlive the object.
  explicit Verification(const CheckpointKey* key, const Anchor* anchor = nullptr);
  ~Verification();
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;

  void begin_file(const LogFile& file);
  void feed(std::string_view bytes);
  void end_file();
  // The file is there and cannot be read.
  void unreadable_file(const LogFile& file, std::string_view why);
  // Judges what concerns several files. Call once, at the end. `begun`, `ended`: when the reading began (before the
  // directory was listed) and ended, nanoseconds since 1970: what logs say of others at that time may be of logs that
  // came since. Both 0: nothing was written meanwhile.
  Report finish(std::int64_t begun = 0, std::int64_t ended = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
