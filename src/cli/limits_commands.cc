// What counters hold, and setting them to zero. The counting itself is the store's.
#include "cli/limits_commands.h"

#include <algorithm>
#include <ostream>
#include <span>

#include "audit/time_text.h"
#include "base/strings.h"
#include "cli/own_record.h"
#include "cli/state_place.h"
#include "json/writer.h"
#include "policy/counter_name.h"
#include "store/instance.h"
#include "store/state_report.h"

namespace cli {
namespace {

using store::CounterReport;

// Which counters are meant. Globs; what is not given matches everything.
struct Choice {
  std::string server, tool, identity;
  std::vector<std::string> names;
  bool all = false;
  bool narrows() const { return !server.empty() || !tool.empty() || !identity.empty() || !names.empty(); }
  bool given() const { return all || narrows(); }
};

bool matches(const std::string& glob, std::string_view text) { return glob.empty() || base::Glob(glob).matches(text); }

bool matches(const Choice& choice, const policy::CounterName& name) {
  if (!matches(choice.server, name.server)) return false;
  if (!choice.tool.empty() &&
      !(name.section == "tools" && (name.entry == choice.tool || matches(choice.tool, name.entry) ||
                                    (name.scope == "tool" && name.scope_value == choice.tool)))) {
    return false;
  }
  if (!choice.identity.empty() && !(name.scope == "identity" && matches(choice.identity, name.scope_value)))
    return false;
  if (choice.names.empty()) return true;
  return std::ranges::any_of(choice.names, [&](const std::string& word) {
    return word == name.counter || base::Glob(word).matches(name.counter);
  });
}

policy::CounterName name_of(const CounterReport& report) {
  if (auto name = policy::parse_counter_key(report.key)) return *name;
  policy::CounterName raw;
  raw.counter = report.key;
  raw.window = report.window.tag();
  return raw;
}

std::string show(base::WallTime t) { return base::rfc3339(t.time_since_epoch().count()); }
std::string show(base::Duration d) { return audit::show_duration(static_cast<double>(d.count())); }

// "3 of 10", "3".
std::string held_of(const CounterReport& r) { return r.held.text() + (r.max.empty() ? "" : " of " + r.max); }

std::string frees(const CounterReport& r) {
  if (!r.leases.empty()) return "held by " + std::to_string(r.leases.size()) + " running call(s)";
  if (!r.next_free || !r.all_free) return "";
  if (*r.next_free == *r.all_free) return "free in " + show(*r.all_free);
  return "first in " + show(*r.next_free) + ", all in " + show(*r.all_free);
}

void print_row(std::ostream& out, const CounterReport& r) {
  const policy::CounterName name = name_of(r);
  out << name.text() << "\n    " << held_of(r);
  if (r.window.type != limits::WindowType::lease) out << " per " << r.window.spelled();
  if (r.window.type == limits::WindowType::calendar) out << " (calendar, UTC)";
  const std::string when = frees(r);
  if (!when.empty()) out << "; " << when;
  if (!r.charged_by.empty()) out << "; last charged by " << base::printable(r.charged_by);
  out << '\n';
  for (const store::Lease& l : r.leases) {
    out << "    since " << show(l.since) << " by instance " << base::printable(l.owner) << '\n';
  }
}

void member(json::Composer& c, std::string_view key, const std::optional<base::Duration>& d) {
  if (d) c.member(key, std::chrono::ceil<std::chrono::milliseconds>(*d).count());
}

void write_row(json::Composer& c, const CounterReport& r) {
  const policy::CounterName name = name_of(r);
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) c.member(key, value);
  };
  c.open();
  text("server", name.server);
  text("section", name.section);
  text("entry", name.entry);
  text("kind", name.kind);
  text("counter", name.counter);
  c.member("window", r.window.tag());
  text("scope", name.scope);
  text("scope_value", name.scope_value);
  if (name.shadow) c.member("shadow", true);
  c.member("held", r.held.text());
  text("max", r.max);
  member(c, "next_free_ms", r.next_free);
  member(c, "all_free_ms", r.all_free);
  text("charged_by", r.charged_by);
  if (!r.leases.empty()) {
    c.key("leases").open_array();
    for (const store::Lease& l : r.leases) {
      c.open().member("instance", l.owner).member("amount", l.amount.text()).member("since", show(l.since)).close();
    }
    c.close_array();
  }
  c.close();
}

void print_json(std::ostream& out, const std::vector<CounterReport>& rows, const std::optional<base::WallTime>& lost) {
  std::string text;
  json::Composer c(text);
  c.open().key("counters").open_array();
  for (const CounterReport& r : rows) write_row(c, r);
  c.close_array();
  if (lost) c.member("lost", show(*lost));
  c.close();
  out << text << '\n';
}

// What a reset puts on record: at most a hundred counters, and how many more there were.
std::string reset_json(const std::vector<CounterReport>& list) {
  constexpr std::size_t most = 100;
  std::string text;
  json::Composer c(text);
  c.open_array();
  for (const CounterReport& r : std::span(list).first(std::min(list.size(), most))) {
    c.open().member("counter", name_of(r).text()).member("held", r.held.text()).close();
  }
  if (list.size() > most) c.open().member("more", list.size() - most).close();
  c.close_array();
  return text;
}

