// What the lines of a file say: whose they are, which decisions they record, what they claim of other logs.
#include <algorithm>
#include <charconv>
#include <limits>

#include "audit/file_check.h"
#include "audit/time_text.h"
#include "base/strings.h"

namespace audit {
namespace {

constexpr std::size_t most_unread = 64;  // unreadable lines of a block that are told one by one

std::string shown(std::string_view text) { return "\"" + base::printable(text, 60) + "\""; }

}  // namespace

bool UsedNumbers::use(std::uint64_t number) {
  if (seen_.empty()) seen_.resize(window);
  if (number > highest_) {
    const std::uint64_t clear = std::min(number - highest_, window);
    for (std::uint64_t i = 0; i < clear; ++i) seen_[(number - i) % window] = false;
    highest_ = number;
  } else if (highest_ - number >= window) {
    return false;
  }
  const bool fresh = !seen_[number % window];
  seen_[number % window] = true;
  return fresh;
}

void FileCheck::look(Entry::Status status) {
  const bool behind_end = std::exchange(state_.end, FileState::End::open) == FileState::End::file_end;
  if (behind_end && behind_end_.line == 0) behind_end_ = {state_.lines, line_offset_, {}};
  if (status == Entry::Status::unreadable) {
    if (unread_.size() < most_unread) {
      unread_.push_back({state_.lines, line_offset_, entry_.trouble()});
    } else {
      ++unread_more_;
    }
    return;
  }
  if (status == Entry::Status::other_version) return find(Severity::warning, "version", entry_.trouble());
  if (state_.first_time == 0) state_.first_time = entry_.time;
  if (chain_ && entry_.instance != state_.instance) {
    find(Severity::problem, "foreign_line", "the line is of instance " + shown(entry_.instance));
  }
  look_at_event();
}

void FileCheck::look_at_event() {
  const std::string_view event = entry_.event;
  if (event == "decision") {
    look_at_decision();
  } else if (event == "torn") {
    look_at_torn();
  } else if (event == "found_dead") {
    claim_dead();
  } else if (event == "retention") {
    claim_removed();
  } else if (event == "shutdown") {
    state_.end = FileState::End::shutdown;
  } else if (event == "file_end") {
    state_.end = FileState::End::file_end;
    if (behind_end_.line == 0) end_offset_ = line_offset_;
  } else if (event == "file" && state_.lines != 1) {
    find(Severity::problem, "misplaced", "a line that begins a log stands inside of one");
  }
}

void FileCheck::look_at_decision() {
  std::string_view number = entry_.id;
  if (!chain_ || !number.starts_with(log_id_)) return;
  number.remove_prefix(log_id_.size());
  std::uint64_t value = 0;
  const char* const first = number.data();  // NOLINT(bugprone-suspicious-stringview-data-usage): with its end
  const char* const last = first + number.size();
  const auto [end, error] = std::from_chars(first, last, value, 36);
  if (error != std::errc() || end != last || used_.use(value)) return;
  find(Severity::problem, "duplicate_id", "the decision " + shown(entry_.id) + " was recorded before");
}

// Bytes before this line were left by a write that failed: what cannot be read there is explained.
void FileCheck::look_at_torn() {
  const auto bytes = static_cast<std::uint64_t>(entry_.number("bytes", 0));
  const std::uint64_t reach = line_offset_ - std::min(bytes, line_offset_);
  if (reach <= end_offset_) behind_end_ = {};  // the end was left by a failed write; then the file went on
  std::erase_if(unread_, [&](const Place& u) { return u.offset >= reach; });
  unread_more_ = 0;  // they stand behind those
  find(Severity::warning, "torn",
       std::to_string(line_offset_ - reach) +
           " bytes before this line were left by a write that failed (a full disk, as a rule): what "
           "they say counts as not recorded");
}

void FileCheck::claim_dead() {
  if (evidence_.dead.size() + pending_.dead.size() >= Evidence::most) return void(evidence_.too_many = true);
  FoundDead claim;
  claim.instance = entry_.text("dead");
  claim.log = entry_.text("log");
  claim.chain = entry_.text("end_chain");
  claim.number = static_cast<std::uint64_t>(entry_.number("number"));
  claim.bytes = static_cast<std::uint64_t>(entry_.number("bytes"));
  claim.time = entry_.time;
  claim.file = file_.name;
  claim.line = state_.lines;
  claim.offset = line_offset_;
  pending_.dead.push_back(std::move(claim));
}

void FileCheck::claim_removed() {
  for (const json::Value value : entry_.field("removed").elements()) {
    if (evidence_.removed.size() + pending_.removed.size() >= Evidence::most) return void(evidence_.too_many = true);
    Removed claim;
    claim.instance = value.find("instance").string();
    claim.chain = value.find("chain").string();
    claim.number = static_cast<std::uint64_t>(whole_number(value.find("number"), 0));
    claim.last_time = parse_rfc3339(value.find("last_time").string()).value_or(0);
    pending_.removed.push_back(std::move(claim));
  }
}

// The claims so far stand in a part of the log that is proved as well as it can be.
void FileCheck::confirm() {
  std::ranges::move(pending_.dead, std::back_inserter(evidence_.dead));
  std::ranges::move(pending_.removed, std::back_inserter(evidence_.removed));
  pending_ = {};
}

}  // namespace audit
