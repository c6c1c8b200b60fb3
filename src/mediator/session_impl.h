// The inside of Session, shared by the files of this room. One file a part:
//   session.cc       turns, policy, time, ends
//   failing.cc       the store or the record fails: what this turn would have forwarded is taken back
//   client_side.cc   what the client sends
//   ruling.cc        deciding a message: facts, limits, approval, replays; recording and forwarding
//   server_side.cc   what the server sends: answers, requests, notifications, noise
//   server_asks.cc   requests inside other messages: inputRequests, URLs of error -32042
//   locks.cc         the server's tools beside those that were locked
//   own_list.cc      the session's own tools/list and the calls that wait for it
//   exchanges.cc     what only HTTP can tell: exchanges that end without an answer, sessions that are lost
#pragma once
#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mediator/continuations.h"
#include "mediator/outbox.h"
#include "mediator/pending.h"
#include "mediator/replays.h"
#include "mediator/replies.h"
#include "mediator/session.h"
#include "tools/registry.h"

namespace mediator {

// Why a message is refused; what recording and answering it need.
struct Refused {
  std::string_view reason;  // the record's word: "rule", "hidden", "limit", ...
  std::string_view rule;
  std::string message;
  std::optional<base::Duration> retry_after;
  bool as_unknown_tool = false;  // on_hidden: unknown
  // For the record; they refer to the verdict.
  std::string_view condition = {};
  std::optional<audit::RefusedLimit> limit = {};
};

// What came of the requests that an answer (or a task's status) puts to the client.
struct Inner {
  bool ruled = false;
  std::optional<Refused> refused;
  std::string decision_id;  // of the refusal
  std::vector<std::string> decisions;
  std::vector<Held> held;
  bool is_durable() const {
    return std::ranges::any_of(held, [](const Held& h) { return h.durable; });
  }
};

class Session::Impl {
 public:
  Impl(Config config, const base::Clock& clock, base::Random& random, limits::Store& store, audit::Recorder& recorder,
       std::shared_ptr<const policy::Snapshot> policy, PauseState* pause);

  // session.cc
  void on_server_gone(std::string_view how, std::uint64_t written);
  void on_end(std::uint64_t written);
  void on_policy(std::shared_ptr<const policy::Snapshot> policy);
  bool on_timer();
  std::optional<base::BootTime> deadline() const;
  void end_turn(bool keep_lazy);
  void set_tag(std::uint64_t tag);
  bool is_waiting(Scope scope, std::string_view id_key) const;
  // failing.cc
  void store_failed(std::string_view why);
  void record_failed(std::string_view why);
  // client_side.cc
  bool on_client(std::string_view line, Scope scope);
  bool on_client(const Inbox& read, Scope scope);
  void on_client_oversized(std::string_view prefix, std::size_t limit, Scope scope);
  void refuse_client(const Inbox& read, Scope scope, int code, std::string_view reason_word, std::string text);
  // server_side.cc
  bool on_server(std::string_view line, Scope scope);
  bool on_server_oversized(std::string_view prefix, std::size_t limit, Scope scope);
  // exchanges.cc
  bool on_unanswered(Scope scope, std::string_view id_key, bool delivered, std::string_view how);
  bool on_status(Scope scope, std::string_view id_key, unsigned status, std::string_view body);
  bool on_client_gone(Scope scope, std::string_view id_key, bool tell_server);
  void on_session_lost(std::string_view how);
  // ruling.cc
  const tools::Definition* known_tool(std::string_view name);

  Output out;
  Counts counts;
  // Cancelled calls that the server may still answer are not in flight.
  std::size_t in_flight() const { return calls_.size() - cancelled_.size(); }
  bool is_idle() const { return in_flight() == 0 && asks_.empty() && !own_list_; }

 private:
  // Whose request an answer answers.
  struct Answered {
    Scope scope;
    mcp::Id id;
    const mcp::Method* method;
    bool modern;
    Caller caller() const { return {scope, &id, method, modern}; }
  };
  // What went into an output buffer this turn because of a decision: record_failed takes it out again.
  struct Forwarded {
    enum class What : std::uint8_t { request, notification, answer };
    What what;
    mcp::Direction direction;                 // whose message it is; names the buffer
    std::size_t begin, end;                   // in to_server or to_client
    std::string key = {};                     // of a request: in calls_ or asks_
    std::unique_ptr<Answered> to = {};        // of an answer, if somebody waits for it
    Held held = {};                           // of a notification: nothing else will settle it
    bool durable = false;                     // rests on what the store has yet to commit
    std::vector<std::string> decisions = {};  // of a notification or answer; a request's are with its call
  };
  // A call that the client has cancelled and the server has not answered.
  struct Cancelled {
    std::string key;  // in calls_
    base::BootTime until;
  };
  struct Waiting {
    std::string key;  // in calls_
    Scope scope;
    std::string line;
    int attempts;
  };
  struct OwnList {
    std::string id_key;  // of the request in flight
    std::string id_text;
    std::string cursor;
    std::string meta;      // JSON text of _meta, or ""
    std::string revision;  // that it declares
    base::BootTime deadline{};
    int pages = 0;
  };

