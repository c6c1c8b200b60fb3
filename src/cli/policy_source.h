// From the policy's file to a policy in force: read, trusted, loaded, lowered. At start and at every reload alike.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/path_walk.h"
#include "policy/model.h"
#include "proxy/policy_reload.h"
#include "tools/lock_file.h"

namespace cli {

struct PolicySource {
  std::string path;
  std::string server_name;     // --server-name, or ""
  std::string counter_server;  // the server's name in counters and in the lock file
  std::string lock = {};       // --lock, or "": what the policy says
  bool colour = false;         // of problems
  bool all_problems = false;   // warnings too
};

struct SourcedPolicy {
  proxy::LoadedPolicy loaded;
  std::optional<net::FileIdentity> identity;  // of what was read
  std::string advice;                         // what a user should know of a policy that may be used; or ""
};

// What the lock holds of the server that `source.counter_server` names ("": the only one in it); null without a lock.
// `source.lock` becomes the policy's. Where the file is, is said also if it cannot be read.
base::Result<std::shared_ptr<const tools::LockedServer>> load_lock(const PolicySource& source, policy::Policy& policy,
                                                                   proxy::LockInUse& out);

// Uses nothing but the file and the environment: any thread.
SourcedPolicy load_policy(const PolicySource& source);

}  // namespace cli
