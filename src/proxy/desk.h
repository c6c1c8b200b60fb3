// The end of a turn for all sessions of one loop: the limits' store is committed once, the record is appended once,
// then each session's two sides are written. The sessions share one store, one sink and one clock; a driver
// (StdioSession, a listener) reads, gives input to its sessions, and calls settle() when the loop's turn ends.
//
// The way of an input:
//   if (!desk.busy()) {
//     desk.touch(member);
//     if (member.session().on_client(line)) return;       // settled at the turn's end
//   }
//   desk.later(member, [&, line = std::string(line)] { return session.on_client(line); });   // and stop reading
//
// What must stay true:
// - A turn's limits are committed and its records appended before anything of that turn is written to any side.
// - The loop never waits: what may (a lock of the store, a disk that is to be synced) is done on a helper thread, which
//   exists from the first such need on. While it has the store or the sink no session of the desk is touched.
// - What could not be done at once is done in the order in which it came: no input is ruled before an earlier one.
// - A session that was not touched costs a turn nothing.
// - What waits in later() is the drivers' to bound: who gives work there stops reading that side until after_turn().
//
// Everything on the loop's thread. A Desk is destroyed before its loop, its store and its sink; its members leave
// first.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "limits/store.h"
#include "mediator/session.h"
#include "net/loop.h"
#include "net/worker.h"

namespace proxy {

// What a session or a process says of itself at its end. `reason` must outlive it.
inline audit::Shutdown shutdown_of(std::string_view reason, const mediator::Counts& counts) {
  audit::Shutdown shutdown;
  shutdown.reason = reason;
  shutdown.calls = counts.calls;
  shutdown.denied = counts.denied;
  return shutdown;
}

class Desk {
 public:
  // One session with its two sides. Must have left its desk before it is destroyed.
  class Member {
   public:
    Member() = default;
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    virtual ~Member();
    // Asked once, when it joins; must live until it has left.
    virtual mediator::Session& session() = 0;
    // The turn is committed and on record: write (or queue) out.to_server and out.to_client. Called once for each turn
    // in which the member was touched, also when both are empty. No session can be given input meanwhile: busy() is
    // true.
    virtual void write_out(mediator::Output& out) = 0;
    // The turn is over, and input may be given again (in this call too): what was held for want of it can be read on.
    virtual void after_turn() {}
    // What goes in front of the session's notes, where there is more than one: "session 5f3a: ". "": nothing.
    virtual std::string_view label() const { return {}; }

   private:
    friend class Desk;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    Desk* desk_ = nullptr;
    mediator::Session* session_ = nullptr;
    std::size_t place_ = 0, touched_ = nowhere, over_ = nowhere;  // in the desk's lists
    std::size_t queued_ = 0;                                      // work of it that waits
    std::optional<std::multimap<base::BootTime, Member*>::iterator> deadline_;
  };

  // What a desk works with; all must outlive it. `store` and `sink` may be used on a helper thread (one at a time):
  // whatever clocks and files they use must bear that.
  struct Parts {
    limits::Store& store;  // of all sessions
    audit::Sink& sink;
    audit::Recorder& recorder;  // for what belongs to no session: lost counters, reloads, the shutdown
    base::TurnClock& clock;     // what all were made with; refreshed when a turn begins
    // Shows one note to the user (stderr, by --log-level). Must not block.
    std::function<void(mediator::Level, std::string_view)> note;
    // The line of Recorder::start: goes in front of the first append, so that a process without a record leaves none.
    std::string start_record;
  };
  // How long outcome lines may wait for the next append.
  static constexpr base::Duration lazy_record_default = std::chrono::milliseconds(100);

  Desk(net::Loop& loop, Parts parts, base::Duration lazy_record = lazy_record_default);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  net::Loop& loop() { return loop_; }
  audit::Recorder& recorder() { return parts_.recorder; }
  void note(mediator::Level level, std::string_view text) { parts_.note(level, text); }
  // For the loop's on_wake: a turn begins.
  void wake() { parts_.clock.refresh(); }

  void join(Member& member);
  // Both at any time, also in a callback of the desk. Who leaves is forgotten: its queued work is dropped, what it put
  // out and was not yet written is not written, its record lines are kept and go with the next append; its session is
  // not used any more. For its charges to be settled its session gets on_end() and a turn's end first.
  void leave(Member& member);
  std::size_t members() const { return members_.size(); }