  // session.cc
  void note(Level level, std::string text);
  void notice(std::string_view what, std::string_view direction, std::string_view detail);
  void settle_all(std::uint64_t written, bool answer);
  // Settles and records a call that will get no answer of the server any more.
  void settle_unanswered(const Call& call, bool undelivered);
  void record_outcome(const std::string& decision_id, std::string_view outcome, base::BootTime since,
                      std::uint64_t bytes, std::optional<std::int64_t> code = std::nullopt);
  void announce_tools_changed();
  void settle(const Held& held, limits::Settlement settlement);
  StringMap<Call>::iterator find_call(Scope scope, std::string_view id_key) {
    return scope == 0 ? calls_.find(id_key) : calls_.find(call_key(scope, id_key));
  }
  bool is_in_flight(Scope scope, std::string_view id_key) const {
    return scope == 0 ? calls_.contains(id_key) : calls_.contains(call_key(scope, id_key));
  }
  // Takes the call out of the table: it is the node's mapped().
  StringMap<Call>::node_type take_call(StringMap<Call>::iterator it);
  // Gives up waiting for what the server says to cancelled calls: the oldest ones, and those whose time is over.
  void expire_cancelled();

  Outbox& outbox(mcp::Direction sender) { return sender == mcp::Direction::client_to_server ? to_server_ : to_client_; }

  // failing.cc
  // Takes this turn's messages, all or only those that rest on the store, out of the output and refuses them.
  void take_back_turn(bool all, const std::string& text);
  void take_back(const Forwarded& f, bool all, const std::string& text);

  // client_side.cc
  void refuse_text(const Inbox& read, Scope scope);
  void refuse_message(const Inbox& read, Scope scope);
  // The request's id if an error may carry it: it is none of a call in flight, and not too long; else null.
  const mcp::Id* answerable(const mcp::Id& id, Scope scope) const;
  bool client_request(const mcp::Message& m, Scope scope);
  bool client_notification(const mcp::Message& m, Scope scope);
  void client_answer(const mcp::Message& m);
  // False if the server never heard of the call, and so shall not hear of its end.
  bool client_cancels(const mcp::Message& m, Scope scope);
  // The client wants no answer any more. False as above.
  bool cancel(StringMap<Call>::iterator it);
  // The client's answer cannot be read: the server gets an error. False if it asked nothing by this id.
  bool fail_ask(const std::string& id_key, const std::string& why);
  void remember_client(const mcp::Message& m);

  // ruling.cc
  // These give false if the store must be prepared first; nothing was done then.
  bool rule_call(const mcp::Message& m, Scope scope, int attempts);
  bool store_is_ready();  // for what verdict_ charges
  void forward_call(const mcp::Message& m, Call&& call, std::string_view continues);
  // Evaluates into verdict_. `known` is the method's row if it may come from this side.
  void evaluate(const mcp::Message& m, mcp::Direction direction, json::Value params);
  std::optional<Refused> refusal_of_verdict(mcp::Direction direction);
  std::optional<Refused> refusal_of_pause();
  std::optional<Refused> reserve(Held& held);
  std::optional<Refused> approval_refusal();
  Refused refusal_of_limit(const limits::Refusal& refusal) const;
  void count_shadow(Held& held);
  bool is_ruled() const;  // the message that was evaluated last
  // True if the call is answered, refused or made to wait because of an identical one.
  bool replayed(const mcp::Message& m, Call& call);
  void answer_replay(const Call& call, std::string_view answer);
  void finish_replay(const std::vector<std::string>& waiters, std::string_view answer, std::string_view why_not);
  void refuse(const mcp::Message& m, mcp::Direction direction, Scope scope, const Refused& refused);
  void record_decision(const mcp::Message& m, mcp::Direction direction, std::string_view id, std::string_view word,
                       const Refused* refused, std::string_view continues = {});
  const tools::Definition* find_tool(std::string_view name);
  // locks.cc
  // Keeps a page of the server's tools/list, and says what of it is not as locked.
  void take_page(std::string_view cursor, json::Value result, tools::LockCheck::For whom);
  // Compares what an answer to initialize or server/discover tells the model with what was locked, and says what
  // differs. True if it must not reach the client.
  bool refuses_instructions(json::Value result);
  // The latter of take_page() alone.
  void compare_page(bool first, json::Value result, tools::LockCheck::For whom);
  // Begins with the policy's lock, if it has another than before.
  void take_lock();
  // What the lock knows of the tool; a locked definition takes the listed one's place.
  void look_at_lock(std::string_view tool, policy::Facts& facts);
  void note_denial(const mcp::Message& m, const Refused& refused, std::string_view id);
  std::string next_decision_id();
  // `held` and `decisions`: of a notification or answer, which nothing else will settle.
  void append_forwarded(const mcp::Message& m, mcp::Direction direction, Scope scope, bool ruled, const Held& held,
                        bool durable, std::vector<std::string> decisions = {});

