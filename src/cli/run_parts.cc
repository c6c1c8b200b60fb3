// The parts, in the order in which they need each other.
#include "cli/run_parts.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "cli/version.h"
#include "store/audit_file.h"
#include "store/sqlite_store.h"

namespace cli {
namespace {

// For a record that cannot be kept and need not be (--audit-fail-mode open without a usable state directory).
class NoSink final : public audit::Sink {
 public:
  explicit NoSink(std::string why) : why_(std::move(why)) {}
  base::Result<void> append(std::string_view) override { return base::fail(why_); }

 private:
  std::string why_;
};

// For counters that cannot be kept: everything is refused, or passes uncounted (--state-fail-mode open). It says why
// when it is asked for the first time.
class NoStore final : public limits::Store {
 public:
  explicit NoStore(std::string why) : why_(std::move(why)) {}
  std::expected<limits::ReservationId, limits::Refusal> reserve(std::span<const limits::Charge> charges) override {
    if (charges.empty()) return 0;
    return std::unexpected(refusal());
  }
  std::optional<limits::Refusal> check(std::span<const limits::Charge>) override { return refusal(); }
  void settle(limits::ReservationId, limits::Settlement) override {}
  void settle_keep_leases(limits::ReservationId, limits::Settlement) override {}
  void free_leases(limits::ReservationId) override {}
  std::optional<base::Amount> value(const limits::Charge&) override {
    asked_ = true;
    return std::nullopt;
  }
  // What there is to say is asked for at the end of a batch.
  bool in_batch() const override { return asked_ && !why_.empty(); }
  std::string take_trouble() override { return in_batch() ? std::exchange(why_, {}) : std::string(); }

 private:
  limits::Refusal refusal() {
    asked_ = true;
    return {limits::Why::unavailable, 0, std::nullopt, {}};
  }

  std::string why_;
  bool asked_ = false;
};

}  // namespace

RunParts::RunParts(About of)
    : about(std::move(of)),
      config(make_config()),
      instance(about.place.directory, instance_info(), random),
      notes(about.arguments.log_level),
      recorder(turn, {about.arguments.log_args, config.instance, config.session, config.identity, config.server_name},
               {}),
      session_counters(turn),
      durable(make_store()),
      counters(session_counters, *durable),
      sink(make_sink()) {
  if (!about.place.usable) return;
  recorder.set_key_source(
      [this, directory = about.place.directory] { return store::load_or_create_key(directory, random); });
  pause = std::make_unique<SwitchedPause>(about.place.directory, config.server_name, turn, random);
}

mediator::Config RunParts::make_config() {
  mediator::Config c;
  c.server_name = about.server;
  if (about.sessions == Sessions::one) {
    c.identity = about.arguments.identity;
    c.session = base::random_hex(random, 16);
  }
  c.instance = base::random_hex(random, 5);
  c.record_fail_open = about.arguments.audit_fail_open;
  c.state_fail_open = about.arguments.state_fail_open;
  return c;
}

store::InstanceInfo RunParts::instance_info() const {
  store::InstanceInfo info;
  info.instance = config.instance;
  info.pid = ::getpid();
  info.server = config.server_name;
  info.identity = config.identity;
  info.session = config.session;
  info.transport = about.transport;
  info.version = version();
  info.policy_file = about.policy.loaded.snapshot->file();
  info.policy_digest = about.policy.loaded.snapshot->digest();
  info.started = clock.wall().time_since_epoch().count();
  return info;
}

std::unique_ptr<limits::Store> RunParts::make_store() {
  const StatePlace& place = about.place;
  for (const auto& kept : {place.usable, place.countable}) {
    if (!kept) return std::make_unique<NoStore>(kept.error().message);
  }
  store::SqliteStoreOptions o;
  o.directory = place.directory;
  o.full_sync = about.arguments.state_sync;
  o.owner = config.instance;
  o.charged_by = config.identity.empty() ? config.instance : config.identity + ' ' + config.instance;
  o.claim_owner = [this] { return instance.ensure(); };
  o.is_alive = [directory = place.directory](const std::string& owner) {
    return store::instance_alive(directory, owner);
  };
  o.others_live = [directory = place.directory, own = config.instance](base::WallTime since) {
    const auto list = store::list_instances(directory);
    if (!list) return true;
    for (const store::KnownInstance& known : *list) {
      if (known.alive && known.info.instance != own && known.info.started < since.time_since_epoch().count()) {
        return true;
      }
    }
    return false;
  };
  return std::make_unique<store::SqliteStore>(std::move(o), turn, clock, random);
}

std::unique_ptr<audit::Sink> RunParts::make_sink() {
  const StatePlace& place = about.place;
  const RunArguments& a = about.arguments;
  if (!place.usable) return std::make_unique<NoSink>(place.usable.error().message);
  store::AuditOptions o;
  o.sync_always = a.audit_sync;
  o.max_bytes = a.audit_max_bytes;
  o.max_age = a.audit_max_age;
  o.keep.age = a.audit_keep > base::Duration{0} ? a.audit_keep : base::Duration::max();
  if (a.audit_keep_bytes > 0) o.keep.bytes = a.audit_keep_bytes;
  // On the helper thread at times: a clock that any thread may read, and notes that are one write each.
  return std::make_unique<store::AuditFile>(
      store::AuditParts{instance, clock,
                        [this, directory = place.directory] { return store::load_or_create_key(directory, random); },
                        [this](std::string_view text) { notes.write(mediator::Level::warn, text); }},
      o);
}

std::string RunParts::start_line(audit::Start start) {
  start.server = config.server_name;
  start.identity = config.identity;
  start.session = config.session;
  start.version = version();
  start.transport = about.transport;
  start.policy_file = about.arguments.config;
  start.policy_digest = about.policy.loaded.snapshot->digest();
  start.policy_mode = about.policy.loaded.mode;
  start.log_args = about.arguments.log_args_word;
  start.state = about.place.usable && about.place.countable ? about.place.directory + "/state.db" : "none";
  start.pid = ::getpid();
  std::string line;
  recorder.start(line, start);
  return line;
}

proxy::Desk::Parts RunParts::for_desk(audit::Start start) {
  return {counters,
          *sink,
          recorder,
          turn,
          [this](mediator::Level level, std::string_view text) { notes.write(level, text); },
          start_line(std::move(start))};
}

proxy::SessionMaker::Parts RunParts::for_sessions() { return {config, turn, random, counters, recorder, pause.get()}; }

std::string check_place(const RunArguments& a, const StatePlace& place, const policy::Snapshot& policy) {
  if (!place.usable && !a.audit_fail_open) {
    return "the audit log cannot be kept: " + place.usable.error().message +
           "\nName another place with --state-dir DIR, or go without a log with --audit-fail-mode open.";
  }
  if (policy.uses_store() && !a.state_fail_open && !(place.usable && place.countable)) {
    return "the policy's limits cannot be kept: " + (place.usable ? place.countable : place.usable).error().message +
           "\nName another place with --state-dir DIR, or let calls pass uncounted with --state-fail-mode open.";
  }
  return {};
}

}  // namespace cli
