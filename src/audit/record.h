// The record: one JSON line per event, written by the Recorder into a buffer that the driver appends to a Sink before
// anything that it speaks of is forwarded. Fields are documented in docs/audit.md; "v" is the record's schema version.
// Nothing secret enters a line: arguments go through --log-args, everything else through redact.h.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/result.h"
#include "base/sha256.h"
#include "json/document.h"

namespace audit {

inline constexpr int schema_version = 1;

enum class LogArgs : std::uint8_t {
  none,      // nothing of the arguments
  hash,      // "args_hash": keyed digest of the canonical arguments, and "args_keys", their sorted top-level names
  redacted,  // "args": the arguments, secrets replaced by key and by pattern, long strings cut; and args_hash
  full,      // "args": all of them as they were forwarded; and args_hash
};
std::optional<LogArgs> find_log_args(std::string_view word);

struct Start {
  std::string server, identity, session, version;  // session and identity: of the only one; "" where there are many
  std::string transport;                           // how clients come: "stdio", "http"
  std::string listen;                              // where they do: "127.0.0.1:8080"; ""
  std::string upstream;                            // URL of the server, redacted by the Recorder; ""
  std::vector<std::string> command;                // or its command; redacted by the Recorder
  std::string policy_file, policy_digest, policy_mode;
  std::string log_args;  // the word of --log-args
  std::string state;     // where counters are kept, for people
  std::int64_t pid = 0;
};

// One charge of a decision, for the record.
struct Charged {
  std::string_view key;  // the counter's (limits::Charge)
  base::Amount amount;
  std::optional<base::Amount> max;  // absent: only counted
};

// The limit that refused.
struct RefusedLimit {
  std::string_view key;                        // the counter's
  base::Amount held;                           // what it held
  base::Amount amount;                         // what the call asked for
  std::optional<base::Amount> max;             // absent: not known
  std::optional<std::int64_t> retry_after_ms;  // when the same call would fit; absent: unknown or never
};

// What shadow rules would have done.
struct Shadow {
  std::string_view rule;
  std::string_view message;
};

// What a lock compared.
struct Locked {
  std::string_view pinned;  // digest in the lock; "" for a tool that is not in it
  std::string_view found;   // of what the server lists; "": not known
};

struct Decision {
  std::string_view id;         // this decision's
  std::string_view direction;  // "client" or "server": who sent the message
  std::string_view method;
  std::string_view request_id;   // JSON text; "" for a notification
  std::string_view target_kind;  // "tool", "resource", "prompt" or ""
  std::string_view target;       // what the message names
  std::string_view decision;     // "allow", "deny", "error" (not understood), "replay"
  std::string_view reason;       // "", "hidden", "default_deny", "rule", "limit", "validation", "wire", "state", ...
  std::string_view rule;         // "" if none
  std::string_view condition;    // the policy's own text of the condition that decided: "args.amount lte 50000"; or ""
  std::string_view message;      // what the sender was told; "" when allowed
  std::optional<RefusedLimit> limit;  // of a limit that refused
  std::optional<Locked> lock;         // of a tool whose definition is not as locked
  std::string_view policy_digest;
  std::string_view client_name;     // self-asserted
  std::string_view continues;       // id of the decision whose call this continues, or ""
  std::string_view note;            // e.g. "method unknown to every revision"
  json::Value arguments;            // tools/call, prompts/get
  std::string_view arguments_text;  // their writer's output, if the caller has it (saves writing them again); or ""
  std::span<const Charged> charged;
  std::span<const Shadow> shadow;
};

struct Outcome {
  std::string_view id;  // the decision's
  std::string_view
      outcome;  // "result", "tool_error", "error", "input_required", "task", "cancelled", "lost", "undelivered"
  std::optional<std::int64_t> error_code;
  std::int64_t latency_us = 0;
  std::uint64_t bytes = 0;  // of the answer
};

// Something worth keeping that is no decision: an unreadable message, an answer nobody asked for, a duplicate id.
struct Notice {
  std::string_view what;       // "unreadable", "unknown_answer", "duplicate_id", "server_noise", ...
  std::string_view direction;  // who sent it
  std::string_view detail;
};

struct Shutdown {
  std::string_view reason;  // "client closed", "server exited", "SIGTERM"
  std::optional<int> exit_status;
  std::uint64_t calls = 0, denied = 0;
};

struct RecorderOptions {
  LogArgs log_args = LogArgs::hash;
  std::string instance;                   // of this process; part of every line
  std::string session, identity, server;  // part of every decision
};

// Appends one line (with its line feed) per call to `out`. Time from the clock. Not thread-safe.
class Recorder {
 public:
  // `key`: for keyed digests; the same for all processes of an installation, so that equal arguments can be found.
  Recorder(const base::Clock& clock, RecorderOptions options, std::string_view key);
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) = delete;
  // For a further session of the same process: its lines name that session, all else is shared (the key, which is still
  // asked for at most once; what was worked out before), so it costs a few hundred bytes. May outlive this one; both
  // are of one thread.
  Recorder for_session(std::string_view session, std::string_view identity) const;
  void set_key(std::string_view key);
  // Where the key comes from when the first digest is needed (start shall touch no file). Called at most once; if it
  // fails there are no digests.
  void set_key_source(std::function<base::Result<std::string>()> source);
  void start(std::string& out, const Start& start);
  void decision(std::string& out, const Decision& decision);
  void outcome(std::string& out, const Outcome& outcome);
  void notice(std::string& out, const Notice& notice);
  // What has no shape of its own: "reload", "reload_failed", "pause", "resume", "limits_reset", "state_lost", ...
  void event(std::string& out, std::string_view name, std::span<const Field> fields);
  void shutdown(std::string& out, const Shutdown& shutdown);
  // The same of one session among many: the process goes on.
  void session_end(std::string& out, const Shutdown& shutdown);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
