// Building a session's parts.
#include "cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "base/random.h"
#include "base/strings.h"
#include "cli/help.h"
#include "cli/read_policy.h"
#include "limits/memory_store.h"
#include "policy/load.h"
#include "proxy/notes.h"
#include "proxy/stdio_session.h"
#include "store/audit_file.h"

namespace cli {
namespace {

int fail(const std::string& message) {
  std::cerr << "Error: " << message << '\n';
  return exit_usage;
}

// "npx", "/usr/bin/my-server" -> "my-server".
std::string base_name(const std::string& command) {
  const std::size_t slash = command.find_last_of('/');
  return slash == std::string::npos ? command : command.substr(slash + 1);
}

struct ActivePolicy {
  std::shared_ptr<const policy::Snapshot> snapshot;
  std::string mode;
};

// Says every problem; the policy is active only if none is an error.
std::optional<ActivePolicy> load_policy(const RunArguments& a, bool colour, const proxy::Notes& notes) {
  const auto text = read_policy_file(a.config);
  if (!text) {
    fail(text.error().message);
    return std::nullopt;
  }
  const policy::Loaded loaded = policy::load(a.config, *text);
  std::size_t errors = 0;
  for (const policy::Problem& p : loaded.problems) {
    const bool is_error = p.severity == policy::Severity::error;
    errors += is_error;
    if (is_error || notes.shows(mediator::Level::debug)) std::cerr << policy::render(p, a.config, *text, colour);
  }
  if (!loaded.policy) {
    fail("config validation failed with " + std::to_string(errors) + " error(s); the server was not started");
    return std::nullopt;
  }
  const auto& servers = loaded.policy->servers;
  const bool named = std::ranges::any_of(servers, [&](const auto& s) { return s.name == a.server_name; });
  if (!servers.empty() && a.server_name.empty()) {
    fail("the policy has rules for particular servers; say which one this is with --server-name (first: " +
         base::printable(servers[0].name) + ")");
    return std::nullopt;
  }
  if (!servers.empty() && !named) {
    std::cerr << "intercept: the policy has no entry for server \"" << base::printable(a.server_name)
              << "\"; only its rules for every server apply\n";
  }
  auto snapshot = policy::lower(*loaded.policy, {a.server_name});
  if (!snapshot) {
    fail(a.config + ": " + snapshot.error().message);
    return std::nullopt;
  }
  return ActivePolicy{std::move(*snapshot), loaded.policy->mode == policy::Mode::shadow ? "shadow" : "enforce"};
}

base::Result<std::string> state_directory(const RunArguments& a) {
  if (!a.state_dir.empty()) return a.state_dir;
  return store::default_state_dir([](const char* name) -> const char* { return std::getenv(name); });
}

// For a record that cannot be kept and need not be (--audit-fail-mode open without a usable state directory).
class NoSink final : public audit::Sink {
 public:
  explicit NoSink(std::string why) : why_(std::move(why)) {}
  base::Result<void> append(std::string_view) override { return base::fail(why_); }

 private:
  std::string why_;
};

audit::Start start_record(const RunArguments& a, const ActivePolicy& policy, const mediator::Config& config) {
  audit::Start s;
  s.server = config.server_name;
  s.identity = config.identity;
  s.session = config.session;
  s.version = version();
  s.transport = "stdio";
  s.command = a.command;
  s.policy_file = a.config;
  s.policy_digest = policy.snapshot->digest();
  s.policy_mode = policy.mode;
  s.pid = ::getpid();
  return s;
}

}  // namespace

int run_command(RunArguments a, bool colour) {
  proxy::Notes notes(a.log_level);
  const std::optional<ActivePolicy> policy = load_policy(a, colour, notes);
  if (!policy) return exit_usage;

  base::SystemClock clock;
  base::SystemRandom random;
  const auto directory = state_directory(a);
  base::Result<void> usable = directory ? store::check_state_dir(*directory) : base::fail(directory.error().message);
  if (!usable && !a.audit_fail_open) {
    return fail("the audit log cannot be kept: " + usable.error().message +
                "\nName another place with --state-dir DIR, or go without a log with --audit-fail-mode open.");
  }
  auto session = proxy::StdioSession::start({.command = a.command}, clock);
  if (!session) {
    std::cerr << "Error: " << session.error().message << '\n';
    return session.error().exit_status;
  }

  mediator::Config config;
  config.server_name = a.server_name.empty() ? base_name(a.command.front()) : a.server_name;
  config.identity = a.identity;
  config.session = base::random_hex(random, 16);
  config.instance = base::random_hex(random, 5);
  config.record_fail_open = a.audit_fail_open;

  base::TurnClock turn_clock(clock);
  audit::Recorder recorder(turn_clock,
                           {a.log_args, config.instance, config.session, config.identity, config.server_name}, {});
  std::unique_ptr<audit::Sink> sink;
  if (usable) {
    sink = std::make_unique<store::AuditFile>(*directory, config.instance);
    recorder.set_key_source([&] { return store::load_or_create_key(*directory, random); });
  } else {
    sink = std::make_unique<NoSink>(usable.error().message);
  }
  limits::MemoryStore counters(turn_clock);
  std::string start;
  recorder.start(start, start_record(a, *policy, config));
  mediator::Session mediated(std::move(config), turn_clock, random, counters, recorder, policy->snapshot);
  return session->run({mediated, counters, *sink, recorder, turn_clock,
                       [&notes](mediator::Level level, std::string_view text) { notes.write(level, text); },
                       std::move(start)});
}

}  // namespace cli
