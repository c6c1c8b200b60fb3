// See the header.
#include "cli/scan_lock.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "base/strings.h"
#include "catalog/lock_changes.h"
#include "cli/lock_entry.h"

namespace cli {

base::Result<void> ScanLock::open(const std::string& path) {
  path_ = path;
  if (path.empty()) return {};
  auto before = read_lock_if_there(path);
  if (!before) return std::unexpected(before.error());
  before_ = std::move(*before);
  return {};
}

void ScanLock::add(std::string name, tools::ServerIdentity identity, const catalog::Source& source,
                   const std::string& from) {
  if (path_.empty()) return;
  const std::string shown = '"' + base::printable(name, 80) + '"';
  auto entry = lock_entry(std::move(name), std::move(identity), source, from);
  if (!entry) {
    errors_.push_back("server " + shown + " cannot be locked: " + entry.error().message);
  } else if (std::ranges::find(servers_, entry->name, &tools::LockedServer::name) != servers_.end()) {
    errors_.push_back("two servers would be locked under the name " + shown +
                      "; scan them one by one, with --server-name");
  } else {
    servers_.push_back(std::move(*entry));
  }
}

int ScanLock::finish(int status, Terminal& terminal) const {
  if (path_.empty()) return status;
  const std::string file = base::printable(path_, 4096);
  tools::LockFile after = before_ ? before_->lock : tools::LockFile();
  std::string added;
  bool changed = false;
  for (const tools::LockedServer& now : servers_) {
    const tools::LockedServer* was = before_ ? before_->lock.find(now.name) : nullptr;
    if (was == nullptr) {
      after.put(now);
      added += "intercept: locked " + count_of(now) + " in " + file + '\n';
      continue;
    }
    const catalog::LockChanges changes = catalog::compare_locks(was, now);
    terminal.err << "intercept: " << count_of(now) << (changes.none() ? " are as locked" : ": not as locked") << '\n'
                 << catalog::text(changes);
    changed = changed || !changes.none();
  }
  for (const std::string& error : errors_) failed(terminal, error);
  if (changed) {
    return failed(terminal, file +
                                " was left as it is; once a person has looked at what changed, `intercept lock "
                                "--lock FILE` accepts it");
  }
  if (status != exit_ok || !errors_.empty()) {
    terminal.err << "intercept: nothing was locked in " << file << ", because the scan did not pass\n";
    return exit_failed;
  }
  if (added.empty()) return exit_ok;
  if (const auto written = write_lock_file(path_, before_, after); !written) {
    return failed(terminal, written.error().message);
  }
  terminal.err << added;
  return exit_ok;
}

}  // namespace cli
