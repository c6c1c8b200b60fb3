// What concerns several files: the sequence of an instance, its end, and what the logs say of one another.
// Everything that needs the whole directory to be judged (a gap, an end without a shutdown, an anchor's missing file)
// is kept as a question until all files were read.
#include "audit/verify.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "audit/file_check.h"
#include "base/strings.h"

namespace audit {
namespace {

constexpr std::uint64_t most_missing = 1'000;  // files of one gap that are asked about
constexpr std::size_t most_gaps = 100'000;

// The last file of an instance that has anything in it.
struct LastFile {
  std::string instance, name, chain;
  std::uint64_t number = 0, complete_bytes = 0, bytes = 0, lines = 0, unsealed_lines = 0;
  bool in_order = false;  // it ended with a shutdown, or lives
  bool alive = false, has_run_file = false;
};

// A file that is not there.
struct Gap {
  std::string instance, name;  // of the file behind it
  std::string previous;        // the chain that the missing file should have; "" if it is not known
  std::uint64_t number = 0;
  std::int64_t since = 0;  // it was there about then
};

std::string file_text(std::uint64_t number, std::string_view instance) {
  return "file " + std::to_string(number) + " of instance " + base::printable(instance, 40);
}

}  // namespace

struct Verification::Impl {
  const CheckpointKey* key;
  const Anchor* anchor;
  std::vector<Mark> marks;
  Evidence evidence;
  Report report;

  // The instance and the file that are being read.
  LogFile file;
  std::optional<UsedNumbers> used;
  std::optional<FileCheck> check;
  FileState last;  // of the file before
  bool has_last = false, last_unknown = false;

  std::vector<LastFile> instances;
  std::vector<Gap> gaps;
  std::int64_t removed_until = 0;  // the youngest log that retention removed

  Impl(const CheckpointKey* k, const Anchor* a) : key(k), anchor(a) {
    report.keyed = key != nullptr;
    if (anchor == nullptr) return;
    for (const AnchorFile& f : anchor->files) marks.push_back({&f, false});
    std::ranges::sort(marks, {}, [](const Mark& m) { return std::tie(m.file->instance, m.file->number); });
  }

  void problem(std::string_view code, const std::string& name, std::string message) {
    report.add({Severity::problem, code, name, 0, 0, std::move(message)});
  }
  void warning(std::string_view code, const std::string& name, std::string message) {
    report.add({Severity::warning, code, name, 0, 0, std::move(message)});
  }

  void next_instance(const LogFile& next) {
    if (used && next.instance == file.instance) return;
    end_instance();
    used.emplace();
    last = {};
    has_last = last_unknown = false;
  }

  void end_instance() {
    if (!used) return;
    LastFile l;
    l.instance = file.instance;
    l.name = has_last ? last.name : file.name;
    l.has_run_file = file.has_run_file;
    l.alive = file.alive;
    l.in_order = file.alive || last_unknown;
    if (has_last) {
      l.chain = last.chain;
      l.number = last.number;
      l.complete_bytes = last.complete_bytes;
      l.bytes = last.bytes;
      l.lines = last.lines;
      l.unsealed_lines = last.unsealed_lines;
      l.in_order |=
          last.end == FileState::End::shutdown && last.unsealed_lines == 0 && last.bytes == last.complete_bytes;
    }
    instances.push_back(std::move(l));
  }

  void join(FileState state) {
    if (state.bytes == 0 && file.number == 0) return;  // begun and not yet written to
    if (state.lines == 0 && file.number == 0) {        // nothing but the beginning of a first line
      last = std::move(state);
      has_last = true;
      return;
    }
    if (state.lines == 0)
      return problem("no_file_line", state.name, "the file holds no line: what was in it was removed");
    if (state.number == 0 || state.instance != file.instance) return void(last_unknown = true);  // reported already
    if (has_last && state.number <= last.number) {
      return problem("number", state.name, file_text(state.number, state.instance) + " is there twice");
    }
    const std::uint64_t expected = has_last ? last.number + 1 : 1;
    if (state.number > expected) {
      note_gap(state, expected);
    } else if (has_last && !last_unknown) {
      check_sequence(state);
    }
    last = std::move(state);
    has_last = true;
    last_unknown = false;
  }

