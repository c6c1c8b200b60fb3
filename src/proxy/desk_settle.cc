// The end of a turn: limits are committed, the record is appended, then all sides get what is theirs. Where one of
// these may block it is done on the helper thread, and until it is done no session is touched.
#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/desk.h"

namespace proxy {
namespace {

// Outcome lines are appended without waiting for their time when there are this many bytes of them, and given up when
// they cannot be appended and there are this many.
constexpr std::size_t lazy_bytes = 64 << 10, lazy_lost = 1 << 20;
// What could not be committed because another process had the lock is tried again, at first soon.
constexpr base::Duration again_first = std::chrono::milliseconds(2), again_most = std::chrono::milliseconds(250);

}  // namespace

bool Desk::wants_record() const {
  // Alone, outcomes begin no log: a server's banner leaves no file behind.
  if (lazy_due_ || lazy_.size() > lazy_bytes || (lazy_now_ && begun_ && !lazy_.empty())) return true;
  return std::ranges::any_of(touched_,
                             [](const Member* m) { return m != nullptr && !m->session_->output().record.empty(); });
}

// A batch always; refunds and leases that could not be written before, when it is time to try again.
bool Desk::must_commit() const { return parts_.store.in_batch() || (parts_.store.pending() && !commit_timer_.armed()); }

// Commit first, then record, then write: what could not be counted or recorded was taken out of the output by the
// mediator before anybody sees it.
void Desk::settle() {
  if (state_ != State::open || !over_.empty()) return;
  if (touched_.empty() && !poked_ && !wants_record()) return;
  poked_ = false;
  state_ = State::settling;
  for (Member* member : touched_) {
    if (member != nullptr) take_lazy(*member);
  }
  const bool commits = must_commit();
  if ((commits && parts_.store.commit_blocks()) || (wants_record() && parts_.sink.append_blocks())) {
    commits_ = commits;
    return settle_elsewhere();
  }
  if (commits) commit();
  if (wants_record()) append();
  write_out();
}

// Outcomes of all sessions wait in one place, also those of sessions that are gone.
void Desk::take_lazy(Member& member) {
  std::string& lines = member.session_->output().record_lazy;
  if (lines.empty()) return;
  lazy_ += lines;
  lines.clear();
}

void Desk::commit() {
  if (const auto done = parts_.store.commit(); !done) commit_failed(done.error().message);
  take_store_notes();
}

void Desk::commit_failed(const std::string& why) {
  for (Member* member : touched_) {
    if (member == nullptr) continue;
    member->session_->store_failed(why);
    take_lazy(*member);
  }
}

// What a person should know of the counters: they were lost, they cannot be used. It is said and put on record.
void Desk::take_store_notes() {
  for (const std::string& text : parts_.store.take_notes()) {
    parts_.note(mediator::Level::error, text);
    const audit::Field detail = audit::Field::text_of("detail", text);
    parts_.recorder.event(lazy_, "state_lost", {&detail, 1});
    lazy_due_ = true;
  }
  if (const std::string trouble = parts_.store.take_trouble(); !trouble.empty()) {
    parts_.note(mediator::Level::error, "limits cannot be checked: " + trouble);
    parts_.recorder.notice(lazy_, {"state_unusable", "", trouble});
    lazy_due_ = true;
  }
}

void Desk::append() {
  const bool alone = begun_ && lazy_.empty() && touched_.size() == 1 && touched_.front() != nullptr;
  if (alone) return appended(parts_.sink.append(touched_.front()->session_->output().record));
  gather();
  appended(parts_.sink.append(appending_));
}

// The start line goes in front of the first append: a process without a record leaves none.
void Desk::gather() {
  appending_.clear();
  appending_.swap(lazy_);
  lazy_now_ = lazy_due_ = false;
  head_ = begun_ ? 0 : parts_.start_record.size();
  if (head_ > 0) appending_.insert(0, parts_.start_record);
  keep_ = appending_.size();
  for (Member* member : touched_) {
    if (member != nullptr) appending_ += member->session_->output().record;
  }
}

void Desk::appended(const base::Result<void>& done) {
  if (done) {
    begun_ = true;
    failing_ = false;
    appending_.clear();
    return;
  }
  if (!std::exchange(failing_, true)) parts_.note(mediator::Level::error, "audit: " + done.error().message);
  for (Member* member : touched_) {
    if (member != nullptr && !member->session_->output().record.empty()) {
      member->session_->record_failed(done.error().message);
    }
  }
  put_back();
  lose_outcomes();
}

// Outcomes that were not appended wait again, in front of newer ones. They need not refuse anything: their calls were
// answered long ago.
void Desk::put_back() {
  if (appending_.empty()) return;
  appending_.resize(keep_);
  appending_.erase(0, head_);
  appending_ += lazy_;
  lazy_.swap(appending_);
  appending_.clear();
}

// They are kept as long as that is bounded.
void Desk::lose_outcomes() {
  if (lazy_.size() <= lazy_lost) return;
  parts_.note(mediator::Level::error, "outcome records were lost: the audit log cannot be written");
  lazy_.clear();
  parts_.recorder.notice(lazy_, {"records_lost", "", "outcomes could not be written and were dropped"});
}

void Desk::write_out() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {  // members may leave meanwhile
    if (touched_[i] == nullptr) continue;
    Member& member = *touched_[i];
    mediator::Output& out = member.session_->output();
    member.write_out(out);
    if (touched_[i] == nullptr) continue;
    for (const mediator::Note& note : out.notes) {
      const std::string_view label = member.label();
      parts_.note(note.level, label.empty() ? note.text : std::string(label) + note.text);
    }
    member.session_->end_turn(true);
    take_lazy(member);
    follow_deadline(member);
  }
  arm_timers();
  over();
}

void Desk::over() {
  assert(over_.empty());
  over_.swap(touched_);
  for (std::size_t i = 0; i < over_.size(); ++i) {
    if (over_[i] == nullptr) continue;
    over_[i]->touched_ = Member::nowhere;
    over_[i]->over_ = i;
  }
  state_ = State::open;
  for (std::size_t i = 0; i < over_.size(); ++i) {
    Member* const member = over_[i];
    if (member == nullptr) continue;
    member->over_ = Member::nowhere;
    member->after_turn();
  }
  over_.clear();
  // What came while it was written, or in after_turn(), shall not wait for the next event.
  if (!queue_.empty() || !touched_.empty()) wake_timer_.at(loop_.clock().boot());
}

void Desk::arm_timers() {
  if (deadlines_.empty())
    deadline_timer_.cancel();
  else
    deadline_timer_.at(deadlines_.begin()->first);
  if (!lazy_.empty() && !lazy_timer_.armed()) lazy_timer_.after(lazy_record_);
  if (!parts_.store.pending()) {
    commit_again_ = base::Duration{0};
    commit_timer_.cancel();
  } else if (!commit_timer_.armed()) {
    commit_again_ = std::clamp(commit_again_ * 2, again_first, again_most);
    commit_timer_.after(commit_again_);
  }
}

void Desk::settle_elsewhere() {
  appending_.clear();
  if (wants_record()) gather();
  elsewhere(Job::settle);
}

// After a failed commit: the record as it is now.
void Desk::settled_elsewhere() {
  if (!committed_) {
    const std::string why = std::exchange(committed_, {}).error().message;
    put_back();
    commit_failed(why);
    take_store_notes();
    if (wants_record()) {
      gather();
      return elsewhere(Job::append);
    }
  }
  state_ = State::settling;
  if (!appending_.empty()) appended(appended_);
  take_store_notes();  // what they add to the record is the next turn's
  write_out();
}

}  // namespace proxy
