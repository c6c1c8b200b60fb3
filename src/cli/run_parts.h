// What a process needs to run sessions: log, counters, pause switch, notes. One set per loop (thread): a set is an
// instance of its own, with its own log, counters' connection and name; nothing of it is shared between threads.
// Whoever drives the sessions (stdio, a listener) takes from it what he needs.
#pragma once
#include <memory>
#include <string>

#include "audit/record.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/pause_state.h"
#include "cli/policy_source.h"
#include "cli/run_arguments.h"
#include "cli/state_place.h"
#include "limits/memory_store.h"
#include "limits/split_store.h"
#include "limits/store.h"
#include "mediator/session.h"
#include "proxy/desk.h"
#include "proxy/notes.h"
#include "proxy/session_maker.h"
#include "store/instance.h"

namespace cli {

// Whether a session may start where state is kept: what is wrong, for the user, or "".
std::string check_place(const RunArguments& arguments, const StatePlace& place, const policy::Snapshot& policy);

// Members are destroyed in reverse order: what uses is after what is used.
struct RunParts {
  enum class Sessions : bool { one, many };  // of one, the process's config and recorder are the session's
  struct About {
    const RunArguments& arguments;  // these must live as long as the parts
    const StatePlace& place;        // found before the first parts are made: looking frees locks of open counters
    const SourcedPolicy& policy;
    std::string server;               // its name in facts, counters and records
    std::string transport = "stdio";  // how clients come, in records
    Sessions sessions = Sessions::one;
  };
  // Touches no file. Any thread; then the parts are of the thread that uses them.
  explicit RunParts(About about);
  RunParts(const RunParts&) = delete;
  RunParts& operator=(const RunParts&) = delete;

  // The log's first line: `start` says what is to be said of the server (command or upstream) and of where we listen,
  // the rest is filled in.
  std::string start_line(audit::Start start);
  // For a desk on these parts.
  proxy::Desk::Parts for_desk(audit::Start start);
  // For the sessions of a process with many. For the only one: `config` and the rest.
  proxy::SessionMaker::Parts for_sessions();

  const About about;
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

 private:
  mediator::Config make_config();
  store::InstanceInfo instance_info() const;
  std::unique_ptr<limits::Store> make_store();
  std::unique_ptr<audit::Sink> make_sink();
};

}  // namespace cli
