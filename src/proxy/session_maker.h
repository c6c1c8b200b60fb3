// Makes the sessions of a process that has many (a listener): all of one store, clock, log and policy.
//
// What must stay true:
// - A session's name in facts, counters and records is random and its own: never what client and server call it
//   (Mcp-Session-Id), which is a secret.
// - No two sessions give a decision the same id: the ids of the n-th begin with "<instance>-<n>-" (n in base 36), those
//   of a process with one session with "<instance>-". What stands before the first "-" is the instance in both.
// Everything on the thread of the sessions.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/clock.h"
#include "base/random.h"
#include "limits/store.h"
#include "mediator/session.h"
#include "policy/evaluate.h"

namespace proxy {

class SessionMaker {
 public:
  // All that is referred to must outlive the sessions, the maker need not.
  struct Parts {
    mediator::Config common;  // `instance`: the process's; `session` and `identity` are each session's own
    const base::Clock& clock;
    base::Random& random;
    limits::Store& store;
    audit::Recorder& recorder;  // the process's
    mediator::PauseState* pause = nullptr;
  };
  // A session with its recorder: part of a Desk::Member.
  struct Made {
    Made(const Parts& parts, const mediator::Config& config, const std::shared_ptr<const policy::Snapshot>& policy);
    std::string name;  // of the session, in records
    audit::Recorder recorder;
    mediator::Session session;
  };
  SessionMaker(Parts parts, std::shared_ptr<const policy::Snapshot> policy);

  // `identity`: who calls, for limits and records. `sessionless`: as mediator::Config.
  std::unique_ptr<Made> make(std::string_view identity, bool sessionless = false);
  // What sessions start with from now on (PolicyReload::Parts::in_force).
  void on_policy(const std::shared_ptr<const policy::Snapshot>& policy) { policy_ = policy; }
  const std::shared_ptr<const policy::Snapshot>& policy() const { return policy_; }

 private:
  Parts parts_;
  std::shared_ptr<const policy::Snapshot> policy_;
  std::uint64_t made_ = 0;
};

}  // namespace proxy
