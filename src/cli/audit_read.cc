// Reading the log: tail, show, query, export.
#include <chrono>
#include <deque>
#include <ostream>
#include <thread>

#include "audit/export.h"
#include "base/strings.h"
#include "cli/audit_commands.h"
#include "cli/log_lines.h"
#include "cli/state_place.h"
#include "cli/version.h"

namespace cli {
namespace {

constexpr FlagInfo utc_flag = {"--utc", "", "times in UTC, not in this machine's time zone"};
constexpr FlagInfo json_flag = {"--json", "", "the lines as they were recorded"};

// What these commands share.
struct Reading {
  std::string state_dir, directory;
  bool json = false, utc = false;
  FilterWords words;
  audit::Filter filter;

  void bind(Flags& reader) {
    reader.on("--json", json).on("--utc", utc).text("--state-dir", state_dir);
    words.bind(reader);
  }
  // What is wrong, or "".
  std::string prepare() {
    const base::SystemClock clock;
    if (std::string wrong = words.fill(filter, clock.wall()); !wrong.empty()) return wrong;
    auto place = state_directory(state_dir);
    if (!place) return place.error().message;
    directory = *place;
    return {};
  }
  store::ReadOptions options() const { return {.since = filter.since(), .instance = {}, .last_lines = 0}; }
};

// A count that a flag takes. What is wrong, or "".
std::string take_count(std::string_view flag, const std::string& word, std::uint64_t& out) {
  if (word.empty()) return {};
  if (word.size() > 9 || word.find_first_not_of("0123456789") != std::string::npos) {
    return wrong_word(flag, "a whole number", word);
  }
  out = std::stoull(word);
  return {};
}

// --- query ---

constexpr auto query_flags = join_flags(
    std::array<FlagInfo, 4>{
        {{"-n,--limit", "N", "the first N only (default: all)"}, json_flag, utc_flag, state_dir_flag}},
    filter_flags);

int query(const Invocation& invocation, Terminal& terminal) {
  Reading reading;
  std::string limit_word;
  std::vector<std::string> words;
  Flags reader(query_flags);
  reader.text("--limit", limit_word).rest("KEY=VALUE", words);
  reading.bind(reader);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  std::uint64_t limit = 0;
  if (const std::string wrong = take_count("--limit", limit_word, limit); !wrong.empty()) {
    return bad_use(terminal, wrong);
  }
  const base::SystemClock clock;
  for (const std::string& word : words) {
    if (auto added = reading.filter.add_word(word, clock.wall()); !added) {
      return usage_error(terminal, added.error().message);
    }
  }
  if (const std::string wrong = reading.prepare(); !wrong.empty()) return bad_use(terminal, wrong);
  const audit::Style style = terminal_style(terminal.colour_out, reading.utc);
  std::uint64_t shown = 0;
  const auto each = [&](const Seen& seen) {
    if (reading.json) {
      terminal.out << seen.line << '\n';
    } else {
      terminal.out << audit::render_line(seen.entry, seen.call, style) << '\n';
    }
    return (limit == 0 || ++shown < limit) && terminal.out.good();
  };
  const auto unreadable = [&](std::string_view line, const std::string& why) {
    if (!reading.json) terminal.out << audit::render_unreadable(line, why, style) << '\n';
  };
  const auto done = read_entries(reading.directory, reading.filter, reading.options(), each, unreadable, terminal.err);
  return done ? exit_ok : failed(terminal, done.error().message);
}

// --- tail ---

constexpr auto tail_flags =
    join_flags(std::array<FlagInfo, 5>{{{"-n,--lines", "N", "the last N (default: 20)"},
                                        {"-f,--follow", "", "and what comes, until interrupted"},
                                        json_flag,
                                        utc_flag,
                                        state_dir_flag}},
               filter_flags);

// Shows what is written from now on; ends when nobody reads it.
int follow(Reading& reading, Terminal& terminal, store::Follower& follower, const audit::Style& style) {
  audit::Entry entry;
  audit::Calls calls;
  for (;;) {
    const auto more = follower.poll([&](std::string_view line, bool cut) {
      if (entry.read(line, cut) != audit::Entry::Status::ok) return;
      const audit::Call* call = calls.see(entry);
      if (!reading.filter.matches(entry, call)) return;
      terminal.out << (reading.json ? std::string(line) : audit::render_line(entry, call, style)) << '\n';
    });
    if (!more) return failed(terminal, more.error().message);
    terminal.out.flush();
    if (!terminal.out.good()) return exit_ok;
    if (!*more) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

int tail(const Invocation& invocation, Terminal& terminal) {
  Reading reading;
  std::string lines_word;
  bool follows = false;
  Flags reader(tail_flags);
  reader.text("--lines", lines_word).on("--follow", follows);
  reading.bind(reader);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  std::uint64_t most = 20;
  if (std::string wrong = take_count("--lines", lines_word, most); !wrong.empty()) return bad_use(terminal, wrong);
  if (const std::string wrong = reading.prepare(); !wrong.empty()) return bad_use(terminal, wrong);
  const audit::Style style = terminal_style(terminal.colour_out, reading.utc);
  store::Follower follower(reading.directory);
  if (follows) {
    if (auto started = follower.start(); !started) return failed(terminal, started.error().message);
  }
  std::deque<std::string> last;
  store::ReadOptions options = reading.options();
  if (reading.filter.is_empty()) options.last_lines = most + 1;
  const auto each = [&](const Seen& seen) {
    last.push_back(reading.json ? std::string(seen.line) : audit::render_line(seen.entry, seen.call, style));
    if (last.size() > most) last.pop_front();
    return true;
  };
  const auto done = read_entries(reading.directory, reading.filter, options, each, {}, terminal.err);
  if (!done) return failed(terminal, done.error().message);
  for (const std::string& line : last) terminal.out << line << '\n';
  terminal.out.flush();
  return follows ? follow(reading, terminal, follower, style) : exit_ok;
}

// --- show ---

constexpr std::array<FlagInfo, 3> show_flags = {{json_flag, utc_flag, state_dir_flag}};

int show(const Invocation& invocation, Terminal& terminal) {
  std::string state_dir;
  bool json = false, utc = false;
  std::vector<std::string> ids;
  Flags reader(show_flags);
  reader.on("--json", json).on("--utc", utc).text("--state-dir", state_dir).rest("ID", ids);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (ids.size() != 1 || ids[0].empty())
    return bad_use(terminal, "name one decision, by the id that a denial ends with: 5f0c2a91de-3");
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  const audit::Style style = terminal_style(terminal.colour_out, utc);
  // The id begins with its process: only that one's logs need be read.
  const store::ReadOptions options{.since = {}, .instance = ids[0].substr(0, ids[0].find('-')), .last_lines = 0};
  bool found = false;
  const auto each = [&](const Seen& seen) {
    if (seen.entry.id != ids[0] && seen.entry.continues != ids[0]) return true;
    if (!json && found) terminal.out << '\n';
    found = true;
    terminal.out << (json ? std::string(seen.line) + '\n' : audit::render_detail(seen.entry, style));
    return true;
  };
  const auto done = read_entries(*directory, {}, options, each, {}, terminal.err);
  if (!done) return failed(terminal, done.error().message);
  if (found) return exit_ok;
  return failed(terminal, "no log under " + *directory + " has a decision " + base::printable(ids[0]));
}

// --- export ---

constexpr auto export_flags = join_flags(
    std::array<FlagInfo, 2>{
        {{"--format", "FORMAT", "jsonl (as recorded) or cef (default: jsonl)", "Flags", true, "jsonl cef"},
         state_dir_flag}},
    filter_flags);

int export_log(const Invocation& invocation, Terminal& terminal) {
  Reading reading;
  std::string format = "jsonl";
  Flags reader(export_flags);
  reader.text("--format", format).text("--state-dir", reading.state_dir);
  reading.words.bind(reader);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (format != "jsonl" && format != "cef") return bad_use(terminal, wrong_word("--format", "jsonl or cef", format));
  if (const std::string wrong = reading.prepare(); !wrong.empty()) return bad_use(terminal, wrong);
  std::string line;
  const auto each = [&](const Seen& seen) {
    line.clear();
    if (format == "cef") {
      audit::append_cef(line, seen.entry, seen.call, version());
    } else {
      line.append(seen.line).append("\n");
    }
    terminal.out << line;
    return terminal.out.good();
  };
  const auto unreadable = [&](std::string_view, const std::string& why) {
    terminal.err << "intercept: not exported: " << base::printable(why) << '\n';
  };
  const auto done = read_entries(reading.directory, reading.filter, reading.options(), each, unreadable, terminal.err);
  return done ? exit_ok : failed(terminal, done.error().message);
}

}  // namespace

const CommandInfo audit_query_info{
    "audit query",
    "audit query [KEY=VALUE...] [flags]",
    "the entries that match, of all processes, in the order of their times",
    "KEY=VALUE is the same as --KEY VALUE: audit query decision=deny tool=\"delete_*\"\n",
    query_flags,
    "Exit status: 0; 1 if the logs cannot be read.\n",
    query};

const CommandInfo audit_tail_info{"audit tail",
                                  "audit tail [-f] [-n N] [flags]",
                                  "the latest entries; with -f also what comes",
                                  "",
                                  tail_flags,
                                  "Exit status: 0; 1 if the logs cannot be read.\n",
                                  tail};

const CommandInfo audit_show_info{"audit show",
                                  "audit show ID [--json]",
                                  "everything on record of one decision",
                                  "",
                                  show_flags,
                                  "Exit status: 0; 1 if there is no such decision.\n",
                                  show};

const CommandInfo audit_export_info{"audit export",
                                    "audit export [--format jsonl|cef] [flags]",
                                    "entries for other systems: JSON lines or CEF",
                                    "",
                                    export_flags,
                                    "Exit status: 0; 1 if the logs cannot be read.\n",
                                    export_log};

}  // namespace cli