constexpr FlagInfo show_flags[] = {
    {"--server", "GLOB", "counters of this server"},
    {"--tool", "GLOB", "counters of this tool's entry"},
    {"--identity", "GLOB", "counters of this identity"},
    {"--all", "", "also those that hold nothing"},
    {"--json", "", "one JSON object"},
    {"--state-dir", "DIR", "where counters live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)"},
};

int show_limits(const Invocation& invocation, Terminal& terminal) {
  Choice choice;
  std::string state_dir;
  bool json = false;
  Flags reader(show_flags);
  reader.text("--server", choice.server).text("--tool", choice.tool).text("--identity", choice.identity);
  reader.on("--all", choice.all).on("--json", json).text("--state-dir", state_dir).rest("COUNTER", choice.names);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  const base::SystemClock clock;
  auto report = store::report_state(*directory, clock,
                                    [&](const std::string& owner) { return store::instance_alive(*directory, owner); });
  if (!report) return failed(terminal, report.error().message);
  if (!*report) report->emplace();
  std::vector<CounterReport>& rows = (*report)->counters;
  std::erase_if(
      rows, [&](const CounterReport& r) { return (!choice.all && r.held.is_zero()) || !matches(choice, name_of(r)); });
  std::ranges::sort(rows, {}, [](const CounterReport& r) { return std::pair(name_of(r).text(), r.id); });
  if (json) {
    print_json(terminal.out, rows, (*report)->lost);
    return exit_ok;
  }
  if ((*report)->lost) {
    terminal.out
        << "Counters were lost before " << show(*(*report)->lost)
        << ": limits are held as used up until their windows have passed, or until intercept limits reset --all\n\n";
  }
  for (const CounterReport& r : rows) print_row(terminal.out, r);
  if (rows.empty()) {
    terminal.out << (choice.narrows() ? "No counter that was meant holds anything.\n" : "No counter holds anything.\n");
  }
  terminal.out << "Limits per session are counted in their process and are not shown here.\n";
  return exit_ok;
}

constexpr FlagInfo reset_flags[] = {
    {"--server", "GLOB", "counters of this server"},
    {"--tool", "GLOB", "counters of this tool's entry"},
    {"--identity", "GLOB", "counters of this identity"},
    {"--all", "", "every counter; after counters were lost, limits are no longer held because of that"},
    {"--json", "", "what was reset, as one JSON object"},
    {"--state-dir", "DIR", "where counters live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)"},
};

int reset_limits(const Invocation& invocation, Terminal& terminal) {
  Choice choice;
  std::string state_dir;
  bool json = false;
  Flags reader(reset_flags);
  reader.text("--server", choice.server).text("--tool", choice.tool).text("--identity", choice.identity);
  reader.on("--all", choice.all).on("--json", json).text("--state-dir", state_dir).rest("COUNTER", choice.names);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (!choice.given()) {
    return usage_error(terminal,
                       "say which counters: --server, --tool, --identity, a counter's name, or --all (intercept limits "
                       "show lists them)");
  }
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  const base::SystemClock clock;
  OwnRecord record(*directory, clock);
  const auto put_on_record = [&](const std::vector<CounterReport>& list) {
    const std::string by = record.by(), words = audit::json_list(invocation.words), counters = reset_json(list);
    const audit::Field fields[] = {audit::Field::text_of("by", by), audit::Field::json_of("arguments", words),
                                   audit::Field::json_of("counters", counters)};
    return record.write("limits_reset", fields);
  };
  const auto reset = store::reset_state(
      *directory, clock,
      [&](const CounterReport& r) { return (!r.held.is_zero() || !r.leases.empty()) && matches(choice, name_of(r)); },
      choice.all, put_on_record);
  if (!reset) return failed(terminal, reset.error().message);
  if (json) {
    print_json(terminal.out, *reset, std::nullopt);
    return exit_ok;
  }
  for (const CounterReport& r : *reset)
    terminal.out << "reset " << name_of(r).text() << ": held " << held_of(r) << '\n';
  if (reset->empty()) terminal.out << "No counter that was meant held anything.\n";
  return exit_ok;
}

}  // namespace

const CommandInfo limits_show_info{
    "limits show",
    "limits show [COUNTER...] [flags]",
    "what each counter holds, its maximum, when it is free again, who charged it",
    "COUNTER is the name that the policy gives it (counter: spend), or its \"counter\" in --json; a rate has none:\n"
    "--tool NAME. Names may be globs: --server \"git*\". The maximum is the one of the last charge.\n",
    show_flags,
    "Exit status: 0; 1 if the counters cannot be read.\n",
    show_limits};

const CommandInfo limits_reset_info{
    "limits reset",
    "limits reset COUNTER... | --server GLOB | --tool GLOB | --identity GLOB | --all",
    "set counters to zero; it is recorded",
    "Counters that match all of what is given (see limits show --help) are set to zero, their running calls' leases\n"
    "are forgotten. Sessions see it with their next call.\n",
    reset_flags,
    "Exit status: 0; 1 if nothing was reset because it could not be done or recorded.\n",
    reset_limits};

}  // namespace cli
