// What runs, what was called and what was refused, from the logs of a day.
#include "cli/status.h"

#include <ostream>

#include "audit/status.h"
#include "cli/log_lines.h"
#include "cli/state_place.h"
#include "store/instance.h"
#include "store/pause_switch.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 5> flags = {{
    {"--since", "TIME", "what is counted: 1h, 2d, 2026-11-22, or RFC 3339 (default: 24h)"},
    {"--server", "GLOB", "of this server only"},
    {"--json", "", "one JSON object"},
    {"--utc", "", "times in UTC, not in this machine's time zone"},
    state_dir_flag,
}};

void look_for_pauses(audit::Status& status, const std::string& directory) {
  base::SystemRandom random;
  const auto list = store::PauseSwitch::look(directory, random);
  if (!list) return status.set_pause_trouble(list.error().message);
  for (const store::Pause& p : *list) status.add_pause(p.server, p.since, p.by, p.reason);
}

int run(const Invocation& invocation, Terminal& terminal) {
  std::string since = "24h", server, state_dir;
  bool json = false, utc = false;
  Flags reader(flags);
  reader.text("--since", since).text("--server", server).on("--json", json).on("--utc", utc);
  reader.text("--state-dir", state_dir);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  const base::SystemClock clock;
  audit::Filter filter;  // asked by us: with one read_entries would not tell of lines that cannot be read
  for (const auto& [key, value] :
       {std::pair<std::string_view, const std::string&>("since", since), {"server", server}}) {
    if (value.empty()) continue;
    if (auto added = filter.add(key, value, clock.wall()); !added)
      return usage_error(terminal, "--" + added.error().message);
  }
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  audit::Status status(clock.wall());
  const auto instances = store::list_instances(*directory);
  if (!instances) return failed(terminal, instances.error().message);
  look_for_pauses(status, *directory);
  const base::Glob glob(server.empty() ? "*" : server);
  for (const store::KnownInstance& known : *instances) {
    if (!glob.matches(known.info.server)) continue;
    status.set_life(known.info.instance, known.alive ? audit::Life::alive : audit::Life::dead, known.info.server,
                    known.info.pid, known.info.started);
  }
  // How an instance ended says nothing of a server.
  const auto each = [&](const Seen& seen) {
    const bool is_end = seen.entry.event == "shutdown" || seen.entry.event == "found_dead";
    if (is_end || filter.matches(seen.entry, seen.call)) status.add(seen.entry);
    return true;
  };
  const auto done = read_entries(
      *directory, {}, {.since = filter.since(), .instance = {}, .last_lines = 0}, each,
      [&](std::string_view, const std::string&) { status.add_unreadable(); }, terminal.err);
  if (!done) return failed(terminal, done.error().message);
  if (json) {
    terminal.out << status.json() << '\n';
  } else {
    terminal.out << status.text(terminal_style(terminal.colour_out, utc));
  }
  return exit_ok;
}

}  // namespace

const CommandInfo status_info{
    "status",
    "status [--since TIME] [--json]",
    "what runs, what was called and what was refused: pauses, processes, rates, rules, recent denials",
    "",
    flags,
    "Exit status: 0; 1 if the logs cannot be read.\n",
    run};

}  // namespace cli
