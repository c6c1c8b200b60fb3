// The lock of a policy that is explained: what it holds of the server, beside what --tools says that the server lists.
#pragma once
#include <memory>
#include <string_view>

#include "base/result.h"
#include "cli/policy_source.h"
#include "policy/explain.h"
#include "policy/model.h"
#include "tools/lock_check.h"

namespace cli {

class ExplainLock {
 public:
  // Reads the lock that the policy or `source.lock` names, if one does. Errors as at the proxy's start.
  base::Result<void> load(const PolicySource& source, policy::Policy& policy);
  // What is locked of the server; null without a lock.
  const std::shared_ptr<const tools::LockedServer>& server() const { return server_; }
  // What the server lists: a JSON list.
  void compare(std::string_view list);
  // Of a call of this tool. Without a list what is pinned is taken to be as it was accepted, and `options` say so.
  void look(std::string_view tool, policy::Facts& facts, policy::ExplainOptions& options);

 private:
  std::shared_ptr<const tools::LockedServer> server_;
  std::unique_ptr<tools::LockCheck> check_;
  bool compared_ = false;
};

}  // namespace cli
