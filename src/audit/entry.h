// One line of a log, read back. What a later version of the program adds (events, fields) is tolerated; a line of
// another schema version is an error of its own. Values are what the line says: nobody has vouched for them unless the
// log was verified.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/chain.h"
#include "json/document.h"

namespace audit {

// Lines up to this are read whole; of a longer one (arguments of megabytes, kept with --log-args full) only what stands
// before its arguments. In bytes.
inline constexpr std::size_t max_line = 1 << 20;

// Not thread-safe. One object may read line after line and reuses its memory.
class Entry {
 public:
  enum class Status : std::uint8_t {
    ok,
    unreadable,     // not one JSON object, or without "v" and "event"
    other_version,  // "v" is not 1: nothing else was looked at
  };
  Entry() = default;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // `line`: without its line feed; must outlive what is read from it. `cut`: it is only the beginning of a longer one.
  Status read(std::string_view line, bool cut = false);
  // What was wrong, for people. Of the last read() that was not ok.
  const std::string& trouble() const { return trouble_; }

  std::string_view line;
  bool is_cut = false;
  std::int64_t time = 0;  // nanoseconds since 1970; 0: none that can be read
  std::string_view time_text, event, instance, session, identity, server;
  std::string_view id, direction, method, request_id, target_kind, target, decision, reason, rule, condition, message,
      policy_digest, client_name, continues, note;  // request_id: JSON text
  std::string_view outcome;                         // of an outcome
  std::string_view what, detail;                    // of a notice
  json::Value charged, limit, shadow, arguments;    // absent if there are none
  bool is_decision() const { return event == "decision"; }
  bool is_outcome() const { return event == "outcome"; }

  // Any field, by its name.
  json::Value field(std::string_view name) const { return document_.root().find(name); }
  // The same as a text; "" if it is none.
  std::string_view text(std::string_view name) const { return field(name).string(); }
  // The same as a whole number from 0 to 2^63-1; `otherwise` if it is none.
  std::int64_t number(std::string_view name, std::int64_t otherwise = 0) const;
  // All of it, in order.
  json::Value root() const { return document_.root(); }

 private:
  Status fail(std::string why);
  void take(const json::Member& member);
  json::Document document_;
  std::string whole_, trouble_;
};

// A whole number of JSON from 0 to 2^63-1, or `otherwise`.
std::int64_t whole_number(json::Value value, std::int64_t otherwise);

// The time of a line that we wrote, without reading the rest; 0 if it does not begin as our lines do.
std::int64_t quick_time(std::string_view line);

}  // namespace audit
