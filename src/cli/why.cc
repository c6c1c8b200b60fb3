// A decision, explained: what is on record of it, beside the policy as it stands now.
#include "cli/why.h"

#include <optional>
#include <ostream>

#include "audit/why.h"
#include "base/strings.h"
#include "cli/log_lines.h"
#include "cli/read_policy.h"
#include "cli/state_place.h"
#include "policy/load.h"
#include "policy/rule_text.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 3> flags = {{
    {"-c,--config", "FILE", "the policy to look the rule up in (default: the file that decided, if it is still there)"},
    {"--utc", "", "times in UTC, not in this machine's time zone"},
    state_dir_flag,
}};

// Lines that are kept until everything was read; an Entry refers to its line.
struct Kept {
  std::string line;
  audit::Entry entry;
  bool there = false;
  void keep(const Seen& seen) {
    line = seen.line;
    there = entry.read(line, seen.entry.is_cut) == audit::Entry::Status::ok;
  }
};

struct RuleNow {
  std::string digest, text, where;
};

// The rule that decided, as its file has it now; nothing if the file cannot be read or has no such rule.
std::optional<RuleNow> find_rule(const std::string& file, std::string_view rule) {
  if (file.empty()) return std::nullopt;
  const auto read = read_policy_file(file, Untrusted::report, environment);
  if (!read) return std::nullopt;
  const policy::Loaded loaded = policy::load(file, read->text, {.lint = false});
  if (!loaded.policy) return std::nullopt;
  RuleNow now;
  now.digest = loaded.policy->digest;
  if (const auto found = policy::find_rule(*loaded.policy, rule)) {
    now.text = policy::rule_text(read->text, *found);
    now.where = file + ":" + std::to_string(found->line);
  }
  return now;
}

int run(const Invocation& invocation, Terminal& terminal) {
  std::string config, state_dir;
  bool utc = false;
  std::vector<std::string> ids;
  Flags reader(flags);
  reader.text("--config", config).on("--utc", utc).text("--state-dir", state_dir).rest("ID", ids);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (ids.size() != 1 || ids[0].empty())
    return bad_use(terminal, "name one decision, by the id that a denial ends with: 5f0c2a91de-3");
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  Kept start, decision, outcome;
  const store::ReadOptions options{.since = {}, .instance = ids[0].substr(0, ids[0].find('-')), .last_lines = 0};
  const auto done = read_entries(
      *directory, {}, options,
      [&](const Seen& seen) {
        if (seen.entry.event == "start") start.keep(seen);
        if (seen.entry.id == ids[0] && seen.entry.is_decision()) decision.keep(seen);
        if (seen.entry.id == ids[0] && seen.entry.is_outcome()) outcome.keep(seen);
        return !outcome.there;
      },
      {}, terminal.err);
  if (!done) return failed(terminal, done.error().message);
  if (!decision.there) {
    return failed(terminal, "no log under " + *directory + " has a decision " + base::printable(ids[0]));
  }
  const std::string file = config.empty() && start.there ? std::string(start.entry.text("policy_file")) : config;
  const auto rule = find_rule(file, decision.entry.rule);
  audit::PolicyNow now;
  if (rule) now = {rule->digest, rule->text, rule->where};
  terminal.out << audit::explain(decision.entry, outcome.there ? &outcome.entry : nullptr,
                                 start.there ? &start.entry : nullptr, rule ? &now : nullptr,
                                 terminal_style(terminal.colour_out, utc));
  return exit_ok;
}

}  // namespace

const CommandInfo why_info{
    "why",
    "why ID",
    "why a message was allowed or refused: by which rule, with which values, what would change it",
    "ID is what a denial ends with: (decision 5f0c2a91de-3).\n",
    flags,
    "Exit status: 0; 1 if there is no such decision.\n",
    run};

}  // namespace cli
