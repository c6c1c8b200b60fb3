// Building a session's parts, in the order in which they need each other.
#include "cli/run.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "base/random.h"
#include "base/strings.h"
#include "cli/pause_state.h"
#include "cli/policy_source.h"
#include "cli/run_arguments.h"
#include "cli/server_name.h"
#include "cli/state_place.h"
#include "cli/version.h"
#include "limits/memory_store.h"
#include "limits/split_store.h"
#include "proxy/notes.h"
#include "proxy/policy_reload.h"
#include "proxy/stdio_session.h"
#include "store/audit_file.h"
#include "store/instance.h"
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

// Everything that a session is made of. Members are destroyed in reverse order: what uses is after what is used.
struct Parts {
  Parts(const RunArguments& arguments, const std::string& server, const StatePlace& place, const SourcedPolicy& policy)
      : config(make_config(arguments, server)),
        instance(place.directory, instance_info(policy), random),
        notes(arguments.log_level),
        recorder(turn, {arguments.log_args, config.instance, config.session, config.identity, config.server_name}, {}),
        session_counters(turn),
        durable(make_store(arguments, place)),
        counters(session_counters, *durable),
        sink(make_sink(arguments, place)) {
    if (!place.usable) return;
    recorder.set_key_source(
        [this, directory = place.directory] { return store::load_or_create_key(directory, random); });
    pause = std::make_unique<SwitchedPause>(place.directory, config.server_name, turn, random);
  }

  mediator::Config make_config(const RunArguments& a, const std::string& server) {
    mediator::Config c;
    c.server_name = server;
    c.identity = a.identity;
    c.session = base::random_hex(random, 16);
    c.instance = base::random_hex(random, 5);
    c.record_fail_open = a.audit_fail_open;
    c.state_fail_open = a.state_fail_open;
    return c;
  }

  store::InstanceInfo instance_info(const SourcedPolicy& policy) const {
    store::InstanceInfo info;
    info.instance = config.instance;
    info.pid = ::getpid();
    info.server = config.server_name;
    info.identity = config.identity;
    info.session = config.session;
    info.transport = "stdio";
    info.version = version();
    info.policy_file = policy.loaded.snapshot->file();
    info.policy_digest = policy.loaded.snapshot->digest();
    info.started = clock.wall().time_since_epoch().count();
    return info;
  }

