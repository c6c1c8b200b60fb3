// Both are recorded; a pause is made first and recorded then, because it must not wait for anything.
#include "cli/pause_commands.h"

#include <ostream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "cli/own_record.h"
#include "cli/state_place.h"
#include "json/writer.h"
#include "store/filesystem.h"
#include "store/pause_switch.h"

namespace cli {
namespace {

constexpr std::string_view default_dir =
    "where counters and logs live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)";

constexpr FlagInfo pause_flags[] = {
    {"--server", "NAME", "only this server (as in records; default: every server)"},
    {"--reason", "TEXT", "what agents are told"},
    {"--json", "", "what is paused now, as one JSON object"},
    {"--state-dir", "DIR", default_dir},
};

constexpr FlagInfo resume_flags[] = {
    {"--server", "NAME", "only this server (default: everything)"},
    {"--json", "", "what is paused now, as one JSON object"},
    {"--state-dir", "DIR", default_dir},
};

struct Words {
  std::vector<std::string> servers;
  std::string server;  // "": every one
  std::string reason, state_dir;
  bool json = false;
};

// What is wrong with the servers that were named, or "". A name that is empty is a variable of a script that was never
// set: to take it for all of them would end the pauses of others.
std::string choose_server(Words& words) {
  if (words.servers.empty()) return {};
  if (words.servers.size() > 1) return "--server is given twice; name one server at a time";
  words.server = words.servers.front();
  return words.server.empty() ? "--server needs the name of a server; leave it out to mean every server" : "";
}

std::string shown(const store::Pause& p) {
  std::string text = p.server == store::every_server ? "every server" : "server " + base::printable(p.server);
  text += " since " + p.since + " by " + base::printable(p.by);
  if (!p.reason.empty()) text += ": " + base::printable(p.reason, store::max_reason);
  return text;
}

void print(Terminal& terminal, const store::PauseChange& change, bool json) {
  if (!change.note.empty()) terminal.err << "intercept: " << change.note << '\n';
  if (json) {
    std::string text;
    json::Composer c(text);
    c.open().member("changed", static_cast<std::int64_t>(change.changed.size())).key("pauses").open_array();
    for (const store::Pause& p : change.now) {
      c.open()
          .member("server", p.server)
          .member("reason", p.reason)
          .member("since", p.since)
          .member("by", p.by)
          .close();
    }
    c.close_array().close();
    terminal.out << text << '\n';
    return;
  }
  if (change.now.empty()) terminal.out << "Nothing is paused.\n";
  for (const store::Pause& p : change.now) terminal.out << "paused: " << shown(p) << '\n';
}

// Opens the switch and does `change`; the event is recorded afterwards.
template <class Change>
int command(Terminal& terminal, const Words& words, std::string_view event, Change change) {
  const auto directory = state_directory(words.state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  if (const auto network = store::network_file_system(*directory)) {
    return failed(terminal, *directory + " is on a network file system (" + *network +
                                "): sessions elsewhere would not see it; name a local directory with --state-dir");
  }
  const base::SystemClock clock;
  base::SystemRandom random;
  OwnRecord record(*directory, clock);
  auto opened = store::PauseSwitch::open(*directory, random);
  if (!opened) return failed(terminal, opened.error().message);
  const base::Result<store::PauseChange> done = change(*opened, record.by(), clock);
  if (!done) return failed(terminal, done.error().message);
  print(terminal, *done, words.json);
  const std::string by = record.by();
  const audit::Field fields[] = {
      audit::Field::text_of("server", words.server.empty() ? store::every_server : std::string_view(words.server)),
      audit::Field::text_of("reason", words.reason), audit::Field::text_of("by", by),
      audit::Field::number_of("changed", static_cast<std::int64_t>(done->changed.size()))};
  if (const auto written = record.write(event, fields); !written) {
    return failed(terminal, "it is done, and could not be recorded: " + written.error().message);
  }
  return exit_ok;
}

int pause(const Invocation& invocation, Terminal& terminal) {
  Words words;
  Flags reader(pause_flags);
  reader.list("--server", words.servers).text("--reason", words.reason).on("--json", words.json);
  reader.text("--state-dir", words.state_dir);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (const std::string wrong = choose_server(words); !wrong.empty()) return bad_use(terminal, wrong);
  return command(terminal, words, "pause",
                 [&](store::PauseSwitch& pauses, const std::string& by, const base::Clock& clock) {
                   return pauses.pause(words.server.empty() ? std::string(store::every_server) : words.server,
                                       words.reason, by, clock);
                 });
}

int resume(const Invocation& invocation, Terminal& terminal) {
  Words words;
  Flags reader(resume_flags);
  reader.list("--server", words.servers).on("--json", words.json).text("--state-dir", words.state_dir);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (const std::string wrong = choose_server(words); !wrong.empty()) return bad_use(terminal, wrong);
  return command(terminal, words, "resume", [&](store::PauseSwitch& pauses, const std::string&, const base::Clock&) {
    return pauses.resume(words.server.empty() ? std::nullopt : std::optional(words.server));
  });
}

}  // namespace

const CommandInfo pause_info{"pause",
                             "pause [--server NAME] [--reason TEXT]",
                             "every running session of this user refuses tool calls and other ruled messages at once",
                             "Calls that the server already has go on; their answers pass. Sessions that start while "
                             "the pause lasts refuse, too.\n",
                             pause_flags,
                             "Exit status: 0; 1 if it could not be done (or done, and not recorded).\n",
                             pause};

const CommandInfo resume_info{"resume",
                              "resume [--server NAME]",
                              "the end of a pause",
                              "",
                              resume_flags,
                              "Exit status: 0; 1 if it could not be done (or done, and not recorded).\n",
                              resume};

}  // namespace cli
