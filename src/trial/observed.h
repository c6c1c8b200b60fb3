// What was seen of one tool, resource, prompt or method: how often, how fast, by whom, with which arguments. Kept in
// bounded memory however long the log is; what no longer fits is counted and remembered as "too many".
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "json/document.h"
#include "trial/calls.h"

namespace trial {

// Different texts and how often each was seen; forgets all of them when there are more than `most`.
class Distinct {
 public:
  static constexpr std::size_t most_bytes = 256 << 10;
  // `key`: equal for equal values; `text`: what is kept of the first.
  void add(std::string_view key, std::string_view text, std::size_t most);
  bool too_many() const { return too_many_; }
  struct Seen {
    std::string text;
    std::uint64_t count = 0;
  };
  const std::map<std::string, Seen, std::less<>>& seen() const { return seen_; }

 private:
  std::map<std::string, Seen, std::less<>> seen_;
  std::size_t bytes_ = 0;
  bool too_many_ = false;
};

// One argument.
struct ObservedKey {
  std::uint64_t count = 0;  // calls that have it
  Distinct values;
  bool secret = false;                     // a value or the name looks like a secret: values are not written anywhere
  std::set<std::string> types;             // JSON Schema's words: "integer", "number", "string", …
  std::optional<std::string> least, most;  // numbers, as they were spelt
  std::size_t shortest = ~std::size_t{0}, longest = 0;  // texts, in code points
  std::optional<std::string> directory;                 // that holds every text, if all are plain absolute paths
  bool all_paths = true;
};

struct ObservedArguments {
  static constexpr std::size_t most_keys = 200;
  std::uint64_t full = 0, keys_only = 0, unknown = 0;
  Distinct whole;  // the arguments of calls, as objects
  std::map<std::string, ObservedKey, std::less<>> keys;
  bool too_many_keys = false;
  void see(json::Value arguments, std::size_t most_values);  // absent counts as {}
  void see_keys(json::Value arguments_or_names);             // an object, or a list of names
};

// The most that came within a window, exactly; and within one a little longer, for where limits count in steps.
class Rates {
 public:
  static constexpr std::array<std::int64_t, 3> windows = {60, 3'600, 86'400};
  static constexpr std::array<const char*, 3> words = {"minute", "hour", "day"};
  void add(std::int64_t time);
  // What a limit for that window must admit; nullopt: too many to tell.
  std::optional<std::uint64_t> peak(std::size_t window) const;

 private:
  static constexpr std::size_t most_times = 200'000;
  std::deque<std::int64_t> times_;
  std::uint64_t dropped_ = 0;             // times before the first that is kept
  std::array<std::uint64_t, 6> first_{};  // of each window, exact and longer: the first time in it
  std::array<std::uint64_t, 6> peaks_{};
  std::array<bool, 6> lost_{};
};

struct Observed {
  std::uint64_t calls = 0;
  std::int64_t first = 0, last = 0;
  std::set<std::string> methods, directions;
  Distinct identities;
  ObservedArguments arguments;
  Rates rates;
};

}  // namespace trial
