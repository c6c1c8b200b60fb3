// A condition as one line of text, for people who ask why a call was decided as it was: `args.amount lte 50000`,
// `args.currency in ["usd","eur"]`, `not (args.a eq 1)`. The policy's words only, never a message's.
#pragma once
#include <span>
#include <string>

#include "policy/model.h"

namespace policy {

// Cut to some 300 code points with "…".
std::string describe(const Condition& condition);
// Joined by " and ".
std::string describe(std::span<const Condition> conditions);

}  // namespace policy
