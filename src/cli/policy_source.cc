// What may not be used gives a line that says why, and every problem in full.
#include "cli/policy_source.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/command_table.h"
#include "cli/lock_source.h"
#include "cli/read_policy.h"
#include "policy/load.h"

namespace cli {
namespace {

SourcedPolicy unusable(SourcedPolicy out, std::string why) {
  out.loaded.snapshot = nullptr;
  out.loaded.why = std::move(why);
  return out;
}

std::string in_a_line(const policy::Problem& p) {
  const std::string where = p.position.line == 0 ? "" : "line " + std::to_string(p.position.line) + ": ";
  return where + p.message;
}

}  // namespace

base::Result<std::shared_ptr<const tools::LockedServer>> load_lock(const PolicySource& source, policy::Policy& policy,
                                                                   proxy::LockInUse& out) {
  if (!source.lock.empty()) {
    if (!policy.lock) policy.lock.emplace();
    policy.lock->file = source.lock;
  }
  if (!policy.lock) return nullptr;
  out.path = source.lock.empty() ? lock_path(source.path, policy.lock->file) : source.lock;
  const auto lock = read_lock_file(out.path);
  if (!lock) return std::unexpected(lock.error());
  out.digest = lock->digest;
  out.known = lock->identity;
  return locked_server(out.path, *lock, source.counter_server);
}

SourcedPolicy load_policy(const PolicySource& source) {
  SourcedPolicy out;
  const auto file = read_policy_file(source.path, Untrusted::refuse, environment);
  if (!file) return unusable(std::move(out), file.error().message);
  out.identity = file->identity;
  policy::Loaded loaded = policy::load(source.path, file->text, {.lint = source.all_problems});
  std::size_t errors = 0;
  for (const policy::Problem& p : loaded.problems) {
    const bool is_error = p.severity == policy::Severity::error;
    if (is_error && errors++ == 0) out.loaded.first = in_a_line(p);
    if (is_error || source.all_problems) {
      out.loaded.problems += yaml::render(p, source.path, file->text, source.colour);
    }
  }
  if (!loaded.policy) {
    return unusable(std::move(out), "config validation failed with " + std::to_string(errors) + " error(s)");
  }
  const auto& servers = loaded.policy->servers;
  const bool named = std::ranges::any_of(servers, [&](const auto& s) { return s.name == source.server_name; });
  if (!servers.empty() && source.server_name.empty()) {
    return unusable(std::move(out),
                    "the policy has rules for particular servers; say which one this is with --server-name (first: " +
                        base::printable(servers[0].name) + ")");
  }
  if (!servers.empty() && !named) {
    out.advice = "the policy has no entry for server \"" + base::printable(source.server_name) +
                 "\"; only its rules for every server apply";
  }
  out.loaded.mode = loaded.policy->mode == policy::Mode::shadow ? "shadow" : "enforce";
  auto lock = load_lock(source, *loaded.policy, out.loaded.lock);
  if (!lock) return unusable(std::move(out), lock.error().message);
  auto snapshot =
      policy::lower(std::move(*loaded.policy), {source.server_name, source.counter_server, std::move(*lock)});
  if (!snapshot) return unusable(std::move(out), source.path + ": " + snapshot.error().message);
  out.loaded.snapshot = std::move(*snapshot);
  return out;
}

}  // namespace cli
