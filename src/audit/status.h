// Numbers over many entries: what the command `status` shows. Memory is bounded: names beyond the first thousand of
// each kind are counted together.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "audit/render.h"
#include "audit/tally.h"
#include "base/clock.h"
#include "json/writer.h"

namespace audit {

enum class Life : std::uint8_t { unknown, alive, ended, dead };
std::string_view life_word(Life life);  // "alive", ...

// Feed it entries in the order of their times; not thread-safe.
class Status {
 public:
  // `now`: the end of the last five minutes.
  explicit Status(base::WallTime now) : now_(now.time_since_epoch().count()) {}

  void add(const Entry& entry);
  // What is known from outside; also of an instance without entries. Call it before add() for those that live: they
  // must have a place. `server`, `pid` and `started` count where no entry
  // says better.
  void set_life(std::string_view instance, Life life, std::string_view server = {}, std::int64_t pid = 0,
                std::int64_t started = 0);
  // What is paused now (server "*": everything). `trouble`: why nobody can say, which counts as a pause of everything.
  void add_pause(std::string_view server, std::string_view since, std::string_view by, std::string_view reason) {
    pauses_.push_back({std::string(server), std::string(since), std::string(by), std::string(reason)});
  }
  void set_pause_trouble(std::string_view trouble) { pause_trouble_ = trouble; }
  // A line that could not be read.
  void add_unreadable() { ++unreadable_; }

  // Several lines with a line feed at the end. Of instances the living ones and then the latest, 20 in all.
  std::string text(const Style& style) const;
  // One JSON object, no line feed.
  std::string json() const;

 private:
  static constexpr std::size_t recent = 10, shown = 10, shown_instances = 20;
  static constexpr std::int64_t window = 300'000'000'000;  // of "calls per minute"

  struct Instance {
    std::string server, identity, policy_file;
    std::int64_t pid = 0, started = 0, last_seen = 0;
    std::uint64_t calls = 0, denied = 0;
    Life life = Life::unknown;
    bool is_command = false;  // `intercept pause` and the like have logs, too: they are no instances to a person
  };
  struct Pause {
    std::string server, since, by, reason;
  };
  struct Last {
    std::int64_t time = 0;
    std::string id, text;
  };
  struct Denial {
    std::int64_t time = 0;
    std::string id, server, method, target_kind, target, rule, message;
  };
  struct Nothing {};

  void add_decision(const Entry& entry, Instance* instance);
  void add_end(std::string_view name, Life life, std::int64_t time);
  void add_shadow(const Entry& entry);
  std::vector<Tally<Instance>::Item> chosen() const;
  void pauses_text(std::string& out) const;
  void totals_text(std::string& out) const;
  void instances_text(std::string& out, const Style& style) const;
  void denials_text(std::string& out, const Style& style) const;
  void pauses_json(json::Composer& c) const;
  void totals_json(json::Composer& c) const;
  void instances_json(json::Composer& c) const;
  void denials_json(json::Composer& c) const;
  double per_minute() const { return static_cast<double>(recent_calls_) / 5; }

  std::int64_t now_;
  std::uint64_t entries_ = 0, unreadable_ = 0;
  std::uint64_t calls_ = 0, denied_ = 0, recent_calls_ = 0;  // of clients
  std::uint64_t asked_ = 0, asked_denied_ = 0;               // of servers
  std::uint64_t reloads_ = 0, reload_failures_ = 0;
  Last last_reload_failure_;
  std::vector<Pause> pauses_;
  std::string pause_trouble_;
  Tally<Instance> instances_;
  Tally<Nothing> tools_, rules_, outcomes_;
  Tally<Last> shadow_;
  std::deque<Denial> denials_;
};

}  // namespace audit