  std::unique_ptr<limits::Store> make_store(const RunArguments& a, const StatePlace& place) {
    for (const auto& kept : {place.usable, place.countable}) {
      if (!kept) return std::make_unique<NoStore>(kept.error().message);
    }
    store::SqliteStoreOptions o;
    o.directory = place.directory;
    o.full_sync = a.state_sync;
    o.owner = config.instance;
    o.charged_by = config.identity + ' ' + config.instance;
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

  std::unique_ptr<audit::Sink> make_sink(const RunArguments& a, const StatePlace& place) {
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

  base::SystemClock clock;
  base::SystemRandom random;
  base::TurnClock turn{clock};
  const mediator::Config config;
  store::Instance instance;
  proxy::Notes notes;
  audit::Recorder recorder;
  limits::MemoryStore session_counters;
  std::unique_ptr<limits::Store> durable;
  limits::SplitStore counters;
  std::unique_ptr<audit::Sink> sink;
  std::unique_ptr<SwitchedPause> pause;  // null: no state directory, so nobody can pause
};

std::string start_line(Parts& parts, const RunArguments& a, const SourcedPolicy& policy, const StatePlace& place) {
  audit::Start s;
  s.server = parts.config.server_name;
  s.identity = parts.config.identity;
  s.session = parts.config.session;
  s.version = version();
  s.transport = "stdio";
  s.command = a.command;
  s.policy_file = a.config;
  s.policy_digest = policy.loaded.snapshot->digest();
  s.policy_mode = policy.loaded.mode;
  s.log_args = a.log_args_word;
  s.state = place.usable && place.countable ? place.directory + "/state.db" : "none";
  s.pid = ::getpid();
  std::string line;
  parts.recorder.start(line, s);
  return line;
}

// Where state is kept, and whether it can be; "" if the session may start.
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

int run_session(const RunArguments& a, Terminal& terminal) {
  PolicySource source;
  source.path = a.config;
  source.server_name = a.server_name;
  source.counter_server = a.server_name.empty() ? default_server_name(a.command) : a.server_name;
  source.colour = terminal.colour_err;
  source.all_problems = a.log_level == mediator::Level::debug;
  const SourcedPolicy policy = load_policy(source);
  terminal.err << policy.loaded.problems;
  if (policy.loaded.snapshot == nullptr)
    return usage_error(terminal, policy.loaded.why + "; the server was not started");
  if (!policy.advice.empty()) terminal.err << "intercept: " << policy.advice << '\n';
  terminal.err.flush();
  terminal.kept.push_back(policy.loaded.snapshot);

  const StatePlace place = find_state_place(a.state_dir, policy.loaded.snapshot->uses_store());
  if (const std::string wrong = check_place(a, place, *policy.loaded.snapshot); !wrong.empty()) {
    return usage_error(terminal, wrong);
  }
  base::SystemClock clock;
  auto session = proxy::StdioSession::start({.command = a.command}, clock);
  if (!session) {
    terminal.err << "Error: " << session.error().message << '\n';
    return session.error().exit_status;
  }
  Parts parts(a, source.counter_server, place, policy);
  mediator::Session mediated(parts.config, parts.turn, parts.random, parts.counters, parts.recorder,
                             policy.loaded.snapshot, parts.pause.get());
  const auto note = [&parts](mediator::Level level, std::string_view text) { parts.notes.write(level, text); };
  proxy::PolicyReload reload(
      {*session, mediated, parts.recorder, note,
       [&terminal](const std::string& problems) { terminal.err << problems << std::flush; }},
      a.config, policy.loaded.snapshot, [source] { return load_policy(source).loaded; }, policy.identity);
  return session->run({mediated, parts.counters, *parts.sink, parts.recorder, parts.turn, note,
                       start_line(parts, a, policy, place), [&reload] { reload.ask(); }});
}

int run(const Invocation& invocation, Terminal& terminal) {
  const auto arguments = read_run_arguments(invocation);
  if (!arguments) return bad_use(terminal, arguments.error());
  return run_session(*arguments, terminal);
}

constexpr std::string_view after =
    R"(From nothing to a tested policy in force:
  npx @modelcontextprotocol/inspector --cli COMMAND --method tools/list > tools.json
  intercept validate policy.yaml --tools tools.json      # what is wrong, and how to mend it
  intercept explain -c policy.yaml --tool NAME --args '{"path": "/etc/passwd"}'
  intercept test policy.test                             # intercept test --help shows such a file
  intercept -c policy.yaml -- COMMAND
  intercept status                                       # and intercept why ID, of a refusal

A policy in four lines:
  default: allow
  hide: [delete_repository]
  tools:
    create_issue: {rules: [{rate_limit: 30/hour}]}

In .mcp.json, put intercept in front of the server's own command:
  {"mcpServers": {"files": {"command": "intercept",
    "args": ["-c", "policy.yaml", "--", "npx", "-y", "@modelcontextprotocol/server-filesystem", "."]}}}

The policy is loaded anew when its file changes, and on SIGHUP; one that has mistakes changes nothing.

Exit status: the server's own (128 + signal if one ended it); 2 for bad use or a bad policy; 126 and 127 if the
server's command cannot be run or found.
)";

}  // namespace

const CommandInfo run_info{
    "run",
    "-c POLICY [flags] -- COMMAND [ARG...]    run COMMAND (an MCP server over stdio) behind the policy",
    "run a server behind a policy",
    "",
    run_flags(),
    after,
    run};

}  // namespace cli
