// Who is at the desk, what waits, and the helper thread. The end of a turn is in desk_settle.cc.
#include "proxy/desk.h"

#include <cassert>
#include <utility>

namespace proxy {

Desk::Member::~Member() { assert(desk_ == nullptr); }

Desk::Desk(net::Loop& loop, Parts parts, base::Duration lazy_record)
    : loop_(loop),
      parts_(std::move(parts)),
      lazy_record_(lazy_record),
      lazy_timer_(loop, [this] { lazy_now_ = !lazy_.empty(); }),
      commit_timer_(loop, [this] { poked_ = true; }),
      deadline_timer_(loop, [this] { deadlines_due(); }),
      wake_timer_(loop, [this] { drain(); }),
      worker_(loop) {}

Desk::~Desk() { assert(members_.empty()); }

void Desk::join(Member& member) {
  assert(member.desk_ == nullptr);
  member.desk_ = this;
  member.session_ = &member.session();
  member.place_ = members_.size();
  members_.push_back(&member);
}

void Desk::leave(Member& member) {
  if (member.desk_ != this) return;
  if (member.touched_ != Member::nowhere) {
    // Later its lines are in appending_.
    if (state_ == State::open || state_ == State::preparing) {
      take_lazy(member);
      const std::string& record = member.session_->output().record;
      lazy_ += record;
      lazy_due_ = lazy_due_ || !record.empty();
      poked_ = true;
    }
    touched_[member.touched_] = nullptr;
  }
  if (member.over_ != Member::nowhere) over_[member.over_] = nullptr;
  if (running_ == &member) running_ = nullptr;
  std::vector<std::move_only_function<bool()>> dropped;  // destroyed last: it may hold the member
  if (member.queued_ > 0) {
    for (Queued& q : queue_) {
      if (q.member == &member) dropped.push_back(std::exchange(q, {nullptr, [] { return true; }}).work);
    }
  }
  if (member.deadline_) deadlines_.erase(*member.deadline_);
  members_.back()->place_ = member.place_;
  members_[member.place_] = members_.back();
  members_.pop_back();
  member.desk_ = nullptr;
  member.session_ = nullptr;
  member.touched_ = member.over_ = Member::nowhere;
  member.queued_ = 0;
  member.deadline_.reset();
}

void Desk::touch(Member& member) {
  assert(member.desk_ == this && state_ == State::open);
  if (member.touched_ != Member::nowhere) return;
  member.touched_ = touched_.size();
  touched_.push_back(&member);
}

void Desk::queue(Member* member, std::move_only_function<bool()> work) {
  if (member != nullptr) ++member->queued_;
  queue_.push_back({member, std::move(work)});
}

void Desk::later(Member& member, std::move_only_function<bool()> work) {
  const bool waits = busy();
  queue(&member, std::move(work));
  if (!waits) elsewhere(Job::prepare);
}

void Desk::with(Member& member, std::move_only_function<void()> work) {
  if (busy()) {
    return queue(&member, [work = std::move(work)]() mutable { return work(), true; });
  }
  touch(member);
  work();
}

void Desk::with(std::move_only_function<void()> work) {
  if (busy()) {
    return queue(nullptr, [work = std::move(work)]() mutable { return work(), true; });
  }
  poked_ = true;
  work();
}

void Desk::when_settled(std::move_only_function<void()> work) {
  settle();
  if (busy()) return with([this, work = std::move(work)]() mutable { when_settled(std::move(work)); });
  if (!parts_.store.pending()) return work();
  // Another process's lock kept refunds from being written: once more, waiting for it.
  queue(nullptr, [this, work = std::move(work)]() mutable {
    settle();
    with([this, work = std::move(work)]() mutable { owed_nothing(), work(); });
    return true;
  });
  elsewhere(Job::prepare);
}

void Desk::owed_nothing() {
  if (!parts_.store.pending()) return;
  constexpr std::string_view lost = "what the last calls give back could not be written and stays charged";
  parts_.note(mediator::Level::error, std::string("limits: ").append(lost));
  parts_.recorder.notice(lazy_, {"refunds_lost", "", std::string(lost)});
}

void Desk::on_policy(const std::shared_ptr<const policy::Snapshot>& policy) {
  for (Member* member : members_) {
    touch(*member);
    member->session_->on_policy(policy);
  }
}

// Until the job is done nobody touches a session. Where no thread can be had the loop waits here.
void Desk::elsewhere(Job job) {
  const bool begins = state_ == State::open || state_ == State::settling;
  state_ = job == Job::prepare ? State::preparing : State::away;
  if (begins && away_callback_) away_callback_();
  if (worker_.run([this, job] { work(job); }, [this, job] { done(job); })) return;
  work(job);
  done(job);
}

// On the helper thread: uses nothing but what is named here.
void Desk::work(Job job) {
  if (job == Job::prepare) return parts_.store.prepare();
  committed_ = appended_ = {};
  if (job == Job::settle && commits_) committed_ = parts_.store.commit();
  if (committed_ && !appending_.empty()) appended_ = parts_.sink.append(appending_);
}

void Desk::done(Job job) {
  if (job == Job::prepare) {
    state_ = State::open;
  } else {
    settled_elsewhere();
    if (state_ == State::away) return;  // again
  }
  poked_ = true;
  drain();
}

// What came meanwhile has its turn, in its order.
void Desk::drain() {
  if (std::exchange(draining_, true)) return;
  while (state_ == State::open && !queue_.empty()) {
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    Member* const member = running_ = next.member;
    if (member != nullptr) {
      --member->queued_;
      touch(*member);
    }
    const bool complete = next.work();
    const bool left = member != nullptr && running_ == nullptr;
    running_ = nullptr;
    if (complete || left) continue;
    if (member != nullptr) ++member->queued_;
    queue_.push_front(std::move(next));
    if (state_ == State::open) elsewhere(Job::prepare);
  }
  draining_ = false;
}

void Desk::follow_deadline(Member& member) {
  const auto due = member.session_->deadline();
  if (!member.deadline_) {
    if (due) member.deadline_ = deadlines_.emplace(*due, &member);
  } else if (!due) {
    deadlines_.erase(*member.deadline_);
    member.deadline_.reset();
  } else if ((*member.deadline_)->first != *due) {
    auto node = deadlines_.extract(*member.deadline_);
    node.key() = *due;
    member.deadline_ = deadlines_.insert(std::move(node));
  }
}

void Desk::deadlines_due() {
  const base::BootTime now = loop_.clock().boot();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Member& member = *deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    member.deadline_.reset();  // found anew when its turn ends
    if (!busy()) {
      touch(member);
      if (member.session_->on_timer()) continue;
    }
    later(member, [session = member.session_] { return session->on_timer(); });
  }
}

void Desk::finish(const audit::Shutdown& shutdown) {
  assert(state_ == State::open);
  for (Member* member : touched_) {
    if (member == nullptr) continue;
    take_lazy(*member);
    lazy_ += member->session_->output().record;
  }
  if (!begun_) return;
  parts_.recorder.shutdown(lazy_, shutdown);
  if (const auto done = parts_.sink.append(lazy_); !done) {
    parts_.note(mediator::Level::error, "audit: " + done.error().message);
  }
  lazy_.clear();
}

void Desk::trim() {
  for (std::string* s : {&lazy_, &appending_}) {
    if (s->empty()) std::string().swap(*s);
  }
}

}  // namespace proxy