  void check_sequence(const FileState& state) {
    if (last.end != FileState::End::file_end) {
      problem("no_end", last.name, "the file has no line that ends it, and a next one exists: its end was cut off");
    } else if (last.intact && state.previous != last.chain) {
      problem("previous", state.name,
              "the file does not follow on " + base::printable(last.name) +
                  ": one of them was changed or put in the "
                  "place of another");
    }
  }

  // Below the first file only its neighbour must be explained: what explains the older ones may itself be too old to
  // be kept. Between files each must.
  void note_gap(const FileState& state, std::uint64_t expected) {
    const std::uint64_t before = state.number - 1;
    const std::uint64_t first = has_last ? std::max(expected, before - std::min(before, most_missing) + 1) : before;
    for (std::uint64_t number = first; number <= before; ++number) {
      if (gaps.size() >= most_gaps) return void(evidence.too_many = true);
      gaps.push_back({state.instance, state.name, number == before ? state.previous : "", number, state.first_time});
    }
  }

  const Removed* find_removed(std::string_view instance, std::uint64_t number) const {
    const auto order = [](const Removed& r) { return std::tuple(std::string_view(r.instance), r.number); };
    const auto it = std::ranges::lower_bound(evidence.removed, std::tuple(instance, number), {}, order);
    return it != evidence.removed.end() && order(*it) == std::tuple(instance, number) ? &*it : nullptr;
  }

  // What was there at `since` is gone, and no log says why. A log that said so is kept at least as long as what was
  // written at that time: if retention came as far, it may be gone itself.
  void unexplained(std::string_view code, const std::string& name, const std::string& what, std::int64_t since) {
    if (since != 0 && removed_until >= since) {
      warning("explanation_gone", name, what + "; what would explain it is older than the logs that are kept");
    } else {
      problem(code, name, what + ", and no log records that retention removed it");
    }
  }

  void judge_gaps() {
    for (const Gap& gap : gaps) {
      const Removed* removed = find_removed(gap.instance, gap.number);
      const std::string what = file_text(gap.number, gap.instance) + " is missing";
      if (removed == nullptr) {
        unexplained("gap", gap.name, what, gap.since);
      } else if (!gap.previous.empty() && removed->chain != gap.previous) {
        problem("previous", gap.name, "the file does not follow on the one that retention removed");
      }
    }
  }

  const LastFile* find_instance(std::string_view name) const {
    const auto it = std::ranges::lower_bound(instances, name, {}, &LastFile::instance);
    return it != instances.end() && it->instance == name ? &*it : nullptr;
  }

  void judge_claims(std::int64_t begun, std::int64_t ended) {
    for (const FoundDead& claim : evidence.dead) {
      const LastFile* log = find_instance(claim.instance);
      const auto wrong = [&](std::string_view code, std::string message) {
        report.add({Severity::problem, code, log != nullptr ? log->name : claim.log, 0, 0,
                    std::move(message) + " (" + base::printable(claim.file) + ":" + std::to_string(claim.line) + ")"});
      };
      if (log == nullptr) {
        if (claim.log.empty() || find_removed(claim.instance, claim.number) != nullptr) continue;
        if (claim.time >= begun && claim.time <= ended) continue;  // it came and went while we read
        unexplained("pin_missing", claim.log, "the log was there when its instance was found dead, and is gone",
                    claim.time);
      } else if (log->alive && log->number <= claim.number && log->complete_bytes <= claim.bytes) {
        continue;  // it died after we had read it
      } else if (claim.log.empty()) {
        wrong("pin_mismatch", "the instance had no log when it was found dead, and has one now");
      } else if (log->number != claim.number || log->complete_bytes != claim.bytes) {
        wrong("pin_mismatch", "when its instance was found dead the log ended at byte " + std::to_string(claim.bytes) +
                                  " of file " + std::to_string(claim.number) + ", now it ends at byte " +
                                  std::to_string(log->complete_bytes) + " of file " + std::to_string(log->number));
      } else if (log->chain != claim.chain) {
        wrong("pin_mismatch", "the log is not the one that was there when its instance was found dead");
      }
    }
  }

