// The inside of Session, shared by the files of this room. One file a part:
//   session.cc       turns, policy, time, ends
//   client_side.cc   what the client sends
//   ruling.cc        deciding a message: facts, limits, approval, replays; recording and forwarding
//   server_side.cc   what the server sends: answers, requests, notifications, noise
//   own_list.cc      the session's own tools/list and the calls that wait for it
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mediator/continuations.h"
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
};

// What a message came to when it was allowed.
struct Admitted {
  bool ruled = false;
  limits::ReservationId reservation = 0;
};

class Session::Impl {
 public:
  Impl(Config config, const base::Clock& clock, base::Random& random, limits::Store& store, audit::Recorder& recorder,
       std::shared_ptr<const policy::Snapshot> policy);

  // session.cc
  void on_server_gone(std::string_view how, std::uint64_t written);
  void on_end(std::uint64_t written);
  void on_policy(std::shared_ptr<const policy::Snapshot> policy);
  void on_timer();
  std::optional<base::BootTime> deadline() const;
  void record_failed(std::string_view why);
  void end_turn(bool keep_lazy);
  // client_side.cc
  void on_client(std::string_view line);
  void on_client_oversized(std::string_view prefix, std::size_t limit);
  // server_side.cc
  void on_server(std::string_view line);
  void on_server_oversized(std::string_view prefix, std::size_t limit);

  Output out;
  Counts counts;
  std::size_t in_flight() const { return calls_.size(); }

 private:
  // A ruled message of this turn that is in an output buffer: what record_failed takes out again.
  struct Forwarded {
    mcp::Direction direction;
    std::size_t begin, end;  // in to_server or to_client
    std::string id_key;      // "" for a notification
    limits::ReservationId reservation;
  };
  struct Waiting {
    std::string id_key;
    std::string line;
    int attempts;
  };
  struct OwnList {
    std::string id_key;  // of the request in flight
    std::string id_text;
    std::string cursor;
    std::string meta;  // JSON text of _meta, or ""
    base::BootTime deadline{};
    int pages = 0;
  };

  // session.cc
  void note(Level level, std::string text);
  void notice(std::string_view what, std::string_view direction, std::string_view detail);
  void settle_unanswered(Call& call, std::uint64_t written, bool answer, std::string_view how);
  void record_outcome(const std::string& decision_id, std::string_view outcome, base::BootTime since,
                      std::uint64_t bytes, std::optional<std::int64_t> code = std::nullopt);
  void announce_tools_changed();

  // client_side.cc
  void refuse_text(std::string_view line, const json::ReadError& error);
  void refuse_message(const mcp::MessageError& error);
  void client_request(const mcp::Message& m);
  void client_notification(const mcp::Message& m);
  void client_answer(const mcp::Message& m);
  void client_cancels(const mcp::Message& m);
  void remember_client(const mcp::Message& m);

  // ruling.cc
  void rule_call(const mcp::Message& m, int attempts);
  void forward_call(const mcp::Message& m, Call call, const Admitted& admitted, std::string_view continues);
  // Evaluates into verdict_. `known` is the method's row if it may come from this side.
  void evaluate(const mcp::Message& m, mcp::Direction direction, json::Value params);
  std::optional<Refused> refusal_of_verdict(mcp::Direction direction) const;
  std::optional<Refused> reserve(limits::ReservationId& out_reservation);
  std::optional<Refused> approval_refusal();
  void count_shadow();
  bool is_ruled(const mcp::Method* known) const;
  // True if the call is answered, refused or made to wait because of an identical one.
  bool replayed(const mcp::Message& m, Call& call);
  void answer_replay(const mcp::Message& m, const Call& call, const Replays::Found& found);
  void finish_replay(const std::vector<std::string>& waiters, std::string_view answer, std::string_view why_not);
  void refuse(const mcp::Message& m, mcp::Direction direction, const Refused& refused);
  void record_decision(const mcp::Message& m, mcp::Direction direction, std::string_view id, std::string_view word,
                       const Refused* refused, std::string_view continues = {});
  std::string next_decision_id();
  void append_forwarded(const mcp::Message& m, mcp::Direction direction, bool ruled, limits::ReservationId reservation);

  // server_side.cc
  void server_noise(std::string_view line, std::string_view why);
  void unreadable_text(std::string_view line, std::string_view why);
  void unreadable_message(const mcp::MessageError& error);
  // Answers the call with an error because its answer cannot be read. False if no such call is in flight.
  bool fail_call(std::string_view id_key, std::string_view why);
  void server_answer(const mcp::Message& m);
  void server_request(const mcp::Message& m);
  void server_notification(const mcp::Message& m);
  void deliver(const mcp::Message& m, Call& call);
  void settle_answered(const mcp::Message& m, Call& call, std::string_view outcome);
  // Rules what an answer asks of the client: inputRequests, and the URLs of error -32042.
  std::optional<Refused> inner_refusal(const mcp::Message& answer);
  std::optional<Refused> rule_inner(const mcp::Message& answer, std::string_view method, json::Value params);
  void forward_to_client(const mcp::Message& m, bool is_tools_list);
  void follow_task(const mcp::Message& m, Call& call);
  // Frees the leases of a task whose status is final.
  void watch_task(std::string_view id, std::string_view status);
  void end_task(std::string_view id);

  // own_list.cc
  void wait_for_tools(const mcp::Message& m, int attempts);
  void send_own_list();
  bool own_answer(const mcp::Message& m);
  // Rules the waiting calls again; those that still need the tools are refused with `failure`, if it is not "".
  void resume_waiting(std::string failure);

  Config config_;
  const base::Clock& clock_;
  base::Random& random_;
  limits::Store& store_;
  audit::Recorder& recorder_;
  std::shared_ptr<const policy::Snapshot> policy_;

  json::Document client_document_, server_document_, resumed_document_;
  mcp::Message client_message_, server_message_, resumed_message_;
  policy::Verdict verdict_;
  std::vector<policy::Subject> subjects_;
  std::vector<audit::Charged> charged_;
  std::vector<audit::Shadow> shadow_;

  StringMap<Call> calls_;
  StringMap<Ask> asks_;
  tools::Registry registry_;
  Continuations continuations_;
  Replays replays_;
  StringMap<limits::ReservationId> task_leases_;
  std::optional<OwnList> own_list_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::string tools_failure_;  // while waiting calls are refused because of it
  int list_restarts_ = 0;
  bool list_dirty_ = false;  // list_changed came while our own list was on its way
  std::string own_prefix_;   // "intercept:<random>:"
  std::uint64_t own_ids_ = 0;

  std::vector<Forwarded> turn_;
  std::uint64_t sent_before_turn_ = 0;  // bytes of to_server in all earlier turns
  std::uint64_t decisions_ = 0;
  std::string client_name_;
  bool initialized_ = false;  // notifications/initialized went by
  bool server_gone_ = false;
  std::string gone_how_;
};

}  // namespace mediator
