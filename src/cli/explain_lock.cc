// See the header.
#include "cli/explain_lock.h"

#include "json/document.h"
#include "policy/lock_facts.h"

namespace cli {

base::Result<void> ExplainLock::load(const PolicySource& source, policy::Policy& policy) {
  proxy::LockInUse used;
  auto server = load_lock(source, policy, used);
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  if (server_ != nullptr) check_ = std::make_unique<tools::LockCheck>(server_);
  return {};
}

void ExplainLock::compare(std::string_view list) {
  json::Document document;
  if (check_ == nullptr || !document.read(list, json::Profile::tolerant)) return;
  check_->add_page(true, document.root(), tools::LockCheck::For::us);
  compared_ = true;
}

void ExplainLock::look(std::string_view tool, policy::Facts& facts, policy::ExplainOptions& options) {
  if (check_ == nullptr) return;
  policy::look_at_lock(*check_, tool, facts);
  options.lock_assumed = !compared_ && facts.lock.kind == tools::LockState::Kind::unlisted;
  if (options.lock_assumed) facts.lock.kind = tools::LockState::Kind::same;
}

}  // namespace cli
