// The nearest changes that turn an answer; see explain.h. Internal to the room.
#pragma once
#include "policy/explain.h"

namespace policy {

class LoweredPolicy;

// What comes of a message, counters included.
struct Ruled {
  Answer answer = Answer::allow;
  std::string_view reason;  // the record's word; "" if allowed
  std::string rule, message;
  std::optional<limits::Refusal> refusal;  // of the limits
};
// As the mediator does it. Adds nothing to counters.
Ruled rule(const LoweredPolicy& policy, const Facts& facts, Verdict& verdict);

// Nearest first; each was tried.
std::vector<Change> find_changes(const LoweredPolicy& policy, const Facts& facts, const ExplainOptions& options,
                                 const Explanation& explanation);

}  // namespace policy
