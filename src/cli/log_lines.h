// The entries of all logs for a command: filters from its flags, lines in the order of their times, each read and tied
// to its call.
#pragma once
#include <array>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "audit/filter.h"
#include "audit/render.h"
#include "cli/flags.h"
#include "store/log_reader.h"

namespace cli {

// The flags that choose entries; a command's own stand before them (join_flags).
inline constexpr std::array<FlagInfo, 16> filter_flags = {{
    {"--since", "TIME", "since then: 1h, 2d, 2026-11-22, or RFC 3339", "Entries (globs; any of several)"},
    {"--until", "TIME", "until then", "Entries (globs; any of several)"},
    {"--event", "GLOB", "decision, outcome, notice, reload, …", "Entries (globs; any of several)"},
    {"--decision", "WORD", "allow, deny or replay", "Entries (globs; any of several)", true, "allow deny replay"},
    {"--tool", "GLOB", "calls of this tool", "Entries (globs; any of several)"},
    {"--resource", "GLOB", "of this resource", "Entries (globs; any of several)"},
    {"--prompt", "GLOB", "of this prompt", "Entries (globs; any of several)"},
    {"--method", "GLOB", "messages with this method", "Entries (globs; any of several)"},
    {"--server", "GLOB", "to or from this server", "Entries (globs; any of several)"},
    {"--identity", "GLOB", "of this identity", "Entries (globs; any of several)"},
    {"--session", "GLOB", "of this session", "Entries (globs; any of several)"},
    {"--instance", "GLOB", "of this process", "Entries (globs; any of several)"},
    {"--rule", "GLOB", "decided by this rule", "Entries (globs; any of several)"},
    {"--reason", "GLOB", "denied because of: rule, limit, hidden, state, …", "Entries (globs; any of several)"},
    {"--outcome", "GLOB", "that came to: result, tool_error, error, lost, …", "Entries (globs; any of several)"},
    {"--shadow", "", "only what shadow rules would have refused", "Entries (globs; any of several)"},
}};

inline constexpr FlagInfo state_dir_flag = {
    "--state-dir", "DIR", "where logs live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)"};

// What filter_flags were given.
class FilterWords {
 public:
  FilterWords();
  void bind(Flags& reader);
  // Fills the filter. What is wrong, or "".
  std::string fill(audit::Filter& filter, base::WallTime now) const;

 private:
  std::vector<std::vector<std::string>> values_;  // by the flag's place
  bool shadow_ = false;
};

// The user's own time zone unless `utc`.
audit::Style terminal_style(bool colour, bool utc);

struct Seen {
  const audit::Entry& entry;
  const audit::Call* call;  // of an outcome: what it belongs to; may be null
  std::string_view line;
};

// Calls `each` for every entry that the filter lets pass, in the order of their times; false from it ends the reading.
// `unreadable` gets lines that are no entries, unless something is filtered for; may be empty. Says on `err` what could
// not be read at all. The error: the directory cannot be read.
base::Result<void> read_entries(const std::string& directory, const audit::Filter& filter,
                                const store::ReadOptions& options, const std::function<bool(const Seen&)>& each,
                                const std::function<void(std::string_view line, const std::string& why)>& unreadable,
                                std::ostream& err);

}  // namespace cli
