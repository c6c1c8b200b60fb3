// Conditions on entries.
#include "audit/filter.h"

#include <algorithm>
#include <utility>

#include "audit/time_text.h"

namespace audit {
namespace {

constexpr std::array all_keys = std::to_array<std::string_view>({
    "event",
    "decision",
    "tool",
    "resource",
    "prompt",
    "method",
    "server",
    "identity",
    "session",
    "instance",
    "rule",
    "reason",
    "outcome",
    "id",
    "since",
    "until",
    "shadow",
});

// What a key's value may be, where we know all of it. Another word is an error unless it is a pattern: a typing error
// would find nothing and look like an answer.
struct Vocabulary {
  std::string_view key;
  std::span<const std::string_view> words;
};
constexpr std::string_view events[] = {"start",        "decision",
                                       "outcome",      "notice",
                                       "session_end",  "shutdown",
                                       "reload",       "reload_failed",
                                       "pause",        "resume",
                                       "paused",       "resumed",
                                       "limits_reset", "state_lost",
                                       "file",         "file_end",
                                       "torn",         "found_dead",
                                       "retention",    "tool_changed",
                                       "tool_added",   "instructions_changed"};
constexpr std::string_view decisions[] = {"allow", "deny", "replay"};
constexpr std::string_view reasons[] = {"wire",       "hidden",      "default_deny", "lock",  "rule",
                                        "validation", "undecided",   "amount",       "limit", "state",
                                        "approval",   "idempotency", "paused"};
constexpr std::string_view outcomes[] = {"result",  "tool_error", "error",     "input_required", "task",
                                         "refused", "replayed",   "cancelled", "lost",           "undelivered"};
constexpr Vocabulary vocabularies[] = {
    {"event", events}, {"decision", decisions}, {"reason", reasons}, {"outcome", outcomes}};

std::string list(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view w : words) out.append(out.empty() ? "" : ", ").append(w);
  return out;
}

std::unexpected<base::Error> unknown(std::string_view what, std::string_view word,
                                     std::span<const std::string_view> known) {
  std::string message = "\"" + base::printable(word, 60) + "\" is not " + std::string(what);
  if (const std::string_view near = base::nearest(word, known); !near.empty()) {
    message += "; did you mean " + std::string(near) + "?";
  } else {
    message += "; there are: " + list(known);
  }
  return base::fail(message);
}

// The entry's own text, or its call's.
std::string_view value_of(const Entry& entry, const Call* call, std::size_t key) {
  const auto own_or = [&](std::string_view own, std::string Call::* of_call) -> std::string_view {
    if (own.data() != nullptr || call == nullptr) return own;
    return call->*of_call;
  };
  switch (key) {
    case 0:
      return entry.event;
    case 1:
      return own_or(entry.decision, &Call::decision);
    case 2:
    case 3:
    case 4: {
      const std::string_view kind = own_or(entry.target_kind, &Call::target_kind);
      return kind == all_keys[key] ? own_or(entry.target, &Call::target) : std::string_view();
    }
    case 5:
      return own_or(entry.method, &Call::method);
    case 6:
      return own_or(entry.server, &Call::server);
    case 7:
      return own_or(entry.identity, &Call::identity);
    case 8:
      return own_or(entry.session, &Call::session);
    case 9:
      return entry.instance;
    case 10:
      return own_or(entry.rule, &Call::rule);
    case 11:
      return entry.reason;
    case 12:
      return entry.outcome;
    default:
      return entry.id;
  }
}

// The rules that a decision's shadow results name.
bool shadow_rule_matches(const Entry& entry, std::span<const base::Glob> globs) {
  for (const json::Value result : entry.shadow.elements()) {
    const std::string_view rule = result.find("rule").string();
    if (std::ranges::any_of(globs, [&](const base::Glob& g) { return g.matches(rule); })) return true;
  }
  return false;
}

constexpr std::size_t rule_key = 10;
static_assert(all_keys[rule_key] == "rule");

}  // namespace

const Call* Calls::see(const Entry& entry) {
  if (entry.id.empty()) return nullptr;
  const std::string id(entry.id.substr(0, longest));
  if (entry.is_outcome()) {
    const auto it = calls_.find(id);
    return it == calls_.end() ? nullptr : &it->second;
  }
  if (!entry.is_decision()) return nullptr;
  const auto [it, added] = calls_.try_emplace(id);
  if (!added) return nullptr;
  const auto kept = [](std::string_view text) { return std::string(text.substr(0, longest)); };
  it->second = {kept(entry.target_kind), kept(entry.target),   kept(entry.method),
                kept(entry.server),      kept(entry.identity), kept(entry.session),
                kept(entry.direction),   kept(entry.decision), kept(entry.rule)};
  order_.push_back(id);
  if (order_.size() > most) {
    calls_.erase(order_.front());
    order_.pop_front();
  }
  return nullptr;
}

std::span<const std::string_view> Filter::keys() { return all_keys; }

base::Result<void> Filter::add(std::string_view key, std::string_view value, base::WallTime now) {
  const auto place = static_cast<std::size_t>(std::ranges::find(all_keys, key) - all_keys.begin());
  if (place == all_keys.size()) return unknown("something to filter by", key, all_keys);
  if (value.empty()) return base::fail(std::string(key) + " needs a value");
  if (key == "since" || key == "until") {
    const auto moment = parse_moment(value, now);
    if (!moment) return base::fail(std::string(key) + ": " + moment.error().message);
    (key == "since" ? since_ : until_) = *moment;
    return {};
  }
  if (key == "shadow") {
    if (value != "true" && value != "false") return base::fail("shadow is true or false");
    shadow_ = value == "true";
    return {};
  }
  base::Glob glob(value);
  for (const Vocabulary& v : vocabularies) {
    if (v.key != key || !glob.is_literal() || std::ranges::find(v.words, value) != v.words.end()) continue;
    return unknown(key == "event"     ? "an event"
                   : key == "outcome" ? "an outcome"
                                      : "a " + std::string(key),
                   value, v.words);
  }
  globs_[place].push_back(std::move(glob));
  return {};
}

base::Result<void> Filter::add_word(std::string_view word, base::WallTime now) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) {
    return base::fail("\"" + base::printable(word, 60) + "\" is not a condition; write key=value, for instance " +
                      "decision=deny; keys: " + list(all_keys));
  }
  return add(word.substr(0, equals), word.substr(equals + 1), now);
}

bool Filter::is_empty() const {
  return !since_ && !until_ && !shadow_ && std::ranges::all_of(globs_, [](const auto& g) { return g.empty(); });
}

bool Filter::matches(const Entry& entry, const Call* call) const {
  if (since_ && entry.time < *since_) return false;
  if (until_ && entry.time >= *until_) return false;
  if (shadow_ && entry.shadow.size() == 0) return false;
  for (std::size_t key = 0; key < globs_.size(); ++key) {
    if (globs_[key].empty()) continue;
    const std::string_view value = value_of(entry, call, key);
    const bool any =
        !value.empty() && std::ranges::any_of(globs_[key], [&](const base::Glob& g) { return g.matches(value); });
    if (!any && !(key == rule_key && shadow_rule_matches(entry, globs_[key]))) return false;
  }
  return true;
}

}  // namespace audit