  // Sessions may not be touched: the helper thread has the store or the sink, a turn is being written, or earlier work
  // waits.
  bool busy() const { return state_ != State::open || !queue_.empty(); }
  // Not busy: the member's session is given input now; it takes part in the turn's end.
  void touch(Member& member);
  // Input that was not taken, because the desk is busy or because the session says that the store must be prepared
  // first: done when it can be, in order. False from `work`: the store must be prepared, and it is called again.
  void later(Member& member, std::move_only_function<bool()> work);
  // Work that uses the member's session (it is touched), or sessions that the work touches itself: done now, or, if
  // the desk is busy, in order as soon as it is not.
  void with(Member& member, std::move_only_function<void()> work);
  void with(std::move_only_function<void()> work);

  // The end of the loop's turn (also in between, if what was put out must go now). Nothing while it is busy.
  void settle();
  // For the end: settles; `work` is done when that leaves nothing to wait for, perhaps within this call. Refunds that
  // another process's lock keeps from being written are waited for, as long as the store's prepare() does; then it is
  // said, and goes on record, that they are lost.
  void when_settled(std::move_only_function<void()> work);
  // Called when the helper thread takes the store or the sink: the driver may stop reading. It is over when a settle()
  // leaves busy() false.
  void on_away(std::function<void()> callback) { away_callback_ = std::move(callback); }

  // Gives every member's session the policy. Not busy: call in with().
  void on_policy(const std::shared_ptr<const policy::Snapshot>& policy);
  // Lines of the process itself are written here, at any time; they are appended like outcomes.
  std::string& record_lazy() { return poked_ = true, lazy_; }
  // The same for lines that are appended at the end of the turn, and begin the log where there is none.
  std::string& record_now() { return lazy_due_ = true, lazy_; }
  // Something was appended: the log names this process.
  bool record_begun() const { return begun_; }
  // The last append, on this thread: what still waits and the shutdown's line, if the record was begun. Not busy: call
  // it in when_settled().
  void finish(const audit::Shutdown& shutdown);

  // Nobody waits for the store's answer any more (the process is told to end).
  void interrupt() { parts_.store.interrupt(); }
  // Bytes that its buffers hold on to, and giving them back. Not busy.
  std::size_t capacity() const { return appending_.capacity() + lazy_.capacity(); }
  void trim();

 private:
  enum class State : std::uint8_t {
    open,
    preparing,  // the helper thread prepares the store
    settling,   // a turn ends on the loop
    away,       // a turn ends on the helper thread
  };
  enum class Job : std::uint8_t { prepare, settle, append };  // the helper thread's
  struct Queued {
    Member* member;  // null: nobody's, or it has left
    std::move_only_function<bool()> work;
  };

  // Turn's end (desk_settle.cc).
  bool wants_record() const;
  bool must_commit() const;
  void commit();
  void commit_failed(const std::string& why);
  void take_store_notes();
  void take_lazy(Member& member);
  void append();
  void gather();
  void appended(const base::Result<void>& done);
  void put_back();
  void lose_outcomes();
  void write_out();
  void over();
  void arm_timers();
  void settle_elsewhere();
  void settled_elsewhere();
  // Sessions and waiting (desk.cc).
  void queue(Member* member, std::move_only_function<bool()> work);
  void elsewhere(Job job);
  void work(Job job);
  void done(Job job);
  void back();
  void drain();
  void owed_nothing();
  void follow_deadline(Member& member);
  void deadlines_due();

  net::Loop& loop_;
  Parts parts_;
  const base::Duration lazy_record_;
  std::function<void()> away_callback_;

  std::vector<Member*> members_;
  std::vector<Member*> touched_;  // in this turn; null: it has left
  std::vector<Member*> over_;     // their turn is over and after_turn() is due; null: it has left
  std::multimap<base::BootTime, Member*> deadlines_;

  std::deque<Queued> queue_;
  Member* running_ = nullptr;  // whose queued work is being done

  std::string lazy_;       // lines that may wait, older than any record of the turn
  std::string appending_;  // start_record (head_ bytes), then what lazy_ was (up to keep_), then the turn's records
  std::size_t head_ = 0, keep_ = 0;
  base::Result<void> committed_, appended_;  // by the helper thread
  base::Duration commit_again_{0};

  State state_ = State::open;
  bool poked_ = false;     // the turn's end has something to look at although nobody was touched
  bool draining_ = false;  // the queue
  bool lazy_now_ = false;  // lazy_ has waited long enough
  bool lazy_due_ = false;  // a line of it may not wait
  bool begun_ = false;     // something was appended
  bool failing_ = false;   // the last append failed
  bool commits_ = false;   // the helper thread is to commit
  net::Timer lazy_timer_, commit_timer_, deadline_timer_, wake_timer_;
  net::Worker worker_;  // last: it waits for a job that uses the others
};

}  // namespace proxy
