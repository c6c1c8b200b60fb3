// Hot reload: the policy's file is watched and, when it changed or on SIGHUP, loaded anew on a helper thread. A policy
// that may be used takes the old one's place between two messages, in all sessions of a desk; one that may not changes
// nothing and says why.
//
// What must stay true:
// - The loop is not held while a policy is read, however large it is; one load at a time, and what changes meanwhile is
//   looked at afterwards.
// - A message is ruled by one snapshot (mediator); what became visible or hidden is announced (mediator).
// - Every reload, and every refusal of one, is on record.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/file_watch.h"
#include "net/worker.h"
#include "policy/evaluate.h"
#include "proxy/desk.h"

namespace proxy {

// What loading the file came to.
struct LoadedPolicy {
  std::shared_ptr<const policy::Snapshot> snapshot;  // null: it may not be used
  std::string mode;                                  // "enforce", "shadow"
  std::string why;                                   // it may not be used: one line
  std::string first;                                 // its first mistake, for the log: one line; may be ""
  std::string problems;                              // the same for the terminal, in full; may be ""
};

// A policy that takes another's place.
struct PolicyChange {
  std::string path;
  std::shared_ptr<const policy::Snapshot> before, now;
  std::string mode;                        // of the new one
  std::vector<std::string> counters_anew;  // what policy::counter_changes says of both
};

// Puts it in force in all sessions of a desk between two messages, and on record. `in_force`: what sessions that are
// made from now on start with; called before those of the desk get it; may be empty. On the desk's thread.
void put_in_force(Desk& desk, const PolicyChange& change,
                  std::function<void(const std::shared_ptr<const policy::Snapshot>&)> in_force);

class PolicyReload {
 public:
  struct Parts {
    Desk& desk;                                    // all of whose sessions get it
    std::function<void(const std::string&)> show;  // problems, on the terminal
    // As put_in_force.
    std::function<void(const std::shared_ptr<const policy::Snapshot>&)> in_force = {};
    // Told of each change, for desks of other threads. May be empty.
    std::function<void(const PolicyChange&)> changed = {};
  };
  // `active`: the policy in force. `load` runs on the helper thread and must use nothing that others change. `known`:
  // the file as it was read. All of it must outlive the object, which must be gone before the loop is.
  PolicyReload(Parts parts, std::string path, std::shared_ptr<const policy::Snapshot> active,
               std::function<LoadedPolicy()> load, std::optional<net::FileIdentity> known);

  // Somebody asks for it (SIGHUP): says also that nothing has changed.
  void ask();

 private:
  void begin(bool asked);
  void finish(const LoadedPolicy& loaded);
  void refuse(const LoadedPolicy& loaded);
  void apply(const LoadedPolicy& loaded);

  Parts parts_;
  const std::string path_;
  std::shared_ptr<const policy::Snapshot> active_;
  const std::function<LoadedPolicy()> load_;
  net::Worker worker_;
  std::string refused_;  // why the file of last time was refused, in full
  bool asked_ = false, loading_ = false, again_ = false;
  net::FileWatch watch_;  // last: it calls the others
};

}  // namespace proxy
