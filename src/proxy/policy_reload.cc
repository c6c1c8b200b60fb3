// See the header. Loading is the caller's; here is when it is done and what comes of it.
#include "proxy/policy_reload.h"

#include <utility>

#include "policy/counter_changes.h"

namespace proxy {
namespace {

// "sha256:0123456789ab": enough to tell two policies apart.
std::string_view short_digest(std::string_view digest) { return digest.substr(0, 19); }

}  // namespace

PolicyReload::PolicyReload(Parts parts, std::string path, std::shared_ptr<const policy::Snapshot> active,
                           std::function<LoadedPolicy()> load, std::optional<net::FileIdentity> known)
    : parts_(std::move(parts)),
      path_(std::move(path)),
      active_(std::move(active)),
      load_(std::move(load)),
      worker_(parts_.desk.loop()),
      watch_(
          parts_.desk.loop(), path_, [this] { begin(false); },
          [this](const std::string& text) { parts_.desk.note(mediator::Level::info, text); },
          {.worker = &worker_, .known = known}) {}

void PolicyReload::ask() { begin(true); }

void PolicyReload::begin(bool asked) {
  asked_ = asked_ || asked;
  again_ = loading_;
  if (loading_) return;
  loading_ = true;
  const auto started =
      worker_.ask([load = load_] { return load(); }, [this](const LoadedPolicy& loaded) { finish(loaded); });
  if (started) return;
  finish({nullptr, "", started.error().message, "", ""});
}

void PolicyReload::finish(const LoadedPolicy& loaded) {
  loading_ = false;
  if (std::exchange(again_, false)) return begin(false);  // it is older than the file
  const bool asked = std::exchange(asked_, false);
  if (loaded.snapshot == nullptr) {
    // The same file, looked at again because of a neighbour: it was said. Another mistake was not.
    std::string refused = loaded.why + loaded.problems;
    if (asked || refused != refused_) refuse(loaded);
    refused_ = std::move(refused);
    return;
  }
  const bool mended = !std::exchange(refused_, {}).empty();
  if (loaded.snapshot->digest() != active_->digest()) return apply(loaded);
  if (asked || mended) parts_.desk.note(mediator::Level::info, "the policy has not changed");
}

void PolicyReload::refuse(const LoadedPolicy& loaded) {
  if (!loaded.problems.empty()) parts_.show(loaded.problems);
  parts_.desk.note(mediator::Level::error, "the policy was not loaded anew, the old one stays in force: " + loaded.why);
  const std::string why = loaded.first.empty() ? loaded.why : loaded.why + "; " + loaded.first;
  parts_.desk.with([this, why] {
    const audit::Field fields[] = {audit::Field::text_of("policy_file", path_), audit::Field::text_of("detail", why),
                                   audit::Field::word_of("policy_digest", active_->digest())};
    parts_.desk.recorder().event(parts_.desk.record_lazy(), "reload_failed", fields);
  });
}

void PolicyReload::apply(const LoadedPolicy& loaded) {
  PolicyChange change{path_, std::exchange(active_, loaded.snapshot), loaded.snapshot, loaded.mode, {}};
  change.counters_anew = policy::counter_changes(*change.before, *change.now);
  parts_.desk.note(mediator::Level::info, "policy loaded anew (" + std::string(short_digest(active_->digest())) + ")");
  for (const std::string& counter : change.counters_anew)
    parts_.desk.note(mediator::Level::warn, "a limit starts anew: " + counter);
  put_in_force(parts_.desk, change, parts_.in_force);
  if (parts_.changed) parts_.changed(change);
}

void put_in_force(Desk& desk, const PolicyChange& change,
                  std::function<void(const std::shared_ptr<const policy::Snapshot>&)> in_force) {
  desk.with([&desk, change, in_force = std::move(in_force)] {
    const std::string list = audit::json_list(change.counters_anew);
    const audit::Field fields[] = {
        audit::Field::text_of("policy_file", change.path), audit::Field::word_of("policy_digest", change.now->digest()),
        audit::Field::word_of("previous_digest", change.before->digest()),
        audit::Field::word_of("policy_mode", change.mode),
        audit::Field::json_of("counters_anew", change.counters_anew.empty() ? "" : std::string_view(list))};
    desk.recorder().event(desk.record_lazy(), "reload", fields);
    if (in_force) in_force(change.now);
    desk.on_policy(change.now);
  });
}

}  // namespace proxy