  // server_side.cc
  void server_noise(std::string_view line, std::string_view why);
  void unreadable_text(std::string_view line, Scope scope, std::string_view why);
  void unreadable_message(const mcp::MessageError& error, Scope scope);
  // Answers the call with an error because its answer cannot be read. False if no such call is in flight.
  bool fail_call(Scope scope, std::string_view id_key, std::string_view why);
  void server_answer(const mcp::Message& m, Scope scope);
  bool server_request(const mcp::Message& m, Scope scope);
  bool server_notification(const mcp::Message& m, Scope scope);
  void deliver(const mcp::Message& m, Call& call);
  void settle_answered(const mcp::Message& m, Call& call, std::string_view outcome);
  // server_asks.cc
  // Rules what an answer or a task's notification asks of the client: inputRequests, and the URLs of error -32042.
  Inner rule_asks(const mcp::Message& m);
  static bool asks_inside(const mcp::Message& m);
  void rule_input_requests(json::Value holder, Inner& inner);
  void rule_urls(json::Value error, Inner& inner);
  void rule_inner(std::string_view method, json::Value params, std::string_view look_alike, Inner& inner);
  // What is taken out of an answer.
  enum class Cut : std::uint8_t { nothing, hidden_tools, instructions };
  // An answer. `awaited`: by who is to be refused if it is taken back.
  void forward_to_client(const mcp::Message& m, Cut cut, const Inner& inner, const Caller& to, bool awaited);
  void heed(const mcp::Message& m, Scope scope);
  void follow_task(const mcp::Message& m, Call& call);
  // Frees the leases of a task whose status is final.
  void watch_task(std::string_view id, std::string_view status);
  void end_task(std::string_view id);

  // own_list.cc
  void wait_for_tools(const mcp::Message& m, Scope scope, int attempts);
  void send_own_list();
  // False if it answers no request of ours.
  bool own_answer(const mcp::Message& m, Scope scope);
  void own_list_answered(const mcp::Message& m);
  bool is_own_list(Scope scope, std::string_view id_key) const {
    return own_list_ && scope == 0 && own_list_->id_key == id_key;
  }
  // The list came to nothing: the calls that wait for it are refused because of `why`.
  void fail_own_list(std::string why);
  // What is said next may let waiting calls be ruled, and the store is not ready for that.
  bool list_needs_store() { return own_list_ && policy_->uses_store() && !store_.ready(); }
  // Rules the waiting calls again; those that still need the tools are refused with `failure`, if it is not "".
  void resume_waiting(std::string failure);

  // exchanges.cc
  void fail_by_status(const Call& call, const std::string& status, std::string_view body);
  const mcp::Message* read_answer(std::string_view body);

  Config config_;
  const base::Clock& clock_;
  base::Random& random_;
  limits::Store& store_;
  audit::Recorder& recorder_;
  PauseState* const pause_;
  std::shared_ptr<const policy::Snapshot> policy_;

  Outbox to_server_, to_client_;
  Inbox inbox_, resumed_;
  json::Document server_document_;
  mcp::Message server_message_;
  policy::Verdict verdict_;
  const mcp::Method* known_ = nullptr;  // the evaluated message's row, if its side may send it
  std::string uncounted_;               // why it passes uncounted (state_fail_open), or ""
  std::vector<policy::Subject> subjects_;
  std::vector<audit::Charged> charged_;
  std::vector<audit::Shadow> shadow_;

  StringMap<Call> calls_;
  StringMap<Ask> asks_;
  tools::Registry registry_;
  std::unique_ptr<tools::LockCheck> lock_;  // null: the policy has none
  tools::LockState lock_state_;             // of the tool of the message that was evaluated last
  int lock_findings_shown_ = 0;
  std::string instructions_shown_;  // what stderr was told of them last
  Continuations continuations_;
  Replays replays_;
  StringMap<Held> task_leases_;
  std::deque<Cancelled> cancelled_;
  std::optional<OwnList> own_list_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::string tools_failure_;  // while waiting calls are refused because of it
  int list_restarts_ = 0;
  std::string own_prefix_;  // "intercept:<random>:"
  std::uint64_t own_ids_ = 0;

  std::vector<Forwarded> turn_;
  std::uint64_t sent_before_turn_ = 0;  // bytes of to_server in all earlier turns
  std::uint64_t decisions_ = 0;
  int denials_shown_ = 0;
  bool record_broken_ = false;  // the last record could not be written, and that was said
  bool store_broken_ = false;   // the same of the store
  bool was_paused_ = false;     // when it was last asked
  std::string client_name_;
  bool initialized_ = false;  // notifications/initialized went by
  bool server_gone_ = false;
  std::string gone_how_;
};

}  // namespace mediator
