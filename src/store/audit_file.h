// The audit file: $STATE/audit/<instance>.jsonl, mode 0600, appended to with one write per turn. Created at the first
// append, not at start (clients start us twice and kill one); start only checks that it could be (check_state_dir).
// Every append is a block of the chain (audit/chain.h); docs/audit.md has the format.
//
// What must stay true:
//  - An append that returned success is in the file, whole, in order, sealed. One that failed is held not written: it
//    is taken back, and where even that fails, the next block says so in front ("torn").
//  - The chain's state moves only when the file did.
//  - Nothing is given up silently: what goes wrong beside an append (rotation, key, housekeeping) is told once.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/chain.h"
#include "audit/event.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/audit_io.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/retention.h"
#include "store/state_dir.h"

namespace store {

struct AuditOptions {
  bool sync_always = false;                             // an append returns when it is on disk
  std::uint64_t max_bytes = 64U << 20;                  // of a file; then the next is begun
  base::Duration max_age = std::chrono::hours(24 * 7);  // the same, by the boot clock
  KeepOptions keep;
};

// What it works with; all must outlive it.
struct AuditParts {
  Instance& instance;  // names the file and the directory; its run file is created with the log, and removed when the
                       // log was ended by a shutdown
  const base::Clock& clock;
  std::function<base::Result<std::string>()>
      key;                                     // the installation's, asked for once, at the first append; may be empty
  std::function<void(std::string_view)> note;  // tells the user what went wrong beside an append; may be empty
  AuditIo* io = nullptr;                       // null: the system's
};

// Not thread-safe: one call at a time, on any thread (`key` and `note` are called on the same one). Blocks for as long
// as the file system does.
class AuditFile final : public audit::Sink {
 public:
  // Opens nothing yet.
  explicit AuditFile(AuditParts parts, const AuditOptions& options = {});
  ~AuditFile() override;
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // `lines`: whole lines of the Recorder, "}\n" at the end. Creates the log at first use and begins the next file when
  // it is time. After the first append, and after each file, keeps house (retention.h).
  base::Result<void> append(std::string_view lines) override;
  // The next append waits for the disk, or creates the log and looks at how old the others are.
  bool append_blocks() const override { return options_.sync_always || house_is_due_; }
  // Of the current file.
  std::string path() const;

 private:
  // A block on its way to the file.
  struct Block {
    std::string_view lead;       // ends a line that stands there; belongs to no block
    std::string_view head;       // our own lines before
    std::string_view lines;      // without the brace and the line feed at its end
    std::string_view seal;       // with them
    std::size_t line_count = 0;  // if there is a key
    bool has_mac = false;
    base::Digest hash{};
    std::size_t size() const { return lead.size() + head.size() + lines.size() + seal.size(); }
    std::array<std::string_view, 4> parts() const { return {lead, head, lines, seal}; }
  };
  // What failed writes left at the end of the file.
  struct Torn {
    audit::Chain chain;  // before it
    std::uint64_t size = 0, block_begin = 0;
    bool has_block = false;
    bool open_line = false;    // it does not end with a line feed
    bool sealed_line = false;  // that line is a sealed one, whole but for the line feed
  };

  // audit_file.cc: blocks
  base::Result<void> write_block(std::string_view lines, bool force_mac);
  Block make_block(std::string_view lines, bool force_mac);
  int write_parts(const Block& block, std::size_t& written);
  void take_back(const Block& block, std::size_t written);
  void leave(const Block& block, std::size_t written);
  void mend();
  bool mac_is_due(std::size_t lines) const;
  const audit::CheckpointKey* key();
  // audit_rotation.cc: files
  base::Result<void> make_ready(std::size_t bytes);
  base::Result<void> begin_log();
  base::Result<void> begin_anew();
  void start_file(File file, std::uint64_t number, std::string previous);
  base::Result<void> look();
  base::Result<void> begin_after_loss(bool removed);
  void rotate();
  void rotation_failed(const std::string& what, int error);
  void unname(const std::string& current);
  void keep_house();
  void tell_once(bool& told, const std::string& text);
  std::string current_path() const;
  std::string numbered_path() const;
  void append_own(std::string& out, std::string_view event, std::span<const audit::Field> fields) const;

  Instance& instance_;
  const base::Clock& clock_;
  std::function<base::Result<std::string>()> key_source_;
  std::function<void(std::string_view)> note_;
  AuditIo system_;
  AuditIo& io_;
  AuditOptions options_;
  std::string directory_;  // of the logs

  File file_;
  std::uint64_t number_ = 1;
  std::string previous_;
  bool renamed_ = false;  // the file has its number as a name already, and goes on
  bool directory_synced_ = false;
  std::optional<audit::Chain> chain_;
  std::uint64_t size_ = 0, block_begin_ = 0;  // of the file; where the next block begins
  bool has_block_ = false;                    // the file has a sealed line
  base::BootTime begun_{}, last_mac_{}, last_look_{}, retry_rotation_{};
  std::size_t lines_since_mac_ = 0;
  std::optional<Torn> torn_;
  std::optional<audit::CheckpointKey> checkpoint_key_;
  std::string head_, seal_, chain_text_, joined_;  // reused; bounded
  bool recorded_ = false, ended_ = false, house_is_due_ = true;
  bool told_rotation_ = false, told_run_file_ = false, told_house_ = false, told_key_ = false;
};

}  // namespace store
