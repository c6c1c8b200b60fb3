// Lines, blocks, seals and macs of one file. What the lines say is looked at in file_claims.cc.
#include "audit/file_check.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/strings.h"

namespace audit {
namespace {

constexpr std::size_t hold_back = longest_seal + line_end.size();  // of a long line: what may be its seal
constexpr std::size_t flush_at = 64 << 10;
constexpr std::uint64_t run_lines = 1'000;        // the writer's: a mac at least so often
constexpr std::int64_t run_time = 2'000'000'000;  // the writer's second, and one for what a line's time may be off

std::string lines_text(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "line " + std::to_string(first);
  return "lines " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

FileCheck::FileCheck(const LogFile& file, const CheckpointKey* key, std::vector<Mark>& marks, UsedNumbers& used,
                     Evidence& evidence, Report& report)
    : file_(file), key_(key), marks_(marks), used_(used), evidence_(evidence), report_(report) {
  state_.name = file.name;
  state_.instance = file.instance;
  state_.number = file.number;
}

void FileCheck::find(Severity severity, std::string_view code, std::string message) {
  find_at(severity, code, state_.lines, line_offset_, std::move(message));
}

void FileCheck::find_at(Severity severity, std::string_view code, std::uint64_t line, std::uint64_t offset,
                        std::string message) {
  report_.add({severity, code, file_.name, line, offset, std::move(message)});
}

void FileCheck::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    more(bytes.substr(0, end));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    ++state_.bytes;
    end_line();
  }
}

void FileCheck::more(std::string_view piece) {
  state_.bytes += piece.size();
  if (!long_ && line_.size() + piece.size() <= max_line) {
    line_ += piece;
    return;
  }
  if (!long_) {
    long_ = true;
    const std::size_t held = std::min(line_.size(), hold_back);
    tail_ = line_.substr(line_.size() - held);
    if (chain_) chain_->add(std::string_view(line_).substr(0, line_.size() - held));
    line_ += piece.substr(0, max_line - line_.size());  // to be read
  }
  while (!piece.empty()) {
    const std::string_view part = piece.substr(0, flush_at);
    piece.remove_prefix(part.size());
    tail_ += part;
    if (tail_.size() <= hold_back) continue;
    const std::size_t ready = tail_.size() - hold_back;
    if (chain_) chain_->add(std::string_view(tail_).substr(0, ready));
    tail_.erase(0, ready);
  }
}

void FileCheck::end_line() {
  ++state_.lines;
  ++state_.unsealed_lines;
  ++report_.lines;
  line_offset_ = state_.complete_bytes;
  state_.complete_bytes = state_.bytes;
  const Entry::Status status = entry_.read(line_, long_);
  if (state_.lines == 1) begin(status);
  const std::string_view end = long_ ? tail_ : line_;
  const auto seal = find_seal(end);
  if (chain_) {
    chain_->add(seal ? end.substr(0, seal->begin) : end);
    chain_->add(seal ? line_end : "\n");
  }
  look(status);
  if (seal) end_block(*seal);
  line_.clear();
  tail_.clear();
  long_ = false;
}

// The first line says whose log this is, and begins the chain.
void FileCheck::begin(Entry::Status status) {
  if (status != Entry::Status::ok || entry_.event != "file") {
    return find(Severity::problem, "no_file_line",
                "the log does not begin with a line that says whose it is: it is not of this version, or its beginning "
                "was removed; nothing in it can be checked");
  }
  const std::int64_t number = entry_.number("file", 0);
  state_.previous = entry_.text("previous");
  const bool right = (number == 1) == state_.previous.empty() && (number == 1 || is_chain_text(state_.previous));
  if (number <= 0 || !right || entry_.instance.empty()) {
    return find(Severity::problem, "no_file_line", "the line that says whose log this is has wrong fields");
  }
  if (entry_.instance != file_.instance || (file_.number != 0 && file_.number != static_cast<std::uint64_t>(number))) {
    find(Severity::problem, "wrong_name",
         "the log is file " + std::to_string(number) + " of instance " + base::printable(entry_.instance, 40) +
             ": it was renamed, or put in the place of another");
  }
  state_.instance = entry_.instance;
  state_.number = static_cast<std::uint64_t>(number);
  log_id_ = state_.instance + "-";
  chain_.emplace(state_.instance, state_.number, state_.previous);
  const auto key = [](const Mark& m) { return std::tie(m.file->instance, m.file->number); };
  const auto mark = std::ranges::lower_bound(marks_, std::tie(state_.instance, state_.number), {}, key);
  if (mark == marks_.end() || key(*mark) != std::tie(state_.instance, state_.number)) return;
  mark->seen = true;
  if (mark->file->bytes != 0) mark_ = &*mark;
}

void FileCheck::end_block(const Seal& seal) {
  for (const Place& u : unread_) {
    find_at(Severity::problem, "unreadable", u.line, u.offset,
            "the line is not a record (" + u.why + "), and no failed write explains it");
  }
  if (unread_more_ != 0) {
    find(Severity::problem, "unreadable",
         std::to_string(unread_more_) +
             " more lines before this one are not records, and no failed write explains them");
  }
  unread_.clear();
  unread_more_ = 0;
  if (chain_) {
    const base::Digest hash = chain_->end();
    chain_->accept(hash);
    const bool right = chain_->text() == seal.chain;
    if (right) {
      broken_ = false;  // only the seal before had been changed
      rest_blocks_ = 0;
      state_.chain = seal.chain;
      state_.sealed_bytes = state_.bytes;
      check_mac(seal, hash);
      check_mark(seal.chain);
    } else if (!std::exchange(broken_, true)) {
      find_at(Severity::problem, "chain", block_line_, block_offset_,
              lines_text(block_line_, state_.lines) +
                  ": the chain does not fit; here, or right before, lines were changed, removed, added or moved");
    } else {
      ++rest_blocks_;
    }
    if (broken_) pending_ = {}, state_.intact = false;
    ++report_.blocks;
  }
  watch_macs(!seal.mac.empty());
  state_.unsealed_lines = 0;
  block_line_ = state_.lines + 1;
  block_offset_ = state_.bytes;
}

void FileCheck::check_mac(const Seal& seal, const base::Digest& hash) {
  if (key_ == nullptr) return confirm();
  if (seal.mac.empty()) return;
  if (key_->checkpoint(state_.instance, state_.number, block_offset_, hash) == seal.mac) {
    ++right_macs_;
    ++report_.checkpoints;
    return confirm();
  }
  if (++wrong_macs_ == 1) wrong_line_ = state_.lines, wrong_offset_ = line_offset_;
}

void FileCheck::check_mark(std::string_view chain) {
  if (mark_ == nullptr || state_.bytes < mark_->file->bytes) return;
  const AnchorFile& anchored = *std::exchange(mark_, nullptr)->file;
  if (state_.bytes == anchored.bytes && chain == anchored.chain) {
    ++report_.anchored;
  } else if (state_.bytes == anchored.bytes) {
    find(Severity::problem, "anchor_chain", "up to here the log is not the one that was anchored: it was written anew");
  } else {
    find(Severity::problem, "anchor_block",
         "the anchored log had a sealed line that ended at byte " + std::to_string(anchored.bytes) +
             "; none ends there now: it was written anew");
  }
}

// A mac must stand in the first block, then at least every thousand lines or every second, and in the last block of a
// finished log: else somebody who cannot make macs took them out, to change the lines between.
void FileCheck::watch_macs(bool has_mac) {
  if (block_line_ == 1) first_without_mac_ = !has_mac;
  last_has_mac_ = has_mac;
  seen_macs_ += has_mac;
  const std::int64_t time = entry_.time;
  if (has_mac) {
    end_run();
    run_ = {.begin = time, .last = time};
    return;
  }
  if (seen_macs_ == 0) return;
  run_.lines += state_.unsealed_lines;
  run_.line = state_.lines;
  run_.offset = line_offset_;
  if (time != 0 && run_.begin != 0) {
    run_.largest_gap = std::max(run_.largest_gap, time - run_.last);
    run_.last = std::max(run_.last, time);
  }
  // The wall clock may have been set forward, but hardly twice within a second.
  const bool too_late = run_.last - run_.begin - run_.largest_gap > run_time;
  if (run_.reported || (run_.lines < run_lines && !too_late)) return;
  run_.reported = true;
  find(
      Severity::problem, "mac_missing",
      "there should be a mac between the last one and this line: macs were removed, and nothing shows that these lines "
      "are as they were written");
}

void FileCheck::end_run() {
  if (run_.reported || run_.last - run_.begin <= run_time) return;
  find_at(Severity::warning, "mac_late", run_.line, run_.offset,
          "by its time this line should have a mac: it was removed, or the clock had been set forward");
}

FileState FileCheck::finish() {
  ++report_.files;
  report_.bytes += state_.bytes;
  if (rest_blocks_ != 0) {
    find_at(Severity::problem, "chain_rest", block_line_ - 1, 0,
            "up to this line " + std::to_string(rest_blocks_) +
                " more blocks cannot be checked: what they are chained to is not there any more");
  }
  if (behind_end_.line != 0) {
    find_at(Severity::problem, "after_end", behind_end_.line, behind_end_.offset,
            "the line stands behind the line that ends the file");
  } else if (state_.end == FileState::End::file_end && state_.bytes > state_.complete_bytes) {
    find_at(Severity::problem, "after_end", state_.lines + 1, state_.complete_bytes,
            std::to_string(state_.bytes - state_.complete_bytes) + " bytes stand behind the line that ends the file");
  }
  if (mark_ != nullptr) report_cut_mark();
  if (chain_) report_macs();
  if (file_.alive) report_.unchecked_bytes += state_.bytes - state_.sealed_bytes;
  return std::move(state_);
}

void FileCheck::report_cut_mark() {
  const std::string anchored = "the anchored log had " + std::to_string(mark_->file->bytes) + " bytes; ";
  if (state_.bytes >= mark_->file->bytes) {
    find_at(Severity::problem, "anchor_block", 0, 0, anchored + "up to there the chain of this one does not hold");
  } else {
    find_at(Severity::problem, "anchor_cut", 0, 0,
            anchored + "this one has " + std::to_string(state_.bytes) + ": its end was cut off");
  }
}

void FileCheck::report_macs() {
  end_run();
  if (seen_macs_ == 0) {
    if (key_ != nullptr && block_line_ > 1) {
      find_at(
          Severity::problem, "no_macs", 0, 0,
          "no line has a mac: the log was written without the installation's key, or its macs were removed; who may "
          "write the file could have recomputed the chain");
    }
    return;
  }
  if (wrong_macs_ != 0 && right_macs_ == 0) {
    find_at(Severity::problem, "other_key", wrong_line_, wrong_offset_,
            "no mac of this log is by this installation's key (the first is here): it was written with another key, or "
            "recomputed without it");
  } else if (wrong_macs_ != 0) {
    find_at(Severity::problem, "mac", wrong_line_, wrong_offset_,
            std::to_string(wrong_macs_) + (wrong_macs_ == 1 ? " mac is" : " macs are") +
                " wrong (the first is here): lines before were changed, and the chain recomputed without the key");
  }
  const bool finished = state_.end != FileState::End::open && state_.unsealed_lines == 0;
  if (first_without_mac_ || (finished && !last_has_mac_)) {
    find_at(Severity::problem, "mac_missing", first_without_mac_ ? 1 : state_.lines, 0,
            first_without_mac_ ? "the first block has no mac: it was removed"
                               : "the log is finished and its last line has no mac: it was removed");
  }
}

}  // namespace audit
