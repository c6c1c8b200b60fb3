// Verification of one log file, fed in pieces: its chain, its macs, and what its lines claim. What concerns several
// files is verify.h's. Internal to this room.
// What must stay true:
//  - Memory does not depend on the file: a long line is hashed as it comes, evidence and findings are capped.
//  - A claim (that a log was removed, that an instance was found dead) counts only when the chain up to it is whole
//    and, with a key, a right mac stands at or behind it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/anchor.h"
#include "audit/chain.h"
#include "audit/entry.h"
#include "audit/report.h"
#include "audit/verify.h"

namespace audit {

// "instance was found dead, and its log ended here"
struct FoundDead {
  std::string instance, log, chain;  // log "": it had none
  std::uint64_t number = 0, bytes = 0;
  std::int64_t time = 0;  // of the claim
  std::string file;       // in which it stands
  std::uint64_t line = 0, offset = 0;
};

// "this log was removed because it was old enough"
struct Removed {
  std::string instance, chain;
  std::uint64_t number = 0;
  std::int64_t last_time = 0;
};

struct Evidence {
  static constexpr std::size_t most = 100'000;  // of each
  std::vector<FoundDead> dead;
  std::vector<Removed> removed;
  bool too_many = false;
};

// The numbers of decisions that an instance has used. They come in order, or nearly (several loops): of the last 65,536
// each is remembered, and one before them counts as used.
class UsedNumbers {
 public:
  // False: it was used before.
  bool use(std::uint64_t number);

 private:
  static constexpr std::uint64_t window = 1 << 16;
  std::vector<bool> seen_;  // by number modulo window; made at the first use
  std::uint64_t highest_ = 0;
};

// An entry of an anchor and what became of it.
struct Mark {
  const AnchorFile* file = nullptr;
  bool seen = false;
};

// What is known of a file at its end.
struct FileState {
  std::string name, instance, previous;
  std::uint64_t number = 0;  // 0: it has no line that says so
  std::uint64_t bytes = 0, complete_bytes = 0, sealed_bytes = 0;
  std::uint64_t lines = 0, unsealed_lines = 0;
  std::int64_t first_time = 0;
  std::string chain;   // of its last seal that fits; "" if there is none
  bool intact = true;  // every seal fits
  enum class End : std::uint8_t { open, file_end, shutdown } end = End::open;
};

class FileCheck {
 public:
  // Everything referred to must outlive the object. `marks`: sorted by instance and number. `key` may be null.
  FileCheck(const LogFile& file, const CheckpointKey* key, std::vector<Mark>& marks, UsedNumbers& used,
            Evidence& evidence, Report& report);
  void feed(std::string_view bytes);
  FileState finish();

 private:
  struct Place {
    std::uint64_t line = 0, offset = 0;
    std::string why;
  };
  void more(std::string_view piece);
  void end_line();
  void begin(Entry::Status status);
  void look(Entry::Status status);
  void look_at_event();
  void look_at_decision();
  void look_at_torn();
  void claim_dead();
  void claim_removed();
  void end_block(const Seal& seal);
  void check_mac(const Seal& seal, const base::Digest& hash);
  void check_mark(std::string_view chain);
  void watch_macs(bool has_mac);
  void end_run();
  void confirm();
  void report_cut_mark();
  void report_macs();
  void find(Severity severity, std::string_view code, std::string message);
  void find_at(Severity severity, std::string_view code, std::uint64_t line, std::uint64_t offset, std::string message);

  const LogFile& file_;
  const CheckpointKey* key_;
  std::vector<Mark>& marks_;
  UsedNumbers& used_;
  Evidence& evidence_;
  Report& report_;
  FileState state_;
  Entry entry_;

  std::string line_, tail_;  // the line that is coming; if it is long, its beginning and what is not hashed yet
  bool long_ = false;
  std::uint64_t line_offset_ = 0;

  std::optional<Chain> chain_;
  bool broken_ = false;                              // the chain does not hold here
  std::uint64_t rest_blocks_ = 0;                    // blocks since it broke
  std::uint64_t block_line_ = 1, block_offset_ = 0;  // where the open block begins
  std::vector<Place> unread_;                        // of the open block
  std::uint64_t unread_more_ = 0;
  Evidence pending_;
  std::string log_id_;  // "<instance>-"
  Mark* mark_ = nullptr;
  std::uint64_t end_offset_ = 0;  // of the line that ended the file
  Place behind_end_;              // of the first line behind it, until that is explained

  std::uint64_t right_macs_ = 0, wrong_macs_ = 0, seen_macs_ = 0;
  std::uint64_t wrong_line_ = 0, wrong_offset_ = 0;  // of the first wrong mac
  bool last_has_mac_ = false, first_without_mac_ = false;
  // The blocks since the last mac.
  struct Run {
    std::uint64_t lines = 0, line = 0, offset = 0;  // where its last line is
    std::int64_t begin = 0, last = 0, largest_gap = 0;
    bool reported = false;
  } run_;
};

}  // namespace audit
