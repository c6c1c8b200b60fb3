// Which entries somebody wants to see. Words as people write them, with errors that say what is understood.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/strings.h"

namespace audit {

// What an outcome does not say itself, of the decision that it belongs to.
struct Call {
  std::string target_kind, target, method, server, identity, session, direction, decision, rule;
};

// Remembers the last decisions, so that outcomes can be tied to them. Bounded: 8,192 decisions. Feed it every entry, in
// order, also those that a filter leaves out.
class Calls {
 public:
  // Remembers a decision; for an outcome gives what it belongs to, or null if that is not known (any more). Valid until
  // the next call.
  const Call* see(const Entry& entry);

 private:
  static constexpr std::size_t most = 8'192;
  static constexpr std::size_t longest = 1'024;  // bytes of a text that are kept
  std::unordered_map<std::string, Call> calls_;
  std::deque<std::string> order_;
};

// All conditions must hold. Of several values of one key any is enough.
class Filter {
 public:
  // Keys: since, until (parse_moment); event, decision, tool, resource, prompt, method, server, identity, session,
  // instance, rule, reason, outcome, id (globs: `*` is any text); shadow ("true": only what shadow rules would have
  // refused). `now` is what durations count from. Errors name the key, the value and what would be understood.
  base::Result<void> add(std::string_view key, std::string_view value, base::WallTime now);
  // The same, "key=value".
  base::Result<void> add_word(std::string_view word, base::WallTime now);
  static std::span<const std::string_view> keys();

  // `call`: what Calls::see gave for it. An outcome is matched by its call's fields where it has none of its own; an
  // entry without the field that is asked for does not match.
  bool matches(const Entry& entry, const Call* call) const;
  // nullopt: unbounded. For leaving out whole files.
  std::optional<std::int64_t> since() const { return since_; }
  std::optional<std::int64_t> until() const { return until_; }
  // Nothing was asked for.
  bool is_empty() const;

 private:
  static constexpr std::size_t glob_keys = 14;
  std::optional<std::int64_t> since_, until_;
  std::array<std::vector<base::Glob>, glob_keys> globs_;
  bool shadow_ = false;
};

}  // namespace audit
