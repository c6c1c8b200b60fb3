// Two policies side by side: each call is decided by both, each on a stage of its own that counts from nothing, and
// what differs is grouped by what decided. What must stay true: a call is looser as soon as it could pass, now or
// later, where it could not before; memory does not grow with the number of calls.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "policy/model.h"
#include "trial/calls.h"
#include "trial/generate.h"
#include "trial/stage.h"

namespace trial {

// What one policy made of a call.
struct Side {
  Decision decision = Decision::nothing;
  std::string reason, rule, message, condition;
  std::vector<std::string> shadow;  // rules that only recorded
};

enum class Difference : std::uint8_t { same, looser, stricter, other, shadow };
const char* difference_word(Difference difference);

// looser: refused for good, refused by a limit, put to a person, answered by an earlier result, allowed: NEW stands
// further in this order (and in doubt: between a limit and a person). other: both refuse, by another rule or with
// another text. shadow: decided alike, recorded otherwise.
Difference compare(const Side& before, const Side& after);

struct Example {
  Call call;
  Side before, after;
};

// Calls that the same two rules decided.
struct Group {
  Difference difference;
  std::string before, after;  // "allow", "deny tools/pay/rules/0", "deny (hidden)"
  std::uint64_t count = 0;
  std::vector<Example> examples;  // the first three
};

struct DiffOptions {
  std::string server_name;   // for calls that name no server
  std::string tools = "[]";  // the server's tools, JSON
};

class Differ final : public CallSink {
 public:
  using Each = std::function<void(const Call& call, const Side& before, const Side& after, Difference difference)>;
  // The policies must outlive it. `each` may be empty.
  Differ(const policy::Policy& before, const policy::Policy& after, DiffOptions options, Each each = {});
  ~Differ() override;

  bool call(const Call& call) override;
  void answer(std::string_view origin, Answered answer, std::int64_t time) override;
  void session_ends(std::string_view session) override;
  // What one policy says of a call alone. Counts nowhere.
  Probed probe(bool of_new, const Call& call);

  std::uint64_t tried() const { return tried_; }
  std::uint64_t count(Difference difference) const { return counts_[static_cast<std::size_t>(difference)]; }
  // looser first; within each the most calls first.
  std::vector<const Group*> groups() const;
  // Differences that are in no group, for there were too many.
  std::uint64_t ungrouped() const { return ungrouped_; }
  // Calls to servers beyond the first hundred: not tried.
  std::uint64_t beyond_servers() const { return beyond_servers_; }
  // A policy that cannot be lowered for a server, or "".
  const std::string& trouble() const { return trouble_; }

 private:
  struct Pair;
  struct Open {
    Pair* pair;
    std::string session, identity, id;
  };
  Pair* pair_for(const std::string& server);
  const Seen& play(Pair& pair, std::size_t which, const Call& call);
  void note(const Call& call, const Side& before, const Side& after);

  const std::array<const policy::Policy*, 2> policies_;
  const DiffOptions options_;
  const Each each_;
  std::map<std::string, std::unique_ptr<Pair>> pairs_;
  std::unordered_map<std::string, Open> open_;  // answered later, by origin
  std::deque<std::string> order_;
  std::map<std::string, Group> groups_;
  std::array<std::uint64_t, 5> counts_{};
  std::uint64_t tried_ = 0, ungrouped_ = 0, beyond_servers_ = 0, ids_ = 0;
  std::string trouble_, line_, id_;
};

// What differs in the files themselves, a line each: mode, lock, defaults, hidden names, counters.
struct SettingChange {
  std::string what, before, after;  // "": not there
  bool looser = false;              // lets pass what was refused, and no call that is tried can show it: the lock
};
std::vector<SettingChange> setting_changes(const policy::Policy& before, const policy::Policy& after,
                                           const DiffOptions& options);

// A rule of either policy needs the server's definitions of tools.
bool needs_tools(const policy::Policy& policy);

}  // namespace trial
