// Calls made from two policies: at, below and above every bound that either of them names, with every name, and bursts
// up to and past every limit. What must stay true: the same policies, tools and seed give the same calls; there are
// never more than asked for; each begins with empty counters (Call::fresh) or belongs to the burst before it.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "policy/model.h"
#include "trial/calls.h"

namespace trial {

struct GenerateOptions {
  std::size_t most = 5'000;  // calls
  std::uint64_t seed = 1;    // of the combinations that fill up what bounds alone do not
  std::string server_name;   // "": those that the policies have blocks for, and another
  std::string tools = "[]";  // the server's tools, JSON
};

// What one policy says of a call that comes first: whether it is refused, and the deciding condition's text.
struct Probed {
  bool denied = false;
  std::string condition;
};
// Of the old (false) or the new policy (true).
using Probe = std::function<Probed(bool of_new, const Call& call)>;

struct Generated {
  std::vector<Call> calls;
  std::uint64_t bounds = 0;    // of `calls`: made from bounds
  std::uint64_t combined = 0;  // of `calls`: combinations of them, by the seed
  std::uint64_t left = 0;      // made from bounds and left out, for there were more than asked for
};

Generated generate(const policy::Policy& before, const policy::Policy& after, const GenerateOptions& options,
                   const Probe& probe);

}  // namespace trial
