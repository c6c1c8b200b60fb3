// From what was allowed, the least policy that would have allowed it. What must stay true: it admits no call that was
// not seen, unless a generalisation was asked for by name; what was seen comes from agents, so that every text of it is
// quoted; what looks like a secret is not written.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "trial/calls.h"
#include "trial/observed.h"

namespace trial {

// Ways to admit more than was seen.
enum class Generalise : std::uint8_t {
  combinations,  // each argument's values, whatever the others are
  ranges,        // numbers from the least to the greatest
  paths,         // paths below the common directory; URIs below their common start
  lengths,       // texts from the shortest to the longest
  types,         // any value of the types that were seen
  identities,    // anybody
};
std::optional<Generalise> find_generalise(std::string_view word);

struct SuggestOptions {
  std::size_t values = 200;  // different values that are listed one by one
  std::set<Generalise> generalise;
  std::string place;  // where the log is, for the comment at the top
};

class Suggester {
 public:
  explicit Suggester(SuggestOptions options) : options_(std::move(options)) {}
  // Every entry of the log, in order.
  void see(const audit::Entry& entry);

  struct Suggestion {
    std::string text;                 // the policy; "" if something is needed
    std::vector<std::string> needed;  // what cannot be listed and was not allowed to be generalised, a sentence each
    std::vector<std::string> notes;   // what is looser or stricter than it could be, for people
    std::uint64_t allowed = 0;
  };
  Suggestion suggest() const;

 private:
  struct Server {
    std::map<std::string, Observed> tools, resources, prompts, methods;  // methods: that no revision knows
    std::set<std::string> methods_seen;                                  // of those that the table knows
    std::int64_t clock = 0;
  };
  class Writer;
  static constexpr std::size_t most_servers = 100;
  static constexpr std::size_t most_names = 20'000;
  static constexpr std::size_t longest_name = 500;
  void observe(Server& server, std::map<std::string, Observed>& names, const audit::Entry& entry);

  const SuggestOptions options_;
  KeptArguments kept_;
  std::map<std::string, Server> servers_;
  std::uint64_t decisions_ = 0, allowed_ = 0, denied_ = 0, cut_ = 0, too_long_ = 0, beyond_ = 0, names_ = 0;
  std::int64_t first_ = 0, last_ = 0;
};

}  // namespace trial