  void judge_ends() {
    std::vector<std::string_view> pinned;
    pinned.reserve(evidence.dead.size());
    for (const FoundDead& claim : evidence.dead) pinned.push_back(claim.instance);
    std::ranges::sort(pinned);
    for (const LastFile& log : instances) {
      if (log.in_order) continue;
      std::string loose;
      if (log.unsealed_lines != 0) loose = "; its last " + std::to_string(log.unsealed_lines) + " lines are not sealed";
      if (log.bytes > log.complete_bytes) {
        loose += "; " + std::to_string(log.bytes - log.complete_bytes) + " bytes at its end are no line";
      }
      if (std::ranges::binary_search(pinned, log.instance)) {
        warning("crashed", log.name, "the instance died without ending its log; where it ended is on record" + loose);
      } else if (log.has_run_file) {
        warning("crashed", log.name,
                "the instance died without ending its log, and no other has put its end on record yet" + loose);
      } else {
        problem(
            "unfinished", log.name,
            "the log has no end, and nothing shows that its instance died: its end was cut off, or what shows it was "
            "removed" +
                loose);
      }
    }
  }

  void judge_anchor() {
    if (anchor == nullptr) return;
    if (anchor->mac == Anchor::Mac::wrong) {
      problem("anchor_mac", "", "the anchor's mac is wrong: it was changed, or is of another installation");
    }
    for (const Mark& mark : marks) {
      if (mark.seen || find_removed(mark.file->instance, mark.file->number) != nullptr) continue;
      if (mark.file->bytes == 0 && find_instance(mark.file->instance) != nullptr) continue;  // it was empty then
      unexplained("anchor_missing", mark.file->file, "the anchored log is gone", anchor->time);
    }
  }
};

Verification::Verification(const CheckpointKey* key, const Anchor* anchor)
    : impl_(std::make_unique<Impl>(key, anchor)) {}

Verification::~Verification() = default;

void Verification::begin_file(const LogFile& file) {
  impl_->next_instance(file);
  impl_->file = file;
  impl_->check.emplace(impl_->file, impl_->key, impl_->marks, *impl_->used, impl_->evidence, impl_->report);
}

void Verification::feed(std::string_view bytes) { impl_->check->feed(bytes); }

void Verification::end_file() {
  impl_->join(impl_->check->finish());
  impl_->check.reset();
}

void Verification::unreadable_file(const LogFile& file, std::string_view why) {
  impl_->next_instance(file);
  impl_->file = file;
  impl_->last_unknown = true;
  impl_->problem("unreadable_file", file.name, "the file cannot be read: " + std::string(why));
}

Report Verification::finish(std::int64_t begun, std::int64_t ended) {
  Impl& v = *impl_;
  v.end_instance();
  v.used.reset();
  std::ranges::sort(v.instances, {}, &LastFile::instance);
  std::ranges::sort(v.evidence.removed, {}, [](const Removed& r) { return std::tie(r.instance, r.number); });
  for (const Removed& r : v.evidence.removed) v.removed_until = std::max(v.removed_until, r.last_time);
  v.judge_gaps();
  v.judge_claims(begun, ended);
  v.judge_ends();
  v.judge_anchor();
  if (v.evidence.too_many) {
    v.problem("too_many", "", "the logs make more claims of each other than are looked at; not everything was checked");
  }
  if (v.key == nullptr && v.report.files != 0) {
    v.warning("no_key", "",
              "the installation's key is not here: only the chain was checked, and whoever can write the files can "
              "recompute that");
  }
  return std::move(v.report);
}

}  // namespace audit
