// What to change in the policy where no change of the call can help: `default: deny` and `hide`. Internal to the room.
#pragma once
#include "policy/changes.h"

namespace policy {

// Tried on a policy that holds only what applies to the call. nullopt: something else decides, or would deny then.
std::optional<Change> policy_change(const LoweredPolicy& policy, const Facts& facts, const Explanation& explanation);

}  // namespace policy
