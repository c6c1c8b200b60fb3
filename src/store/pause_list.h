// The list of pauses and its text, $STATE/paused.json:
//   {"v":1,"pauses":[{"server":"*","reason":"…","since":"2026-11-22T10:00:00.000Z","by":"ann, 4711"}]}
// No I/O here. Read strictly: an unknown key, a second meaning or anything out of bounds makes the whole file
// unreadable, and what cannot be read counts as a pause of everything.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace store {

inline constexpr std::string_view every_server = "*";

struct Pause {
  std::string server;  // its name, or every_server
  std::string reason;  // may be empty
  std::string since;   // RFC 3339
  std::string by;      // "user, pid"
  bool operator==(const Pause&) const = default;
};

inline constexpr std::size_t max_pauses = 256;
inline constexpr std::size_t max_reason = 500;                       // code points
inline constexpr std::size_t max_name = 200;                         // code points, of `server` and `by`
inline constexpr std::size_t max_pause_file = std::size_t{2} << 20;  // bytes; more than the list can have

// What is wrong with a pause, for whoever gives it: a text that is too long, empty where it may not be, or has
// characters that are not shown (base::printable).
base::Result<void> check_pause(const Pause& pause);

// Servers are named once each.
base::Result<std::vector<Pause>> parse_pauses(std::string_view text);
std::string pauses_text(const std::vector<Pause>& pauses);

// Those that stop `server`: the one of every server and its own, in the order of the list.
std::vector<Pause> pauses_for(const std::vector<Pause>& pauses, std::string_view server);

}  // namespace store
