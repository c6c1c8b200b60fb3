// The end of a turn: limits are committed, the record is appended, then both sides get what is theirs. And the waiting:
// what may block is done on the helper thread, and until it is done the session is left alone.
#include <algorithm>
#include <memory>
#include <utility>

#include "proxy/stdio_impl.h"

namespace proxy {
namespace {

// Outcome lines are appended without waiting for their time when there are this many bytes of them, and given up when
// they cannot be appended and there are this many.
constexpr std::size_t lazy_bytes = 64 << 10, lazy_lost = 1 << 20;
// What could not be committed because another process had the lock is tried again, at first soon.
constexpr base::Duration again_first = std::chrono::milliseconds(2), again_most = std::chrono::milliseconds(250);

}  // namespace

bool StdioSession::Impl::wants_record() const {
  const mediator::Output& out = parts_->session.output();
  // Alone they begin no log: a server's banner leaves no file behind.
  const bool due = flush_lazy_ && record_begun_ && !out.record_lazy.empty();
  return !out.record.empty() || out.record_lazy.size() > lazy_bytes || due;
}

// A batch always; refunds and leases that could not be written before, when it is time to try again.
bool StdioSession::Impl::must_commit() const {
  return parts_->store.in_batch() || (parts_->store.pending() && !commit_timer_.armed());
}

// Commit first, then record, then write: what could not be counted or recorded was taken out of the output by the
// mediator before anybody sees it.
void StdioSession::Impl::settle() {
  mediator::Session& session = parts_->session;
  const mediator::Output& out = session.output();
  const bool something = !out.to_server.empty() || !out.to_client.empty() || !out.notes.empty();
  if (!something && !fed_ && !wants_record()) return;
  fed_ = false;
  const bool commits = must_commit();
  if ((commits && parts_->store.commit_blocks()) || (wants_record() && parts_->sink.append_blocks())) {
    return settle_elsewhere();
  }
  if (commits) commit();
  if (wants_record()) {
    const bool alone = record_begun_ && out.record_lazy.empty();
    appended(parts_->sink.append(alone ? std::string_view(out.record) : lines_to_append()));
  }
  write_out();
}

void StdioSession::Impl::commit() {
  if (const auto done = parts_->store.commit(); !done) commit_failed(done.error().message);
  take_store_notes();
}

void StdioSession::Impl::commit_failed(const std::string& why) { parts_->session.store_failed(why); }

// What a person should know of the counters: they were lost, they cannot be used. It is said and put on record.
void StdioSession::Impl::take_store_notes() {
  for (const std::string& text : parts_->store.take_notes()) {
    parts_->note(mediator::Level::error, text);
    const audit::Field detail = audit::Field::text_of("detail", text);
    parts_->recorder.event(parts_->session.output().record, "state_lost", {&detail, 1});
  }
  if (const std::string trouble = parts_->store.take_trouble(); !trouble.empty()) {
    parts_->note(mediator::Level::error, "limits cannot be checked: " + trouble);
    parts_->recorder.notice(parts_->session.output().record, {"state_unusable", "", trouble});
  }
}

// The start line goes in front of the first append: a session without a record leaves none.
std::string_view StdioSession::Impl::lines_to_append() {
  const mediator::Output& out = parts_->session.output();
  appending_.assign(record_begun_ ? std::string() : parts_->start_record).append(out.record_lazy).append(out.record);
  return appending_;
}

void StdioSession::Impl::appended(const base::Result<void>& done) {
  mediator::Output& out = parts_->session.output();
  record_begun_ = record_begun_ || done.has_value();
  if (done) {
    record_failing_ = flush_lazy_ = false;
    out.record_lazy.clear();
    return;
  }
  if (!std::exchange(record_failing_, true)) parts_->note(mediator::Level::error, "audit: " + done.error().message);
  if (!out.record.empty()) parts_->session.record_failed(done.error().message);
  lose_outcomes();
  if (flush_lazy_ && !out.record_lazy.empty()) lazy_timer_.after(options_.lazy_record);
  flush_lazy_ = false;
}

// The outcomes of calls long answered need not be refused anything; they are kept as long as that is bounded.
void StdioSession::Impl::lose_outcomes() {
  mediator::Output& out = parts_->session.output();
  if (out.record_lazy.size() <= lazy_lost) return;
  parts_->note(mediator::Level::error, "outcome records were lost: the audit log cannot be written");
  out.record_lazy.clear();
}

void StdioSession::Impl::write_out() {
  mediator::Session& session = parts_->session;
  mediator::Output& out = session.output();
  to_server_->write(out.to_server);
  to_client_->write(out.to_client);
  for (const mediator::Note& note : out.notes) parts_->note(note.level, note.text);
  session.end_turn(true);
  arm_session_timers();
}

void StdioSession::Impl::arm_session_timers() {
  const mediator::Session& session = parts_->session;
  if (const auto deadline = session.deadline())
    session_timer_.at(*deadline);
  else
    session_timer_.cancel();
  if (!parts_->session.output().record_lazy.empty() && !lazy_timer_.armed()) lazy_timer_.after(options_.lazy_record);
  if (!parts_->store.pending()) {
    commit_again_ = base::Duration{0};
    commit_timer_.cancel();
  } else if (!commit_timer_.armed()) {
    commit_again_ = std::clamp(commit_again_ * 2, again_first, again_most);
    commit_timer_.after(commit_again_);
  }
}

// What the helper thread does for one turn: the commit, and, if that succeeds, the append.
struct StdioSession::Impl::Settling {
  std::string lines;
  base::Result<void> committed, appended;
};

void StdioSession::Impl::settle_elsewhere() {
  auto job = std::make_shared<Settling>();
  if (wants_record()) job->lines = std::string(lines_to_append());
  limits::Store& store = parts_->store;
  audit::Sink& sink = parts_->sink;
  const bool commits = must_commit();
  elsewhere(
      [job, commits, &store, &sink] {
        if (commits) job->committed = store.commit();
        if (job->committed && !job->lines.empty()) job->appended = sink.append(job->lines);
      },
      [this, job] { settled_elsewhere(job); });
}

void StdioSession::Impl::settled_elsewhere(const std::shared_ptr<Settling>& job) {
  if (job->committed) {
    if (!job->lines.empty()) appended(job->appended);
    write_out();
    take_store_notes();  // what they add to the record is the next turn's
    fed_ = true;
    return back();
  }
  commit_failed(job->committed.error().message);
  take_store_notes();
  append_elsewhere();
}

// After a failed commit: the record as it is now.
void StdioSession::Impl::append_elsewhere() {
  auto job = std::make_shared<Settling>();
  job->lines = std::string(lines_to_append());
  audit::Sink& sink = parts_->sink;
  elsewhere([job, &sink] { job->appended = sink.append(job->lines); },
            [this, job] {
              appended(job->appended);
              write_out();
              back();
            });
}

void StdioSession::Impl::prepare_store() {
  limits::Store& store = parts_->store;
  elsewhere([&store] { store.prepare(); }, [this] { back(); });
}

// `job` runs on the helper thread; until `done` nobody else touches the session. Where no thread can be had the session
// waits here.
void StdioSession::Impl::elsewhere(net::Worker::Work job, net::Worker::Work done) {
  if (!away_ && phase_ == Phase::serving) hold_readers(true, true);
  away_ = true;
  auto shared_job = std::make_shared<net::Worker::Work>(std::move(job));
  auto shared_done = std::make_shared<net::Worker::Work>(std::move(done));
  if (worker_.run([shared_job] { (*shared_job)(); }, [shared_done] { (*shared_done)(); })) return;
  (*shared_job)();
  (*shared_done)();
}

// The session is ours again: what came meanwhile has its turn, in its order.
void StdioSession::Impl::back() {
  away_ = false;
  fed_ = true;
  while (!away_ && !stash_.empty()) {
    const Stashed& next = stash_.front();
    if (!give(next.client, next.line, next.oversized)) return prepare_store();
    stash_.pop_front();
  }
  while (!away_ && !when_back_.empty()) {
    const auto work = std::exchange(when_back_, {});
    for (const auto& w : work) with_session(w);
  }
}

void StdioSession::Impl::with_session(std::function<void()> work) {
  if (away_) {
    when_back_.push_back(std::move(work));
    return;
  }
  fed_ = true;
  work();
}

void StdioSession::Impl::session_timer() {
  if (parts_->session.on_timer()) return;
  prepare_store();
  with_session([this] { session_timer(); });
}

}  // namespace proxy
